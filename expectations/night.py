"""What a night is, for everything that reads the clock or a threshold."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol


class Days(Protocol):
    """The days that the clocks skip; `config.calendar.Calendar` is one."""

    @property
    def excluded(self) -> Collection[date]:
        """Days that no statutory clock counts, disputed ones apart."""

    @property
    def disputed(self) -> Collection[date]:
        """Days whose status is in doubt."""

    @property
    def bank_holidays(self) -> Collection[date]:
        """Days that are not working days although they fall on Monday to Friday."""


class Threshold(NamedTuple):
    """A named setting of the rules.

    Attributes:
        value: Its value tonight; None where the setting is empty.
        unit: `hours`, `days`, `minutes`, `list`, `date`, ...
        means: What it does, in plain English.
    """

    value: Any
    unit: str
    means: str = ""


@dataclass(frozen=True)
class Night:
    """One night: its business date, its instant and what holds on it.

    Attributes:
        business_date: The date that names the night; `today` in the rules.
        asof: The instant that the records are judged at, whatever the clock says.
        calendar: The days that the clocks skip.
        thresholds: The named settings of the rules.
        pulled_at: When the sources were read; rows entered until then are not in the future.
    """

    business_date: date
    asof: datetime
    calendar: Days
    thresholds: Mapping[str, Threshold]
    pulled_at: datetime
