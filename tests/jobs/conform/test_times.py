"""Dates and times as extracts write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.language.clock import local_instant
from jobs.conform.times import format_fault, join_time, read_dates, read_instants

LONDON = "Europe/London"


def instants(*texts: str | None, formats: tuple[str, ...] = (), zone: str = LONDON,
             real: bool = False) -> list[tuple[str | None, bool | None]]:  # fmt: skip
    found = read_instants(pl.Series(texts, dtype=pl.String), formats, zone, midnight_real=real)
    shown = found.instant.dt.strftime("%Y-%m-%d %H:%M:%S")
    return list(zip(shown, found.time_known, strict=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23 14:30", "2026-11-23 14:30:00"),
        ("2026-07-23 14:30:15", "2026-07-23 13:30:15"),
        ("23/11/2026 14:30", "2026-11-23 14:30:00"),
        ("3/1/2026 4:05", "2026-01-03 04:05:00"),
        ("04/11/26 14:30", "2026-11-04 14:30:00"),
        ("23-Nov-2026 14:30:15", "2026-11-23 14:30:15"),
        ("23 November 2026 14:30", "2026-11-23 14:30:00"),
        ("23/11/2026 2:30 PM", "2026-11-23 14:30:00"),
        ("20261123143000", "2026-11-23 14:30:00"),
        ("46349.604166667", "2026-11-23 14:30:00"),
        # An offset is taken at its word, in summer and beside local times.
        ("2026-07-23T14:30:00Z", "2026-07-23 14:30:00"),
        ("2026-07-23 14:30:00+01:00", "2026-07-23 13:30:00"),
        ("2026-07-23 14:30:00+00", "2026-07-23 14:30:00"),
        ("2026-07-23T14:30:00.123-0500", "2026-07-23 19:30:00"),
        ("23/07/2026 14:30 BST", "2026-07-23 13:30:00"),
        ("2026-10-25 01:30:00Z", "2026-10-25 01:30:00"),
    ],
)
def test_a_time_is_read(text: str, expected: str) -> None:
    assert instants(text) == [(expected, True)]


@pytest.mark.parametrize(
    "text", ["see log", "2.126E+10", "99999", "12345", "31/02/2026", "12/25/2026", "0026-11-04",
             "2026-11-23 25:00", "126", "2026"],
)  # fmt: skip
def test_what_is_no_time_is_not_read(text: str) -> None:
    assert instants(text) == [(None, None)]


def test_a_date_alone_and_midnight_have_no_time_of_day() -> None:
    texts = ("23/11/2026", "46349", "23/11/2026 00:00", "2026-07-22T23:00:00Z", "2026-11-23 00:01")
    assert [known for _, known in instants(*texts)] == [False, False, False, False, True]
    real = instants(*texts, real=True)
    assert [known for _, known in real] == [False, False, True, True, True]


def test_the_clock_goes_back_and_forward() -> None:
    texts = pl.Series(["2026-10-25 01:30", "2026-03-29 01:30", "2026-10-25 02:30", None])
    found = read_instants(texts, (), LONDON, midnight_real=False)
    expected = [(25, 0), (29, 1), (25, 2)]
    assert [(t.day, t.hour) for t in found.instant.drop_nulls()] == expected
    assert found.ambiguous.to_list()[:3] == [True, False, False]
    assert found.nonexistent.to_list()[:3] == [False, True, False]


@settings(max_examples=60)
@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)).map(lambda t: t.replace(fold=0)))
def test_a_local_time_is_what_the_clock_says(local: datetime) -> None:
    text = pl.Series([local.isoformat(sep=" ", timespec="microseconds")])
    found = read_instants(text, (), LONDON, midnight_real=True)
    clock = local_instant(pl.col("t"))
    expected = pl.DataFrame({"t": [local]}).select(
        i=clock.instant, a=clock.ambiguous, n=clock.nonexistent
    )
    assert (found.instant[0], found.ambiguous[0], found.nonexistent[0]) == expected.row(0)


@settings(max_examples=60)
@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1)),
    st.sampled_from(["%d/%m/%Y %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%Y-%m-%d %H:%M:%S",
                     "%d %b %Y %H:%M:%S", "%Y%m%d%H%M%S", "%d.%m.%Y %H:%M:%S"]),
    st.sampled_from([None, 0, 60, -300, 330]),
)  # fmt: skip
def test_every_usual_format_comes_back(moment: datetime, form: str, minutes: int | None) -> None:
    whole = moment.replace(microsecond=0)
    text = whole.strftime(form)
    if minutes is None:
        zone = ZoneInfo(LONDON)
        there = whole.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None)
        if there != whole:
            return  # the clock skipped it
        expected = whole.replace(tzinfo=zone, fold=0).astimezone(UTC)
    else:
        sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
        text += f"{sign}{hours:02}:{rest:02}"
        expected = whole.replace(tzinfo=UTC) - timedelta(minutes=minutes)
        if form == "%Y%m%d%H%M%S":
            return  # nobody writes an offset behind that
    found = read_instants(pl.Series([text]), (), LONDON, midnight_real=True)
    assert found.instant[0] == expected


@settings(max_examples=40)
@given(st.dates(date(1955, 1, 1), date(2090, 1, 1)))
def test_a_serial_of_excel_is_its_day(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    texts = pl.Series([str(serial), f"{serial}.0", day.strftime("%d/%m/%Y"), day.isoformat()])
    assert read_dates(texts, (), LONDON).to_list() == [day] * 4


def test_46349_is_23_november_2026() -> None:
    assert read_dates(pl.Series(["46349"]), (), LONDON)[0] == date(2026, 11, 23)


def test_a_mapping_that_says_month_first_is_not_read_day_first() -> None:
    month_first = ("%m/%d/%Y",)
    found = instants("10/28/2020 16:30", "1/2/2020", "28/10/2020", formats=month_first)
    assert [at for at, _ in found] == ["2020-10-28 16:30:00", "2020-01-02 00:00:00", None]


def test_a_time_with_an_offset_is_a_date_of_the_sources_own_zone() -> None:
    text = pl.Series(["2018-07-01T03:30:00Z"])
    assert read_dates(text, (), "America/Chicago")[0] == date(2018, 6, 30)
    assert read_dates(text, (), LONDON)[0] == date(2018, 7, 1)


def test_lost_noughts_of_a_time_come_back() -> None:
    days = pl.Series(["8/6/2020 0:00"] * 7 + ["44049", None, "8/6/2020"])
    times = pl.Series(["45", "1", "1630", "0", None, "16.30", "45.0", "930", "1200", "25:99"])
    found = join_time(days, times, ("%m/%d/%Y",)).to_list()
    assert found[:4] == ["2020-08-06 00:45", "2020-08-06 00:01", "2020-08-06 16:30",
                         "2020-08-06 00:00"]  # fmt: skip
    assert found[4:9] == ["2020-08-06", "2020-08-06 16:30", "2020-08-06 00:45", "2020-08-06 09:30",
                          None]  # fmt: skip
    assert instants(found[9]) == [(None, None)]


@pytest.mark.parametrize(("form", "said"), [("%d/%m/%Y", None), ("%Q %d %m %Y", "%Q"),
                                            ("%m/%Y", "does not hold a day")])  # fmt: skip
def test_a_format_is_checked(form: str, said: str | None) -> None:
    fault = format_fault(form)
    assert fault is None if said is None else said in str(fault)
