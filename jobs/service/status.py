"""When the last good night was, and whether that is too long ago."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from config.settings import Settings
from expectations.language import LONDON, as_of
from jobs.ledger import Ledger


class Status(NamedTuple):
    """The state of the nightly job.

    Attributes:
        good: The last good night is recent enough.
        text: What to tell the operator.
    """

    good: bool
    text: str


def read_status(settings: Settings, now: datetime | None = None) -> Status:
    """Look in the ledger for the last good night.

    Raises:
        LedgerError: The ledger cannot be opened.
    """
    moment = (now or datetime.now(LONDON)).astimezone(LONDON)
    ledger = Ledger.open(settings.ledger_url, create=False)
    good_run, latest = ledger.last_good_night(), next(iter(ledger.runs(limit=1)), None)
    last = good_run.business_date if good_run else None
    lines = []
    if last is None:
        lines.append("No night has been run to its end. Next: orderwatch run")
        good = False
    else:
        age = moment - as_of(last, settings.as_of_time)
        limit = timedelta(hours=settings.schedule.stale_after_h)
        good = age <= limit
        hours = int(age.total_seconds() // 3600)
        lines.append(f"Last good night: {last:%-d %B %Y}, {hours} hours ago")
        if not good:
            lines.append(
                f"That is more than {settings.schedule.stale_after_h} hours. Look at "
                f"{settings.data_dir / 'logs' / 'orderwatch.jsonl'}, then: orderwatch run"
            )
    if latest is not None and latest.business_date != last:
        lines.append(
            f"The night of {latest.business_date:%-d %B %Y} is {latest.state}; "
            f"run it again: orderwatch run --business-date {latest.business_date}"
        )
    return Status(good, "\n".join(lines))
