"""Every rule against its boundary cases."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tests.expectations.rules.rule_cases import Case, cases, verdicts

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.id)
def test_the_boundary_cases_of_a_rule(case: Case) -> None:
    verdict = verdicts()[case.number]
    said = f"{case.file}, {case.rule}, {case.text}: {verdict}"
    assert verdict.then == case.then, said
    if "soon" in case.expected:
        assert verdict.soon == case.expected["soon"], said
    if verdict.exception is None:
        return
    if "due" in case.expected:
        due = verdict.exception["due_ts"]
        wanted = case.expected["due"]
        if wanted is None:
            assert due is None, said
        else:
            local = due.astimezone(LONDON).replace(tzinfo=None)
            expected = datetime.fromisoformat(str(wanted))
            assert local.replace(microsecond=0) == expected, said
    if "hidden_by" in case.expected:
        assert verdict.exception["hidden_by"] == case.expected["hidden_by"], said
    if "unit" in case.expected:
        assert verdict.exception["unit_code"].endswith(case.expected["unit"]), said
    if "severity" in case.expected:
        assert verdict.exception["severity"] == case.expected["severity"], said
    evidence = json.loads(verdict.exception["evidence"])
    for name, value in case.expected.get("shows", {}).items():
        assert str(evidence[name]) == str(value), said
