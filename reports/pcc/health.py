"""The health of the data: what each source delivered, and which rules could not run."""

from __future__ import annotations

import polars as pl

from reports.excel import NOT_APPLICABLE, NOT_AVAILABLE, Column, Kind, Sheet, Value
from reports.night import ReportNight
from reports.pcc.layout import table_sheet
from reports.pcc.redaction import redactor
from reports.pcc.words import STATES
from reports.said import short_reason
from reports.suppression import CONFIDENTIAL, Sum, hidden_cells
from reports.text import sentence


def sources(night: ReportNight) -> Sheet:
    """The health of what was delivered: each source, its rows and its rejects."""
    redact = redactor(night)
    below = night.settings.suppress_below
    rows: list[tuple[Value, ...]] = []
    for row in night.sources.sort("source").iter_rows(named=True):
        cells = {
            name: row[name] for name in ("rows", "accepted", "rejects") if row[name] is not None
        }
        sums: list[Sum[str]] = []
        silent: set[str] = set()
        if {"rows", "accepted"} <= set(cells) and cells["rows"] > cells["accepted"]:
            cells["dropped"] = cells["rows"] - cells["accepted"]
            silent.add("dropped")
            sums.append(Sum("rows", ("accepted", "dropped")))
        hidden = hidden_cells(cells, sums, below=below, never_shown=silent)
        figures = [
            NOT_AVAILABLE if name not in cells else CONFIDENTIAL if name in hidden else cells[name]
            for name in ("rows", "accepted", "rejects")
        ]
        since = row["figures_from"]
        accepted = row["state"] == "accepted"
        rows.append(
            (
                row["source"],
                sentence((row["records"] or NOT_AVAILABLE).replace("_", " ")),
                STATES.get(row["state"], row["state"]),
                *figures,
                night.business_date if accepted else since or NOT_AVAILABLE,
                NOT_APPLICABLE if accepted else redact(short(row["reason"], night)),
            )
        )
    return table_sheet(
        night,
        "Sources",
        "Data health: what each source delivered",
        "sources",
        [
            Column("Source", 24),
            Column("Records", 20),
            Column("State", 19),
            Column("Rows delivered", 13, Kind.COUNT),
            Column("Rows accepted", 13, Kind.COUNT),
            Column("Values rejected", 13, Kind.COUNT),
            Column("Figures from the night of", 16, Kind.DATE),
            Column("Why it is not accepted", 56),
        ],
        rows,
        "Number of rows and of values. A held source opens and closes nothing [note 7].",
        "A rejected value is one that could not be read; its record goes on without it.",
    )


def short(reason: str | None, night: ReportNight) -> str | None:
    """A reason without its figures: a count in it could be one that the pack hides."""
    return sentence(short_reason(reason, night.names)) if reason else None


def not_run(night: ReportNight) -> Sheet:
    """The rules that did not run, and why: a finding about the data, not a blank."""
    redact = redactor(night)
    titles = dict(night.rules.select("rule_id", "title").iter_rows())
    known = night.outcomes.filter(pl.col("outcome") != "ran").sort("rule_id", "records")
    rows: list[tuple[Value, ...]] = [
        (
            row["rule_id"],
            titles.get(row["rule_id"], NOT_AVAILABLE),
            STATES.get(row["outcome"], row["outcome"]),
            redact(short(row["reason"], night)),
        )
        for row in known.iter_rows(named=True)
    ]
    return table_sheet(
        night,
        "Rules not run",
        "Data health: rules that did not run, and why",
        "rules_not_run",
        [
            Column("Rule", 17),
            Column("What it would find", 56),
            Column("Tonight", 18),
            Column("Why", 64),
        ],
        rows,
        "A rule that cannot run is a finding about the data. It opens and closes nothing.",
        "[x] not available. [z] does not apply.",
        counts=False,
    )
