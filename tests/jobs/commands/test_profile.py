"""What a new source looks like, without what it says of anybody, and a mapping that loads."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import ConfigFaults, SourceError
from config.reference import Reference, load_reference
from config.settings import Source
from jobs.commands.profile import Profile, profile
from jobs.conform import conform, load_mapping
from jobs.pull import pull

PEOPLE = ("SMITH, John", "O'Neill-Okafor", "12 Acacia Avenue")
EXTRACT = pl.DataFrame(
    {
        "Order Ref": [f"DV{number:05}" for number in range(60)],
        "Order Type": ["DVPO", "Non-Molestation Order", "see file"] * 20,
        "Status": ["Live", "Expired", "N/K"] * 20,
        "Made Date": [f"{1 + number % 28:02}/03/2026" for number in range(60)],
        "Received": ["3/28/2026 10:15"] * 60,
        "Nominal Name": [*PEOPLE * 20],
        "Interim Flag": ["Y", "N", ""] * 20,
        "Crime": ["2.126E+10"] * 60,
        "Notes": [f"told {PEOPLE[number % 3]} {number}" for number in range(60)],
    }
)


@lru_cache
def the_reference() -> Reference:
    return load_reference()


@pytest.fixture
def reference() -> Reference:
    return the_reference()


@pytest.fixture
def found(tmp_path: Path, reference: Reference) -> Profile:
    EXTRACT.write_csv(tmp_path / "orders.csv", separator=";")
    return profile(tmp_path / "orders.csv", "orders", reference)


def test_it_says_what_each_column_looks_like(found: Profile) -> None:
    said = found.text
    assert "60 rows, 9 columns" in said
    assert "delimiter ';'" in said
    assert "Order Ref: text, 100% filled, 60 different\n    shapes: AA99999" in said
    assert "Made Date: date, 100% filled, 28 different\n    shapes: 99/99/9999" in said
    assert "Status: text, 67% filled, 2 different" in said
    assert "words known: Live, Expired" in said
    assert "words known: DVPO, Non-Molestation Order; 1 not known" in said
    assert "60 cells are numbers that a spreadsheet spoilt" in said


def test_it_shows_nothing_of_anybody(found: Profile) -> None:
    for whole in PEOPLE:
        for word in whole.replace(",", "").split():
            if len(word) > 2:
                assert word not in found.text
                assert word not in found.mapping
    assert "see file" not in found.text, "a word that no vocabulary knows may be anything"


def test_the_mapping_reads_the_file(found: Profile, tmp_path: Path, reference: Reference) -> None:
    (tmp_path / "rms.toml").write_text(found.mapping, encoding="utf-8")
    source = Source(name="rms", records="orders", kind="csv", path=str(tmp_path / "orders.csv"))
    mapping = load_mapping(source, tmp_path / "rms.toml", reference)
    conformed = conform(pull(source), mapping, reference)
    orders = conformed.tables["orders"]
    assert orders["order_id"].to_list() == EXTRACT["Order Ref"].to_list()
    assert orders["order_type"].unique().sort().to_list() == ["DVPO", "NMO", "UNK"]
    assert orders["status"].drop_nulls().unique().sort().to_list() == ["expired", "in_force"]
    assert orders["made_date"].null_count() == 0
    assert orders["received_ts"][0].isoformat() == "2026-03-28T10:15:00+00:00"
    assert orders["interim_flag"].to_list()[:3] == [True, False, None]
    assert set(conformed.rejects["reason"]) == {"unmapped", "unreadable"}, "a spoilt reference"


cells = st.text(max_size=10) | st.sampled_from(["23/11/2026", "46349", "Y", "7", "NMO", "", "N/A"])
sheets = st.integers(1, 5).flatmap(
    lambda width: st.tuples(
        st.lists(st.text(max_size=8), min_size=width, max_size=width),
        st.lists(st.lists(cells, min_size=width, max_size=width), max_size=5),
    )
)


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(sheet=sheets, table=st.sampled_from(["orders", "breaches", "breach_orders"]))
def test_whatever_the_file_the_mapping_has_no_fault(
    tmp_path: Path, sheet: tuple[list[str], list[list[str]]], table: str
) -> None:
    reference = the_reference()  # not an argument: it would be printed with every failure
    names, rows = sheet
    frame = pl.DataFrame(
        {f"c{place}": [row[place] for row in rows] for place in range(len(names))},
        schema=dict.fromkeys((f"c{place}" for place in range(len(names))), pl.String),
    )
    path = tmp_path / "any.csv"
    quoted = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    body = frame.write_csv(include_header=False, quote_style="always")
    path.write_text(f"{quoted}\n{body}", encoding="utf-8", newline="")
    try:
        found = profile(path, table, reference)
    except SourceError:
        return  # no file at all: every header is blank
    (tmp_path / "any.toml").write_text(found.mapping, encoding="utf-8", newline="")
    source = Source(name="any", records=table, kind="csv", path=str(path))
    mapping = load_mapping(source, tmp_path / "any.toml", reference)
    assert not conform(pull(source), mapping, reference).missing


def test_a_table_that_is_not_there(tmp_path: Path, reference: Reference) -> None:
    (tmp_path / "orders.csv").write_text("a\n1\n")
    with pytest.raises(ConfigFaults, match="no table 'order'; there are: orders"):
        profile(tmp_path / "orders.csv", "order", reference)


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet"])
def test_it_looks_at_other_formats_too(tmp_path: Path, reference: Reference, suffix: str) -> None:
    path = tmp_path / f"orders{suffix}"
    if suffix == ".parquet":
        EXTRACT.write_parquet(path)
    else:
        import openpyxl

        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(EXTRACT.columns)
        for row in EXTRACT.rows():
            sheet.append(row)
        book.save(path)
    assert 'order_id = "Order Ref"' in profile(path, "orders", reference).mapping
