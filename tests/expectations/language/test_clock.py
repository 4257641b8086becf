"""The statutory clock, working days and local days."""

from __future__ import annotations

import random
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.calendar import load_calendar
from expectations.language import clock
from expectations.language.clock import LONDON

CALENDAR = load_calendar()
COUNTING_DISPUTED = CALENDAR.excluded - CALENDAR.disputed
SKIPPING_DISPUTED = CALENDAR.excluded | CALENDAR.disputed

INSTANT = pl.Datetime("us", "UTC")


def london(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON, fold=fold).astimezone(UTC)


def one(expr: pl.Expr) -> object:
    return pl.select(expr).item()


def deadline(start: datetime, hours: int, excluded: Collection[date] = ()) -> datetime:
    frame = pl.DataFrame({"start": [start]}, schema={"start": INSTANT})
    found = frame.select(clock.counted_deadline(pl.col("start"), hours, excluded)).item()
    assert isinstance(found, datetime)
    return found


def oracle(start: datetime, hours: int, excluded: Collection[date]) -> datetime:
    """Walk from one UTC hour to the next; all local midnights of these years are on the hour."""
    left = timedelta(hours=hours)
    at = start
    while left:
        local = at.astimezone(LONDON).date()
        following = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        if local.isoweekday() == 7 or local in excluded:
            at = following
            continue
        step = min(following - at, left)
        left -= step
        at += step
    return at


WORKED = [
    # served, hours, deadline with disputed days counted, and left out
    ("2026-11-19T10:00", 48, "2026-11-21T10:00", "2026-11-21T10:00"),
    ("2026-11-19T10:00", 24, "2026-11-20T10:00", "2026-11-20T10:00"),
    ("2026-11-21T20:00", 48, "2026-11-24T20:00", "2026-11-24T20:00"),
    ("2026-11-21T20:00", 24, "2026-11-23T20:00", "2026-11-23T20:00"),
    ("2026-11-22T10:00", 48, "2026-11-25T00:00", "2026-11-25T00:00"),
    ("2026-11-22T10:00", 24, "2026-11-24T00:00", "2026-11-24T00:00"),
    ("2026-12-24T10:00", 48, "2026-12-29T10:00", "2026-12-30T10:00"),
    ("2026-12-24T10:00", 24, "2026-12-26T10:00", "2026-12-29T10:00"),
    ("2026-04-02T18:00", 48, "2026-04-07T18:00", "2026-04-07T18:00"),
    ("2026-04-02T18:00", 24, "2026-04-04T18:00", "2026-04-04T18:00"),
    ("2026-10-24T23:00", 48, "2026-10-27T23:00", "2026-10-27T23:00"),
    ("2026-10-24T23:00", 24, "2026-10-26T23:00", "2026-10-26T23:00"),
    # the cases of the rules
    ("2026-11-20T10:00", 48, "2026-11-23T10:00", "2026-11-23T10:00"),
    ("2026-11-20T18:00", 48, "2026-11-23T18:00", "2026-11-23T18:00"),
    ("2026-11-23T02:29", 24, "2026-11-24T02:29", "2026-11-24T02:29"),
    ("2026-11-23T02:30", 48, "2026-11-25T02:30", "2026-11-25T02:30"),
    ("2020-12-24T10:00", 48, "2020-12-29T10:00", "2020-12-30T10:00"),
    ("2026-12-25T09:00", 24, "2026-12-27T00:00", "2026-12-30T00:00"),
    # Christmas 2026: Friday 25, Saturday 26 disputed, Sunday 27, Monday 28 the substitute
    ("2026-12-23T10:00", 24, "2026-12-24T10:00", "2026-12-24T10:00"),
    ("2026-12-23T10:00", 48, "2026-12-26T10:00", "2026-12-29T10:00"),
    ("2026-12-24T00:00", 24, "2026-12-25T00:00", "2026-12-25T00:00"),
    ("2026-12-24T00:00", 48, "2026-12-27T00:00", "2026-12-30T00:00"),
    ("2026-12-25T09:00", 48, "2026-12-30T00:00", "2026-12-31T00:00"),
    ("2026-12-26T12:00", 24, "2026-12-29T12:00", "2026-12-30T00:00"),
    ("2026-12-26T12:00", 48, "2026-12-30T12:00", "2026-12-31T00:00"),
    ("2026-12-27T12:00", 24, "2026-12-30T00:00", "2026-12-30T00:00"),
    ("2026-12-28T23:59", 48, "2026-12-31T00:00", "2026-12-31T00:00"),
    ("2026-12-31T10:00", 48, "2027-01-04T10:00", "2027-01-04T10:00"),
    # Christmas 2027: Saturday 25, Sunday 26, substitutes on Monday 27 and Tuesday 28
    ("2027-12-23T10:00", 48, "2027-12-29T10:00", "2027-12-29T10:00"),
    ("2027-12-24T10:00", 24, "2027-12-29T10:00", "2027-12-29T10:00"),
    ("2027-12-24T10:00", 48, "2027-12-30T10:00", "2027-12-30T10:00"),
    ("2027-12-25T09:00", 24, "2027-12-30T00:00", "2027-12-30T00:00"),
    ("2027-12-28T09:00", 48, "2027-12-31T00:00", "2027-12-31T00:00"),
    # the clocks go forward on 29 March 2026
    ("2026-03-28T23:00", 24, "2026-03-30T23:00", "2026-03-30T23:00"),
    ("2026-03-29T03:00", 24, "2026-03-31T00:00", "2026-03-31T00:00"),
]


