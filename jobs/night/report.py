"""From the ledger and the night's frames to what the reports are written from."""

from __future__ import annotations

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
from jobs.night.intake import Intake
from reports.excel import WrittenFile
from reports.measures import measures, order_counts
from reports.night import FieldLabel, ReportNight, ReportSettings, field_labels
from reports.writer import write_reports

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
) -> tuple[pl.DataFrame, list[WrittenFile]]:
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

    Returns:
        The measures, and the files written.
    """
    night = expectations.night
    units = reference.units.frame()
    restricted = frozenset(
        units.filter(pl.col("restricted").fill_null(False)).get_column("unit_code")
    )
    rules = expectations.catalogue.frame()
    listed = listing.with_columns(_restricted(restricted))
    moved = _movements(ledger, night.business_date)
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
        ),
        exceptions=listed.filter(pl.col("state").is_in(["open", "waived"])),
        due_soon=evaluation.due_soon.filter(pl.col("status") == "active").with_columns(
            _restricted(restricted)
        ),
        outcomes=evaluation.outcomes,
        movements=moved,
        history=_history(ledger, night.business_date - _TREND),
        sources=intake.sources,
        rules=rules,
        units=units,
        order_counts=counts,
        measures=figures,
        fields=_labels(reference, expectations.book),
    )
    return figures, write_reports(report_night, folder)


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
