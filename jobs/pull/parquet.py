"""Parquet files."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from config.errors import SourceError
from config.sentences import say
from config.settings import Limits, Source
from expectations.extract import FILE, ROW
from jobs.pull.as_text import as_text, not_text
from jobs.pull.bounds import LIMITS, check_extent, check_size, guarded
from jobs.pull.delivery import BAD_CELLS, DeliveredFile, Part, digest, unique_headers

_MARK, _LOCKED = b"PAR1", b"PARE"
_BAD = pl.Schema({name: dtype for name, dtype in BAD_CELLS.items() if name != FILE})


def read_parquet(path: Path, source: Source, limits: Limits = LIMITS) -> Part:
    """Read a Parquet file, every cell as text.

    Raises:
        SourceError: It is not Parquet, is cut off, damaged, locked or too large.
        OSError: It cannot be read.
    """
    check_size(path.stat().st_size, path.stat().st_size, limits)
    data = path.read_bytes()
    if not data:
        raise SourceError(say("pull.empty"))
    if data.startswith(_LOCKED) or data.endswith(_LOCKED):
        raise SourceError(say("pull.encrypted"))
    if not data.startswith(_MARK):
        raise SourceError(say("pull.no_parquet"))
    if not data.endswith(_MARK) or len(data) <= len(_MARK):
        raise SourceError(say("pull.truncated"))
    with guarded("pull.broken_parquet"):
        frame, names = _load(data, limits)
        if not names:
            raise SourceError(say("pull.empty"))
        headers, notes = unique_headers(names)
        called = dict(zip(frame.columns, headers, strict=True))
        text, classes = as_text(frame)
        _check_letters(text, limits)
        bad = not_text(frame).select(
            (pl.col("row") + 1).alias(ROW),
            pl.col("column").replace_strict(called, return_dtype=pl.String),
            "reason",
        )
        numbers = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(ROW)
        frame = text.rename(called).with_columns(numbers)
    file = DeliveredFile(
        name=path.name,
        sha256=digest([data]),
        size=len(data),
        modified=datetime.fromtimestamp(path.stat().st_mtime, UTC),
    )
    types = {called[name]: kind for name, kind in classes.items()}
    return Part(file, frame, types, notes=notes, bad_cells=bad.match_to_schema(_BAD))


def _load(data: bytes, limits: Limits) -> tuple[pl.DataFrame, list[str]]:
    """The table, its columns called by their number, and their names.

    It is loaded once its footer says that it is not too large.
    """
    from pyarrow import parquet  # type: ignore[import-untyped]

    footer = parquet.read_metadata(io.BytesIO(data))
    names = footer.schema.to_arrow_schema().names
    check_extent(footer.num_rows, len(names), limits)
    groups = [footer.row_group(place) for place in range(footer.num_row_groups)]
    unpacked = sum(group.total_byte_size for group in groups)
    check_size(unpacked, unpacked, limits)
    if len(set(names)) < len(names):  # Polars has no two columns of one name
        table = parquet.ParquetFile(io.BytesIO(data)).read()
        frame = pl.from_arrow(table.rename_columns([str(n) for n in range(len(names))]))
        assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table is a frame
        return frame, names
    frame = pl.read_parquet(data)
    frame.columns = [str(n) for n in range(frame.width)]
    return frame, names


def _check_letters(text: pl.DataFrame, limits: Limits) -> None:
    """Refuse a table whose letters, each cell its own, are too many.

    One long text that a dictionary holds once may stand in a million rows.
    """
    letters = text.select(pl.sum_horizontal(pl.all().str.len_bytes().cast(pl.UInt64).sum())).item()
    check_size(int(letters or 0), int(letters or 0), limits)
