"""Records that look wrong and are not: void, in training, too new, without a time of day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta

import polars as pl

from expectations.language import local_date, start_of_day
from jobs.demo.when import cut_off

_AWFUL = 24
_FRESH = timedelta(hours=20)
#: What a clerk leaves for later when an order comes in at night.
_LEFT = ("court_code", "end_date", "until_further_order", "occurrence_no", "risk_grade", "oic_id")
_LEFT_OF_BREACH = ("breach_kind", "condition_id", "occurred_to_ts", "suspect_key", "victim_key")


def with_noise(
    tables: Mapping[str, pl.DataFrame], night: date, planted: Collection[str]
) -> dict[str, pl.DataFrame]:
    """The tables with records that no rule may find.

    Args:
        tables: The tables of a night.
        night: The night.
        planted: References of records that carry a fault; they are left alone.
    """
    out = dict(tables)
    orders = _date_only(tables["orders"], planted)
    orders = _fresh(orders, _LEFT, night, pl.col("force_role") != "applicant")
    breaches = _fresh(tables["breaches"], _LEFT_OF_BREACH, night, pl.lit(True))
    # The audit's ordinary corrections stay off records that carry a fault.
    usual = (pl.col("field") == "authorised_ts") & pl.col("record_key").is_in(sorted(planted))
    out["field_changes"] = tables["field_changes"].filter(~usual)
    out["orders"] = pl.concat([orders, _awful_orders(tables["orders"])])
    out["breaches"] = pl.concat([breaches, _awful_breaches(tables["breaches"])])
    return out


def _date_only(orders: pl.DataFrame, planted: Collection[str]) -> pl.DataFrame:
    """The family court's papers give the day of service and no time."""
    some = (
        (pl.col("source_system") == "HMCTS")
        & pl.col("order_served_ts").is_not_null()
        & (pl.col("order_id").hash(3) % 5 == 0)
        & ~pl.col("order_id").is_in(sorted(planted))
    )
    day = start_of_day(local_date(pl.col("order_served_ts")))
    return orders.with_columns(
        order_served_ts=pl.when(some).then(day).otherwise("order_served_ts"),
        order_served_time_known=pl.when(some)
        .then(pl.lit(False))
        .otherwise("order_served_time_known"),
    )


def _fresh(frame: pl.DataFrame, left: Collection[str], night: date, where: pl.Expr) -> pl.DataFrame:
    """Records of the last hours, not yet filled in."""
    new = (pl.col("created_ts") > cut_off(night) - _FRESH) & where
    return frame.with_columns(pl.when(~new).then(pl.col(name)).alias(name) for name in left)


def _some(frame: pl.DataFrame, key: str, prefix: str) -> pl.DataFrame:
    """Copies of the oldest records under references of their own."""
    old = frame.filter(pl.col(key).str.contains(r"^[A-Z]+-\d{6}$")).sort(key).head(_AWFUL)
    number = pl.int_range(pl.len()).cast(pl.String).str.zfill(5)
    return old.with_columns(pl.format("{}-8{}", pl.lit(prefix), number).alias(key))


def _awful_orders(orders: pl.DataFrame) -> pl.DataFrame:
    rows = _some(orders, "order_id", "ORD")
    odd = pl.int_range(pl.len()) % 2 == 0
    return rows.with_columns(
        status=pl.when(odd).then(pl.lit("void")).otherwise(pl.lit("in_force")),
        is_test=~odd,
        subject_key=pl.lit("SUB-TEST"),
        protected_keys=pl.concat_list(pl.lit("SUB-TEST")),
        parent_order_id=pl.lit(None, pl.String),
        order_type=pl.when(odd).then(pl.lit("DVPO")).otherwise(pl.lit("NMO")),
        made_date=pl.lit(date(2031, 1, 31)),
        start_date=pl.lit(date(2031, 1, 31)),
        end_date=pl.lit(date(2019, 12, 31)),
        until_further_order=pl.lit(True),
        rms_flag_ts=pl.lit(datetime(2051, 5, 5, 5, 5, tzinfo=UTC)),
        occurrence_no=pl.lit("TEST"),
        oic_unit=pl.lit("HUB_CANNOCK"),
        supervisor_id=pl.lit(None, pl.String),
    )


def _awful_breaches(breaches: pl.DataFrame) -> pl.DataFrame:
    rows = _some(breaches, "breach_id", "BRE")
    odd = pl.int_range(pl.len()) % 2 == 0
    return rows.with_columns(
        status=pl.when(odd).then(pl.lit("void")).otherwise(pl.lit("closed")),
        is_test=~odd,
        hocr_outcome=pl.lit(None, pl.Int64),
        breach_kind=pl.lit(None, pl.String),
        arrest_power=pl.lit("csa_s28_9"),
        produced_at_court_ts=pl.lit(None, pl.Datetime("us", "UTC")),
        reported_ts=pl.lit(datetime(2049, 1, 1, 12, tzinfo=UTC)),
        suspect_key=pl.lit("SUB-TEST"),
    )
