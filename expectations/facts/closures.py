"""Closures: every record with all that it descends from, as a table that facts may read.

An entry of the facts book names one::

    - closure: order_ancestors
      of: orders
      key: order_id
      parent: parent_order_id
      depth: 50
      means: Each order with itself and every order that it follows from

It makes a table of three columns: the key, `ancestor_id` and `steps` (0 for the record itself). A
line of descent ends at a parent that is not on record, where it would come round to a record that
it has met, and after `depth` steps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import polars as pl

from config.errors import Fault
from config.models import read_model
from expectations.language import Entry, WrittenClosure

#: The columns of a closure beside the key.
ANCESTOR, STEPS = "ancestor_id", "steps"


@dataclass(frozen=True)
class Closure:
    """A table of descent.

    Attributes:
        name: The table that it makes.
        table: The table whose records descend from each other.
        key: The field that names a record.
        parent: The field that names the record it follows from.
        depth: The most steps that are followed.
        entry: Where it is written.
    """

    name: str
    table: str
    key: str
    parent: str
    depth: int
    entry: Entry = field(repr=False, compare=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table that it makes."""
        return self.key, ANCESTOR, STEPS

    @property
    def reads(self) -> frozenset[tuple[str, str]]:
        """The fields that it is made of."""
        return frozenset([(self.table, self.key), (self.table, self.parent)])

    def rows(self, records: pl.DataFrame) -> pl.DataFrame:
        """The table, from the records of a night."""
        links = (
            records.select(self.key, pl.col(self.parent).alias("next"))
            .filter(pl.col(self.key).is_not_null())
            .unique(self.key, keep="first", maintain_order=True)
        )
        start = links.select(self.key, pl.col(self.key).alias(ANCESTOR), self._steps(0))
        on_record = pl.col("next").is_in(links.get_column(self.key).implode())
        up = links.filter(on_record).rename({self.key: ANCESTOR})
        found, last = start, start
        for step in range(1, self.depth + 1):
            last = (
                last.join(up, on=ANCESTOR)
                .select(self.key, pl.col("next").alias(ANCESTOR), self._steps(step))
                .join(found, on=[self.key, ANCESTOR], how="anti")
            )
            if last.is_empty():
                break
            found = found.vstack(last)
        return found.rechunk()

    @staticmethod
    def _steps(number: int) -> pl.Expr:
        return pl.lit(number, pl.Int64).alias(STEPS)


def read_closure(
    entry: Entry, fields: Mapping[str, Collection[str]], faults: list[Fault]
) -> Closure | None:
    """The closure that an entry names; what is wrong with it is added to `faults`."""
    written = read_model(entry, WrittenClosure, entry.values, faults)
    if written is None:
        return None
    before = len(faults)
    if written.closure in fields:
        faults.append(entry.fault(f"there is a table `{written.closure}` already", "closure"))
    if written.of not in fields:
        faults.append(entry.fault(f"there is no table `{written.of}`", "of"))
    for key, name in (("key", written.key), ("parent", written.parent)):
        if name not in fields.get(written.of, ()):
            faults.append(entry.fault(f"`{name}` is no field of `{written.of}`", key))
    if len(faults) > before:
        return None
    return Closure(written.closure, written.of, written.key, written.parent, written.depth, entry)
