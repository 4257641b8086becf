"""What the reading of a source may cost, and what becomes of whatever a library raises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from config.errors import SourceError
from config.sentences import say
from config.settings import Limits

#: A package that is larger than this and this many times smaller when packed is a bomb.
_PACKED = 64 << 20
_RATIO = 300
#: What one cell of a sheet takes in memory, at the least, while it is read.
_CELL = 40


#: What a file may need where nobody says otherwise.
LIMITS = Limits()


def check_size(unpacked: int, packed: int, limits: Limits) -> None:
    """Refuse what would be too much once it is unpacked.

    Raises:
        SourceError: It is larger than the limit, or was packed as no records are.
    """
    if unpacked > limits.bytes:
        raise SourceError(say("pull.too_many_bytes", megabytes=limits.bytes / 1e6))
    if unpacked > _PACKED and unpacked > _RATIO * max(packed, 1):
        raise SourceError(say("pull.packed_too_tight", megabytes=unpacked / 1e6))


def check_extent(rows: int, columns: int, limits: Limits) -> None:
    """Refuse a table by its rows and columns, before it is loaded.

    Raises:
        SourceError: It has more of either, or more cells, than the limits allow.
    """
    if rows > limits.rows:
        raise SourceError(say("pull.too_many_rows", limit=limits.rows))
    if columns > limits.columns:
        raise SourceError(say("pull.too_many_columns", limit=limits.columns))
    if rows * columns * _CELL > limits.bytes:
        raise SourceError(say("pull.too_many_cells", rows=rows, columns=columns))


def check_files(paths: Iterable[Path], limits: Limits) -> None:
    """See that the files together are not larger than they may be; a file that is gone has none.

    Raises:
        SourceError: They are.
    """
    size = 0
    for path in paths:
        try:
            size += path.stat().st_size
        except OSError:  # said by whoever reads it
            continue
    if size > limits.bytes:
        raise SourceError(say("pull.too_many_bytes", megabytes=limits.bytes / 1e6))


def check_frame(frame: pl.DataFrame, limits: Limits) -> None:
    """See that a delivery has no more rows and columns than it may have.

    Raises:
        SourceError: It has.
    """
    if frame.height > limits.rows:
        raise SourceError(say("pull.too_many_rows", limit=limits.rows))
    if frame.width - 2 > limits.columns:  # beside `_file` and `_row`
        raise SourceError(say("pull.too_many_columns", limit=limits.columns))


@contextmanager
def guarded(code: str = "pull.library_failed") -> Iterator[None]:
    """Whatever a library raises, a panic too, as an error of the source that quotes nothing.

    Args:
        code: The sentence to say; it may take the class of the error as `error`.

    Raises:
        SourceError: In the place of any exception that is not one already.
    """
    try:
        yield
    except SourceError:
        raise
    except MemoryError:
        raise SourceError(say("pull.out_of_memory")) from None
    except BaseException as error:
        # A panic of Rust code is no `Exception`; its class is another in every library.
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise SourceError(say(code, error=type(error))) from None
