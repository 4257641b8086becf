"""What sources delivered on past nights, and what an operator accepted of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

import polars as pl
import sqlalchemy as sa

from config.errors import LedgerError
from jobs.ledger.models import gate_acceptances, source_nights

#: The gate whose acceptance begins a source's history anew.
ROW_COUNT = "row_count"

#: The statistics of columns that are kept: what the gates of later nights compare with.
COLUMNS: dict[str, pl.DataType] = {
    "source": pl.String(),
    "column": pl.String(),
    "field": pl.String(),
    "cells": pl.Int64(),
    "empty": pl.Int64(),
    "unreadable": pl.Int64(),
    "unmapped": pl.Int64(),
    "out_of_range": pl.Int64(),
    "type": pl.String(),
}

#: Kept beside the statistics of columns: that `rows` counts rows read. Nights without it count rows
#: as they were sent, which tells nothing of how many are usually read.
_ROWS, _READ = "rows", "read"


@dataclass(frozen=True)
class SourceNight:
    """What a source delivered on a night.

    Attributes:
        business_date: The night; the ledger fills it in when it records one.
        source: The source's name.
        records: The canonical table that its rows become.
        outcome: Whether it took part in the night.
        reason: Why it did not.
        rows: Rows read, which became records; None where nothing was, and of nights that were
            recorded when rows were counted as sent.
        sha256: Of the delivery.
        columns: One row a column, as `COLUMNS`.
        units: Rows of each unit; empty where the source has no unit column.
    """

    business_date: date
    source: str
    records: str
    outcome: Literal["accepted", "held", "not_pulled"]
    reason: str | None = None
    rows: int | None = None
    sha256: str | None = None
    columns: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COLUMNS))
    units: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class GateAcceptance:
    """An operator's word that what a gate found on a night is right."""

    source: str
    business_date: date
    gate: str
    accepted_by: str
    reason: str


def record(
    connection: sa.Connection, business_date: date, delivered: Sequence[SourceNight]
) -> None:
    """Keep what the sources delivered on a night."""
    if delivered:
        connection.execute(
            sa.insert(source_nights),
            [
                {
                    "business_date": business_date,
                    "source": night.source,
                    "records": night.records,
                    "outcome": night.outcome,
                    "reason": night.reason,
                    "rows": night.rows,
                    "sha256": night.sha256,
                    "columns": {_ROWS: _READ, "columns": night.columns.to_dicts()},
                    "units": dict(night.units),
                }
                for night in delivered
            ],
        )


def past(
    connection: sa.Connection, source: str, before: date, nights: int
) -> tuple[SourceNight, ...]:
    """The last accepted nights of a source before a date, the oldest first.

    A row count that an operator accepted begins the history anew with the night it was accepted
    for, so that the past it differs from is not compared with again.
    """
    anew = connection.execute(
        sa.select(sa.func.max(gate_acceptances.c.business_date)).where(
            gate_acceptances.c.source == source,
            gate_acceptances.c.gate == ROW_COUNT,
            gate_acceptances.c.business_date < before,
        )
    ).scalar()
    query = (
        sa.select(source_nights)
        .where(
            source_nights.c.source == source,
            source_nights.c.business_date < before,
            source_nights.c.outcome == "accepted",
            *([] if anew is None else [source_nights.c.business_date >= anew]),
        )
        .order_by(source_nights.c.business_date.desc())
        .limit(nights)
    )
    rows = connection.execute(query).mappings().fetchall()
    return tuple(_night(row) for row in reversed(rows))


def _night(row: Mapping[Any, Any]) -> SourceNight:
    kept = row["columns"] or []
    counted = isinstance(kept, dict) and kept.get(_ROWS) == _READ
    listed = kept.get("columns", []) if isinstance(kept, dict) else kept
    columns = pl.DataFrame(listed, schema_overrides=COLUMNS)
    return SourceNight(
        **{
            **row,
            "rows": row["rows"] if counted else None,
            "columns": columns if columns.width else pl.DataFrame(schema=COLUMNS),
            "units": row["units"] or {},
        }
    )


def accept(connection: sa.Connection, acceptance: GateAcceptance, recorded: datetime) -> None:
    """Keep an acceptance; a second one of the same gate and night takes the first's place."""
    said = {
        "source": acceptance.source,
        "gate": acceptance.gate,
        "accepted_by": acceptance.accepted_by,
        "reason": acceptance.reason,
    }
    empty = [name for name, value in said.items() if not value.strip()]
    if empty:
        raise LedgerError(
            f"An acceptance needs {', '.join(f'`{name}`' for name in empty)}: say which source and "
            "gate, who accepts it and why. Nothing was recorded"
        )
    same = sa.and_(
        *(
            gate_acceptances.c[name] == getattr(acceptance, name)
            for name in ("source", "business_date", "gate")
        )
    )
    connection.execute(sa.delete(gate_acceptances).where(same))
    connection.execute(
        sa.insert(gate_acceptances),
        {**said, "business_date": acceptance.business_date, "recorded": recorded},
    )


def accepted(connection: sa.Connection, source: str, business_date: date) -> frozenset[str]:
    """The gates of a source that were accepted for a night."""
    return frozenset(
        connection.execute(
            sa.select(gate_acceptances.c.gate).where(
                gate_acceptances.c.source == source,
                gate_acceptances.c.business_date == business_date,
            )
        ).scalars()
    )
