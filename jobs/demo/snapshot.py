"""What the force's records say on a night: the lives, cut off at an instant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import polars as pl

from config.records import TIMESTAMP, Records, load_records
from expectations.language import local_date
from jobs.demo.order_rows import text_facts
from jobs.demo.when import cut_off, days
from jobs.demo.world import World

#: Statuses of an order in the order they come.
_ORDER = (
    *("considered", "auth_requested", "authorised", "issued", "notice_served", "applied"),
    *("listed", "adjourned", "received", "not_pursued", "granted", "order_served", "in_force"),
    *("varied", "refused", "withdrawn", "lapsed", "expired", "superseded", "discharged"),
)
#: Facts that are there once something else has happened.
_WITH: dict[str, tuple[str, ...]] = {
    "_v_made": (
        *("made_date", "start_date", "end_date", "until_further_order", "power_of_arrest_attached"),
        *("without_notice", "subject_present_at_hearing"),
    ),
    "_s_listed": ("listed_ts",),
    "authorised_ts": ("authoriser_rank", "_superintendent"),
    "issued_ts": (
        *("child_welfare_considered", "victim_opinion_sought", "representations_considered"),
        *("child_welfare_reason_recorded", "victim_opinion_reason_recorded"),
        *("representations_reason_recorded",),
    ),
    "notice_served_ts": ("service_method", "service_attempts"),
    "order_served_ts": ("notification_due_date",),
    "national_record_ts": ("national_system", "national_record_ref"),
    "rms_flag_ts": ("rms_flag_type",),
    "_v_visor": ("visor_ref",),
    "_over": ("outcome_reason",),
    "_s_not_pursued": ("consideration_outcome", "not_pursued_reason"),
    "_s_varied": ("varied_ts",),
    "_s_discharged": ("discharged_ts",),
}
#: Times of orders that may lie ahead, or follow another field.
_AHEAD = frozenset(["listed_ts", "varied_ts", "discharged_ts", "next_hearing_ts"])


def snapshot(world: World, night: date) -> dict[str, pl.DataFrame]:
    """The canonical tables of a night, complete, one row an order, breach and so on.

    Every table but `orders` and `breaches` also keeps `text`, the wording behind `text_len`.
    """
    records = load_records()
    cut = cut_off(night)
    tables = {
        name: frame.filter(pl.col("_shown") <= cut) if "_shown" in frame.columns else frame
        for name, frame in world.rows.items()
    }
    tables["orders"] = _orders(world, tables["reviews"], cut)
    tables["breaches"] = _breaches(world, cut)
    tables["order_conditions"] = tables["order_conditions"].with_columns(
        *text_facts(),
        active=(pl.col("_end_at").is_null() | (pl.col("_end_at") > cut)),
        text_placeholder=pl.lit(False),
    )
    tables["reviews"] = tables["reviews"].with_columns(*text_facts())
    tables["occurrences"] = tables["occurrences"].with_columns(
        _until("considered_ts", cut),
        _until("disposal_ts", cut),
        **{
            name: pl.when(pl.col("disposal_ts") <= cut).then(name)
            for name in ("disposal_type", "suspect_charged", "suspect_remanded")
        },
    )
    return {name: complete(records, name, frame, cut) for name, frame in tables.items()}


def complete(records: Records, name: str, frame: pl.DataFrame, cut: datetime) -> pl.DataFrame:
    """The table with every canonical column and none of the demo's own but `text`."""
    table = records[name]
    stamps = [
        field.name
        for field in table.fields.values()
        if field.type == "timestamp" and not field.future and field.name in frame.columns
    ]
    if "updated_ts" in table.fields and "updated_ts" not in frame.columns:
        latest: list[pl.Expr] = [pl.when(pl.col(s) <= cut).then(pl.col(s)) for s in stamps]
        latest = latest or [pl.lit(None)]
        frame = frame.with_columns(updated_ts=pl.max_horizontal(latest).cast(TIMESTAMP))
    kept = [c for c in frame.columns if c in table.schema or c == "text"]
    return table.complete(frame.select(kept)).sort(table.key)


def _until(column: str, cut: datetime) -> pl.Expr:
    return pl.when(pl.col(column) <= cut).then(pl.col(column)).alias(column)


def _status(order: Iterable[tuple[str, str]], cut: datetime) -> tuple[pl.Expr, pl.Expr]:
    """The latest status that was reached, and when."""
    status, moment = pl.lit(None, pl.String), pl.lit(None, TIMESTAMP)
    for name, column in order:
        reached = pl.col(column) <= cut
        status = pl.when(reached).then(pl.lit(name)).otherwise(status)
        moment = pl.when(reached).then(pl.col(column)).otherwise(moment)
    return status, moment


