"""An expectation written for GX as its documentation says works once it has a Polars form."""

from __future__ import annotations

from typing import Any, ClassVar

import pandas as pd
import polars as pl
import pytest
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import (
    ColumnMapExpectation,
    MulticolumnMapExpectation,
)
from great_expectations.expectations.metrics import (
    ColumnMapMetricProvider,
    column_condition_partial,
)
from great_expectations.expectations.metrics.map_metric_provider import (
    MulticolumnMapMetricProvider,
)
from great_expectations.expectations.row_conditions import Column

from expectations import polars_engine
from expectations.polars_engine import NoPolarsForm, polars_form

from .reference import batch_of, results_of

FRAME = pl.DataFrame(
    {"id": ["a", "b", "c", "d"], "code": ["18", "27", "11", None], "low": [1, 5, 3, 2]}
)


class ColumnValuesCheckDigit(ColumnMapMetricProvider):
    condition_metric_name = "column_values.test_check_digit"
    condition_value_keys = ("modulus",)

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls: Any, column: pd.Series, modulus: int, **kwargs: Any) -> pd.Series:
        return column.map(lambda text: sum(map(int, text)) % modulus == 0)


class ExpectColumnValuesToHaveTestCheckDigit(ColumnMapExpectation):
    """Expect the digits of each value to add up to a multiple of `modulus`."""

    modulus: int
    map_metric: ClassVar[str] = "column_values.test_check_digit"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly", "modulus")


class ColumnValuesPandasOnly(ColumnMapMetricProvider):
    condition_metric_name = "column_values.test_pandas_only"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls: Any, column: pd.Series, **kwargs: Any) -> pd.Series:
        return column.notnull()


class ExpectColumnValuesToBePandasOnly(ColumnMapExpectation):
    map_metric: ClassVar[str] = "column_values.test_pandas_only"


class ColumnValuesBroken(ColumnMapMetricProvider):
    condition_metric_name = "column_values.test_broken"


class ExpectTestColumnValuesToBeBroken(ColumnMapExpectation):
    map_metric: ClassVar[str] = "column_values.test_broken"


class RecordsSatisfy(MulticolumnMapMetricProvider):
    """A metric that no engine of GX's own computes."""

    condition_metric_name = "records.test_satisfy"
    condition_value_keys = ("sql",)


class ExpectTestRecordsToSatisfy(MulticolumnMapExpectation):
    """Expect each record to satisfy a condition in Polars SQL."""

    sql: str
    map_metric: ClassVar[str] = "records.test_satisfy"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly", "sql")


def digits_add_up(d: Any, modulus: int) -> pl.Expr:
    digits = d.x.str.extract_all(r"\d").list.eval(pl.element().cast(pl.Int64))
    return digits.list.sum() % modulus == 0


polars_form("column_values.test_check_digit", digits_add_up)
polars_form(RecordsSatisfy, lambda d, sql: pl.sql_expr(sql))


@pytest.mark.parametrize("result_format", ["BOOLEAN_ONLY", "BASIC", "SUMMARY", "COMPLETE"])
def test_it_gives_what_it_gives_on_pandas(result_format: str) -> None:
    rules = [
        ExpectColumnValuesToHaveTestCheckDigit(column="code", modulus=9, meta={"rule": "all"}),
        ExpectColumnValuesToHaveTestCheckDigit(
            column="code", modulus=9, row_condition=Column("low") > 3, meta={"rule": "some"}
        ),
    ]
    ours = results_of(batch_of(FRAME), rules, result_format)
    assert ours == results_of(batch_of(FRAME.to_pandas()), rules, result_format)
    assert ours["all"].success is False
    assert ours["some"].success is True


def test_its_keys_come_as_a_frame() -> None:
    rule = ExpectColumnValuesToHaveTestCheckDigit(column="code", modulus=9, meta={"rule": "CD"})
    results, keys = polars_engine.validate(FRAME, [rule], ["id"])
    assert (results[0].evaluated, results[0].failed) == (3, 1)
    assert keys.rows() == [("CD", "c")]


def test_a_metric_that_only_polars_computes() -> None:
    rule = ExpectTestRecordsToSatisfy(
        column_list=["code", "low"],
        sql="low < 3 OR code IS NULL",
        ignore_row_if="never",
        meta={"rule": "SQL"},
    )
    results, keys = polars_engine.validate(FRAME, [rule], ["id"])
    assert (results[0].evaluated, results[0].failed) == (4, 2)
    assert keys["id"].to_list() == ["b", "c"]


def test_without_a_polars_form_the_error_names_the_metric() -> None:
    rule = ExpectColumnValuesToBePandasOnly(column="code", meta={"rule": "P"})
    results, keys = polars_engine.validate(FRAME, [rule], ["id"])
    assert results[0].status == "could_not_run"
    assert 'metric "column_values.test_pandas_only' in str(results[0].reason)
    assert "has no Polars form" in str(results[0].reason)
    assert keys.is_empty()
    with pytest.raises(NoPolarsForm, match="test_pandas_only"):
        polars_engine.run(FRAME, [rule], ["id"]).covered("P")


def test_a_form_that_breaks_is_an_outcome() -> None:
    @polars_form(ColumnValuesBroken)
    def broken(d: Any) -> pl.Expr:
        raise KeyError("nothing")

    rule = ExpectTestColumnValuesToBeBroken(column="code", meta={"rule": "P"})
    results, _ = polars_engine.validate(FRAME, [rule], ["id"])
    assert results[0].status == "could_not_run"
    assert "KeyError: 'nothing'" in str(results[0].reason)
