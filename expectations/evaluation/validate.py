"""What stands behind the evaluation: Great Expectations validates one frame with one suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from config.sentences import Said, say
from expectations.catalogue import Rule, coverage, coverage_column, suite, unsayable
from expectations.night import Night


class Validation(NamedTuple):
    """What Great Expectations found.

    Attributes:
        failing: The row numbers that each rule found wrong.
        could_not_run: Rules that gave no verdict, and why.
    """

    failing: Mapping[str, pl.Series]
    could_not_run: Mapping[str, Said]


def validate(
    frame: pl.DataFrame, name: str, rules: Sequence[Rule], night: Night, *, row: str
) -> Validation:
    """Validate a frame with the suite of some rules.

    Args:
        frame: The records, with every column that the rules test and the row number.
        name: The kind of record, which names the suite.
        rules: The rules.
        night: The night, for settings.
        row: The column that numbers the rows.
    """
    # Great Expectations takes seconds to import: only what validates waits for it.
    from expectations import polars_engine

    covers = {coverage_column(rule): coverage(rule, night) for rule in rules}
    frame = frame.with_columns(
        covered.expression().alias(column)
        for column, covered in covers.items()
        if not covered.sayable
    )
    wrong = {}
    try:
        whole = suite(name, rules, night)
    except Exception:  # one rule that cannot be said must not take the others down
        # Its words may quote the settings; `orderwatch check` tells them with file and line.
        wrong = {fault.rule: say("rules.unsayable") for fault in unsayable(rules, night)}
        whole = suite(name, [rule for rule in rules if rule.id not in wrong], night)
    results, keys = polars_engine.validate(frame, whole, [row])
    empty = keys.get_column(row).clear()
    rows = keys.cast({"rule": pl.String}).partition_by("rule", as_dict=True, include_key=False)
    told = {result.rule for result in results}
    unknown = {rule.id: say("rules.unsayable") for rule in rules if rule.id not in told} | wrong
    return Validation(
        failing={
            result.rule: rows[result.rule,].get_column(row) if (result.rule,) in rows else empty
            for result in results
            if result.status == "ran"
        },
        could_not_run=unknown
        | {
            result.rule: say("rules.no_verdict")  # its own words may quote values
            for result in results
            if result.status == "could_not_run"
        },
    )
