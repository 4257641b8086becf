"""Rows that could not be read, and how many could."""

from __future__ import annotations

import re
from collections.abc import Mapping
from statistics import median

import polars as pl

from config.sentences import Said, say
from expectations.extract import ROW
from jobs.conform import Conformed
from jobs.gates.model import GateInput, GateResult
from jobs.pull import Delivery

_CODE = re.compile(r"[a-z][a-z_]{1,39}")


def rows_read(conformed: Conformed) -> int:
    """Delivered rows that became records."""
    return conformed.tables[conformed.main].get_column(ROW).n_unique()


def bad_rows(delivery: Delivery) -> Mapping[str, int]:
    """How many rows could not be read, by the code of the reason; the commonest first."""
    counted = (
        delivery.bad_rows.select(pl.col("reason").fill_null(""))
        .group_by("reason")
        .len()
        .sort("len", "reason", descending=[True, False])
    )
    found: dict[str, int] = {}
    for reason, rows in counted.iter_rows():
        code = reason if _CODE.fullmatch(reason) else "unreadable"
        found[code] = found.get(code, 0) + int(rows)
    return found


def unreadable_rows(given: GateInput, read: int) -> list[GateResult]:
    """Too large a share of the rows could not be read; no past is needed to see it.

    Args:
        given: What the gates look at.
        read: How many rows were read: neither unreadable, nor without key, nor quarantined.
    """
    limits, rows = given.thresholds, given.delivery.rows
    if rows == 0:
        return [GateResult("unreadable_rows", given.name, outcome="not_covered")]
    reasons = bad_rows(given.delivery)
    bad = sum(reasons.values())
    failed = bad / rows > limits["bad_row_rate"]
    held = failed and (bad >= limits["bad_row_hold_min"] or read == 0)
    return [
        GateResult(
            "unreadable_rows",
            given.name,
            failed=failed,
            action="hold" if held else "warn" if failed else "none",
            evidence={
                "bad_rows": bad,
                "rows": rows,
                "share": round(bad / rows, 6),
                "reasons": counts(reasons),
                "held": held,
            },
            said=(say("gates.rows_unread", bad=bad, rows=rows),) if failed else (),
        )
    ]


def row_count(given: GateInput, read: int) -> list[GateResult]:
    """The number of rows read is far from its own past.

    Args:
        given: What the gates look at.
        read: How many rows were read.
    """
    nights, base = _before(given)
    failed = not usual(given, read)
    said: tuple[Said, ...] = ()
    if failed and base is not None and read:
        said = (say("gates.rows_unusual", rows=read, usual=base),)
    elif failed:
        said = (say("gates.no_rows_read" if given.delivery.rows else "gates.no_rows"),)
    return [
        GateResult(
            "row_count",
            given.name,
            failed=failed,
            action="hold" if failed else "none",
            evidence={"rows": read, "baseline_rows": base, "history_nights": nights},
            said=said,
        )
    ]


def usual(given: GateInput, read: int) -> bool:
    """Whether so many rows would pass."""
    limits, (_, base) = given.thresholds, _before(given)
    if read == 0 and not given.source.may_be_empty:
        return False
    if base is None or base < limits["rowcount_min_n"]:
        return True
    share = limits["rowcount_tolerance"]
    # Whole numbers: 700 of 1,000 is not less than 0.7 of it, whatever floating point says.
    low, high = round((1 - share) * base, 6), round((1 + share) * base, 6)
    return read >= low and (read <= high or given.source.delivery != "snapshot")


def _before(given: GateInput) -> tuple[int, float | None]:
    """The nights whose record has a count of rows read, and the middle of those counts."""
    nights = [night.rows for night in given.past if night.rows is not None]
    nights = nights[-given.thresholds["rowcount_nights"] :]
    return len(nights), median(nights) if nights else None


def counts(found: Mapping[str, int]) -> str:
    """Counts by code as one text: `3 columns_shifted, 1 too_long`."""
    return ", ".join(f"{many} {code}" for code, many in found.items())
