"""Every gate on one source, in order; what goes wrong with one gate is that one's outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from config.errors import ANYTHING
from config.sentences import Said, say
from jobs.conform import Conformed
from jobs.gates.causes import with_causes
from jobs.gates.cells import unreadable_cells
from jobs.gates.columns import columns
from jobs.gates.counted import over_rows_read
from jobs.gates.dates import dates
from jobs.gates.freshness import freshness
from jobs.gates.key import OUT, key
from jobs.gates.model import GateInput, GateResult, unless_accepted
from jobs.gates.rows import row_count, rows_read, unreadable_rows
from jobs.gates.schema import schema
from jobs.gates.text import text
from jobs.gates.unit_rows import unit_rows
from jobs.gates.whole import incomplete


@dataclass(frozen=True)
class Gated:
    """What the gates made of a source.

    Attributes:
        results: What they found.
        kept: The source without the rows that are quarantined.
        columns: The statistics of its columns over the rows that were read.
        read: How many rows were read.
    """

    results: Sequence[GateResult]
    kept: Conformed
    columns: pl.DataFrame
    read: int

    @property
    def is_held(self) -> bool:
        """Whether a gate keeps the source out of the night."""
        return any(result.action == "hold" for result in self.results)

    @property
    def held(self) -> tuple[Said, ...]:
        """Why the source is held, the causes alone where they hold it; empty where it is not."""
        holding = [result for result in self.results if result.action == "hold"]
        gates = {result.gate for result in holding}
        return tuple(
            dict.fromkeys(
                said for result in holding if result.hidden_by not in gates for said in result.said
            )
        )


def run_gates(given: GateInput) -> Gated:
    """Run every gate on a source; those that only warn do not look at one that is held.

    Args:
        given: What they look at.
    """
    keyed: list[tuple[Conformed, pl.DataFrame]] = []

    def keys() -> list[GateResult]:
        results, kept, out = key(given)
        keyed.append((kept, out))
        return results

    first = [*_alone(given, "schema", lambda: schema(given), holds=True)]
    first += _alone(given, "incomplete", lambda: incomplete(given), holds=True)
    by_key = [*_alone(given, "key", keys, holds=True)]
    kept, out = keyed[0] if keyed else (given.conformed, OUT.to_frame())
    read = rows_read(kept)
    first += _alone(given, "unreadable_rows", lambda: unreadable_rows(given, read), holds=True)
    first += by_key
    counted: list[pl.DataFrame] = []

    def cells() -> list[GateResult]:
        counted.append(over_rows_read(given, out))
        return unreadable_cells(given, counted[0])

    first += _alone(given, "unreadable_cells", cells, holds=True)
    statistics = counted[0] if counted else given.conformed.columns
    first += _alone(given, "freshness", lambda: freshness(given), holds=True)
    first += _alone(given, "row_count", lambda: row_count(given, read), holds=True)
    first += _alone(given, "unit_rows", lambda: unit_rows(given, kept), holds=False)
    results = unless_accepted(given, first)
    if not any(result.action == "hold" for result in results):
        then = [*_alone(given, "text", lambda: text(given), holds=False)]
        then += _alone(given, "columns", lambda: columns(given, statistics, read), holds=False)
        then += _alone(given, "dates", lambda: dates(given, kept, statistics, out), holds=False)
        results += unless_accepted(given, then)
    return Gated(with_causes(given, results, read), kept, statistics, read)


def _alone(
    given: GateInput, name: str, gate: Callable[[], list[GateResult]], *, holds: bool
) -> Iterator[GateResult]:
    """A gate by itself: one that goes wrong holds the source if it can hold one, else it warns."""
    try:
        yield from gate()
    except ANYTHING as error:
        yield GateResult(
            name,
            given.name,
            outcome="could_not_run",
            action="hold" if holds else "warn",
            said=(say("gates.fell", gate=name, error=type(error)),),
        )
