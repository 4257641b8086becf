"""Measures of notices and orders (M01, M02, M03, M05, M09, M14, M15)."""

from __future__ import annotations

import polars as pl

from reports.measures.parts import (
    MADE_STATUSES,
    Records,
    Row,
    absent,
    column,
    has,
    percent,
    real,
    share,
    time_known,
)

_RANKS = {
    rank: place for place, rank in enumerate("PC SGT INSP CI SUPT CSUPT ACPO".split(), start=1)
}

#: What became of a notice's application, as the cuts of M02 name it.
_OUTCOMES = ("granted", "refused", "withdrawn", "lapsed", "no outcome recorded")


def order_measures(records: Records) -> list[Row]:
    """The measures of notices and orders."""
    rows: list[Row] = []
    for period in records.periods:
        rows += _heard_in_time(records, period.name)
        rows += _led_to_order(records, period.name)
        rows += _authorised(records, period.name)
        rows += _variety(records, period.name)
    rows += _on_national(records)
    rows += _reviewed(records)
    rows += _supervised(records)
    return rows


def _own(records: Records) -> pl.DataFrame | None:
    """The notices and orders that the force itself applied for."""
    if not has(records.orders, "order_type", "force_role"):
        return None
    assert records.orders is not None  # noqa: S101 - `has` said so
    return real(records.orders).filter(pl.col("force_role") == "applicant")


def _within(records: Records, frame: pl.DataFrame, cut: str, name: str) -> pl.Expr:
    period = next(period for period in records.periods if period.name == cut)
    return period.holds(name, frame.schema[name])


def _heard_in_time(records: Records, cut: str) -> list[Row]:
    """M01: served notices whose first hearing came by the deadline, once it has passed."""
    own = _own(records)
    if own is None or not has(own, "notice_served_ts", "hearing_deadline_ts", "first_heard_ts"):
        return [absent("M01", cut)]
    notices = own.filter(records.is_notice(), _within(records, own, cut, "notice_served_ts"))
    heard = pl.col("first_heard_ts")
    untimed = heard.is_null() & column(own, "heard_evidence", pl.Boolean()).fill_null(False)
    known = (
        time_known(own, "notice_served_ts")
        & time_known(own, "first_heard_ts")
        & time_known(own, "first_hearing_ts")
    )
    return [
        share(
            "M01",
            cut,
            notices,
            of=(pl.col("hearing_deadline_ts") < records.asof)
            | pl.col("hearing_deadline_ts").is_null(),
            met=heard <= pl.col("hearing_deadline_ts"),
            unknown=~known | untimed | pl.col("hearing_deadline_ts").is_null(),
        )
    ]


def _led_to_order(records: Records, cut: str) -> list[Row]:
    """M02: served notices that led to an order; refused, withdrawn and lapsed beside it."""
    own = _own(records)
    if own is None or not has(own, "order_id", "notice_served_ts", "status"):
        return [absent("M02", cut)]
    notices = own.filter(records.is_notice(), _within(records, own, cut, "notice_served_ts"))
    made = column(own, "made_date", pl.Date()).is_not_null()
    children = (
        own.filter(records.is_order())
        .group_by(column(own, "parent_order_id").alias("order_id"))
        .agg(
            child_made=(made | pl.col("status").is_in(MADE_STATUSES)).any(),
            child_status=pl.col("status").filter(pl.col("status").is_in(_OUTCOMES)).first(),
        )
        .drop_nulls("order_id")
    )
    heard = column(own, "hearing_outcome").cast(pl.String)
    settled = pl.when(heard != "adjourned").then(heard)
    said = pl.coalesce(settled, "child_status", "status")
    outcomes = notices.join(children, on="order_id", how="left").select(
        outcome=pl.when(pl.col("child_made").fill_null(False) | (said == "granted"))
        .then(pl.lit("granted"))
        .when(said.is_in(_OUTCOMES))
        .then(said)
        .otherwise(pl.lit(_OUTCOMES[-1]))
    )
    served = outcomes.height
    counts = dict(outcomes.group_by("outcome").len().iter_rows())
    rows = []
    for outcome in _OUTCOMES:
        count = int(counts.get(outcome, 0))
        name = cut if outcome == "granted" else f"{cut}, {outcome}"
        rows.append(Row("M02", name, percent(count, served), count, served, 0, "%"))
    return rows


