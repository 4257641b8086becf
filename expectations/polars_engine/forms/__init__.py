"""The row-level expectations of GX in Polars; importing this registers them all."""

from __future__ import annotations

from . import columns, order, parsing, patterns, sets, statistics, types

__all__ = ["columns", "order", "parsing", "patterns", "sets", "statistics", "types"]
