"""Read one source."""

from __future__ import annotations

import glob
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from config.errors import SourceError
from config.settings import Source
from jobs.pull.database import read_database
from jobs.pull.delivery import BAD_ROWS, FILE, Delivery, Part
from jobs.pull.stamps import read_stamp
from jobs.pull.text_file import read_csv
from jobs.pull.typed_file import read_excel, read_parquet

_READERS: Mapping[str, Callable[[Path, Source], Part]] = {
    "csv": read_csv,
    "excel": read_excel,
    "parquet": read_parquet,
}


def pull(source: Source) -> Delivery:
    """Read a source as delivered.

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
        bad_rows=pl.concat([BAD_ROWS.to_frame(), *(b.select(BAD_ROWS.names()) for b in bad)]),
        stamp=read_stamp(source, frame, files, folder),
        stamped=source.stamp is not None,
        pulled_at=now,
        notes=tuple(note for part in parts for note in part.notes),
    )


def _paths(source: Source) -> Sequence[Path]:
    pattern = source.path or ""
    found = sorted(Path(name) for name in glob.glob(pattern, recursive=True))
    files = [path for path in found if path.is_file()]
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
