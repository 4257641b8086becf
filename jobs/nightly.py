"""One night, from the sources to the reports.

    pull -> conform -> gate -> evaluate -> reconcile -> measure -> report

A source that fails is held and the night goes on without it. The ledger takes the night in one
transaction; the night's folder is put in its place when it is whole. A night that dies anywhere
can be run again and ends in the same place.
"""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from config.errors import AnotherRunHoldsTheLock, NightError
from config.settings import Settings
from expectations.clock import as_of
from expectations.evaluate import Evaluation, evaluate
from expectations.setup import Expectations, load_expectations
from jobs.assemble import assemble
from jobs.gate_findings import with_gates
from jobs.intake import Intake, take_in
from jobs.ledger import Ledger, Movements
from jobs.logs import log, log_to
from jobs.night_folder import night_folder, night_path, unwritable, write_frame, write_json
from jobs.progress import Progress
from jobs.reference import read_reference
from jobs.reporting import report
from jobs.versions import hashes, versions


@dataclass(frozen=True)
class NightResult:
    """What a night came to.

    Attributes:
        business_date: The night.
        folder: Where its files are.
        movements: What it did to the ledger.
        open: Exceptions that are open and listed.
        held: Sources that are held, with the reason.
        not_run: Rules that could not be run, with the reason.
        rejects: Values and rows that could not be read.
    """

    business_date: date
    folder: Path
    movements: Movements
    open: int
    held_sources: dict[str, str]
    not_run: dict[str, str]
    rejects: int

    @property
    def held(self) -> bool:
        """Whether something was held or unable to run."""
        return bool(self.held_sources or self.not_run)

    def summary(self) -> str:
        """What to tell the operator."""
        moved = self.movements
        lines = [
            "",
            f"Night of {self.business_date:%-d %B %Y} done.",
            f"  Exceptions: {moved.opened} opened, {moved.reopened} reopened, {moved.fixed} fixed, "
            f"{moved.withdrawn_from_source} withdrawn from source, {self.open} open.",
        ]
        if self.rejects:
            lines.append(
                f"  {self.rejects} values or rows could not be read: "
                f"{self.folder / 'rejects.parquet'}"
            )
        lines += [f"  Held: {name}: {why}" for name, why in self.held_sources.items()]
        lines += [f"  Could not run: {name}: {why}" for name, why in self.not_run.items()]
        lines += [
            f"  Scrutiny pack: {self.folder / 'pcc'}",
            f"  Worklists:     {self.folder / 'worklists'}",
        ]
        return "\n".join(lines)


def run_night(settings: Settings, business_date: date, progress: Progress) -> NightResult:
    """Run one night.

    Args:
        settings: The settings.
        business_date: The date that names the night: the latest that was run, or a later one.
        progress: Where to tell what is being done.

    Raises:
        ConfigFaults: Settings, mappings, dictionary or rules are wrong; nothing was done.
        AnotherRunHoldsTheLock: Another run is at work on the same data.
        LedgerError: The ledger cannot be opened or written; it is as it was.
        NightError: The night cannot be run, or its files cannot be written.
    """
    reference = read_reference(settings)
    started = datetime.now(UTC)
    expectations = load_expectations(
        reference,
        business_date=business_date,
        asof=as_of(business_date, settings.as_of_time),
        pulled_at=started,
        status=settings.rule_status,
        rules=settings.rules,
    )
    with _lock(settings.data_dir):
        log_to(settings.data_dir)
        ledger = Ledger.open(settings.ledger_url)
        ledger.check_night(business_date)
        run_id = uuid.uuid4().hex
        ledger.start_run(
            run_id,
            business_date,
            started=started,
            versions=versions(),
            hashes=hashes(settings),
        )
        log("night started", business_date=business_date, run_id=run_id)
        try:
            with night_folder(settings.data_dir, business_date) as folder:
                result = _night(settings, expectations, reference, ledger, run_id, folder, progress)
            result = replace(result, folder=night_path(settings.data_dir, business_date))
        except OSError as error:
            _failed(ledger, run_id, error)
            if isinstance(error, NightError):
                raise
            raise NightError(unwritable(settings.data_dir, error)) from error
        except Exception as error:
            _failed(ledger, run_id, error)
            raise
        exit_code = 4 if result.held else 0
        ledger.finish_run(
            run_id, finished=datetime.now(UTC), state="done", exit_code=exit_code
        )
        log("night done", business_date=business_date, run_id=run_id, exit_code=exit_code)
        return result


def _failed(ledger: Ledger, run_id: str, error: Exception) -> None:
    log("night failed", level=logging.ERROR, run_id=run_id, error=type(error).__name__)
    ledger.finish_run(
        run_id,
        finished=datetime.now(UTC),
        state="failed",
        exit_code=1,
        detail={"error": type(error).__name__},
    )


@contextmanager
def _lock(data_dir: Path) -> Iterator[None]:
    """Keep a second run out of the same data."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        os.chmod(data_dir, 0o700)
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
