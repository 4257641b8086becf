"""Percentages as the scrutiny pack may show them."""

from __future__ import annotations

import polars as pl

from reports.excel import LOW
from reports.night import ReportNight
from reports.pcc.counts import Counts, source_rules
from reports.suppression import CONFIDENTIAL, Shown, is_small, rate_is_hidden


def rounded(value: float, digits: int = 1) -> float | str:
    """A figure as it is shown; one that is not zero never rounds to it: it is `[low]`."""
    shown = round(value, digits)
    return LOW if shown == 0 and value != 0 else shown


def percentage(numerator: int, denominator: int) -> float | str:
    """A percentage as it is shown: `[low]` where it would round to 0, never 100 but for all."""
    shown = rounded(100 * numerator / denominator)
    return 99.9 if shown == 100 and numerator < denominator else shown


def checked(
    night: ReportNight, counts: Counts, rule: str
) -> tuple[Shown | None, float | str | None]:
    """How many records a rule checked and the percentage that fails, as they may be shown.

    Returns:
        Empty where the rule did not run; the percentage is empty where it checked none.
    """
    settings = night.settings
    rows = night.outcomes.filter(pl.col("rule_id") == rule, pl.col("outcome") == "ran")
    if rows.is_empty():
        return None, None
    evaluated, failed = int(rows["evaluated"].sum()), int(rows["failed"].sum())
    if evaluated == 0:
        return 0, None
    if rule in source_rules(night) and not counts.is_hidden("rule", rule):
        return evaluated, percentage(failed, evaluated)
    if is_small(evaluated, settings.suppress_below):
        return CONFIDENTIAL, CONFIDENTIAL
    unsafe = counts.is_hidden("rule", rule) or rate_is_hidden(
        failed,
        evaluated,
        below=settings.suppress_below,
        minimum=settings.minimum_denominator,
    )
    return evaluated, CONFIDENTIAL if unsafe else percentage(failed, evaluated)
