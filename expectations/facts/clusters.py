"""Clusters: rows that come many at a time, within a short while, as a fact on each of them.

A fact may be a `cluster` instead of a formula or a join::

    - fact: bulk_of
      of: reviews
      means: First review of the bulk that the review belongs to
      cluster:
        where: bulk_possible                # rows that may belong to one
        by: [reviewer_id, text_hash]        # rows of one cluster agree in these
        at: reviewed_ts                     # the instant of a row
        within: minutes(bulk_min)           # how long a window is, both ends in
        distinct: [object_type, object_id]  # what is counted in a window
        at_least: bulk_n                    # from how many on a window counts
        key: review_id                      # order within an instant, and the value of the fact

Each row opens a window. Windows that hold enough and share a row make one cluster; the fact is
the `key` of the cluster's first row, on every row of it, and empty on all others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import polars as pl

from expectations.language import Formula, FormulaError, Scope, WrittenCluster

_ROW, _PLACE, _GROUP, _WHAT, _AT = "__row", "__place", "__group", "__what", "__at"


@dataclass(frozen=True)
class Cluster:
    """What makes rows a cluster.

    Attributes:
        where: What a row must meet.
        by: Fields in which the rows of a cluster agree.
        at: The instant of a row.
        within: The length of a window.
        distinct: The fields whose different values are counted.
        at_least: From how many on a window counts.
        key: Orders rows of one instant, and names the cluster.
    """

    where: Formula
    by: tuple[str, ...]
    at: str
    within: Formula
    distinct: tuple[str, ...]
    at_least: Formula
    key: str

    @classmethod
    def of(cls, written: WrittenCluster) -> Cluster:
        """The cluster that a fact names."""
        return cls(
            where=Formula(str(written.where)),
            by=tuple(written.by),
            at=written.at,
            within=Formula(str(written.within)),
            distinct=tuple(written.distinct),
            at_least=Formula(str(written.at_least)),
            key=written.key,
        )

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """Its formulas."""
        return self.where, self.within, self.at_least

    def names(self, known: Collection[str]) -> Iterator[str]:
        """The columns that it reads; `known` are names that are not columns."""
        yield from (*self.by, self.at, *self.distinct, self.key)
        for formula in self.formulas:
            yield from formula.names - set(known)

    def value(self, rows: pl.DataFrame, scope: Scope) -> pl.Series:
        """The key of the first row of its cluster, for each row.

        Raises:
            FormulaError: A formula cannot be worked out.
        """
        length = _constant(self.within, scope)
        if not isinstance(length, timedelta) or length < timedelta():
            raise FormulaError(f"`within: {self.within.text}` is not a length of time")
        least = _constant(self.at_least, scope)
        if not isinstance(least, int):
            raise FormulaError(f"`at_least: {self.at_least.text}` is not a whole number")
        placed = self._placed(rows, scope)
        spans = _spans(placed, length, least)
        member = (
            placed.select(_ROW, _PLACE)
            .join_asof(spans, left_on=_PLACE, right_on="first", strategy="backward")
            .filter(pl.col(_PLACE) <= pl.col("last"))
            .join(placed.select(pl.col(_PLACE).alias("first"), self.key), on="first")
            .select(_ROW, self.key)
        )
        found = rows.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias(_ROW))
        return found.join(member, on=_ROW, how="left", maintain_order="left").get_column(self.key)

    def _placed(self, rows: pl.DataFrame, scope: Scope) -> pl.DataFrame:
        """The rows that may belong to a cluster, in order; windows never reach past a group."""
        filled = pl.all_horizontal(
            pl.col(name).is_not_null() for name in (*self.by, self.at, self.key)
        )
        return (
            rows.with_row_index(_ROW)
            .filter(self.where.condition(scope) & filled)
            .select(
                _ROW,
                self.key,
                pl.col(self.at).alias(_AT),
                pl.struct(self.by).rank("dense").alias(_GROUP),
                pl.struct(self.distinct).rank("dense").alias(_WHAT),
            )
            .sort(_GROUP, _AT, self.key)
            .with_row_index(_PLACE)
        )


def _constant(formula: Formula, scope: Scope) -> object:
    return pl.select(formula.expression(scope)).item()


def _spans(placed: pl.DataFrame, length: timedelta, least: int) -> pl.DataFrame:
    """First and last place of each cluster.

    Places of two groups never mix, so windows that share a place are of one group.
    """
    windows = (
        placed.rolling(
            _AT, period=length or "1us", offset="0us", closed=_ends(length), group_by=_GROUP
        )
        .agg(
            pl.col(_PLACE).min().alias("first"),
            pl.col(_PLACE).max().alias("last"),
            pl.col(_WHAT).n_unique().alias("things"),
        )
        .filter(pl.col("things") >= least)
        .sort("first", "last")
    )
    begins = pl.col("first") > pl.col("last").cum_max().shift(1)
    return (
        windows.with_columns(begins.fill_null(True).cum_sum().alias("span"))
        .group_by("span")
        .agg(pl.col("first").min(), pl.col("last").max())
        .select("first", "last")
        .sort("first")
    )


def _ends(length: timedelta) -> Literal["both", "left"]:
    """A window of no length holds its instant alone: one microsecond, its end left out."""
    return "both" if length else "left"
