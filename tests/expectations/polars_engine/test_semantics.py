"""Each line of the README's table of differences, with what either engine does."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import great_expectations.expectations as gxe
import pandas as pd
import polars as pl
import pytest
from great_expectations.expectations.row_conditions import Column

from expectations import polars_engine

from .reference import Outcome, batch_of, results_of
from .reference import plain as _plain

README = Path(polars_engine.__file__).with_name("README.md")
UTC = dt.UTC


def both(
    expectation: Any, frame: pl.DataFrame, pandas: pd.DataFrame | None = None
) -> tuple[Outcome, Outcome]:
    """What our engine and the pandas engine of GX make of an expectation."""
    expectation.meta = {"rule": "R"}
    frames: list[Any] = [frame, frame.to_pandas() if pandas is None else pandas]
    ours, theirs = (results_of(batch_of(f), [expectation], "COMPLETE")["R"] for f in frames)
    return ours, theirs


def rows(outcome: Outcome) -> list[int] | str:
    """The rows that broke the rule, by position, or that it raised."""
    if outcome.error is not None:
        return "raised"
    return [int(i) for i in outcome.result["unexpected_index_list"]]


def line(number: int) -> str:
    """The line of the README's table that a test holds."""
    found = re.findall(rf"^\| {number} \|.*$", README.read_text(), re.MULTILINE)
    assert len(found) == 1, f"the README's table has no line {number}"
    return found[0]


