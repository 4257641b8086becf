"""The canonical records of a night, as the rules read them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import polars as pl

#: The column of a canonical table that names the source of a record.
SOURCE_COLUMN = "_source"
#: The columns of what a source delivered that say where a row stood: the file, and the row from 1.
FILE, ROW = "_file", "_row"


@dataclass(frozen=True)
class Extract:
    """The canonical records of a night.

    Attributes:
        tables: Each canonical table, complete, one frame a kind of record; and `order_types`.
        supplied: The fields that some source supplies, by table.
        held: Tables any of whose sources is held tonight, each with the reason.
        lacking: By table and field, the sources that deliver the table without that field, where
            another supplies it.
    """

    tables: Mapping[str, pl.DataFrame]
    supplied: Mapping[str, Collection[str]]
    held: Mapping[str, str] = field(default_factory=dict)
    lacking: Mapping[str, Mapping[str, Collection[str]]] = field(default_factory=dict)
