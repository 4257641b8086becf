"""A night for tests of formulas that ask for nothing but the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime

from config.calendar import load_calendar
from expectations.night import Night


def night() -> Night:
    """The night of Tuesday 24 November 2026, with no thresholds."""
    asof = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
    return Night(date(2026, 11, 24), asof, load_calendar(), {}, asof)
