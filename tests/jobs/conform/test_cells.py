"""What every kind of cell comes to: a value, nothing, or something that could not be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

import jobs.conform.read as reading
from config.records import Field
from config.reference import Reference, load_reference
from config.settings import Source
from expectations.extract import FILE, ROW
from jobs.conform import Conformed, conform, load_mapping
from jobs.pull import BAD_CELLS, BAD_ROWS, Delivery, pull


@lru_cache
def reference() -> Reference:
    return load_reference()


def delivered(folder: Path, csv: str, records: str = "breaches") -> tuple[Source, Delivery]:
    (folder / "in.csv").write_text(csv, encoding="utf-8")
    source = Source(name="rms", records=records, kind="csv", path=str(folder / "in.csv"))
    return source, pull(source)


def read(
    folder: Path, csv: str, mapping: str | None = None, records: str = "breaches"
) -> Conformed:
    source, delivery = delivered(folder, csv, records)
    return conform(delivery, mapped(folder, source, mapping), reference())


def mapped(folder: Path, source: Source, mapping: str | None) -> Any:
    file = None
    if mapping is not None:
        file = folder / "map.toml"
        file.write_text(mapping, encoding="utf-8")
    return load_mapping(source, file, reference())


class Cell(NamedTuple):
    """A cell of a field of breaches, its value, and the reason of its reject."""

    field: str
    cell: str
    value: Any
    reason: str | None = None


NEVER = (None, "unreadable")
RANGE = (None, "out_of_range")
CELLS = [
    # Nothing.
    *(Cell(field, cell, None) for field in ("reported_ts", "hocr_outcome", "is_test", "beat")
      for cell in ("", "  ", "N/A", "n/k", "NULL", "None", "-", "not known")),
    # Yes and no.
    *(Cell("is_test", cell, True) for cell in ("Y", "true", "1", " Yes ", "1.0")),
    *(Cell("is_test", cell, False) for cell in ("n", "FALSE", "0")),
    *(Cell("is_test", cell, *NEVER) for cell in ("on", "maybe", "2", "?")),
    Cell("suspect_is_police_employee", "ticked", *NEVER),
    # Whole numbers and their bounds.
    *(Cell("hocr_outcome", cell, int(float(cell))) for cell in ("1", "22", "16.0")),
    *(Cell("hocr_outcome", cell, *RANGE) for cell in ("0", "23", "-1", "99", "9" * 30)),
    *(Cell("hocr_outcome", cell, *NEVER) for cell in ("16.5", "x", "1e1", "½", "1,000")),
    *(Cell("imd_decile", cell, *RANGE) for cell in ("0", "11")),
    # Keys and references: a null word may be one, a number that a spreadsheet rounded is none.
    *(Cell("crime_ref", cell, cell) for cell in ("NA", "NK", "Null", "None", "nil", "21/100/26")),
    *(Cell("crime_ref", cell, None) for cell in ("", " ", "-", "--", "N/A", "n/k")),
    *(Cell("occurrence_no", cell, *NEVER) for cell in ("2.126E+10", "2E+10", "2.126e10")),
    *(Cell("occurrence_no", cell, cell) for cell in ("21E10", "21260000001", "0021", "E+1")),
    Cell("beat", "2.126E+10", "2.126E+10"),
    # Dates and times.
    Cell("reported_ts", "29/03/2026 02:30", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    Cell("reported_ts", "29/03/2026 01:30", None, "nonexistent_time"),
    Cell("reported_ts", "25/10/2026 01:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
         "ambiguous_time"),
    Cell("reported_ts", "29/03/2026", datetime(2026, 3, 29, tzinfo=UTC)),
    Cell("reported_ts", "46349.5", datetime(2026, 11, 23, 12, tzinfo=UTC)),
    *(Cell("reported_ts", cell, *NEVER)
      for cell in ("soon", "31/02/2026", "2026-13-01", "24:30", "2026", "11/23/2026")),
    *(Cell("reported_ts", cell, None, "sentinel") for cell in ("01/01/1900", "1970-01-01 00:00")),
    # Words.
    Cell("arrest_power", "no such power", None, "unmapped"),
    Cell("status", "see log", None, "unmapped"),
    Cell("recording_delay_reason", "dog ate it", "other", "unmapped"),
    Cell("oic_unit", "no such unit", "no such unit", "unmapped"),
    # A class of offence.
    *(Cell("ho_class", cell, "008/31") for cell in ("8/31", "008.31", " 008 / 31 ")),
    *(Cell("ho_class", cell, None, "malformed") for cell in ("assault", "8", "0008/31", "8/311")),
]  # fmt: skip


@pytest.mark.parametrize("case", CELLS, ids=lambda case: f"{case.field}={case.cell!r}")
def test_what_a_cell_comes_to(tmp_path: Path, case: Cell) -> None:
    conformed = read(tmp_path, f'breach_id,{case.field}\nB1,"{case.cell}"\n')
    record = conformed.tables["breaches"].row(0, named=True)
    rejects = conformed.rejects.select("field", "reason", "row").rows()
    assert record[case.field] == case.value
    wanted = [] if case.reason is None else [(f"breaches.{case.field}", case.reason, 1)]
    assert rejects == wanted
    stood = case.reason in ("unreadable", "nonexistent_time")
    assert record["unreadable_fields"] == ([case.field] if stood else [])
    assert record["unmapped_fields"] == ([case.field] if case.reason == "unmapped" else [])
    (known,) = conformed.columns.filter(pl.col("field") == case.field).rows(named=True)
    said = case.value is not None or case.reason is not None
    assert (known["cells"], known["empty"]) == ((1, 0) if said else (0, 1))
    assert known["unreadable"] == int(stood)
    assert known["out_of_range"] == int(case.reason == "out_of_range")


BOUNDED = [
    (table.name, field)
    for table in reference().records.tables.values()
    for field in table.fields.values()
    if field.type == "integer"
]


@pytest.mark.parametrize(
    ("table", "field"), BOUNDED, ids=[f"{table}.{field.name}" for table, field in BOUNDED]
)
def test_every_number_has_bounds_and_keeps_to_them(
    tmp_path: Path, table: str, field: Field
) -> None:
    assert field.minimum is not None
    inside = [field.minimum, field.maximum if field.maximum is not None else 10**9]
    outside = [field.minimum - 1, *([field.maximum + 1] if field.maximum is not None else [])]
    key = reference().records[table].key
    values = [*inside, *outside]
    rows = [",".join([*(f"K{n}" for _ in key), str(value)]) for n, value in enumerate(values)]
    csv = "\n".join([",".join([*key, field.name]), *rows, ""])
    conformed = read(tmp_path, csv, records=table)
    frame = conformed.tables[table]
    assert frame[field.name].to_list() == [*inside, *[None] * len(outside)]
    rejected = conformed.rejects.filter(pl.col("field") == f"{table}.{field.name}")
    assert rejected["reason"].to_list() == ["out_of_range"] * len(outside)
    assert not any(field.name in listed for listed in frame["unreadable_fields"].to_list())


def with_bad(delivery: Delivery, *cells: tuple[int, str, str]) -> Delivery:
    """A delivery of which some cells (row, column, reason) could not be taken."""
    frame, name = delivery.frame, delivery.files[0].name
    for row, column, _ in cells:
        blank = pl.when(pl.col(ROW) != row).then(pl.col(column)).alias(column)
        frame = frame.with_columns(blank)
    bad = pl.DataFrame([(name, *cell) for cell in cells], schema=BAD_CELLS, orient="row")
    return replace(delivery, frame=frame, bad_cells=bad)


MAPPING = """
records = "breaches"
[fields]
breach_id = "Ref"
crime_ref = { columns = ["New", "Old"] }
beat = { columns = ["New", "Old"], how = "join" }
occurred_from_ts = { date = "Day", time = "Time" }
arrested_ts = { column = "Day", when = { column = "Arrest", is = ["Y"] } }
[[rows]]
records = "breach_orders"
filled = "Orders"
[rows.fields]
breach_id = "Ref"
order_id = { column = "Orders", each = ";" }
"""
CSV = (
    "Ref,New,Old,Day,Time,Arrest,Orders\n"
    "B1,n,o,2026-11-20,10:00,Y,O1;O2\nB2,n,o,2026-11-20,10:00,N,O3\n"
)
BAD = [
    ("New", "error_cell", 2, ["beat"]),
    ("Old", "undecodable", 2, ["beat"]),
    ("Day", "error_cell", 2, ["occurred_from_ts"]),
    ("Time", "merged_cell", 1, ["occurred_from_ts"]),
    ("Arrest", "formula_without_value", 2, ["arrested_ts"]),
    ("Day", "undecodable", 1, ["arrested_ts", "occurred_from_ts"]),
    ("Ref", "undecodable", 1, ["breach_id"]),
]


@pytest.mark.parametrize(("column", "reason", "row", "fields"), BAD)
def test_a_cell_that_could_not_be_taken_is_unreadable_wherever_it_is_read(
    tmp_path: Path, column: str, reason: str, row: int, fields: list[str]
) -> None:
    source, delivery = delivered(tmp_path, CSV)
    bad = with_bad(delivery, (row, column, reason))
    conformed = conform(bad, mapped(tmp_path, source, MAPPING), reference())
    breaches = conformed.tables["breaches"]
    record = breaches.row(row - 1, named=True)
    assert sorted(record["unreadable_fields"]) == fields
    assert all(record[field] is None for field in fields)
    assert breaches.row(2 - row, named=True)["unreadable_fields"] == []
    told = conformed.rejects.select("field", "row", "reason", "raw").rows()
    assert {one[2] for one in told} == {reason}
    assert {f"breaches.{name}" for name in fields} <= {one[0] for one in told}


def test_a_row_beside_whose_key_could_not_be_read_is_rejected_with_what_is_left(
    tmp_path: Path,
) -> None:
    source, delivery = delivered(tmp_path, CSV)
    bad = with_bad(delivery, (1, "Orders", "undecodable"))
    conformed = conform(bad, mapped(tmp_path, source, MAPPING), reference())
    assert conformed.tables["breach_orders"].select("breach_id", "order_id").rows() == [
        ("B2", "O3")
    ]
    lost = conformed.rejected["breach_orders"]
    assert lost.select("breach_id", "order_id", "_source").rows() == [("B1", None, "rms")]


def test_a_bad_row_is_one_of_every_table_that_the_mapping_fills(tmp_path: Path) -> None:
    source, delivery = delivered(tmp_path, CSV)
    rows = [("in.csv", 7, 9, 2, "broken_quotes"), ("in.csv", 8, 11, 1, "columns_shifted")]
    bad = replace(delivery, bad_rows=pl.DataFrame(rows, schema=BAD_ROWS, orient="row"))
    conformed = conform(bad, mapped(tmp_path, source, MAPPING), reference())
    assert set(conformed.rejected) == {"breaches", "breach_orders"}
    for name, frame in conformed.rejected.items():
        assert frame.height == 2
        assert frame["_source"].to_list() == ["rms"] * 2
        names = reference().records[name].schema.names()
        assert all(frame[column].null_count() == 2 for column in names)
    told = conformed.rejects.select("row", "line", "reason", "field").rows()
    assert told == [(7, 9, "broken_quotes", None), (8, 11, "columns_shifted", None)]


def test_an_error_in_one_field_is_that_fields_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reading.plain_values

    def broken(mapping: Any, raw: pl.Series) -> Any:
        if mapping.field.name == "beat":
            raise pl.exceptions.ComputeError("nobody foresaw this")
        return whole(mapping, raw)

    monkeypatch.setattr(reading, "plain_values", broken)
    conformed = read(tmp_path, "breach_id,beat,crime_ref\nB1,a,c\nB2,,d\n")
    frame = conformed.tables["breaches"]
    assert frame["crime_ref"].to_list() == ["c", "d"]
    assert frame["beat"].to_list() == [None, None]
    assert frame["unreadable_fields"].to_list() == [["beat"], []]
    assert conformed.rejects.select("field", "row", "reason").rows() == [
        ("breaches.beat", 1, "unreadable")
    ]


def test_members_of_a_list_that_could_not_be_read(tmp_path: Path) -> None:
    conformed = read(
        tmp_path, "order_id,protected_keys\nO1,p1;2.1E+10\nO2,NA; p2\n", None, "orders"
    )
    frame = conformed.tables["orders"]
    assert frame["protected_keys"].to_list() == [["p1"], ["NA", "p2"]]
    assert frame["unreadable_fields"].to_list() == [["protected_keys"], []]


def test_a_mapping_says_what_is_no_reference(tmp_path: Path) -> None:
    csv = "breach_id,crime_ref,occurrence_no\nNA,NULL,none\nB2,see file,see file\n"
    said = 'records = "breaches"\ncanonical = true\nnull_words = ["see file"]\n'
    said += '[fields]\ncrime_ref = { column = "crime_ref", null_words = ["Null"] }\n'
    frame = read(tmp_path, csv, said).tables["breaches"]
    assert frame["breach_id"].to_list() == ["NA", "B2"]
    assert frame["crime_ref"].to_list() == [None, None]
    assert frame["occurrence_no"].to_list() == ["none", None]


def test_a_wording_that_could_not_be_taken_is_not_blank(tmp_path: Path) -> None:
    source, delivery = delivered(
        tmp_path, "condition_id,order_id,text\nC1,O1,x\nC2,O1,no contact\n", "order_conditions"
    )
    bad = with_bad(delivery, (1, "text", "undecodable"))
    frame = conform(bad, mapped(tmp_path, source, None), reference()).tables["order_conditions"]
    assert frame["text_len"].to_list() == [None, 10]
    assert frame["unreadable_fields"].to_list()[0] == ["text_len", "text_hash", "text_placeholder"]


def test_every_table_lists_what_could_not_be_read() -> None:
    lacking = [
        t.name for t in reference().records.tables.values() if "unreadable_fields" not in t.fields
    ]
    assert lacking == ["field_changes"], "the history's own table has nothing to read"


def test_our_columns_of_a_delivery_are_not_the_delivered_ones(tmp_path: Path) -> None:
    conformed = read(tmp_path, f"breach_id,{ROW},{FILE}\nB1,x,y\n")
    assert conformed.tables["breaches"][ROW].to_list() == [1]
