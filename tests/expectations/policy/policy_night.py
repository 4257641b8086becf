"""The boundary cases as material for the false-positive policy: altered, and judged on any night.

The policy speaks of every rule. So its tests take the cases that break a rule, change what the
policy is about, and put all of them into one night.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from config.reference import load_reference
from expectations.catalogue.catalogue import Catalogue, Rule
from expectations.catalogue.setup import Expectations, load_expectations
from expectations.evaluation.evaluate import Evaluation, evaluate
from expectations.extract import Extract
from expectations.facts.book import Column, Fact
from tests.expectations.rules import rule_cases
from tests.expectations.rules.rule_cases import AS_OF, LONDON, Case, cases

ORDINARY: tuple[Any, ...] = (AS_OF, None, (), (), frozenset())
ASOF = datetime.fromisoformat(AS_OF).replace(tzinfo=LONDON).astimezone(UTC)


@cache
def expectations() -> Expectations:
    """The rules as a night has them, those that are off by default among them."""
    return load_expectations(load_reference(), business_date=ASOF.date(), asof=ASOF, pulled_at=ASOF)


@cache
def rules() -> Catalogue:
    """Every rule on records, switched on."""
    catalogue = expectations().catalogue
    on = catalogue.with_status({rule.id: "active" for rule in catalogue})
    return Catalogue({rule.id: rule for rule in on if not rule.gate})


@cache
def breaking() -> tuple[Case, ...]:
    """The cases of an ordinary night that end in an exception."""
    return tuple(
        c
        for c in cases()
        if c.then == "fails" and c.group == ORDINARY and c.kind != rule_cases.UNREAD
    )


def altered(case: Case, **change: Any) -> Case:
    """The case with fields of the record that is judged changed."""
    table = rules()[case.rule].records
    first, *rest = case.tables[table]
    return replace(case, tables={**case.tables, table: [{**first, **change}, *rest]})


def judged(case: Case) -> Mapping[str, Any]:
    """The record that the case is about."""
    return case.tables[rules()[case.rule].records][0]


def has_field(case: Case, name: str) -> bool:
    """Whether the records of the case can hold the field at all."""
    return name in expectations().records[rules()[case.rule].records].fields


@dataclass(frozen=True)
class Tonight:
    """The records of many cases, each with references of its own, as one night's evaluation."""

    found: Evaluation
    failing: Mapping[tuple[str, str], Mapping[str, Any]]
    soon: frozenset[tuple[str, str]]
    covered: Mapping[str, Mapping[str, bool]]

    def then(self, case: Case) -> str:
        """The verdict of a case: `fails`, `hidden`, `passes` or `not_covered`."""
        exception = self.exception(case)
        if exception:
            return "hidden" if exception["hidden_by"] else "fails"
        return "passes" if self.covered.get(case.rule, {}).get(key(case)) else "not_covered"

    def exception(self, case: Case) -> Mapping[str, Any] | None:
        """The exception of a case."""
        return self.failing.get((case.rule, key(case)))

    def is_soon(self, case: Case) -> bool:
        """Whether the record of a case is due soon."""
        return (case.rule, key(case)) in self.soon


def key(case: Case) -> str:
    """The key of the record that the case is about."""
    table = expectations().records[rules()[case.rule].records]
    row = rule_cases._marked(table, case.number, judged(case))
    return "|".join(str(row[part]) for part in table.key)


def numbered(found: Sequence[Case]) -> list[Case]:
    """The cases with numbers, and so references, of their own."""
    return [replace(case, number=number) for number, case in enumerate(found, start=1)]


def tonight(
    members: Sequence[Case],
    *,
    asof: datetime = ASOF,
    catalogue: Catalogue | None = None,
) -> Tonight:
    """Judge cases, all together."""
    setup = expectations()
    night = replace(
        setup.night, asof=asof, pulled_at=asof, business_date=asof.astimezone(LONDON).date()
    )
    tables = {
        name: rule_cases._frame(
            table, [(c.number, row) for c in members for row in c.tables.get(name, [])]
        )
        if any(name in c.tables for c in members)
        else table.empty()
        for name, table in setup.records.tables.items()
    }
    supplied = {name: frozenset(table.fields) for name, table in setup.records.tables.items()}
    extract = Extract({**tables, **setup.lookups}, supplied)
    found = evaluate(extract, catalogue or rules(), setup.records, setup.book, night)
    return Tonight(
        found,
        {(row["rule_id"], row["record_key"]): row for row in found.failing.to_dicts()},
        frozenset(found.due_soon.select("rule_id", "record_key").iter_rows()),
        {
            rule: dict(frame.select("record_key", rule).iter_rows())
            for frame in found.covered.values()
            for rule in frame.columns
            if rule not in ("record_key", "set_aside")
        },
    )


def facts_behind(columns: Sequence[Column], *, without: str | None = None) -> Iterator[Fact]:
    """The facts that columns rest on; those that name `without`, and what only they read, not."""
    book = expectations().book
    waiting, seen = list(columns), set[Column]()
    while waiting:
        column = waiting.pop()
        fact = book.facts.get(column)
        if column in seen or fact is None:
            continue
        seen.add(column)
        if without and without in named_in(fact):
            continue
        yield fact
        waiting += fact.reads(())


def named_in(fact: Fact) -> set[str]:
    """Every name in the formulas of a fact: columns, thresholds, settings."""
    formulas = [fact.formula] if fact.formula else list(fact.join.formulas) if fact.join else []
    return {name for formula in formulas for name in (*formula.names, *formula.this_names)}


def reads(rule: Rule, name: str, *, of: Sequence[str] = (), without: str | None = None) -> bool:
    """Whether the rule (or its columns `of`) rests on a field or threshold of this name."""
    columns = [(rule.records, column) for column in (of or rule.tested | {*_exempting(rule)})]
    return any(column == name for _, column in columns) or any(
        name in named_in(fact) for fact in facts_behind(columns, without=without)
    )


def _exempting(rule: Rule) -> set[str]:
    return {name for group in rule.exempt for name in group}


__all__ = [
    *("ASOF", "ORDINARY", "Tonight", "altered", "breaking", "expectations", "facts_behind"),
    *("has_field", "judged", "key", "named_in", "numbered", "reads", "rules", "tonight"),
]