DAYS = [dt.date(2024, 1, 1), dt.date(2024, 1, 2), None]
ORDERED = pl.Enum(["c", "b", "a"])
TIMES = [dt.datetime(2024, 1, 1, 12), dt.datetime(2024, 1, 2, 12), None]
Case = tuple[int, Any, pl.DataFrame, list[int] | str, list[int] | str]
CASES: dict[str, Case] = {
    "not equal leaves out empty fields": (
        1,
        gxe.ExpectColumnValuesToBeNull(column="x", row_condition=Column("k") != "a"),
        pl.DataFrame({"k": ["a", "b", None], "x": [1, 1, 1]}),
        [1],
        [1, 2],
    ),
    "not in leaves out empty fields": (
        1,
        gxe.ExpectColumnValuesToBeNull(column="x", row_condition=Column("k").is_not_in(["a"])),
        pl.DataFrame({"k": ["a", "b", None], "x": [1, 1, 1]}),
        [1],
        [1, 2],
    ),
    "NaN is empty": (
        2,
        gxe.ExpectColumnValuesToNotBeNull(column="x"),
        pl.DataFrame({"x": [1.0, float("nan"), None]}),
        [1, 2],
        [1, 2],
    ),
    "NaN is not more than a bound": (
        2,
        gxe.ExpectColumnValuesToBeBetween(column="x", max_value=2),
        pl.DataFrame({"x": [1.0, float("nan"), 3.0]}),
        [2],
        [2],
    ),
    "NaN meets no condition": (
        2,
        gxe.ExpectColumnValuesToBeNull(column="y", row_condition=Column("x") > 0),
        pl.DataFrame({"x": [1.0, float("nan")], "y": [1, 1]}),
        [0],
        [0],
    ),
    "whole numbers stay whole": (
        3,
        gxe.ExpectColumnValuesToMatchRegex(column="x", regex=r"^\d+$"),
        pl.DataFrame({"x": [12, None]}),
        [],
        [0],
    ),
    "large whole numbers stay exact": (
        3,
        gxe.ExpectColumnValuesToBeInSet(column="x", value_set=[2**53]),
        pl.DataFrame({"x": [2**53 + 1, None]}),
        [0],
        [],
    ),
    "a bound without a zone": (
        4,
        gxe.ExpectColumnValuesToBeBetween(column="x", min_value=dt.datetime(2024, 1, 1)),
        pl.DataFrame({"x": [dt.datetime(2024, 1, 1, tzinfo=UTC)]}),
        "raised",
        "raised",
    ),
    "columns of two zones": (
        4,
        gxe.ExpectColumnPairValuesToBeEqual(column_A="x", column_B="y"),
        pl.DataFrame({"x": [dt.datetime(2024, 7, 1, 12, tzinfo=UTC)]}).with_columns(
            y=pl.col("x").dt.convert_time_zone("Europe/London")
        ),
        [],
        [],
    ),
    "columns of which one has a zone": (
        4,
        gxe.ExpectColumnPairValuesToBeEqual(column_A="x", column_B="y"),
        pl.DataFrame({"x": [dt.datetime(2024, 7, 1, tzinfo=UTC)], "y": [dt.datetime(2024, 7, 1)]}),
        "raised",
        [0],
    ),
    "look-around": (
        5,
        gxe.ExpectColumnValuesToMatchRegex(column="x", regex=r"^(?!DV)\w+$"),
        pl.DataFrame({"x": ["DVPN", "SHPO", None]}),
        [0],
        [0],
    ),
    "back-reference": (
        5,
        gxe.ExpectColumnValuesToMatchRegex(column="x", regex=r"(.)\1"),
        pl.DataFrame({"x": ["aa", "ab"]}),
        [1],
        [1],
    ),
    "the end of a text that ends in a line break": (
        6,
        gxe.ExpectColumnValuesToMatchRegex(column="x", regex="a$"),
        pl.DataFrame({"x": ["a", "a\n"]}),
        [1],
        [],
    ),
    "dates against dates": (
        7,
        gxe.ExpectColumnValuesToBeBetween(column="x", min_value=dt.date(2024, 1, 2)),
        pl.DataFrame({"x": DAYS}),
        [0],
        "raised",
    ),
    "dates against text": (
        7,
        gxe.ExpectColumnValuesToBeBetween(column="x", min_value="2024-01-02"),
        pl.DataFrame({"x": DAYS}),
        [0],
        "raised",
    ),
    "times against dates": (
        7,
        gxe.ExpectColumnValuesToBeBetween(column="x", max_value=dt.date(2024, 1, 2)),
        pl.DataFrame({"x": TIMES}),
        [1],
        "raised",
    ),
    "a set of dates as text": (
        8,
        gxe.ExpectColumnValuesToBeInSet(column="x", value_set=["2024-01-01"]),
        pl.DataFrame({"x": DAYS}),
        [1],
        [0, 1],
    ),
    "a set of another kind": (
        9,
        gxe.ExpectColumnValuesToNotBeInSet(column="x", value_set=["1"]),
        pl.DataFrame({"x": [1, 2]}),
        "raised",
        [],
    ),
    "columns of two kinds": (
        10,
        gxe.ExpectColumnPairValuesToBeEqual(column_A="x", column_B="y"),
        pl.DataFrame({"x": [1], "y": ["1"]}),
        "raised",
        [0],
    ),
    "columns of two kinds within a record": (
        10,
        gxe.ExpectSelectColumnValuesToBeUniqueWithinRecord(column_list=["x", "y"]),
        pl.DataFrame({"x": [1], "y": ["1"]}),
        "raised",
        [],
    ),
    "unsigned numbers that fall": (
        11,
        gxe.ExpectColumnValuesToBeIncreasing(column="x"),
        pl.DataFrame({"x": pl.Series([2, 1], dtype=pl.UInt8)}),
        [1],
        [],
    ),
    "text in order": (
        12,
        gxe.ExpectColumnValuesToBeIncreasing(column="x"),
        pl.DataFrame({"x": ["a", "c", "b"]}),
        [2],
        "raised",
    ),
    "a type is judged by row": (
        13,
        gxe.ExpectColumnValuesToBeOfType(column="x", type_="str"),
        pl.DataFrame({"x": [1, None]}),
        [0],
        [],
    ),
    "JSON schema of what is no JSON": (
        14,
        gxe.ExpectColumnValuesToMatchJsonSchema(column="x", json_schema={"type": "object"}),
        pl.DataFrame({"x": ["{}", "not JSON"]}),
        [1],
        "raised",
    ),
    "JSON in a column that is no text": (
        15,
        gxe.ExpectColumnValuesToBeJsonParseable(column="x"),
        pl.DataFrame({"x": [1.5]}),
        "raised",
        [0],
    ),
    "a pair in a set where a condition holds": (
        16,
        gxe.ExpectColumnPairValuesToBeInSet(
            column_A="x", column_B="y", value_pairs_set=[(1, 1)], row_condition=Column("x") > 1
        ),
        pl.DataFrame({"x": [1, 2], "y": [2, 2]}),
        [1],
        [1],
    ),
    "LIKE": (
        17,
        gxe.ExpectColumnValuesToMatchLikePattern(column="x", like_pattern="DV__-%"),
        pl.DataFrame({"x": ["DVPN-1", "dvpn-1", "DVPN1", None]}),
        [1, 2],
        "raised",
    ),
    "the text of a time": (
        18,
        gxe.ExpectColumnValueLengthsToEqual(column="x", value=19),
        pl.DataFrame({"x": [dt.datetime(2024, 1, 1)]}),
        [],
        [0],
    ),
    "the text of a small float": (
        18,
        gxe.ExpectColumnValuesToMatchRegex(column="x", regex=r"^1e-05$"),
        pl.DataFrame({"x": [1e-5]}),
        [0],
        [],
    ),
    "a decimal against a float": (
        19,
        gxe.ExpectColumnValuesToBeBetween(column="x", min_value=0.1),
        pl.DataFrame({"x": pl.Series([Decimal("0.1")], dtype=pl.Decimal(5, 2))}),
        [],
        [0],
    ),
    "what Polars reads as the end of a word": (
        5,
        gxe.ExpectColumnValuesToMatchRegex(column="x", regex=r"\<a"),
        pl.DataFrame({"x": ["<a", "a"]}),
        [1],
        [1],
    ),
    "what Polars reads as the section of two sets": (
        5,
        gxe.ExpectColumnValuesToMatchRegex(column="x", regex="[a&&b]"),
        pl.DataFrame({"x": ["a", "&", "c"]}),
        [2],
        [2],
    ),
    "classes of characters by name": (
        5,
        gxe.ExpectColumnValuesToMatchRegex(column="x", regex="[[:alpha:]]"),
        pl.DataFrame({"x": ["a", "1"]}),
        [1],
        [1],
    ),
    "a set of dates": (
        8,
        gxe.ExpectColumnValuesToBeInSet(column="x", value_set=[dt.date(2024, 1, 1)]),
        pl.DataFrame({"x": DAYS}),
        [1],
        [0, 1],
    ),
    "a pair of dates": (
        8,
        gxe.ExpectColumnPairValuesToBeInSet(
            column_A="x", column_B="x", value_pairs_set=[(DAYS[0], DAYS[0])]
        ),
        pl.DataFrame({"x": DAYS}),
        [1],
        [0, 1],
    ),
    "a constant of another kind in a row condition": (
        9,
        gxe.ExpectColumnValuesToBeNull(column="x", row_condition=Column("x") == "1"),
        pl.DataFrame({"x": [1, 2]}),
        "raised",
        [],
    ),
    "dates as text in a row condition": (
        25,
        gxe.ExpectColumnValuesToBeNull(column="x", row_condition=Column("x") == "2024-01-02"),
        pl.DataFrame({"x": DAYS}),
        [1],
        [],
    ),
    "dates before a text in a row condition": (
        25,
        gxe.ExpectColumnValuesToBeNull(column="x", row_condition=Column("x") <= "2024-01"),
        pl.DataFrame({"x": DAYS}),
        [0],
        [0],
    ),
    "a text without a year in a row condition": (
        25,
        gxe.ExpectColumnValuesToBeNull(column="x", row_condition=Column("x") <= "10"),
        pl.DataFrame({"x": DAYS}),
        "raised",
        "raised",
    ),
    "categories in order": (
        26,
        gxe.ExpectColumnValuesToBeNull(column="x", row_condition=Column("x") < "b"),
        pl.DataFrame({"x": pl.Series(["c", "b", "a"], dtype=pl.Categorical)}),
        [2],
        "raised",
    ),
    "categories that have an order": (
        26,
        gxe.ExpectColumnValuesToBeNull(column="x", row_condition=Column("x") < "b"),
        pl.DataFrame({"x": pl.Series(["c", "b", "a"], dtype=ORDERED)}),
        [0],
        [0],
    ),
    "what is no category has no place in their order": (
        26,
        gxe.ExpectColumnValuesToBeNull(column="x", row_condition=Column("x") < "d"),
        pl.DataFrame({"x": pl.Series(["c", "b", "a"], dtype=ORDERED)}),
        "raised",
        "raised",
    ),
    "pairs of categories that have an order": (
        26,
        gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="x", column_B="y"),
        pl.DataFrame({"x": ["c", "a"], "y": ["b", "b"]}).cast(ORDERED),
        [0],
        [0],
    ),
    "categories that increase in their order": (
        26,
        gxe.ExpectColumnValuesToBeIncreasing(column="x"),
        pl.DataFrame({"x": pl.Series(["c", None, "b", "a", "b"], dtype=ORDERED)}),
        [4],
        "raised",
    ),
    "single floats in a set": (
        27,
        gxe.ExpectColumnValuesToBeInSet(column="x", value_set=[0.1]),
        pl.DataFrame({"x": pl.Series([0.1, 0.2], dtype=pl.Float32)}),
        [1],
        [0, 1],
    ),
    "a separator that is no space": (
        28,
        gxe.ExpectColumnValuesToMatchRegex(column="x", regex=r"\s"),
        pl.DataFrame({"x": ["\x1c", " "]}),
        [0],
        [],
    ),
    "a regex with a comment": (
        29,
        gxe.ExpectColumnValuesToMatchRegex(column="x", regex="(?#of one letter)^a"),
        pl.DataFrame({"x": ["a", "b"]}),
        [1],
        "raised",
    ),
    "a decimal of more places than the column": (
        19,
        gxe.ExpectColumnValuesToBeInSet(column="x", value_set=[0.125, Decimal("0.125")]),
        pl.DataFrame({"x": pl.Series([Decimal("0.12"), Decimal("0.13")], dtype=pl.Decimal(5, 2))}),
        [0, 1],
        [0, 1],
    ),
}


