"""What stands behind the evaluation: Great Expectations validates one frame with one suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from expectations.catalogue import Rule
from expectations.night import Night
from expectations.suites import suite


class Validation(NamedTuple):
    """What Great Expectations found.

    Attributes:
        failing: The row numbers that each rule found wrong.
        could_not_run: Rules that gave no verdict, and why.
    """

    failing: Mapping[str, pl.Series]
    could_not_run: Mapping[str, str]


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
    columns = sorted({column for rule in rules for column in rule.columns} & set(frame.columns))
    return _with_pandas(frame.select(row, *columns), suite(name, rules, night), row)


def _with_pandas(frame: pl.DataFrame, suite_: object, row: str) -> Validation:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    batch = (
        context.data_sources.add_pandas("records")
        .add_dataframe_asset("night")
        .add_batch_definition_whole_dataframe("all")
        .get_batch({"dataframe": frame.to_pandas()})
    )
    result = batch.validate(
        suite_,
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": [row],
            "exclude_unexpected_values": True,
        },
    )
    failing: dict[str, pl.Series] = {}
    broken: dict[str, str] = {}
    for item in result.results:
        rule = item.expectation_config.meta["rule"]
        exceptions = item.exception_info
        if "exception_message" in exceptions:
            exceptions = {"": exceptions}
        raised = [e["exception_message"] for e in exceptions.values() if e["raised_exception"]]
        if raised:
            broken[rule] = str(raised[0]).strip().split("\n", 1)[0]
            continue
        rows = item.result.get("unexpected_index_list") or []
        numbers = [n for part in rows for n in part[row]] if rows else []
        failing[rule] = pl.Series(row, numbers, frame.schema[row])
    return Validation(failing, broken)
