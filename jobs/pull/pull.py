"""Read one source."""

from __future__ import annotations

import glob
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import polars as pl

from config.errors import SourceError
from config.settings import Limits, Source
from expectations.extract import FILE, ROW
from jobs.pull.database import read_database
from jobs.pull.delivery import BAD_ROWS, Delivery, Part
from jobs.pull.stamps import read_stamp
from jobs.pull.text_file import read_csv
from jobs.pull.typed_file import read_excel, read_parquet

_READERS: Mapping[str, Callable[[Path, Source], Part]] = {
    "csv": read_csv,
    "excel": read_excel,
    "parquet": read_parquet,
}


def pull(source: Source, limits: Limits | None = None) -> Delivery:
    """Read a source as delivered, in this process.

    Args:
        source: The source.
        limits: What it may cost; those of the settings that come along by default. Time and memory
            are held to by `Reader` alone.

    Raises:
        SourceError: It cannot be read; the message says what to do.
    """
    now = datetime.now(UTC)
    if source.kind == "database":
        parts, folder = [read_database(source, now)], None
    else:
        paths = _paths(source)
        folder = paths[0].parent
        parts = [_read(path, source) for path in paths]
    parts, repeated = _once(parts)
    parts, uneven = _same_headers(parts)
    frame = pl.concat(
        [p.frame.select(pl.lit(p.file.name).alias(FILE), pl.all()) for p in parts], how="diagonal"
    )
    bad = [p.bad_rows.select(pl.lit(p.file.name).alias(FILE), pl.all()) for p in parts]
    files = tuple(part.file for part in parts)
    return Delivery(
        source=source.name,
        records=source.records,
        frame=frame,
        types=parts[0].types,
        files=files,
        bad_rows=pl.concat([BAD_ROWS.to_frame(), *bad], how="diagonal"),
        stamp=read_stamp(source, frame, files, folder),
        stamped=source.stamp is not None,
        pulled_at=datetime.now(UTC),
        uneven=uneven,
        notes=(*repeated, *(note for part in parts for note in part.notes)),
    )


def _once(parts: Sequence[Part]) -> tuple[list[Part], list[str]]:
    """Each file once, however often it was delivered, and a note for each that came again."""
    first: dict[str, Part] = {}
    notes = []
    for part in parts:
        known = first.setdefault(part.file.sha256, part)
        if known is not part:
            notes.append(f"{part.file.name} is the same as {known.file.name}; it is read once")
    return list(first.values()), notes


def _same_headers(parts: Sequence[Part]) -> tuple[list[Part], tuple[str, ...]]:
    """Files of one delivery with their headers spelt alike, and the columns that some lack.

    The row numbers of a delivery go on from file to file.
    """
    spelt: dict[str, str] = {}
    alike, before = [], 0
    for part in parts:
        names = {name: spelt.setdefault(name.casefold(), name) for name in part.frame.columns}
        onwards = pl.col(ROW) + pl.lit(before, pl.UInt32)
        alike.append(
            replace(
                part,
                file=replace(part.file, before=before),
                frame=part.frame.rename(names).with_columns(onwards),
                bad_rows=part.bad_rows.with_columns(onwards),
            )
        )
        numbers = pl.concat([part.frame.get_column(ROW), part.bad_rows.get_column(ROW)])
        before += cast("int", numbers.max() or 0)
    uneven = {name for part in alike for name in spelt.values() if name not in part.frame.columns}
    return alike, tuple(sorted(uneven))


def _paths(source: Source) -> Sequence[Path]:
    pattern = source.path or ""
    found = sorted(Path(name) for name in glob.glob(pattern, recursive=True))
    # Excel keeps a lock file beside a workbook that is open.
    files = [path for path in found if path.is_file() and not path.name.startswith("~$")]
    if not files:
        raise SourceError(
            f"no file matches {pattern}; see that the extract has been delivered there, or correct "
            f"`path` of the source `{source.name}`"
        )
    return files


def _read(path: Path, source: Source) -> Part:
    try:
        return _READERS[source.kind](path, source)
    except SourceError:
        raise
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read: {error.strerror or error}; see that no other program holds it "
            "open and that this account may read it"
        ) from error
