"""Real public data, dirty as it is, through whole nights."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from config.settings import load_settings
from jobs.night.run import NightResult, run_night
from jobs.trace.progress import Progress
from tests.places import SHARED
from tests.small_force import settings_file

REAL = SHARED / "real"
ABSENT = "the real data is not beside the checkout"
pytestmark = pytest.mark.skipif(not REAL.exists(), reason=ABSENT)


def night(folder: Path, day: date, mapping: str, files: str, **source: str) -> NightResult:
    kind = "parquet" if files.endswith("parquet") else "csv"
    more = "".join(f'{key} = "{value}"\n' for key, value in source.items())
    path = settings_file(
        folder,
        sources=(
            f'[[source]]\nname = "real"\nrecords = "breaches"\nkind = "{kind}"\n'
            f'path = "{REAL / files}"\nmapping = "{mapping}"\n{more}'
        ),
    )
    return run_night(load_settings(path), day, Progress(quiet=True))


def states(result: NightResult, rule: str) -> dict[str, int]:
    listing = pl.read_parquet(result.folder / "exceptions.parquet")
    counts = listing.filter(pl.col("rule_id") == rule).group_by("state").len()
    return dict(counts.iter_rows())


def accepted(result: NightResult) -> set[str]:
    raw = pl.read_parquet(result.folder / "raw" / "real.parquet")
    return set(raw.select(pl.concat_str("Date", "Block", "Description", separator="|")).to_series())


def test_chicago_as_two_nights(tmp_path: Path) -> None:
    first = night(
        tmp_path,
        date(2018, 7, 3),
        "chicago_order_violations.toml",
        "chicago_2018_snapshot_20180630_order_violations.parquet",
    )
    rejects = pl.read_parquet(first.folder / "rejects.parquet")
    before = accepted(first)
    assert len(before) == 880
    assert rejects.get_column("reason").to_list() == ["duplicate_key"] * 2
    assert states(first, "BRE-RSP-001") == {"open": 558}
    second = night(
        tmp_path,
        date(2018, 8, 11),
        "chicago_order_violations.toml",
        "chicago_2018_snapshot_20180808_order_violations.parquet",
    )
    after = accepted(second)
    assert len(after) == 1068
    assert (len(before - after), len(after - before)) == (13, 201)
    listing = pl.read_parquet(second.folder / "exceptions.parquet").filter(
        pl.col("rule_id") == "BRE-RSP-001"
    )
    opened = pl.col("first_seen") == date(2018, 8, 11)
    assert states(second, "BRE-RSP-001") == {
        "fixed": 23,
        "withdrawn_from_source": 13,
        "open": 522 + 137,
    }
    assert listing.filter(opened).height == 137
    assert listing.filter(~opened & (pl.col("state") == "open")).height == 522


def test_rules_whose_fields_a_source_lacks_are_not_supplied(tmp_path: Path) -> None:
    result = night(
        tmp_path,
        date(2018, 7, 3),
        "chicago_order_violations.toml",
        "chicago_2018_snapshot_20180630_order_violations.parquet",
    )
    rules = json.loads((result.folder / "run.json").read_text())["rules"]
    assert rules["BRE-RSP-001"]["outcome"] == "ran"
    assert rules["BRE-RSP-001"]["evaluated"] == 880
    assert rules["BRE-REC-001"]["outcome"] == "not_supplied"
    assert rules["ORD-GOV-001"]["outcome"] == "not_supplied"
    assert "created_ts" in rules["ORD-GOV-001"]["reason"]


def test_los_angeles(tmp_path: Path) -> None:
    result = night(
        tmp_path,
        date(2021, 6, 1),
        "lapd_order_violations.toml",
        "lapd_westla_2020_2021_order_violations.csv",
    )
    assert not result.held
    rejects = pl.read_parquet(result.folder / "rejects.parquet")
    assert rejects.is_empty()
    rules = json.loads((result.folder / "run.json").read_text())
    assert rules["sources"]["real"]["rows"] == 163


def test_minas_gerais_grows_from_month_to_month(tmp_path: Path) -> None:
    rows = []
    for day, snapshot in (
        (date(2023, 2, 10), "mg_breach_2023_snapshot1_887fe26.csv"),
        (date(2023, 3, 10), "mg_breach_2023_snapshot2_cca3a7e.csv"),
        (date(2023, 4, 10), "mg_breach_2023_snapshot3_52ba097.csv"),
    ):
        result = night(tmp_path, day, "mg_descumprimento.toml", snapshot, delivery="append")
        assert not result.held_sources
        run = json.loads((result.folder / "run.json").read_text())
        rows.append(run["sources"]["real"]["rows"])
    assert rows == [1133, 1824, 2388]
