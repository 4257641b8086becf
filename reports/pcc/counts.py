"""The counts of exceptions that the scrutiny pack shows, protected together.

The same exceptions are counted by theme, unit, rule, severity and age, and each night follows from
the one before. What one sheet hides another could give away, so all of them are one system.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from reports.measures import BANDS
from reports.night import SEVERITIES, THEMES, ReportNight
from reports.routing import with_unit
from reports.suppression import (
    CONFIDENTIAL,
    Shown,
    Sum,
    hidden_cells,
    is_small,
    rate_is_hidden,
)

#: What a count is of: the name of a table and where in it.
Key = tuple[str, ...]

#: What can happen to an exception on a night, as a movement and as a reader knows it.
MOVEMENTS = {
    "opened": "Opened",
    "reopened": "Of which reopened",
    "fixed": "Fixed",
    "withdrawn_from_source": "Withdrawn from source",
    "no_longer_applies": "No longer applies",
    "rule_retired": "Rule retired",
}
_OUT = ("fixed", "withdrawn_from_source", "no_longer_applies", "rule_retired")


@dataclass
class _Gathered:
    """Counts and sums on their way to being protected."""

    counts: dict[Key, int] = field(default_factory=dict)
    sums: list[Sum[Key]] = field(default_factory=list)
    silent: set[Key] = field(default_factory=set)
    also: set[Key] = field(default_factory=set)

    def rest(self, total: Key, parts: Iterable[Key], name: Key) -> None:
        """What is left of a total beside `parts`: never published, but got by subtraction."""
        known = tuple(parts)
        left = self.counts[total] - sum(self.counts[part] for part in known)
        if left > 0:
            self.counts[name] = left
            self.silent.add(name)
            known = (*known, name)
        if left >= 0:
            self.sums.append(Sum(total, known))


@dataclass(frozen=True)
class Counts:
    """Counts by key, and which of them are hidden.

    Keys: `("open",)`; `("theme", theme[, severity])`; `("severity", severity)`;
    `("unit", unit[, theme])`; `("rule", rule)`; `("age", band[, severity])`; `("overdue",)`;
    `("due soon",)`; `("waived",)`; `("moved", movement[, theme])`; `("night", date, column)`.
    """

    values: dict[Key, int]
    hidden: frozenset[Key]
    units: tuple[str, ...]

    def shown(self, *key: str) -> Shown:
        """A count as it may be shown; one that nothing fell under is 0."""
        return CONFIDENTIAL if key in self.hidden else self.values.get(key, 0)

    def is_hidden(self, *key: str) -> bool:
        """Whether a count is hidden."""
        return key in self.hidden


def active_rules(night: ReportNight) -> pl.DataFrame:
    """The rules that count; trial rules are counted apart, retired ones not at all."""
    return night.rules.filter(pl.col("status").fill_null("active") == "active")


def source_rules(night: ReportNight) -> frozenset[str]:
    """The rules about whole sources: their counts are of deliveries, not of people."""
    return frozenset(night.rules.filter(pl.col("records") == "sources")["rule_id"])


def counted(night: ReportNight) -> pl.DataFrame:
    """The exceptions that the pack counts: open and listed, of active rules, each with one theme.

    Theme and severity are those of the catalogue tonight, so that every table adds up.
    """
    rules = (
        active_rules(night)
        .select("rule_id", pl.col("theme").alias("_theme"), pl.col("severity").alias("_severity"))
        .unique("rule_id", keep="first", maintain_order=True)
    )
    listed = night.exceptions.filter(pl.col("hidden_by").is_null()).join(rules, on="rule_id")
    return with_unit(night, listed).with_columns(
        theme=pl.col("_theme"), severity=pl.col("_severity"), unit_code=pl.col("_unit")
    )


def pack_counts(night: ReportNight) -> Counts:
    """Every count of exceptions in the pack, protected as one system."""
    exceptions = counted(night)
    opened = exceptions.filter(pl.col("state") == "open")
    units = _units(night, opened)
    gathered = _Gathered()
    _open_counts(gathered, night, opened, units)
    _single_counts(gathered, night, exceptions, opened)
    _movements(gathered, night)
    _nights(gathered, night)
    hidden = hidden_cells(
        gathered.counts,
        gathered.sums,
        below=night.settings.suppress_below,
        never_shown=gathered.silent,
        also=gathered.also,
        public={("rule", rule) for rule in source_rules(night)},
    )
    return Counts(gathered.counts, hidden, units)


def _units(night: ReportNight, opened: pl.DataFrame) -> tuple[str, ...]:
    known = night.units.filter(~pl.col("restricted").fill_null(False))["unit_code"].to_list()
    found = opened["unit_code"].unique().sort().to_list()
    return tuple(dict.fromkeys([*known, *found]))


def _open_counts(
    gathered: _Gathered, night: ReportNight, opened: pl.DataFrame, units: tuple[str, ...]
) -> None:
    """What is open: by theme and severity, unit and theme, rule, age and severity."""
    counts, sums = gathered.counts, gathered.sums
    rules = active_rules(night).select("rule_id", "theme", "severity").unique("rule_id")
    banded = opened.with_columns(band=_band())
    counts[("open",)] = opened.height
    _cross(counts, opened, ("theme", tuple(THEMES)), ("severity", SEVERITIES))
    _cross(counts, opened, ("unit_code", units), ("theme", tuple(THEMES)), name="unit")
    _cross(counts, banded, ("band", tuple(b[0] for b in BANDS)), ("severity", SEVERITIES), "age")
    for severity in SEVERITIES:
        counts["severity", severity] = opened.filter(pl.col("severity") == severity).height
    by_rule = dict(opened.group_by("rule_id").len().iter_rows())
    for rule in rules["rule_id"].sort():
        counts["rule", rule] = by_rule.get(rule, 0)

    bands = [band for band, _, _ in BANDS]
    sums.append(Sum(("open",), tuple(("severity", s) for s in SEVERITIES)))
    for name, places in (("theme", list(THEMES)), ("unit", list(units)), ("age", bands)):
        sums.append(Sum(("open",), tuple((name, place) for place in places)))
    for severity in SEVERITIES:
        for name, places in (("theme", list(THEMES)), ("age", bands)):
            parts = tuple((name, place, severity) for place in places)
            sums.append(Sum(("severity", severity), parts))
    for place in (*THEMES, *bands):
        name = "theme" if place in THEMES else "age"
        sums.append(Sum((name, place), tuple((name, place, s) for s in SEVERITIES)))
    for unit in units:
        sums.append(Sum(("unit", unit), tuple(("unit", unit, theme) for theme in THEMES)))
    for theme in THEMES:
        sums.append(Sum(("theme", theme), tuple(("unit", unit, theme) for unit in units)))
        for severity in SEVERITIES:
            ids = rules.filter(pl.col("theme") == theme, pl.col("severity") == severity)["rule_id"]
            total = ("theme", theme, severity)
            if ids.len():
                sums.append(Sum(total, tuple(("rule", rule) for rule in ids.sort())))
    gathered.also.update(_given_away_by_outcomes(night))


def _band() -> pl.Expr:
    """The band of ageing; an age that is not known counts as new."""
    band = pl.lit(BANDS[0][0])
    for name, first, _ in BANDS[1:]:
        band = pl.when(pl.col("days_open") >= first).then(pl.lit(name)).otherwise(band)
    return band


def _cross(
    counts: dict[Key, int],
    frame: pl.DataFrame,
    rows: tuple[str, tuple[str, ...]],
    columns: tuple[str, tuple[str, ...]],
    name: str | None = None,
) -> None:
    """Count a frame by two columns, and by the first alone."""
    (row, places), (column, values) = rows, columns
    label = name or row
    found = {(a, b): int(n) for a, b, n in frame.group_by(row, column).len().iter_rows()}
    for place in places:
        for value in values:
            counts[label, place, value] = found.get((place, value), 0)
        counts[label, place] = sum(found.get((place, value), 0) for value in values)


def _given_away_by_outcomes(night: ReportNight) -> set[Key]:
    """Rules whose number of failing records is small: it is nearly the number of exceptions."""
    below = night.settings.suppress_below
    records = night.outcomes.filter(~pl.col("rule_id").is_in(list(source_rules(night))))
    failed = records.group_by("rule_id").agg(pl.col("failed").sum())
    return {("rule", rule) for rule, count in failed.iter_rows() if is_small(count or 0, below)}


def _single_counts(
    gathered: _Gathered, night: ReportNight, exceptions: pl.DataFrame, opened: pl.DataFrame
) -> None:
    counts = gathered.counts
    counts[("overdue",)] = opened.filter(pl.col("due_ts") < night.asof).height
    gathered.rest(("open",), [("overdue",)], ("not overdue",))
    counts[("waived",)] = exceptions.filter(pl.col("state") == "waived").height
    active = active_rules(night)["rule_id"].implode()
    counts[("due soon",)] = night.due_soon.filter(pl.col("rule_id").is_in(active)).height


def _movements(gathered: _Gathered, night: ReportNight) -> None:
    """What moved tonight, by theme."""
    themes = active_rules(night).select("rule_id", "theme").unique("rule_id")
    # A rule that was retired tonight is no longer active, but its exceptions moved all the same.
    retired = night.rules.filter(pl.col("status") == "retired").select("rule_id", "theme")
    moved = night.movements.join(pl.concat([themes, retired]).unique("rule_id"), on="rule_id")
    totals = moved.group_by("movement", "theme").agg(pl.col("n").sum())
    found = {(movement, theme): int(n) for movement, theme, n in totals.iter_rows()}
    for theme in THEMES:
        # Reopened ones are opened too: "opened" is what the night added.
        again = found.get(("reopened", theme), 0)
        found["opened", theme] = found.get(("opened", theme), 0) + again
    for movement in MOVEMENTS:
        parts = []
        for theme in THEMES:
            parts.append(("moved", movement, theme))
            gathered.counts["moved", movement, theme] = found.get((movement, theme), 0)
        total: Key = ("moved", movement)
        gathered.counts[total] = sum(gathered.counts[part] for part in parts)
        gathered.sums.append(Sum(total, tuple(parts)))
    for place in ((), *((theme,) for theme in THEMES)):
        first = ("moved", "opened first", *place)
        gathered.rest(("moved", "opened", *place), [("moved", "reopened", *place)], first)


def past_nights(night: ReportNight, most: int = 28) -> pl.DataFrame:
    """The nights of the trend before tonight, the oldest first."""
    before = night.history.filter(pl.col("business_date") < night.business_date)
    return before.sort("business_date").tail(most)


def night_key(day: date, column: str) -> Key:
    """The key of a figure of an earlier night."""
    return ("night", day.isoformat(), column)


def _nights(gathered: _Gathered, night: ReportNight) -> None:
    """Earlier nights, and how each follows from the one before."""
    columns = ("open", "critical", "waived", *MOVEMENTS)
    before: Key | None = None
    for row in past_nights(night).iter_rows(named=True):
        day = row["business_date"]
        known = {column: night_key(day, column) for column in columns if row[column] is not None}
        for column, key in known.items():
            gathered.counts[key] = int(row[column])
        if "critical" in known:
            gathered.rest(known["open"], [known["critical"]], night_key(day, "not critical"))
        if {"opened", "reopened"} <= set(known):
            gathered.rest(known["opened"], [known["reopened"]], night_key(day, "opened first"))
        if before and {"opened", *_OUT} <= set(known):
            moves = {movement: known[movement] for movement in ("opened", *_OUT)}
            _follows(gathered, before, known["open"], moves, day)
        before = known["open"]
    if before:
        moves = {movement: ("moved", movement) for movement in MOVEMENTS}
        _follows(gathered, before, ("open",), moves, night.business_date)


def _follows(
    gathered: _Gathered, before: Key, after: Key, moves: dict[str, Key], day: date
) -> None:
    """What was open and came in is what is open and went out.

    Waivers, and exceptions that come to stand behind another, make up the difference.
    """
    counts = gathered.counts
    came = (before, moves["opened"])
    went = (after, *(moves[movement] for movement in _OUT))
    left, right = (sum(counts[key] for key in side) for side in (came, went))
    both, others = night_key(day, "in all"), night_key(day, "others")
    counts[both] = max(left, right)
    gathered.silent.add(both)
    if left != right:
        counts[others] = abs(left - right)
        gathered.silent.add(others)
    gathered.sums.append(Sum(both, came if left >= right else (*came, others)))
    gathered.sums.append(Sum(both, went if right >= left else (*went, others)))


def checked(
    night: ReportNight, counts: Counts, rule: str
) -> tuple[Shown | None, float | str | None]:
    """How many records a rule checked and the percentage that fails, as they may be shown.

    Returns:
        Empty where the rule did not run; the percentage is empty where it checked none.
    """
    settings = night.settings
    rows = night.outcomes.filter(pl.col("rule_id") == rule, pl.col("outcome") == "ran")
    if rows.is_empty():
        return None, None
    evaluated, failed = int(rows["evaluated"].sum()), int(rows["failed"].sum())
    if evaluated == 0:
        return 0, None
    if rule in source_rules(night) and not counts.is_hidden("rule", rule):
        return evaluated, round(100 * failed / evaluated, 1)
    if is_small(evaluated, settings.suppress_below):
        return CONFIDENTIAL, CONFIDENTIAL
    unsafe = counts.is_hidden("rule", rule) or rate_is_hidden(
        failed,
        evaluated,
        below=settings.suppress_below,
        minimum=settings.minimum_denominator,
    )
    return evaluated, CONFIDENTIAL if unsafe else round(100 * failed / evaluated, 1)