@pytest.mark.filterwarnings("ignore")  # of pandas, about what GX asks of it
@pytest.mark.parametrize("name", sorted(CASES))
def test_difference(name: str) -> None:
    number, expectation, frame, ours, theirs = CASES[name]
    found = both(expectation, frame)
    if name == "a type is judged by row":
        assert rows(found[0]) == ours
        assert found[1].result == {"observed_value": "float64"}
    else:
        assert [rows(outcome) for outcome in found] == [ours, theirs], line(number)


@pytest.mark.parametrize(
    ("type_", "column", "right"),
    [
        ("Int64", "whole", True), ("int64", "whole", True), ("INTEGER", "whole", False),
        ("int", "whole", True), ("int32", "whole", False), ("String", "text", True),
        ("str", "text", True), ("float", "whole", False), ("Date", "day", True),
        ("datetime", "day", False), ("Categorical", "category", True), ("str", "category", True),
        ("object", "text", False), ("List", "many", True), ("list", "many", True),
    ],
)  # fmt: skip
def test_names_of_types(type_: str, column: str, right: bool) -> None:
    frame = pl.DataFrame(
        {
            "id": [1],
            "whole": [1],
            "text": ["a"],
            "day": [dt.date(2024, 1, 1)],
            "category": pl.Series(["a"], dtype=pl.Categorical),
            "many": [[1]],
        }
    )
    one = gxe.ExpectColumnValuesToBeOfType(column=column, type_=type_, meta={"rule": "one"})
    some = gxe.ExpectColumnValuesToBeInTypeList(
        column=column, type_list=["Struct", type_], meta={"rule": "some"}
    )
    results, _ = polars_engine.validate(frame, [one, some], ["id"])
    if type_ == "INTEGER":
        assert {found.status for found in results} == {"could_not_run"}
    else:
        assert [found.success for found in results] == [right, right]


