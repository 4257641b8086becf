"""Merged cells: which cells lie under others, and what they are given or not given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from config.errors import SourceError
from config.sentences import say
from config.settings import Limits
from jobs.pull.workbook import Sheet

_ROW, _COLUMN, _TEXT, _ODD = "row", "column", "text", "odd"
_CELL = 40  # bytes that one covered cell takes while it is looked at


@dataclass(frozen=True)
class Covered:
    """The cells that lie under others.

    Attributes:
        frame: A row for each: `row` and `column` of the sheet, `text` of the cell on top, and
            `odd`, the reason why that one has no value.
    """

    frame: pl.DataFrame

    def at(self, row: int) -> dict[int, str]:
        """What the cells of one row would be called by those on top of them."""
        there = self.frame.filter(pl.col(_ROW) == row).drop_nulls(_TEXT)
        return dict(there.select(_COLUMN, _TEXT).iter_rows())


def covered_cells(sheet: Sheet, limits: Limits) -> Covered:
    """Every cell that is covered by a merged one that holds something.

    What lies outside of the cells of the sheet is left out: nothing stands there.

    Raises:
        SourceError: The ranges cover more cells than the limits allow; they may overlap in a file
            that no spreadsheet made.
    """
    columns = [int(name) for name in sheet.cells.columns]
    height, last = sheet.cells.height, max(columns, default=0)
    odd = {(row, column): reason for row, column, reason in sheet.odd.iter_rows()}
    ranges = []
    area = 0
    for top, left, bottom, right in sheet.merged:
        if top > height or str(left) not in sheet.cells.columns:
            continue
        text = sheet.cells.item(top - 1, str(left))
        reason = odd.get((top, left))
        if text is None and reason is None:
            continue
        end, edge = min(bottom, height), min(right, last)
        area += (end - top + 1) * (edge - left + 1)
        if area * _CELL > limits.bytes:
            raise SourceError(say("pull.too_much_merged", cells=area))
        ranges.append((top, left, end, edge, text, reason))
    return Covered(_spread(ranges))


def _spread(ranges: Sequence[tuple[int, int, int, int, str | None, str | None]]) -> pl.DataFrame:
    """A row for each cell of the ranges but their first."""
    names = dict.fromkeys(("top", "left", "end", "edge"), pl.Int64)
    frame = pl.DataFrame(ranges, schema={**names, _TEXT: pl.String, _ODD: pl.String}, orient="row")
    return (
        frame.with_columns(
            pl.int_ranges("top", pl.col("end") + 1, dtype=pl.UInt32).alias(_ROW),
            pl.int_ranges("left", pl.col("edge") + 1, dtype=pl.UInt32).alias(_COLUMN),
        )
        .explode(_ROW, empty_as_null=False)
        .explode(_COLUMN, empty_as_null=False)
        .filter((pl.col(_ROW) != pl.col("top")) | (pl.col(_COLUMN) != pl.col("left")))
        .select(_ROW, _COLUMN, _TEXT, _ODD)
        .unique([_ROW, _COLUMN], keep="first", maintain_order=True)
    )


def with_values(cells: pl.DataFrame, covered: Covered, *, fill: bool) -> pl.DataFrame:
    """The cells with the covered ones emptied, or filled with what lies on top of them.

    Args:
        cells: The cells, columns called by their number; the first row is row 1 of the sheet.
        covered: The covered ones.
        fill: Whether they are filled.
    """
    changed = []
    for (column,), part in covered.frame.group_by(_COLUMN, maintain_order=True):
        name = str(column)
        values = cells.get_column(name) if name in cells.columns else None
        if values is None:
            values = pl.Series(name, [None] * cells.height, dtype=pl.String)
        texts = part.get_column(_TEXT) if fill else None
        places = part.get_column(_ROW) - 1
        changed.append(values.clone().scatter(places, texts if texts is not None else None))
    return cells.with_columns(changed)
