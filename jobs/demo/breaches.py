"""Breaches of the orders: 2,500 lives from the event to the file's closing, every step in time."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from config.order_types import load_order_types
from config.records import TIMESTAMP
from expectations.language import local_date
from jobs.demo.chance import Dice
from jobs.demo.when import LAST_DAY, at, days, hours, minutes_of_day, next_sitting, off_midnight

#: How many breaches are drawn; those too near another of the same order are left out.
DRAWN = 2620
#: How readily an order of each type is broken, beside how long it runs.
_WEIGHT: Mapping[str, float] = {
    **{"DVPO": 0.16, "NMO": 0.62, "RO_CONV": 0.5, "RO_ACQ": 0.3, "SHPO": 0.35, "SPO": 1.2},
    **{"SPO_INT": 0.5, "CBO": 0.4, "HAR_INJ": 0.4, "OCO": 0.25, "DAPO": 0.9, "SRO": 0.4},
    **{"INJ_ASB": 0.25, "FMPO": 0.1, "DVPN": 0.02},
}
_CLASS: Mapping[str, str] = {
    **{"NMO": "066/39", "RO_CONV": "008/31", "RO_ACQ": "008/31", "HAR_INJ": "008/29"},
}
#: Class of a breach whose own is not settled with the crime registrar yet.
_OTHER_CLASS = "066/90"
_TARGET_MINUTES = {"immediate": (4, 14), "priority": (15, 55), "scheduled": (120, 2400)}
_DA = ["DVPN", "DVPO", "DAPN", "DAPO", "NMO", "OCO", "RO_CONV", "RO_ACQ", "SPO", "SPO_INT"]
_CIVIL_ARREST = {"DVPN": "csa_s26", "DVPO": "csa_s28_9"}
_ARREST_WHEN_ATTACHED = ["OCO", "INJ_ASB"]


def breaches(orders: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """The breaches as whole lives; `order_k` names the order, `_civil` a civil arrest."""
    drawn = _events(orders, dice)
    frame = _reported(drawn, dice)
    frame = _arrested(frame, dice)
    frame = _ended(frame, dice)
    stamps = [name for name, kind in frame.schema.items() if kind == TIMESTAMP]
    return frame.with_columns(off_midnight(pl.col(stamps)))


def _events(orders: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """Which orders are broken and when, at least two days apart on one order."""
    horizon = pl.lit(LAST_DAY).cast(TIMESTAMP)
    notice = pl.col("_notice")
    begins = (
        pl.when(notice)
        .then(pl.col("notice_served_ts"))
        .otherwise(
            pl.max_horizontal(pl.coalesce("order_served_ts", "_known"), "_known", "created_ts")
        )
    ) + hours(2)
    ends = pl.min_horizontal(
        pl.coalesce("discharged_ts", "_s_superseded", "_over", horizon),
        pl.coalesce(at(pl.col("end_date"), pl.lit(1200)), horizon),
        horizon,
    )
    weight = pl.col("order_type").replace_strict(dict(_WEIGHT), default=0.0)
    live = (
        orders.filter(
            pl.col("force_role").is_in(["applicant", "enforcing"]) & pl.col("_known").is_not_null()
        )
        .with_columns(_begins=begins, _ends=ends)
        .with_columns(_span=(pl.col("_ends") - pl.col("_begins")).dt.total_minutes())
        .filter((pl.col("_span") > 240) & (weight > 0))
        .with_columns(_weight=weight * (1 + (pl.col("_span") / 525_600).clip(0, 3)))
    )
    weights = live.get_column("_weight").to_list()
    chosen = dice.pick(DRAWN, {str(i): weight for i, weight in enumerate(weights)}).cast(pl.Int64)
    moment = pl.col("_begins") + pl.duration(
        minutes=(dice.share(DRAWN) * pl.col("_span")).cast(pl.Int64)
    )
    events = live[chosen.to_list()].with_columns(occurred_from_ts=moment)
    gap = pl.col("occurred_from_ts") - pl.col("occurred_from_ts").shift().over("order_k")
    before = pl.col("occurred_from_ts").shift().over("order_k")
    return (
        events.select(
            order_k="_k",
            _order_type="order_type",
            _poa="power_of_arrest_attached",
            _without_notice="without_notice",
            _ends="_ends",
            suspect_key="subject_key",
            victim_key=pl.col("protected_keys").list.first(),
            oic_unit="oic_unit",
            oic_id="oic_id",
            supervisor_id="supervisor_id",
            _inspector="_inspector",
            lpt="lpt",
            beat="beat",
            lsoa21="lsoa21",
            imd_decile="imd_decile",
            source_system=pl.lit("Niche"),
            _notify="_notify_from",
            occurred_from_ts="occurred_from_ts",
        )
        .sort("order_k", "occurred_from_ts")
        .filter(gap.is_null() | (gap > hours(48)))
        .with_columns(_again=before.is_not_null() & (gap < days(366)))
    )


def _reported(frame: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """Report, recording, attendance and the victim's risk."""
    n = frame.height
    types = load_order_types()
    crime = pl.col("_order_type").is_in(types.crimes)
    kind = dice.pick(n, {"contact": 48, "location": 27, "online": 12, "violence": 9, "other": 4})
    duty = (
        pl.col("_notify").is_not_null() & ~pl.col("_order_type").is_in(_DA) & (dice.share(n) < 0.4)
    )
    grade = dice.pick(n, {"immediate": 30, "priority": 45, "scheduled": 25})
    target = pl.select(
        *(dice.whole(n, low, high).alias(name) for name, (low, high) in _TARGET_MINUTES.items())
    )
    to_attend = (
        pl.when(pl.col("response_grade") == "immediate")
        .then(target["immediate"])
        .when(pl.col("response_grade") == "priority")
        .then(target["priority"])
        .otherwise(target["scheduled"])
    )
    numbers = pl.int_range(pl.len())
    frame = frame.with_columns(
        _crime=crime,
        breach_kind=pl.when(duty).then(pl.lit("notification_failure")).otherwise(kind),
        occurred_to_ts=pl.col("occurred_from_ts") + dice.hours(n, 0, 2),
        response_grade=grade,
        report_channel=dice.pick(
            n, {"999": 30, "101": 35, "online": 12, "in_person": 8, "partner": 15}
        ),
        occurrence_no=pl.format(
            "21{}9{}",
            (local_date(pl.col("occurred_from_ts")).dt.year() % 100).cast(pl.String),
            numbers.cast(pl.String).str.zfill(6),
        ),
    )
    frame = frame.with_columns(
        reported_ts=off_midnight(pl.col("occurred_to_ts") + dice.hours(n, 0.1, 12))
    )
    attends = pl.col("breach_kind").is_in(["contact", "location", "violence"])
    frame = frame.with_columns(
        created_ts=pl.col("reported_ts") + dice.hours(n, 0.05, 0.8),
        recorded_ts=pl.col("reported_ts") + dice.hours(n, 1, 20),
        attended_ts=pl.when(attends).then(pl.col("reported_ts") + pl.duration(minutes=to_attend)),
        crime_ref=pl.when("_crime").then(pl.format("CR-9-{}", numbers)),
        ho_class=pl.when("_crime").then(
            pl.col("_order_type").replace_strict(dict(_CLASS), default=_OTHER_CLASS)
        ),
        suspect_is_police_employee=pl.when(dice.share(n) < 0.004).then(pl.lit(True)),
    )
    declined = dice.chance(n, 0.3)
    assessed = pl.col("attended_ts") + dice.hours(n, 0.3, 4)
    stalking = pl.col("_order_type").is_in(["SPO", "SPO_INT"])
    return frame.with_columns(
        _v_risk=assessed,
        risk_assessed_ts=pl.when(~declined).then(assessed),
        risk_tool=pl.when(assessed.is_not_null() & ~declined).then(
            pl.when(stalking).then(pl.lit("S-DASH")).otherwise(dice.pick(n, {"DASH": 3, "DARA": 7}))
        ),
        risk_grade=pl.when(assessed.is_null())
        .then(None)
        .when(declined)
        .then(pl.lit("declined"))
        .otherwise(dice.pick(n, {"standard": 45, "medium": 33, "high": 22})),
        risk_declined_reason=pl.when(assessed.is_not_null() & declined).then(
            pl.lit("did_not_want")
        ),
        psd_referred_ts=pl.when(pl.col("suspect_is_police_employee")).then(
            pl.col("recorded_ts") + dice.hours(n, 1, 20)
        ),
    )


