"""What a gate looks at, and what it finds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import polars as pl

from config.sentences import Said, joined
from config.settings import Source
from jobs.conform import Conformed, SourceMapping
from jobs.ledger import SourceNight
from jobs.pull import Delivery


@dataclass(frozen=True)
class GateResult:
    """What a gate found of one source, or of one part of it.

    Attributes:
        gate: The gate.
        source: The source.
        part: The unit of `units.toml` or the field of the dictionary that it tested, for a gate
            that tests parts.
        outcome: `ran`, `not_covered` (nothing to compare with yet), `not_supplied` or
            `could_not_run` (what it reads is held, or the gate itself went wrong).
        failed: It failed.
        action: What follows: `none`, `warn`, `quarantine` or `hold`.
        evidence: What it saw: counts, times and names of fields, never what stood in the source.
        said: What to tell the operator, where it failed or warns.
        hidden_by: The gate whose failure is the cause of this one, where there is one.
        critical: Its exception is critical whatever the rule says.
    """

    gate: str
    source: str
    part: str | None = None
    outcome: str = "ran"
    failed: bool = False
    action: str = "none"
    evidence: Mapping[str, Any] = field(default_factory=dict)
    said: tuple[Said, ...] = ()
    hidden_by: str | None = None
    critical: bool = False

    @property
    def key(self) -> str:
        """What names the exception: the source, or source and part."""
        return f"{self.source}:{self.part}" if self.part else self.source

    @property
    def message(self) -> str:
        """What it says, as one text."""
        return joined(self.said)


@dataclass(frozen=True)
class GateInput:
    """What the gates of one source look at.

    Attributes:
        source: The source, as settings say.
        mapping: How it is read.
        delivery: What it delivered.
        conformed: What became of that.
        past: Its accepted nights, the oldest first.
        asof: The instant of the night.
        business_date: The night.
        thresholds: The named figures.
        bank_holidays: Days that are no working days.
        units: The units of `units.toml`; no other unit is named anywhere.
        active_units: Those that are active on the night; None where nothing says so.
        accepted: Gates that an operator accepted for this source and night.
        salt: Goes into the fingerprints of names of columns that no mapping reads.
    """

    source: Source
    mapping: SourceMapping
    delivery: Delivery
    conformed: Conformed
    past: Sequence[SourceNight]
    asof: datetime
    business_date: date
    thresholds: Mapping[str, Any]
    bank_holidays: Collection[date]
    units: frozenset[str]
    active_units: frozenset[str] | None
    accepted: frozenset[str]
    salt: str = ""

    @property
    def frame(self) -> pl.DataFrame:
        """The records of the source's main table."""
        return self.conformed.tables[self.conformed.main]

    @property
    def key(self) -> tuple[str, ...]:
        """The key of the main table."""
        return self.mapping.main.table.key

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name

    @property
    def supplied(self) -> Collection[str]:
        """The fields of the main table that the source supplies."""
        return self.conformed.supplied.get(self.conformed.main, frozenset())


def unless_accepted(given: GateInput, results: Iterable[GateResult]) -> list[GateResult]:
    """What the gates found; one that an operator accepted for the night passes."""
    return [
        replace(result, failed=False, action="none", said=(), critical=False)
        if result.gate in given.accepted
        else result
        for result in results
    ]
