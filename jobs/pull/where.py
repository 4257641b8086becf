"""The row filter of a source: rows that are not its records are left out before anything counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from config.errors import SourceError
from config.sentences import say
from config.settings import Where
from expectations.extract import FILE, ROW
from jobs.pull.delivery import Delivery


def apply_where(delivery: Delivery, where: Sequence[Where]) -> Delivery:
    """The delivery without the rows that the conditions leave out.

    All must hold of a row that stays. Values compare trimmed and without regard to case. A row
    whose cell could not be taken as delivered (`bad_cells`) stays, whatever a condition says of
    that cell: nobody knows that it is to be left out. Bad rows stay bad rows.

    Raises:
        SourceError: A condition names a column that was not delivered.
    """
    if not where:
        return delivery
    missing = [c for c in where if c.column.strip().casefold() not in delivery.columns]
    if missing:
        raise SourceError(say("pull.where_unknown", columns=len(missing)))
    kept = delivery.frame.select(
        pl.all_horizontal(_holds(condition, delivery.columns) for condition in where)
    ).to_series()
    if delivery.bad_cells.height:
        read = [delivery.columns[c.column.strip().casefold()] for c in where]
        doubtful = delivery.bad_cells.filter(pl.col("column").is_in(read)).get_column(ROW)
        kept |= delivery.frame.get_column(ROW).is_in(doubtful.implode())
    frame = delivery.frame.filter(kept)
    out = delivery.frame.height - frame.height
    if not out:
        return delivery
    return replace(
        delivery,
        frame=frame,
        bad_cells=delivery.bad_cells.join(frame.select(FILE, ROW), on=[FILE, ROW], how="semi"),
        left_out=delivery.left_out + out,
        notes=(*delivery.notes, say("pull.where_left_out", rows=out)),
    )


def _holds(condition: Where, columns: Mapping[str, str]) -> pl.Expr:
    cell = pl.col(columns[condition.column.strip().casefold()]).fill_null("").str.strip_chars()
    if condition.filled is not None:
        return (cell != "") == condition.filled
    words = condition.is_ if condition.is_ is not None else condition.is_not or ()
    among = cell.str.to_lowercase().is_in([word.strip().lower() for word in words])
    return among if condition.is_ is not None else ~among
