"""A breach at Christmas 2020, whose 26 December is a disputed day for the courts' clock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import polars as pl

from config.records import TIMESTAMP

ORDER, BREACH = "ORD-700001", "BRE-700001"
RULE = "BRE-RSP-002b"
WHAT = "arrested on 24 December 2020, produced on the disputed 26 December"
_MADE = date(2020, 12, 20)


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2020, 12, day, hour, minute, tzinfo=UTC)


_TIMES = {
    "occurred_from_ts": _at(24, 8),
    "occurred_to_ts": _at(24, 8, 10),
    "reported_ts": _at(24, 8, 30),
    "created_ts": _at(24, 8, 40),
    "recorded_ts": _at(24, 9, 30),
    "arrested_ts": _at(24, 10),
    "produced_at_court_ts": _at(26, 10, 1),
    "court_outcome_ts": _at(26, 11),
    "status_ts": _at(30, 12),
    "finalisation_approved_ts": _at(30, 12),
    "updated_ts": _at(30, 12),
    **dict.fromkeys(["attended_ts", "risk_assessed_ts"]),
}


def with_christmas(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables with another force's order of 2020 and the breach of it."""
    out = dict(tables)
    order = (
        tables["orders"]
        .filter(
            (pl.col("order_type") == "DVPO")
            & (pl.col("force_role") == "informed")
            & (pl.col("status") == "expired")
        )
        .sort("order_id")
        .head(1)
    )
    old = order.item(0, "order_id")
    shift = _MADE - order.item(0, "made_date")
    moved = [
        (pl.col(name) + shift).alias(name)
        for name, kind in order.schema.items()
        if isinstance(kind, pl.Datetime | pl.Date)
    ]
    subject = "SUB-7-1"
    own = {"order_id": pl.lit(ORDER), "subject_key": pl.lit(subject)}
    out["orders"] = pl.concat(
        [tables["orders"], order.with_columns(*moved, court_case_ref=pl.lit("CASE-7-1"), **own)]
    )
    for name in ("order_parties", "order_conditions"):
        rows = tables[name].filter(pl.col("order_id") == old).with_columns(order_id=pl.lit(ORDER))
        if name == "order_conditions":
            rows = rows.with_columns(condition_id=pl.format("CND-7{}", pl.int_range(pl.len())))
        else:
            key = pl.when(pl.col("role") == "subject").then(pl.lit(subject)).otherwise("party_key")
            rows = rows.with_columns(party_key=key)
        out[name] = pl.concat([tables[name], rows])
    return _breach(out)


def _breach(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    breaches = tables["breaches"]
    row = (
        breaches.filter(
            (pl.col("arrest_power") == "csa_s28_9")
            & (pl.col("status") == "closed")
            & (pl.col("breach_kind") != "notification_failure")
        )
        .sort("breach_id")
        .head(1)
        .with_columns(pl.lit(value, TIMESTAMP).alias(name) for name, value in _TIMES.items())
        .with_columns(
            breach_id=pl.lit(BREACH),
            suspect_key=pl.lit("SUB-7-1"),
            condition_id=pl.lit("CND-70"),
            occurrence_no=pl.lit("21207000001"),
            court_outcome=pl.lit("not_proved"),
            ho_class=pl.lit(None, pl.String),
            disposal_type=pl.lit(None, pl.String),
            disposal_ts=pl.lit(None, TIMESTAMP),
            late_production_reason=pl.lit(None, pl.String),
            no_arrest_rationale=pl.lit(None, pl.String),
            **dict.fromkeys(
                ["risk_tool", "risk_grade", "risk_declined_reason"], pl.lit(None, pl.String)
            ),
        )
    )
    tables["breaches"] = pl.concat([breaches, row])
    link = {"breach_id": BREACH, "order_id": ORDER, "updated_ts": _at(24, 9)}
    review = {
        "review_id": "REV-7000001",
        "object_type": "breach",
        "object_id": BREACH,
        "level": "sgt",
        "kind": "initial",
        "reviewed_ts": _at(24, 15),
        "outcome": "actions_set",
        "text": "Production at court arranged for the next sitting day",
    }
    share = {
        "share_id": "SHR-7000001",
        "object_type": "breach",
        "object_id": BREACH,
        "kind": "victim",
        "direction": "out",
        "sent_ts": _at(24, 16),
        "status": "done",
    }
    for name, added in (("breach_orders", link), ("reviews", review), ("shares", share)):
        frame = tables[name]
        kinds = {k: frame.schema[k] for k in added}
        tables[name] = pl.concat([frame, pl.DataFrame([added], schema=kinds)], how="diagonal")
    return tables
