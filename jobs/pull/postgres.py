"""PostgreSQL, read in a transaction that only reads and that the statement cannot leave.

The statement is declared as a cursor, over the extended protocol, inside a savepoint of a read-only
transaction: so the server takes one statement only, one that reads, without data-modifying WITH;
nothing that it calls can write, nor make the transaction a writing one.

Values are taken as the server writes them, not as Python's objects: no date, number or type of
PostgreSQL's can be one that Python lacks.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from config.errors import SourceError
from config.settings import Limits
from jobs.pull.answer import Answer, Column, float_text, too_slow
from jobs.pull.refusals import from_postgres

if TYPE_CHECKING:
    import psycopg

_CONNECT_S = 30
_FIRST_ROWS, _MOST_ROWS, _CHUNK_BYTES = 1_000, 50_000, 32_000_000

_BOOL, _BYTEA = 16, 17
_WHOLE, _FLOATS, _NUMERIC = (20, 21, 23, 26), (700, 701), 1700
_DATE, _TIME, _TIMESTAMP, _TIMESTAMPTZ = 1082, 1083, 1114, 1184
_KINDS: Mapping[int, str] = {
    **dict.fromkeys((*_WHOLE, *_FLOATS, _NUMERIC), "number"),
    _BOOL: "boolean",
    _DATE: "date",
    _TIMESTAMP: "timestamp",
    _TIMESTAMPTZ: "timestamp",
}
#: How the server is to write values, and what it is to refuse.
_MANNERS = (
    "SET LOCAL TIME ZONE 'UTC'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'iso_8601'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL standard_conforming_strings = on",
)


def read_postgres(url: sa.URL, statement: str, limits: Limits, seconds: float) -> Answer:
    """Run a statement that reads.

    Args:
        url: The database.
        statement: One statement.
        limits: What the answer may be.
        seconds: How long it may take.

    Raises:
        SourceError: The database cannot be reached, it refuses, or the answer is too large or slow.
        ModuleNotFoundError: The driver is not installed.
    """
    import psycopg

    deadline = time.monotonic() + seconds
    try:
        with contextlib.closing(_connect(url, seconds)) as connection:
            try:
                return _read(connection, statement, limits, deadline, seconds)
            finally:
                with contextlib.suppress(psycopg.Error):
                    connection.execute("ROLLBACK")
    except (psycopg.Error, UnicodeError) as error:
        raise SourceError(from_postgres(error, seconds)) from None


def _connect(url: sa.URL, seconds: float) -> psycopg.Connection[Any]:
    import psycopg

    given = url.translate_connect_args(username="user", database="dbname")
    options: dict[str, Any] = {"connect_timeout": max(2, min(_CONNECT_S, int(seconds)))}
    for name, value in url.query.items():
        # Several hosts of one database stand in an address as `host=a&host=b`.
        options[name] = value if isinstance(value, str) else ",".join(value)
    return psycopg.connect(
        **{"application_name": "orderwatch", **options, **given, "client_encoding": "UTF8"},
        autocommit=True,
    )


def _read(
    connection: psycopg.Connection[Any],
    statement: str,
    limits: Limits,
    deadline: float,
    seconds: float,
) -> Answer:
    if connection.info.parameter_status("server_encoding") == "SQL_ASCII":
        # It promises nothing of its text, and would refuse to send what is not UTF-8.
        connection.execute("SET client_encoding = 'SQL_ASCII'")
    connection.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
    connection.execute("BEGIN TRANSACTION READ ONLY")
    for manner in _MANNERS:
        connection.execute(manner)
    connection.execute("SELECT 1")  # from the first query on, no transaction can become a writer
    connection.execute("SAVEPOINT orderwatch")
    cursor = connection.cursor()
    _limit(connection, deadline, seconds)
    # `prepare` asks for the extended protocol, in which the server takes one statement alone.
    declared = f"DECLARE orderwatch NO SCROLL CURSOR FOR {statement}".encode()
    cursor.execute(declared, prepare=True)
    answer: Answer | None = None
    rows = _FIRST_ROWS
    while True:
        _limit(connection, deadline, seconds)
        cursor.execute(f"FETCH FORWARD {rows} FROM orderwatch".encode())
        result = cursor.pgresult
        assert result is not None  # noqa: S101 - the server has just answered
        if answer is None:
            names = [(result.fname(place) or b"") for place in range(result.nfields)]
            answer = Answer((name.decode(errors="replace") for name in names), limits)
        answer.add([_column(result, place) for place in range(result.nfields)])
        if result.ntuples < rows:
            return answer
        wide = max(1, answer.bytes // max(1, answer.rows))
        rows = max(1, min(_MOST_ROWS, _CHUNK_BYTES // wide))


def _limit(connection: psycopg.Connection[Any], deadline: float, seconds: float) -> None:
    """What is left of its time, for the next command; the statement may have changed that."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise SourceError(too_slow(seconds))
    connection.execute(f"SET LOCAL statement_timeout = {max(1, int(left * 1000))}".encode())


