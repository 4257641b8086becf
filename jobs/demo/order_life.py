"""What happens to an order once it is in force, each step in time: sharing, visits, its end."""

from __future__ import annotations

import polars as pl

from config.order_types import load_order_types
from config.thresholds import load_thresholds
from expectations.language import local_date
from jobs.demo.chance import Dice
from jobs.demo.when import at, days

#: Domestic abuse and stalking orders and notices.
DA = ["DVPN", "DVPO", "DAPN", "DAPO", "NMO", "OCO", "RO_CONV", "RO_ACQ", "SPO", "SPO_INT"]
#: Orders whose protected person is told what happens.
VICTIM = [*DA[1:2], *DA[3:], "FMPO", "FGMPO", "HAR_INJ"]
_LEDS_FROM = pl.date(2026, 4, 1)
#: Everything that has a day's limit is done this many hours after the force knew.
SOON = (7.0, 20.0)


def lives(orders: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """The orders with everything that follows their making, and what the rules ask of each.

    Adds the demo's own columns `_notice`, `_reviewed`, `_managed`, `_safeguard`, `_interval` (days
    between reviews at most) and `_end_at` (when the record shows that the order is over).
    """
    n = orders.height
    kinds = (
        load_order_types()
        .frame()
        .select(
            "order_type",
            pl.col("notice").fill_null(False).alias("_notice"),
            pl.col("national_record").alias("_national"),
            pl.col("notification_start").alias("_notify_from"),
        )
    )
    managed = load_thresholds()["managed_types"].value
    frame = orders.join(kinds, on="order_type", how="left", maintain_order="left")
    role = pl.col("force_role")
    high = pl.col("risk_grade") == "high"
    applicant = role == "applicant"
    is_managed = applicant | (
        role.is_in(["enforcing", "hosting"]) & pl.col("order_type").is_in(managed)
    )
    frame = frame.with_columns(
        _managed=is_managed,
        _reviewed=is_managed | ((role == "enforcing") & high),
        _safeguard=applicant | ((role == "enforcing") & high),
        _interval=_interval(),
        _end_minutes=dice.whole(n, 4 * 60, 20 * 60),
    )
    expires = (
        pl.coalesce("_s_discharged", "_s_superseded").is_null() & pl.col("end_date").is_not_null()
    )
    frame = frame.with_columns(
        _s_expired=pl.when(expires).then(at(pl.col("end_date") + days(1), pl.col("_end_minutes")))
    )
    frame = frame.with_columns(
        _end_at=pl.coalesce("_s_discharged", "_s_superseded", "_s_expired", "_over")
    )
    return _ahead(_shared(frame, dice), dice)


def _interval() -> pl.Expr:
    """Days within which an order is reviewed again."""
    long_types = load_thresholds()["long_types"].value
    by_risk = (
        pl.when(pl.col("risk_grade") == "high")
        .then(7)
        .when(pl.col("risk_grade") == "medium")
        .then(14)
        .otherwise(28)
    )
    return (
        pl.when(pl.col("order_type").is_in(long_types))
        .then(90)
        .when(pl.col("order_type") == "DVPO")
        .then(pl.min_horizontal(by_risk, 14))
        .otherwise(by_risk)
        .cast(pl.Int64)
    )


def _shared(frame: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """National record, local flag, command-and-control marker, offender record."""
    n = frame.height
    known = pl.col("_known")
    ours = pl.col("force_role").is_in(["applicant", "enforcing"])
    recorded = (pl.col("_national") == "always") | (
        (pl.col("_national") == "with_power_of_arrest")
        & pl.col("power_of_arrest_attached").fill_null(False)
    )
    national = known + dice.hours(n, *SOON)
    flag = known + dice.hours(n, *SOON)
    off = dice.hours(n, 2, 20)
    flag_off = dice.hours(n, 2, 20)
    visor = load_thresholds()["visor_types"].value
    frame = frame.with_columns(
        national_record_ts=pl.when(ours & recorded).then(national),
        rms_flag_ts=pl.when(pl.col("order_type") != "UND").then(flag),
        cad_marker_ts=pl.when(pl.col("order_type").is_in(DA)).then(known + dice.hours(n, *SOON)),
        visor_ref=pl.when(pl.col("order_type").is_in(visor) & known.is_not_null()).then(
            pl.format("VIS-{}", pl.int_range(pl.len()))
        ),
        _v_visor=known + dice.hours(n, *SOON),
        rms_flag_type=pl.lit("court order"),
    )
    put_on = pl.col("national_record_ts")
    flagged = pl.col("rms_flag_ts")
    return frame.with_columns(
        national_system=pl.when(put_on.is_not_null()).then(
            pl.when(local_date(put_on) >= _LEDS_FROM).then(pl.lit("LEDS")).otherwise(pl.lit("PNC"))
        ),
        national_record_ref=pl.when(put_on.is_not_null()).then(
            pl.format("NAT-{}", pl.int_range(pl.len()))
        ),
        national_removed_ts=pl.when(put_on.is_not_null()).then(
            pl.max_horizontal("_end_at", put_on) + off
        ),
        rms_flag_removed_ts=pl.when(flagged.is_not_null()).then(
            pl.max_horizontal("_end_at", flagged) + flag_off
        ),
    ).with_columns(
        national_removed_ts=pl.when(pl.col("_end_at").is_not_null()).then("national_removed_ts"),
        rms_flag_removed_ts=pl.when(pl.col("_end_at").is_not_null()).then("rms_flag_removed_ts"),
        rms_flag_type=pl.when(flagged.is_not_null()).then("rms_flag_type"),
    )


def _ahead(frame: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """What is done ahead of the end, the subject's notification, and visits."""
    n = frame.height
    fixed = pl.col("end_date").is_not_null() & ~pl.col("until_further_order").fill_null(False)
    applicant = pl.col("force_role") == "applicant"
    short = pl.col("order_type") == "DVPO"
    interim = pl.col("interim_flag").fill_null(False)
    ahead = pl.when(short).then(9).otherwise(35)
    decide = at(pl.col("end_date") - pl.duration(days=ahead), dice_minutes(dice, n))
    tell = at(pl.col("end_date") - days(9), dice_minutes(dice, n))
    served = pl.col("order_served_ts")
    start = (
        pl.when(pl.col("_notify_from") == "made")
        .then(pl.col("made_date"))
        .when(pl.col("_notify_from") == "in_force")
        .then(pl.col("start_date"))
        .when(pl.col("_notify_from") == "served")
        .then(local_date(served))
    )
    visited = load_thresholds()["visit_types"].value
    return frame.with_columns(
        renewal_decision_ts=pl.when(fixed & applicant & ~interim).then(decide),
        victim_expiry_notice_ts=pl.when(
            fixed & pl.col("_safeguard") & pl.col("order_type").is_in(DA)
        ).then(tell),
        notification_due_date=start + days(2),
        notification_received_ts=pl.when(pl.col("_notify_from") == "served")
        .then(served + dice.hours(n, 1, 30))
        .otherwise(at(start + days(1), dice_minutes(dice, n))),
        _first_visit=pl.when(applicant & pl.col("order_type").is_in(visited)).then(
            served + dice.hours(n, 20, 60)
        ),
    )


def dice_minutes(dice: Dice, n: int) -> pl.Expr:
    """Minutes of a day in office hours, one for each of `n` rows."""
    return pl.lit(dice.whole(n, 9 * 60, 17 * 60))
