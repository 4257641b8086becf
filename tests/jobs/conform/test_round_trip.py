"""Records written in any format and read back are the records that were written."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.reference import Reference, load_reference
from config.settings import Source
from jobs.conform import Conformed, conform, load_mapping
from jobs.pull import pull

COLUMNS = ("order_id", "order_type", "status", "interim_flag", "version_no", "protected_keys",
           "made_date", "issued_ts", "received_ts", "updated_ts")  # fmt: skip
words = st.text(st.characters(codec="cp1252", exclude_categories=["C"]), max_size=12).map(str.strip)
NOTHING = {"", "null", "none", "n/a", "na", "nan", "-", "--", "n/k", "nk", "not known", "nil"}
ROUNDED = re.compile(r"[+-]?(\d+(\.\d+)?e\+\d+|\d+\.\d+e-?\d+)", re.IGNORECASE)
plain = words.filter(
    lambda word: (
        word.lower() not in NOTHING and "\u00a0" not in word and not ROUNDED.fullmatch(word)
    )
)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(
    # Spreadsheets keep a moment as a share of a day: to the second it comes back whole.
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)
members = st.text("abcdef0123456789", min_size=1, max_size=8)
row = st.fixed_dictionaries(
    {
        "order_type": st.sampled_from(["DVPN", "DVPO", "NMO", "RO_CONV"]) | st.none(),
        "status": st.sampled_from(["in_force", "expired", "void"]) | st.none(),
        "interim_flag": st.booleans() | st.none(),
        "version_no": st.integers(0, 10**9) | st.none(),
        "protected_keys": st.lists(members, min_size=1, max_size=3) | st.none(),
        "made_date": st.dates(date(1990, 1, 1), date(2090, 1, 1)) | st.none(),
        "issued_ts": moments | st.none(),
        "received_ts": moments | st.none(),
        "updated_ts": moments | st.none(),
    }
)
records = st.lists(st.tuples(plain, row), min_size=1, max_size=8, unique_by=lambda it: it[0]).map(
    lambda rows: [{"order_id": key, **rest} for key, rest in rows]
)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


def frame_of(rows: list[dict[str, Any]], reference: Reference) -> pl.DataFrame:
    schema = {name: reference.records["orders"].schema[name] for name in COLUMNS}
    return pl.DataFrame(rows, schema=schema)


def as_csv(frame: pl.DataFrame, path: Path, encoding: str, delimiter: str) -> dict[str, str]:
    text = frame.with_columns(
        pl.col("protected_keys").list.join(";"),
        pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
    ).write_csv(separator=delimiter, quote_style="non_numeric")
    path.write_bytes(text.encode(encoding))
    return {"kind": "csv", "path": str(path)}


def as_local_csv(frame: pl.DataFrame, path: Path) -> dict[str, str]:
    """As a British spreadsheet saves it; but the hour that comes twice has to say which it is."""
    local = pl.col(pl.Datetime).dt.convert_time_zone("Europe/London")
    offset = local.dt.strftime("%d/%m/%Y %H:%M:%S%:z")
    text = frame.with_columns(
        pl.col("protected_keys").list.join(";"),
        pl.col("made_date").dt.strftime("%d/%m/%Y"),
        offset.name.keep(),
    ).write_csv(separator=";", quote_style="non_numeric")
    path.write_bytes(text.encode("cp1252"))
    # Said, since letters put together at random may be UTF-8 too.
    return {"kind": "csv", "path": str(path), "encoding": "cp1252"}


def as_excel(frame: pl.DataFrame, path: Path) -> dict[str, str]:
    """Text cells for what is text, numbers for numbers, dates for dates."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(frame.columns)
    typed = frame.with_columns(
        pl.col("protected_keys").list.join(";"),
        pl.col(pl.Datetime).dt.strftime("%Y-%m-%d %H:%M:%S+00:00"),
    )
    for values in typed.rows():
        sheet.append(values)
    for cells in sheet.iter_rows():
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    book.save(path)
    return {"kind": "excel", "path": str(path)}


def as_sqlite(frame: pl.DataFrame, path: Path) -> dict[str, str]:
    typed = frame.with_columns(
        pl.col("protected_keys").list.join(";"),
        pl.col(pl.Datetime).dt.strftime("%Y-%m-%d %H:%M:%SZ"),
        pl.col("made_date").dt.strftime("%Y-%m-%d"),
    )
    connection = sqlite3.connect(path)
    connection.execute(f"CREATE TABLE orders ({', '.join(COLUMNS)})")
    marks = ", ".join("?" for _ in COLUMNS)
    connection.executemany(f"INSERT INTO orders VALUES ({marks})", typed.rows())
    connection.commit()
    connection.close()
    return {"kind": "database", "url": f"sqlite:///{path}", "table": "orders"}


def read_back(where: dict[str, str], reference: Reference) -> Conformed:
    source = Source.model_validate({"name": "rms", "records": "orders", **where})
    return conform(pull(source), load_mapping(source, None, reference), reference)


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(rows=records)
def test_every_format_gives_the_records_back(
    reference: Reference, rows: list[dict[str, Any]]
) -> None:
    frame = frame_of(rows, reference)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame.write_parquet(folder / "o.parquet")
        written = [
            as_csv(frame, folder / "a.csv", "utf-8-sig", ","),
            as_csv(frame, folder / "b.csv", "utf-16", "|"),
            as_local_csv(frame, folder / "c.csv"),
            as_excel(frame, folder / "o.xlsx"),
            {"kind": "parquet", "path": str(folder / "o.parquet")},
            as_sqlite(frame, folder / "o.db"),
        ]
        for where in written:
            conformed = read_back(where, reference)
            found = conformed.tables["orders"]
            assert conformed.rejects.is_empty(), where
            assert found.select(COLUMNS).equals(frame), where
            known = found.select(
                pl.col("issued_time_known").is_null() == pl.col("issued_ts").is_null()
            )
            assert known.to_series().all(), where
