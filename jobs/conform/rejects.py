"""What could not be read, for the operator: where it stood, what stood there, and why.

The columns of rejects are ours and are made one by one; no frame of records is ever renamed into
rejects, so a field called `reason` or `row` cannot stand in the place of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from expectations.extract import FILE, ROW
from jobs.conform.mapping import SourceMapping, TableMapping
from jobs.conform.read import Read
from jobs.pull import Delivery

#: What could not be read: where it stood (`row` of its file from 1, `line` of a text file where it
#: is known), what stood there (unless it may name a person), why.
REJECTS = pl.Schema(
    {
        "source": pl.String(),
        "file": pl.String(),
        "row": pl.UInt32(),
        "line": pl.UInt32(),
        "column": pl.String(),
        "field": pl.String(),
        "record_key": pl.String(),
        "raw": pl.String(),
        "reason": pl.String(),
    }
)
_PERSONAL = "[personal]"


def reject_rows(
    delivery: Delivery,
    rows: pl.Series,
    reasons: pl.Series | str,
    *,
    field: str | None = None,
    keys: pl.Series | None = None,
    column: str | None = None,
    raw: pl.Series | None = None,
    lines: pl.Series | None = None,
    files: pl.Series | None = None,
) -> pl.DataFrame:
    """Rejects of some rows, `REJECTS`.

    Args:
        delivery: What the source delivered.
        rows: The number of each row in the delivery.
        reasons: The code of the reason of each, or of all.
        field: The field, with its table.
        keys: The key of each record, where it may be shown.
        column: The columns that the field is read from.
        raw: What stood there, where it may be shown.
        lines: The line of each, where it is known.
        files: The file of each; by default that of the row of that number that was read.
    """
    if files is None:
        numbered = delivery.frame.select(ROW, FILE)
        named = rows.alias(ROW).cast(numbered.schema[ROW]).to_frame()
        files = named.join(numbered, on=ROW, how="left", maintain_order="left").get_column(FILE)

    def of(values: pl.Series | None, kind: pl.DataType) -> pl.Series:
        return pl.Series([None] * rows.len(), dtype=kind) if values is None else values

    made = pl.DataFrame(
        {
            "file": files,
            "row": rows.cast(pl.UInt32),
            "line": of(lines, pl.UInt32()),
            "record_key": of(keys, pl.String()),
            "raw": of(raw, pl.String()),
        }
    )
    reason = pl.lit(reasons) if isinstance(reasons, str) else reasons.alias("reason")
    return made.select(
        pl.lit(delivery.source).alias("source"),
        "file",
        delivery.row_in_file(pl.col("row"), pl.col("file")).alias("row"),
        "line",
        pl.lit(column, pl.String).alias("column"),
        pl.lit(field, pl.String).alias("field"),
        "record_key",
        "raw",
        reason.alias("reason"),
    ).cast(REJECTS)


def bad_row_rejects(delivery: Delivery) -> pl.DataFrame:
    """Rejects of the rows that could not be taken as delivered."""
    bad = delivery.bad_rows
    return reject_rows(
        delivery,
        bad.get_column(ROW),
        bad.get_column("reason"),
        lines=bad.get_column("line"),
        files=bad.get_column(FILE),
    )


def cell_rejects(
    delivery: Delivery,
    mapping: SourceMapping,
    part: TableMapping,
    rows: pl.Series,
    reads: Sequence[Read],
    keys: pl.Series,
) -> pl.DataFrame:
    """Rejects of the cells of one table.

    Args:
        delivery: What the source delivered.
        mapping: How it is read.
        part: The table.
        rows: The number of each row in the delivery.
        reads: Its fields.
        keys: The key of each row, where it may be shown.
    """
    parts = [REJECTS.to_frame()]
    for read in reads:
        hidden = mapping.names_person(read.mapping)
        for reason, mask in _faults(read).items():
            raw = read.raw.filter(mask)
            # Which cells say something that may name a person is no secret; what they say is.
            shown = pl.select(pl.when(raw.is_not_null()).then(pl.lit(_PERSONAL))).to_series()
            parts.append(
                reject_rows(
                    delivery,
                    rows.filter(mask),
                    reason,
                    field=f"{part.table.name}.{read.mapping.field.name}",
                    keys=keys.filter(mask),
                    column=", ".join(read.mapping.columns),
                    raw=shown if hidden else raw,
                )
            )
    return pl.concat(parts)


def _faults(read: Read) -> Mapping[str, pl.Series]:
    return {reason: mask for reason, mask in read.faults.items() if mask.any()}
