"""The tables of the scrutiny pack, a function a sheet."""

from __future__ import annotations

from datetime import date

import polars as pl

from reports.measures import BANDS, DEFINITIONS, WEIGHTS
from reports.night import SEVERITIES, THEMES, ReportNight
from reports.pcc_counts import (
    MOVEMENTS,
    NO_UNIT,
    Counts,
    Key,
    active_rules,
    checked,
    night_key,
    past_nights,
)
from reports.pcc_measures import MeasureRow, shown_measures
from reports.pcc_words import NOTES, STATES, TERMS, rates, shorthand
from reports.redaction import redactor
from reports.sheets import NOT_APPLICABLE, NOT_AVAILABLE, Column, Kind, Link, Sheet, Value
from reports.suppression import CONFIDENTIAL, Shown, Sum, hidden_cells, rate_is_hidden
from reports.text import counted as number_of
from reports.text import sentence, uk_date, uk_time

#: The sheet that links to all others.
CONTENTS = "Contents"


def standing(night: ReportNight) -> str:
    """The marking, status and moment, as they stand on every sheet."""
    settings = night.settings
    return f"{settings.pcc_marking}. {settings.status}. Position at {uk_time(night.asof)}."


def held(night: ReportNight) -> list[str]:
    """What is held tonight, and which night its figures are from; nothing where all is well."""
    lines = []
    rows = night.sources.filter(pl.col("state") != "accepted").sort("source")
    for row in rows.iter_rows(named=True):
        since = row["figures_from"]
        from_when = f"those of the night of {uk_date(since)}" if since else "not available"
        state = "could not be read" if row["state"] == "failed" else "is held"
        lines.append(
            f"Source {row['source']} {state} tonight: its figures are {from_when} [note 7]."
        )
    return lines


def _sheet(
    night: ReportNight,
    name: str,
    title: str,
    table: str,
    columns: list[Column],
    rows: list[tuple[Value, ...]],
    *lines: str,
    counts: bool = True,
) -> Sheet:
    """A sheet of the pack, with what stands above every table."""
    if not rows:
        rows = [("None", *[NOT_APPLICABLE] * (len(columns) - 1))]
    before: list[str | Link] = [standing(night), *lines]
    if counts:
        before += [*held(night), shorthand(night.settings)]
    before.append(Link("Back to contents", CONTENTS))
    return Sheet(name, title, before, table, columns, rows, len(rows))


def _change(now: Shown, before: Shown) -> Shown:
    if isinstance(now, int) and isinstance(before, int):
        return now - before
    return CONFIDENTIAL if CONFIDENTIAL in (now, before) else NOT_AVAILABLE


def summary(night: ReportNight, counts: Counts) -> Sheet:
    """The figures to look at first, with the night before."""
    past = past_nights(night, 1)
    before: date | None = past["business_date"][0] if past.height else None

    def then(column: str) -> Shown:
        key: Key = night_key(before, column) if before else ()
        return counts.shown(*key) if key in counts.values else NOT_AVAILABLE

    lines: list[tuple[str, Shown, Shown]] = [
        ("Open exceptions", counts.shown("open"), then("open")),
        ("of which critical", counts.shown("severity", "critical"), then("critical")),
        ("of which overdue", counts.shown("overdue"), NOT_AVAILABLE),
    ]
    for movement, name in MOVEMENTS.items():
        label = f"{name} on the night"
        lines.append((label, counts.shown("moved", movement), then(movement)))
    lines.append(("Waived", counts.shown("waived"), then("waived")))
    lines.append(("Due soon (not yet exceptions)", counts.shown("due soon"), NOT_AVAILABLE))
    rows: list[tuple[Value, ...]] = [
        (name, now, earlier, _change(now, earlier)) for name, now, earlier in lines
    ]
    for name, count in _outcome_counts(night).items():
        rows.append((name, count, NOT_AVAILABLE, NOT_AVAILABLE))
    previous = f"Night of {uk_date(before)}" if before else "Earlier night"
    return _sheet(
        night,
        "Summary",
        "Summary of the night",
        "summary",
        [
            Column("Figure (number)", 36),
            Column(f"Night of {uk_date(night.business_date)}", 22, Kind.COUNT),
            Column(previous, 22, Kind.COUNT),
            Column("Change", 14, Kind.COUNT),
        ],
        rows,
        "Exceptions are findings about records [note 1]. Fixed means that it passed [note 8].",
        "Numbers of rules and of sources are not about people and are always shown.",
    )