@pytest.mark.parametrize(("served", "hours", "strict", "later"), WORKED)
def test_worked_examples_both_ways(served: str, hours: int, strict: str, later: str) -> None:
    assert deadline(london(served), hours, COUNTING_DISPUTED) == london(strict)
    assert deadline(london(served), hours, SKIPPING_DISPUTED) == london(later)


def test_deadline_at_the_end_of_a_counted_day_is_not_pushed_over_the_next() -> None:
    assert deadline(london("2026-11-20T00:00"), 48) == london("2026-11-22T00:00")
    assert deadline(london("2026-11-20T00:00") + timedelta(microseconds=1), 48) == london(
        "2026-11-23T00:00"
    ) + timedelta(microseconds=1)


def test_no_hours_end_where_they_start() -> None:
    for start in (
        london("2026-11-22T10:00"),
        london("2026-11-22T00:00"),
        london("2026-11-20T10:00"),
    ):
        assert deadline(start, 0) == start


@pytest.mark.parametrize("year", [1900, 1968, 2099])
def test_only_sundays_are_skipped_outside_the_list(year: int) -> None:
    for month in (3, 6, 10):
        start = datetime(year, month, 20, 12, tzinfo=UTC)
        for hours in (24, 48, 480):
            assert deadline(start, hours, SKIPPING_DISPUTED) == oracle(start, hours, ())


def test_empty_in_empty_out() -> None:
    frame = pl.DataFrame(
        {
            "start": [None, london("2026-11-20T10:00"), london("2026-11-20T10:00")],
            "h": [24, None, 24],
        },
        schema={"start": INSTANT, "h": pl.Int32},
    )
    found = frame.select(clock.counted_deadline(pl.col("start"), pl.col("h"), ())).to_series()
    assert found.to_list() == [None, None, london("2026-11-21T10:00")]
    assert found.dtype == INSTANT
    empty = frame.select(pl.lit(None, dtype=INSTANT).alias("start")).head(1)
    assert empty.select(clock.counted_deadline(pl.col("start"), 24, ())).item() is None


def test_a_fixed_instant_goes_with_any_number_of_rows() -> None:
    asof = pl.lit(london("2026-11-22T10:00"), dtype=INSTANT)
    for height in (0, 1, 3):
        frame = pl.DataFrame({"h": [24] * height}, schema={"h": pl.Int64})
        for lazy in (frame.lazy(), frame.lazy().with_row_index()):
            found = lazy.with_columns(due=clock.counted_deadline(asof, 24, ())).collect()
            assert found["due"].to_list() == [london("2026-11-24T00:00")] * height
            by_row = lazy.with_columns(due=clock.counted_deadline(asof, pl.col("h"), ())).collect()
            assert by_row["due"].to_list() == found["due"].to_list()


def test_other_zones_and_units_are_the_same_instant() -> None:
    start = pl.lit(london("2026-06-06T23:30")).dt.convert_time_zone("Europe/London")
    for unit in ("ms", "us", "ns"):
        found = one(clock.counted_deadline(start.dt.cast_time_unit(unit), 1, ()))
        assert found == london("2026-06-08T00:30")


instants = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
day_sets = st.frozensets(st.dates(date(2015, 1, 1), date(2035, 3, 1)), max_size=40)


