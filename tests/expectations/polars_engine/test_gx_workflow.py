"""The engine within GX: data contexts, validation definitions, checkpoints, Data Docs, formats."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import polars as pl
import pytest
from great_expectations.checkpoint import Checkpoint, UpdateDataDocsAction
from great_expectations.core.validation_definition import ValidationDefinition
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.exceptions import GreatExpectationsError
from great_expectations.expectations.row_conditions import Column

from expectations.polars_engine import PolarsExecutionEngine, failing_keys, outcomes
from expectations.polars_engine.keys import data_of

FRAME = pl.DataFrame(
    {
        "order_id": [f"KEY-{i}" for i in range(40)],
        "name": [f"Person{i:02}" for i in range(40)],
        "age": [17 + i for i in range(40)],
    }
)
SECRETS = ("KEY-", "Person")


@pytest.fixture
def context(tmp_path: Path) -> Any:
    """A data context in files, as one who keeps their results has it."""
    found = gx.get_context(mode="file", project_root_dir=tmp_path)
    found.variables.progress_bars = ProgressBarsConfig(globally=False)
    return found


#: Rules that GX cannot evaluate, and says so: with the value that it could not read, by default.
MISFITS = [
    gxe.ExpectColumnMaxToBeBetween(column="name", max_value=dt.date(2024, 1, 1)),
    gxe.ExpectColumnMinToBeBetween(column="name", min_value=1),
    gxe.ExpectColumnMaxToBeBetween(column="secret_number", max_value=dt.datetime(2024, 1, 1)),
    gxe.ExpectColumnMedianToBeBetween(column="secret_float", max_value=dt.date(2024, 1, 1)),
    gxe.ExpectColumnMaxToBeBetween(column="secret_span", max_value=dt.date(2024, 1, 1)),
    gxe.ExpectColumnMaxToBeBetween(column="secret_clock", max_value=dt.date(2024, 1, 1)),
    gxe.ExpectColumnKLDivergenceToBeLessThan(
        column="name", threshold=1, partition_object={"values": ["a"], "weights": [1.0]}
    ),
    gxe.ExpectColumnKLDivergenceToBeLessThan(column="name", threshold=1, bucketize_data=False),
]


def suite_of(context: Any) -> Any:
    rules = {
        "AGE": gxe.ExpectColumnValuesToBeBetween(column="age", max_value=50),
        "NAME": gxe.ExpectColumnValuesToMatchRegex(
            column="name", regex="^Person0", row_condition=Column("age") > 20
        ),
        "PAIR": gxe.ExpectCompoundColumnsToBeUnique(column_list=["name", "age"]),
        "SAME": gxe.ExpectColumnPairValuesToBeEqual(column_A="name", column_B="order_id"),
        "SET": gxe.ExpectColumnDistinctValuesToBeInSet(column="name", value_set=["Person00"]),
        "GONE": gxe.ExpectColumnValuesToNotBeNull(column="gone"),
        "MEAN": gxe.ExpectColumnMeanToBeBetween(column="age", min_value=1),
        "ROWS": gxe.ExpectTableRowCountToEqual(value=40),
    }
    for name, expectation in rules.items():
        expectation.meta = {"rule": name}
    return context.suites.add(gx.ExpectationSuite(name="orders", expectations=[*rules.values()]))


def definition_of(context: Any) -> Any:
    source = context.data_sources.add_polars("frames")
    whole = source.add_dataframe_asset("orders").add_batch_definition_whole_dataframe("all")
    return context.validation_definitions.add(
        ValidationDefinition(name="nightly", data=whole, suite=suite_of(context))
    )


def everything_written(root: Path) -> str:
    return "".join(path.read_text(errors="ignore") for path in root.rglob("*") if path.is_file())


def test_a_checkpoint_runs_stores_and_renders(context: Any, tmp_path: Path) -> None:
    checkpoint = context.checkpoints.add(
        Checkpoint(
            name="nightly",
            validation_definitions=[definition_of(context)],
            actions=[UpdateDataDocsAction(name="docs")],
        )
    )
    (found,) = checkpoint.run(batch_parameters={"dataframe": FRAME}).run_results.values()
    verdicts = {r.expectation_config.meta["rule"]: r.success for r in found.results}
    assert verdicts == {
        "AGE": False, "NAME": False, "PAIR": True, "SAME": False, "SET": False, "GONE": False,
        "MEAN": True, "ROWS": True,
    }  # fmt: skip
    pages = [p.read_text() for p in tmp_path.rglob("data_docs/**/validations/**/*.html")]
    assert len(pages) == 1
    assert "values must be less than or equal to" in pages[0]
    assert "is not in the frame" in pages[0]


def test_the_data_source_is_there_when_the_context_is_opened_again(
    context: Any, tmp_path: Path
) -> None:
    definition_of(context)
    again = gx.get_context(mode="file", project_root_dir=tmp_path)
    again.variables.progress_bars = ProgressBarsConfig(globally=False)
    found = again.validation_definitions.get("nightly").run(
        batch_parameters={"dataframe": FRAME.lazy()}
    )
    assert found.statistics["evaluated_expectations"] == 8
    assert again.data_sources.get("frames").type == "polars"


@pytest.mark.parametrize("result_format", ["BOOLEAN_ONLY", "BASIC", "SUMMARY", None])
def test_nothing_of_a_record_is_stored_unless_it_is_asked_for(
    context: Any, tmp_path: Path, result_format: str | None
) -> None:
    given = {} if result_format is None else {"result_format": result_format}
    checkpoint = context.checkpoints.add(
        Checkpoint(
            name="nightly",
            validation_definitions=[definition_of(context)],
            actions=[UpdateDataDocsAction(name="docs")],
            **given,
        )
    )
    done = checkpoint.run(batch_parameters={"dataframe": FRAME})
    told = json.dumps(done.describe_dict()) + str(done) + everything_written(tmp_path)
    told = told.replace("^Person0", "").replace('"Person00"', "").replace("Person00", "")
    assert "nightly" in told
    assert not [secret for secret in SECRETS if secret in told]


@pytest.mark.filterwarnings("ignore")  # of dateutil
def test_no_value_is_in_the_reason_why_a_rule_could_not_run(context: Any, tmp_path: Path) -> None:
    frame = FRAME.with_columns(
        secret_number=pl.col("age") + 7_771_000,
        secret_float=pl.col("age") + 7_771_000.5,
        secret_span=pl.duration(days=pl.col("age") + 7_771_000),
        secret_clock=pl.lit(dt.time(23, 59, 7, 777_123)),
    )
    source = context.data_sources.add_polars("frames")
    whole = source.add_dataframe_asset("orders").add_batch_definition_whole_dataframe("all")
    suite = context.suites.add(gx.ExpectationSuite(name="misfits", expectations=MISFITS))
    definition = context.validation_definitions.add(
        ValidationDefinition(name="misfits", data=whole, suite=suite)
    )
    checkpoint = context.checkpoints.add(
        Checkpoint(
            name="misfits",
            validation_definitions=[definition],
            actions=[UpdateDataDocsAction(name="docs")],
        )
    )
    done = checkpoint.run(batch_parameters={"dataframe": frame})
    (found,) = done.run_results.values()
    assert [one.success for one in found.results] == [False] * len(MISFITS)
    assert all(one.exception_info for one in found.results)
    told = json.dumps(done.describe_dict()) + str(done) + everything_written(tmp_path)
    assert "a value of the column" in told
    assert not [secret for secret in (*SECRETS, "7771", ".777123") if secret in told]


def test_a_lazy_frame_is_collected_once_for_whole_rows(context: Any) -> None:
    batch = definition_of(context).data.get_batch({"dataframe": FRAME.lazy()})
    asked = {"result_format": "BASIC", "include_unexpected_rows": True}
    expectation = gxe.ExpectColumnValuesToBeBetween(column="age", max_value=55)
    found = batch.validate(expectation, result_format=asked)
    assert found.result["unexpected_rows"] == FRAME[39:].to_dicts()
    assert data_of(batch).collections == 1


def test_extremes_that_compare_are_shown(context: Any) -> None:
    batch = definition_of(context).data.get_batch({"dataframe": FRAME})
    for column, shown in [("age", 56), ("name", "Person39")]:
        expectation = gxe.ExpectColumnMaxToBeBetween(column=column)
        found = batch.validate(expectation).to_json_dict()
        assert json.loads(json.dumps(found))["result"] == {"observed_value": shown}


@pytest.mark.parametrize(
    "asked",
    [
        {"result_format": "COMPLETE"},
        {"result_format": "SUMMARY", "unexpected_index_column_names": ["order_id"]},
        {"result_format": "BASIC", "include_unexpected_rows": True},
    ],
    ids=["complete", "keys", "rows"],
)
def test_values_and_keys_are_given_when_they_are_asked_for(
    context: Any, asked: dict[str, Any]
) -> None:
    found = definition_of(context).run(batch_parameters={"dataframe": FRAME}, result_format=asked)
    assert any(secret in json.dumps(found.to_json_dict()) for secret in SECRETS)


def test_a_source_that_shows_values_shows_them() -> None:
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_polars("open", shows_values=True)
    whole = source.add_dataframe_asset("orders").add_batch_definition_whole_dataframe("all")
    batch = whole.get_batch({"dataframe": FRAME})
    found = batch.validate(gxe.ExpectColumnValuesToBeBetween(column="age", max_value=50))
    assert found.result["partial_unexpected_list"] == [51, 52, 53, 54, 55, 56]


def test_complete_with_key_columns(context: Any) -> None:
    found = definition_of(context).run(
        batch_parameters={"dataframe": FRAME},
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["order_id"]},
    )
    age = next(r for r in found.results if r.expectation_config.meta["rule"] == "AGE").result
    assert age["unexpected_index_list"][0] == {"age": 51, "order_id": "KEY-34"}
    assert age["unexpected_index_column_names"] == ["order_id"]
    assert 'col("age")' in age["unexpected_index_query"]


def test_keys_and_outcomes_of_a_batch_that_was_validated(context: Any) -> None:
    batch = definition_of(context).data.get_batch({"dataframe": FRAME})
    suite = context.suites.get("orders")
    result = batch.validate(suite, result_format="BOOLEAN_ONLY")
    found = {one.rule: one for one in outcomes(batch, suite, result)}
    keys = failing_keys(batch, suite, ["order_id"])
    assert (found["AGE"].evaluated, found["AGE"].failed) == (40, 6)
    assert (found["NAME"].evaluated, found["NAME"].failed) == (36, 30)
    assert (found["GONE"].status, found["GONE"].failed) == ("could_not_run", None)
    assert (found["MEAN"].success, found["MEAN"].evaluated) == (True, None)
    counts = keys.group_by("rule", maintain_order=True).len().rows()
    assert [(one.rule, one.failed) for one in found.values() if one.failed] == counts
    assert batch.data is not None


def test_keys_without_a_validation(context: Any) -> None:
    batch = definition_of(context).data.get_batch({"dataframe": FRAME})
    keys = failing_keys(batch, context.suites.get("orders"), ["order_id"])
    assert keys.filter(pl.col("rule") == "AGE")["order_id"].to_list() == [
        f"KEY-{i}" for i in range(34, 40)
    ]


@pytest.mark.parametrize("given", [{"dataframe": [1]}, {}, {"dataframe": FRAME, "more": 1}])
def test_what_is_no_frame_is_refused(context: Any, given: dict[str, Any]) -> None:
    whole = definition_of(context).data
    with pytest.raises(GreatExpectationsError, match=r"Polars|polars"):
        whole.get_batch(given)


def test_the_engine_by_itself() -> None:
    engine = PolarsExecutionEngine(batch_data_dict={"b": FRAME})
    assert engine.batch({"batch_id": "b"}).schema == FRAME.schema
    with pytest.raises(GreatExpectationsError, match='no batch "c"'):
        engine.batch({"batch_id": "c"})
    with pytest.raises(GreatExpectationsError, match="was given dict"):
        engine.load_batch_data("b", {})


def test_the_first_rows_for_a_person_to_look_at(context: Any) -> None:
    batch = definition_of(context).data.get_batch({"dataframe": FRAME})
    assert list(batch.columns()) == FRAME.columns
    assert "KEY-1" in str(batch.head(n_rows=2))
