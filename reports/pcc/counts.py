"""The counts of exceptions that the scrutiny pack shows, protected together.

The same exceptions are counted by theme, unit, rule, severity and age, and each night follows from
the one before. What one sheet hides another could give away, so all of them are one system.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from reports.excel import NOT_AVAILABLE
from reports.measures import BANDS
from reports.night import SEVERITIES, THEMES, ReportNight
from reports.pcc.measured import Nights, measured
from reports.pcc.printed import SHOWN, Printed
from reports.routing import with_unit
from reports.suppression import (
    CONFIDENTIAL,
    Shown,
    Sum,
    hidden_cells,
    is_small,
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
    published: set[Key] = field(default_factory=set)

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
    """Counts by key, which of them are hidden, and which were not measured.

    Keys: `("open",)`; `("theme", theme[, severity])`; `("severity", severity)`;
    `("unit", unit[, theme])`; `("rule", rule)`; `("age", band[, severity])`; `("overdue",)`;
    `("due soon",)`; `("waived",)`; `("moved", movement[, theme])`; `("night", date, column)`, the
    last also for figures of the pack of that night (`overdue`, `due soon`).
    """

    values: dict[Key, int]
    hidden: frozenset[Key]
    units: tuple[str, ...]
    unmeasured: frozenset[Key] = frozenset()
    silent: frozenset[Key] = frozenset()

    def shown(self, *key: str) -> Shown:
        """A count as it may be shown: `[x]` where no rule behind it ran, `[c]` where it is hidden.

        One that nothing fell under is 0.
        """
        if key in self.unmeasured:
            return NOT_AVAILABLE
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
        published=gathered.published,
    )
    return Counts(
        gathered.counts,
        hidden,
        units,
        _unmeasured(night, gathered.counts),
        frozenset(gathered.silent),
    )


def _unmeasured(night: ReportNight, counts: Iterable[Key]) -> frozenset[Key]:
    """The counts behind which no rule ran, tonight or on the night that they are of."""
    ran, nights = measured(night), Nights(night)
    themes = {theme: ran.of(theme).none for theme in THEMES}
    nothing = ran.of().none

    def unmeasured(key: Key) -> bool:
        kind, last = key[0], key[-1]
        if kind == "night":
            return nights.unmeasured(date.fromisoformat(key[1]))
        if kind == "rule":
            return not ran.rule(last)
        if kind == "theme" and len(key) == 3:
            return ran.of(key[1], last).none
        if last in SEVERITIES:
            return ran.of(severity=last).none
        return themes.get(last, nothing)

    return frozenset(key for key in counts if unmeasured(key))


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


def night_before(night: ReportNight) -> date | None:
    """The night that tonight is compared with; None on a first night."""
    past = past_nights(night, 1)
    return past["business_date"][0] if past.height else None


def night_key(day: date, column: str) -> Key:
    """The key of a figure of an earlier night."""
    return ("night", day.isoformat(), column)


def _nights(gathered: _Gathered, night: ReportNight) -> None:
    """Earlier nights, and how each follows from the one before."""
    columns = ("open", "critical", "waived", *MOVEMENTS)
    before: Key | None = None
    printed = Printed(night)
    for row in past_nights(night).iter_rows(named=True):
        day = row["business_date"]
        known = {column: night_key(day, column) for column in columns if row[column] is not None}
        for column, key in known.items():
            gathered.counts[key] = int(row[column])
            _as_printed(gathered, key, printed.sign(day, *_PRINTED_AS.get(column, (column,))))
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
        _themes_follow(gathered, night, printed)


#: How the pack of a night named the figures that later ones repeat.
_PRINTED_AS: dict[str, Key] = {
    "critical": ("severity", "critical"),
    **{movement: ("moved", movement) for movement in MOVEMENTS},
}


def _as_printed(gathered: _Gathered, key: Key, sign: str | None) -> None:
    """Keep a figure of an earlier pack as it was: hidden if hidden, and public if it was shown."""
    if sign == SHOWN:
        gathered.published.add(key)
    elif sign == CONFIDENTIAL:
        gathered.also.add(key)


def _themes_follow(gathered: _Gathered, night: ReportNight, printed: Printed) -> None:
    """Two packs side by side: what was open of a theme the night before, and tonight.

    The pack of the night before shows the first, so what moved tonight follows from both.
    """
    day = past_nights(night, 1)["business_date"][0]
    counts = gathered.counts
    for name in ("overdue", "due soon"):
        if (number := printed.number(day, name)) is not None:
            counts[night_key(day, name)] = number
            _as_printed(gathered, night_key(day, name), printed.sign(day, name))
    themes = {theme: printed.number(day, "theme", theme) for theme in THEMES}
    for theme, number in themes.items():
        if number is None:
            continue
        before = night_key(day, f"open, {theme}")
        counts[before] = number
        _as_printed(gathered, before, printed.sign(day, "theme", theme))
        moves: dict[str, Key] = {m: ("moved", m, theme) for m in MOVEMENTS}
        _follows(gathered, before, ("theme", theme), moves, night.business_date, theme)
    parts = tuple(night_key(day, f"open, {theme}") for theme in THEMES)
    total = night_key(day, "open")
    if all(part in counts for part in parts) and sum(counts[p] for p in parts) == counts[total]:
        gathered.sums.append(Sum(total, parts))


def _follows(
    gathered: _Gathered, before: Key, after: Key, moves: dict[str, Key], day: date, of: str = ""
) -> None:
    """What was open and came in is what is open and went out.

    Waivers, and exceptions that come to stand behind another, make up the difference.
    """
    counts = gathered.counts
    came = (before, moves["opened"])
    went = (after, *(moves[movement] for movement in _OUT))
    left, right = (sum(counts[key] for key in side) for side in (came, went))
    both, others = night_key(day, f"in all, {of}"), night_key(day, f"others, {of}")
    counts[both] = max(left, right)
    gathered.silent.add(both)
    if left != right:
        counts[others] = abs(left - right)
        gathered.silent.add(others)
    gathered.sums.append(Sum(both, came if left >= right else (*came, others)))
    gathered.sums.append(Sum(both, went if right >= left else (*went, others)))
