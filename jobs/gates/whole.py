"""What was read of a file is not all of it."""

from __future__ import annotations

from config.sentences import say
from jobs.gates.model import GateInput, GateResult

_SAID = {
    "last_row": "gates.last_row",
    "changed": "gates.changed",
    "truncated": "gates.truncated",
}


def incomplete(given: GateInput) -> list[GateResult]:
    """The last row is broken, the file changed while it was read, or ends before its structure."""
    if given.source.kind == "database":
        return [GateResult("incomplete", given.name, outcome="not_covered")]
    delivery, why = given.delivery, given.delivery.incomplete
    size = sum(file.size for file in delivery.files)
    before, after = delivery.sizes or (size, size)
    return [
        GateResult(
            "incomplete",
            given.name,
            failed=why is not None,
            action="hold" if why is not None else "none",
            evidence={
                "why": why if why in _SAID else None if why is None else "truncated",
                "rows": delivery.rows,
                "size_before": before,
                "size_after": after,
            },
            said=() if why is None else (say(_SAID.get(why, "gates.truncated")),),
        )
    ]


def cut_short(source: str) -> GateResult:
    """What is found of a file of which nothing could be read, since it ends before its structure.

    Args:
        source: The source.
    """
    return GateResult(
        "incomplete",
        source,
        failed=True,
        action="hold",
        evidence={"why": "truncated", "rows": None, "size_before": None, "size_after": None},
        said=(say("gates.truncated"),),
    )