@given(start=instants, hours=st.integers(0, 240), days=day_sets, near=st.sets(st.integers(-2, 12)))
@settings(max_examples=100)
def test_clock_agrees_with_the_slow_one(
    start: datetime, hours: int, days: frozenset[date], near: set[int]
) -> None:
    excluded = days | {start.date() + timedelta(days=n) for n in near}
    assert deadline(start, hours, excluded) == oracle(start, hours, excluded)


def test_clock_agrees_with_the_slow_one_on_every_change_and_twenty_years() -> None:
    chance = random.Random(20261124)
    first = datetime(2015, 1, 1, tzinfo=UTC)
    starts = [first + timedelta(seconds=chance.randrange(20 * 365 * 86_400)) for _ in range(4000)]
    changes = [
        datetime(year, month, day, 1, tzinfo=UTC)
        for year in range(2015, 2035)
        for month, day in ((3, _last_sunday(year, 3)), (10, _last_sunday(year, 10)))
    ]
    starts += [
        at + timedelta(minutes=m) for at in changes for m in (-1500, -120, -1, 0, 1, 59, 1440)
    ]
    hours = [chance.choice((1, 24, 48, 72)) for _ in starts]
    frame = pl.DataFrame({"start": starts, "h": hours}, schema={"start": INSTANT, "h": pl.Int64})
    expr = clock.counted_deadline(pl.col("start"), pl.col("h"), SKIPPING_DISPUTED)
    found = frame.select(expr).to_series().to_list()
    slow = [oracle(s, h, SKIPPING_DISPUTED) for s, h in zip(starts, hours, strict=True)]
    assert found == slow


def _last_sunday(year: int, month: int) -> int:
    return max(d for d in range(25, 32) if date(year, month, d).isoweekday() == 7)


@given(pair=st.tuples(instants, instants), hours=st.integers(0, 200), days=day_sets)
@settings(max_examples=40)
def test_a_later_start_or_more_hours_never_end_earlier(
    pair: tuple[datetime, datetime], hours: int, days: frozenset[date]
) -> None:
    early, late = sorted(pair)
    assert deadline(early, hours, days) <= deadline(late, hours, days)
    assert deadline(early, hours, days) < deadline(early, hours + 1, days)


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        ("2026-11-20", 1, "2026-11-23"),
        ("2026-11-21", 1, "2026-11-23"),
        ("2026-11-22", 1, "2026-11-23"),
        ("2026-11-22", 5, "2026-11-27"),
        ("2026-11-20", 5, "2026-11-27"),
        ("2026-12-24", 1, "2026-12-29"),
        ("2026-12-25", 1, "2026-12-29"),
        ("2026-12-26", 2, "2026-12-30"),
        ("2027-12-24", 1, "2027-12-29"),
        ("2026-04-02", 1, "2026-04-07"),
        ("2026-11-24", 0, "2026-11-24"),
        ("2026-11-22", 0, "2026-11-20"),
    ],
)
def test_working_days(day: str, n: int, expected: str) -> None:
    given_day = pl.lit(date.fromisoformat(day))
    assert one(clock.add_working_days(given_day, n, CALENDAR.bank_holidays)) == date.fromisoformat(
        expected
    )
    assert one(clock.working_day_deadline(given_day, n, CALENDAR.bank_holidays)) == london(
        expected + "T23:59:59.999999"
    )


@given(day=st.dates(date(2015, 1, 1), date(2034, 1, 1)), n=st.integers(1, 30), days=day_sets)
@settings(max_examples=100)
def test_working_days_agree_with_counting_them(day: date, n: int, days: frozenset[date]) -> None:
    slow, left = day, n
    while left:
        slow += timedelta(days=1)
        left -= slow.isoweekday() < 6 and slow not in days
    assert one(clock.add_working_days(pl.lit(day), n, days)) == slow


def test_working_days_empty_in_empty_out() -> None:
    frame = pl.DataFrame(
        {"d": [None, date(2026, 11, 20), date(2026, 11, 20)], "n": [1, None, 1]},
        schema={"d": pl.Date, "n": pl.Int64},
    )
    found = frame.select(clock.working_day_deadline(pl.col("d"), pl.col("n"), ())).to_series()
    assert found.to_list() == [None, None, london("2026-11-23T23:59:59.999999")]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-06-01", "2026-11-24"])
