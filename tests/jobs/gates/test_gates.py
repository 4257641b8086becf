"""What the dataset gates do beside their verdicts, which `tests/jobs/gates/cases` holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations.evaluation.evaluate import Evaluation
from expectations.evaluation.exceptions import EXCEPTION_SCHEMA
from expectations.evaluation.outcomes import OUTCOME_SCHEMA
from jobs.gates.findings import with_gates
from jobs.gates.model import GateResult
from tests.jobs.gates.gate_runner import gate_rules, judge

LINKED = """
records = "breaches"
[fields]
breach_id = "Ref"
beat = { column = "Beat", optional = true }
[[rows]]
records = "breach_orders"
filled = "Order"
[rows.fields]
breach_id = "Ref"
order_id = "Order"
"""
#: So many rows beside those that a test is about that repeated keys are no reason to hold.
MANY = [f"C{number}" for number in range(900)]


def test_of_two_rows_the_one_changed_last_stays(tmp_path: Path) -> None:
    columns = {
        "breach_id": ["B1", "B1", "B1", *MANY],
        "updated_ts": ["2026-11-22", "2026-11-23", "", *["2026-11-23"] * 900],
        "beat": ["old", "new", "none", *["x"] * 900],
    }
    kept = judge({"rows": 903, "columns": columns}, tmp_path).kept
    assert kept is not None
    assert kept.tables["breaches"].filter(breach_id="B1")["beat"].to_list() == ["new"]
    assert kept.rejects["row"].sort().to_list() == [1, 3]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(6)))
def test_the_order_of_the_rows_decides_nothing(tmp_path: Path, order: list[int]) -> None:
    beats = ["a", "b", "c", "c", "d", "e"]
    keys = ["B1"] * 5 + ["B2"]
    stays = []
    for places in (list(range(6)), order):
        columns = {"breach_id": [keys[n] for n in places], "beat": [beats[n] for n in places]}
        kept = judge({"rows": 6, "columns": columns}, tmp_path).kept
        assert kept is not None
        stays.append(kept.tables["breaches"].sort("breach_id")["beat"].to_list())
    assert stays[0] == stays[1]


def test_rows_kept_out_are_named_with_their_reason(tmp_path: Path) -> None:
    columns = {"breach_id": ["B1", "B1", "", *MANY]}
    kept = judge({"rows": 903, "columns": columns, "unread": 1}, tmp_path).kept
    assert kept is not None
    named = kept.rejects.sort("row").select("row", "reason", "record_key").rows()
    assert [(row, reason) for row, reason, _ in named if row > 2] == [
        (3, "no_key"),
        (904, "columns_shifted"),
    ]
    assert [(reason, key) for row, reason, key in named if row < 3] == [("duplicate_key", "B1")]


def test_a_row_taken_out_takes_its_other_records_with_it(tmp_path: Path) -> None:
    columns = {"Ref": ["B1", "B1", "", *MANY], "Order": "O1"}
    kept = judge({"rows": 903, "columns": columns, "mapping": LINKED}, tmp_path).kept
    assert kept is not None
    links = kept.tables["breach_orders"]
    assert links.height == 901
    assert links["breach_id"].n_unique() == 901


def test_a_column_that_may_be_absent_and_is_supplies_nothing(tmp_path: Path) -> None:
    columns = {"Ref": "B1", "Order": "O1"}
    kept = judge({"columns": columns, "mapping": LINKED}, tmp_path).kept
    assert kept is not None
    assert "beat" not in kept.supplied["breaches"]


@pytest.mark.parametrize("cell", ['=HYPERLINK("x")', "cafÃ©", "caf\ufffd"])
def test_a_gate_names_the_column_and_never_the_cell(tmp_path: Path, cell: str) -> None:
    result = judge({"columns": {"breach_id": "B1", "crime_ref": cell}}, tmp_path).of("text")
    assert result.failed
    assert cell not in f"{result.evidence}{result.message}"


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        (["ran", "could_not_run"], "ran"),
        (["not_covered", "could_not_run"], "could_not_run"),
        (["not_covered", "not_supplied"], "ran"),
        (["not_supplied"], "not_supplied"),
        ([], "not_supplied"),
    ],
)
def test_what_becomes_of_a_gate_from_what_became_of_its_links(
    outcomes: list[str], said: str
) -> None:
    none = EXCEPTION_SCHEMA.to_frame()
    found = with_gates(
        Evaluation(none, none, OUTCOME_SCHEMA.to_frame(), {}, {}),
        [GateResult("links", "orders", f"link{n}", o) for n, o in enumerate(outcomes)],
        gate_rules().with_status({rule.id: "active" for rule in gate_rules()}),
        sources=["orders"],
        known=none,
    )
    rules = {row["rule_id"]: row for row in found.outcomes.iter_rows(named=True)}
    (links,) = [rule.id for rule in gate_rules() if rule.gate == "links"]
    assert rules[links]["outcome"] == said
    assert (rules[links]["reason"] is None) == (said == "ran")
