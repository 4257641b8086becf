"""Faults of settings are told as a person would tell them."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigFaults
from config.settings import load_settings
from tests.small_force import SOURCES, settings_file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('datadir = "x"\n' + SOURCES, "unknown key `datadir`; did you mean `data_dir`?"),
        ('zzz = "x"\n' + SOURCES, "unknown key `zzz`"),
        (SOURCES + 'encodng = "utf-8"\n', "unknown key `encodng`; did you mean `encoding`?"),
        (SOURCES + "[schedule]\nstale_after = 3\n", "did you mean `stale_after_h`?"),
        (
            SOURCES + 'stamp = "filename:(a"\n',
            "after `filename:` stands no regular expression that can be run",
        ),
        (
            SOURCES + 'stamp = "filename:(?=a)b"\n',
            "after `filename:` stands no regular expression that can be run",
        ),
    ],
)
def test_a_slip_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigFaults) as caught:
        load_settings(settings_file(tmp_path, sources=text))
    (fault,) = caught.value.faults
    assert fault.line > 0
    assert said in fault.message
    assert "permitted" not in fault.message
