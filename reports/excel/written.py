"""What the reports give back about each file that they wrote."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class WrittenFile(NamedTuple):
    """A file that was written.

    Attributes:
        path: Where it is.
        sha256: The hash of its contents.
        rows: How many rows of tables it holds; for a worklist, how many exceptions.
    """

    path: Path
    sha256: str
    rows: int
