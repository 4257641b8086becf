"""Cells of a column that could not be read."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from config.sentences import say
from jobs.gates.fields import Mapped, by_statistic
from jobs.gates.model import GateInput, GateResult
from jobs.gates.rows import counts

#: Fields whose words in no vocabulary count as unreadable: a rule that cannot know them takes the
#: record out of its coverage.
_WORDED = ("status", "order_type")
#: Unreadable, it restricts the record: a column in new words would take every exception off the
#: worklists of units.
_RESTRICTS = "suspect_is_police_employee"
_WORST = ("none", "warn", "hold")


def unreadable_cells(given: GateInput, columns: pl.DataFrame) -> list[GateResult]:
    """Too large a share of a column could not be read; no past is needed to see it.

    Args:
        given: What the gates look at.
        columns: The statistics of the columns over the rows that were read.
    """
    known = by_statistic(given.mapping)
    formats: Mapping[str, int] = getattr(given.conformed, "formats", {})
    found: dict[str, GateResult] = {}
    for stat in columns.iter_rows(named=True):
        one = known.get((stat["field"], stat["column"]))
        if one is None:
            continue
        result = _column(given, one, stat, formats.get(one.part, formats.get(one.name, 1)))
        if result is None:
            continue
        # Several columns may fill one field: the worst speaks for it.
        before = found.get(result.part or "")
        if before is None or _WORST.index(result.action) > _WORST.index(before.action):
            found[result.part or ""] = result
    return list(found.values())


def _column(
    given: GateInput, one: Mapped, stat: Mapping[str, int], shapes: int
) -> GateResult | None:
    limits = given.thresholds
    reasons = {name: stat[name] for name in ("unreadable", "out_of_range")}
    worded = one.field.name in _WORDED
    if worded:
        reasons["unmapped"] = stat["unmapped"]
    unread = sum(reasons.values())
    cells = max(stat["cells"], unread)
    if not cells:
        return None
    share = unread / cells
    many = share > limits["cell_hold_rate"]
    failed = many if worded else share > limits["cell_warn_rate"]
    held = many and unread >= limits["cell_hold_min"] and _decides(one)
    mixed = not failed and shapes > 1
    said = (
        (say("gates.cells_unread", unread=unread, cells=cells, fields=one.name),)
        if failed
        else (say("gates.two_formats", fields=one.name, shapes=shapes),)
        if mixed
        else ()
    )
    return GateResult(
        "unreadable_cells",
        given.name,
        part=one.part,
        failed=failed,
        action="hold" if held else "warn" if failed or mixed else "none",
        evidence={
            "unreadable_n": unread,
            "cells_n": cells,
            "share": round(share, 6),
            "reasons": counts({name: n for name, n in reasons.items() if n}),
            "held": held,
        },
        said=said,
        critical=held,
    )


def _decides(one: Mapped) -> bool:
    """Whether records are identified, covered, timed or restricted by the field."""
    return (
        one.field.name in one.table.key
        or one.field.name in _WORDED
        or one.field.name == _RESTRICTS
        or one.field.watched
    )
