"""Which failure is the cause of another on the same source: one fault, one exception."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from jobs.gates.model import GateInput, GateResult
from jobs.gates.rows import bad_rows, usual


def with_causes(given: GateInput, results: Sequence[GateResult], read: int) -> list[GateResult]:
    """The results, each that failed behind another's failure naming that gate.

    A source that is held stays held: only the exception is behind the other.

    Args:
        given: What the gates looked at.
        results: What they found.
        read: How many rows were read.
    """
    failed = [result for result in results if result.failed]
    return [
        replace(result, hidden_by=cause)
        if result.failed and (cause := _cause(given, result, failed, read)) is not None
        else result
        for result in results
    ]


def _cause(
    given: GateInput, result: GateResult, failed: Sequence[GateResult], read: int
) -> str | None:
    """The gate whose failure is the cause of a result, the first that is."""

    def explains_count(_: GateResult) -> bool:
        return usual(given, read + sum(bad_rows(given.delivery).values()))

    def holds(other: GateResult) -> bool:
        return other.action == "hold"

    def same_column(other: GateResult) -> bool:
        return other.part == result.part and result.evidence.get("fault") == "unmapped"

    def always(_: GateResult) -> bool:
        return True

    causes: dict[str, tuple[tuple[str, Callable[[GateResult], bool]], ...]] = {
        "row_count": (("incomplete", always), ("unreadable_rows", explains_count)),
        "columns": (("unreadable_cells", same_column),),
        "unreadable_rows": (("schema", always), ("incomplete", always)),
        "unreadable_cells": (("schema", holds), ("unreadable_rows", holds)),
    }
    for gate, behind in causes.get(result.gate, ()):
        if any(other.gate == gate and behind(other) for other in failed):
            return gate
    return None
