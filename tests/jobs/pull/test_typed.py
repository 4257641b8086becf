"""Workbooks, Parquet files and databases, read as text in one way."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
import sqlalchemy as sa

from config.errors import SourceError
from config.settings import Source
from jobs.pull import Delivery, pull

MADE = datetime(2026, 11, 23, 14, 30, 15)
PASSWORD = "s3cret-word"  # noqa: S105 - no real one


def read(kind: str, **where: object) -> Delivery:
    return pull(Source.model_validate({"name": "rms", "records": "orders", "kind": kind, **where}))


def workbook(path: Path, rows: list[list[Any]], title: str = "Orders") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for cells in sheet.iter_rows():
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    book.save(path)
    return path


def test_a_workbook_is_text_and_keeps_its_leading_noughts(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["Ref", "Ref", "Made", "Day", "Serial", "Big", "Yes", "Unit", None],
        ["00123", "=1+1", MADE, date(2026, 11, 23), 46349, 21260000001, True, 31.0, None],
        [None] * 9,
        ["z", "l1\nl2", None, None, 46349.5, 2.126e10, False, 8.31, None],
    ]
    delivery = read("excel", path=str(workbook(tmp_path / "o.xlsx", rows)))
    assert delivery.frame.drop("_file", "_row").rows() == [
        ("00123", "=1+1", "2026-11-23 14:30:15", "2026-11-23 00:00:00", "46349", "21260000001",
         "true", "31"),
        ("z", "l1\nl2", None, None, "46349.5", "21260000000", "false", "8.31"),
    ]  # fmt: skip
    assert delivery.frame.columns[1:3] == ["Ref (1)", "Ref (2)"]
    assert delivery.frame["_row"].to_list() == [1, 3]
    assert delivery.types == {}


def test_a_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "o.xlsx", [["Ref"], ["1"]], title="Live orders")
    assert read("excel", path=str(path), sheet="Live orders").rows == 1
    with pytest.raises(SourceError, match=r"no sheet 'Orders'; it has 'Live orders'.*`sheet`"):
        read("excel", path=str(path), sheet="Orders")


@pytest.mark.parametrize("kind", ["excel", "parquet"])
def test_a_file_of_another_kind_is_named(tmp_path: Path, kind: str) -> None:
    (tmp_path / "o.dat").write_text("Ref\n1\n")
    with pytest.raises(SourceError, match=r"o\.dat is not a .*delivered whole.*`kind`"):
        read(kind, path=str(tmp_path / "o.dat"))


def test_a_workbook_with_a_password_is_named(tmp_path: Path) -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    (tmp_path / "o.xlsx").write_bytes(data)
    with pytest.raises(SourceError, match=r"o\.xlsx is protected with a password"):
        read("excel", path=str(tmp_path / "o.xlsx"))


def test_a_workbook_without_a_header_is_empty(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is empty, without even a header"):
        read("excel", path=str(workbook(tmp_path / "o.xlsx", [])))


def test_the_lock_file_of_an_open_workbook_is_passed_over(tmp_path: Path) -> None:
    workbook(tmp_path / "o.xlsx", [["Ref"], ["1"]])
    (tmp_path / "~$o.xlsx").write_bytes(b"\x00")
    assert read("excel", path=str(tmp_path / "*.xlsx")).rows == 1


TYPED = pl.DataFrame(
    {
        "ref": ["007", None],
        "made": [MADE.replace(tzinfo=UTC), None],
        "local": [MADE, MADE.replace(second=0, microsecond=500_000)],
        "day": [date(2026, 11, 23), None],
        "whole": [31.0, 8.31],
        "count": [7, None],
        "yes": [True, False],
        "many": [["a", "b"], None],
        "money": [Decimal("8.310"), Decimal("31.000")],
    }
)
AS_TEXT = [
    (
        "007",
        "2026-11-23T14:30:15Z",
        "2026-11-23T14:30:15",
        "2026-11-23",
        "31",
        "7",
        "true",
        *("a;b", "8.31"),
    ),
    (None, None, "2026-11-23T14:30:00.500", None, "8.31", None, "false", None, "31"),
]


def test_parquet_becomes_text_and_says_its_types(tmp_path: Path) -> None:
    TYPED.write_parquet(tmp_path / "o.parquet")
    delivery = read("parquet", path=str(tmp_path / "o.parquet"))
    assert delivery.frame.drop("_file", "_row").rows() == AS_TEXT
    assert [delivery.types[name] for name in ("ref", "made", "local", "day", "whole", "yes")] == [
        *("text", "timestamp", "timestamp", "date", "number", "boolean"),
    ]


def test_a_parquet_column_that_holds_nothing_and_has_no_type_says_none(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"ref": ["1"], "never": [None], "day": [None]}, schema_overrides={"day": pl.Date}
    )
    frame.write_parquet(tmp_path / "o.parquet")
    assert read("parquet", path=str(tmp_path / "o.parquet")).types == {"ref": "text", "day": "date"}


@pytest.fixture
def sqlite(tmp_path: Path) -> Path:
    path = tmp_path / "rms.db"
    with sqlite3.connect(path) as connection:
        connection.execute('CREATE TABLE "order" (ref TEXT, unit, made TEXT, live INTEGER)')
        rows = [("007", 31, "2026-11-23 14:30:00", 1), ("008", 31.5, None, 0)]
        more = [("009", "see log", None, None), ("010", None, None, None)]
        connection.executemany('INSERT INTO "order" VALUES (?, ?, ?, ?)', rows + more)
    connection.close()
    return path


def test_sqlite_by_table_and_by_query(sqlite: Path) -> None:
    delivery = read("database", url=f"sqlite:///{sqlite}", table="order")
    assert delivery.frame.drop("_file").rows() == [
        ("007", "31", "2026-11-23 14:30:00", "1", 1),
        ("008", "31.5", None, "0", 2),
        ("009", "see log", None, None, 3),
        ("010", None, None, None, 4),
    ]
    assert delivery.types == {"ref": "text", "unit": "text", "made": "text", "live": "number"}
    query = 'SELECT ref AS "Ref" FROM "order" WHERE ref LIKE \'00%\' ORDER BY ref'
    assert read("database", url=f"sqlite:///{sqlite}", query=query).frame["Ref"].to_list() == [
        *("007", "008", "009"),
    ]
    assert delivery.sha256 == read("database", url=f"sqlite:///{sqlite}", table="order").sha256


def test_a_query_cannot_write(sqlite: Path) -> None:
    with pytest.raises(SourceError, match=r"readonly|read-only"):
        read("database", url=f"sqlite:///{sqlite}", query='DELETE FROM "order" RETURNING *')
    assert read("database", url=f"sqlite:///{sqlite}", table="order").rows == 4


def test_no_database_no_table_no_driver(sqlite: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no database .*away\.db"):
        read("database", url=f"sqlite:///{tmp_path / 'away.db'}", table="order")
    assert not (tmp_path / "away.db").exists()
    with pytest.raises(SourceError, match=r"no such table: orders; see `table`"):
        read("database", url=f"sqlite:///{sqlite}", table="orders")
    (tmp_path / "text.db").write_text("this is no database, however long it is" * 100)
    with pytest.raises(SourceError, match="not a database; see whether the file was delivered"):
        read("database", url=f"sqlite:///{tmp_path / 'text.db'}", table="order")
    with pytest.raises(SourceError, match="driver"):
        read("database", url=f"mysql+nothere://reader:{PASSWORD}@host/db", table="order")


def test_a_locked_database_is_named(sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.pull.database._TIMEOUT_S", 0)
    writer = sqlite3.connect(sqlite, isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(SourceError, match="locked; another program is writing"):
            read("database", url=f"sqlite:///{sqlite}", table="order")
    finally:
        writer.close()


def test_postgresql_gives_what_parquet_gives(server: sa.URL) -> None:
    postgres = server.render_as_string(hide_password=False)
    engine = sa.create_engine(server.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE typed (ref text, made timestamptz, local timestamp, day date, whole "
            "float8, count int, yes boolean, many text, money numeric(9,3), none text)"
        )
        connection.exec_driver_sql("SET TIME ZONE 'Europe/London'")
        connection.exec_driver_sql(
            "INSERT INTO typed VALUES ('007', '2026-11-23 14:30:15+00', '2026-11-23 14:30:15', "
            "'2026-11-23', 31, 7, true, 'a;b', 8.310, NULL), (NULL, NULL, "
            "'2026-11-23 14:30:00.5', NULL, 8.31, NULL, false, NULL, 31, NULL)"
        )
    engine.dispose()
    delivery = read("database", url=postgres, table="public.typed")
    assert delivery.frame.drop("_file", "_row", "none").rows() == AS_TEXT
    expected = ("text", "timestamp", "timestamp", "date", "number", "number", "boolean", "text")
    assert tuple(delivery.types.values()) == (*expected, "number")
    with pytest.raises(SourceError, match="read-only"):
        read("database", url=postgres, query="DELETE FROM typed RETURNING *")
    with pytest.raises(SourceError, match="does not exist; see `table`"):
        read("database", url=postgres, table="untyped")


def test_no_password_is_ever_said() -> None:
    url = f"postgresql://reader:{PASSWORD}@127.0.0.1:1/rms"
    with pytest.raises(SourceError) as raised:
        read("database", url=url, table="orders")
    assert PASSWORD not in str(raised.value)
    assert "127.0.0.1:1/rms" in str(raised.value)
