"""The rows of one unit have gone, so that part of the extract is missing."""

from __future__ import annotations

from collections.abc import Collection
from statistics import median

import polars as pl

from config.sentences import say
from jobs.conform import Conformed
from jobs.gates.model import GateInput, GateResult

#: Under this the rows of units that `units.toml` does not know are counted together. No unit can
#: have such a code.
UNKNOWN = "(not known)"


def unit_counts(conformed: Conformed, units: Collection[str]) -> dict[str, int]:
    """Rows read of each unit, those of units that nobody knows as one count.

    Args:
        conformed: The source, without rows that are quarantined.
        units: The units of `units.toml`.

    Returns:
        The counts; empty where the source names no units.
    """
    if "oic_unit" not in conformed.supplied.get(conformed.main, ()):
        return {}
    unit = pl.col("oic_unit")
    known = pl.when(unit.is_in(list(units))).then(unit).otherwise(pl.lit(UNKNOWN)).alias("unit")
    frame = conformed.tables[conformed.main].filter(unit.is_not_null())
    counted = frame.select(known).group_by("unit").len().sort("unit")
    return {name: int(rows) for name, rows in counted.iter_rows()}


def unit_rows(given: GateInput, kept: Conformed) -> list[GateResult]:
    """Each unit that is active has about the rows that it usually has."""
    limits = given.thresholds
    if given.conformed.main not in ("orders", "breaches"):
        return []
    if "oic_unit" not in given.supplied:
        return [GateResult("unit_rows", given.name, outcome="not_supplied")]
    past = [night for night in given.past if night.rows is not None]
    if len(past) < limits["unit_history_nights"]:
        return [GateResult("unit_rows", given.name, outcome="not_covered")]
    today = unit_counts(kept, given.units)
    results = []
    nights = past[-limits["rowcount_nights"] :]
    for unit in sorted(given.units & {unit for night in nights for unit in night.units}):
        base = median([night.units.get(unit, 0) for night in nights])
        closed = given.active_units is not None and unit not in given.active_units
        if base < limits["rowcount_min_n"]:
            continue
        n = today.get(unit, 0)
        failed = not closed and n < round((1 - limits["unit_drop"]) * base, 6)
        results.append(
            GateResult(
                "unit_rows",
                given.name,
                part=unit,
                failed=failed,
                action="warn" if failed else "none",
                evidence={"rows": n, "baseline_rows": base},
                said=(say("gates.unit_rows", rows=n, unit=unit, usual=base),) if failed else (),
            )
        )
    return results
