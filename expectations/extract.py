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
        rejected: By table, the rows that were rejected as a whole: the table's columns with what
            of its key and of its references could be read (the rest is empty), and `_source`. A
            row whose key is not whole could be any record of its source; one whose key is whole is
            that record.
        doubted: By table, keys of records that stand in `tables` although a source gave two
            different rows for them: they may fail, but nothing of them is put right.
        last_sources: For tables of which a row was rejected whose key is not known, what earlier
            nights had: the fields of the key and `_source` of each last version. A record that is
            in none of them may be any source's.
    """

    tables: Mapping[str, pl.DataFrame]
    supplied: Mapping[str, Collection[str]]
    held: Mapping[str, str] = field(default_factory=dict)
    lacking: Mapping[str, Mapping[str, Collection[str]]] = field(default_factory=dict)
    rejected: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    doubted: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    last_sources: Mapping[str, pl.DataFrame] = field(default_factory=dict)
