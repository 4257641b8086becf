"""The figures that the scrutiny pack reports, each with what it was counted from.

Every measure is a frame in, a frame out: numerator, denominator and the number of records left out
because something needed is not known. A measure whose fields no source carries has empty figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import polars as pl

from reports.measures.breaches import breach_measures
from reports.measures.definitions import DEFINITIONS, Definition
from reports.measures.ledger import BANDS, WEIGHTS, ledger_measures
from reports.measures.orders import order_measures, variety_counts
from reports.measures.parts import Records

__all__ = [
    "BANDS",
    "DEFINITIONS",
    "WEIGHTS",
    "Definition",
    "measures",
    "order_counts",
]

_SCHEMA = {
    "measure": pl.String(),
    "cut": pl.String(),
    "value": pl.Float64(),
    "numerator": pl.Int64(),
    "denominator": pl.Int64(),
    "excluded": pl.Int64(),
    "unit": pl.String(),
}


def measures(
    tables: Mapping[str, pl.DataFrame],
    wide: Mapping[str, pl.DataFrame],
    *,
    exceptions: pl.DataFrame,
    movements: pl.DataFrame,
    outcomes: pl.DataFrame,
    rules: pl.DataFrame,
    order_types: pl.DataFrame | None,
    asof: datetime,
    business_date: date,
) -> pl.DataFrame:
    """The measures of a night.

    Columns read, beside the canonical ones:

    * orders: `hearing_deadline_ts`, `first_heard_ts`, `heard_evidence` (M01); `national_due_ts`,
      `on_national` (M09; the due time is empty where an order need not be on the national system);
      `review_due_ts` (M14, else `next_review_due`); `live`, `managed` (else worked out from the
      canonical columns: in force tonight; the force applied for it);
    * breaches: `kind` (M17: crime, civil, unknown); `civil_arrest`, `production_deadline_ts` (M19).

    Args:
        tables: The canonical tables; `breach_orders` is read.
        wide: The wide frames with the derived columns; `orders` and `breaches` are read. Where one
            is not there, the canonical table is read instead.
        exceptions: As in `reports.night.COLUMNS`.
        movements: As there.
        outcomes: As there.
        rules: As there.
        order_types: The statutory catalogue as a frame; None: the built-in reading of notices.
        asof: The instant that records are judged at.
        business_date: The date of the night.

    Returns:
        measure, cut, value, numerator, denominator, excluded, unit, night. Empty figures mean "not
        available"; an empty value beside a denominator of 0 means that there is nothing to measure.
    """
    records = _records(tables, wide, order_types, asof, business_date)
    rows = [
        *order_measures(records),
        *breach_measures(records),
        *ledger_measures(exceptions, movements, outcomes, rules),
    ]
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    return frame.with_columns(night=pl.lit(business_date)).sort("measure", maintain_order=True)


def order_counts(
    tables: Mapping[str, pl.DataFrame],
    wide: Mapping[str, pl.DataFrame],
    *,
    order_types: pl.DataFrame,
    asof: datetime,
    business_date: date,
) -> pl.DataFrame:
    """Orders by type: those granted on the force's own application in 12 months, and those live.

    Returns:
        order_type, name, granted, live.
    """
    records = _records(tables, wide, order_types, asof, business_date)
    names = order_types.select("order_type", "name")
    counts = variety_counts(records).join(names, on="order_type", how="left")
    return counts.select("order_type", "name", "granted", "live").sort("order_type")


def _records(
    tables: Mapping[str, pl.DataFrame],
    wide: Mapping[str, pl.DataFrame],
    order_types: pl.DataFrame | None,
    asof: datetime,
    business_date: date,
) -> Records:
    return Records(
        orders=wide.get("orders", tables.get("orders")),
        breaches=wide.get("breaches", tables.get("breaches")),
        breach_orders=tables.get("breach_orders"),
        order_types=order_types,
        asof=asof,
        business_date=business_date,
    )
