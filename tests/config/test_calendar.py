"""The days that the statutory clocks and working days skip."""

from __future__ import annotations

import socket
from datetime import date, timedelta
from pathlib import Path

import pytest
from dateutil.easter import easter

from config.calendar import good_friday, load_calendar, published_bank_holidays
from config.errors import ConfigFaults

CALENDAR = load_calendar()


def write(folder: Path, text: str) -> Path:
    path = folder / "calendar.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_christmas_day_2027_is_excluded_although_only_its_substitute_is_published() -> None:
    assert date(2027, 12, 25) not in published_bank_holidays()
    assert date(2027, 12, 27) in CALENDAR.bank_holidays
    assert {date(2027, 12, 25), date(2027, 12, 27)} <= CALENDAR.excluded


def test_the_christmas_of_2026() -> None:
    assert date(2026, 12, 25) in CALENDAR.excluded
    assert date(2026, 12, 26) in CALENDAR.disputed
    assert date(2026, 12, 26) not in CALENDAR.excluded
    assert date(2026, 12, 28) in CALENDAR.excluded


def test_every_saturday_26_december_is_disputed_until_settled() -> None:
    saturdays = {
        date(year, 12, 26)
        for year in range(CALENDAR.from_year, CALENDAR.to_year + 1)
        if date(year, 12, 26).weekday() == 5
    }
    assert saturdays == CALENDAR.disputed
    assert date(2020, 12, 26) in CALENDAR.disputed
    assert not CALENDAR.disputed & CALENDAR.excluded


def test_good_friday_of_every_year() -> None:
    for year in range(1900, 2201):
        assert good_friday(year) == easter(year) - timedelta(days=2)


def test_named_days_are_excluded_in_years_that_are_not_published_yet() -> None:
    assert CALENDAR.published_to < date(2040, 1, 1)
    assert {date(2040, 12, 25), good_friday(2040)} <= CALENDAR.excluded


def test_england_and_wales_only() -> None:
    assert date(2026, 4, 6) in CALENDAR.bank_holidays  # Easter Monday, not in Scotland
    assert date(2026, 1, 2) not in CALENDAR.bank_holidays  # Scotland only
    assert date(2022, 9, 19) in CALENDAR.bank_holidays  # the late Queen's funeral


def test_the_network_is_never_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the calendar went to the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert load_calendar() == CALENDAR


def test_a_disputed_day_that_is_settled_moves_to_its_list(tmp_path: Path) -> None:
    years = "from_year = 2026\nto_year = 2026\n"
    counted = load_calendar(write(tmp_path, years + "counted = [2026-12-26]"))
    assert date(2026, 12, 26) not in counted.excluded | counted.disputed
    excluded = load_calendar(write(tmp_path, years + "bank_holidays = [2026-12-26]"))
    assert date(2026, 12, 26) in excluded.excluded
    assert not excluded.disputed


def test_a_signed_off_calendar_says_by_whom_and_when(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        'from_year = 2025\nto_year = 2025\nsigned_off_by = "Head of legal services"\n'
        "signed_off_on = 2025-01-06\n",
    )
    calendar = load_calendar(path)
    assert calendar.signed_off_by == "Head of legal services"
    assert calendar.signed_off_on == date(2025, 1, 6)


def test_every_fault_is_named_with_its_line(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        """\
from_year = 2026
to_year = 2038
bank_holidays = [2029-05-09]
disputed = [2026-12-28, 2029-05-09]
counted = [2029-05-09]
""",
    )
    with pytest.raises(ConfigFaults) as caught:
        load_calendar(path)
    found = [(fault.line, fault.message) for fault in caught.value.faults]
    assert found == [
        (4, "2026-12-26 is a Saturday; put it in `disputed`, `bank_holidays` or `counted`"),
        (4, "2026-12-28 is both in `bank_holidays` and in `disputed`; keep one"),
        (4, "2029-05-09 is both in `bank_holidays` and in `disputed`; keep one"),
        (4, "2037-12-26 is a Saturday; put it in `disputed`, `bank_holidays` or `counted`"),
        (5, "2029-05-09 is both in `bank_holidays` and in `counted`; keep one"),
        (5, "2029-05-09 is both in `disputed` and in `counted`; keep one"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("from_year = 2025\nto_year = 2024", 2, "`to_year` (2024) is before"),
        ("from_year = 2025\nto_year = 2025\nholidays = []", 3, "unknown key `holidays`"),
        ("from_year = 2025\nto_year = 2025\ncounted = ['soon']", 3, "valid date"),
        ("from_year = 2025\nto_year = 2025\nsigned_off_by = 'Legal'", 0, "go together"),
        ("to_year = 2025", 0, "has no `from_year`"),
    ],
)
def test_a_wrong_calendar_is_refused(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(ConfigFaults) as caught:
        load_calendar(write(tmp_path, text))
    (fault,) = caught.value.faults
    assert fault.line == line
    assert said in fault.message
