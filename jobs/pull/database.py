"""Databases, by SQLAlchemy address; only ever read, with one statement, within limits.

Nothing that a database, a driver or an address says is handed on: what went wrong is one of our own
sentences.
"""

from __future__ import annotations

import contextlib
import time
from datetime import datetime
from pathlib import Path

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from config.errors import SourceError
from config.sentences import say
from config.settings import Limits, Source
from expectations.extract import ROW
from jobs.pull.answer import Answer, from_values, too_slow
from jobs.pull.delivery import DeliveredFile, Part, digest
from jobs.pull.postgres import read_postgres
from jobs.pull.refusals import from_other
from jobs.pull.sqlite_file import read_sqlite
from jobs.pull.statement import one_statement

_CHUNK = 50_000
_FETCHED = 10_000
#: How much of the time of a source its query may take: the rest is for taking its answer in, so
#: that the database stops the query before the reading process is stopped.
_QUERY_SHARE = 0.9


def read_database(source: Source, now: datetime, limits: Limits | None = None) -> Part:
    """Run the source's query, or read its table.

    Args:
        source: The source.
        now: The moment of the reading.
        limits: What it may cost.

    Raises:
        SourceError: The database cannot be reached, it refuses, the query is not one statement that
            reads, or its answer is too large or too slow.
    """
    limits = limits or Limits()
    try:
        url = sa.engine.make_url(source.url or "")
        backend = url.get_backend_name()
    except (ArgumentError, ValueError):
        raise SourceError(say("pull.no_address")) from None
    seconds = source.statement_timeout or limits.seconds * _QUERY_SHARE
    try:
        dialect = url.get_dialect()()
        statement = _statement(source, backend, dialect)
        answer = _answer(url, statement, limits, seconds)
    except (ImportError, NoSuchModuleError):
        raise SourceError(say("pull.no_driver")) from None
    text = answer.frame
    numbered = text.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(ROW))
    bad = answer.bad_cells
    content = digest([repr(text.columns).encode(), *_bytes(text), *_bytes(bad)])
    return Part(
        DeliveredFile(source.table or "query", content, 0, now),
        numbered,
        answer.types,
        notes=answer.notes,
        bad_cells=bad,
    )


def _statement(source: Source, backend: str, dialect: sa.Dialect) -> str:
    if source.query:
        return one_statement(source.query, backend)
    quote = dialect.identifier_preparer.quote_identifier
    parts = (source.table or "").split(".")
    return f"SELECT * FROM {'.'.join(quote(part) for part in parts)}"  # noqa: S608 - quoted


def _answer(url: sa.URL, statement: str, limits: Limits, seconds: float) -> Answer:
    match url.get_backend_name():
        case "sqlite":
            return read_sqlite(Path(str(url.database or "")), statement, limits, seconds)
        case "postgresql":
            return read_postgres(url, statement, limits, seconds)
    return _read_other(url, statement, limits, seconds)


def _read_other(url: sa.URL, statement: str, limits: Limits, seconds: float) -> Answer:
    """Any database that SQLAlchemy has a driver for: one transaction, which is taken back."""
    deadline = time.monotonic() + seconds
    try:
        engine = sa.create_engine(url)
        with contextlib.ExitStack() as stack:
            stack.callback(engine.dispose)
            connection = stack.enter_context(engine.connect())
            stack.callback(connection.rollback)
            # Without parameters: `%` and `:` in a query are what they are.
            options = {"stream_results": True, "no_parameters": True}
            found = connection.execution_options(**options).exec_driver_sql(statement)
            answer = Answer(found.keys(), limits)
            while rows := found.fetchmany(_FETCHED):
                answer.add([from_values(values) for values in zip(*rows, strict=True)])
                if time.monotonic() > deadline:
                    raise SourceError(too_slow(seconds))
    except (SourceError, ImportError, NoSuchModuleError, MemoryError):
        raise
    except SQLAlchemyError as error:
        raise SourceError(from_other(error)) from None
    except Exception as error:  # whatever a driver may raise
        raise SourceError(say("pull.database_failed", error=error)) from None
    return answer


def _bytes(frame: pl.DataFrame) -> list[bytes]:
    """The rows as bytes, for the fingerprint."""
    return [frame.slice(at, _CHUNK).write_csv().encode() for at in range(0, frame.height, _CHUNK)]