def _authorised(records: Records, cut: str) -> list[Row]:
    """M03: issued notices authorised at or above the rank that the law asks for."""
    own = _own(records)
    if own is None or not has(own, "issued_ts", "authoriser_rank"):
        return [absent("M03", cut)]
    notices = own.filter(records.is_notice(), _within(records, own, cut, "issued_ts"))
    least = pl.col("order_type").replace_strict(dict(records.ranks()), default=None)
    rank = pl.col("authoriser_rank").replace_strict(_RANKS, default=None)
    needed = least.replace_strict(_RANKS, default=None)
    return [
        share(
            "M03",
            cut,
            notices,
            of=pl.lit(True),
            met=rank >= needed,
            unknown=rank.is_null() | needed.is_null(),
        )
    ]


def _variety(records: Records, cut: str) -> list[Row]:
    """M05: how varied the orders are that the force applied for and was granted.

    Simpson's index: the chance that two orders taken at random are of different types.
    """
    own = _own(records)
    if own is None or not has(own, "made_date", "status"):
        return [absent("M05", cut, "index"), absent("M05", f"{cut}, types used", "count")]
    made = own.filter(_within(records, own, cut, "made_date"))
    unknown = made.filter(pl.col("order_type").is_null() | (pl.col("order_type") == "UNK")).height
    types = made.filter(records.is_order()).group_by("order_type").len()
    total = int(types["len"].sum())
    used = types.height
    index = 1 - float(((types["len"] / total) ** 2).sum()) if total else None
    return [
        Row("M05", cut, index, used, total, unknown, "index"),
        Row("M05", f"{cut}, types used", float(used), used, total, unknown, "count"),
    ]


def _on_national(records: Records) -> list[Row]:
    """M09: live orders that were put on the national system in time."""
    orders = records.orders
    if orders is None or not has(
        orders, "national_due_ts", "on_national", "national_record_ts", "order_type", "status"
    ):
        return [absent("M09", "live orders")]
    due, entered = pl.col("national_due_ts"), pl.col("national_record_ts")
    on = pl.col("on_national").fill_null(False)
    return [
        share(
            "M09",
            "live orders",
            real(orders),
            of=records.is_live(orders) & (due < records.asof),
            met=on & (entered <= due),
            unknown=on & (entered.is_null() | ~time_known(orders, "national_record_ts")),
        )
    ]


def _reviewed(records: Records) -> list[Row]:
    """M14: live orders that the force manages and whose review is not overdue."""
    orders = records.orders
    if orders is None or not has(orders, "order_type", "status", "force_role"):
        return [absent("M14", "live orders")]
    if "review_due_ts" in orders.columns:
        due, current = pl.col("review_due_ts"), pl.col("review_due_ts") >= records.asof
    elif "next_review_due" in orders.columns:
        due, current = pl.col("next_review_due"), pl.col("next_review_due") >= records.business_date
    else:
        return [absent("M14", "live orders")]
    return [
        share(
            "M14",
            "live orders",
            real(orders),
            of=records.is_live(orders) & records.is_managed(orders),
            met=current,
            unknown=due.is_null(),
        )
    ]


def _supervised(records: Records) -> list[Row]:
    """M15: live orders that the force manages, supervised by someone other than the officer."""
    orders = records.orders
    if orders is None or not has(
        orders, "order_type", "status", "force_role", "oic_id", "supervisor_id"
    ):
        return [absent("M15", "live orders")]
    officer, supervisor = (
        pl.col(name).str.strip_chars().str.to_uppercase() for name in ("oic_id", "supervisor_id")
    )
    return [
        share(
            "M15",
            "live orders",
            real(orders),
            of=records.is_live(orders) & records.is_managed(orders),
            met=supervisor.is_not_null() & (supervisor != officer),
            unknown=officer.is_null() & supervisor.is_not_null(),
        )
    ]


def variety_counts(records: Records) -> pl.DataFrame:
    """Orders by type: granted on the force's own application in 12 months, and live tonight.

    Returns:
        order_type, granted, live; the types that the force used or that are live.
    """
    schema = {"order_type": pl.String(), "granted": pl.Int64(), "live": pl.Int64()}
    orders = records.orders
    if orders is None or not has(orders, "order_type", "force_role", "made_date", "status"):
        return pl.DataFrame(schema=schema)
    made = records.year.holds("made_date", orders.schema["made_date"])
    return (
        real(orders)
        .filter(records.is_order())
        .group_by("order_type")
        .agg(
            granted=((pl.col("force_role") == "applicant") & made).sum().cast(pl.Int64),
            live=records.is_live(orders).sum().cast(pl.Int64),
        )
        .filter((pl.col("granted") > 0) | (pl.col("live") > 0))
        .sort("order_type")
    )