def _outcome_counts(night: ReportNight) -> dict[str, int]:
    active = active_rules(night)["rule_id"].implode()
    outcomes = night.outcomes.filter(pl.col("rule_id").is_in(active))
    ran = outcomes.group_by("rule_id").agg(ran=(pl.col("outcome") == "ran").all())
    accepted = night.sources.filter(pl.col("state") == "accepted").height
    return {
        "Rules that ran": int(ran["ran"].sum()),
        "Rules that did not run": int((~ran["ran"]).sum()),
        "Sources accepted": accepted,
        "Sources held or not read": night.sources.height - accepted,
    }


def trend(night: ReportNight, counts: Counts) -> Sheet:
    """The latest nights, the newest first."""
    columns = ("open", "critical", *MOVEMENTS, "waived")
    rows: list[tuple[Value, ...]] = [
        (
            night.business_date,
            counts.shown("open"),
            counts.shown("severity", "critical"),
            *(counts.shown("moved", movement) for movement in MOVEMENTS),
            counts.shown("waived"),
        )
    ]
    for day in past_nights(night)["business_date"].sort(descending=True):
        keys = [night_key(day, column) for column in columns]
        figures = [counts.shown(*k) if k in counts.values else NOT_AVAILABLE for k in keys]
        rows.append((day, *figures))
    return _sheet(
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
        ],
        rows,
        "Number of exceptions at the end of each night, and what moved on it. Newest night first.",
    )


def by_theme(night: ReportNight, counts: Counts) -> Sheet:
    """What is open, by theme and severity."""
    rows: list[tuple[Value, ...]] = [
        (
            name,
            *(counts.shown("theme", theme, severity) for severity in SEVERITIES),
            counts.shown("theme", theme),
        )
        for theme, name in THEMES.items()
    ]
    rows.append(
        (
            "All themes",
            *(counts.shown("severity", severity) for severity in SEVERITIES),
            counts.shown("open"),
        )
    )
    return _sheet(
        night,
        "By theme",
        "Open exceptions by theme and severity",
        "open_by_theme",
        [
            Column("Theme", 30),
            *(Column(sentence(severity), 13, Kind.COUNT) for severity in SEVERITIES),
            Column("All severities", 15, Kind.COUNT),
        ],
        rows,
        "Number of open exceptions. Waived exceptions and rules on trial are not counted [note 6].",
    )


def movements(night: ReportNight, counts: Counts) -> Sheet:
    """What moved tonight, by theme."""
    rows: list[tuple[Value, ...]] = [
        (name, *(counts.shown("moved", movement, theme) for movement in MOVEMENTS))
        for theme, name in THEMES.items()
    ]
    rows.append(("All themes", *(counts.shown("moved", movement) for movement in MOVEMENTS)))
    return _sheet(
        night,
        "Movements",
        "Exceptions opened and closed on the night, by theme",
        "movements_by_theme",
        [Column("Theme", 30), *(Column(name, 15, Kind.COUNT) for name in MOVEMENTS.values())],
        rows,
        "Number of exceptions. Only the column Fixed is a record put right [note 8].",
    )


