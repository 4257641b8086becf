"""Who may work on a force's data, and with which ledger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from config.errors import AnotherRunHoldsTheLock, LedgerError, NightError
from config.settings import Settings
from jobs.ledger import Ledger, NoLedger
from jobs.night.folder import unwritable
from jobs.night.private import owner_only
from jobs.trace import log, log_to


@contextmanager
def alone(data_dir: Path) -> Iterator[None]:
    """Keep every other run out of the same data.

    Raises:
        AnotherRunHoldsTheLock: There is one.
        NightError: The folder cannot be made or written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(data_dir / ".lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise AnotherRunHoldsTheLock(
            f"another run is at work on {data_dir}; wait for it, then run again"
        ) from None
    except OSError as error:
        raise NightError(unwritable(data_dir, error)) from error
    try:
        yield
    finally:
        lock.release()


def open_ledger(settings: Settings) -> Ledger:
    """The ledger of a force; the first night of an empty data folder makes it.

    Raises:
        LedgerError: It cannot be opened; or it is missing or empty although nights were run, and a
            new one would open everything anew.
    """
    past = _past(settings.data_dir)
    try:
        return Ledger.open(settings.ledger_url, create=not past)
    except NoLedger as error:
        raise LedgerError(
            f"{error.what}, although {settings.data_dir} holds {past}. With a new one every "
            "exception would be opened anew, and all ages and waivers would be lost. Put the "
            "ledger back from its last copy. Only where it is gone for good, make a new one: "
            "orderwatch ledger create"
        ) from None


def create_ledger(settings: Settings) -> str:
    """Make a ledger where there is none, whatever nights there are.

    Returns:
        What was made.

    Raises:
        LedgerError: There is one, or it cannot be made.
        AnotherRunHoldsTheLock: A run is at work on the same data.
    """
    with owner_only(), alone(settings.data_dir):
        try:
            there = Ledger.open(settings.ledger_url, create=False)
        except NoLedger:
            pass
        else:
            raise LedgerError(f"There is a ledger at {there.address} already; nothing was changed")
        made = Ledger.open(settings.ledger_url)
        log_to(settings.data_dir)
        log("ledger created")
    return f"An empty ledger is at {made.address}. Next: orderwatch run"


def _past(data_dir: Path) -> str:
    """What stands in the data folder that a ledger must know of; empty where there is nothing."""
    nights = sorted(p.name for p in (data_dir / "nights").glob("[0-9]*") if p.is_dir())
    if nights:
        many = f"{len(nights)} nights, the last of" if len(nights) > 1 else "the night of"
        return f"{many} {nights[-1]}"
    history = any((data_dir / "history").glob("*/[0-9]*.parquet"))
    return "the history of records" if history else ""
