"""Local days and times of the demo, as expressions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import polars as pl

from config.calendar import load_calendar
from config.records import TIMESTAMP
from expectations.language import as_of

LONDON = "Europe/London"

#: The three nights: a Sunday, a Monday and a Tuesday.
NIGHTS = (date(2026, 11, 22), date(2026, 11, 23), date(2026, 11, 24))
#: The first day of the three years of records.
FIRST_DAY = date(2023, 11, 27)
#: Lives are made up to this day, so that time goes on between the nights.
LAST_DAY = date(2026, 12, 1)

_SUNDAY = 7
#: The time of day of every night.
AS_OF = time(2, 30)
#: The extracts of a night hold what was entered ten minutes before it.
_BEFORE = timedelta(minutes=10)


def cut_off(night: date) -> datetime:
    """Nothing later than this is in the extracts of a night."""
    return as_of(night, AS_OF) - _BEFORE


def minutes_of_day(instant: pl.Expr) -> pl.Expr:
    """Minutes from local midnight to an instant."""
    local = instant.dt.convert_time_zone(LONDON)
    return local.dt.hour().cast(pl.Int64) * 60 + local.dt.minute()


def at(day: pl.Expr, minutes: pl.Expr) -> pl.Expr:
    """The instant so many minutes after midnight of a local day; for minutes after 03:00."""
    wall = day.cast(pl.Datetime("us")) + pl.duration(minutes=minutes)
    return (
        wall.dt.replace_time_zone(LONDON, ambiguous="earliest", non_existent="null")
        .dt.convert_time_zone("UTC")
        .cast(TIMESTAMP)
    )


def days(number: pl.Expr | int) -> pl.Expr:
    """A duration of whole days."""
    return pl.duration(days=number)


def hours(number: float) -> pl.Expr:
    """A duration of hours."""
    return pl.lit(timedelta(hours=number), pl.Duration("us"))


def off_midnight(instant: pl.Expr) -> pl.Expr:
    """The instant, a minute later where it is local midnight: 00:00 reads as a missing time."""
    midnight = minutes_of_day(instant) == 0
    return instant + pl.when(midnight).then(timedelta(minutes=1)).otherwise(timedelta(0))


def sitting_days() -> pl.DataFrame:
    """The days on which the statutory clock counts and a court sits, column `sits`."""
    excluded = load_calendar().excluded
    span = pl.date_range(date(2020, 1, 1), date(2028, 1, 1), eager=True).alias("sits")
    frame = span.to_frame()
    return frame.filter(
        ~pl.col("sits").is_in(sorted(excluded)) & (pl.col("sits").dt.weekday() != _SUNDAY)
    ).set_sorted("sits")


def next_sitting(frame: pl.DataFrame, day: pl.Expr, name: str) -> pl.DataFrame:
    """`frame` with the first sitting day after `day` in the column `name`."""
    wanted = (
        frame.drop(name, strict=False)
        .with_row_index("_row")
        .with_columns((day + days(1)).alias("_after"))
    )
    found = wanted.sort("_after").join_asof(
        sitting_days().rename({"sits": name}),
        left_on="_after",
        right_on=name,
        strategy="forward",
        coalesce=False,
        check_sortedness=False,
    )
    return found.sort("_row").drop("_row", "_after")
