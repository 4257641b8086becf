"""What must never be an exception, tried on every record that breaks a rule on orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.expectations.rules import rule_cases
from tests.expectations.rules.rule_cases import AS_OF, Case, Verdict, cases

#: Rules whose legal clock does not wait for the grace for new records.
AT_ONCE = ("ORD-GOV-004", "ORD-GOV-004d", "ORD-GOV-005", "ORD-GOV-005d", "ORD-GOV-006")
ROLES = ("enforcing", "informed", "hosting")
YESTERDAY = datetime.fromisoformat(AS_OF) - timedelta(hours=23, minutes=59, seconds=59)


def breaking() -> list[Case]:
    """The cases of an ordinary night that end in an exception about one row."""
    ordinary: tuple[Any, ...] = (AS_OF, None, (), (), frozenset())
    return [
        case
        for case in cases()
        if case.rule.startswith(("ORD-GOV", "ORD-REC"))
        and case.then == "fails"
        and case.group == ordinary
        and len({row["order_id"] for row in case.tables.get("orders", [])})
        == len(case.tables.get("orders", []))
    ]


def altered(case: Case, table: str, **change: Any) -> Case:
    first, *rest = case.tables[table]
    return replace(case, tables={**case.tables, table: [{**first, **change}, *rest]})


def harmless() -> list[tuple[str, Case]]:
    """The same cases, each made into one that no rule covers, and what was done to it."""
    found: list[tuple[str, Case]] = []
    for case in breaking():
        table = "occurrences" if "occurrences" in case.tables else "orders"
        if case.rule.startswith("ORD-GOV") and table == "orders":
            found += [(role, altered(case, table, force_role=role)) for role in ROLES]
        if case.rule not in AT_ONCE:
            found.append(("new", altered(case, table, created_ts=YESTERDAY)))
        if table == "orders":
            found.append(("void", altered(case, table, status="void")))
        found.append(("test", altered(case, table, is_test=True)))
    return [(done, replace(case, number=n)) for n, (done, case) in enumerate(found, start=1)]


@pytest.fixture(scope="module")
def verdicts() -> Mapping[int, Verdict]:
    return rule_cases._evaluated([case for _, case in harmless()])


@pytest.mark.parametrize("done", [*ROLES, "new", "void", "test"])
def test_no_rule_covers(done: str, verdicts: Mapping[int, Verdict]) -> None:
    """Governance of others' orders, a record less than a day old, one entered in error, a test."""
    tried = [case for what, case in harmless() if what == done]
    assert len(tried) > 40
    assert [
        f"{case.rule}, {case.text}: {verdicts[case.number].then}"
        for case in tried
        if verdicts[case.number].then != "not_covered"
    ] == []
