"""Run the night at its time every day, in one process that can be stopped and started at will.

The job store is in memory: after a restart the ledger itself says which night is missing, and
that night is made good at once.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import FrameType

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from config.settings import Settings
from expectations.language import LONDON
from jobs.trace import log

#: A night that could not begin on time may begin this much later.
_GRACE = timedelta(hours=20)


@dataclass
class NightSchedule:
    """The daily job.

    Attributes:
        settings: The settings.
        run: Runs the night of a business date; it reports its own failures.
        last_good: The business date of the last good night, or None.
        now: The time, in Europe/London.
    """

    settings: Settings
    run: Callable[[date], object]
    last_good: Callable[[], date | None]
    now: Callable[[], datetime] = lambda: datetime.now(LONDON)

    def missed(self) -> list[date]:
        """The nights to make good now: those due and not done, the oldest first."""
        now = self.now()
        today = now.date()
        latest = today if now.time() >= self.settings.schedule.at else today - timedelta(days=1)
        days = self.settings.schedule.catch_up_days
        last = self.last_good()
        first = latest - timedelta(days=days - 1)
        if last is not None:
            first = max(first, last + timedelta(days=1))
        return [first + timedelta(days=n) for n in range((latest - first).days + 1)]

    def serve(self, *, trigger: BaseTrigger | None = None) -> None:
        """Make good what was missed, then run every night until told to stop.

        A signal to stop lets the night that is running come to its end.
        """
        at = self.settings.schedule.at
        for night in self.missed():
            log("night caught up", business_date=night)
            self.run(night)
        scheduler = BlockingScheduler(timezone=LONDON)
        scheduler.add_job(
            self._tonight,
            trigger or CronTrigger(hour=at.hour, minute=at.minute, timezone=LONDON),
            id="night",
            max_instances=1,
            coalesce=True,
            misfire_grace_time=int(_GRACE.total_seconds()),
        )
        scheduler.add_listener(_tell, EVENT_JOB_ERROR | EVENT_JOB_MISSED)

        def stop(number: int, _: FrameType | None) -> None:
            log("scheduler stopping", signal=signal.Signals(number).name)
            scheduler.shutdown(wait=False)

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        log("scheduler started", at=at.isoformat("minutes"))
        scheduler.start()

    def _tonight(self) -> None:
        self.run(self.now().date())


def _tell(event: JobExecutionEvent) -> None:
    missed = event.code == EVENT_JOB_MISSED
    log(
        "night missed" if missed else "night failed",
        level=logging.ERROR,
        due=event.scheduled_run_time,
        error=type(event.exception).__name__ if event.exception else None,
    )
