"""One call: an outcome for each rule, and the keys of the rows that broke it."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.expectations.row_conditions import Column

from expectations import polars_engine
from expectations.polars_engine import BadArgument, MissingColumn, RuleResult

FRAME = pl.DataFrame(
    {
        "order_id": ["a", "b", "c", "d", "e"],
        "kind": ["P", "P", "Q", None, "Q"],
        "days": [1, 5, 3, None, 9],
        "limit": [2, 2, 4, 1, 9],
        "made": [dt.date(2024, 1, d) for d in (1, 2, 3, 4, 5)],
    }
)

NULL_OR_NOT = [gxe.ExpectColumnValuesToNotBeNull, gxe.ExpectColumnValuesToBeNull]


def rule(name: str, kind: type, **kwargs: Any) -> Any:
    return kind(**kwargs, meta={"rule": name})


def outcome(expectation: Any, frame: pl.DataFrame | pl.LazyFrame = FRAME) -> RuleResult:
    (found,) = polars_engine.validate(frame, [expectation], ["order_id"]).results
    return found


def test_each_rule_has_its_counts_and_the_keys_that_failed() -> None:
    suite = [
        rule("long", gxe.ExpectColumnValuesToBeBetween, column="days", max_value=4),
        rule(
            "kind",
            gxe.ExpectColumnValuesToBeInSet,
            column="kind",
            value_set=["P"],
            row_condition=Column("days") >= 3,
        ),
        rule("made", gxe.ExpectColumnValuesToNotBeNull, column="made"),
    ]
    results, keys = polars_engine.validate(FRAME, suite, ["order_id"])
    assert results == [
        RuleResult("long", "ran", False, evaluated=4, failed=2),
        RuleResult("kind", "ran", False, evaluated=3, failed=2),
        RuleResult("made", "ran", True, evaluated=5, failed=0),
    ]
    assert keys.schema == {"rule": pl.Enum(["long", "kind", "made"]), "order_id": pl.String}
    assert keys.rows() == [("long", "b"), ("long", "e"), ("kind", "c"), ("kind", "e")]


def test_covered_rows_are_those_that_were_judged() -> None:
    expectation = rule(
        "kind",
        gxe.ExpectColumnValuesToBeInSet,
        column="kind",
        value_set=["P"],
        row_condition=Column("limit") < 9,
    )
    done = polars_engine.run(FRAME, [expectation], ["order_id"])
    assert done.covered("kind").to_list() == [True, True, True, False, False]
    assert done.covered_keys("kind")["order_id"].to_list() == ["a", "b", "c"]
    assert done.covered("kind").sum() == done.results[0].evaluated


@pytest.mark.parametrize(
    ("expectation", "reason"),
    [
        (gxe.ExpectColumnValuesToNotBeNull(column="gone"), 'column "gone" is not in the frame'),
        (
            gxe.ExpectColumnValuesToNotBeNull(column="kind", row_condition=Column("gone") == 1),
            'column "gone" is not in the frame',
        ),
        (gxe.ExpectColumnMaxToBeBetween(column="gone", max_value=1), '"gone" is not in the frame'),
        (
            gxe.ExpectColumnPairValuesToBeEqual(column_A="days", column_B="gone"),
            '"gone" is not in the frame',
        ),
        (gxe.ExpectColumnValuesToBeBetween(column="kind", min_value=1), "is String"),
        (gxe.ExpectColumnValuesToBeBetween(column="made", min_value=1), "is Date"),
        (gxe.ExpectColumnValuesToBeInSet(column="days", value_set=["P"]), "is Int64"),
        (gxe.ExpectColumnValuesToNotBeInSet(column="kind", value_set=[1, 2]), "is String"),
        (
            gxe.ExpectColumnPairValuesAToBeGreaterThanB(column_A="days", column_B="kind"),
            "cannot be compared",
        ),
        (
            gxe.ExpectColumnValuesToBeNull(column="days", row_condition=Column("kind") > 3),
            "is String",
        ),
        (
            gxe.ExpectMulticolumnSumToEqual(column_list=["days", "kind"], sum_total=1),
            "this rule reads numbers",
        ),
        (
            gxe.ExpectColumnValueZScoresToBeLessThan(column="kind", threshold=1, double_sided=True),
            "reads numbers",
        ),
        (gxe.ExpectColumnValuesToMatchLikePattern(column="days", like_pattern="1%"), "reads text"),
        (gxe.ExpectColumnValuesToBeJsonParseable(column="days"), "reads text"),
        (gxe.ExpectColumnMeanToBeBetween(column="kind", min_value=1), "has no mean"),
        (gxe.ExpectColumnValuesToMatchRegex(column="kind", regex="("), "cannot be compiled"),
        (
            gxe.ExpectColumnValuesToMatchStrftimeFormat(column="days", strftime_format="%Y"),
            "reads text",
        ),
        (
            gxe.ExpectColumnValuesToMatchJsonSchema(column="kind", json_schema={"type": 3}),
            "the JSON schema is not one",
        ),
        (gxe.ExpectColumnValuesToBeOfType(column="kind", type_="Nonsense"), "not the name of a"),
        (gxe.ExpectTableRowCountToEqualOtherTable(other_table_name="t"), 'no table "t"'),
        (
            gxe.UnexpectedRowsExpectation(unexpected_rows_query="select 1 from {batch}"),
            "unexpected",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_what_cannot_run_says_why_and_counts_nothing(expectation: Any, reason: str) -> None:
    well = rule("well", gxe.ExpectColumnValuesToNotBeNull, column="kind")
    expectation.meta = {"rule": "ill"}
    results, keys = polars_engine.validate(FRAME, [expectation, well], ["order_id"])
    assert results[0].status == "could_not_run"
    assert reason in str(results[0].reason)
    assert (results[0].success, results[0].evaluated, results[0].failed) == (None, None, None)
    assert results[1] == RuleResult("well", "ran", False, evaluated=5, failed=1)
    assert keys["rule"].to_list() == ["well"]


def test_each_of_many_ill_rules_has_its_own_reason() -> None:
    suite = [
        rule(f"R{i}", gxe.ExpectColumnValuesToNotBeNull, column=f"gone {i}") for i in range(12)
    ]
    results, keys = polars_engine.validate(FRAME, suite, ["order_id"])
    for i, found in enumerate(results):
        assert f'"gone {i}"' in str(found.reason)
    assert keys.is_empty()


def test_a_failure_in_the_data_takes_no_other_rule_down_and_quotes_no_value() -> None:
    frame = FRAME.with_columns(pl.Series("secret", ["17", "18", "Smith", "19", "20"]))
    condition = "CAST(secret AS INTEGER) > 0"
    with pytest.warns(DeprecationWarning, match="row_condition"):
        ill = rule("ill", gxe.ExpectColumnValuesToNotBeNull, column="kind", row_condition=condition)
    well = rule("well", gxe.ExpectColumnValuesToNotBeNull, column="kind")
    done = polars_engine.run(frame, [ill, well], ["order_id"])
    assert done.results[0].status == "could_not_run"
    assert "Smith" not in str(done.results[0]) + str(done.gx_result.to_json_dict())
    assert done.results[1].failed == 1


def test_a_suite_is_one_pass() -> None:
    suite = [
        rule(f"R{i}", kind, column="days", row_condition=Column("limit") > i)
        for i, kind in enumerate(
            [gxe.ExpectColumnValuesToNotBeNull, gxe.ExpectColumnValuesToBeUnique] * 10
        )
    ]
    suite += [
        rule("pair", gxe.ExpectColumnPairValuesToBeEqual, column_A="days", column_B="limit"),
        rule("max", gxe.ExpectColumnMaxToBeBetween, column="days", max_value=9),
        rule("share", gxe.ExpectColumnProportionOfUniqueValuesToBeBetween, column="days"),
        rule("set", gxe.ExpectColumnDistinctValuesToBeInSet, column="kind", value_set=["P"]),
        rule("rows", gxe.ExpectTableRowCountToEqual, value=5),
    ]
    done = polars_engine.run(FRAME, suite, ["order_id"])
    assert {found.status for found in done.results} == {"ran"}
    assert done.data.passes == 1


def test_a_condition_that_rules_share_is_computed_once() -> None:
    condition = (Column("limit") > 1) & (Column("kind") == "P")
    suite = [
        rule(f"R{i}", kind, column="days", row_condition=condition)
        for i, kind in enumerate(
            [gxe.ExpectColumnValuesToNotBeNull, gxe.ExpectColumnValuesToBeNull]
        )
    ]
    done = polars_engine.run(FRAME, suite, ["order_id"])
    assert len(done.data.conditions) == 1
    assert [found.failed for found in done.results] == [0, 2]


def test_a_lazy_frame_is_collected_once_with_only_what_is_needed() -> None:
    read: list[str] = []

    def noting(name: str) -> pl.Expr:
        def note(values: pl.Series) -> pl.Series:
            read.append(name)
            return values

        return pl.col(name).map_batches(note, return_dtype=FRAME.schema[name])

    lazy = FRAME.lazy().with_columns(noting(name) for name in FRAME.columns)
    suite = [
        rule("days", gxe.ExpectColumnValuesToNotBeNull, column="days"),
        rule(
            "sum",
            gxe.ExpectColumnSumToBeBetween,
            column="days",
            row_condition=Column("kind") == "P",
        ),
    ]
    done = polars_engine.run(lazy, suite, ["order_id"])
    assert done.failing_keys.rows() == [("days", "d")]
    assert done.data.collections == 1
    assert sorted(read) == ["days", "kind", "order_id"]


def test_a_lazy_frame_gives_the_same_as_a_frame() -> None:
    suite = [
        rule("long", gxe.ExpectColumnValuesToBeBetween, column="days", max_value=4),
        rule("rows", gxe.ExpectTableRowCountToEqual, value=5),
        rule("gone", gxe.ExpectColumnValuesToNotBeNull, column="gone"),
    ]
    eager = polars_engine.validate(FRAME, suite, ["order_id"])
    lazy = polars_engine.validate(FRAME.lazy(), suite, ["order_id"])
    assert lazy.results == eager.results
    assert lazy.failing_keys.equals(eager.failing_keys)


def test_a_lazy_frame_that_cannot_be_read_is_no_pass() -> None:
    broken = FRAME.lazy().with_columns(pl.col("kind").str.to_integer().alias("number"))
    found = outcome(rule("R", gxe.ExpectColumnValuesToNotBeNull, column="number"), broken)
    assert found.status == "could_not_run"
    assert "Polars stopped with" in str(found.reason)


@pytest.mark.parametrize("rows", [0, 1])
def test_frames_of_no_or_one_row(rows: int) -> None:
    found = outcome(rule("R", gxe.ExpectColumnValuesToBeUnique, column="days"), FRAME.head(rows))
    assert found == RuleResult("R", "ran", True, evaluated=rows, failed=0)


def test_names_of_rules() -> None:
    twice = [rule("same", gxe.ExpectColumnValuesToNotBeNull, column=c) for c in ("days", "kind")]
    with pytest.raises(BadArgument, match='two expectations are called "same"'):
        polars_engine.validate(FRAME, twice, ["order_id"])
    results, keys = polars_engine.validate(FRAME, twice, ["order_id"], name=lambda e: e.column)
    assert [found.rule for found in results] == ["days", "kind"]
    assert keys["rule"].to_list() == ["days", "kind"]


def test_rules_that_are_equal_but_for_their_name_both_run() -> None:
    suite = [rule(n, gxe.ExpectColumnValuesToNotBeNull, column="days") for n in ("one", "two")]
    results, keys = polars_engine.validate(FRAME, suite, ["order_id"])
    assert [found.failed for found in results] == [1, 1]
    assert keys.rows() == [("one", "d"), ("two", "d")]


def test_keys_of_several_columns_and_none_that_are_missing() -> None:
    suite = [rule("R", gxe.ExpectColumnValuesToNotBeNull, column="days")]
    found = polars_engine.validate(FRAME, suite, ["order_id", "limit"]).failing_keys
    assert found.rows() == [("R", "d", 1)]
    with pytest.raises(MissingColumn, match="gone"):
        polars_engine.validate(FRAME, suite, ["gone"])


def test_no_key_column_is_taken_for_the_name_of_the_rule() -> None:
    suite = [rule("R", gxe.ExpectColumnValuesToNotBeNull, column="days")]
    with pytest.raises(BadArgument, match='cannot be called "rule"'):
        polars_engine.validate(FRAME.rename({"order_id": "rule"}), suite, ["rule"])


def test_arguments_that_an_aggregate_cannot_take_are_an_outcome() -> None:
    suite = [
        rule(
            "ill",
            gxe.ExpectColumnQuantileValuesToBeBetween,
            column="days",
            quantile_ranges={"quantiles": [0.5], "value_ranges": [[0, 1]]},
            allow_relative_error="wrong",
        ),
        rule("well", gxe.ExpectColumnValuesToNotBeNull, column="days"),
    ]
    results, _ = polars_engine.validate(FRAME, suite, ["order_id"])
    assert [found.status for found in results] == ["could_not_run", "ran"]


def test_the_expectations_handed_over_are_left_as_they_were() -> None:
    expectation = gxe.ExpectColumnValuesToNotBeNull(column="days", notes="why")
    before = expectation.dict()
    polars_engine.validate(FRAME, [expectation], ["order_id"])
    assert expectation.dict() == before


def test_validations_in_threads_do_not_mix() -> None:
    def failed(limit: int) -> int | None:
        frame = pl.DataFrame({"order_id": range(200), "n": range(200)})
        suite = [rule("R", gxe.ExpectColumnValuesToBeBetween, column="n", max_value=limit)]
        return polars_engine.validate(frame, suite, ["order_id"]).results[0].failed

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(failed, range(60))) == [199 - limit for limit in range(60)]


@pytest.mark.parametrize(
    ("expectation", "reason"),
    [
        (gxe.ExpectColumnKLDivergenceToBeLessThan(column="gone", threshold=1), '"gone" is not in'),
        (
            gxe.ExpectColumnKLDivergenceToBeLessThan(column="kind", threshold=1),
            "Great Expectations stopped with KeyError while planning it",
        ),
        (
            gxe.ExpectColumnKLDivergenceToBeLessThan(
                column="kind", threshold=1, partition_object={"values": ["P"]}
            ),
            "Great Expectations stopped with ValueError while planning it",
        ),
    ],
)
def test_an_expectation_that_gx_cannot_plan_takes_no_other_down(
    expectation: Any, reason: str
) -> None:
    expectation.meta = {"rule": "unplanned"}
    suite = [expectation, rule("made", gxe.ExpectColumnValuesToNotBeNull, column="made")]
    results, _ = polars_engine.validate(FRAME, suite, ["order_id"])
    assert (results[0].status, results[0].success) == ("could_not_run", None)
    assert reason in str(results[0].reason)
    assert results[1] == RuleResult("made", "ran", True, evaluated=5, failed=0)


def test_divergence_of_values_is_judged_and_not_told() -> None:
    expectation = rule(
        "kinds",
        gxe.ExpectColumnKLDivergenceToBeLessThan,
        column="kind",
        threshold=0.1,
        partition_object={"values": ["P", "Q"], "weights": [0.5, 0.5]},
    )
    done = polars_engine.run(FRAME, [expectation], ["order_id"])
    assert done.results == [RuleResult("kinds", "ran", True, None, None)]
    (found,) = done.gx_result.results
    assert "details" not in found.result


@pytest.mark.parametrize("name", ["^.*$", "*"])
def test_a_name_that_polars_reads_as_a_pattern_is_refused(name: str) -> None:
    frame = FRAME.rename({"kind": name})
    for expectation in [
        gxe.ExpectColumnValuesToNotBeNull(column=name),
        gxe.ExpectColumnMaxToBeBetween(column=name),
        gxe.ExpectColumnValuesToNotBeNull(column="made", row_condition=Column(name) == "P"),
    ]:
        expectation.meta = {"rule": "R"}
        found = outcome(expectation, frame)
        assert (found.status, "as a pattern" in str(found.reason)) == ("could_not_run", True)
    assert outcome(rule("R", gxe.ExpectColumnValuesToNotBeNull, column="made"), frame).success
