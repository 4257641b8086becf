"""Databases, read as text in one way."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

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
