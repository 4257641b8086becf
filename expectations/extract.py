"""The canonical records of a night, as the rules read them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import polars as pl


@dataclass(frozen=True)
class Extract:
    """The canonical records of a night.

    Attributes:
        tables: Each canonical table, complete, one frame a kind of record; and `order_types`.
        supplied: The fields that some source supplies, by table.
        held: Tables any of whose sources is held tonight, each with the reason.
    """

    tables: Mapping[str, pl.DataFrame]
    supplied: Mapping[str, Collection[str]]
    held: Mapping[str, str] = field(default_factory=dict)
