"""What was measured tonight, and with which nights it can be compared.

A count of exceptions is of the rules that ran: where none of those behind it did, nothing was
measured, and the pack says `[x]` and not the count, least of all 0. Where other rules ran on two
nights, their counts are not alike, and the pack says `[b]` and what differs.

Rules about whole sources are left out: they say how a delivery looked, not what is in the records.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import polars as pl

from reports.night import THEMES, ReportNight
from reports.routing import SOURCES
from reports.text import counted, sentence, uk_date


class Part(NamedTuple):
    """How many of the rules behind a figure ran, out of how many."""

    ran: int
    of: int

    @property
    def none(self) -> bool:
        """Nothing was measured."""
        return self.ran == 0

    @property
    def whole(self) -> bool:
        """Every rule ran."""
        return self.ran == self.of > 0

    def said(self) -> str:
        """In words."""
        return f"{self.ran} of {self.of} ran"


@dataclass(frozen=True)
class Measured:
    """Which of the active rules ran tonight.

    Attributes:
        rules: rule_id, theme, severity, about_sources, ran.
    """

    rules: pl.DataFrame

    def of(self, theme: str | None = None, severity: str | None = None) -> Part:
        """The rules behind what is counted of a theme, of a severity, or of both.

        Where there is no such rule, those of the theme, or all: what no rule is about is 0 where
        the rest was measured.
        """
        mine = self.rules.filter(~pl.col("about_sources"))
        for name, value in (("theme", theme), ("severity", severity)):
            part = mine if value is None else mine.filter(pl.col(name) == value)
            mine = part if part.height else mine
        return Part(int(mine["ran"].sum()), mine.height)

    def rule(self, rule: str) -> bool:
        """Whether a rule ran."""
        return bool(self.rules.filter(pl.col("rule_id") == rule)["ran"].any())

    def lines(self) -> list[str]:
        """What was not measured tonight, in words; nothing where all rules ran."""
        ran, of = int(self.rules["ran"].sum()), self.rules.height
        if self.of().none:
            return [f"Not measured tonight [x]: {of - ran} of {of} rules could not run [note 11]."]
        if ran == of:
            return []
        parts = [(name, self.of(theme)) for theme, name in THEMES.items()]
        said = ", ".join(f"{name} {part.said()}" for name, part in parts if not part.whole)
        return [
            f"Not wholly measured tonight: {of - ran} of {of} rules did not run [note 11]."
            + (f" {said}." if said else "")
        ]


def measured(night: ReportNight) -> Measured:
    """Which of the active rules ran tonight; one ran where it did on every kind of record."""
    ran = _whole(night.outcomes)
    active = night.rules.filter(pl.col("status").fill_null("active") == "active")
    rules = (
        active.unique("rule_id", keep="first", maintain_order=True)
        .select(
            "rule_id",
            "theme",
            "severity",
            about_sources=(pl.col("records") == SOURCES).fill_null(False),
        )
        .join(ran, on="rule_id", how="left", maintain_order="left")
        .with_columns(pl.col("ran").fill_null(False))
    )
    return Measured(rules)


def _whole(outcomes: pl.DataFrame) -> pl.DataFrame:
    return outcomes.group_by("rule_id").agg(ran=(pl.col("outcome") == "ran").all())


class Nights:
    """Which rules ran on each night, and what stood in the way of the others."""

    def __init__(self, night: ReportNight) -> None:
        self._tonight = night.business_date
        of_sources = night.rules.filter(pl.col("records") == SOURCES)["rule_id"].implode()
        past = night.past_rules.filter(
            pl.col("business_date") < night.business_date,
            pl.col("records").fill_null("") != SOURCES,
            ~pl.col("rule_id").is_in(of_sources),
        )
        self._ran = {
            day: frozenset(_whole(part).filter("ran")["rule_id"])
            for (day,), part in past.partition_by("business_date", as_dict=True).items()
        }
        mine = measured(night).rules.filter(~pl.col("about_sources"))
        self._ran[night.business_date] = frozenset(mine.filter("ran")["rule_id"])
        sources = pl.concat(
            [
                night.past_sources.filter(pl.col("business_date") < night.business_date),
                night.sources.select(
                    pl.lit(night.business_date).alias("business_date"),
                    "source",
                    "records",
                    "state",
                ),
            ]
        )
        held = sources.filter(pl.col("state") != "accepted")
        self._held = {
            day: part["records"].drop_nulls().unique().sort().to_list()
            for (day,), part in held.partition_by("business_date", as_dict=True).items()
        }

    def unmeasured(self, day: date) -> bool:
        """Whether no rule ran on a night."""
        return self._ran.get(day) == frozenset()

    def differ(self, day: date, before: date) -> str | None:
        """What makes two nights unlike, in words; None where the same rules ran on both."""
        now, then = self._ran.get(day), self._ran.get(before)
        if now is None or then is None:
            which = day if now is None else before
            return f"which rules ran on {uk_date(which)} is not known"
        said = [
            self._missing(without, len(more))
            for without, more in ((before, now - then), (day, then - now))
            if more
        ]
        return "; ".join(said) or None

    def _missing(self, day: date, rules: int) -> str:
        """Why rules that ran on another night did not run on this one."""
        said = f"{counted(rules, 'rule')} not run"
        if kinds := self._held.get(day):
            were = _listed(kind.replace("_", " ") for kind in kinds)
            return f"{were} were not read on {uk_date(day)}: {said}"
        return f"{said} on {uk_date(day)} that ran on the other night"


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def incomparable(night: ReportNight, before: date | None) -> list[str]:
    """The line of a sheet that compares tonight with a night on which other rules ran."""
    if before is None:
        return []
    differ = Nights(night).differ(night.business_date, before)
    if differ is None:
        return []
    return [f"Not comparable with {uk_date(before)} [b]: {sentence(differ)} [note 12]."]
