"""One root cause, one exception: rules that step back behind another, over nights in a ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from expectations.catalogue.catalogue import Catalogue
from expectations.evaluation.evaluate import Evaluation
from jobs.ledger import Ledger
from tests.expectations.policy.policy_night import (
    ASOF,
    ORDINARY,
    Tonight,
    altered,
    expectations,
    judged,
    key,
    numbered,
    rules,
    tonight,
)
from tests.expectations.rules.rule_cases import Case, cases

TRIED = 4


def pairs() -> list[tuple[str, str]]:
    """Every rule on records with each that it steps back behind; gates have cases of their own."""
    return [(rule.id, other) for rule in rules() if not rule.gate for other in rule.unless]


def merged(cured: Case, cause: Case) -> Case:
    """The record of `cured` with what breaks the other rule where it says nothing itself."""
    table = rules()[cured.rule].records
    first, *rest = [{**cause.tables[table][0], **judged(cured)}, *cause.tables[table][1:]]
    return replace(cured, tables={**cured.tables, **cause.tables, table: [first, *rest]})


@dataclass(frozen=True)
class Both:
    """A record that breaks two rules, and the same one cured of the cause."""

    rule: str
    cause: str
    broken: Case
    cured: Case | None


@pytest.fixture(scope="module")
def both() -> tuple[Tonight, list[Both]]:
    """Records that may break both rules of a pair; all in one night."""
    material: dict[str, list[Case]] = {}
    for case in cases():
        if case.group == ORDINARY and case.then in ("fails", "hidden"):
            material.setdefault(case.rule, []).append(case)
    made = []
    for rule, cause in pairs():
        mine = material.get(rule, [])
        made += [Both(rule, cause, case, None) for case in mine if case.then == "hidden"]
        if rules()[rule].records != rules()[cause].records:
            continue
        for one in [case for case in mine if case.then == "fails"][:TRIED]:
            made += [
                Both(rule, cause, merged(one, other), one)
                for other in material.get(cause, [])[:TRIED]
            ]
    members = numbered([one.broken for one in made])
    found = [
        replace(one, broken=case, cured=one.cured and replace(one.cured, number=case.number))
        for one, case in zip(made, members, strict=True)
    ]
    return tonight(members), found


def breaks_both(night: Tonight, one: Both) -> bool:
    return {(one.rule, key(one.broken)), (one.cause, key(one.broken))} <= night.failing.keys()


def test_a_record_that_breaks_both_rules_of_a_pair_gives_one_exception(
    both: tuple[Tonight, list[Both]],
) -> None:
    night, found = both
    met = [one for one in found if breaks_both(night, one)]
    assert len({(one.rule, one.cause) for one in met}) >= 12
    assert [f"{one.rule} beside {one.cause}" for one in met if not hidden(night, one)] == []


def hidden(night: Tonight, one: Both) -> bool:
    exception = night.exception(one.broken)
    return exception is not None and exception["hidden_by"] in rules()[one.rule].unless


def test_an_order_without_a_type_conditions_or_end_gives_one_exception_only() -> None:
    """Whatever else an order breaks, its empty type is the root cause of what depends on it."""
    cause = "ORD-REC-001"
    made = [
        altered(case, order_type=None)
        for case in cases()
        if case.group == ORDINARY and case.then == "fails" and cause in rules()[case.rule].unless
    ]
    members = numbered(made)
    night = tonight(members)
    assert len({case.rule for case in members}) > 30
    assert [case.rule for case in members if night.then(case) == "fails"] == []
    bare = next(case for case in cases() if case.rule == cause and case.then == "fails")
    row = {**judged(bare), "order_type": None, "end_date": None}
    only = replace(bare, tables={"orders": [row]})
    listed = tonight([only]).found.failing.filter(pl.col("hidden_by").is_null())
    assert set(listed["rule_id"]) == {cause}


def test_a_trial_rule_or_one_that_did_not_run_hides_nothing(
    both: tuple[Tonight, list[Both]],
) -> None:
    night, found = both
    met = [one for one in found if breaks_both(night, one)]
    causes = {cause for _, cause in pairs()}
    concerned = {one.rule for one in met} | {one.cause for one in met}
    some = Catalogue({name: rules()[name] for name in concerned})
    on_trial = some.with_status(dict.fromkeys(causes & concerned, "trial"))
    members = [one.broken for one in met]
    tried = tonight(members, catalogue=on_trial)
    assert [one.rule for one in met if tried.then(one.broken) != "fails"] == []
    away = Catalogue({name: rule for name, rule in some.rules.items() if name not in causes})
    alone = tonight(members, catalogue=away)
    ran = [one for one in met if one.rule in away.rules]
    assert ran
    assert [one.rule for one in ran if alone.then(one.broken) != "fails"] == []


def test_cured_of_the_cause_the_other_appears_the_next_night(
    both: tuple[Tonight, list[Both]], tmp_path: Path
) -> None:
    """Through the ledger: one opened, the other only when the first is fixed."""
    night, found = both
    met = [
        one
        for one in found
        if breaks_both(night, one) and one.cured and key(one.cured) == key(one.broken)
    ]
    cured = tonight([one.cured for one in met if one.cured])
    keys = {key(one.broken) for one in met}
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    first = record(ledger, 0, night.found, keys)
    second = record(ledger, 1, cured.found, keys)
    tried = set()
    for one in met:
        name = key(one.broken)
        assert (one.rule, name) not in first, (one.rule, one.cause)
        if cured.exception(one.broken) and (one.cause, name) not in cured.failing:
            if any((other, name) in cured.failing for other in rules()[one.rule].unless):
                continue  # another cause is left
            assert second[one.rule, name] == "open", (one.rule, one.cause)
            assert second.get((one.cause, name)) != "open", (one.rule, one.cause)
            tried.add((one.rule, one.cause))
    assert len(tried) >= 6


def record(
    ledger: Ledger, number: int, found: Evaluation, keys: set[str]
) -> Mapping[tuple[str, str], str]:
    """A night of these records in the ledger: the state of each listed exception."""
    day = expectations().night.business_date + timedelta(days=number)
    run = f"run {number}"
    ledger.start_run(run, day, started=ASOF, versions={}, hashes={})
    ledger.record_night(
        day,
        run,
        failing=found.failing.filter(pl.col("record_key").is_in(list(keys))),
        statuses=found.status_of(ledger.open_keys(before=day)),
        outcomes=found.outcomes,
        rules=rules().frame(),
    )
    listing = ledger.exceptions_on(day).filter(pl.col("hidden_by").is_null())
    return {
        (rule, name): state
        for rule, name, state in listing.select("rule_id", "record_key", "state").iter_rows()
    }
