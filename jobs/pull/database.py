"""Databases, by SQLAlchemy address; only ever read."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from config.errors import SourceError
from config.settings import Source
from expectations.extract import ROW
from jobs.pull.as_text import as_text
from jobs.pull.delivery import DeliveredFile, Part, digest, unique_headers

_CHUNK = 50_000
_TIMEOUT_S = 30


def read_database(source: Source, now: datetime) -> Part:
    """Run the source's query, or read its table.

    Raises:
        SourceError: The database cannot be reached, or refuses. No password is in the message.
    """
    url = sa.engine.make_url(source.url or "")
    if url.drivername == "postgresql":  # the driver that comes with Orderwatch
        url = url.set(drivername="postgresql+psycopg")
    shown = url.render_as_string(hide_password=True)
    try:
        engine = _engine(url)
        try:
            with engine.connect() as connection:
                answer = connection.exec_driver_sql(_statement(source, connection))
                names = list(answer.keys())
                rows = answer.fetchall()
        finally:
            engine.dispose()
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise SourceError(
            f"the driver for {shown} is not installed ({error}); for PostgreSQL: "
            "pip install 'orderwatch[postgres]'"
        ) from None
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise SourceError(f"{shown} cannot be read: {_reason(error, url)}") from None
    headers, notes = unique_headers(names)
    text, classes = _text(headers, rows)
    numbered = text.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(ROW))
    content = digest([repr(text.columns).encode(), *_bytes(text)])
    name = source.table or "query"
    return Part(DeliveredFile(name, content, 0, now), numbered, classes, notes=notes)


def _engine(url: sa.engine.URL) -> sa.Engine:
    backend = url.get_backend_name()
    if backend == "sqlite":
        path = Path(str(url.database or ""))
        if not path.is_file():
            raise SourceError(
                f"there is no database {path}; see that the extract has been delivered there, or "
                "correct `url` of the source"
            )
        # Opened so that nothing can be written, and no empty database be made by a wrong path.
        address = f"{path.resolve().as_uri()}?mode=ro"
        return sa.create_engine(
            "sqlite://", creator=lambda: sqlite3.connect(address, uri=True, timeout=_TIMEOUT_S)
        )
    if backend == "postgresql":
        engine = sa.create_engine(url, connect_args={"connect_timeout": _TIMEOUT_S})
        return engine.execution_options(postgresql_readonly=True)
    return sa.create_engine(url)


def _statement(source: Source, connection: sa.Connection) -> str:
    if source.query:
        return source.query
    preparer = connection.dialect.identifier_preparer
    parts = (source.table or "").split(".")
    return f"SELECT * FROM {'.'.join(preparer.quote(part) for part in parts)}"  # noqa: S608 - quoted


def _reason(error: Exception, url: sa.engine.URL) -> str:
    said = str(getattr(error, "orig", None) or error).strip().split("\n", 1)[0]
    if url.password:
        said = said.replace(str(url.password), "***")
    low = said.lower()
    if "no such table" in low or "does not exist" in low or "no such column" in low:
        return f"{said}; see `table`, `query` and `url` of the source"
    if "locked" in low:
        return f"{said}; another program is writing to it, run again when that has ended"
    if "not a database" in low:
        return f"{said}; see whether the file was delivered whole"
    return f"{said}; see that the server is there and that this account may read it"


def _text(
    headers: Sequence[str], rows: Sequence[Sequence[Any]]
) -> tuple[pl.DataFrame, Mapping[str, str]]:
    """Rows of a database as text, and the class of each column that holds anything."""
    columns = zip(*rows, strict=True) if rows else [()] * len(headers)
    read = {name: _column(name, values) for name, values in zip(headers, columns, strict=True)}
    classes = {name: kind for name, (_, kind) in read.items() if kind is not None}
    return pl.DataFrame([column for column, _ in read.values()]), classes


def _column(name: str, values: Sequence[Any]) -> tuple[pl.Series, str | None]:
    """One column as text, and its class; SQLite may hold values of several types in one."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pl.Series(name, values, dtype=pl.String), None
    if kinds <= {int, float, Decimal}:
        return pl.Series(name, [_number(value) for value in values], dtype=pl.String), "number"
    if len(kinds) > 1:
        return pl.Series(name, [_one(value) for value in values], dtype=pl.String), "text"
    try:
        text, classes = as_text(pl.Series(name, values).to_frame())
    except (pl.exceptions.PolarsError, TypeError):  # a type of the database's own
        return pl.Series(name, [_one(value) for value in values], dtype=pl.String), "text"
    return text.to_series(), classes[name]


def _number(value: Any) -> str | None:
    """A number as a person writes it: no decimals that are all noughts."""
    if value is None or value != value:  # not a number
        return None
    if value == int(value):
        return str(int(value))
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _one(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | Decimal):
        return _number(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _bytes(frame: pl.DataFrame) -> list[bytes]:
    """The rows as bytes, for the fingerprint."""
    return [frame.slice(at, _CHUNK).write_csv().encode() for at in range(0, frame.height, _CHUNK)]