def by_unit(night: ReportNight, counts: Counts) -> Sheet:
    """What is open, by unit and theme."""
    names = dict(night.units.select("unit_code", "name").iter_rows())
    rows: list[tuple[Value, ...]] = []
    for unit in sorted(
        counts.units, key=lambda code: (code == NO_UNIT, str(names.get(code, code)))
    ):
        label = "Unit not known" if unit == NO_UNIT else names.get(unit, f"Unit {unit}")
        figures = [counts.shown("unit", unit, theme) for theme in THEMES]
        rows.append((label, *figures, counts.shown("unit", unit)))
    everything = [counts.shown("theme", theme) for theme in THEMES]
    rows.append(("All units", *everything, counts.shown("open")))
    return _sheet(
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
    return _sheet(
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
    if "held" in outcomes:
        said += ": last night's figures"
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
    if everything == 0:
        whole = NOT_APPLICABLE
    rows.append(("All ages", *totals, counts.shown("open"), whole))
    figures_of = {row.cut: row.value for row in shown_measures(night) if row.measure == "M24"}
    median, oldest = figures_of.get("median age"), figures_of.get("oldest")
    line = "Number of open exceptions by the days since each was first found."
    if isinstance(median, float) and isinstance(oldest, float):
        line += f" The median age is {median:,.0f} days, the oldest {oldest:,.0f} days."
    return _sheet(
        night,
        "Ageing",
        "Open exceptions by age and severity",
        "open_by_age",
        [
            Column("Age", 22),
            *(Column(sentence(severity), 13, Kind.COUNT) for severity in SEVERITIES),
            Column("All severities", 15, Kind.COUNT),
            Column("Share (%)", 12, Kind.DECIMAL),
        ],
        rows,
        line,
        rates(night.settings),
    )


def _part(night: ReportNight, part: Shown, whole: int, counts: Counts) -> Value:
    """A share of a total in percent, as it may be shown."""
    if whole == 0:
        return NOT_APPLICABLE
    if not isinstance(part, int) or counts.is_hidden("open"):
        return CONFIDENTIAL
    settings = night.settings
    hide = rate_is_hidden(
        part, whole, below=settings.suppress_below, minimum=settings.minimum_denominator
    )
    return CONFIDENTIAL if hide else 100 * part / whole


def order_types(night: ReportNight) -> Sheet:
    """The variety of orders: how many of each type, for the whole force only."""
    frame = night.order_counts.sort(["granted", "order_type"], descending=[True, False])
    below, least = night.settings.suppress_below, night.settings.minimum_denominator
    types: list[str] = frame["order_type"].to_list()
    cells: dict[Key, int] = {}
    for column in ("granted", "live"):
        figures = frame[column].fill_null(0).to_list()
        cells.update({(column, kind): n for kind, n in zip(types, figures, strict=True)})
        cells[column, ""] = sum(figures)
    sums: list[Sum[Key]] = [
        Sum((column, ""), tuple((column, kind) for kind in types)) for column in ("granted", "live")
    ]
    hidden = hidden_cells(cells, sums, below=below)

    def shown(column: str, kind: str) -> Shown:
        return CONFIDENTIAL if (column, kind) in hidden else cells[column, kind]

    everything = cells["granted", ""]
    rows: list[tuple[Value, ...]] = []
    for kind, name in frame.select("order_type", "name").iter_rows():
        granted = shown("granted", kind)
        share: Value = NOT_APPLICABLE if everything == 0 else CONFIDENTIAL
        if isinstance(granted, int) and ("granted", "") not in hidden and everything:
            unsafe = rate_is_hidden(granted, everything, below=below, minimum=least)
            share = CONFIDENTIAL if unsafe else 100 * granted / everything
        rows.append((kind, name or NOT_AVAILABLE, granted, share, shown("live", kind)))
    if rows:
        rows.append(("All", "All types", shown("granted", ""), NOT_APPLICABLE, shown("live", "")))
    index = next(
        (row for row in shown_measures(night) if (row.measure, row.cut) == ("M05", "12 months")),
        None,
    )
    return _sheet(
        night,
        "Order types",
        "Variety of protective orders, whole force",
        "order_types",
        [
            Column("Type", 12),
            Column("Name", 46),
            Column("Police-led orders granted in 12 months", 22, Kind.COUNT),
            Column("Share of those (%)", 14, Kind.DECIMAL),
            Column("Orders live tonight", 14, Kind.COUNT),
        ],
        rows,
        "Number of orders. More can mean better practice [note 2]; courts drive some [note 4].",
        _variety_line(index),
        rates(night.settings),
    )


def _variety_line(index: MeasureRow | None) -> str:
    said = f"{index.value:.2f}" if index and isinstance(index.value, float) else NOT_AVAILABLE
    return (
        f"Variety index: {said}. It is the chance that two police-led orders taken at random are of"
        " different types: 0 is one type only."
    )


def measures(night: ReportNight) -> Sheet:
    """The measures, each with what it was counted from."""
    rows: list[tuple[Value, ...]] = []
    for row in shown_measures(night):
        if row.measure in ("M23", "M24"):
            continue
        definition = DEFINITIONS.get(row.measure)
        rows.append(
            (
                row.measure,
                definition.title if definition else row.measure,
                sentence(row.cut),
                row.value,
                row.unit,
                row.numerator,
                row.denominator,
                row.excluded,
                row.known,
            )
        )
    return _sheet(
        night,
        "Measures",
        "Measures of orders, breaches and data quality, whole force",
        "measures",
        [
            Column("Measure", 11),
            Column("What is measured", 44),
            Column("Of what", 32),
            Column("Value", 11, Kind.DECIMAL),
            Column("Unit of the value", 17),
            Column("Numerator", 13, Kind.COUNT),
            Column("Denominator", 14, Kind.COUNT),
            Column("Left out, not known", 13, Kind.COUNT),
            Column("Records known (%)", 13, Kind.DECIMAL),
        ],
        rows,
        "The sheet Definitions says what each counts. Breaches: see [note 3] and [note 5].",
        "Records known is the share that could be measured: the quality of the data behind it.",
        rates(night.settings),
    )


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
                NOT_APPLICABLE if accepted else redact(row["reason"]),
            )
        )
    return _sheet(
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
            redact(row["reason"]),
        )
        for row in known.iter_rows(named=True)
    ]
    return _sheet(
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


def notes(night: ReportNight) -> Sheet:
    """The notes that other sheets refer to."""
    rows: list[tuple[Value, ...]] = [
        (f"[note {number}]", text) for number, text in enumerate(NOTES, start=1)
    ]
    return _sheet(
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
    return _sheet(
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
    return _sheet(
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


def cover(night: ReportNight, counts: Counts, title: str) -> Sheet:
    """What the pack is, and what stands out."""
    settings = night.settings
    outcome = _outcome_counts(night)
    past = past_nights(night, 1)
    rows: list[tuple[Value, ...]] = [
        ("For", settings.oversight_body),
        ("From", settings.force_name),
        ("Night", uk_date(night.business_date)),
        ("Position at", f"{uk_time(night.asof)}, local time"),
        ("Status", settings.status),
        ("Protective marking", settings.pcc_marking),
        ("Period of the measures", "12 months to the night, and the latest whole quarter"),
        *[("What stands out", line) for line in _headlines(night, counts, past)],
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
        *[("Held", line) for line in held(night)],
        (
            "What it does not hold",
            "No names, no references of records, no free text. Small counts are shown as [c].",
        ),
        ("How to read it", NOTES[0]),
        ("Questions to", settings.contact),
    ]
    return Sheet(
        "Cover",
        title,
        [standing(night), Link("Go to contents", CONTENTS)],
        "cover",
        [Column("About this pack", 28), Column("Detail", 96)],
        rows,
        len(rows),
    )


def _headlines(night: ReportNight, counts: Counts, past: pl.DataFrame) -> list[str]:
    """A few sentences of what stands out; a figure that is hidden has none."""
    said = []
    now = counts.shown("open")
    if isinstance(now, int):
        line = f"{number_of(now, 'exception')} open"
        if past.height:
            then = counts.shown(*night_key(past["business_date"][0], "open"))
            if isinstance(then, int):
                more = "more" if now > then else "fewer"
                line += (
                    f", {abs(now - then):,} {more} than the night before"
                    if now != then
                    else ", as many as the night before"
                )
        said.append(f"{line}.")
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
        if not counts.is_hidden("theme", theme)
    }
    if themes and max(themes.values()) > 0:
        most = max(themes, key=lambda name: themes[name])
        said.append(f"Most open exceptions are in one theme: {most} ({themes[most]:,}).")
    return said
