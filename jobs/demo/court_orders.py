"""The orders that others apply for and the force receives: from the courts, and other forces'."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from config.records import TIMESTAMP
from expectations.language import local_date
from jobs.demo.cases import case_columns
from jobs.demo.chance import Dice
from jobs.demo.police_orders import moments
from jobs.demo.when import LAST_DAY, at, days

#: How many of each type the three years bring: non-molestation and restraining orders dominate.
VOLUMES: Mapping[str, int] = {
    "NMO": 2010,
    "RO_CONV": 1830,
    "CBO": 240,
    "SHPO": 230,
    "OCO": 95,
    "RO_ACQ": 70,
    "UND": 40,
    "INJ_ASB": 30,
    "HAR_INJ": 24,
    "DVPO": 22,
    "FMPO": 16,
    "DAPO": 14,
    "SCPO": 10,
    "SPO": 8,
    "FGMPO": 7,
    "STPO": 7,
    "NOTIF": 6,
    "CBO_INT": 6,
    "SVRO": 5,
    "KCPO": 3,
}
#: Other forces' orders that Staffordshire enforces or was told of.
_OTHER_FORCES = ["DVPO", "DAPO", "SPO", "SVRO", "KCPO", "NOTIF"]
_APPLICANT: Mapping[str, str] = {
    **dict.fromkeys(["NMO", "OCO", "HAR_INJ", "UND"], "protected_person"),
    **dict.fromkeys(["RO_CONV", "RO_ACQ", "CBO", "CBO_INT", "SCPO"], "cps"),
    **dict.fromkeys(["SHPO", "STPO"], "court_own_motion"),
    **dict.fromkeys(["FMPO", "FGMPO", "INJ_ASB"], "local_authority"),
    **dict.fromkeys(_OTHER_FORCES, "other_force"),
}
#: Types that courts could not make at the beginning of the three years.
_SINCE_2024 = ["DAPO"]
_FAMILY = ["NMO", "OCO", "FMPO", "FGMPO", "UND"]
_CIVIL = ["HAR_INJ", "INJ_ASB"]
#: Days that each type runs, shortest and longest.
_LENGTH: Mapping[str, tuple[int, int]] = {
    **dict.fromkeys(["NMO", "OCO", "FMPO", "FGMPO", "UND", "INJ_ASB"], (182, 365)),
    **dict.fromkeys(["RO_CONV", "RO_ACQ", "HAR_INJ", "CBO"], (731, 1826)),
    **dict.fromkeys(["SHPO", "STPO", "SCPO"], (1827, 3652)),
    "NOTIF": (1827, 3652),
    "SPO": (731, 1461),
    "DVPO": (28, 28),
    "DAPO": (182, 365),
    "CBO_INT": (28, 90),
    "SVRO": (182, 730),
    "KCPO": (182, 365),
}
_FOREVER = {"RO_CONV": 0.3, "SHPO": 0.3, "NMO": 0.05, "SCPO": 0.0}


def court_orders(dice: Dice) -> pl.DataFrame:
    """Every order that the force received, as whole lives."""
    types = [kind for kind, number in VOLUMES.items() for _ in range(number)]
    n = len(types)
    begun = pl.DataFrame({"order_type": types, "_court": moments(dice, n)})
    begun = begun.with_columns(
        _court=pl.when(pl.col("order_type").is_in(_SINCE_2024))
        .then(pl.lit(LAST_DAY).cast(TIMESTAMP) - dice.hours(n, 24, 24 * 600))
        .otherwise(pl.col("_court"))
    )
    other_force = pl.col("order_type").is_in(_OTHER_FORCES)
    role = pl.when(other_force).then(dice.pick(n, {"enforcing": 5, "informed": 4, "hosting": 1}))
    begun = begun.with_columns(
        made_date=local_date(pl.col("_court")),
        force_role=role.otherwise(dice.pick(n, {"enforcing": 98, "informed": 1, "hosting": 1})),
        without_notice=(pl.col("order_type") == "NMO") & dice.chance(n, 0.6),
        _minutes=dice.whole(n, 8 * 60, 18 * 60),
        _delay=dice.pick(n, {"1": 60, "2": 25, "3": 10, "6": 5}).cast(pl.Int64),
    )
    begun = begun.with_columns(
        received_ts=at(pl.col("made_date") + days(pl.col("_delay")), pl.col("_minutes"))
    )
    length = _lengths(types, dice)
    forever = dice.share(n) < pl.Series([_FOREVER.get(kind, 0.0) for kind in types])
    police_serve = pl.col("order_type").is_in(_FAMILY) & dice.chance(n, 0.2)
    present = pl.col("order_type").is_in(["RO_CONV", "RO_ACQ", "CBO", "CBO_INT"])
    orders = case_columns(begun, dice, "court").with_columns(
        start_date=pl.col("made_date"),
        end_date=pl.when(pl.Series("f", ~forever)).then(
            pl.col("made_date") + pl.duration(days=pl.lit(length - 1))
        ),
        until_further_order=pl.Series("f", forever),
        created_ts=pl.col("received_ts") + dice.hours(n, 0.2, 6),
        applicant_type=pl.col("order_type").replace_strict(dict(_APPLICANT)),
        applicant_force=pl.when(other_force).then(dice.pick(n, {"20": 5, "22": 2, "06": 3})),
        court_code=pl.when(pl.col("order_type").is_in(_FAMILY))
        .then(dice.pick(n, {"F21SO00": 2, "F21ST00": 1}))
        .when(pl.col("order_type").is_in(_CIVIL))
        .then(dice.pick(n, {"J21SO00": 2, "J21ST00": 1}))
        .otherwise(dice.pick(n, {"B21NS00": 4, "B21CK00": 3, "C21SO00": 2, "C21ST00": 2})),
        power_of_arrest_attached=pl.when(pl.col("order_type").is_in(["OCO", "INJ_ASB"])).then(
            dice.chance(n, 0.8)
        ),
        subject_age_at_made=dice.whole(n, 18, 71),
        risk_grade=_risk(dice, n),
        risk_graded_ts=pl.col("received_ts"),
        da_flag=pl.col("order_type").is_in(["NMO", "OCO", "DVPO", "DAPO"])
        | (pl.col("order_type").is_in(["RO_CONV", "RO_ACQ"]) & dice.chance(n, 0.7)),
        source_system=pl.when(pl.col("order_type").is_in(_FAMILY))
        .then(pl.lit("HMCTS"))
        .otherwise(pl.lit("Niche")),
        service_by=pl.when(police_serve)
        .then(pl.lit("police"))
        .otherwise(dice.pick(n, {"court": 3, "process_server": 7})),
        subject_present_at_hearing=present & dice.chance(n, 0.9),
        _k=pl.format("court {}", pl.int_range(pl.len())),
        _known=pl.col("received_ts"),
    )
    served = pl.col("_known") + pl.when(police_serve).then(dice.hours(n, 7, 40)).otherwise(
        dice.hours(n, 2, 120)
    )
    orders = orders.with_columns(
        order_served_ts=pl.when(~pl.col("subject_present_at_hearing")).then(served),
        _v_made=pl.col("created_ts"),
        _s_received=pl.col("created_ts"),
        _s_in_force=pl.col("created_ts") + dice.hours(n, 2, 40),
    )
    return _early_ends(orders, dice)


def _risk(dice: Dice, n: int) -> pl.Series:
    return dice.pick(n, {"standard": 62, "medium": 26, "high": 7, "unknown": 5})


def _lengths(types: list[str], dice: Dice) -> pl.Series:
    shortest = pl.Series([_LENGTH[kind][0] for kind in types])
    span = pl.Series([_LENGTH[kind][1] - _LENGTH[kind][0] + 1 for kind in types])
    return shortest + (dice.share(len(types)) * span).cast(pl.Int64)


def _early_ends(orders: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """Some orders are discharged, and some varied, before their time is over."""
    n = orders.height
    long_enough = pl.col("order_type") != "DVPO"
    drawn = dice.share(n)
    fraction = dice.whole(n, 20, 60) / 100
    span = pl.min_horizontal(
        (pl.col("end_date") - pl.col("made_date")).dt.total_days().fill_null(700), 700
    )
    moment = at(
        pl.col("made_date") + pl.duration(days=(span * fraction).cast(pl.Int64)), pl.lit(690)
    )
    discharged = pl.when(long_enough & (drawn < 0.03)).then(moment)
    varied = pl.when(long_enough & (drawn >= 0.03) & (drawn < 0.07)).then(moment)
    return orders.with_columns(discharged_ts=discharged, varied_ts=varied).with_columns(
        _s_discharged=pl.col("discharged_ts") + dice.hours(n, 1, 20),
        _s_varied=pl.col("varied_ts") + dice.hours(n, 1, 5),
    )
