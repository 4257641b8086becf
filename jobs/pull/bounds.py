"""What the reading of a source may cost, before it is read and after."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from config.errors import SourceError
from config.sentences import say
from config.settings import Limits


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
        raise SourceError(say("pull.over_bytes", megabytes=limits.bytes / 1e6))


def check_frame(frame: pl.DataFrame, limits: Limits) -> None:
    """See that a delivery has no more rows and columns than it may have.

    Raises:
        SourceError: It has.
    """
    if frame.height > limits.rows:
        raise SourceError(say("pull.over_rows", limit=limits.rows))
    if frame.width - 2 > limits.columns:  # beside `_file` and `_row`
        raise SourceError(say("pull.over_columns", limit=limits.columns))
