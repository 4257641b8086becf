"""Run the night at its time every day, in one process that can be stopped and started at will.

The job store is in memory: after a restart the ledger itself says which night is missing, and
that night is made good at once.
"""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import FrameType

from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_MISSED,
    EVENT_SCHEDULER_STARTED,
    JobExecutionEvent,
)
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
        run: Runs the night of a business date; it reports its own failures and raises none.
        last_good: The business date of the last good night, or None.
        latest: The business date of the newest night in the ledger, good or not, or None.
        now: The time, in Europe/London.
        say: Tells the person who watches.
    """

    settings: Settings
    run: Callable[[date], object]
    last_good: Callable[[], date | None]
    latest: Callable[[], date | None] = lambda: None
    now: Callable[[], datetime] = lambda: datetime.now(LONDON)
    say: Callable[[str], object] = lambda text: None
    _stopped: bool = field(default=False, init=False)
    _busy: bool = field(default=False, init=False)
    _scheduler: BlockingScheduler | None = field(default=None, init=False)

    def missed(self) -> list[date]:
        """The nights to make good now: those due and not done well, the oldest first.

        None is before the newest night of the ledger, which refuses those.
        """
        now = self.now()
        today = now.date()
        latest = today if now.time() >= self.settings.schedule.at else today - timedelta(days=1)
        days = self.settings.schedule.catch_up_days
        first = latest - timedelta(days=days - 1)
        if (last := self.last_good()) is not None:
            first = max(first, last + timedelta(days=1))
        if (known := self.latest()) is not None:
            first = max(first, known)
        return [first + timedelta(days=n) for n in range((latest - first).days + 1)]

    def serve(self, *, trigger: BaseTrigger | None = None) -> None:
        """Make good what was missed, then run every night until told to stop.

        A signal to stop lets the night that is running come to its end, also one that is made
        good.
        """
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        for night in self.missed():
            if self._stopped:
                return
            log("night caught up", business_date=night)
            self._run(night)
        at = self.settings.schedule.at
        trigger = trigger or CronTrigger(hour=at.hour, minute=at.minute, timezone=LONDON)
        scheduler = BlockingScheduler(timezone=LONDON)
        scheduler.add_job(
            self._tonight,
            trigger,
            id="night",
            max_instances=1,
            coalesce=True,
            misfire_grace_time=int(_GRACE.total_seconds()),
        )
        scheduler.add_listener(_tell, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        # A signal may come between the question below and the start.
        scheduler.add_listener(self._begun, EVENT_SCHEDULER_STARTED)
        log("scheduler started", daily_at=at.isoformat("minutes"))
        self._say_next(trigger.get_next_fire_time(None, self.now()))
        self._scheduler = scheduler
        if not self._stopped:
            scheduler.start()

    def _stop(self, number: int, _: FrameType | None) -> None:
        """Stop when the night that is running is done; called by a signal, in the main thread."""
        if self._stopped:
            return
        self._stopped = True
        log("scheduler stopping", signal=signal.Signals(number).name)
        self.say("Stopping after this night." if self._busy else "Stopped.")
        self._end()

    def _begun(self, _: object) -> None:
        if self._stopped:
            self._end()

    def _end(self) -> None:
        if self._scheduler is not None and self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def _run(self, night: date) -> None:
        self._busy = True
        try:
            self.run(night)
        finally:
            self._busy = False

    def _tonight(self) -> None:
        self._run(self.now().date())
        job = None if self._stopped or self._scheduler is None else self._scheduler.get_job("night")
        if job is not None:
            self._say_next(job.next_run_time)

    def _say_next(self, moment: datetime | None) -> None:
        if moment is not None and not self._stopped:
            self.say(f"Next night: {moment.astimezone(LONDON):%-d %B %H:%M}")


def _tell(event: JobExecutionEvent) -> None:
    missed = event.code == EVENT_JOB_MISSED
    log(
        "night missed" if missed else "night failed",
        level=logging.ERROR,
        due=event.scheduled_run_time,
        error=type(event.exception).__name__ if event.exception else None,
    )
