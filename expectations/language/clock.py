"""Deadlines: the statutory clock, working days, local days and the law's ways of counting them.

Crime and Security Act 2010 ss.26-29 and Domestic Abuse Act 2021 ss.26(4), 29(3): in reckoning the
24 and 48 hours, Sundays, Christmas Day, Good Friday and bank holidays are left out; Saturdays
count. Instants are UTC; which day an hour falls on is decided in Europe/London.

Polars knows the clock changes up to 2099; later days are read in GMT.

Functions on columns take and give Polars expressions; an empty value gives an empty value.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

#: The zone that every local date and time is read in.
LONDON = ZoneInfo("Europe/London")

_INSTANT = pl.Datetime("us", "UTC")
_US = pl.Int64()
_HOUR_US = 3_600_000_000
_SATURDAY = 6
_SUNDAY = 7


class LocalInstant(NamedTuple):
    """What a naive local time stands for.

    Attributes:
        instant: The UTC instant: the earlier of two where the clocks went back, an hour later on
            the clock where they went forward over it.
        ambiguous: The local time happened twice.
        nonexistent: The local time never happened.
    """

    instant: pl.Expr
    ambiguous: pl.Expr
    nonexistent: pl.Expr


class _Gaps(NamedTuple):
    """Uncounted days in order, in microseconds since 1970 UTC, ready for binary search.

    Attributes:
        starts: First instant of each uncounted day.
        ends: At i, where the (i-1)th uncounted day ends; the first is before all time.
        skipped: At i, how long the first i uncounted days last together.
        reached: Counted time that has run when each uncounted day begins.
    """

    starts: pl.Series
    ends: pl.Series
    skipped: pl.Series
    reached: pl.Series


def counted_deadline(start: pl.Expr, hours: int | pl.Expr, excluded: Collection[date]) -> pl.Expr:
    """The first instant at which that many counted hours have run from `start`.

    Hours that fall on a Sunday or an excluded local date do not count. A deadline that falls at
    the end of a counted day stays there: it is not pushed over the uncounted day that follows.

    Args:
        start: Instants.
        hours: Counted hours, whole and not negative.
        excluded: Local dates that are not counted; Sundays need not be among them.

    Returns:
        UTC instants.
    """
    gaps = _gaps(frozenset(excluded), (_SUNDAY,))
    return (
        pl.struct(start=_microseconds(start), hours=_whole(hours))
        .map_batches(lambda given: _deadline(given, gaps), return_dtype=_US, is_elementwise=True)
        .cast(_INSTANT)
    )


def weekday_hours(start: pl.Expr, end: pl.Expr, bank_holidays: Collection[date]) -> pl.Expr:
    """Hours from `start` to `end` without those on Saturdays, Sundays and bank holidays.

    Negative where `end` is before `start`.
    """
    gaps = _gaps(frozenset(bank_holidays), (_SATURDAY, _SUNDAY))
    between = pl.struct(start=_microseconds(start), end=_microseconds(end)).map_batches(
        lambda given: (
            _counted_until(given.struct.field("end"), gaps)
            - _counted_until(given.struct.field("start"), gaps)
        ),
        return_dtype=_US,
        is_elementwise=True,
    )
    return between / _HOUR_US


def add_working_days(day: pl.Expr, n: int | pl.Expr, bank_holidays: Collection[date]) -> pl.Expr:
    """The nth working day after a date: Monday to Friday, not a bank holiday.

    Args:
        day: Dates, which need not be working days themselves.
        n: 1 or more. 0 gives the day itself, or the working day before it.
        bank_holidays: Days that are not working days.
    """
    return day.dt.add_business_days(
        _whole(n).cast(pl.Int32), holidays=sorted(bank_holidays), roll="backward"
    )


def working_day_deadline(
    day: pl.Expr, n: int | pl.Expr, bank_holidays: Collection[date]
) -> pl.Expr:
    """The last instant of the nth working day after a date."""
    return end_of_day(add_working_days(day, n, bank_holidays))


def local_date(instant: pl.Expr) -> pl.Expr:
    """The date in Europe/London at an instant."""
    return instant.dt.convert_time_zone(LONDON.key).dt.date()


def start_of_day(day: pl.Expr) -> pl.Expr:
    """The first instant of a local date, in UTC."""
    return local_instant(day.cast(pl.Datetime("us"))).instant


def end_of_day(day: pl.Expr) -> pl.Expr:
    """The last microsecond of a local date, in UTC."""
    return start_of_day(day.dt.offset_by("1d")) - pl.duration(microseconds=1)


def local_instant(naive: pl.Expr) -> LocalInstant:
    """The instants that naive local times stand for, and which of them are in doubt."""
    local = naive.dt.cast_time_unit("us")
    certain = _in_london(local, ambiguous="null")
    earliest = _in_london(local, ambiguous="earliest")
    moved = _in_london(local.dt.offset_by("1h"), ambiguous="earliest")
    return LocalInstant(
        instant=pl.coalesce(earliest, moved).dt.convert_time_zone("UTC"),
        ambiguous=_null_with(certain.is_null() & earliest.is_not_null(), local),
        nonexistent=_null_with(earliest.is_null(), local),
    )


def beginning_with(day: pl.Expr, n: int | pl.Expr) -> pl.Expr:
    """The last of "n days beginning with the day": that day is the first of them."""
    return day + pl.duration(days=_whole(n) - 1)


def inclusive_days(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    """How many days there are from the first to the last, both counted."""
    return (last - first).dt.total_days() + 1


def add_years(day: pl.Expr, n: int | pl.Expr) -> pl.Expr:
    """The same date n years on; 29 February becomes the 28th where there is none."""
    year = day.dt.year() + _whole(n).cast(pl.Int32)
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    leap_day = (day.dt.month() == 2) & (day.dt.day() == 29)
    return pl.date(year, day.dt.month(), pl.when(leap_day & ~leap).then(28).otherwise(day.dt.day()))


def as_of(business_date: date, at: time) -> datetime:
    """The UTC instant at which a night's records are judged.

    Args:
        business_date: The night.
        at: Local time; the earlier of two where the clocks go back.
    """
    return datetime.combine(business_date, at, tzinfo=LONDON).astimezone(UTC)


@lru_cache(maxsize=16)
def _gaps(dates: frozenset[date], weekdays: tuple[int, ...]) -> _Gaps:
    """The uncounted days of every year that a date can have, so that no year is outside the table.

    Args:
        dates: Uncounted dates.
        weekdays: Uncounted days of the week, Monday being 1.
    """
    named = _bounds(pl.Series(sorted(dates), dtype=pl.Date))
    frame = pl.concat([_every(weekdays), named]).unique("start").sort("start")
    starts, ends = frame["start"], frame["end"]
    none = pl.Series([0], dtype=pl.Int64)
    skipped = pl.concat([none, (ends - starts).cum_sum()])
    return _Gaps(
        starts=starts,
        ends=pl.concat([pl.Series([-(2**62)], dtype=pl.Int64), ends]),
        skipped=skipped,
        reached=starts - skipped.head(len(starts)),
    )


@lru_cache
def _every(weekdays: tuple[int, ...]) -> pl.DataFrame:
    return _bounds(
        pl.concat(
            # 1 January of year 1 is a Monday; the last midnight must still have a Python date.
            pl.date_range(date(1, 1, weekday), date(9999, 12, 30), "1w", eager=True)
            for weekday in weekdays
        )
    )


def _bounds(days: pl.Series) -> pl.DataFrame:
    return (
        days.alias("day")
        .to_frame()
        .select(
            start=_microseconds(start_of_day(pl.col("day"))),
            end=_microseconds(start_of_day(pl.col("day").dt.offset_by("1d"))),
        )
    )


def _deadline(given: pl.Series, gaps: _Gaps) -> pl.Series:
    """Deadlines of a struct of `start` and `hours`, looked up for a whole column at once."""
    start = given.struct.field("start")
    target = _counted_until(start, gaps) + given.struct.field("hours") * _HOUR_US
    end = target + gaps.skipped.gather(gaps.reached.search_sorted(target, side="left"))
    # Nought hours from within an uncounted day have run already.
    return end.zip_with((end > start).fill_null(True), start)


def _counted_until(instant: pl.Series, gaps: _Gaps) -> pl.Series:
    """Counted time that has run by an instant; within an uncounted day it stands still."""
    # A null is found at one end of the table; what is worked out from it is null all the same.
    begun = gaps.starts.search_sorted(instant, side="right")
    resumed = gaps.ends.gather(begun)
    running = resumed.zip_with((resumed > instant).fill_null(False), instant)
    return running - gaps.skipped.gather(begun)


def _null_with(expr: pl.Expr, other: pl.Expr) -> pl.Expr:
    return pl.when(other.is_not_null()).then(expr)


def _in_london(naive: pl.Expr, *, ambiguous: Literal["null", "earliest"]) -> pl.Expr:
    return naive.dt.replace_time_zone(LONDON.key, ambiguous=ambiguous, non_existent="null")


def _microseconds(instant: pl.Expr) -> pl.Expr:
    return instant.dt.convert_time_zone("UTC").dt.cast_time_unit("us").to_physical()


def _whole(n: int | pl.Expr) -> pl.Expr:
    return (pl.lit(n) if isinstance(n, int) else n).cast(pl.Int64)