def test_empty_fields_in_results_are_none() -> None:
    assert line(20)
    frame = pl.DataFrame({"x": [1, None, 3], "y": [2, 2, 2]})
    expectation = gxe.ExpectColumnPairValuesToBeEqual(
        column_A="x", column_B="y", ignore_row_if="neither", meta={"rule": "R"}
    )
    batch, other = batch_of(frame), batch_of(frame.to_pandas())
    ours = batch.validate(expectation, result_format="SUMMARY").result
    theirs = other.validate(expectation, result_format="SUMMARY").result
    assert ours["partial_unexpected_list"] == [(1, 2), (None, 2), (3, 2)]
    assert str(theirs["partial_unexpected_list"][1][0]) == "nan"
    assert "partial_unexpected_counts" not in ours


def test_the_query_and_the_rows_are_of_polars() -> None:
    assert line(21)
    frame = pl.DataFrame({"x": [1, 2], "y": ["a", "b"]})
    expectation = gxe.ExpectColumnValuesToBeBetween(
        column="x", max_value=1, row_condition=Column("y").is_not_null()
    )
    found = batch_of(frame).validate(
        expectation, result_format={"result_format": "COMPLETE", "include_unexpected_rows": True}
    )
    assert found.result["unexpected_rows"] == [{"x": 2, "y": "b"}]
    assert found.result["unexpected_index_query"].startswith("df.filter(")
    assert 'col("y").is_not_null()' in found.result["unexpected_index_query"]


