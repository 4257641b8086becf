"""Every dataset gate against its boundary cases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from config.sentences import is_said
from tests.expectations.rules.rule_cases import KINDS
from tests.jobs.gates.gate_runner import cases, gate_rules, judge


@pytest.mark.parametrize("told", list(cases()), ids=lambda told: f"{told['rule']}-{told['case']}")
def test_the_boundary_cases_of_a_gate(told: Mapping[str, Any], tmp_path: Path) -> None:
    rule = gate_rules()[told["rule"]]
    judged = judge(told, tmp_path)
    result = judged.of(str(rule.gate), told.get("key", "rms"))
    ran = "fails" if result.failed else "passes"
    verdict = ran if result.outcome == "ran" else result.outcome
    assert verdict == told["then"], result
    assert ("critical" if result.critical else rule.severity) == told["severity"]
    assert result.action == told["action"], result
    assert {k: result.evidence[k] for k in told.get("shows", {})} == told.get("shows", {})
    assert told.get("says", "") in result.message
    assert is_said(result.message) or not result.message
    causes = {other.id: other.gate for other in gate_rules()}
    assert result.hidden_by == causes.get(told.get("behind", "")), result
    assert "behind" not in told or told["behind"] in rule.unless
    if "doubted" in told:
        assert judged.kept is not None
        (main,) = judged.kept.doubted.values()
        assert main.rows() == [(key,) for key in told["doubted"]]
    if "kept" in told:
        assert judged.kept is not None
        assert judged.kept.tables[judged.kept.main].height == told["kept"]


def test_every_gate_has_cases_of_every_kind() -> None:
    """Breaking, just inside, just outside, exempt, and with nothing to judge."""
    kinds = {rule.id: set[str]() for rule in gate_rules()}
    for told in cases():
        kinds[told["rule"]].add(told["kind"])
    assert {rule: set(KINDS) - found for rule, found in kinds.items() if found != set(KINDS)} == {}
