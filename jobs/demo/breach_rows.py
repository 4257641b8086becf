"""The rows that belong to breaches: reviews, and who was told."""

from __future__ import annotations

import polars as pl

from jobs.demo.chance import Dice
from jobs.demo.when import days

_TEXTS = [
    "Evidence is secured and the enquiry plan is agreed",
    "Suspect dealt with, victim updated, file to be built",
    "Further statements are wanted before a decision is made",
]


def breach_reviews(frame: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """A supervisor's first look within a day of recording, then while the breach is open."""
    n = frame.height
    high = pl.col("risk_grade") == "high"
    step = pl.when(high).then(5).otherwise(20).cast(pl.Int64)
    first = pl.col("recorded_ts") + dice.hours(n, 1, 20)
    looked = frame.with_columns(_first=first, _step=step)
    count = (
        ((pl.col("_open_until") - pl.col("_first")).dt.total_days() // pl.col("_step"))
        .fill_null(0)
        .clip(0)
    )
    periodic = (
        looked.with_columns(_i=pl.int_ranges(1, count + 1))
        .explode("_i", empty_as_null=False)
        .filter(pl.col("_i").is_not_null())
    )
    wanted = looked.filter("_outstanding")
    rows = pl.concat(
        [
            _row(looked, "initial", "sgt", "supervisor_id", pl.col("_first")),
            _row(
                periodic,
                "periodic",
                "sgt",
                "supervisor_id",
                pl.col("_first") + days(pl.col("_i") * pl.col("_step")),
            ),
            _row(
                wanted,
                "periodic",
                "insp",
                "_inspector",
                pl.col("reported_ts") + dice.hours(wanted.height, 1, 20),
            ),
        ]
    )
    return rows.with_columns(
        object_type=pl.lit("breach"),
        outcome=dice.pick(rows.height, {"no_action": 5, "actions_set": 4, "escalate": 1}),
        text=pl.format(
            "{} (note {})", pl.lit(dice.of(_TEXTS, rows.height)), pl.int_range(pl.len())
        ),
    )


def _row(frame: pl.DataFrame, kind: str, level: str, who: str, moment: pl.Expr) -> pl.DataFrame:
    return frame.select(
        breach_k="_k",
        kind=pl.lit(kind),
        level=pl.lit(level),
        reviewer_id=who,
        reviewed_ts=moment,
        _shown=moment,
    )


def breach_shares(frame: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """The victim is told of each milestone within a day; repeat breaches are escalated."""
    milestones = [
        frame.filter(pl.col(name).is_not_null()).select("_k", _moment=name)
        for name in ("arrested_ts", "_d1_ts", "_d2_ts")
    ]
    told = pl.concat(milestones)
    again = frame.filter("_again").select("_k", _moment="reported_ts")
    parts = [
        _told(told, "victim", dice.hours(told.height, 0.3, 20), dice),
        _told(again, "da_lead", dice.hours(again.height, 12, 36), dice),
    ]
    return pl.concat(parts).with_columns(object_type=pl.lit("breach"))


def _told(frame: pl.DataFrame, kind: str, after: pl.Series, dice: Dice) -> pl.DataFrame:
    moment = pl.col("_moment") + after
    return frame.select(
        breach_k="_k",
        kind=pl.lit(kind),
        direction=pl.lit("out"),
        sent_ts=moment,
        method=dice.of(["phone", "text_message", "email", "in_person"], frame.height),
        status=pl.lit("done"),
        _shown=moment,
    )
