"""Measures of the exceptions and of the quality of the data (M23, M24, M26)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from reports.measures.parts import Row, percent

#: How much a check counts in the data quality score, by its severity; published in the pack.
WEIGHTS: Final[Mapping[str, int]] = {"critical": 4, "high": 3, "medium": 2, "low": 1}

#: The bands of ageing: a name, the first day and the last (None: no end).
BANDS: Final = (
    ("0 to 7 days", 0, 7),
    ("8 to 28 days", 8, 28),
    ("29 to 90 days", 29, 90),
    ("More than 90 days", 91, None),
)

_CLOSED: Final = ("fixed", "withdrawn_from_source", "no_longer_applies", "rule_retired")


def ledger_measures(
    exceptions: pl.DataFrame, movements: pl.DataFrame, outcomes: pl.DataFrame, rules: pl.DataFrame
) -> list[Row]:
    """The measures of exceptions and of data quality."""
    active = rules.filter(pl.col("status").fill_null("active") == "active")
    counted = exceptions.filter(
        pl.col("state") == "open",
        pl.col("rule_id").is_in(active["rule_id"].implode()),
        *([pl.col("hidden_by").is_null()] if "hidden_by" in exceptions.columns else []),
    )
    return [
        *_open(counted),
        *_moved(movements, active),
        *_ageing(counted),
        *_score(outcomes, active),
    ]


def _count(measure: str, cut: str, count: int, of: int) -> Row:
    return Row(measure, cut, float(count), count, of, 0, "count")


def _open(counted: pl.DataFrame) -> list[Row]:
    """M23, what is open: in all, by theme, by unit and by severity."""
    total = counted.height
    rows = [_count("M23", "open", total, total)]
    for name in ("theme", "unit_code", "severity"):
        if name in counted.columns:
            groups = counted.group_by(pl.col(name).fill_null("not known")).len().sort(name)
            rows += [
                _count("M23", f"open, {name}={key}", n, total) for key, n in groups.iter_rows()
            ]
    return rows


def _moved(movements: pl.DataFrame, active: pl.DataFrame) -> list[Row]:
    """M23, what was opened and closed tonight: in all, by theme, by unit and by severity."""
    rows: list[Row] = []
    moved = movements.join(active.select("rule_id", "theme", "severity"), on="rule_id")
    sides = {"opened": ("opened", "reopened"), "closed": _CLOSED}
    for side, kinds in sides.items():
        part = moved.filter(pl.col("movement").is_in(kinds))
        total = int(part["n"].sum())
        rows.append(_count("M23", side, total, total))
        for name in ("theme", "unit_code", "severity"):
            if name in part.columns:
                groups = part.group_by(pl.col(name).fill_null("not known")).agg(pl.col("n").sum())
                rows += [
                    _count("M23", f"{side}, {name}={key}", int(n), total)
                    for key, n in groups.sort(name).iter_rows()
                ]
    return rows


def _ageing(counted: pl.DataFrame) -> list[Row]:
    """M24: what is open by how long it has been, the median age and the oldest."""
    ages = counted["days_open"].drop_nulls()
    total, unknown = ages.len(), counted["days_open"].null_count()
    rows = []
    for name, first, last in BANDS:
        within = ages >= first if last is None else ages.is_between(first, last)
        count = int(within.sum())
        row = _count("M24", name, count, total)
        rows.append(row._replace(value=percent(count, total), excluded=unknown, unit="%"))
    for name, value in (("median age", ages.median()), ("oldest", ages.max())):
        figure = float(value) if isinstance(value, int | float) else None
        rows.append(Row("M24", name, figure, total, total, unknown, "days"))
    return rows


def _score(outcomes: pl.DataFrame, active: pl.DataFrame) -> list[Row]:
    """M26: checks passed out of checks run, weighted by severity, in all and for each dimension.

    Rules that did not run are left out; `excluded` is the number of them.
    """
    names = ["rule_id", "severity", *(["dimension"] if "dimension" in active.columns else [])]
    known = outcomes.join(active.select(names), on="rule_id")
    weight = pl.col("severity").replace_strict(WEIGHTS, default=1)
    ran = (
        pl.col("outcome").eq("ran")
        & pl.col("evaluated").is_not_null()
        & pl.col("failed").is_not_null()
    )
    scored = known.with_columns(
        checks=pl.when(ran).then(weight * pl.col("evaluated")).otherwise(0),
        passed=pl.when(ran).then(weight * (pl.col("evaluated") - pl.col("failed"))).otherwise(0),
        not_run=~ran,
    )

    def row(cut: str, part: pl.DataFrame) -> Row:
        passed, checks = int(part["passed"].sum()), int(part["checks"].sum())
        not_run = int(part["not_run"].sum())
        return Row("M26", cut, percent(passed, checks), passed, checks, not_run, "%")

    rows = [row("all", scored)]
    if "dimension" in scored.columns:
        for (dimension,), part in sorted(scored.partition_by("dimension", as_dict=True).items()):
            rows.append(row(str(dimension), part))
    return rows
