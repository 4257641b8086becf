"""The sheets around the figures: cover, contents, notes, method and definitions."""

from __future__ import annotations

import polars as pl

from reports.excel import NOT_AVAILABLE, Column, Link, Sheet, Value
from reports.measures import DEFINITIONS, WEIGHTS
from reports.night import THEMES, ReportNight
from reports.pcc.counts import (
    Counts,
    night_before,
    night_key,
)
from reports.pcc.layout import CONTENTS, held, outcome_counts, standing, table_sheet
from reports.pcc.measured import incomparable, measured
from reports.pcc.words import NOTES, TERMS, rates, shorthand
from reports.text import counted as number_of
from reports.text import uk_date, uk_time


def cover(night: ReportNight, counts: Counts, title: str) -> Sheet:
    """What the pack is, and what stands out."""
    settings = night.settings
    outcome = outcome_counts(night)
    rows: list[tuple[Value, ...]] = [
        ("For", settings.oversight_body),
        ("From", settings.force_name),
        ("Night", uk_date(night.business_date)),
        ("Position at", f"{uk_time(night.asof)}, local time"),
        ("Status", settings.status),
        ("Protective marking", settings.pcc_marking),
        ("Period of the measures", "12 months to the night, and the latest whole quarter"),
        ("What stands out", "\n".join(_headlines(night, counts)) or NOT_AVAILABLE),
        (
            "Rules",
            f"{number_of(outcome['Rules that ran'], 'rule')} ran,"
            f" {outcome['Rules that did not run']} did not (see Rules not run)",
        ),
        (
            "Sources",
            f"{number_of(outcome['Sources accepted'], 'source')} accepted,"
            f" {outcome['Sources held or not read']} held or not read (see Sources)",
        ),
        (
            "Held tonight",
            "\n".join(held(night)) or ("Nothing" if night.sources.height else NOT_AVAILABLE),
        ),
        (
            "What it does not hold",
            "No names, no references of records, no free text. Small counts are shown as [c]."
            " What was not measured is [x], and what cannot be compared is [b].",
        ),
        ("How to read it", NOTES[0]),
        ("Questions to", settings.contact),
    ]
    return Sheet(
        "Cover",
        title,
        [standing(night), *_top(night), Link("Go to contents", CONTENTS)],
        "cover",
        [Column("About this pack", 28), Column("Detail", 96)],
        rows,
        len(rows),
    )


def _top(night: ReportNight) -> list[str]:
    """What was not measured or not read tonight, before anything else."""
    lines = measured(night).lines()
    away = night.sources.filter(pl.col("state") != "accepted").height
    if away:
        all_of_them = "All of" if away == night.sources.height else f"{away:,} of"
        lines.append(
            f"{all_of_them} the {night.sources.height:,} sources are held or were not read tonight"
            " (see Sources)."
        )
    return lines


def _headlines(night: ReportNight, counts: Counts) -> list[str]:
    """A few sentences of what stands out; a figure that is hidden or not measured has none."""
    said = _top(night)
    now = counts.shown("open")
    if isinstance(now, int):
        said.append(f"{number_of(now, 'exception')} open{_since(night, counts, now)}.")
        said += incomparable(night, night_before(night))
    critical, overdue = counts.shown("severity", "critical"), counts.shown("overdue")
    if isinstance(critical, int):
        said.append(f"{critical:,} of them critical.")
    if isinstance(overdue, int):
        said.append(f"{overdue:,} of them past the time by which action was due.")
    fixed = counts.shown("moved", "fixed")
    if isinstance(fixed, int):
        said.append(f"{number_of(fixed, 'exception')} put right since the night before.")
    themes = {
        name: counts.values["theme", theme]
        for theme, name in THEMES.items()
        if isinstance(counts.shown("theme", theme), int)
    }
    if themes and max(themes.values()) > 0:
        most = max(themes, key=lambda name: themes[name])
        said.append(f"The theme with the most open exceptions: {most} ({themes[most]:,}).")
    return said


def _since(night: ReportNight, counts: Counts, now: int) -> str:
    """How many more or fewer than the night before; nothing where the two are not alike."""
    before = night_before(night)
    if before is None or incomparable(night, before):
        return ""
    then = counts.shown(*night_key(before, "open"))
    if not isinstance(then, int):
        return ""
    if now == then:
        return ", as many as the night before"
    return f", {abs(now - then):,} {'more' if now > then else 'fewer'} than the night before"


def contents(night: ReportNight, sheets: list[Sheet]) -> Sheet:
    """Where everything is."""
    rows: list[tuple[Value, ...]] = [
        (Link(sheet.name, sheet.name), sheet.title) for sheet in sheets
    ]
    return Sheet(
        CONTENTS,
        "Contents",
        [standing(night)],
        "contents",
        [Column("Sheet", 24), Column("What it holds", 80)],
        rows,
        len(rows),
    )


def notes(night: ReportNight) -> Sheet:
    """The notes that other sheets refer to."""
    rows: list[tuple[Value, ...]] = [
        (f"[note {number}]", text) for number, text in enumerate(NOTES, start=1)
    ]
    return table_sheet(
        night,
        "Notes",
        "Notes: how to read the figures",
        "notes",
        [Column("Note", 12), Column("What it says", 110)],
        rows,
        counts=False,
    )


def method(night: ReportNight) -> Sheet:
    """How the figures are made, and the words of the pack."""
    settings = night.settings
    weights = ", ".join(f"{severity} {weight}" for severity, weight in WEIGHTS.items())
    dimensions = "completeness, uniqueness, consistency, timeliness, validity and accuracy"
    made = [
        (
            "How the figures are made",
            "Each night the force's records of orders and breaches are read, tested against a"
            " catalogue of rules, and every exception is followed until it is closed. Nothing in"
            " this pack was typed or corrected by hand.",
        ),
        ("Small counts", f"{shorthand(settings)} {rates(settings)}"),
        (
            "Figures hidden to protect others",
            "Where a hidden count could be worked out from a total, more counts are hidden until it"
            " cannot. Zeros are always shown.",
        ),
        (
            "Data quality score",
            f"Checks passed out of checks run, weighted by severity ({weights}), for each of the"
            f" six dimensions of the Government Data Quality Framework: {dimensions}.",
        ),
        ("Run", settings.run_id or NOT_AVAILABLE),
        ("Version of Orderwatch", settings.version or NOT_AVAILABLE),
    ]
    return table_sheet(
        night,
        "Method",
        "Method and terms",
        "method",
        [Column("Term", 30), Column("What it means", 100)],
        [*made, *TERMS],
        "[x] not available.",
        counts=False,
    )


def definitions(night: ReportNight) -> Sheet:
    """What each measure counts."""
    rows: list[tuple[Value, ...]] = [(code, *entry) for code, entry in DEFINITIONS.items()]
    return table_sheet(
        night,
        "Definitions",
        "Definitions of the measures",
        "definitions",
        [
            Column("Measure", 11),
            Column("Name", 34),
            Column("Numerator counts", 44),
            Column("Denominator counts", 44),
            Column("Left out because not known", 34),
            Column("Basis", 50),
        ],
        rows,
        counts=False,
    )
