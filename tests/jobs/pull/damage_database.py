"""Queries and databases that do harm, each with what is right: a table for several tests."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

#: Stands in every text of the databases: found in no message.
MARK = "ZZMARK"

#: Made anew for each hostile query on PostgreSQL, and unchanged after it.
POSTGRES = (
    "DROP TABLE IF EXISTS t CASCADE",
    "CREATE TABLE t (a int, word text)",
    f"INSERT INTO t VALUES (1, '{MARK}'), (2, '100% {MARK}'), (3, NULL)",
    "CREATE OR REPLACE FUNCTION w() RETURNS int LANGUAGE sql AS "
    "'INSERT INTO t VALUES (9, NULL); SELECT 1'",
    "CREATE OR REPLACE FUNCTION p() RETURNS int LANGUAGE plpgsql AS "
    "$$BEGIN EXECUTE 'SET TRANSACTION READ WRITE'; DELETE FROM t; RETURN 1; END$$",
    "CREATE SEQUENCE IF NOT EXISTS s",
)


@dataclass(frozen=True)
class Damage:
    """One thing that goes wrong.

    Attributes:
        fault: What it is.
        at: Which database, as `sqlite` or `postgresql`.
        query: What is asked.
        said: The code of the sentence; None where the source is read.
        rows: Rows that are read.
        bad: Reasons of cells that are rejected.
        make: What is done to the SQLite file before.
    """

    fault: str
    at: Literal["sqlite", "postgresql"]
    query: str
    said: str | None = None
    rows: int = 3
    bad: tuple[str, ...] = ()
    make: Callable[[Path], object] | None = None


def sqlite_file(path: Path) -> Path:
    """Three rows in a file."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE t (a INTEGER, word TEXT)")
        rows = [(1, MARK), (2, f"100% {MARK}"), (3, None)]
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
    connection.close()
    return path


def _sql(*statements: str) -> Callable[[Path], object]:
    def make(path: Path) -> None:
        connection = sqlite3.connect(path)
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()

    return make


def _middle_overwritten(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)


_ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

_NOT_ONE, _MAY_WRITE = "pull.statement_not_one", "pull.statement_may_write"
_NOT_READ, _NOT_CLOSED = "pull.statement_does_not_read", "pull.statement_not_closed"