def _arrested(frame: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """Arrest, or the reason for none; production before the court after a civil arrest."""
    n = frame.height
    draw = dice.share(n)
    powerless = pl.col("_order_type").is_in(_ARREST_WHEN_ATTACHED)
    outstanding = pl.col("_crime") & (draw < 0.04)
    at_once = (draw < 0.74) & ~outstanding & ~powerless
    later = pl.col("reported_ts") + dice.hours(n, 96, 500)
    soon = pl.max_horizontal(
        pl.col("reported_ts") + dice.hours(n, 0.7, 20),
        pl.col("attended_ts").fill_null(pl.col("reported_ts")),
    )
    soon = pl.min_horizontal(soon, pl.col("reported_ts") + hours(21))
    attending = dice.hours(n, 20, 70)
    frame = frame.with_columns(
        _outstanding=outstanding,
        arrested_ts=off_midnight(pl.when(outstanding).then(later).when(at_once).then(soon)),
        _v_rationale=pl.col("reported_ts") + dice.hours(n, 6, 20),
        no_arrest_rationale=pl.when(outstanding)
        .then(pl.lit("wanted_circulated"))
        .when(~at_once)
        .then(
            dice.pick(n, {"voluntary_attendance": 6, "not_necessary": 2, "insufficient_grounds": 2})
        ),
        circulated_wanted_ts=pl.when(outstanding).then(
            pl.col("reported_ts") + dice.hours(n, 12, 40)
        ),
    )
    civil = pl.col("_order_type").replace_strict(dict(_CIVIL_ARREST), default=None)
    voluntary = pl.col("no_arrest_rationale") == "voluntary_attendance"
    arrested = pl.col("arrested_ts")
    frame = frame.with_columns(
        arrest_power=pl.when(arrested.is_not_null()).then(pl.coalesce(civil, pl.lit("pace_s24"))),
        _civil=arrested.is_not_null() & civil.is_not_null(),
        interviewed_ts=pl.when(voluntary)
        .then(pl.col("reported_ts") + attending)
        .when(arrested.is_not_null() & civil.is_null())
        .then(arrested + dice.hours(n, 2, 9)),
        suspect_state=pl.lit("identified"),
    )
    frame = next_sitting(frame, local_date(arrested), "_next")
    frame = next_sitting(frame, local_date(arrested) - days(1), "_same")
    minutes = minutes_of_day(arrested)
    sits_today = pl.col("_same") == local_date(arrested)
    morning = dice.whole(n, 570, 595)
    # A court sits from 09:30: someone arrested before then is produced that day, someone arrested
    # later on the next sitting day before the hour of the arrest comes round again.
    produced = (
        pl.when(sits_today & (minutes < 600))
        .then(at(pl.col("_same"), 840 + pl.lit(morning) - 570))
        .when(sits_today)
        .then(at(pl.col("_next"), pl.lit(morning)))
        .otherwise(at(pl.col("_next"), 30 + pl.lit(morning)))
    )
    return frame.with_columns(produced_at_court_ts=pl.when("_civil").then(produced))


def _ended(frame: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """Disposal, court and closing."""
    n = frame.height
    base = pl.coalesce("interviewed_ts", "arrested_ts", pl.col("_v_rationale"))
    first = dice.pick(n, {"charged": 50, "bailed": 16, "rui": 8, "nfa": 20, "caution": 6})
    never = pl.col("no_arrest_rationale").is_in(["not_necessary", "insufficient_grounds"])
    pending = pl.col("_d1").is_in(["bailed", "rui"])
    frame = frame.with_columns(
        _d1=pl.when("_civil")
        .then(None)
        .when(never | ~pl.col("_crime"))
        .then(pl.lit("nfa"))
        .otherwise(first),
        _d1_ts=pl.when(~pl.col("_civil")).then(base + dice.hours(n, 3, 12)),
    )
    frame = frame.with_columns(
        _d2=pl.when(pending).then(dice.pick(n, {"charged": 4, "nfa": 6})),
        _d2_ts=pl.when(pending).then(pl.col("_d1_ts") + dice.hours(n, 400, 1500)),
    )
    final = pl.coalesce("_d2", "_d1")
    final_ts = pl.coalesce("_d2_ts", "_d1_ts")
    charged = final == "charged"
    court = (
        pl.when("_civil")
        .then(pl.col("produced_at_court_ts") + dice.hours(n, 0.5, 2))
        .when(charged)
        .then(final_ts + dice.hours(n, 300, 2200))
    )
    frame = frame.with_columns(
        _final=final,
        _final_ts=final_ts,
        court_outcome_ts=court,
        court_outcome=pl.when("_civil")
        .then(dice.pick(n, {"admitted": 5, "proved": 3, "not_proved": 2}))
        .when(charged)
        .then(dice.pick(n, {"convicted": 5, "sentenced": 2, "acquitted": 1, "discontinued": 2})),
    )
    closed = pl.coalesce("court_outcome_ts", "_final_ts") + dice.hours(n, 24, 200)
    refused = dice.pick(n, {"14": 25, "16": 45, "15": 30})
    outcome = (
        pl.when(charged)
        .then(pl.lit("1"))
        .when(final == "caution")
        .then(pl.lit("3"))
        .otherwise(refused)
    ).cast(pl.Int64)
    return frame.with_columns(
        _s_closed=closed,
        hocr_outcome=pl.when("_crime").then(outcome),
        evidence_led_considered=dice.chance(n, 0.7),
        finalisation_approved_by=pl.col("supervisor_id"),
        _s_reported=pl.col("created_ts"),
        _s_recorded=pl.col("recorded_ts"),
        _s_arrested=pl.max_horizontal("arrested_ts", "recorded_ts"),
        _s_court=pl.col("court_outcome_ts"),
        _open_until=pl.when("_civil")
        .then(pl.col("produced_at_court_ts"))
        .otherwise(pl.coalesce(pl.when(charged | (final == "caution")).then(final_ts), closed)),
        _k=pl.format("breach {}", pl.int_range(pl.len())),
    )
