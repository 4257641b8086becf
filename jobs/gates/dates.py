"""Placeholder or future dates common in a column."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from config.sentences import say
from jobs.conform import Conformed
from jobs.gates.counted import rows_of
from jobs.gates.fields import Mapped, by_statistic
from jobs.gates.model import GateInput, GateResult


def dates(
    given: GateInput, kept: Conformed, statistics: pl.DataFrame, out: pl.DataFrame
) -> list[GateResult]:
    """Placeholders, and dates in the future where none may be, are rare in a column.

    Args:
        given: What the gates look at.
        kept: The records that go on.
        statistics: Those of the columns over the rows that were read.
        out: The rows that do not go on.
    """
    limits, main = given.thresholds, given.conformed.main
    # An end in the year 9999 is a way to say that there is none.
    endless = pl.col("field").str.ends_with(".end_date") & pl.col("raw").str.contains("9999")
    placeholder = (pl.col("reason") == "sentinel") & ~endless.fill_null(value=False)
    rejects = given.conformed.rejects.filter(placeholder)
    rejects = rejects.join(rows_of(given, out), on=["file", "row"], how="anti")
    sentinels = dict(rejects.group_by("field").len().iter_rows())
    known, results = by_statistic(given.mapping), {}
    for stat in statistics.iter_rows(named=True):
        one = known.get((stat["field"], stat["column"]))
        if one is None or not one.main or one.field.type not in ("date", "timestamp"):
            continue
        total = stat["cells"]
        if total < limits["gate_min_cells"]:
            continue
        placed = int(sentinels.get(f"{main}.{one.field.name}", 0))
        ahead = 0 if one.field.future else _ahead(kept.tables[main], one, given)
        failed = (placed + ahead) / total > limits["bad_date_rate"]
        said = say("gates.dates", bad=placed + ahead, cells=total, fields=one.name)
        results[one.part] = GateResult(
            "dates",
            given.name,
            part=one.part,
            failed=failed,
            action="warn" if failed else "none",
            evidence={"sentinels": placed, "futures": ahead, "cells": total},
            said=(said,) if failed else (),
        )
    return list(results.values())


def _ahead(frame: pl.DataFrame, one: Mapped, given: GateInput) -> int:
    """Values after the night: of dates, and of times of no known hour, after its day."""
    field = one.field
    column = pl.col(field.name)
    if field.type == "date":
        later = column > given.business_date
    else:
        soon = given.asof + timedelta(minutes=given.thresholds["tolerance_min"])
        day = column.dt.convert_time_zone(one.mapping.time_zone).dt.date()
        dated = pl.col(field.time_known or "").eq(other=False).fill_null(value=False)
        later = pl.when(dated).then(day > given.business_date).otherwise(column > soon)
    return int(frame.select(later.sum()).item() or 0)
