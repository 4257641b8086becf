"""The reference files checked against each other, every fault of all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigFaults
from config.order_types import ORDER_TYPES_FILE
from config.records import RECORDS_FILE
from config.reference import load_reference
from config.toml_lines import read_toml
from config.units import UNITS_FILE
from config.vocabularies import VOCABULARIES_FILE


def changed(folder: Path, file: Path, old: str, new: str) -> Path:
    text = file.read_text(encoding="utf-8")
    assert old in text
    path = folder / file.name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def line_of(path: Path, words: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if words in line)


def test_the_files_that_come_with_orderwatch_agree() -> None:
    reference = load_reference()
    assert set(reference.vocabularies["order_type"].values) == {*reference.order_types.types, "UNK"}
    named = set(reference.vocabularies["breach_offence"].values)
    assert named <= set(reference.order_types.types)
    risk = reference.vocabularies["risk_grade"].values
    assert risk == ("standard", "medium", "high", "unknown", "declined")


def test_what_one_file_says_of_another_is_checked_at_its_line(tmp_path: Path) -> None:
    records = changed(tmp_path, RECORDS_FILE, 'vocabulary = "late_reason"', 'vocabulary = "late"')
    types = changed(tmp_path, ORDER_TYPES_FILE, 'min_rank = "SUPT"', 'min_rank = "SUPER"')
    words = changed(tmp_path, VOCABULARIES_FILE, "UND = [", "XYZ = [")
    units = changed(tmp_path, UNITS_FILE, 'kind = "PSD"', 'kind = "secret"')
    settings = tmp_path / "orderwatch.toml"
    settings.write_text(
        """\
[thresholds]
visit_types = ["DVPO", "DVP0"]
fallback_unit = "NOWHERE"
pnc_hours = 12
""",
        encoding="utf-8",
    )
    file = read_toml(settings, name=settings.name)
    with pytest.raises(ConfigFaults) as caught:
        load_reference(
            records=records,
            order_types=types,
            vocabularies=words,
            units=units,
            overrides=file.data["thresholds"],
            settings=file,
        )
    assert [(fault.file, fault.line) for fault in caught.value.faults] == [
        ("order_types.toml", line_of(types, '"SUPER"')),
        ("order_types.toml", line_of(types, "[UND]")),
        ("orderwatch.toml", 2),
        ("orderwatch.toml", 3),
        ("orderwatch.toml", 4),
        ("records.toml", line_of(records, '"late"')),
        ("units.toml", line_of(units, '"secret"')),
        ("vocabularies.toml", line_of(words, "XYZ = [")),
    ]


def test_files_that_cannot_be_read_are_all_named(tmp_path: Path) -> None:
    broken = tmp_path / "units.toml"
    broken.write_text("[A\n", encoding="utf-8")
    with pytest.raises(ConfigFaults) as caught:
        load_reference(
            units=broken,
            calendar=tmp_path / "calendar.toml",
            thresholds=tmp_path / "thresholds.toml",
        )
    assert [fault.file for fault in caught.value.faults] == [
        "calendar.toml",
        "thresholds.toml",
        "units.toml",
    ]
