"""Read one source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import polars as pl

from config.errors import SourceError
from config.sentences import Said, say
from config.settings import Source
from expectations.extract import FILE, ROW
from jobs.pull.database import read_database
from jobs.pull.delivery import BAD_CELLS, BAD_ROWS, Delivery, Part
from jobs.pull.headless import looks_headless
from jobs.pull.places import find_files
from jobs.pull.stamps import read_stamp
from jobs.pull.text_file import read_csv
from jobs.pull.typed_file import read_excel, read_parquet
from jobs.pull.where import apply_where

_READERS: Mapping[str, Callable[[Path, Source], Part]] = {
    "csv": read_csv,
    "excel": read_excel,
    "parquet": read_parquet,
}
#: Kinds whose headers somebody wrote into a row.
_WITH_HEADER_ROW = ("csv", "excel")
#: How many rows are looked at to tell whether the header row is one of them.
_FIRST_ROWS = 50
#: Why a delivery is not whole, the worst first.
_INCOMPLETE = ("changed", "truncated", "last_row")


@dataclass(frozen=True)
class _Taken:
    """A part, and the bytes of its file before and after where it changed while it was read."""

    part: Part
    sizes: tuple[int, int] | None = None


def pull(source: Source) -> Delivery:
    """Read a source as delivered, without the rows that its settings leave out.

    Raises:
        SourceError: It cannot be read; the sentence says what to do.
    """
    now = datetime.now(UTC)
    if source.kind == "database":
        taken, folder = [_Taken(read_database(source, now))], None
    else:
        paths = find_files(source.path or "")
        folder = paths[0].parent
        taken = [_read(path, source, alone=len(paths) == 1) for path in paths]
    sizes = [one.sizes for one in taken if one.sizes]
    parts, repeated = _once([one.part for one in taken])
    headless = source.kind in _WITH_HEADER_ROW and any(
        looks_headless(part.frame.drop(ROW).columns, part.frame.head(_FIRST_ROWS)) for part in parts
    )
    parts, uneven = _same_headers(parts)
    frame = pl.concat([_with_file(p.frame, p) for p in parts], how="diagonal")
    files = tuple(part.file for part in parts)
    notes = [*repeated, *(note for part in parts for note in part.notes)]
    incomplete = {"changed"} if sizes else {part.incomplete for part in parts}
    delivery = Delivery(
        source=source.name,
        records=source.records,
        frame=frame,
        types=parts[0].types,
        files=files,
        bad_rows=_together(BAD_ROWS, [(p.bad_rows, p) for p in parts]),
        stamp=None,
        stamped=source.stamp is not None,
        pulled_at=datetime.now(UTC),
        uneven=uneven,
        notes=tuple(dict.fromkeys(notes)),
        left_out=sum(part.left_out for part in parts),
        incomplete=next((why for why in _INCOMPLETE if why in incomplete), None),
        sizes=(sum(b for b, _ in sizes), sum(a for _, a in sizes)) if sizes else None,
        bad_cells=_together(BAD_CELLS, [(p.bad_cells, p) for p in parts]),
        headless=headless,
    )
    stamp = read_stamp(source, delivery, folder)
    return replace(apply_where(delivery, source.where), stamp=stamp)


def _with_file(frame: pl.DataFrame, part: Part) -> pl.DataFrame:
    return frame.select(pl.lit(part.file.name).alias(FILE), pl.all())


def _together(schema: pl.Schema, frames: Sequence[tuple[pl.DataFrame, Part]]) -> pl.DataFrame:
    """Frames of several files as one of the schema."""
    named = [_with_file(frame, part) for frame, part in frames]
    whole = pl.concat([schema.to_frame(), *named], how="diagonal_relaxed")
    return whole.select(schema.names()).cast(schema)


def _once(parts: Sequence[Part]) -> tuple[list[Part], list[Said]]:
    """Each file once, however often it was delivered, and a note where one came again."""
    first: dict[str, Part] = {}
    for part in parts:
        first.setdefault(part.file.sha256, part)
    again = len(parts) - len(first)
    return list(first.values()), [say("pull.file_twice", files=again)] if again else []


def _same_headers(parts: Sequence[Part]) -> tuple[list[Part], tuple[str, ...]]:
    """Files of one delivery with their headers spelt alike, and the columns that some lack.

    The row numbers of a delivery go on from file to file.
    """
    spelt: dict[str, str] = {}
    alike, before = [], 0
    for part in parts:
        names = {name: spelt.setdefault(name.casefold(), name) for name in part.frame.columns}
        onwards = pl.col(ROW) + pl.lit(before, pl.UInt32)
        column = pl.col("column").replace(names)
        alike.append(
            replace(
                part,
                file=replace(part.file, before=before),
                frame=part.frame.rename(names).with_columns(onwards),
                bad_rows=part.bad_rows.with_columns(onwards),
                bad_cells=part.bad_cells.with_columns(onwards, column),
            )
        )
        numbers = pl.concat([part.frame.get_column(ROW), part.bad_rows.get_column(ROW)])
        before += cast("int", numbers.max() or 0)
    uneven = {name for part in alike for name in spelt.values() if name not in part.frame.columns}
    return alike, tuple(sorted(uneven))


def _read(path: Path, source: Source, *, alone: bool) -> _Taken:
    """Read a file, and see whether it is the same afterwards."""
    try:
        before = path.stat()
        part = _READERS[source.kind](path, source)
        sizes = _changed(path, (before.st_size, before.st_mtime_ns), part.file.size)
        return _Taken(part, sizes)
    except SourceError:
        raise
    except FileNotFoundError as error:
        raise SourceError(say("pull.gone")) from error
    except PermissionError as error:
        raise SourceError(say("pull.no_access")) from error
    except OSError as error:
        raise SourceError(say("pull.cannot_read", kind=error)) from error


def _changed(path: Path, before: tuple[int, int], read: int) -> tuple[int, int] | None:
    """The bytes of a file before and after it was read, where anything of it changed."""
    try:
        now = path.stat()
        after = (now.st_size, now.st_mtime_ns)
    except OSError:  # it is gone
        after = (0, 0)
    if after == before and read == before[0]:
        return None
    return before[0], after[0] if after[0] != before[0] or read == before[0] else read
