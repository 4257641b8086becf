"""Databases, read as text with one statement that cannot write."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from config.errors import SourceError
from config.sentences import Said, is_said
from config.settings import Limits, Source
from jobs.pull import Delivery, pull
from tests.jobs.pull.damage_database import DAMAGES, MARK, POSTGRES, Damage, sqlite_file

PASSWORD = "s3cret-word"  # noqa: S105 - no real one


def source(**where: object) -> Source:
    return Source.model_validate({"name": "rms", "records": "orders", "kind": "database", **where})


def read(limits: Limits | None = None, **where: object) -> Delivery:
    return pull(source(**where), limits)


def refused(limits: Limits | None = None, **where: object) -> str:
    """The code of the sentence; its words are ours alone."""
    with pytest.raises(SourceError) as raised:
        read(limits, **where)
    said = raised.value.said
    assert isinstance(said, Said)
    assert is_said(str(raised.value))
    assert MARK.lower() not in str(raised.value).lower()
    return said.code


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{sqlite_file(tmp_path / 'rms.db')}"


@pytest.fixture
def postgres(server: sa.URL) -> Iterator[str]:
    url = server.render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in POSTGRES:
            connection.execute(statement.encode())
        yield url
        found = connection.execute(b"SELECT array_agg(a ORDER BY a) FROM t").fetchall()
        found += connection.execute(b"SELECT is_called, to_regclass('t2') FROM s").fetchall()
    assert found == [([1, 2, 3],), (False, None)], "a query has written"


def judge(damage: Damage, url: str) -> None:
    seconds = 1 if damage.said == "pull.query_too_slow" else 60
    where = {"url": url, "query": damage.query, "statement_timeout": seconds}
    if damage.said:
        assert refused(**where) == damage.said
        return
    delivery = read(**where)
    assert delivery.rows == damage.rows
    assert tuple(delivery.bad_cells["reason"]) == damage.bad
    for row, column in delivery.bad_cells.select("_row", "column").rows():
        assert delivery.frame.row(row - 1, named=True)[column] is None


@pytest.mark.parametrize(
    "damage", [d for d in DAMAGES if d.at == "postgresql"], ids=lambda d: d.fault
)
def test_harm_to_postgresql(damage: Damage, postgres: str) -> None:
    judge(damage, postgres)


@pytest.mark.parametrize("damage", [d for d in DAMAGES if d.at == "sqlite"], ids=lambda d: d.fault)
def test_harm_to_sqlite(damage: Damage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = sqlite_file(tmp_path / "rms.db")
    if damage.make:
        damage.make(path)
    before = path.read_bytes() if path.exists() else None
    judge(damage, f"sqlite:///{path}")
    assert (path.read_bytes() if path.exists() else None) == before
    assert {p.name for p in tmp_path.iterdir()} <= {"rms.db"}


def test_there_are_enough_ways_to_do_harm() -> None:
    assert len(DAMAGES) >= 40


def test_sqlite_by_table_and_by_query(tmp_path: Path) -> None:
    path = tmp_path / "rms.db"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute('CREATE TABLE "order" (ref TEXT, unit, made TEXT, live INTEGER)')
        rows = [("007", 31, "2026-11-23 14:30:00", 1), ("008", 31.5, None, 0)]
        more = [("009", "see log", None, None), ("010", None, None, None)]
        connection.executemany('INSERT INTO "order" VALUES (?, ?, ?, ?)', rows + more)
    connection.close()
    url = f"sqlite:///{path}"
    delivery = read(url=url, table="order")
    assert delivery.frame.drop("_file").rows() == [
        ("007", "31", "2026-11-23 14:30:00", "1", 1),
        ("008", "31.5", None, "0", 2),
        ("009", "see log", None, None, 3),
        ("010", None, None, None, 4),
    ]
    assert delivery.types == {"ref": "text", "unit": "text", "made": "text", "live": "number"}
    query = 'SELECT ref AS "Ref" FROM "order" WHERE ref LIKE \'00%\' ORDER BY ref'
    assert read(url=url, query=query).frame["Ref"].to_list() == ["007", "008", "009"]
    assert delivery.sha256 == read(url=url, table="order").sha256


def test_sqlite_values_of_every_kind(tmp_path: Path) -> None:
    path = tmp_path / "rms.db"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE t (ref NUMERIC, value)")
        connection.execute(
            "INSERT INTO t VALUES ('12345678901234567890', X'00FF'), ('0031', 'a' || char(0)), "
            "(31.0, 2.5), (9223372036854775807, 1e300), (1.2e17, 9007199254740992.0)"
        )
    connection.close()
    frame = read(url=f"sqlite:///{path}", table="t").frame
    # A reference that SQLite made a floating number does not look like one.
    assert frame["ref"].to_list() == [
        *("1.2345678901234567e+19", "31", "31", "9223372036854775807", "120000000000000000"),
    ]
    assert frame["value"].to_list() == ["00ff", "a\0", "2.5", "1e+300", "9007199254740992"]


AS_TEXT = [
    ("007", "2026-11-23T14:30:15Z", "2026-11-23T14:30:15", "2026-11-23", "31", "7", "true", "a;b",
     "8.31", None),
    (None, None, "2026-11-23T14:30:00.500", None, "8.31", None, "false", None, "31", None),
]  # fmt: skip


def test_postgresql_gives_what_parquet_gives(server: sa.URL) -> None:
    engine = sa.create_engine(server.set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE typed (ref text, made timestamptz, local timestamp, day date, whole "
            "float8, count int, yes boolean, many text[], money numeric(9,3), none text)"
        )
        connection.exec_driver_sql("SET TIME ZONE 'Europe/London'")
        connection.exec_driver_sql(
            "INSERT INTO typed VALUES ('007', '2026-11-23 14:30:15+00', '2026-11-23 14:30:15', "
            "'2026-11-23', 31, 7, true, '{a,b}', 8.310, NULL), (NULL, NULL, "
            "'2026-11-23 14:30:00.5', NULL, 8.31, NULL, false, NULL, 31, NULL)"
        )
    engine.dispose()
    delivery = read(url=server.render_as_string(hide_password=False), table="public.typed")
    assert delivery.frame.drop("_file", "_row").rows() == AS_TEXT
    assert tuple(delivery.types.values()) == (
        *("text", "timestamp", "timestamp", "date", "number", "number", "boolean", "text"),
        *("number", "text"),
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("123456789012345678901234567890::numeric(30,0)", "123456789012345678901234567890"),
        ("'NaN'::numeric", None),
        ("'\\x00ff'::bytea", "00ff"),
        ("1e20::float8", "1e+20"),
        ("1234567890123456::float8", "1234567890123456"),
        ("ARRAY['a;b', 'c\"d', NULL, 'null', '']::text[]", 'a;b;c"d;null;'),
        ("ARRAY[true, false]", "true;false"),
        ("ARRAY[1, 2]", "1;2"),
        ("ARRAY[[1,2],[3,4]]", "{{1,2},{3,4}}"),
        ("ARRAY['{x}']::text[]", "{x}"),
        ("'24:00'::time", "24:00:00"),
        ("'14:30:15.5'::time", "14:30:15.500"),
        ("'12:30+01'::timetz", "12:30:00+01"),
        ("'1 day 2 hours'::interval", "P1DT2H"),
        ("'[1,3)'::int4range", "[1,3)"),
        ("'{\"a\": [1, 2]}'::jsonb", '{"a": [1, 2]}'),
        ("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("'0001-01-01'::date", "0001-01-01"),
        ("'9999-12-31 23:59:59.999999'::timestamp", "9999-12-31T23:59:59.999999"),
        ("0.000::numeric", "0"),
        ("100::numeric", "100"),
    ],
)
def test_values_of_postgresql(server: sa.URL, value: str, text: str | None) -> None:
    url = server.render_as_string(hide_password=False)
    delivery = read(url=url, query=f"SELECT {value} AS v")
    assert delivery.frame["v"].to_list() == [text]
    assert delivery.bad_cells.is_empty()


def test_a_database_that_promises_no_encoding(server: sa.URL) -> None:
    engine = sa.create_engine(
        server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "CREATE DATABASE loose ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'"
        )
    engine.dispose()
    url = server.set(database="loose").render_as_string(hide_password=False)
    query = "SELECT convert_from('\\xe9'::bytea, 'SQL_ASCII') AS v UNION ALL SELECT 'plain'"
    delivery = read(url=url, query=query)
    assert delivery.frame["v"].to_list() == [None, "plain"]
    assert delivery.bad_cells.rows() == [("query", 1, "v", "undecodable")]


def test_many_rows_come_in_chunks(server: sa.URL, tmp_path: Path) -> None:
    url = server.render_as_string(hide_password=False)
    query = "SELECT i, 'row ' || i FROM generate_series(1, 120000) AS i"
    delivery = read(url=url, query=query)
    assert delivery.frame["i"].to_list() == [str(i) for i in range(1, 120_001)]
    assert delivery.frame["_row"].to_list() == list(range(1, 120_001))


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(rows=10_000), "pull.too_many_rows"),
        (Limits(columns=2), "pull.too_many_columns"),
        (Limits(bytes=100_000), "pull.too_many_bytes"),
    ],
)
def test_an_answer_is_bounded(server: sa.URL, tmp_path: Path, limits: Limits, code: str) -> None:
    url = server.render_as_string(hide_password=False)
    query = "SELECT i, i AS j, repeat('x', 100) AS w FROM generate_series(1, 300000) AS i"
    assert refused(limits, url=url, query=query) == code
    counting = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    query = f"{counting} SELECT i, i AS j, printf('%.*c', 100, 'x') AS w FROM n"
    sqlite = f"sqlite:///{sqlite_file(tmp_path / 'rms.db')}"
    assert refused(limits, url=sqlite, query=query) == code


def test_a_locked_database_is_named(address: str) -> None:
    writer = sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    try:
        said = refused(url=address, table="t", statement_timeout=1)
    finally:
        writer.close()
    assert said == "pull.database_locked"


def test_a_locked_table_of_a_server_is_waited_for_only_so_long(
    postgres: str, server: sa.URL
) -> None:
    engine = sa.create_engine(server.set(drivername="postgresql+psycopg"))
    with engine.connect() as writer:
        writer.exec_driver_sql("LOCK TABLE t")
        assert refused(url=postgres, table="t", statement_timeout=1) == "pull.query_too_slow"
    engine.dispose()


def test_a_table_is_named_whole(postgres: str, address: str) -> None:
    assert read(url=postgres, table="public.t").rows == 3
    assert refused(url=postgres, table="t; DELETE FROM t") == "pull.database_no_table"
    assert refused(url=address, table='t" WHERE 1 --') == "pull.database_no_table"


def test_a_file_that_was_copied_in_mid_write_is_named(tmp_path: Path) -> None:
    path = sqlite_file(tmp_path / "rms.db")
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA cache_size = 1")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE t SET word = 'x'")
    for _ in range(200):
        writer.execute("INSERT INTO t VALUES (1, printf('%.*c', 4000, 'x'))")
    copy = tmp_path / "copy.db"
    copy.write_bytes(path.read_bytes())
    (tmp_path / "copy.db-journal").write_bytes((tmp_path / "rms.db-journal").read_bytes())
    writer.close()
    assert refused(url=f"sqlite:///{copy}", table="t") == "pull.database_half_written"


ADDRESSES = [
    (f"postgresql://reader:{PASSWORD}@127.0.0.1:1/rms", "pull.database_not_reached"),
    (f"postgresql://reader@127.0.0.1:1/rms?password={PASSWORD}", "pull.database_not_reached"),
    (f"postgresql://reader@127.0.0.1:1/rms?sslpassword={PASSWORD}", "pull.database_not_reached"),
    (f"postgresql://reader@127.0.0.1:1/rms?nothing={PASSWORD}", "pull.no_address"),
    (f"postgresql://reader@127.0.0.1:port/{PASSWORD}", "pull.no_address"),
    (f"{PASSWORD} is no address", "pull.no_address"),
    (f"mysql+nothere://reader:{PASSWORD}@host/db", "pull.no_driver"),
    (f"mssql+pyodbc:///?odbc_connect=DRIVER=x;PWD={PASSWORD}", "pull.no_driver"),
    (f"sqlite:////nowhere/{PASSWORD}.db", "pull.no_database_file"),
]


@pytest.mark.parametrize(("url", "code"), ADDRESSES)
def test_nothing_of_an_address_is_ever_said(url: str, code: str) -> None:
    given = source(url=url, table="orders", statement_timeout=2)
    assert PASSWORD not in repr(given)
    with pytest.raises(SourceError) as raised:
        pull(given)
    assert PASSWORD not in str(raised.value)
    assert isinstance(raised.value.said, Said)
    assert raised.value.said.code == code


def test_who_is_not_let_in_is_told_so(server: sa.URL) -> None:
    url = server.set(username="nobody").render_as_string(hide_password=False)
    assert refused(url=url, table="t") == "pull.database_no_entry"
    url = server.set(database="nowhere").render_as_string(hide_password=False)
    assert refused(url=url, table="t") == "pull.database_not_there"


def test_a_server_that_never_answers(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"postgresql://reader@127.0.0.1:{listening.getsockname()[1]}/rms"
        said = refused(url=url, table="t", statement_timeout=2)
    assert said == "pull.database_not_reached"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files here")
def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "rms.db")
    assert refused(url=f"sqlite:///{tmp_path / 'rms.db'}", table="t") == "pull.no_database_file"


def test_other_databases_are_refused_what_writes(tmp_path: Path) -> None:
    """Where nothing holds a database to reading, words that write are not let through."""
    url = "mssql+pyodbc://reader@host/db"
    for query in (
        "SELECT 1 DELETE FROM t",
        "SELECT * INTO #x FROM t",
        "WITH x AS (SELECT 1 AS a) UPDATE t SET a = 1",
        "SELECT 1 /*! ; DELETE */",
        "SELECT 1 EXEC sp_x",
    ):
        assert refused(url=url, query=query) == "pull.statement_may_write"
    assert refused(url=url, query="SELECT 'delete', [update] FROM t") == "pull.no_driver"


def test_when_it_was_read(address: str) -> None:
    before = datetime.now(UTC)
    delivery = read(url=address, table="t")
    assert before <= delivery.files[0].modified <= delivery.pulled_at
    assert delivery.files[0].name == "t"