def test_bounds_of_the_extremes_of_dates() -> None:
    assert line(22)
    frame = pl.DataFrame({"x": DAYS[:2], "t": TIMES[:2]})
    for column, bound in [
        ("x", dt.date(2024, 1, 1)),
        ("x", dt.datetime(2024, 1, 1)),
        ("x", "2024-01-01"),
        ("t", dt.date(2024, 1, 1)),
        ("t", "2024-01-01T00:00:00"),
    ]:
        low = gxe.ExpectColumnMinToBeBetween(column=column, min_value=bound)
        assert results_of(batch_of(frame), [_named(low)], "BASIC")["R"].success
        high = gxe.ExpectColumnMaxToBeBetween(column=column, max_value=bound)
        assert not results_of(batch_of(frame), [_named(high)], "BASIC")["R"].success


def test_the_type_of_a_column_goes_by_pandas_names() -> None:
    assert line(23)
    frame = pl.DataFrame({"x": [1]})
    found = {
        name: results_of(
            batch_of(frame), [_named(gxe.ExpectColumnTypeToBe(column="x", type_=name))], "BASIC"
        )["R"]
        for name in ("int64", "str", "String")
    }
    assert [one.success for one in found.values()] == [True, False, False]
    assert "Unrecognized pandas type" in str(found["String"].error)


def test_values_of_records_are_not_given_unasked() -> None:
    assert "test_gx_workflow" in line(24)


def test_aggregates_that_pandas_does_not_have() -> None:
    assert line(30)
    frame = pl.DataFrame(
        {
            "x": pl.Series([Decimal("0.5"), Decimal(2), None], dtype=pl.Decimal(10, 2)),
            "none": pl.Series([None] * 3, dtype=pl.Date),
        }
    )
    for expectation, right in [
        (gxe.ExpectColumnMeanToBeBetween(column="x", min_value=1.25, max_value=1.25), True),
        (gxe.ExpectColumnSumToBeBetween(column="x", min_value=2.5, max_value=2.5), True),
        (gxe.ExpectColumnStdevToBeBetween(column="x", min_value=1, max_value=2), True),
        (gxe.ExpectColumnMinToBeBetween(column="none", min_value=DAYS[0]), False),
    ]:
        ours, theirs = both(expectation, frame)
        assert (ours.error, ours.success) == (None, right)
        assert theirs.error is not None


def test_categories_have_no_quantiles() -> None:
    assert line(31)
    frame = pl.DataFrame({"x": pl.Series(["c", "a"], dtype=ORDERED)})
    quantiles = {"quantiles": [0.5], "value_ranges": [["a", "c"]]}
    ours, _ = both(
        gxe.ExpectColumnQuantileValuesToBeBetween(column="x", quantile_ranges=quantiles), frame
    )
    assert "it has no mean or sum" in str(ours.error)


