"""The false-positive policy on one night's records, tried with every case that breaks a rule."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from expectations.catalogue.catalogue import Catalogue
from tests.expectations.policy.policy_night import (
    ASOF,
    ORDINARY,
    Tonight,
    altered,
    breaking,
    expectations,
    has_field,
    judged,
    key,
    numbered,
    reads,
    rules,
    tonight,
)
from tests.expectations.rules import rule_cases
from tests.expectations.rules.rule_cases import Case, cases

#: The rules that the policy names as clocks which the grace would defeat, and their variants for
#: disputed days; ORD-GOV-004 is a clock of the same law.
STATUTORY_CLOCKS = {
    *("ORD-GOV-004", "ORD-GOV-004d", "ORD-GOV-005", "ORD-GOV-005d", "ORD-GOV-006"),
    *("BRE-RSP-002", "BRE-RSP-002b"),
}
#: Rules that an appeal or a stay, and the subject's or the suspect's custody, set aside.
PAUSED: Sequence[tuple[Mapping[str, Any], Sequence[str]]] = (
    ({"appeal_or_stay": True}, ("ORD-REC-006", "ORD-GOV-015", "ORD-INF-007")),
    ({"subject_in_custody": True}, ("ORD-SUP-006", "ORD-SUP-011")),
    ({"suspect_state": "in_custody"}, ("BRE-RSP-001", "BRE-RSP-005", "BRE-SUP-004")),
)
#: Times of a notice or a breach that a legal clock runs on, and what tells of their absence.
CLOCK_TIMES = {
    **dict.fromkeys(("authorised_ts", "notice_served_ts"), "ORD-REC-008t"),
    **dict.fromkeys(("reported_ts", "recorded_ts", "arrested_ts"), "BRE-REC-009c"),
    "produced_at_court_ts": "BRE-REC-009c",
}
#: Statuses of a share that nobody was told, and that a reason makes an answer.
NOT_DONE = ("unsafe", "declined", "not_applicable")
DAY = timedelta(hours=24)
SECOND = timedelta(seconds=1)
Made = Sequence[tuple[Any, Case]]


def judge(made: Made, *also: str) -> list[tuple[Any, Case, Tonight]]:
    """Altered cases and the night that judges them, all together, by their rules and `also`."""
    members = numbered([case for _, case in made])
    names = {*also, *(case.rule for case in members)}
    night = tonight(members, catalogue=Catalogue({name: rules()[name] for name in names}))
    return [(what, case, night) for (what, _), case in zip(made, members, strict=True)]


def said(case: Case, night: Tonight) -> str:
    return f"{case.rule}, {case.text}: {night.then(case)}"


# FP-01


def test_governance_covers_no_order_of_another_force() -> None:
    """Enforcing, informed or hosting: no exception, and not counted as looked at."""
    ours = [
        case
        for case in breaking()
        if rules()[case.rule].theme == "application_governance"
        and rules()[case.rule].records == "orders"
    ]
    roles = ("enforcing", "informed", "hosting")
    found = judge([(role, altered(case, force_role=role)) for case in ours for role in roles])
    assert len(found) > 100
    assert [said(c, n) for _, c, n in found if n.then(c) != "not_covered"] == []


def test_an_order_that_breaks_every_governance_rule_breaks_none_when_it_is_not_ours() -> None:
    merged = [c for c in breaking() if c.rule.startswith("ORD-GOV") and "orders" in c.tables]
    everything = {
        name: value for case in merged for name, value in case.tables["orders"][0].items()
    }
    rows = [{**everything, "force_role": "informed"}]
    case = replace(merged[0], number=1, tables={"orders": rows})
    governance = {r.id: r for r in rules() if r.id.startswith("ORD-GOV")}
    night = tonight([case], catalogue=Catalogue(governance))
    assert [rule for rule, _ in night.failing if rule.startswith("ORD-GOV")] == []
    outcomes = night.found.outcomes.filter(records="orders").to_dicts()
    counted = {o["rule_id"]: o["evaluated"] for o in outcomes if "GOV" in o["rule_id"]}
    assert set(counted.values()) == {0}


# FP-02


@pytest.fixture(scope="module")
def young() -> list[tuple[Any, Case, Tonight]]:
    """Every breaking case with all of its records entered at four instants before the night."""
    made = [
        (age, _entered(case, ASOF - age))
        for case in breaking()
        if has_field(case, "created_ts")
        for age in (timedelta(minutes=1), DAY - SECOND, DAY, DAY + timedelta(minutes=1))
    ]
    return judge(made)


def _entered(case: Case, at: datetime) -> Case:
    tables = {
        table: [
            {**row, "created_ts": at} if "created_ts" in _fields(table) else row for row in rows
        ]
        for table, rows in case.tables.items()
    }
    return replace(case, tables=tables)


def _fields(table: str) -> frozenset[str]:
    return frozenset(expectations().records[table].fields)


def test_the_rules_that_do_not_wait_a_day_are_the_statutory_clocks() -> None:
    at_once = {rule.id for rule in rules() if not reads(rule, "grace_new_h")}
    unborn = {r.id for r in rules() if not {"created_ts"} & _fields(r.records)}
    assert at_once - unborn == STATUTORY_CLOCKS


def test_nothing_is_said_of_a_record_less_than_a_day_old(
    young: Sequence[tuple[Any, Case, Tonight]],
) -> None:
    new = [(c, n) for age, c, n in young if age < DAY and c.rule not in STATUTORY_CLOCKS]
    assert len(new) > 400
    assert [said(c, n) for c, n in new if n.then(c) in ("fails", "hidden")] == []


def test_a_day_old_to_the_second_is_old_enough(
    young: Sequence[tuple[Any, Case, Tonight]],
) -> None:
    """The same as a minute later, save where the time of entry is itself what is judged."""
    just = [(c, n) for age, c, n in young if age == DAY]
    older = [n.then(c) for age, c, n in young if age > DAY]
    told = 0
    for (case, night), later in zip(just, older, strict=True):
        if night.then(case) == later == "fails":
            told += 1
            continue
        rule = rules()[case.rule]
        of = (*rule.tested, *([rule.due] if rule.due else []))
        judges_entry = reads(rule, "created_ts", of=of, without="grace_new_h")
        assert judges_entry, said(case, night)
    assert told > 0.95 * len(just)


def test_a_statutory_clock_does_not_wait(young: Sequence[tuple[Any, Case, Tonight]]) -> None:
    clocks = [(c, n) for age, c, n in young if age < DAY and c.rule in STATUTORY_CLOCKS]
    assert len(clocks) > 20
    assert [said(c, n) for c, n in clocks if n.then(c) != "fails"] == []


# FP-03


@pytest.fixture(scope="module")
def around_due() -> list[tuple[Case, datetime, Mapping[str, Tonight]]]:
    """Every breaking case of a rule with a due time, on nights around that time."""
    timed = Catalogue({rule.id: rule for rule in rules() if rule.due})
    material = [
        case
        for case in cases()
        if case.then == "fails"
        and case.rule in timed.rules
        and not (case.settings or case.unsupplied or case.disputed)
    ]
    by_due: dict[datetime, list[Case]] = {}
    for at in {case.asof for case in material}:
        mine = [case for case in material if case.asof == at]
        night = tonight(mine, asof=rule_cases._instant(at), catalogue=timed)
        for case in mine:
            exception = night.exception(case)
            assert exception, case
            if exception["due_ts"]:
                by_due.setdefault(exception["due_ts"], []).append(case)
    found = []
    for due, mine in by_due.items():
        only = Catalogue({case.rule: timed[case.rule] for case in mine})
        nights: Mapping[str, Tonight] = {
            "at": tonight(mine, asof=due, catalogue=only),
            "after": tonight(mine, asof=due + SECOND, catalogue=only),
            "soon": tonight(mine, asof=due - 3 * DAY, catalogue=only),
            "far": tonight(mine, asof=due - 3 * DAY - SECOND, catalogue=only),
        }
        found += [(case, due, nights) for case in mine]
    return found


Around = Sequence[tuple[Case, datetime, Mapping[str, Tonight]]]


def test_what_is_due_at_the_night_itself_is_in_time(around_due: Around) -> None:
    assert len({case.rule for case, _, _ in around_due}) > 35
    for case, due, nights in around_due:
        for when in ("at", "soon", "far"):
            assert nights[when].exception(case) is None, (case.rule, case.text, due, when)


def test_a_second_later_it_is_an_exception(around_due: Around) -> None:
    """Where all that the case tells of had happened by then."""
    tried = set()
    for case, due, nights in around_due:
        if _all_before(case, due):
            exception = nights["after"].exception(case)
            assert exception, (case.rule, case.text, due)
            assert exception["due_ts"] == due
            assert not nights["after"].is_soon(case)
            tried.add(case.rule)
    assert len(tried) > 20


def _all_before(case: Case, due: datetime) -> bool:
    """Whether everything that had happened by the case's own night had happened before `due`."""
    night = rule_cases._instant(case.asof)
    for table, rows in case.tables.items():
        for row in rows:
            for name, value in row.items():
                field = expectations().records[table].fields.get(name)
                if value is None or field is None or field.type not in ("timestamp", "date"):
                    continue
                at = rule_cases._instant(str(value))
                if name == "created_ts" or field.type == "date":
                    at += DAY
                if due < at <= night + DAY:
                    return False
    return True


