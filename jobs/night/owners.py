"""Who answers for an exception: a unit of the settings, or nobody known.

A unit that `units.toml` does not name is text out of a record. It goes no further: neither into the
ledger nor into a report, which send what nobody known answers for to the fallback unit.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from expectations.evaluation import Evaluation


def of_known_units(found: Evaluation, units: Collection[str]) -> Evaluation:
    """What the rules found, with units and areas that the settings do not name left empty.

    Args:
        found: What the rules found.
        units: The codes of `units.toml`.
    """
    known = list(units)
    columns = [
        pl.when(pl.col(name).is_in(known)).then(pl.col(name)).alias(name)
        for name in ("unit_code", "lpt")
    ]
    return replace(
        found,
        failing=found.failing.with_columns(columns),
        due_soon=found.due_soon.with_columns(columns),
    )
