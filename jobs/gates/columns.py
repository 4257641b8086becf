"""A column newly empty, or words that no vocabulary knows."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

import polars as pl

from config.sentences import Said, say
from jobs.gates.fields import Mapped, by_statistic
from jobs.gates.model import GateInput, GateResult


def columns(given: GateInput, statistics: pl.DataFrame, read: int) -> list[GateResult]:
    """A column that was filled is empty, or holds words that are not known.

    Args:
        given: What the gates look at.
        statistics: Those of the columns over the rows that were read.
        read: How many rows were read.
    """
    known = by_statistic(given.mapping)
    before = _before(given)
    found: dict[str, GateResult] = {}
    for stat in statistics.iter_rows(named=True):
        one = known.get((stat["field"], stat["column"]))
        if one is None:
            continue
        result = _column(given, one, stat, before.get(stat["field"]), read)
        if result is not None and (one.part not in found or not found[one.part].failed):
            found[one.part] = result
    return list(found.values())


def _before(given: GateInput) -> dict[str, float]:
    """The usual share of empty cells of each column."""
    shares: dict[str, list[float]] = {}
    for night in given.past[-given.thresholds["rowcount_nights"] :]:
        for field, cells, empty in night.columns.select("field", "cells", "empty").iter_rows():
            if field and cells + empty:
                shares.setdefault(field, []).append(empty / (cells + empty))
    return {field: median(found) for field, found in shares.items()}


def _column(
    given: GateInput, one: Mapped, stat: Mapping[str, Any], usual: float | None, read: int
) -> GateResult | None:
    limits = given.thresholds
    cells, empty, unmapped = stat["cells"], stat["empty"], stat["unmapped"]
    share = empty / (cells + empty) if cells + empty else 0.0
    compared = usual is not None and read >= limits["gate_min_rows"]
    looked_up = cells > 0 and one.mapping.vocabulary is not None
    if not compared and not looked_up:
        return None
    newly = (
        compared
        and usual is not None
        and share > limits["null_share"]
        and usual <= limits["null_before"]
    )
    unknown = looked_up and unmapped / cells > limits["unmapped_rate"]
    said: tuple[Said, ...] = ()
    if newly:
        said = (say("gates.column_empty", fields=one.name),)
    elif unknown:
        said = (say("gates.words_unknown", words=unmapped, cells=cells, fields=one.name),)
    return GateResult(
        "columns",
        given.name,
        part=one.part,
        failed=newly or unknown,
        action="warn" if newly or unknown else "none",
        evidence={
            "fault": "empty" if newly else "unmapped" if unknown else "",
            "empty_share": round(share, 4),
            "baseline_share": None if usual is None else round(usual, 4),
            "unmapped_n": unmapped,
            "values_n": cells,
        },
        said=said,
    )