def test_what_is_due_within_three_days_is_told_apart(around_due: Around) -> None:
    """In due soon and in no count: neither an exception nor, a second before, anything at all."""
    tried = set()
    for case, due, nights in around_due:
        assert not nights["far"].is_soon(case), (case.rule, case.text, due)
        if nights["soon"].is_soon(case):
            tried.add(case.rule)
            assert (case.rule, key(case)) not in nights["soon"].failing
    assert len(tried) > 15


# FP-07


def test_dates_without_times_are_never_out_of_order_within_a_day() -> None:
    """Order times of one local day, none of them with a time, and in whatever order."""
    chains = ("BRE-REC-012", "ORD-REC-005")
    made = []
    for case in breaking():
        if case.rule not in chains:
            continue
        times = [name for name, value in judged(case).items() if name.endswith("_ts") and value]
        own = [name for name in times if name != "created_ts"]
        day = {name: f"2026-11-10 {8 + hour % 9:02}:00" for hour, name in enumerate(own)}
        dates = {n: "2026-11-10" for n, v in judged(case).items() if n.endswith("_date") and v}
        unknown = {f"{name.removesuffix('_ts')}_time_known": False for name in own}
        made.append(("", altered(case, **day, **dates, **unknown)))
    found = judge(made)
    assert len(found) >= 5
    assert [said(c, n) for _, c, n in found if n.then(c) in ("fails", "hidden")] == []


