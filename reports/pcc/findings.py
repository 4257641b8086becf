"""What is open and what moved: by night, theme, unit, rule and age."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import polars as pl

from reports.excel import BREAK, NOT_APPLICABLE, NOT_AVAILABLE, Column, Kind, Sheet, Value
from reports.measures import BANDS
from reports.night import SEVERITIES, THEMES, ReportNight
from reports.pcc.counts import (
    MOVEMENTS,
    Counts,
    Key,
    night_before,
    night_key,
    past_nights,
)
from reports.pcc.figures import shown_measures
from reports.pcc.layout import outcome_counts, table_sheet
from reports.pcc.measured import Nights, incomparable, measured
from reports.pcc.printed import Printed
from reports.pcc.rates import checked, percentage
from reports.pcc.words import STATES, rates
from reports.routing import UNALLOCATED
from reports.suppression import CONFIDENTIAL, Shown, rate_is_hidden
from reports.text import sentence, uk_date


def summary(night: ReportNight, counts: Counts) -> Sheet:
    """The figures to look at first, with the night before."""
    before = night_before(night)

    def then(column: str) -> Shown:
        key: Key = night_key(before, column) if before else ()
        return counts.shown(*key) if key in counts.values else NOT_AVAILABLE

    lines: list[tuple[str, Shown, Shown]] = [
        ("Open exceptions", counts.shown("open"), then("open")),
        ("of which critical", counts.shown("severity", "critical"), then("critical")),
        ("of which overdue", counts.shown("overdue"), then("overdue")),
    ]
    for movement, name in MOVEMENTS.items():
        label = name.lower() if name.startswith("Of ") else f"{name} on the night"
        lines.append((label, counts.shown("moved", movement), then(movement)))
    lines.append(("Waived", counts.shown("waived"), then("waived")))
    due = "Due soon (not yet exceptions)"
    lines.append((due, counts.shown("due soon"), then("due soon")))
    unlike = incomparable(night, before)
    rows: list[tuple[Value, ...]] = [
        (name, now, earlier, BREAK if unlike else _change(now, earlier))
        for name, now, earlier in lines
    ]
    printed = Printed(night)
    for name, count in outcome_counts(night).items():
        was = printed.number(before, name) if before else None
        rows.append((name, count, *([NOT_AVAILABLE] * 2 if was is None else [was, count - was])))
    previous = f"Night of {uk_date(before)}" if before else "Earlier night"
    return table_sheet(
        night,
        "Summary",
        "Summary of the night",
        "summary",
        [
            Column("Figure (number)", 36),
            Column(f"Night of {uk_date(night.business_date)}", 30, Kind.COUNT),
            Column(previous, 30, Kind.COUNT),
            Column("Change", 14, Kind.COUNT),
        ],
        rows,
        "Exceptions are findings about records [note 1]. Fixed means that it passed [note 8].",
        "Numbers of rules and of sources are not about people and are always shown.",
        *unlike,
    )


def _change(now: Shown, before: Shown) -> Shown:
    if isinstance(now, int) and isinstance(before, int):
        return now - before
    if NOT_AVAILABLE in (now, before):
        return NOT_AVAILABLE
    return CONFIDENTIAL


def trend(night: ReportNight, counts: Counts) -> Sheet:
    """The latest nights, the newest first."""
    columns = ("open", "critical", *MOVEMENTS, "waived")
    past: list[date] = past_nights(night)["business_date"].sort(descending=True).to_list()
    rows: list[tuple[Value, ...]] = [
        (
            night.business_date,
            counts.shown("open"),
            counts.shown("severity", "critical"),
            *(counts.shown("moved", movement) for movement in MOVEMENTS),
            counts.shown("waived"),
        )
    ]
    for day in past:
        keys = [night_key(day, column) for column in columns]
        figures = [counts.shown(*k) if k in counts.values else NOT_AVAILABLE for k in keys]
        rows.append((day, *figures))
    nights = Nights(night)
    for place, (day, before) in enumerate(pairwise([night.business_date, *past])):
        differ = nights.differ(day, before)
        rows[place] += (BREAK, sentence(differ)) if differ else ("Yes", "The same rules ran")
    rows[-1] += (NOT_AVAILABLE, "The first night of this table")
    return table_sheet(
        night,
        "Trend",
        "The latest nights",
        "trend",
        [
            Column("Night", 13, Kind.DATE),
            Column("Open", 11, Kind.COUNT),
            Column("Of which critical", 13, Kind.COUNT),
            *(Column(name, 14, Kind.COUNT) for name in MOVEMENTS.values()),
            Column("Waived", 11, Kind.COUNT),
            Column("Comparable with the night before", 16, Kind.COUNT),
            Column("What differed", 60),
        ],
        rows,
        "Number of exceptions at the end of each night, and what moved on it. Newest night first.",
        "A night is comparable with the one before when the same rules ran on both [note 12].",
    )


def by_theme(night: ReportNight, counts: Counts) -> Sheet:
    """What is open, by theme and severity."""
    ran = measured(night)
    rows: list[tuple[Value, ...]] = [
        (
            name,
            *(counts.shown("theme", theme, severity) for severity in SEVERITIES),
            counts.shown("theme", theme),
            sentence(ran.of(theme).said()),
        )
        for theme, name in THEMES.items()
    ]
    rows.append(
        (
            "All themes",
            *(counts.shown("severity", severity) for severity in SEVERITIES),
            counts.shown("open"),
            sentence(ran.of().said()),
        )
    )
    return table_sheet(
        night,
        "By theme",
        "Open exceptions by theme and severity",
        "open_by_theme",
        [
            Column("Theme", 30),
            *(Column(sentence(severity), 13, Kind.COUNT) for severity in SEVERITIES),
            Column("All severities", 18, Kind.COUNT),
            Column("Rules tonight", 18),
        ],
        rows,
        "Number of open exceptions. Waived exceptions and rules on trial are not counted [note 6].",
        totals=True,
    )


def movements(night: ReportNight, counts: Counts) -> Sheet:
    """What moved tonight, by theme."""
    ran = measured(night)
    rows: list[tuple[Value, ...]] = [
        (
            name,
            *(counts.shown("moved", movement, theme) for movement in MOVEMENTS),
            sentence(ran.of(theme).said()),
        )
        for theme, name in THEMES.items()
    ]
    everything = [counts.shown("moved", movement) for movement in MOVEMENTS]
    rows.append(("All themes", *everything, sentence(ran.of().said())))
    return table_sheet(
        night,
        "Movements",
        "Exceptions opened and closed on the night, by theme",
        "movements_by_theme",
        [
            Column("Theme", 30),
            *(Column(name, 15, Kind.COUNT) for name in MOVEMENTS.values()),
            Column("Rules tonight", 18),
        ],
        rows,
        "Number of exceptions. Only the column Fixed is a record put right [note 8].",
        totals=True,
    )


def by_unit(night: ReportNight, counts: Counts) -> Sheet:
    """What is open, by unit and theme."""
    names = dict(night.units.select("unit_code", "name").iter_rows())
    rows: list[tuple[Value, ...]] = []
    for unit in sorted(
        counts.units, key=lambda code: (code == UNALLOCATED, str(names.get(code, code)))
    ):
        label = names.get(unit, "Unit not known")
        figures = [counts.shown("unit", unit, theme) for theme in THEMES]
        rows.append((label, *figures, counts.shown("unit", unit)))
    everything = [counts.shown("theme", theme) for theme in THEMES]
    rows.append(("All units", *everything, counts.shown("open")))
    return table_sheet(
        night,
        "By unit",
        "Open exceptions by unit and theme",
        "open_by_unit",
        [
            Column("Unit", 34),
            *(Column(name, 17, Kind.COUNT) for name in THEMES.values()),
            Column("All themes", 13, Kind.COUNT),
        ],
        rows,
        "Number of open exceptions, by the unit that answers for the record.",
        "Units differ in how many orders they hold: a larger number is not by itself worse work.",
        totals=True,
    )


def by_rule(night: ReportNight, counts: Counts) -> Sheet:
    """What is open, by rule, with what each rule looked at."""
    order = {theme: place for place, theme in enumerate(THEMES)}
    grave = {severity: place for place, severity in enumerate(SEVERITIES)}
    known = night.rules.filter(pl.col("status").fill_null("active") != "retired").unique(
        "rule_id", keep="first", maintain_order=True
    )
    listed = sorted(
        known.iter_rows(named=True),
        key=lambda row: (
            row["status"] == "trial",
            order.get(row["theme"], 9),
            grave.get(row["severity"], 9),
            row["rule_id"],
        ),
    )
    rows: list[tuple[Value, ...]] = []
    for row in listed:
        rule, trial = row["rule_id"], row["status"] == "trial"
        records, failing = checked(night, counts, rule)
        rows.append(
            (
                rule,
                row["title"],
                THEMES.get(row["theme"], row["theme"]),
                sentence(row["severity"]),
                _tonight(night, rule, trial=trial),
                NOT_AVAILABLE if records is None else records,
                NOT_AVAILABLE if failing is None else failing,
                NOT_APPLICABLE if trial else counts.shown("rule", rule),
            )
        )
    return table_sheet(
        night,
        "By rule",
        "Open exceptions by rule",
        "open_by_rule",
        [
            Column("Rule", 15),
            Column("What it finds", 52),
            Column("Theme", 26),
            Column("Severity", 11),
            Column("Tonight", 20),
            Column("Records checked", 12, Kind.COUNT),
            Column("Records that fail (%)", 13, Kind.DECIMAL),
            Column("Open exceptions", 13, Kind.COUNT),
        ],
        rows,
        "Number of open exceptions of each rule, and how many records the rule looked at [note 6].",
        rates(night.settings),
    )


def _tonight(night: ReportNight, rule: str, *, trial: bool) -> str:
    outcomes = night.outcomes.filter(pl.col("rule_id") == rule)["outcome"].unique().sort().to_list()
    said = ", ".join(STATES.get(outcome, outcome) for outcome in outcomes) or "Not reported"
    return f"{said} (on trial)" if trial else said


def ageing(night: ReportNight, counts: Counts) -> Sheet:
    """How long the open exceptions have been open."""
    rows: list[tuple[Value, ...]] = []
    everything = counts.values["open",]
    for band, _, _ in BANDS:
        figures = [counts.shown("age", band, severity) for severity in SEVERITIES]
        total = counts.shown("age", band)
        rows.append((band, *figures, total, _part(night, total, everything, counts)))
    totals = [counts.shown("severity", severity) for severity in SEVERITIES]
    whole: Value = 100.0 if everything >= night.settings.minimum_denominator else CONFIDENTIAL
    if counts.shown("open") == NOT_AVAILABLE:
        whole = NOT_AVAILABLE
    elif everything == 0:
        whole = NOT_APPLICABLE
    rows.append(("All ages", *totals, counts.shown("open"), whole))
    figures_of = {row.cut: row.value for row in shown_measures(night) if row.measure == "M24"}
    median, oldest = figures_of.get("median age"), figures_of.get("oldest")
    line = "Number of open exceptions by the days since each was first found."
    if isinstance(median, float) and isinstance(oldest, float) and whole != NOT_AVAILABLE:
        line += f" The median age is {median:,.0f} days, the oldest {oldest:,.0f} days."
    return table_sheet(
        night,
        "Ageing",
        "Open exceptions by age and severity",
        "open_by_age",
        [
            Column("Age", 22),
            *(Column(sentence(severity), 13, Kind.COUNT) for severity in SEVERITIES),
            Column("All severities", 18, Kind.COUNT),
            Column("Share (%)", 13, Kind.DECIMAL),
        ],
        rows,
        line,
        rates(night.settings),
        totals=True,
    )


def _part(night: ReportNight, part: Shown, whole: int, counts: Counts) -> Value:
    """A share of a total in percent, as it may be shown."""
    if part == NOT_AVAILABLE:
        return NOT_AVAILABLE
    if whole == 0:
        return NOT_APPLICABLE
    if not isinstance(part, int) or counts.is_hidden("open"):
        return CONFIDENTIAL
    settings = night.settings
    hide = rate_is_hidden(
        part, whole, below=settings.suppress_below, minimum=settings.minimum_denominator
    )
    return CONFIDENTIAL if hide else percentage(part, whole)
