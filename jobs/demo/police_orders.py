"""The orders that the force applies for: notices and what follows them, and longer applications.

Every row is a whole life, with times that may lie after tonight; `snapshot` shows of it what was
known on a night. Columns that begin with an underscore are the demo's own:

- `_k`, `_parent`, `_main`: names of the row, of the one it follows and of its main application
- `_known`: when the force knew that the order (or the served notice) was in force
- `_v_made`: from when the record says what the court made
- `_s_<status>`: when the record takes a status
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from expectations.language import local_date
from jobs.demo.cases import case_columns
from jobs.demo.chance import Dice
from jobs.demo.when import FIRST_DAY, LAST_DAY, at, days, hours, next_sitting

#: Notices in the three years: about 190 a year, of which nine in ten become an order.
NOTICES = 580
#: Longer applications in the three years, with the share that begins with an interim order.
APPLICATIONS: Mapping[str, tuple[int, float]] = {
    "SPO": (16, 0.6),
    "SHPO": (26, 0.3),
    "SRO": (18, 0.3),
    "FMPO": (6, 0.0),
    "STRO": (3, 0.0),
    "VOO": (4, 0.5),
    "INJ_ASB": (40, 0.0),
}
#: Types that police decided against, and how often.
NOT_PURSUED: Mapping[str, float] = {"DVPN": 60, "SPO": 20, "SHPO": 4, "SRO": 6}

_YEARS: Mapping[str, tuple[int, int]] = {
    "SPO": (2, 5),
    "SHPO": (5, 10),
    "SRO": (2, 5),
    "FMPO": (1, 2),
    "STRO": (2, 5),
    "VOO": (2, 4),
    "INJ_ASB": (1, 2),
}
_APPROVED = ["SPO", "SHPO", "SRO", "STRO", "VOO"]
_MAGISTRATES = {"B21NS00": 3.0, "B21CK00": 2.0}


def moments(dice: Dice, n: int) -> pl.Series:
    """`n` instants spread over the three years and the days after the last night."""
    minutes = (LAST_DAY - FIRST_DAY).days * 24 * 60
    offsets = dice.whole(n, 0, minutes).alias("o").to_frame()
    start = pl.lit(FIRST_DAY).cast(pl.Datetime("us", "UTC"))
    return offsets.select((start + pl.duration(minutes=pl.col("o"))).alias("o")).to_series()


def notice_cases(dice: Dice) -> pl.DataFrame:
    """Domestic violence protection notices, each followed by its order where one was granted."""
    n = NOTICES
    notice = pl.DataFrame({"considered_ts": moments(dice, n)}).with_columns(
        dice.hours(n, 0.2, 1).alias("_1"),
        dice.hours(n, 0.3, 2).alias("_2"),
        dice.hours(n, 0.2, 1).alias("_3"),
        dice.hours(n, 0.3, 5).alias("_4"),
        dice.hours(n, 0.3, 6).alias("_5"),
        dice.hours(n, 0.1, 0.8).alias("_6"),
        dice.whole(n, 600, 930).alias("_7"),
        dice.share(n).alias("_fate"),
        dice.chance(n, 0.12).alias("_adjourned"),
        dice.whole(n, 1, 3).alias("_8"),
        dice.hours(n, 0.1, 0.5).alias("_9"),
    )
    notice = notice.with_columns(
        (pl.col("considered_ts") + pl.col("_1")).alias("auth_requested_ts"),
        (pl.col("considered_ts") + pl.col("_9")).alias("created_ts"),
    )
    notice = notice.with_columns(
        (pl.col("auth_requested_ts") + pl.col("_2")).alias("authorised_ts")
    )
    notice = notice.with_columns((pl.col("authorised_ts") + pl.col("_3")).alias("issued_ts"))
    notice = notice.with_columns((pl.col("issued_ts") + pl.col("_4")).alias("notice_served_ts"))
    notice = notice.with_columns((pl.col("notice_served_ts") + pl.col("_5")).alias("applied_ts"))
    notice = notice.with_columns((pl.col("applied_ts") + pl.col("_6")).alias("_s_listed"))
    notice = next_sitting(notice, local_date(pl.col("notice_served_ts")), "_sits")
    notice = notice.with_columns(at(pl.col("_sits"), pl.col("_7")).alias("_first"))
    notice = next_sitting(notice, pl.col("_sits") + days(pl.col("_8")), "_again")
    fate = pl.col("_fate")
    lapsed = fate >= 0.975
    adjourned = pl.col("_adjourned") & ~lapsed
    final = pl.when(adjourned).then(at(pl.col("_again"), pl.col("_7"))).otherwise(pl.col("_first"))
    notice = notice.with_columns(
        _k=pl.format("notice {}", pl.int_range(pl.len())),
        _adjourned=adjourned,
        _outcome=pl.when(fate < 0.91)
        .then(pl.lit("granted"))
        .when(fate < 0.955)
        .then(pl.lit("refused"))
        .when(~lapsed)
        .then(pl.lit("withdrawn"))
        .otherwise(pl.lit("lapsed")),
        _final=pl.when(lapsed).then(None).otherwise(final),
        first_hearing_ts=pl.when(lapsed).then(None).otherwise(pl.col("_first")),
        listed_ts=pl.col("_first"),
    )
    closed = pl.coalesce("_final", pl.col("_first") + hours(6)) + pl.col("_9")
    outcome_reason = dice.of(["not_necessary", "insufficient_evidence", "other_order_made"], n)
    notice = notice.with_columns(
        outcome_reason=pl.when(pl.col("_outcome") != "granted").then(outcome_reason),
        **{
            f"_s_{status}": pl.when(pl.col("_outcome") == status).then(closed)
            for status in ("granted", "refused", "withdrawn", "lapsed")
        },
        _s_adjourned=pl.when(adjourned).then(pl.col("_first")),
        _over=closed,
    )
    case = _case(notice, dice, "DVPN", "notice").with_columns(
        authoriser_rank=dice.pick(n, {"SUPT": 8, "CSUPT": 2}),
        service_method=pl.lit("personal"),
        child_welfare_considered=dice.pick(n, {"yes": 8, "not_applicable": 2}),
        victim_opinion_sought=dice.pick(n, {"yes": 9, "no": 1}),
        representations_considered=pl.lit("yes"),
        service_attempts=pl.lit(1, pl.Int64),
        risk_grade=dice.pick(n, {"high": 45, "medium": 40, "standard": 15}),
        da_flag=pl.lit(True),
        court_code=dice.pick(n, _MAGISTRATES),
        _known=pl.col("notice_served_ts"),
    )
    reason = {
        f"{name}_reason_recorded": pl.when(pl.col(field) != "yes").then(pl.lit(True))
        for name, field in {
            "child_welfare": "child_welfare_considered",
            "victim_opinion": "victim_opinion_sought",
            "representations": "representations_considered",
        }.items()
    }
    case = case.with_columns(**reason)
    return pl.concat([case, _orders_after(case, dice)], how="diagonal")


def _orders_after(case: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """The orders granted on the notices."""
    granted = case.filter(pl.col("_outcome") == "granted")
    n = granted.height
    made = local_date(pl.col("_final"))
    length = dice.pick(n, {"28": 75, "21": 12, "14": 8, "24": 5}).cast(pl.Int64)
    kept = [
        *("considered_ts", "applied_ts", "first_hearing_ts", "occurrence_no", "crime_ref"),
        *("subject_key", "protected_keys", "protected_child_flag", "subject_age_at_made", "lpt"),
        *("oic_unit", "risk_grade", "risk_graded_ts", "da_flag", "court_code", "court_case_ref"),
        *("_final", "_adjourned", "_outcome", "pncid", "_subject_force", "_protected_force"),
        *("imd_decile", "lsoa21", "beat"),
    ]
    order = granted.select(
        *kept,
        pl.lit("DVPO").alias("order_type"),
        pl.lit("applicant").alias("force_role"),
        pl.lit("police").alias("applicant_type"),
        pl.lit("21").alias("applicant_force"),
        pl.lit("Niche").alias("source_system"),
        pl.col("_k").str.replace("notice", "order").alias("_k"),
        pl.col("_k").alias("_parent"),
        (pl.col("_final") + dice.hours(n, 0.2, 4)).alias("created_ts"),
        made.alias("made_date"),
        made.alias("start_date"),
        (made + pl.duration(days=pl.lit(length - 1))).alias("end_date"),
        pl.lit(False).alias("until_further_order"),
        (pl.col("_final") + dice.hours(n, 4.5, 20)).alias("order_served_ts"),
        pl.col("_final").alias("_known"),
    )
    return order.with_columns(
        _v_made=pl.col("created_ts"),
        _s_granted=pl.col("created_ts"),
        _s_order_served=pl.col("order_served_ts"),
        _s_in_force=pl.col("order_served_ts") + hours(10),
        service_by=pl.lit("police"),
    )


def applications(dice: Dice) -> pl.DataFrame:
    """Stalking, sexual harm and other orders that the chief officer applies for."""
    types = [kind for kind, (number, _) in APPLICATIONS.items() for _ in range(number)]
    interim = [
        position < number * share
        for number, share in APPLICATIONS.values()
        for position in range(number)
    ]
    n = len(types)
    full = pl.DataFrame(
        {"order_type": types, "_interim": interim, "considered_ts": moments(dice, n)}
    ).with_columns(
        dice.hours(n, 24, 96).alias("_1"),
        dice.hours(n, 2, 48).alias("_2"),
        dice.hours(n, 4, 72).alias("_3"),
        dice.hours(n, 1, 8).alias("_4"),
        dice.whole(n, 8, 30).alias("_5"),
        dice.whole(n, 600, 930).alias("_6"),
        dice.share(n).alias("_fate"),
        dice.hours(n, 0.2, 6).alias("_7"),
    )
    full = full.with_columns(
        (pl.col("considered_ts") + pl.col("_1")).alias("auth_requested_ts"),
        (pl.col("considered_ts") + pl.col("_7")).alias("created_ts"),
    )
    full = full.with_columns((pl.col("auth_requested_ts") + pl.col("_2")).alias("authorised_ts"))
    full = full.with_columns((pl.col("authorised_ts") + pl.col("_3")).alias("applied_ts"))
    full = full.with_columns((pl.col("applied_ts") + pl.col("_4")).alias("_s_listed"))
    full = next_sitting(full, local_date(pl.col("applied_ts")) + days(pl.col("_5")), "_sits")
    full = full.with_columns(at(pl.col("_sits"), pl.col("_6")).alias("_final"))
    granted = pl.col("_interim") | (pl.col("_fate") < 0.92)
    made = local_date(pl.col("_final"))
    years = pl.Series([_YEARS[kind][0] for kind in types]) + (dice.share(n) * 3).cast(pl.Int64)
    longest = pl.Series([_YEARS[kind][1] for kind in types])
    years = pl.select(pl.min_horizontal(years, longest)).to_series()
    forever = dice.chance(n, 0.15) & pl.Series([kind in ("SHPO", "SRO") for kind in types])
    end = made.dt.offset_by(pl.format("{}y", pl.Series("y", years))) - days(1)
    closed = pl.col("_final") + hours(0.5)
    full = full.with_columns(
        _k=pl.format("application {}", pl.int_range(pl.len())),
        _outcome=pl.when(granted).then(pl.lit("granted")).otherwise(pl.lit("refused")),
        listed_ts=pl.col("_final"),
        first_hearing_ts=pl.col("_final"),
        made_date=pl.when(granted).then(made),
        start_date=pl.when(granted).then(made),
        end_date=pl.when(granted & ~forever).then(end),
        until_further_order=pl.when(granted).then(pl.Series("f", forever)),
        order_served_ts=pl.when(granted).then(pl.col("_final") + dice.hours(n, 1, 24)),
        outcome_reason=pl.when(~granted).then(pl.lit("not_necessary")),
        _known=pl.col("_final"),
        _v_made=closed,
        _s_granted=pl.when(granted).then(closed),
        _s_refused=pl.when(~granted).then(closed),
        _over=pl.when(~granted).then(closed),
    )
    full = full.with_columns(
        _s_order_served=pl.col("order_served_ts"),
        _s_in_force=pl.col("order_served_ts") + hours(10),
    )
    approved = pl.col("order_type").is_in(_APPROVED)
    case = _case(full, dice, None, "application").with_columns(
        authoriser_rank=pl.when(approved).then(dice.pick(n, {"SUPT": 7, "CSUPT": 2, "ACPO": 1})),
        risk_grade=dice.pick(n, {"high": 40, "medium": 40, "standard": 20}),
        da_flag=pl.col("order_type").is_in(["SPO"]) & dice.chance(n, 0.5),
        stalking_flag=pl.col("order_type") == "SPO",
        power_of_arrest_attached=pl.when(pl.col("order_type") == "INJ_ASB").then(pl.lit(True)),
        court_code=dice.pick(n, _MAGISTRATES),
        service_by=pl.lit("police"),
    )
    interims = _interims(case.filter("_interim"), dice)
    linked = interims.select(pl.col("_main").alias("_k"), pl.col("_k").alias("_parent"))
    return pl.concat([case.join(linked, on="_k", how="left"), interims], how="diagonal")


def _interims(full: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """The interim orders that hold until the full application is heard."""
    n = full.height
    first = next_sitting(full, local_date(pl.col("applied_ts")), "_sits").with_columns(
        (at(pl.col("_sits"), pl.lit(625))).alias("_heard")
    )
    made = local_date(pl.col("_heard"))
    kept = [
        *("considered_ts", "authorised_ts", "applied_ts", "occurrence_no", "crime_ref"),
        *("subject_key", "protected_keys", "protected_child_flag", "subject_age_at_made", "lpt"),
        *("oic_unit", "risk_grade", "risk_graded_ts", "da_flag", "court_code", "court_case_ref"),
        *("authoriser_rank", "pncid", "_subject_force", "_protected_force", "stalking_flag"),
        *("imd_decile", "lsoa21", "beat", "force_role", "applicant_type", "applicant_force"),
        *("source_system", "service_by"),
    ]
    return first.select(
        *kept,
        pl.format("{}_INT", "order_type").alias("order_type"),
        pl.lit(True).alias("interim_flag"),
        pl.format("interim of {}", "_k").alias("_k"),
        pl.col("_k").alias("_main"),
        (pl.col("_heard") + dice.hours(n, 0.2, 3)).alias("created_ts"),
        pl.col("_heard").alias("first_hearing_ts"),
        pl.col("_heard").alias("_final"),
        pl.lit("granted").alias("_outcome"),
        pl.col("_final").alias("next_hearing_ts"),
        made.alias("made_date"),
        made.alias("start_date"),
        (local_date(pl.col("_final")) + days(7)).alias("end_date"),
        pl.lit(False).alias("until_further_order"),
        (pl.col("_heard") + dice.hours(n, 3.5, 20)).alias("order_served_ts"),
        pl.col("_heard").alias("_known"),
        (pl.col("_heard") + hours(0.1)).alias("_v_made"),
        (pl.col("_heard") + hours(0.1)).alias("_s_granted"),
        (pl.col("_heard") + hours(24)).alias("_s_in_force"),
        (pl.col("_final") + hours(0.5)).alias("_s_superseded"),
        (pl.col("_final") + hours(0.5)).alias("_over"),
    )


def not_pursued(dice: Dice) -> pl.DataFrame:
    """Orders that were considered and decided against, each with its reason."""
    n = round(sum(NOT_PURSUED.values()))
    decided = pl.DataFrame({"considered_ts": moments(dice, n)}).with_columns(
        order_type=dice.pick(n, NOT_PURSUED),
        created_ts=pl.col("considered_ts") + dice.hours(n, 0.1, 3),
        _k=pl.format("not pursued {}", pl.int_range(pl.len())),
    )
    reasons = ["insufficient_evidence", "bail_conditions_suffice", "threshold_not_met"]
    return _case(decided, dice, None, "declined").with_columns(
        _s_not_pursued=pl.col("created_ts") + hours(0.5),
        consideration_outcome=pl.lit("not_pursued"),
        not_pursued_reason=dice.of(reasons, n),
        risk_grade=dice.pick(n, {"high": 20, "medium": 50, "standard": 30}),
        da_flag=pl.col("order_type") == "DVPN",
    )


def _case(frame: pl.DataFrame, dice: Dice, kind: str | None, label: str) -> pl.DataFrame:
    """What every case of the force's own carries."""
    typed = frame.with_columns(pl.lit(kind).alias("order_type")) if kind else frame
    return case_columns(typed, dice, label).with_columns(
        force_role=pl.lit("applicant"),
        applicant_type=pl.lit("police"),
        applicant_force=pl.lit("21"),
        risk_graded_ts=pl.col("considered_ts"),
        source_system=pl.lit("Niche"),
        subject_age_at_made=dice.whole(frame.height, 18, 67),
        _s_considered=pl.col("created_ts"),
        **{
            f"_s_{status}": pl.col(f"{stem}_ts")
            for status, stem in (
                ("auth_requested", "auth_requested"),
                ("authorised", "authorised"),
                ("issued", "issued"),
                ("notice_served", "notice_served"),
                ("applied", "applied"),
            )
            if f"{stem}_ts" in frame.columns
        },
    )
