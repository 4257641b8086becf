"""The nightly job as a service: the schedule with the real night behind it."""

from __future__ import annotations

import logging
from datetime import date

from config.errors import OrderwatchError
from config.settings import Settings
from jobs.ledger import Ledger
from jobs.night import run_night
from jobs.service.scheduler import NightSchedule
from jobs.trace import Progress, log, log_to


def serve(settings: Settings) -> None:
    """Run every night at its time until told to stop.

    A night that fails is logged and tried again the next time the schedule starts or `orderwatch
    run` is called; it does not end the service.
    """
    progress = Progress()
    log_to(settings.data_dir)

    def run(night: date) -> None:
        try:
            progress.say(run_night(settings, night, progress).summary())
        except OrderwatchError as error:
            log("night failed", level=logging.ERROR, business_date=night, error=str(error))
            progress.say(f"orderwatch: {error}")

    def last_good() -> date | None:
        last = Ledger.open(settings.ledger_url).last_good_night()
        return last.business_date if last else None

    schedule = NightSchedule(settings, run, last_good)
    at = settings.schedule.at
    progress.say(f"Orderwatch runs every night at {at:%H:%M} (Europe/London). Stop it with Ctrl+C.")
    schedule.serve()
