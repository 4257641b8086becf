"""Column aggregates and table expectations give what GX on pandas gives."""

from __future__ import annotations

import random
import statistics
from typing import Any

import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.expectations.row_conditions import Column
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations import polars_engine

from .cases import DAYS
from .cases import NUMBERS as ALL_NUMBERS
from .frames import WORDS, random_frame, to_pandas
from .reference import Outcome, batch_of, results_of

#: Without single floats, whose spread pandas computes in single precision, and we in double.
NUMBERS = [name for name in ALL_NUMBERS if name != "float32"]
QUANTILES = {"quantiles": [0.0, 0.25, 0.5, 0.9, 1.0], "value_ranges": [[-9, 9]] * 5}
FLAGS = ["flag", "flag_empty"]
TEXTS = ["text", "text_b", "text_full"]


def column_aggregates(column: str) -> list[Any]:
    """Every aggregate of GX that a column has."""
    found = [
        gxe.ExpectColumnUniqueValueCountToBeBetween(column=column, min_value=3),
        gxe.ExpectColumnProportionOfUniqueValuesToBeBetween(column=column, min_value=0.5),
        gxe.ExpectColumnProportionOfNonNullValuesToBeBetween(column=column, min_value=0.8),
    ]
    if column in TEXTS:
        found += [
            gxe.ExpectColumnDistinctValuesToBeInSet(column=column, value_set=WORDS[:4]),
            gxe.ExpectColumnDistinctValuesToContainSet(column=column, value_set=WORDS[:3]),
            gxe.ExpectColumnDistinctValuesToEqualSet(column=column, value_set=WORDS),
            gxe.ExpectColumnMostCommonValueToBeInSet(column=column, value_set=["a"]),
            gxe.ExpectColumnMostCommonValueToBeInSet(
                column=column, value_set=["a"], ties_okay=True
            ),
        ]
    if column in NUMBERS:
        found += [
            gxe.ExpectColumnMinToBeBetween(column=column, min_value=-4),
            gxe.ExpectColumnMaxToBeBetween(column=column, max_value=5, strict_max=True),
            gxe.ExpectColumnMeanToBeBetween(column=column, min_value=-1, max_value=2),
            gxe.ExpectColumnMedianToBeBetween(column=column, min_value=-1, max_value=2),
            gxe.ExpectColumnSumToBeBetween(column=column, min_value=0),
            gxe.ExpectColumnStdevToBeBetween(column=column, max_value=4),
            gxe.ExpectColumnQuantileValuesToBeBetween(column=column, quantile_ranges=QUANTILES),
            gxe.ExpectColumnDistinctValuesToBeInSet(column=column, value_set=[0, 1, 2]),
            gxe.ExpectColumnMostCommonValueToBeInSet(column=column, value_set=[1, 2]),
        ]
    if column in NUMBERS + FLAGS:
        found += [
            gxe.ExpectColumnDistinctValuesToBeInSet(column=column, value_set=[0, 1]),
            gxe.ExpectColumnDistinctValuesToContainSet(column=column, value_set=[0, 1]),
            gxe.ExpectColumnDistinctValuesToContainSet(column=column, value_set=[1, 0.3]),
            gxe.ExpectColumnDistinctValuesToContainSet(column=column, value_set=[1, "a"]),
            gxe.ExpectColumnDistinctValuesToContainSet(column=column, value_set=[None, 1]),
            gxe.ExpectColumnDistinctValuesToEqualSet(column=column, value_set=[0, 1.0]),
            gxe.ExpectColumnMostCommonValueToBeInSet(column=column, value_set=[True, "a"]),
        ]
    if column in DAYS:
        found += [
            gxe.ExpectColumnMinToBeBetween(column=column, min_value="2024-03-30T12:00:00"),
            gxe.ExpectColumnMaxToBeBetween(column=column, max_value="2024-03-30T12:00:00"),
        ]
    return found


TABLE = [
    gxe.ExpectTableRowCountToBeBetween(min_value=3),
    gxe.ExpectTableRowCountToEqual(value=5),
    gxe.ExpectTableColumnCountToEqual(value=3),
    gxe.ExpectTableColumnCountToBeBetween(max_value=99),
    gxe.ExpectTableColumnsToMatchSet(column_set=["id"], exact_match=False),
    gxe.ExpectTableColumnsToMatchSet(column_set=["id"]),
    gxe.ExpectTableColumnsToMatchOrderedList(column_list=["id", "int"]),
    gxe.ExpectColumnToExist(column="id"),
    gxe.ExpectColumnToExist(column="gone"),
]


