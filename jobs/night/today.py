"""Which night it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from config.settings import Settings
from expectations.language import LONDON


def today(settings: Settings, now: datetime | None = None) -> date:
    """The latest business date whose instant has come, in Europe/London."""
    local = (now or datetime.now(LONDON)).astimezone(LONDON)
    begun = local.time() >= settings.as_of_time
    return local.date() if begun else local.date() - timedelta(days=1)
