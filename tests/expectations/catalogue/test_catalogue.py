"""A catalogue with faults says all of them at once, each with its file and line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from config.errors import ConfigFaults
from config.reference import load_reference
from expectations.catalogue.catalogue import Catalogue
from expectations.catalogue.setup import Expectations, load_expectations
from expectations.catalogue.suites import expectation_faults
from expectations.evaluation.evaluate import evaluate
from expectations.extract import Extract
from tests.expectations.rules.rule_cases import KINDS, cases

GOOD = """\
- id: {id}
  version: 1
  title: A title
  theme: recording
  dimension: validity
  severity: low
  records: orders
  when: {{eligible: true}}
  expect: {{type: expect_column_values_to_not_be_null, column: order_id}}
  needs: [order_id]
  basis: [{{document: Law, item: s.1, says: so, verified: true}}]
  fix: Do it.
"""
NIGHT = date(2026, 11, 24)
ASOF = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)


def load(rules: Path) -> Expectations:
    (rules / "facts").mkdir(exist_ok=True)
    return load_expectations(
        load_reference(), business_date=NIGHT, asof=ASOF, pulled_at=ASOF, rules=rules
    )


def faults_of(rules: Path) -> list[str]:
    with pytest.raises(ConfigFaults) as raised:
        load(rules)
    return [str(fault).removeprefix(f"{rules.name}/") for fault in raised.value.faults]


def test_every_fault_is_reported_at_once_with_file_and_line(tmp_path: Path) -> None:
    good = GOOD.format(id="OWN-001")
    (tmp_path / "a.yaml").write_text(good + GOOD.format(id="OWN-001"))
    (tmp_path / "b.yaml").write_text(
        GOOD.format(id="OWN-002").replace("column: order_id", "column: no_such_field")
        + GOOD.format(id="OWN-003").replace("  fix:", "  shows: [subject_key]\n  fix:")
        + GOOD.format(id="OWN-004").replace("  basis: [{", "  # basis: [{")
        + GOOD.format(id="OWN-005").replace("theme: recording", "theme: records")
    )
    (tmp_path / "c.yaml").write_text("- id: OWN-006\n  title: [unclosed\n")
    found = faults_of(tmp_path)
    assert [f.split(" ", 1)[0] for f in found] == [
        "a.yaml:13:",
        "b.yaml:9:",
        "b.yaml:24:",
        "b.yaml:26:",
        "b.yaml:41:",
        "c.yaml:3:",
    ]
    assert "a.yaml:1" in found[0]
    assert "`no_such_field` is no field or fact of `orders`" in found[1]
    assert "`subject_key` is personal and must not be shown" in found[2]
    assert "`OWN-004` has no `basis`" in found[3]
    assert "`theme: records`; allowed: application_governance" in found[4]
    assert "not YAML" in found[5]


#: A slip of each kind, where it is made, and what must be said of it.
SLIPS = {
    "version: 1": ("version: one", "`version` is 'one'"),
    "title: A title": ("title: [A title]", "`title` is ['A title']"),
    "when: {eligible: true}": ("when: eligible", "`when` is 'eligible'"),
    "needs: [order_id]": ("needs: order_id", "`needs` is 'order_id'"),
    "severity: low": ("severity: low\n  shows: order_id", "`shows` is 'order_id'"),
    "theme: recording": ("theme: recording\n  exempt: {live: true}", "`exempt` is {'live': True}"),
    "dimension: validity": ("dimension: validity\n  unit: [oic_unit]", "`unit` is ['oic_unit']"),
    "records: orders": ("records: orders\n  order_types: DVPN", "`order_types` is 'DVPN'"),
    "verified: true": ("verified: perhaps", "`basis.0.verified` is 'perhaps'"),
    "type: expect_column_values_to_not_be_null": ("type: 3", "must have a `type`"),
    "fix: Do it.": ("fixed: Do it.", "unknown key `fixed`"),
}


def test_a_value_of_the_wrong_kind_is_a_fault_of_its_line(tmp_path: Path) -> None:
    """Each slip is one that reads well to a person; none may stop the others from being told."""
    rules, lines = "", []
    for number, (right, (wrong, _)) in enumerate(SLIPS.items()):
        rule = GOOD.format(id=f"OWN-{number:03}").replace(right, wrong, 1)
        lines.append(
            rules.count("\n") + 1 + rule[: rule.index(wrong)].count("\n") + wrong.count("\n")
        )
        rules += rule
    (tmp_path / "own.yaml").write_text(rules)
    found = [fault for fault in faults_of(tmp_path) if "has no `fix`" not in fault]
    assert [fault.split(" ", 1)[0] for fault in found] == [f"own.yaml:{line}:" for line in lines]
    for fault, (_, words) in zip(found, SLIPS.values(), strict=True):
        assert words in fault


FACTS = """\
- fact: own_a
  of: orders
  means: [One]
  formula: live
- fact: own_b
  of: orders
  means: Two
  from: shares
  match: [object_id]
  take: any
- fact: own_c
  of: orders
  means: Three
  from: shares
  match: {object_id: order_id}
  take: {count: 1}
- set: own_set
  values: one
- fact: own_d
  of: orders
  means: Four
  cluster: {by: status}
