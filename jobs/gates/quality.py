"""What was read of a source and what was not: told from the first row that was lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from config.sentences import Said, say
from jobs.conform import Conformed
from jobs.gates.key import NO_KEY, SURPLUS
from jobs.gates.rows import bad_rows, rows_read
from jobs.pull import Delivery

#: What was read of each source and what was not. `field` is empty for whole rows; `reason` is one
#: of `TOTALS` or the code of a reject.
QUALITY = pl.Schema(
    {
        "source": pl.String(),
        "records": pl.String(),
        "field": pl.String(),
        "reason": pl.String(),
        "count": pl.Int64(),
    }
)
#: The reasons that are no fault: rows as sent, rows that became records, and rows that the
#: settings leave out.
TOTALS = ("rows_sent", "rows_read", "left_out")
#: Reasons for which a row goes no further although it could be read.
_ROWS = (NO_KEY, SURPLUS)


@dataclass(frozen=True)
class Quality:
    """What was read of a source and what was not.

    Attributes:
        source: The source.
        records: The canonical table that its rows become.
        sent: Rows as delivered, those that the settings leave out apart.
        read: Of those, the rows that became records.
        left_out: Rows that the settings leave out.
        bad: Rows that could not be read, by the code of the reason.
        quarantined: Rows that were read and go no further, by the code of the reason.
        cells: Cells that were not taken as they stood, by field and reason: `field`, `reason`,
            `count`.
        notes: What the reader would have the operator know.
    """

    source: str
    records: str
    sent: int
    read: int
    left_out: int = 0
    bad: Mapping[str, int] = field(default_factory=dict)
    quarantined: Mapping[str, int] = field(default_factory=dict)
    cells: pl.DataFrame = field(
        default_factory=lambda: QUALITY.to_frame().select("field", "reason", "count")
    )
    notes: tuple[Said, ...] = ()

    @property
    def frame(self) -> pl.DataFrame:
        """The same as a frame, `QUALITY`."""
        totals = dict(zip(TOTALS, (self.sent, self.read, self.left_out), strict=True))
        whole = [
            {"field": None, "reason": reason, "count": rows}
            for reason, rows in (*totals.items(), *self.bad.items(), *self.quarantined.items())
        ]
        shape = pl.Schema({name: QUALITY[name] for name in ("field", "reason", "count")})
        both = pl.concat([pl.DataFrame(whole, schema=shape), self.cells.cast(shape)])
        return both.select(
            pl.lit(self.source).alias("source"), pl.lit(self.records).alias("records"), *shape
        )

    @property
    def said(self) -> tuple[Said, ...]:
        """What to tell the operator: rows lost with their reasons, rows left out, and notes."""
        told = []
        if self.bad:
            bad = sum(self.bad.values())
            told.append(say("gates.rows_lost", bad=bad, rows=self.sent))
            told += [say("gates.lost_for", rows=n, reason=code) for code, n in self.bad.items()]
        if self.left_out:
            told.append(say("gates.left_out", rows=self.left_out))
        return (*told, *self.notes)


def quality(delivery: Delivery, kept: Conformed) -> Quality:
    """What was read of a delivery and what was not.

    Args:
        delivery: What the source delivered.
        kept: What became of it, without the rows that are quarantined.
    """
    whole = pl.col("field").is_null() | pl.col("reason").is_in(_ROWS)
    rejects = kept.rejects.group_by("field", "reason").len("count")
    cells = rejects.filter(~whole).sort("field", "reason").select("field", "reason", "count")
    rows = rejects.filter(pl.col("reason").is_in(_ROWS)).sort("reason")
    return Quality(
        source=delivery.source,
        records=delivery.records,
        sent=delivery.rows,
        read=rows_read(kept),
        left_out=delivery.left_out,
        bad=bad_rows(delivery),
        quarantined=dict(rows.select("reason", "count").iter_rows()),
        cells=cells,
        notes=tuple(note for note in delivery.notes if isinstance(note, Said)),
    )
