"""From the ledger and the night's frames to what the reports are written from."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from config.reference import Reference
from config.settings import Settings
from expectations.catalogue import Expectations
from expectations.evaluation import Evaluation
from expectations.facts import Column, FactBook
from jobs.ledger import Ledger
from jobs.night.folder import write_frame
from jobs.night.intake import Intake
from jobs.trace import log
from reports.labels import FieldLabel, field_labels
from reports.measures import measures, order_counts
from reports.night import COLUMNS, ReportNight, ReportSettings, known_units
from reports.writer import Reports, write_reports

#: The facts that measures read, by table.
_MEASURED: Mapping[str, Sequence[str]] = {
    "orders": [
        *("hearing_deadline_ts", "first_heard_ts", "heard_evidence", "national_type"),
        *("national_due_ts", "on_national", "ours_to_share", "review_due_ts", "live", "managed"),
    ],
    "breaches": ["kind", "civil_arrest", "production_deadline_ts"],
}
_MOVEMENTS = (
    *("opened", "reopened", "fixed", "withdrawn_from_source"),
    *("no_longer_applies", "rule_retired"),
)
_TREND = timedelta(days=365)

#: The file of a night's folder with the figures of its pack that later packs repeat.
PRINTED = "printed.parquet"
_PRINTED = {name: pl.col(name).cast(dtype) for name, dtype in COLUMNS["printed"].items()}


def measured_columns(book: FactBook) -> set[Column]:
    """The columns that measures need worked out beside those of the rules."""
    return {(table, name) for table, names in _MEASURED.items() for name in names} & set(book.facts)


def report(
    folder: Path,
    *,
    settings: Settings,
    reference: Reference,
    expectations: Expectations,
    evaluation: Evaluation,
    intake: Intake,
    ledger: Ledger,
    listing: pl.DataFrame,
    version: str,
    warnings: Sequence[str] = (),
    quality: pl.DataFrame | None = None,
) -> tuple[pl.DataFrame, Reports]:
    """Work out the measures and write every report into the night's folder.

    Args:
        folder: The folder of the night, which nobody reads yet.
        settings: The settings.
        reference: The reference data.
        expectations: The rules of the night.
        evaluation: What they found.
        intake: What the sources gave.
        ledger: The ledger, with the night in it.
        listing: The night's exceptions, from the ledger.
        version: The version of Orderwatch.
        warnings: What the night would have the data manager know.
        quality: What could not be read, as `reports.night.COLUMNS` has it.

    Returns:
        The measures, and the reports: the files written, and what could not be made.
    """
    night = expectations.night
    units = reference.units.frame()
    restricted = frozenset(
        units.filter(pl.col("restricted").fill_null(False)).get_column("unit_code")
    )
    rules = expectations.catalogue.frame()
    # A unit that is none of the settings is whatever stood in a file: nothing is named by it.
    stated = listing.with_columns(unit_stated=pl.col("unit_code").is_not_null())
    listed = known_units(stated, units).with_columns(_restricted(restricted))
    moved = known_units(_movements(ledger, night.business_date), units)
    frames = {name: _for_measures(table) for name, table in evaluation.tables.items()}
    frames = {name: frame for name, frame in frames.items() if name not in intake.held_tables}
    order_types = expectations.lookups["order_types"]
    figures = measures(
        frames,
        frames,
        exceptions=listed,
        movements=moved,
        outcomes=evaluation.outcomes,
        rules=rules,
        order_types=order_types,
        asof=night.asof,
        business_date=night.business_date,
    )
    counts = order_counts(
        frames,
        frames,
        order_types=order_types,
        asof=night.asof,
        business_date=night.business_date,
    )
    since = night.business_date - _TREND
    history = _history(ledger, since)
    report_night = ReportNight(
        business_date=night.business_date,
        asof=night.asof,
        settings=ReportSettings(
            force_name=settings.force_name,
            oversight_body=settings.oversight_body,
            contact=settings.reports.contact,
            pcc_marking=settings.reports.pcc_marking,
            worklist_marking=settings.reports.worklist_marking,
            suppress_below=settings.reports.suppress_below,
            minimum_denominator=settings.reports.minimum_denominator,
            # Reports carry what made them, and the same night makes the same bytes.
            run_id=f"{night.business_date}",
            version=version,
            fallback_unit=_text(night.thresholds["fallback_unit"].value),
        ),
        exceptions=listed.filter(pl.col("state").is_in(["open", "waived"])),
        due_soon=evaluation.due_soon.filter(pl.col("status") == "active").with_columns(
            _restricted(restricted)
        ),
        outcomes=evaluation.outcomes,
        movements=moved,
        history=history,
        sources=intake.sources,
        rules=rules,
        units=units,
        order_counts=counts,
        measures=figures,
        fields=_labels(reference, expectations.book),
        **({} if quality is None else {"quality": quality}),
        warnings=warnings,
        past_rules=ledger.past_rules(since, night.business_date),
        past_sources=ledger.past_sources(since, night.business_date),
        printed=_printed(folder.parent, history["business_date"], night.business_date),
    )
    reports = write_reports(report_night, folder)
    for failure in reports.failed:
        log(
            "report failed",
            level=logging.ERROR,
            report=failure.report,
            sheet=failure.sheet,
            error=failure.error.__name__,
        )
    if reports.printed is not None:
        write_frame(reports.printed, folder / PRINTED)
    return figures, reports


def _printed(nights: Path, days: pl.Series, today: date) -> pl.DataFrame:
    """What the packs of earlier nights printed, as far as their folders have it."""
    found = []
    for day in days.to_list():
        path = nights / day.isoformat() / PRINTED
        if day < today and path.exists():
            try:
                frame = pl.read_parquet(path).select(**_PRINTED)
            except (pl.exceptions.PolarsError, OSError) as error:
                # A figure that is not there is `[x]`; the night is not lost for it.
                name = type(error).__name__
                log("printed figures unread", level=logging.WARNING, night=day, error=name)
                continue
            found.append(frame)
    return pl.concat([pl.DataFrame(schema=dict(COLUMNS["printed"])), *found])


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _restricted(units: frozenset[str]) -> pl.Expr:
    return pl.col("unit_code").is_in(list(units)).fill_null(False).alias("restricted")


def _movements(ledger: Ledger, business_date: date) -> pl.DataFrame:
    """Counts by rule, unit and movement, one row each."""
    wide = ledger.movements_by(business_date, "rule_id", "unit_code")
    return (
        wide.with_columns(pl.col("opened") - pl.col("reopened"))
        .unpivot(
            list(_MOVEMENTS),
            index=["rule_id", "unit_code"],
            variable_name="movement",
            value_name="n",
        )
        .filter(pl.col("n") > 0)
    )


def _history(ledger: Ledger, since: date) -> pl.DataFrame:
    """One row a night."""
    rows = ledger.history(since)
    critical = pl.col("open").filter(pl.col("severity") == "critical").sum()
    return (
        rows.group_by("business_date")
        .agg(
            pl.col("open").sum(),
            critical.alias("critical"),
            *(
                pl.col(name).sum()
                for name in ("opened", "waived", *_MOVEMENTS[2:])
                if name in rows.columns
            ),
        )
        .sort("business_date")
    )


def _for_measures(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with no deadline for what need not be on the national system."""
    if not {"national_due_ts", "national_type", "ours_to_share"} <= set(frame.columns):
        return frame
    needed = pl.col("national_type") & pl.col("ours_to_share")
    return frame.with_columns(pl.when(needed).then(pl.col("national_due_ts")))


def _labels(reference: Reference, book: FactBook) -> Mapping[tuple[str, str], FieldLabel]:
    codes = {
        name: {value: words.label(value) for value in words.values}
        for name, words in reference.vocabularies.items()
    }
    codes["order_type"] = {
        code: f"{kind.name} ({code})" for code, kind in reference.order_types.types.items()
    }
    return field_labels(
        reference.records, codes, {fact.name: fact.means for fact in book.facts.values()}
    )