def test_local_days_begin_and_end_at_local_midnight(day: str) -> None:
    given_day = pl.lit(date.fromisoformat(day))
    start, end = one(clock.start_of_day(given_day)), one(clock.end_of_day(given_day))
    assert start == london(day + "T00:00")
    assert end == london(day + "T23:59:59.999999")
    for instant in (start, end):
        assert one(clock.local_date(pl.lit(instant))) == date.fromisoformat(day)


def test_local_times_that_happened_twice_or_never() -> None:
    naive = [
        datetime(2026, 10, 25, 1, 30),
        datetime(2026, 3, 29, 1, 30),
        datetime(2026, 7, 1, 12, 0),
        datetime(2026, 10, 25, 2, 0),
        None,
    ]
    read = clock.local_instant(pl.col("t"))
    found = pl.DataFrame({"t": naive}).select(
        at=read.instant, ambiguous=read.ambiguous, nonexistent=read.nonexistent
    )
    assert found.rows() == [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True, False),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), False, True),
        (datetime(2026, 7, 1, 11, 0, tzinfo=UTC), False, False),
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), False, False),
        (None, None, None),
    ]


@given(naive=st.datetimes(datetime(1972, 1, 1), datetime(2060, 1, 1)))
@settings(max_examples=100)
def test_local_times_agree_with_the_zone(naive: datetime) -> None:
    assert one(clock.local_instant(pl.lit(naive)).instant) == naive.replace(
        tzinfo=LONDON, fold=0
    ).astimezone(UTC)


def test_days_beginning_with_a_day() -> None:
    made = pl.lit(date(2026, 11, 20))
    assert one(clock.beginning_with(made, 3)) == date(2026, 11, 22)
    assert one(clock.beginning_with(made, 28)) == date(2026, 12, 17)
    assert one(clock.inclusive_days(made, clock.beginning_with(made, 28))) == 28


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2096, 2, 29), 4, date(2100, 2, 28)),
        (date(1996, 2, 29), 4, date(2000, 2, 29)),
        (date(2023, 2, 28), 1, date(2024, 2, 28)),
        (date(2024, 11, 23), 2, date(2026, 11, 23)),
        (None, 2, None),
        (date(2024, 2, 29), None, None),
    ],
)
def test_years_on(day: date | None, n: int | None, expected: date | None) -> None:
    frame = pl.DataFrame({"d": [day], "n": [n]}, schema={"d": pl.Date, "n": pl.Int64})
    assert frame.select(clock.add_years(pl.col("d"), pl.col("n"))).item() == expected


def test_the_instant_of_a_night() -> None:
    assert clock.as_of(date(2026, 11, 24), time(2, 30)) == datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
    assert clock.as_of(date(2026, 7, 1), time(2, 30)) == datetime(2026, 7, 1, 1, 30, tzinfo=UTC)
    assert clock.as_of(date(2026, 10, 25), time(2, 30)) == datetime(2026, 10, 25, 2, 30, tzinfo=UTC)
    assert clock.as_of(date(2026, 3, 29), time(2, 30)).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-20T17:00", "2026-11-24T02:30", 33.5),
        ("2026-11-21T10:00", "2026-11-22T10:00", 0.0),
        ("2026-11-23T02:30", "2026-11-24T02:30", 24.0),
        ("2026-12-24T12:00", "2026-12-29T06:00", 18.0),
        ("2026-10-23T12:00", "2026-10-26T12:00", 24.0),
        ("2026-11-24T02:30", "2026-11-20T17:00", -33.5),
    ],
)
def test_weekday_hours(start: str, end: str, expected: float) -> None:
    holidays = CALENDAR.bank_holidays
    found = one(clock.weekday_hours(pl.lit(london(start)), pl.lit(london(end)), holidays))
    assert found == expected


def test_weekday_hours_empty_in_empty_out() -> None:
    none = pl.lit(None, dtype=INSTANT)
    here = pl.lit(london("2026-11-20T17:00"))
    assert one(clock.weekday_hours(none, here, ())) is None
    assert one(clock.weekday_hours(here, none, ())) is None


def test_far_years_skip_sundays_read_in_gmt() -> None:
    saturday = datetime(2300, 6, 16, 20, tzinfo=UTC)
    assert saturday.isoweekday() == 6
    assert deadline(saturday, 24) == datetime(2300, 6, 18, 20, tzinfo=UTC)
