"""When two names are the same: one rule for keys, references, staff, persons, units and cases.

Names that differ only in case and in spaces around them name one thing. What a field names one of
is in the dictionary (`identity`).
"""

from __future__ import annotations

import polars as pl

#: What stands around a name without being part of it.
_OUTER = " \t\r\n\0\u00a0"


def folded(name: pl.Expr) -> pl.Expr:
    """A name as it is compared; empty where nothing is left of it."""
    bare = name.cast(pl.String).str.strip_chars(_OUTER).str.to_lowercase()
    return pl.when(bare != "").then(bare)
