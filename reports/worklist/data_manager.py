"""The data manager's workbook: what was not read, not run or not written, and why.

It holds counts, names of fields, of sources and of rules, and sentences: no value of a record.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from config.records import load_records
from reports.excel import (
    NOT_APPLICABLE,
    NOT_AVAILABLE,
    Column,
    Failure,
    Kind,
    Maker,
    Properties,
    Sheet,
    Value,
    WrittenFile,
    write_workbook,
)
from reports.labels import label_of
from reports.night import ReportNight
from reports.routing import SOURCES, UNALLOCATED, fallback_unit
from reports.text import file_word, sentence, uk_date, uk_time

#: The folder of the data manager, and what the workbook is called where a report is named.
DATA_TEAM: Final = "data_team"

_STATES: Final = {"accepted": "Accepted", "held": "Held", "failed": "Could not be read"}
_OUTCOMES: Final = {
    "ran": "Ran",
    "held": "Held",
    "could_not_run": "Could not run",
    "not_supplied": "Not supplied",
}

#: Why a cell or a row was not taken as it was delivered, by its code.
_REASONS: Final = {
    "unreadable": "Could not be read as what the field holds",
    "unmapped": "A word that no vocabulary knows",
    "out_of_range": "Outside the bounds of the field",
    "sentinel": "A placeholder date",
    "no_key": "Row without its key",
    "duplicate_key": "Row whose key another row has",
    "nonexistent_time": "A local time that does not exist",
    "ambiguous_time": "A local time that exists twice",
    "undecodable": "Bytes that are no text",
    "error_cell": "A cell with an error of the spreadsheet",
    "error_cell_row": "Row with an error of the spreadsheet",
    "formula_without_value": "A formula without a stored value",
    "merged_cell": "A merged cell",
    "broken_quotes": "Row with a quote that does not close",
    "columns_shifted": "Row with too many or too few columns",
    "too_long": "Row or value that is too long",
    "no_text": "A value that is no text, number or date",
}
_OTHER: Final = "Another reason"


def write_data_manager(
    night: ReportNight, folder: Path, failures: list[Failure] | None = None
) -> WrittenFile:
    """Write the data manager's workbook into `folder/data_team`.

    Args:
        night: The night.
        folder: The folder of the worklists.
        failures: What of the other reports could not be made; what of this one cannot is added.
    """
    settings = night.settings
    failed = failures if failures is not None else []
    before = list(failed)
    title = f"Data manager's sheets, {uk_date(night.business_date)}"
    maker = Maker(DATA_TEAM, failed)
    line = f"{settings.worklist_marking}. Position at {uk_time(night.asof)}."
    signs = "[x] not available. [z] does not apply."
    sheets = maker.sheets(
        {
            "Sources": lambda: _sources(night, title, line, signs),
            "Not read": lambda: _not_read(night, line, signs),
            "Warnings": lambda: _warnings(night, line, signs),
            "Rules": lambda: _rules(night, line, signs),
            "Units": lambda: _units(night, line, signs),
            "Reports": lambda: _reports(before, line, signs),
        },
        line,
    )
    properties = Properties(
        title=title,
        subject="What was not read, not run or not written",
        author=settings.contact,
        marking=settings.worklist_marking,
        status="Final",
        written=night.asof,
        others={
            "Business date": night.business_date.isoformat(),
            **({"Run": settings.run_id} if settings.run_id else {}),
        },
    )
    name = (
        f"{file_word(settings.worklist_marking)}_data-manager"
        f"_{night.business_date.isoformat()}.xlsx"
    )
    path = folder / DATA_TEAM / name
    digest = write_workbook(
        path, properties, sheets, lambda sheet, error: maker.instead(sheet.name, error, line)
    )
    return WrittenFile(path, digest, sum(sheet.size for sheet in sheets))


def _table(
    name: str,
    title: str,
    lines: Sequence[str],
    table: str,
    columns: list[Column],
    rows: list[tuple[Value, ...]],
) -> Sheet:
    found = rows or [("Nothing", *[NOT_APPLICABLE] * (len(columns) - 1))]
    return Sheet(name, title, lines, table, columns, found, len(found), working=True)


def _or(value: Value, otherwise: Value = NOT_AVAILABLE) -> Value:
    return otherwise if value is None else value


def _sources(night: ReportNight, title: str, *lines: str) -> Sheet:
    """What each source delivered, and why it is not accepted."""
    by_source = night.quality.group_by("source").agg(
        rows=pl.col("count").filter(pl.col("field").is_null()).sum(),
        cells=pl.col("count").filter(pl.col("field").is_not_null()).sum(),
    )
    bad = {source: (rows, cells) for source, rows, cells in by_source.iter_rows()}
    rows: list[tuple[Value, ...]] = []
    for row in night.sources.sort("source").iter_rows(named=True):
        # Nothing is said to be none where nothing was counted.
        none = (None, row["rejects"]) if night.quality.is_empty() else (0, 0)
        bad_rows, cells = bad.get(row["source"], none)
        rows.append(
            (
                row["source"],
                sentence((row["records"] or NOT_AVAILABLE).replace("_", " ")),
                _STATES.get(row["state"], NOT_AVAILABLE),
                _or(row["rows"]),
                _or(row["accepted"]),
                _or(bad_rows),
                _or(row["left_out"]),
                _or(cells),
                _or(row["figures_from"]),
                sentence(row["reason"] or NOT_APPLICABLE),
            )
        )
    return _table(
        "Sources",
        title,
        [*lines, "What each source delivered. A held source opens and closes nothing."],
        "sources",
        [
            Column("Source", 24),
            Column("Records", 20),
            Column("State", 19),
            Column("Rows read", 12, Kind.COUNT),
            Column("Rows accepted", 12, Kind.COUNT),
            Column("Rows not read", 12, Kind.COUNT),
            Column("Rows left out by settings", 14, Kind.COUNT),
            Column("Values not read", 12, Kind.COUNT),
            Column("Figures from the night of", 16, Kind.DATE),
            Column("Why it is not accepted", 90),
        ],
        rows,
    )


def _not_read(night: ReportNight, *lines: str) -> Sheet:
    """What could not be read, by source, field and reason."""
    tables = load_records().tables
    rows: list[tuple[Value, ...]] = []
    found = night.quality.filter(pl.col("count") > 0).sort(
        ["source", "count", "records", "field", "reason"],
        descending=[False, True, False, False, False],
        nulls_last=True,
    )
    for source, records, name, reason, count in found.select(
        "source", "records", "field", "reason", "count"
    ).iter_rows():
        table = tables.get(records)
        field: Value = "The whole row"
        if name is not None:
            known = table is not None and name in table.schema
            field = f"{label_of(name)} ({name})" if known else "A field that is not known"
        kind = sentence(records.replace("_", " ")) if table is not None else NOT_AVAILABLE
        rows.append((source, kind, field, _REASONS.get(reason, _OTHER), count))
    return _table(
        "Not read",
        "What could not be read, by source, field and reason",
        [
            *lines,
            "Number of values, or of rows. The values are in the file of rejects of the night.",
        ],
        "not_read",
        [
            Column("Source", 24),
            Column("Records", 20),
            Column("Field", 40),
            Column("Reason", 46),
            Column("Number", 12, Kind.COUNT),
        ],
        rows,
    )


def _warnings(night: ReportNight, *lines: str) -> Sheet:
    """What the night would have the data manager know."""
    rows: list[tuple[Value, ...]] = [
        (number, sentence(said)) for number, said in enumerate(night.warnings, start=1)
    ]
    if not rows:
        rows = [(NOT_APPLICABLE, "Nothing")]
    return _table(
        "Warnings",
        "Warnings of the night",
        lines,
        "warnings",
        [Column("Number", 10, Kind.COUNT), Column("Warning", 130)],
        rows,
    )


def _rules(night: ReportNight, *lines: str) -> Sheet:
    """The rules that did not run, and those that looked away from records."""
    titles = dict(night.rules.select("rule_id", "title").iter_rows())
    looked = pl.col("looked_away").fill_null(0) + pl.col("unreferenced").fill_null(0)
    found = night.outcomes.filter((pl.col("outcome") != "ran") | (looked > 0))
    rows: list[tuple[Value, ...]] = [
        (
            row["rule_id"],
            titles.get(row["rule_id"], NOT_AVAILABLE),
            _OUTCOMES.get(row["outcome"], NOT_AVAILABLE),
            _or(row["looked_away"]),
            _or(row["unreferenced"]),
            sentence(row["reason"] or NOT_APPLICABLE),
        )
        for row in found.sort("rule_id", "records").iter_rows(named=True)
    ]
    return _table(
        "Rules",
        "Rules that did not run, and rules that looked away from records",
        [
            *lines,
            "A rule looks away from a record when something that it reads could not be read:"
            " nothing of that record is opened or closed.",
        ],
        "rules",
        [
            Column("Rule", 17),
            Column("What it finds", 56),
            Column("Tonight", 16),
            Column("Records looked away from", 15, Kind.COUNT),
            Column("Rows of no known record", 15, Kind.COUNT),
            Column("Why it did not run", 90),
        ],
        rows,
    )


def _units(night: ReportNight, *lines: str) -> Sheet:
    """How many records belong to no unit of the settings."""
    names = dict(night.units.select("unit_code", "name").iter_rows())
    goes = names.get(fallback_unit(night), "The worklist of units not known")
    if fallback_unit(night) == UNALLOCATED:
        goes += ": the settings name no fallback_unit"
    records = night.exceptions.filter(
        pl.col("records") != SOURCES, pl.col("state") == "open", pl.col("unit_code").is_null()
    )
    stated = pl.col("unit_stated").fill_null(False)
    rows: list[tuple[Value, ...]] = [
        (
            f"Open exceptions whose record names {what}",
            part.height,
            part["record_key"].n_unique(),
            goes,
        )
        for what, part in (
            ("a unit that is not in units.toml", records.filter(stated)),
            ("no unit", records.filter(~stated)),
        )
    ]
    return _table(
        "Units",
        "Units that are not known",
        [
            *lines,
            "What was delivered as a unit is not shown: it may be anything. Look for it in the"
            " source, then add it to the aliases of a unit in units.toml.",
        ],
        "units_not_known",
        [
            Column("What", 70),
            Column("Exceptions", 13, Kind.COUNT),
            Column("Records", 13, Kind.COUNT),
            Column("Where they went", 50),
        ],
        rows,
    )


def _reports(failed: Sequence[Failure], *lines: str) -> Sheet:
    """The reports, and sheets of them, that could not be made."""
    rows: list[tuple[Value, ...]] = [
        (failure.report, failure.sheet or "The whole report", sentence(str(failure.said())))
        for failure in failed
    ]
    return _table(
        "Reports",
        "Reports that could not be made",
        lines,
        "reports_not_made",
        [Column("Report", 24), Column("Sheet", 22), Column("What happened", 110)],
        rows,
    )