DAMAGES: tuple[Damage, ...] = (
    # What looks hostile and is not.
    Damage("a semicolon at the end", "postgresql", "SELECT * FROM t; -- the end\n"),
    Damage("a semicolon at the end", "sqlite", "SELECT * FROM t ;; /* the end */ "),
    Damage("% in a query", "postgresql", "SELECT * FROM t WHERE word LIKE '%100%%'", rows=1),
    Damage("% in a query", "sqlite", "SELECT * FROM t WHERE word LIKE '%100%%'", rows=1),
    Damage("a colon in a query", "postgresql", "SELECT a::text, ':a', '%(a)s' FROM t"),
    Damage("a semicolon in quotes", "postgresql", "SELECT ';', $q$; '$q$, E'\\'; ' FROM t"),
    Damage("a semicolon in quotes", "sqlite", "SELECT ';' AS \";\", [a], `word` FROM t"),
    Damage("a semicolon in comments", "postgresql", "/* ; /* ; */ ; */ SELECT 1 -- ;", rows=1),
    Damage("a query in brackets", "postgresql", "(SELECT * FROM t)"),
    Damage("TABLE", "postgresql", "TABLE t"),
    Damage("VALUES", "postgresql", "VALUES (1), (2)", rows=2),
    Damage("VALUES", "sqlite", "VALUES (1), (2)", rows=2),
    Damage("two columns of one name", "postgresql", "SELECT a, a FROM t"),
    Damage("no rows", "postgresql", "SELECT * FROM t WHERE false", rows=0),
    Damage("no rows", "sqlite", "SELECT * FROM t WHERE 0", rows=0),
    # Queries that write.
    Damage("a second statement", "postgresql", "SELECT 1; DELETE FROM t", _NOT_ONE),
    Damage("a second statement", "sqlite", "SELECT 1; DELETE FROM t", _NOT_ONE),
    Damage("leaving the transaction", "postgresql", "commit; delete from t; select 1", _NOT_ONE),
    Damage(
        "leaving the transaction", "postgresql", "select 1; set transaction read write", _NOT_ONE
    ),
    Damage("a second after a comment", "postgresql", "SELECT 1 /* ; */ ; DROP TABLE t", _NOT_ONE),
    Damage("a second after quotes", "postgresql", "SELECT '\\'; DELETE FROM t; --'", _NOT_ONE),
    Damage("a second after dollars", "postgresql", "SELECT $a$ $b$ $a$; DELETE FROM t", _NOT_ONE),
    Damage("a second after dollars", "sqlite", "SELECT $$; DELETE FROM t; $$", _NOT_ONE),
    Damage("NUL in a query", "postgresql", "SELECT 1 \0", _NOT_ONE),
    Damage("DELETE", "postgresql", "DELETE FROM t RETURNING *", _NOT_READ),
    Damage("DELETE", "sqlite", "DELETE FROM t RETURNING *", _NOT_READ),
    Damage("COPY to a program", "postgresql", "COPY t TO PROGRAM 'touch /tmp/zz'", _NOT_READ),
    Damage("COMMIT alone", "postgresql", "COMMIT", _NOT_READ),
    Damage("SET alone", "postgresql", "SET default_transaction_read_only = off", _NOT_READ),
    Damage("DO", "postgresql", "DO $$BEGIN DELETE FROM t; END$$", _NOT_READ),
    Damage("CALL", "postgresql", "CALL anything()", _NOT_READ),
    Damage("EXPLAIN ANALYZE", "postgresql", "EXPLAIN ANALYZE DELETE FROM t", _NOT_READ),
    Damage("ATTACH", "sqlite", "ATTACH 'attached.db' AS b", _NOT_READ),
    Damage("PRAGMA", "sqlite", "PRAGMA writable_schema = 1", _NOT_READ),
    Damage("VACUUM INTO", "sqlite", "VACUUM INTO 'attached.db'", _NOT_READ),
    Damage("no statement", "postgresql", " -- nothing", _NOT_READ),
    Damage("a quote not closed", "postgresql", "SELECT 'a", _NOT_CLOSED),
    Damage("a comment not closed", "sqlite", "SELECT 1 /* a", _NOT_CLOSED),
    Damage("dollars not closed", "postgresql", "SELECT $a$ x", _NOT_CLOSED),
    Damage(
        "a WITH that deletes",
        "postgresql",
        "WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x",
        "pull.database_cannot",
    ),
    Damage("a WITH that deletes", "sqlite", "WITH x AS (SELECT 1) DELETE FROM t", _MAY_WRITE),
    Damage("a WITH before DELETE", "postgresql", "WITH x AS (SELECT 1) DELETE FROM t",
           "pull.database_bad_statement"),
    Damage("SELECT INTO", "postgresql", "SELECT * INTO t2 FROM t", "pull.database_bad_statement"),
    Damage("a function that writes", "postgresql", "SELECT w()", _MAY_WRITE),
    Damage("a function that makes itself a writer", "postgresql", "SELECT p()", _MAY_WRITE),
    Damage("nextval", "postgresql", "SELECT nextval('s')", _MAY_WRITE),
    Damage("setval", "postgresql", "SELECT setval('s', 7)", _MAY_WRITE),
    Damage(
        "set_config of the transaction",
        "postgresql",
        "SELECT set_config('transaction_read_only', 'off', true), w()",
        _MAY_WRITE,
    ),
    Damage(
        "set_config of the session",
        "postgresql",
        "SELECT set_config('default_transaction_read_only', 'off', false), w()",
        _MAY_WRITE,
    ),
    Damage("FOR UPDATE", "postgresql", "SELECT * FROM t FOR UPDATE", _MAY_WRITE),
    Damage("load_extension", "sqlite", "SELECT load_extension('x')", _MAY_WRITE),
    Damage("a pragma that is a table", "sqlite", "SELECT * FROM pragma_table_info('t')",
           _MAY_WRITE),
    # Queries that fail; a cast quotes its value in the database's own words.
    Damage("a cast", "postgresql", "SELECT word::date FROM t", "pull.database_bad_value"),
    Damage("a division by zero", "postgresql", "SELECT a / 0 FROM t", "pull.database_bad_value"),
    Damage("no such table", "postgresql", f"SELECT * FROM {MARK}", "pull.database_no_table"),
    Damage("no such table", "sqlite", f"SELECT * FROM {MARK}", "pull.database_no_table"),
    Damage("no such column", "postgresql", f"SELECT {MARK} FROM t", "pull.database_no_column"),
    Damage("no such column", "sqlite", f"SELECT {MARK} FROM t", "pull.database_no_column"),
    Damage("no such function", "postgresql", f"SELECT {MARK}()", "pull.database_bad_statement"),
    Damage("nonsense", "postgresql", f"SELECT {MARK} {MARK} {MARK}",
           "pull.database_bad_statement"),
    Damage("nonsense", "sqlite", "SELECT FROM WHERE", "pull.database_bad_statement"),
    Damage("no columns", "postgresql", "SELECT FROM t", "pull.no_columns"),
    Damage("no feature of that kind", "postgresql",
           f"SELECT xmlparse(document '<{MARK}')", "pull.database_cannot"),
    Damage("endless", "postgresql", _ENDLESS, "pull.query_too_slow"),
    Damage("endless", "sqlite", _ENDLESS, "pull.query_too_slow"),
    Damage("asleep", "postgresql", "SELECT pg_sleep(60)", "pull.query_too_slow"),
    Damage(
        "a time limit taken off",
        "postgresql",
        "SELECT set_config('statement_timeout', '0', false), pg_sleep(60)",
        "pull.query_too_slow",
    ),
    # Files that are none.
    Damage("no database", "sqlite", "SELECT * FROM t", "pull.database_no_database",
           make=lambda path: path.write_text(f"{MARK} is no database" * 400)),
    Damage("an empty file", "sqlite", "SELECT * FROM t", "pull.database_no_table",
           make=lambda path: path.write_bytes(b"")),
    Damage("a damaged page", "sqlite", "SELECT * FROM t", "pull.database_damaged",
           make=_middle_overwritten),
    Damage("cut in the middle", "sqlite", "SELECT * FROM t", "pull.database_damaged",
           make=lambda path: path.write_bytes(path.read_bytes()[:4096])),
    Damage("no file", "sqlite", "SELECT * FROM t", "pull.no_database_file",
           make=lambda path: path.unlink()),
    # Odd cells: they alone are rejected.
    Damage("text that is not UTF-8", "sqlite", "SELECT * FROM t", None, 4, ("undecodable",),
           make=_sql(f"INSERT INTO t VALUES (4, CAST(X'{MARK.encode().hex()}FF' AS TEXT))")),
    Damage("infinity", "sqlite", "SELECT * FROM t", None, 5, ("no_text", "no_text"),
           make=_sql("INSERT INTO t VALUES (9e999, 'x'), (-9e999, 'y')")),
    Damage("infinite numbers", "postgresql",
           "SELECT 'infinity'::float8, '-infinity'::numeric, 'NaN'::numeric, 'NaN'::float4",
           None, 1, ("no_text", "no_text")),
    Damage("dates without end", "postgresql",
           "SELECT 'infinity'::date, '-infinity'::timestamp, 'infinity'::timestamptz",
           None, 1, ("no_text",) * 3),
    Damage("dates out of reach", "postgresql",
           "SELECT '0044-03-15 BC'::date, '10000-01-01'::timestamp, "
           "'0044-03-15 12:00 BC'::timestamptz, '290000-01-01'::timestamp",
           None, 1, ("no_text",) * 4),
    Damage("types of its own", "postgresql",
           "SELECT '[1,3)'::int4range, '{\"a\": 1}'::jsonb, '1 day 2 hours'::interval, "
           "'12:30+01'::timetz, '(1,2)'::point, '10.0.0.1'::inet, ROW(1,'a'), ARRAY[[1,2],[3,4]]",
           None, 1),
    Damage("a long text", "postgresql", "SELECT repeat('x', 10000001)", None, 1, ("too_long",)),
    Damage("a long text", "sqlite", "SELECT printf('%.*c', 10000001, 'x')", None, 1, ("too_long",)),
)  # fmt: skip