def _orders(world: World, reviews: pl.DataFrame, cut: datetime) -> pl.DataFrame:
    known = world.orders.filter(pl.col("created_ts") <= cut)
    fields = load_records()["orders"].fields
    status, moment = _status([(name, f"_s_{name}") for name in _ORDER], cut)
    held = pl.col("_final") <= cut
    first = pl.col("first_hearing_ts") <= cut
    adjourned = pl.col("_adjourned").fill_null(False)
    gated = {
        name: pl.when(pl.col(gate) <= cut).then(pl.col(name))
        for gate, names in _WITH.items()
        for name in names
    }
    stamps = {
        name: pl.when(pl.col(name) <= cut).then(pl.col(name))
        for name, field in fields.items()
        if field.type == "timestamp" and name in known.columns and name not in _AHEAD
    }
    frame = known.with_columns(
        status=status,
        status_ts=moment,
        hearing_ts=pl.when(held).then("_final").when(first).then("first_hearing_ts"),
        hearing_outcome=pl.when(held)
        .then("_outcome")
        .when(first & adjourned)
        .then(pl.lit("adjourned")),
        adjourned_to_ts=pl.when(first & adjourned).then("_final"),
        compliance_visit_ts=_latest_visit(cut),
        _superintendent=pl.when(pl.col("authoriser_rank").is_not_null()).then("_superintendent"),
    ).with_columns(**{**stamps, **gated})
    frame = frame.with_columns(authoriser_id="_superintendent", is_test=pl.lit(False))
    updates = (
        world.national_updates.filter(pl.col("_shown") <= cut)
        .group_by("order_k")
        .agg(national_updated_ts=pl.col("_shown").max())
    )
    last = (
        reviews.filter((pl.col("object_type") == "order") & (pl.col("kind") != "exit"))
        .group_by(pl.col("object_id").alias("order_id"))
        .agg(_last=local_date(pl.col("reviewed_ts")).max())
    )
    begins = pl.coalesce(local_date(pl.col("received_ts")), "made_date")
    waits = pl.col("_reviewed") & ~pl.col("_notice") & pl.col("made_date").is_not_null()
    return (
        frame.join(updates, left_on="_k", right_on="order_k", how="left")
        .with_columns(
            national_updated_ts=pl.when(pl.col("national_record_ts").is_not_null()).then(
                "national_updated_ts"
            )
        )
        .join(last, on="order_id", how="left")
        .with_columns(
            next_review_due=pl.when(waits).then(
                pl.coalesce("_last", begins) + days(pl.col("_interval"))
            )
        )
    )


def _latest_visit(cut: datetime) -> pl.Expr:
    """The latest of the compliance visits: one every nine days while the order is in force."""
    first = pl.col("_first_visit")
    until = pl.min_horizontal(pl.lit(cut, TIMESTAMP), pl.col("end_date").cast(TIMESTAMP))
    made = ((until - first).dt.total_days() // 9).clip(0)
    return pl.when(first <= until).then(first + days(made * 9))


def _breaches(world: World, cut: datetime) -> pl.DataFrame:
    known = world.breaches.filter(pl.col("created_ts") <= cut)
    first, second = pl.col("_d1_ts") <= cut, pl.col("_d2_ts") <= cut
    closed = pl.col("_s_closed") <= cut
    fields = load_records()["breaches"].fields
    at_disposal = [
        ("reported", "_s_reported"),
        ("recorded", "_s_recorded"),
        ("arrested", "_s_arrested"),
    ]
    status, moment = _status(at_disposal, cut)
    for name, reached, when in (
        ("_d1", first, "_d1_ts"),
        ("_d2", second, "_d2_ts"),
    ):
        status = pl.when(reached).then(pl.col(name)).otherwise(status)
        moment = pl.when(reached).then(pl.col(when)).otherwise(moment)
    for word, column in (("court_outcome", "_s_court"), ("closed", "_s_closed")):
        reached = pl.col(column) <= cut
        status = pl.when(reached).then(pl.lit(word)).otherwise(status)
        moment = pl.when(reached).then(pl.col(column)).otherwise(moment)
    gated = {
        name: pl.when(pl.col(gate) <= cut).then(pl.col(name))
        for gate, names in {
            "recorded_ts": ("crime_ref", "ho_class"),
            "_v_risk": ("risk_tool", "risk_grade", "risk_declined_reason"),
            "arrested_ts": ("arrest_power",),
            "_v_rationale": ("no_arrest_rationale",),
            "court_outcome_ts": ("court_outcome",),
            "_s_closed": ("hocr_outcome", "evidence_led_considered", "finalisation_approved_by"),
        }.items()
        for name in names
    }
    stamps = {
        name: pl.when(pl.col(name) <= cut).then(pl.col(name))
        for name, field in fields.items()
        if field.type == "timestamp" and name in known.columns
    }
    return known.with_columns(
        status=status,
        status_ts=moment,
        disposal_type=pl.when(second).then("_d2").when(first).then("_d1"),
        disposal_ts=pl.when(second).then("_d2_ts").when(first).then("_d1_ts"),
        finalisation_approved_ts=pl.when(closed).then("_s_closed"),
        suspect_outstanding=pl.when(pl.col("recorded_ts") <= cut).then(
            pl.col("_outstanding") & (pl.col("arrested_ts") > cut)
        ),
        is_test=pl.lit(False),
        **{**stamps, **gated},
    )
