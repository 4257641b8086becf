"""One night, from the sources to the reports.

    pull -> conform -> gate -> history -> evaluate -> reconcile -> measure -> report

A source that fails is held and the night goes on without it. The ledger takes the night in one
transaction; the night's folder is put in its place when it is whole. A night that dies anywhere
can be run again and ends in the same place.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from config.errors import ConfigFaults, NightError
from config.reference import Reference
from config.settings import Settings
from expectations.catalogue import SOURCES, Expectations
from expectations.evaluation import Evaluation, evaluate
from jobs.conform import SourceMapping
from jobs.gates import link_gates, warnings, with_gates
from jobs.history import History
from jobs.ledger import Ledger, Movements
from jobs.night.assemble import assemble
from jobs.night.folder import night_folder, night_path, unwritable, write_frame, write_json
from jobs.night.inputs import (
    calendar_warnings,
    expectations_of,
    load_mappings,
    read_reference,
    sources_wanting,
    units_wanting,
)
from jobs.night.intake import Intake, take_in
from jobs.night.keep import alone, open_ledger
from jobs.night.owners import of_known_units
from jobs.night.private import open_to_others, owner_only
from jobs.night.remember import remember
from jobs.night.report import measured_columns, report
from jobs.night.result import NightResult, log_result
from jobs.night.today import refuse_future
from jobs.night.versions import hashes, versions
from jobs.pull import Reader
from jobs.trace import Progress, log, log_to
from reports.excel import WrittenFile


def run_night(
    settings: Settings, business_date: date, progress: Progress, *, rehearsal: bool = False
) -> NightResult:
    """Run one night.

    Args:
        settings: The settings.
        business_date: The date that names the night: the latest that was run, or a later one.
        progress: Where to tell what is being done.
        rehearsal: The night may be after tomorrow: the data is not that of true nights.

    Raises:
        WrongUsage: The night is after tomorrow.
        ConfigFaults: Settings, mappings, dictionary or rules are wrong; nothing was done.
        AnotherRunHoldsTheLock: Another run is at work on the same data.
        LedgerError: The ledger is missing beside nights that were run, or it cannot be opened or
            written; it is as it was.
        NightError: The night cannot be run, or its files cannot be written.
    """
    if not rehearsal:
        refuse_future(business_date)
    if faults := sources_wanting(settings):
        raise ConfigFaults(faults)
    reference = read_reference(settings)
    mappings = load_mappings(settings, reference)
    # The reader gets ready while the rules are read.
    with owner_only(), Reader(settings.limits) as reader:
        return _run(settings, business_date, progress, reference, mappings, reader)


def _run(
    settings: Settings,
    business_date: date,
    progress: Progress,
    reference: Reference,
    mappings: Mapping[str, SourceMapping],
    reader: Reader,
) -> NightResult:
    """Run one night, with what reads its sources."""
    started = datetime.now(UTC)
    expectations = expectations_of(settings, reference, business_date, started)
    if faults := units_wanting(settings, reference, expectations):
        raise ConfigFaults(faults)
    with alone(settings.data_dir):
        log_to(settings.data_dir)
        ledger = open_ledger(settings)
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
                work = _Work(
                    settings, reference, mappings, expectations, ledger, run_id, progress, reader
                )
                result = work.night(folder)
            result = replace(
                result,
                folder=night_path(settings.data_dir, business_date),
                warnings=[*map(str, open_to_others(settings)), *result.warnings],
            )
        except OSError as error:
            _failed(ledger, run_id, error)
            if isinstance(error, NightError):
                raise
            raise NightError(unwritable(settings.data_dir, error)) from error
        except Exception as error:
            _failed(ledger, run_id, error)
            raise
        finished = datetime.now(UTC)
        # Times and the exit code are here and in the log; `run.json` is the same on every re-run.
        ledger.finish_run(
            run_id,
            finished=finished,
            state="done",
            exit_code=result.exit_code,
            counts=result.counts,
            detail={"held": list(result.held_sources)},
        )
        log_result(result, run_id, started, finished)
        return result


@dataclass(frozen=True)
class _Work:
    """What the steps of a night share."""

    settings: Settings
    reference: Reference
    mappings: Mapping[str, SourceMapping]
    expectations: Expectations
    ledger: Ledger
    run_id: str
    progress: Progress
    reader: Reader

    def night(self, folder: Path) -> NightResult:
        """Every step, from the sources to the reports, into the night's folder."""
        night = self.expectations.night
        intake = take_in(
            self.settings,
            self.reference,
            self.mappings,
            night,
            self.ledger,
            folder,
            self.progress,
            read=self.reader.pull,
        )
        write_frame(intake.rejects, folder / "rejects.parquet")
        write_frame(intake.quality, folder / "quality.parquet")
        known = self.ledger.open_keys(before=night.business_date)
        evaluation, warned = self.evaluated(intake, known)
        movements, listing = self.recorded(intake, evaluation, known)
        write_frame(listing, folder / "exceptions.parquet")
        write_frame(evaluation.outcomes, folder / "outcomes.parquet")
        with self.progress.step("report") as step:
            figures, reports = report(
                folder,
                settings=self.settings,
                reference=self.reference,
                expectations=self.expectations,
                evaluation=evaluation,
                intake=intake,
                ledger=self.ledger,
                listing=listing,
                version=versions()["orderwatch"],
                warnings=[*intake.told, *warned],
                quality=intake.quality,
            )
            step.said = f"{len(reports.files)} workbooks"
        write_frame(figures, folder / "measures.parquet")
        rules = evaluation.outcomes.filter(pl.col("records") != SOURCES)
        not_run = evaluation.outcomes.filter(pl.col("outcome") == "could_not_run")
        result = NightResult(
            business_date=night.business_date,
            folder=folder,
            movements=movements,
            open=listing.filter((pl.col("state") == "open") & pl.col("hidden_by").is_null()).height,
            sources=len(intake.taken),
            held_sources=intake.held_sources,
            rules=dict(rules.group_by("outcome").len().iter_rows()),
            not_run=dict(not_run.select("rule_id", "reason").iter_rows()),
            warnings=[
                *map(str, calendar_warnings(night.business_date, self.reference)),
                *intake.told,
                *warned,
            ],
            rejects=intake.rejects.height,
            reports_failed=tuple(str(failure.said()) for failure in reports.failed),
        )
        write_json(
            self.record(intake, evaluation, result, reports.files, folder), folder / "run.json"
        )
        return result

    def evaluated(self, intake: Intake, known: pl.DataFrame) -> tuple[Evaluation, list[str]]:
        """What the rules and the gates found, and of what the gates warn."""
        expectations = self.expectations
        night = expectations.night
        night = replace(night, pulled_at=intake.pulled_at or night.pulled_at)
        history = History(self.settings.data_dir / "history", expectations.records)
        tables = expectations.records.tables
        extract = assemble(
            intake.accepted,
            intake.held_tables,
            expectations.records,
            expectations.lookups,
            self.reference.units.frame(),
            known={name: history.keys(name, night.business_date) for name in tables},
        )
        with self.progress.step("history") as step:
            extract, changed = remember(
                extract, intake, history, self.ledger, night, self.settings.as_of_time
            )
            step.said = f"{changed:,} rows new, changed or gone"
        with self.progress.step("evaluate") as step:
            found = evaluate(
                extract,
                expectations.catalogue,
                expectations.records,
                expectations.book,
                night,
                also=measured_columns(expectations.book),
            )
            found = of_known_units(found, self.reference.units.units)
            figures = {name: t.value for name, t in night.thresholds.items()}
            results = [*intake.results, *link_gates(extract, expectations.records, figures)]
            found = with_gates(
                found,
                results,
                expectations.catalogue,
                sources={*(s.name for s in self.settings.sources), *expectations.records.tables},
                known=known,
            )
            ran = found.outcomes.filter(pl.col("outcome") == "ran").height
            step.said = f"{ran} of {found.outcomes.height} rules ran"
        return found, warnings(results, expectations.catalogue)

    def recorded(
        self, intake: Intake, evaluation: Evaluation, known: pl.DataFrame
    ) -> tuple[Movements, pl.DataFrame]:
        """The night in the ledger, and its exceptions as the ledger lists them."""
        business_date = self.expectations.night.business_date
        with self.progress.step("reconcile") as step:
            movements = self.ledger.record_night(
                business_date,
                self.run_id,
                failing=evaluation.failing,
                statuses=evaluation.status_of(known),
                outcomes=evaluation.outcomes,
                rules=self.expectations.catalogue.frame(),
                delivered=[taken.night for taken in intake.taken],
            )
            step.said = f"{movements.opened} opened, {movements.fixed} fixed, {movements.open} open"
        return movements, self.ledger.exceptions_on(business_date)

    def record(
        self,
        intake: Intake,
        evaluation: Evaluation,
        result: NightResult,
        written: Sequence[WrittenFile],
        folder: Path,
    ) -> dict[str, Any]:
        """What `run.json` says of the night; nothing in it changes when the night is run again."""
        night = self.expectations.night
        return {
            "business_date": night.business_date,
            "state": "done",
            "as_of": night.asof,
            "versions": versions(),
            "hashes": hashes(self.settings),
            "sources": {
                taken.source.name: {
                    "outcome": taken.night.outcome,
                    "reason": taken.night.reason,
                    "rows": taken.quality.sent if taken.quality else None,
                    "rows_read": taken.night.rows,
                    "left_out": taken.quality.left_out if taken.quality else None,
                    "bad_rows": dict(taken.quality.bad) if taken.quality else {},
                    "sha256": taken.night.sha256,
                }
                for taken in intake.taken
            },
            "rules": {
                row["rule_id"]: {
                    name: row[name]
                    for name in (
                        "outcome",
                        "reason",
                        "evaluated",
                        "failed",
                        "hidden",
                        "looked_away",
                        "unreferenced",
                    )
                }
                | {"not_supplied_but_not_needed": row["unsupplied_exempt"]}
                for row in evaluation.outcomes.iter_rows(named=True)
            },
            "warnings": result.warnings,
            "reports_failed": list(result.reports_failed),
            "movements": result.movements._asdict(),
            "rejects": result.rejects,
            "files": {str(f.path.relative_to(folder)): f.sha256 for f in written},
        }


def _failed(ledger: Ledger, run_id: str, error: Exception) -> None:
    log("night failed", level=logging.ERROR, run_id=run_id, error=type(error).__name__)
    ledger.finish_run(
        run_id,
        finished=datetime.now(UTC),
        state="failed",
        exit_code=1,
        detail={"error": type(error).__name__},
    )
