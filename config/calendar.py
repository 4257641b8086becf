"""The days that statutory clocks and working days skip.

Crime and Security Act 2010 ss.26-29 and Domestic Abuse Act 2021 ss.26(4), 29(3): Sundays, Christmas
Day, Good Friday and bank holidays in England and Wales are left out. Sundays are the clock's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.errors import ConfigFaults, Fault
from config.models import Strict, read_model
from config.toml_lines import TomlFile, read_toml

#: The calendar that comes with Orderwatch.
CALENDAR_FILE = Path(__file__).with_name("calendar.toml")

_SATURDAY = 5
_DIVISION = "england-and-wales"


@dataclass(frozen=True)
class Calendar:
    """Days that the clocks skip.

    Attributes:
        excluded: Days that no statutory clock counts: bank holidays, every 25 December, every Good
            Friday. Disputed days and Sundays are not among them.
        disputed: Days whose status is in doubt; deadlines are worked out with and without them.
        bank_holidays: Days that are not working days although they fall on Monday to Friday.
        from_year: First year that it is made for.
        to_year: Last year that it is made for.
        published_to: Last bank holiday of the published list, or of the file where that has a
            later one; later ones are not known yet.
        signed_off_by: The role that signed the lists off; empty until one has.
        signed_off_on: When.
    """

    excluded: frozenset[date]
    disputed: frozenset[date]
    bank_holidays: frozenset[date]
    from_year: int
    to_year: int
    published_to: date
    signed_off_by: str = ""
    signed_off_on: date | None = None

    @property
    def published_until(self) -> date:
        """Last day of which it is known whether it is a bank holiday.

        Lists come out a year at a time. A deadline after this day is worked out as if no bank
        holiday came after it, and may fall too early.
        """
        return date(self.published_to.year, 12, 31)


class _Body(Strict):
    from_year: Annotated[int, Field(ge=1900)]
    to_year: Annotated[int, Field(le=2200)]
    bank_holidays: Annotated[tuple[date, ...], Field(strict=False)] = ()
    disputed: Annotated[tuple[date, ...], Field(strict=False)] = ()
    counted: Annotated[tuple[date, ...], Field(strict=False)] = ()
    signed_off_by: str = ""
    signed_off_on: date | Literal[""] = ""

    @model_validator(mode="after")
    def _signed_with_a_date(self) -> Self:
        if bool(self.signed_off_by) != bool(self.signed_off_on):
            raise ValueError("`signed_off_by` and `signed_off_on` go together")
        return self


def load_calendar(path: Path = CALENDAR_FILE) -> Calendar:
    """Read the calendar, and unite it with the published bank holidays.

    Raises:
        ConfigFaults: With every fault of the file.
    """
    file = read_toml(path, name=path.name)
    faults: list[Fault] = []
    body = read_model(file, _Body, file.data, faults)
    if body is None:
        raise ConfigFaults(faults)
    published = published_bank_holidays()
    years = range(body.from_year, body.to_year + 1)
    faults.extend(_doubts(file, body, published, years))
    if faults:
        raise ConfigFaults(faults)
    holidays = published | frozenset(body.bank_holidays)
    named_by_law = {date(year, 12, 25) for year in years} | {good_friday(year) for year in years}
    return Calendar(
        excluded=holidays | named_by_law,
        disputed=frozenset(body.disputed),
        bank_holidays=holidays,
        from_year=body.from_year,
        to_year=body.to_year,
        published_to=max(holidays),
        signed_off_by=body.signed_off_by,
        signed_off_on=body.signed_off_on or None,
    )


def published_bank_holidays() -> frozenset[date]:
    """Bank holidays of England and Wales as published, from the package's own copy."""
    from govuk_bank_holidays.bank_holidays import (  # type: ignore[import-untyped]
        BankHolidays,
    )

    events = BankHolidays.load_backup_data()[_DIVISION]["events"]
    return frozenset(date.fromisoformat(event["date"]) for event in events)


def good_friday(year: int) -> date:
    """Good Friday of a year: two days before Easter Sunday of the Gregorian calendar."""
    golden = year % 19
    century = year // 100
    correction = century - century // 4 - (8 * century + 13) // 25
    moon = (correction + 19 * golden + 15) % 30
    moon -= (moon // 28) * (1 - (29 // (moon + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + moon + 2 - century + century // 4) % 7
    return date(year, 3, 28) + timedelta(days=moon - weekday - 2)


def _doubts(
    file: TomlFile, body: _Body, published: frozenset[date], years: Iterable[int]
) -> Iterable[Fault]:
    """Days that stand in two lists, and Saturdays 26 December that stand in none."""
    settled = published | frozenset(body.bank_holidays)
    lists = {
        "bank_holidays": settled,
        "disputed": frozenset(body.disputed),
        "counted": frozenset(body.counted),
    }
    for one, other in (
        ("bank_holidays", "disputed"),
        ("bank_holidays", "counted"),
        ("disputed", "counted"),
    ):
        for day in sorted(lists[one] & lists[other]):
            yield file.fault(f"{day} is both in `{one}` and in `{other}`; keep one", other)
    decided = frozenset[date]().union(*lists.values())
    for year in years:
        boxing_day = date(year, 12, 26)
        if boxing_day.weekday() == _SATURDAY and boxing_day not in decided:
            yield file.fault(
                f"{boxing_day} is a Saturday; put it in `disputed`, `bank_holidays` or `counted`",
                "disputed",
            )
    if body.to_year < body.from_year:
        yield file.fault(
            f"`to_year` ({body.to_year}) is before `from_year` ({body.from_year})", "to_year"
        )
