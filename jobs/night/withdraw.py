"""Take the latest night out again: a mistyped date, or an extract that was of another day."""

from __future__ import annotations

import logging
from datetime import UTC, date, datetime
from pathlib import Path

from config.errors import NightError
from config.records import load_records
from config.settings import Settings
from jobs.history import History
from jobs.ledger import Ledger
from jobs.night.folder import night_path, unwritable
from jobs.night.keep import alone
from jobs.night.private import owner_only
from jobs.trace import log, log_to


def withdraw_night(settings: Settings, business_date: date, *, by: str, reason: str) -> str:
    """Take the latest night out of the ledger, the history and the folder of nights.

    Its files are kept in `nights/.withdrawn-<date>-<moment>`. The ledger comes last, so that a
    command that died on the way can be given again.

    Args:
        settings: The settings.
        business_date: The night.
        by: Who withdraws it.
        reason: Why.

    Returns:
        What was done.

    Raises:
        NightError: It is not the latest night, or its files cannot be moved.
        LedgerError: There is no ledger, or nobody says who withdraws it and why.
        AnotherRunHoldsTheLock: A run is at work on the same data.
    """
    with owner_only(), alone(settings.data_dir):
        ledger = Ledger.open(settings.ledger_url, create=False)
        ledger.check_withdrawal(business_date, by=by, reason=reason)
        moment = datetime.now(UTC)
        folder = night_path(settings.data_dir, business_date)
        aside = folder.with_name(f".withdrawn-{folder.name}-{moment:%Y%m%dT%H%M%SZ}")
        try:
            if folder.exists():
                folder.rename(aside)
            history = History(settings.data_dir / "history", load_records())
            history.withdraw(business_date, aside / "history")
        except OSError as error:
            raise NightError(unwritable(Path(error.filename or folder), error)) from error
        ledger.withdraw_night(business_date, by=by, reason=reason, moment=moment)
        log_to(settings.data_dir)
        log("night withdrawn", level=logging.WARNING, business_date=business_date)
        latest = ledger.latest_night()
    now = f"The latest night is now that of {latest}" if latest else "The ledger has no night now"
    kept = f"its files are in {aside}" if aside.exists() else "it had no files"
    return f"The night of {business_date} is withdrawn; {kept}. {now}. Next: orderwatch run"