def test_a_breach_a_minute_into_the_day_that_the_order_starts_is_not_before_it() -> None:
    made = []
    for case in breaking():
        if case.rule == "BRE-REC-003" and case.tables["orders"][0].get("start_date"):
            early = altered(
                case, occurred_from_ts="2026-11-10 00:01", occurred_to_ts="2026-11-10 00:01"
            )
            orders = early.tables["orders"]
            if not {row.get("order_type") for row in orders} & {"DVPN", "DAPN"}:
                for day in ("2026-11-10", "2026-11-11"):
                    rows = [{**row, "start_date": day, "made_date": day} for row in orders]
                    made.append((day, replace(early, tables={**early.tables, "orders": rows})))
    found = judge(made)
    assert found
    for day, case, night in found:
        if day == "2026-11-10":
            assert night.then(case) not in ("fails", "hidden"), said(case, night)
    assert any(n.then(c) == "fails" for day, c, n in found if day == "2026-11-11")


# FP-08


def test_a_midnight_that_stands_for_no_time_stops_the_clock_and_is_told() -> None:
    """The hour-based rule says nothing and the rule on missing times does."""
    made = []
    for basis in breaking():
        rule = rules()[basis.rule]
        for name in CLOCK_TIMES:
            value = judged(basis).get(name)
            known = f"{name.removesuffix('_ts')}_time_known"
            if not value or not rule.due or not reads(rule, known, of=tuple(rule.when)):
                continue
            if name in ("reported_ts", "recorded_ts") and rule.theme != "recording":
                continue  # the clock of the law runs to the recording of a crime
            case = altered(basis, created_ts=ASOF - 2 * DAY)
            day = str(value)[:10]
            unknown = altered(case, **{name: f"{day} 00:00:00", known: False})
            made.append(((name, False), unknown))
            made.append(((name, True), altered(case, **{name: f"{day} 00:00:01", known: True})))
    found = judge(made, *CLOCK_TIMES.values())
    assert {name for (name, _), _, _ in found} >= {"notice_served_ts", "reported_ts", "arrested_ts"}
    for (name, has_time), case, night in found:
        told = night.failing.get((CLOCK_TIMES[name], key(case)))
        names = json.loads(told["evidence"]) if told else {}
        is_told = any(name in str(value) for value in names.values())
        assert is_told != has_time, (name, said(case, night), names)
        if not has_time:
            assert night.then(case) not in ("fails", "hidden"), (name, said(case, night))


