"""The data owners: who they are, when they existed, who takes over from them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from config.errors import ConfigFaults
from config.records import LISTED, load_records
from config.units import load_units

UNITS = load_units()
TODAY = date(2026, 11, 24)


def test_ten_local_policing_teams_since_june_2022() -> None:
    teams = [unit for unit in UNITS.units.values() if unit.kind == "LPT"]
    assert len(teams) == 10
    assert {unit.active_from for unit in teams} == {date(2022, 6, 27)}


def test_the_frame_is_the_canonical_units_table() -> None:
    frame = UNITS.frame()
    schema = load_records()["units"].schema
    assert dict(frame.schema) == {name: schema[name] for name in schema if name not in LISTED}
    assert frame["unit_code"].is_unique().all()


def test_only_professional_standards_is_restricted() -> None:
    assert [code for code, unit in UNITS.units.items() if unit.restricted] == ["PSD"]


def test_a_unit_exists_from_its_first_day_to_its_last() -> None:
    hub = UNITS["HUB_CANNOCK"]
    assert hub.active(date(2022, 6, 26))
    assert not hub.active(date(2022, 6, 27))
    assert not UNITS["CANNOCK"].active(date(2022, 6, 26))
    assert UNITS["CANNOCK"].active(date(2022, 6, 27))


def test_a_closed_units_records_go_to_its_nearest_parent_that_exists() -> None:
    assert UNITS.heir("HUB_CANNOCK", TODAY) == "CANNOCK"
    assert UNITS.heir("HUB_CANNOCK", date(2022, 6, 26)) == "HUB_CANNOCK"
    assert UNITS.heir("CANNOCK", TODAY) == "CANNOCK"
    assert UNITS.heir("NOWHERE", TODAY) is None


def test_words_of_sources_for_units() -> None:
    words = pl.Series("word", ["stoke north", "DVPO Team", "hub hanley", "PSD", "Traffic", None])
    found = UNITS.vocabulary().map_frame(words).to_list()
    assert found == ["HANLEY", "DVPO", "HUB_HANLEY", "PSD", None, None]


def test_every_fault_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "units.toml"
    path.write_text(
        """\
[A]
name = "Alpha"
kind = "LPT"
parent = "B"

[B]
name = "Beta"
kind = "LPT"
parent = "A"

[C]
name = "Gamma"
kind = "LPT"
parent = "NOWHERE"
aliases = ["alpha"]

[D]
name = "Delta"
active_from = 2022-01-01
active_to = 2021-01-01
kind = "LPT"

[E]
name = "Epsilon"
colour = "red"

["F G"]
name = "Zeta"
kind = "LPT"
restricted = "no"
""",
        encoding="utf-8",
    )
    with pytest.raises(ConfigFaults) as caught:
        load_units(path)
    found = [(fault.line, fault.message) for fault in caught.value.faults]
    assert [line for line, _ in found] == [4, 9, 11, 14, 17, 23, 25, 27, 30]
    assert "its own parent" in found[0][1]
    assert "'alpha' stands for both `A` and `C`" in found[2][1]
    assert "'NOWHERE', which is no unit" in found[3][1]