"""


def test_a_slip_in_a_fact_is_a_fault_of_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD.format(id="OWN-001"))
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "own.yaml").write_text(FACTS)
    found = faults_of(tmp_path)
    for place in ("3: `own_a`", "9: `own_b`", "16: `own_c`", "18: `own_set`", "22: `own_d`"):
        assert any(fault.startswith(f"facts/own.yaml:{place}") for fault in found), (place, found)


def test_what_a_record_is_before_it_is_due_is_checked(tmp_path: Path) -> None:
    good = GOOD.format(id="OWN-001")
    (tmp_path / "own.yaml").write_text(
        good.replace("  fix:", "  due: created_ts\n  pending: no_such_fact\n  fix:")
        + good.replace("001", "002").replace("  fix:", "  due: created_ts\n  undated: so\n  fix:")
        + good.replace("001", "003").replace("  fix:", "  undated: fails\n  fix:")
        + good.replace("001", "004").replace("  fix:", "  due: created_ts\n  pending: live\n  fix:")
    )
    found = faults_of(tmp_path)
    assert [f.split(" ", 1)[0] for f in found] == ["own.yaml:13:", "own.yaml:27:", "own.yaml:40:"]
    assert "`no_such_fact` is no field or fact of `orders`" in found[0]
    assert "`undated: so`; allowed: not_covered, fails" in found[1]
    assert "it needs `due`" in found[2]


def test_a_fact_that_hands_on_a_personal_field_must_not_be_shown_either(tmp_path: Path) -> None:
    rule = GOOD.format(id="OWN-001").replace("  fix:", "  shows: [who]\n  fix:")
    (tmp_path / "own.yaml").write_text(rule)
    (tmp_path / "facts").mkdir()
    fact = "- {fact: who, of: orders, means: Somebody, formula: 'first(oic_id, supervisor_id)'}\n"
    (tmp_path / "facts" / "own.yaml").write_text(fact)
    assert "`who` is personal" in faults_of(tmp_path)[0]
    counted = fact.replace("first(oic_id, supervisor_id)", "any_present(oic_id, supervisor_id)")
    (tmp_path / "facts" / "own.yaml").write_text(counted)
    assert "OWN-001" in load(tmp_path).catalogue.rules


def test_an_expectation_that_nobody_knows_is_a_fault_of_its_line(tmp_path: Path) -> None:
    unknown = "expect_column_values_to_be_lucky"
    text = GOOD.format(id="OWN-001").replace("expect_column_values_to_not_be_null", unknown)
    wrong = GOOD.format(id="OWN-002").replace("column: order_id}", "column: order_id, colour: red}")
    (tmp_path / "own.yaml").write_text(text + wrong)
    setup = load(tmp_path)
    own = [rule for rule in setup.catalogue if rule.id.startswith("OWN")]
    found = [str(fault) for fault in expectation_faults(own, setup.night)]
    assert [f.split(" ", 1)[0].rsplit("/", 1)[1] for f in found] == ["own.yaml:9:", "own.yaml:21:"]
    assert unknown in found[0]
    assert "colour" in found[1]


def test_a_rule_that_great_expectations_does_not_know_could_not_run(tmp_path: Path) -> None:
    """Never an empty pass: the night goes on and the outcome says why."""
    unknown = "expect_column_values_to_be_lucky"
    text = GOOD.format(id="OWN-001").replace("expect_column_values_to_not_be_null", unknown)
    wrong = GOOD.format(id="OWN-003").replace("column: order_id}", "column: order_id, colour: red}")
    (tmp_path / "own.yaml").write_text(text + GOOD.format(id="OWN-002") + wrong)
    setup = load(tmp_path)
    own = {rule.id: rule for rule in setup.catalogue if rule.id.startswith("OWN")}
    tables = {name: table.empty() for name, table in setup.records.tables.items()}
    row = pl.DataFrame({"order_id": ["A"], "status": ["in_force"]})
    tables["orders"] = setup.records["orders"].complete(row)
    supplied = {"orders": frozenset(setup.records["orders"].fields)}
    found = evaluate(
        Extract({**tables, **setup.lookups}, supplied),
        Catalogue(own),
        setup.records,
        setup.book,
        setup.night,
    )
    said = dict(found.outcomes.select("rule_id", "outcome").iter_rows())
    assert said == {"OWN-001": "could_not_run", "OWN-002": "ran", "OWN-003": "could_not_run"}


def test_facts_with_faults_are_reported_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(GOOD.format(id="OWN-001"))
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "own.yaml").write_text(
        "- {fact: a, of: orders, means: A, formula: no_field + 1}\n"
        "- {fact: b, of: orders, means: B, formula: 'hours(edit_days)'}\n"
        "- {fact: c, of: orders, means: C, formula: made_date > 3 and}\n"
    )
    found = faults_of(tmp_path)
    assert [fault.split(" ", 1)[0] for fault in found] == [
        f"facts/own.yaml:{n}:" for n in (1, 2, 3)
    ]
    assert "`no_field`" in found[0]


def test_hours_of_a_threshold_counted_in_days_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(GOOD.format(id="OWN-001"))
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts" / "own.yaml").write_text(
        "- {fact: b, of: orders, means: B, formula: created_ts + hours(edit_days)}\n"
    )
    assert "`edit_days` is counted in days" in faults_of(tmp_path)[0]


def test_every_rule_on_records_has_cases_of_every_kind() -> None:
    """Breaking, just inside, just outside, exempt, and with a needed field empty."""
    asof = ASOF
    setup = load_expectations(load_reference(), business_date=NIGHT, asof=asof, pulled_at=asof)
    kinds: dict[str, set[str]] = {}
    for case in cases():
        kinds.setdefault(case.rule, set()).add(case.kind)
    apart = {"ORD-REC-024", "ORD-REC-024b"}  # cases_of_changes.yaml
    rules = {rule.id for rule in setup.catalogue if rule.records != "sources"} - apart
    assert {
        rule: lacking for rule in rules if (lacking := set(KINDS) - kinds.get(rule, set()))
    } == {}
    assert len(cases()) > 1000
