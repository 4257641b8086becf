"""When an extract was made, as its source declares it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.errors import SourceError
from config.sentences import Said
from config.settings import Source
from jobs.pull import Delivery, pull

MARK = "ZZMARK"


def deliver(folder: Path, stamp: str, text: str = "Ref,Made\n1,2\n") -> Delivery:
    path = folder / "o_20261123T0230-0001.csv"
    path.write_text(text, encoding="utf-8")
    return pull(Source(name="x", records="orders", kind="csv", path=str(path), stamp=stamp))


@pytest.mark.parametrize(
    ("cells", "moment"),
    [
        (["2026-11-23 02:30"], datetime(2026, 11, 23, 2, 30, tzinfo=UTC)),
        (["2026-06-23T02:30:15"], datetime(2026, 6, 23, 1, 30, 15, tzinfo=UTC)),
        (["2026-06-23T02:30:15.250Z"], datetime(2026, 6, 23, 2, 30, 15, tzinfo=UTC)),
        (["2026-06-23 02:30:15+05:30"], datetime(2026, 6, 22, 21, 0, 15, tzinfo=UTC)),
        (["2026-06-23"], datetime(2026, 6, 23, 22, 59, 59, 999_999, tzinfo=UTC)),
        (["20261123", "20261124 0100", ""], datetime(2026, 11, 24, 1, tzinfo=UTC)),
        (["2026-10-25 01:30"], datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (["2026-13-45", "soon", "2026-03-29 01:30"], None),
    ],
)
def test_a_column(tmp_path: Path, cells: list[str], moment: datetime | None) -> None:
    text = "Ref,Made\n" + "".join(f"1,{cell}\n" for cell in cells)
    assert deliver(tmp_path, "column:made", text).stamp == moment


def test_a_name_in_which_more_numbers_stand(tmp_path: Path) -> None:
    delivery = deliver(tmp_path, r"filename:\d{8}T.*")
    assert delivery.stamp == datetime(2026, 11, 23, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        ("long", "pull.manifest_long"),
        ("binary", "pull.manifest_unreadable"),
        ("folder", "pull.manifest_unreadable"),
        ("pipe", "pull.manifest_unreadable"),
        ("nothing", "pull.manifest_unreadable"),
    ],
)
def test_a_manifest_that_is_none(tmp_path: Path, made: str, code: str) -> None:
    path = tmp_path / "made.txt"
    match made:
        case "long":
            path.write_text(MARK * 100_000)
        case "binary":
            path.write_bytes(MARK.encode() + b"\xff\xfe")
        case "folder":
            path.mkdir()
        case "pipe":
            if not hasattr(os, "mkfifo"):
                pytest.skip("there are no such files here")
            os.mkfifo(path)
    with pytest.raises(SourceError) as raised:
        deliver(tmp_path, "manifest:made.txt")
    assert isinstance(raised.value.said, Said)
    assert raised.value.said.code == code
    assert MARK not in str(raised.value)
    assert "made.txt" not in str(raised.value)
