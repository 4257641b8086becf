"""What a new source looks like, without what it says of anybody, and a mapping that loads."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import NightError, WrongUsage
from config.reference import Reference, load_reference
from config.settings import Source
from jobs.commands.profile import Profile, Reading, profile, write_mapping
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
    return profile(tmp_path / "orders.csv", "orders", reference=reference)


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
        found = profile(path, table, reference=reference)
    except NightError:
        return  # no file at all: every header is blank
    (tmp_path / "any.toml").write_text(found.mapping, encoding="utf-8", newline="")
    source = Source(name="any", records=table, kind="csv", path=str(path))
    mapping = load_mapping(source, tmp_path / "any.toml", reference)
    assert not conform(pull(source), mapping, reference).missing


def test_a_table_that_is_not_there(tmp_path: Path, reference: Reference) -> None:
    (tmp_path / "orders.csv").write_text("a\n1\n")
    with pytest.raises(WrongUsage, match="no table 'order'; did you mean orders"):
        profile(tmp_path / "orders.csv", "order", reference=reference)


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
    assert 'order_id = "Order Ref"' in profile(path, "orders", reference=reference).mapping


def written(tmp_path: Path, frame: pl.DataFrame, name: str = "new.csv") -> Path:
    frame.write_csv(tmp_path / name)
    return tmp_path / name


def test_a_mapping_that_was_edited_by_hand_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    write_mapping("first", path, force=False)
    with pytest.raises(WrongUsage, match=r"mine\.toml is there already.*--force"):
        write_mapping("second", path, force=False)
    assert path.read_text() == "first"
    write_mapping("second", path, force=True)
    assert path.read_text() == "second"
    with pytest.raises(NightError, match=r"nowhere/mine\.toml cannot be written"):
        write_mapping("third", tmp_path / "nowhere" / "mine.toml", force=True)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("nowhere.csv", "nowhere.csv: there is no such file"),
        ("sqlite:///ours.sqlite", "a database is not looked at"),
        ("ours.sqlite", "a database is not looked at"),
        ("", "is a folder"),
    ],
)
def test_a_path_that_is_no_file(tmp_path: Path, reference: Reference, path: str, said: str) -> None:
    whole = path if "://" in path else str(tmp_path / path)
    with pytest.raises(WrongUsage, match=said):
        profile(whole, "orders", reference=reference)


def test_a_column_of_two_formats_is_named(tmp_path: Path, reference: Reference) -> None:
    days = ["09-05-2015 10:00"] * 6 + ["9/5/2015 10:00:00 PM"] * 4
    path = written(tmp_path, pl.DataFrame({"Ref": [f"R{n}" for n in range(10)], "Date": days}))
    found = profile(path, "breaches", reference=reference)
    told = "dates in 2 formats: 6 like 99-99-9999, 4 like 99/99/9999"
    assert told in found.text
    one = written(tmp_path, pl.DataFrame({"Ref": ["a", "b"], "Date": ["9/5/2015", "23/11/2026"]}))
    assert "formats:" not in profile(one, "breaches", reference=reference).text


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Date Occurred", [f"{n:02}/11/2026 10:{n:02}" for n in range(1, 29)]),
        ("Matrimonial matters", [str(n * n) for n in range(1, 29)]),
        ("Count", [str(n) for n in range(1, 29)]),
    ],
)
def test_a_time_or_a_count_is_no_key(
    tmp_path: Path, reference: Reference, name: str, values: list[str]
) -> None:
    frame = pl.DataFrame({name: values, "Area": ["North", "South"] * 14})
    found = profile(written(tmp_path, frame), "breaches", reference=reference)
    assert 'how = "hash"' in found.mapping
    assert f'breach_id = "{name}"' not in found.mapping


def test_a_number_of_one_length_may_be_a_key(tmp_path: Path, reference: Reference) -> None:
    frame = pl.DataFrame({"Zahl": [str(20_000_001 + n) for n in range(28)]})
    found = profile(written(tmp_path, frame), "breaches", reference=reference)
    assert 'breach_id = "Zahl"' in found.mapping
    assert "nothing is read from" not in found.mapping


def test_a_hash_that_names_no_record_says_so(tmp_path: Path, reference: Reference) -> None:
    frame = pl.DataFrame({"Area": ["North", "South"] * 20, "Kind": ["a", "b", "c", "d"] * 10})
    found = profile(written(tmp_path, frame), "breaches", reference=reference)
    assert "IT DOES NOT NAME RECORDS: 36 of 40 rows" in found.mapping
    distinct = frame.with_columns(pl.int_range(40).cast(pl.String).alias("Nr"))
    other = profile(written(tmp_path, distinct, "b.csv"), "breaches", reference=reference)
    assert "IT DOES NOT" not in other.mapping


def test_it_reads_as_it_is_told(tmp_path: Path, reference: Reference) -> None:
    (tmp_path / "new.csv").write_bytes("Größe|Ref\nä|A1\nö|A2\n".encode("cp1252"))
    how = Reading(encoding="cp1252", delimiter="|")
    found = profile(tmp_path / "new.csv", "orders", how, reference)
    assert "2 rows, 2 columns, looked at as orders" in found.text
    assert "Größe: text" in found.text
    with pytest.raises(WrongUsage, match="--delimiter cannot be meant"):
        profile(tmp_path / "new.csv", "orders", Reading(delimiter="||"), reference)


def test_a_sheet_is_read_by_its_name(tmp_path: Path, reference: Reference) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    cover = book.active
    assert cover is not None
    cover.append(["Breach extract"])
    sheet = book.create_sheet("Data")
    sheet.append(["Ref", "Status"])
    sheet.append(["A1", "Live"])
    book.save(tmp_path / "new.xlsx")
    found = profile(tmp_path / "new.xlsx", "orders", Reading(sheet="Data"), reference)
    assert "1 rows, 2 columns, looked at as orders\n  read with sheet Data" in found.text
