"""The nightly job as a service: the schedule with the real night behind it."""

from __future__ import annotations

import logging
from datetime import date

from config.errors import ConfigFaults, OrderwatchError
from config.settings import Settings
from jobs.ledger import Ledger, NoLedger
from jobs.night import owner_only, run_night, sources_wanting
from jobs.service.scheduler import NightSchedule
from jobs.trace import Progress, log, log_to


def serve(settings: Settings) -> None:
    """Run every night at its time until told to stop.

    A night that fails, in whatever way, is logged and tried again the next time the schedule
    starts or `orderwatch run` is called; it does not end the service.

    Raises:
        ConfigFaults: The settings name no source.
        LedgerError: The ledger cannot be opened when the service starts.
    """
    if faults := sources_wanting(settings):
        raise ConfigFaults(faults)
    progress = Progress()
    with owner_only():
        log_to(settings.data_dir)

    def run(night: date) -> None:
        try:
            progress.say(run_night(settings, night, progress).summary())
        except OrderwatchError as error:
            _failed(progress, night, error, str(error))
        except Exception as error:
            # Its own words may hold values of records.
            _failed(progress, night, error, f"the night failed ({type(error).__name__})")

    def ledger() -> Ledger | None:
        try:
            return Ledger.open(settings.ledger_url, create=False)
        except NoLedger:
            return None

    def last_good() -> date | None:
        found = ledger()
        last = found.last_good_night() if found else None
        return last.business_date if last else None

    def latest() -> date | None:
        found = ledger()
        return found.latest_night() if found else None

    schedule = NightSchedule(settings, run, last_good, latest, say=progress.say)
    at = settings.schedule.at
    progress.say(f"Orderwatch runs every night at {at:%H:%M} (Europe/London). Stop it with Ctrl+C.")
    schedule.serve()


def _failed(progress: Progress, night: date, error: Exception, said: str) -> None:
    log(
        "night failed",
        level=logging.ERROR,
        business_date=night,
        error=type(error).__name__,
        said=said,
    )
    progress.say(f"orderwatch: {said}")
    progress.say("The service goes on. To run that night again: orderwatch run")
