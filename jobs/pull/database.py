"""Databases, by SQLAlchemy address; only ever read."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from config.errors import SourceError
from config.settings import Source
from jobs.pull.as_text import as_text
from jobs.pull.delivery import ROW, DeliveredFile, Part, digest, unique_headers

_CHUNK = 50_000


def read_database(source: Source, now: datetime) -> Part:
    """Run the source's query, or read its table.

    Raises:
        SourceError: The database cannot be reached, or refuses.
    """
    url = sa.engine.make_url(source.url or "")
    shown = url.render_as_string(hide_password=True)
    try:
        if url.get_backend_name() == "sqlite" and not _there(url):
            raise SourceError(f"there is no database {shown}")
        engine = sa.create_engine(url)
        try:
            with engine.connect() as connection:
                frame = pl.read_database(_statement(source, connection), connection)
        finally:
            engine.dispose()
    except ModuleNotFoundError as error:
        raise SourceError(
            f"the driver {error.name!r} for {shown} is not installed: "
            f"pip install 'orderwatch[postgres]'"
        ) from None
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().split("\n", 1)[0]
        raise SourceError(f"{shown} cannot be read: {reason}") from None
    headers, notes = unique_headers(frame.columns)
    text, classes = as_text(frame.rename(dict(zip(frame.columns, headers, strict=True))))
    rows = text.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(ROW))
    name = source.table or "query"
    content = digest([repr(text.columns).encode(), *_bytes(text)])
    return Part(DeliveredFile(name, content, 0, now), rows, classes, notes=notes)


def _statement(source: Source, connection: sa.Connection) -> str:
    if source.query:
        return source.query
    preparer = connection.dialect.identifier_preparer
    parts = (source.table or "").split(".")
    return f"SELECT * FROM {'.'.join(preparer.quote(part) for part in parts)}"  # noqa: S608 - quoted


def _there(url: sa.engine.URL) -> bool:
    from pathlib import Path

    return url.database in (None, "", ":memory:") or Path(str(url.database)).exists()


def _bytes(frame: pl.DataFrame) -> list[bytes]:
    """The rows as bytes, for the fingerprint."""
    return [frame.slice(at, _CHUNK).write_csv().encode() for at in range(0, frame.height, _CHUNK)]