def apart(ours: Outcome, theirs: Outcome) -> bool:
    """Whether two outcomes differ; lists of distinct values have no order."""

    def told(outcome: Outcome) -> Any:
        lists = {k: sorted(v, key=str) for k, v in outcome.result.items() if isinstance(v, list)}
        return outcome.success, {**outcome.result, **lists}, outcome.error is None

    return told(ours) != told(theirs)


@pytest.mark.filterwarnings("ignore")  # of pandas, on empty columns
@pytest.mark.parametrize("seed", range(12))
def test_equal_to_pandas_on_random_frames(seed: int) -> None:
    rng = random.Random(seed)
    frame = random_frame(rng)
    suite = [e for c in [*NUMBERS, *FLAGS, *TEXTS, *DAYS] for e in column_aggregates(c)] + TABLE
    if seed % 2:
        for expectation in suite:
            if "row_condition" in expectation.__fields__:
                expectation.row_condition = Column("int") > 0
    for i, expectation in enumerate(suite):
        expectation.meta = {"rule": f"R{i}"}
    ours = results_of(batch_of(frame), suite, "BASIC")
    theirs = results_of(batch_of(to_pandas(frame, whole_numbers=False)), suite, "BASIC")
    wrong = [
        f"{type(e).__name__} {e.configuration.kwargs} on {frame.height} rows:\n"
        f"  ours   {ours[e.meta['rule']]}\n  pandas {theirs[e.meta['rule']]}"
        for e in suite
        if apart(ours[e.meta["rule"]], theirs[e.meta["rule"]])
    ]
    assert not wrong, f"{len(wrong)} of {len(suite)}:\n" + "\n".join(wrong[:20])


def figure(metric: type, frame: pl.DataFrame, **kwargs: Any) -> Any:
    expectation = metric(column="x", meta={"rule": "R"}, **kwargs)
    return results_of(batch_of(frame), [expectation], "BASIC")["R"].result["observed_value"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-100, 100), min_size=2, max_size=30))
def test_figures_are_those_of_the_standard_library(values: list[int]) -> None:
    frame = pl.DataFrame({"x": [*values, None]})
    assert figure(gxe.ExpectColumnMeanToBeBetween, frame) == pytest.approx(
        statistics.fmean(values), abs=1e-6
    )
    assert figure(gxe.ExpectColumnMedianToBeBetween, frame) == statistics.median(values)
    assert figure(gxe.ExpectColumnStdevToBeBetween, frame) == pytest.approx(
        statistics.stdev(values), abs=1e-6
    )
    assert figure(gxe.ExpectColumnSumToBeBetween, frame) == sum(values)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    "partition",
    [
        {"values": ["a", "b", "c"], "weights": [0.5, 0.25, 0.25]},
        {"bins": [0, 2, 5, 10], "weights": [0.2, 0.5, 0.3]},
        None,
    ],
    ids=["values", "bins", "of the column"],
)
def test_divergence_is_that_of_pandas(partition: Any) -> None:
    frame = pl.DataFrame(
        {"text": ["a", "a", "b", None, "c"], "number": [1.0, 3.0, 4.0, 12.0, None]}
    )
    column = "text" if partition and "values" in partition else "number"
    expectation = gxe.ExpectColumnKLDivergenceToBeLessThan(
        column=column, partition_object=partition, threshold=0.2, meta={"rule": "KL"}
    )
    if partition and "bins" in partition:
        expectation.tail_weight_holdout = 0.1
    ours, theirs = (
        results_of(batch_of(f), [expectation], "BASIC")["KL"] for f in (frame, frame.to_pandas())
    )
    assert ours.error is None
    assert (ours.success, ours.result) == (theirs.success, theirs.result)


def test_no_data_goes_to_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a frame went to pandas")

    frame = random_frame(random.Random(3))
    for name in ("to_pandas", "to_arrow", "__array__"):
        monkeypatch.setattr(pl.DataFrame, name, refuse, raising=False)
        monkeypatch.setattr(pl.Series, name, refuse, raising=False)
    suite = [e for c in ("int", "text", "day") for e in column_aggregates(c)] + TABLE
    results, _ = polars_engine.validate(
        frame,
        suite,
        ["id"],
        name=lambda e: f"{type(e).__name__} {sorted(e.dict().items(), key=str)}",
    )
    assert {found.status for found in results} == {"ran"}
