"""Boundary cases that the records of one night cannot hold as they are.

Values of `field_changes` are compared as they stand, so they must not be marked with the number
of their case; and a type opens to the force only in a statutory catalogue of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from config.order_types import OrderTypes
from config.reference import Reference, load_reference
from tests.expectations.rules import rule_cases
from tests.expectations.rules.rule_cases import Case, Verdict

CHANGES = tuple(rule_cases._file(Path(__file__).with_name("cases_of_changes.yaml"), 0))
AS_THEY_STAND = frozenset(
    ["record_kind", "field", "old_value", "new_value", "old_raw", "new_raw", *rule_cases._FORMED]
)


@pytest.fixture(scope="module")
def verdicts() -> Mapping[int, Verdict]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rule_cases, "_FORMED", AS_THEY_STAND)
        return rule_cases._evaluated(list(CHANGES))


def test_the_cases_of_changes_are_of_one_night_and_every_kind() -> None:
    assert len({case.group for case in CHANGES}) == 1
    for rule in {case.rule for case in CHANGES}:
        assert {c.kind for c in CHANGES if c.rule == rule} == set(rule_cases.KINDS)


@pytest.mark.parametrize("case", CHANGES, ids=lambda case: case.id)
def test_changed_statutory_times(case: Case, verdicts: Mapping[int, Verdict]) -> None:
    verdict = verdicts[case.number]
    said = f"{case.rule}, {case.text}: {verdict}"
    assert verdict.then == case.then, said
    if verdict.exception is None:
        return
    evidence = json.loads(verdict.exception["evidence"])
    for name, value in case.expected.get("shows", {}).items():
        assert evidence[name] == value, said
    if "due" in case.expected:
        assert verdict.exception["due_ts"] is None, said
    if "unit" in case.expected:
        assert verdict.exception["unit_code"].endswith(case.expected["unit"]), said


@pytest.mark.parametrize(
    ("made", "ends", "then"),
    [
        (date(2026, 11, 20), None, "passes"),
        (date(2026, 11, 19), None, "fails"),
        (date(2026, 11, 22), date(2026, 11, 22), "passes"),
        (date(2026, 11, 22), date(2026, 11, 21), "fails"),
    ],
)
def test_a_type_is_open_to_the_force_from_its_first_day_to_its_last(
    made: date, ends: date | None, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_window(**given: Any) -> Reference:
        reference = load_reference(**given)
        types = dict(reference.order_types.types)
        opened = {"force_can_apply_from": date(2026, 11, 20), "force_can_apply_to": ends}
        types["DAPO"] = types["DAPO"].model_copy(update=opened)
        return replace(reference, order_types=OrderTypes(types))

    monkeypatch.setattr(rule_cases, "load_reference", with_window)
    order = {
        "order_id": "O1",
        "order_type": "DAPO",
        "force_role": "applicant",
        "status": "in_force",
        "made_date": made,
    }
    case = replace(
        CHANGES[0],
        rule="ORD-GOV-016",
        tables={"orders": [order]},
    )
    assert rule_cases._evaluated([case])[case.number].then == then
