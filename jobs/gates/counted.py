"""What is known of each column over the rows that were read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from expectations.extract import FILE, ROW
from jobs.conform import READ_ALL_THE_SAME
from jobs.gates.fields import by_statistic
from jobs.gates.key import SURPLUS, WHY
from jobs.gates.model import GateInput

#: The counts of a column, and whether a reject is among them, by its reason.
_COUNTED: Mapping[str, Callable[[str], bool]] = {
    "unreadable": lambda reason: reason not in READ_ALL_THE_SAME,
    "unmapped": lambda reason: reason == "unmapped",
    "out_of_range": lambda reason: reason == "out_of_range",
}


def rows_of(given: GateInput, out: pl.DataFrame) -> pl.DataFrame:
    """Rows that do not go on, as the rejects name them: `file`, `row` and why."""
    return (
        given.delivery.frame.select(ROW, FILE)
        .join(out.select(ROW, WHY).unique(ROW), on=ROW)
        .select(
            pl.col(FILE).alias("file"),
            given.delivery.row_in_file(pl.col(ROW), pl.col(FILE)).cast(pl.UInt32).alias("row"),
            pl.col(WHY).alias("why"),
        )
    )


def _rows(given: GateInput, out: pl.DataFrame) -> pl.DataFrame:
    """The delivered rows that do not go on."""
    return given.delivery.frame.filter(pl.col(ROW).is_in(out.get_column(ROW).implode()))


def over_rows_read(given: GateInput, out: pl.DataFrame) -> pl.DataFrame:
    """The statistics of the columns without the rows that were quarantined.

    A row without a key that could not be read counts in the columns of its key, where something
    stood: that is how a column of keys in another form is seen.

    Args:
        given: What the gates look at.
        out: The rows that do not go on, as `jobs.gates.key` names them.
    """
    columns = given.conformed.columns
    if out.is_empty():
        return columns
    known, keys = by_statistic(given.mapping), set(given.key)
    gone = _rows(given, out)
    twice = _rows(given, out.filter(pl.col(WHY) == SURPLUS))
    delivered = given.delivery.columns
    faults = given.conformed.rejects.join(rows_of(given, out), on=["file", "row"])
    told = {
        row[:3]: row[3] for row in faults.group_by("field", "column", "reason").len().iter_rows()
    }
    surplus = faults.filter(pl.col("why") == SURPLUS)
    told_surplus = {
        row[:3]: row[3] for row in surplus.group_by("field", "column", "reason").len().iter_rows()
    }
    rows = []
    for stat in columns.iter_rows(named=True):
        one = known.get((stat["field"], stat["column"]))
        if one is None:
            rows.append(stat)
            continue
        part_of_key = one.main and one.field.name in keys
        mine = twice if part_of_key else gone
        names = [delivered[c] for c in _folded(one.mapping.columns) if c in delivered]
        filled = _filled(mine, names, given.mapping.null_words)
        found = {
            count: sum(
                times
                for (field, column, reason), times in (
                    told_surplus if part_of_key else told
                ).items()
                if (field, column) == (one.name, stat["column"]) and among(reason)
            )
            for count, among in _COUNTED.items()
        }
        rows.append(
            {
                **stat,
                "cells": max(stat["cells"] - filled, 0),
                "empty": max(stat["empty"] - (mine.height - filled), 0),
                **{count: max(stat[count] - less, 0) for count, less in found.items()},
            }
        )
    return pl.DataFrame(rows, schema=columns.schema)


def _folded(columns: Sequence[str]) -> list[str]:
    return [name.strip().casefold() for name in columns]


def _filled(rows: pl.DataFrame, columns: Sequence[str], null_words: Sequence[str]) -> int:
    """In how many rows something stood in one of the columns."""
    if not columns:
        return 0
    words = [pl.col(name).str.strip_chars().str.to_lowercase() for name in columns]
    there = [(~word.is_in(list(null_words))).fill_null(value=False) for word in words]
    return int(rows.select(pl.any_horizontal(there).sum()).item() or 0)