def _column(result: Any, place: int) -> Column:
    value = result.get_value
    raw = pl.Series([value(row, place) for row in range(result.ntuples)], dtype=pl.Binary)
    text = _decoded(raw)
    undecodable = raw.is_not_null() & text.is_null()
    oid = result.ftype(place)
    taken = _taken(text, oid)
    nan = (
        text.is_in(["NaN"])
        if _KINDS.get(oid) == "number"
        else pl.repeat(False, len(text), eager=True)
    )
    unfit = text.is_not_null() & taken.is_null() & ~nan
    return Column(taken, _KINDS.get(oid, "text"), {"undecodable": undecodable, "no_text": unfit})


def _decoded(raw: pl.Series) -> pl.Series:
    """Bytes as text; null where they are not UTF-8."""
    try:
        return raw.cast(pl.String)
    except pl.exceptions.ComputeError:
        return pl.Series([_one(cell) for cell in raw], dtype=pl.String)


def _one(cell: bytes | None) -> str | None:
    try:
        return None if cell is None else cell.decode()
    except UnicodeDecodeError:
        return None


def _taken(text: pl.Series, oid: int) -> pl.Series:
    """The server's text as that of every other source; null where no other could have it."""
    x = pl.col("x")
    taken: pl.Expr
    if oid in _FLOATS:
        return float_text(text.cast(pl.Float64, strict=False))
    if oid == _NUMERIC:
        plain = x.str.replace(r"(\.\d*?)0+$", "$1").str.strip_suffix(".")
        taken = pl.when(x.str.contains(r"^-?[\d.]+$")).then(plain)
    elif oid == _BOOL:
        taken = x.replace_strict({"t": "true", "f": "false"}, default=None, return_dtype=pl.String)
    elif oid == _DATE:
        taken = pl.when(x.str.contains(r"^\d{4}-\d\d-\d\d$")).then(x)
    elif oid in (_TIMESTAMP, _TIMESTAMPTZ):
        aware = oid == _TIMESTAMPTZ
        moment = x.str.strip_suffix("+00").str.to_datetime(
            "%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False
        )
        taken = moment.dt.strftime("%Y-%m-%dT%H:%M:%S%.f" + ("Z" if aware else ""))
    elif oid == _TIME:
        of_day = x.str.to_time("%H:%M:%S%.f", strict=False)
        taken = pl.coalesce(of_day.dt.strftime("%H:%M:%S%.f"), x)  # 24:00:00 is none of Polars'
    elif oid == _BYTEA:
        taken = x.str.strip_prefix("\\x")
    elif oid in _ARRAYS:
        return pl.Series([_members(one, oid) for one in text], dtype=pl.String)
    else:
        return text
    return text.alias("x").to_frame().select(taken.cast(pl.String)).to_series()


#: Arrays of text, words, numbers, keys: their members are parted by `;`, as in Parquet.
_ARRAYS = frozenset({1000, 1002, 1005, 1007, 1009, 1014, 1015, 1016, 1021, 1022, 1182, 1231, 2951})
_MEMBER = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,{}"]+)', re.DOTALL)


def _members(array: str | None, oid: int) -> str | None:
    """The members of an array of one dimension; one of more stays as the server writes it."""
    if (
        array is None
        or not array.startswith("{")
        or "{" in re.sub(r'"(?:[^"\\]|\\.)*"', "", array[1:])
    ):
        return array
    found = []
    for quoted, bare in _MEMBER.findall(array[1:-1]):
        if bare:
            if bare != "NULL":
                found.append({"t": "true", "f": "false"}.get(bare, bare) if oid == 1000 else bare)
        else:
            found.append(re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL))
    return ";".join(found)