# FP-10


def test_unsafe_declined_and_not_applicable_need_a_reason() -> None:
    """Each case that a reason lets pass fails without it."""
    made = []
    for case in cases():
        if case.then != "passes" or case.group != ORDINARY:
            continue
        for table, rows in case.tables.items():
            for i, row in enumerate(rows):
                lets = [n for n in row if n.endswith("_reason_recorded") and row[n] is True]
                if row.get("risk_grade") == "declined":
                    lets += [n for n in row if n == "risk_declined_reason"]
                if table == "shares" and row.get("status") in NOT_DONE:
                    lets += [n for n in row if n == "reason"]
                if not any(row.get(n) in ("no", "not_applicable") for n in row if n != "status"):
                    lets = [n for n in lets if not n.endswith("_reason_recorded")]
                for name in lets:
                    if name.endswith("_reason_recorded"):
                        stem = name.removesuffix("_reason_recorded")
                        value = row.get(f"{stem}_considered", row.get(stem))
                        if value not in ("no", "not_applicable"):
                            continue
                    changed = [*rows[:i], {**row, name: None}, *rows[i + 1 :]]
                    bare = replace(case, tables={**case.tables, table: changed})
                    made += [("bare", bare), ("reason", case)]
    found = judge(made)
    assert len({case.rule for _, case, _ in found}) >= 4
    for what, case, night in found:
        assert night.then(case) == ("fails" if what == "bare" else "passes"), (
            what,
            said(case, night),
        )


# FP-11 and FP-12


def test_what_custody_an_appeal_or_a_stay_pauses() -> None:
    """The rules that the policy names leave the record out; every other rule says the same."""
    made = [
        (paused, altered(case, **change))
        for change, paused in PAUSED
        for case in breaking()
        if all(has_field(case, name) and not judged(case).get(name) for name in change)
    ]
    found = judge(made)
    broken = {case.rule for case in breaking()}
    assert {c.rule for paused, c, _ in found if c.rule in paused} == {
        rule for _, paused in PAUSED for rule in paused if rule in broken
    }
    for paused, case, night in found:
        wanted = "not_covered" if case.rule in paused else "fails"
        assert night.then(case) == wanted, said(case, night)
