"""The records system's audit of changed times: what clerks put right in the days after an event."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl

from config.records import TIMESTAMP
from jobs.demo.chance import Dice

_FORM = "%Y-%m-%dT%H:%M:%SZ"
_SHARE = 0.3


def audit(orders: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """Changes that nobody need explain: soon after the event, and nothing that was wrong before."""
    notices = orders.filter(
        (pl.col("order_type") == "DVPN") & pl.col("authorised_ts").is_not_null()
    )
    some = notices.filter(dice.chance(notices.height, _SHARE))
    field = pl.col("authorised_ts")
    old = field - dice.hours(some.height, 0.2, 0.3)
    return some.select(
        record_kind=pl.lit("orders"),
        record_key="order_id",
        field=pl.lit("authorised_ts"),
        old_value=old.dt.strftime(_FORM),
        new_value=field.dt.strftime(_FORM),
        old_raw=old.dt.strftime(_FORM),
        new_raw=field.dt.strftime(_FORM),
        changed_ts=(field + dice.hours(some.height, 8, 100)).cast(TIMESTAMP),
    ).with_columns(_shown="changed_ts")


def audit_row(table: str, field: str, old: pl.Expr, after: timedelta) -> dict[str, Any]:
    """A row of the audit: a field that held `old` until some time after it."""
    key = "order_id" if table == "orders" else "breach_id"
    form = "%Y-%m-%dT%H:%M:%SZ"
    return {
        "record_kind": table,
        "record_key": pl.col(key),
        "field": field,
        "old_value": old.dt.strftime(form),
        "old_raw": old.dt.strftime(form),
        "new_value": pl.col(field).dt.strftime(form),
        "new_raw": pl.col(field).dt.strftime(form),
        "changed_ts": pl.col(field) + after,
    }