@pytest.mark.filterwarnings("ignore")  # of pandas, on a column given twice
def test_values_of_a_pair_are_listed_as_they_are() -> None:
    assert line(32)
    zoned = pl.Series([dt.datetime(2024, 7, 1, tzinfo=UTC)])
    frame = pl.DataFrame({"x": [1], "z": zoned, "later": zoned + dt.timedelta(hours=1)})
    for a, b in [("x", "x"), ("z", "later")]:
        found = both(gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A=a, column_B=b), frame)
        ours, theirs = (one.result["partial_unexpected_list"] for one in found)
        assert rows(found[0]) == rows(found[1]) == [0]
        assert ours == [[_plain(frame[a][0]), _plain(frame[b][0])]] != theirs


SETS: dict[str, tuple[Any, pl.Series, list[int]]] = {
    "dates as times at midnight": ([dt.datetime(2024, 1, 1)], pl.Series(DAYS), [1]),
    "dates as times of the day": ([TIMES[0], DAYS[1]], pl.Series(DAYS), [0]),
    "times as dates": ([DAYS[0]], pl.Series([dt.datetime(2024, 1, 1), TIMES[1]]), [1]),
    "milliseconds": (
        [dt.datetime(2024, 1, 1, 12, 0, 0, 5)],
        pl.Series(TIMES, dtype=pl.Datetime("ms")),
        [0, 1],
    ),
    "numbers of many types": ([1, 2.0, 2.5, True, None, "1"], pl.Series([1, 2, 3]), [2]),
    "more than the column has room for": ([2**70, 1], pl.Series([1, 2], dtype=pl.Int8), [1]),
    "more digits than the column has": (
        [Decimal("123456.78"), 1],
        pl.Series([1, 2], dtype=pl.Decimal(5, 2)),
        [1],
    ),
}


@pytest.mark.parametrize("name", sorted(SETS))
def test_a_value_is_in_a_set_only_when_it_is_exactly_the_same(name: str) -> None:
    given, column, wrong = SETS[name]
    expectation = gxe.ExpectColumnValuesToBeInSet(column="x", value_set=given)
    found = both(expectation, pl.DataFrame({"x": column}))[0]
    assert rows(found) == wrong


def test_bounds_may_be_a_date_and_a_time() -> None:
    frame = pl.DataFrame({"x": [dt.datetime(2024, 1, 1), *TIMES[:2]]})
    for low, high in [(DAYS[0], TIMES[0]), ("2024-01-01", "2024-01-01T12:00:00")]:
        expectation = gxe.ExpectColumnValuesToBeBetween(column="x", min_value=low, max_value=high)
        assert rows(both(expectation, frame)[0]) == [2]


def test_floats_add_up_from_left_to_right() -> None:
    frame = pl.DataFrame({"a": [0.1], "b": [0.2], "c": [0.3]})
    for total in (0.6, 0.1 + 0.2 + 0.3):
        found = both(
            gxe.ExpectMulticolumnSumToEqual(column_list=["a", "b", "c"], sum_total=total), frame
        )
        assert rows(found[0]) == rows(found[1])


def test_a_column_given_twice() -> None:
    frame = pl.DataFrame({"a": [1, 2, 2, None]})
    for ignore in ("all_values_are_missing", "any_value_is_missing", "never"):
        expectation = gxe.ExpectCompoundColumnsToBeUnique(
            column_list=["a", "a"], ignore_row_if=ignore, meta={"rule": "R"}
        )
        found = results_of(batch_of(frame), [expectation], "COMPLETE")["R"]
        assert rows(found) == [1, 2]


def _named(expectation: Any) -> Any:
    expectation.meta = {"rule": "R"}
    return expectation


def test_every_line_of_the_table_is_held() -> None:
    numbers = {int(n) for n in re.findall(r"^\| (\d+) \|", README.read_text(), re.MULTILINE)}
    assert numbers == {case[0] for case in CASES.values()} | {20, 21, 22, 23, 24, 30, 31, 32}
