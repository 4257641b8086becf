"""What was not read is unknown: statuses of known exceptions, and counts of the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from config.sentences import is_said
from expectations.catalogue import Catalogue
from expectations.evaluation import evaluate as module
from expectations.extract import Extract
from expectations.facts import compute as facts_module
from tests.expectations.evaluation.small_night import (
    breach,
    expectations,
    extract_of,
    found,
    order,
    outcome,
    rules,
    statuses,
)

START = ("ORD-REC-004", "orders")
FAILS = {"start_date": date(2026, 11, 11), "end_date": date(2026, 11, 4)}
LAST = pl.DataFrame({"order_id": ["A", "B", "C"], "_source": ["rms", "rms", "legal"]})


@pytest.mark.parametrize(
    ("rejected", "expected"),
    [
        (None, ["absent", "absent", "absent"]),
        ({"order_id": None, "_source": "rms"}, ["unknown", "absent", "unknown"]),
        ({"order_id": None, "_source": "legal"}, ["absent", "unknown", "unknown"]),
        ({"order_id": None, "_source": None}, ["unknown", "unknown", "unknown"]),
        ({"order_id": "B", "_source": "rms"}, ["unknown", "absent", "absent"]),
        ({"order_id": "Z", "_source": "rms"}, ["absent", "absent", "absent"]),
    ],
)
def test_a_record_that_may_have_been_rejected_is_not_gone(
    rejected: dict[str, Any] | None, expected: list[str]
) -> None:
    """B was `rms`'s, C `legal`'s, and of D no night knows whose it was."""
    extract = extract_of(
        {"orders": [order("A")]},
        rejected={"orders": [rejected]} if rejected else None,
        last_sources={"orders": LAST},
    )
    evaluation = found(extract, "ORD-REC-004")
    assert statuses(evaluation, *((*START, key) for key in "BCD")) == expected


def test_rejected_rows_of_one_table_say_nothing_of_another() -> None:
    extract = extract_of(
        {"orders": [order("A")], "breaches": [breach("A")]},
        rejected={"shares": [{"share_id": None, "_source": "rms"}]},
    )
    assert statuses(found(extract), (*START, "B"), ("BRE-REC-001", "breaches", "B")) == [
        "absent",
        "absent",
    ]


def test_a_record_that_two_different_rows_gave_may_fail_but_closes_nothing() -> None:
    rows = {"orders": [order("A", **FAILS), order("B"), order("C"), order("D", status="void")]}
    evaluation = found(
        extract_of(rows, doubted={"orders": [{"order_id": k} for k in "ABD"]}), "ORD-REC-004"
    )
    assert statuses(evaluation, *((*START, key) for key in "ABCD")) == [
        "failing",
        "unknown",
        "passing",
        "unknown",
    ]
    assert outcome(evaluation, "ORD-REC-004")["evaluated"] == 3


def test_what_hangs_on_such_a_record_closes_nothing_either() -> None:
    rows = {
        "orders": [order("A"), order("B")],
        "breaches": [breach("X"), breach("Y")],
        "breach_orders": [
            {"breach_id": "X", "order_id": "A", "_source": "rms"},
            {"breach_id": "Y", "order_id": "B", "_source": "rms"},
        ],
    }
    evaluation = found(extract_of(rows, doubted={"orders": [{"order_id": "A"}]}), "BRE-REC-002")
    assert statuses(evaluation, *(("BRE-REC-002", "breaches", key) for key in "XY")) == [
        "unknown",
        "passing",
    ]


def test_a_record_of_which_one_source_may_have_rejected_its_row_closes_nothing() -> None:
    """Both sources had A; tonight only `legal` gives it, and `rms` rejected a row of no key."""
    last = pl.DataFrame({"order_id": ["A", "A", "B"], "_source": ["rms", "legal", "legal"]})
    extract = extract_of(
        {"orders": [order("A", _source="legal"), order("B", _source="legal")]},
        rejected={"orders": [{"order_id": None, "_source": "rms"}]},
        last_sources={"orders": last},
    )
    assert statuses(found(extract, "ORD-REC-004"), (*START, "A"), (*START, "B")) == [
        "unknown",
        "passing",
    ]


def test_a_rejected_row_makes_its_record_unknown_even_beside_one_that_fails() -> None:
    rows = {"orders": [order("A", **FAILS), order("B", **FAILS)]}
    extract = extract_of(rows, rejected={"orders": [{"order_id": k} for k in ("A", "Z")]})
    evaluation = found(extract, "ORD-REC-004")
    assert statuses(evaluation, *((*START, key) for key in "ABZ")) == [
        "unknown",
        "failing",
        "unknown",
    ]
    told = outcome(evaluation, "ORD-REC-004")
    assert (told["evaluated"], told["failed"], told["looked_away"]) == (1, 1, 2)


def test_an_outcome_counts_unread_rows_that_name_no_record_once() -> None:
    rows = {"orders": [order("A"), order("B")]}
    rejected = {
        "order_conditions": [
            {"condition_id": "C1"},
            {"condition_id": "C2"},
            {"condition_id": "C3", "order_id": "A"},
        ]
    }
    evaluation = found(extract_of(rows, rejected=rejected))
    told = outcome(evaluation, "ORD-REC-012")
    assert (told["unreferenced"], told["looked_away"], told["failed"]) == (2, 1, 1)
    assert outcome(evaluation, "ORD-REC-004")["unreferenced"] == 0


def test_a_clean_night_looks_away_from_nothing() -> None:
    evaluation = found(extract_of({"orders": [order("A")]}))
    ran = evaluation.outcomes.filter(pl.col("outcome") == "ran")
    assert ran.get_column("looked_away").to_list() == [0] * ran.height
    assert ran.get_column("unreferenced").to_list() == [0] * ran.height


def test_a_descent_that_runs_into_an_unread_parent_is_looked_away_from() -> None:
    """ORD-INF-006 and its like read referrals on all that an order descends from."""
    chain = [
        order("A"),
        order("B", parent_order_id="A"),
        order("C", parent_order_id="B"),
        order("D", parent_order_id="LOST"),
        order("E"),
        order("F", parent_order_id=None, unreadable_fields=["parent_order_id"]),
        order("G", parent_order_id="F"),
    ]
    setup = expectations()
    extract = extract_of({"orders": chain}, rejected={"orders": [{"order_id": "LOST"}]})
    wanted = [("orders", "marac_referred")]
    done = facts_module(extract.tables, wanted, setup.book, setup.night, extract.supplied)
    from expectations.facts import unread

    away = unread(done.tables, extract.rejected, wanted, setup.book, setup.records)
    mask = away.any("orders", ["marac_referred"])
    assert mask is not None
    assert "".join(done.tables["orders"].filter(mask)["order_id"]) == "DFG"


# Two sources for one record


@pytest.mark.parametrize("waits", [True, False])
def test_evaluated_counts_records_and_is_never_below_failed(waits: bool) -> None:
    """A notice that two sources carry, not yet due in one of them."""
    from datetime import UTC, datetime

    late = datetime(2026, 11, 21, 20, tzinfo=UTC)
    soon = datetime(2026, 11, 23, 20, tzinfo=UTC)

    def notice(served: datetime, source: str) -> dict[str, Any]:
        return order(
            "N",
            order_type="DVPN",
            status="notice_served",
            made_date=None,
            start_date=None,
            end_date=None,
            notice_served_ts=served,
            _source=source,
        )

    rows = [notice(soon if waits else late, "rms"), notice(soon, "legal")]
    told = outcome(found(extract_of({"orders": rows})), "ORD-GOV-004")
    assert (told["evaluated"], told["failed"]) == ((0, 0) if waits else (1, 1))


# Nothing to choose from


@pytest.mark.parametrize("keys", [1, 2])
def test_exceptions_of_a_table_none_of_whose_rules_ran_are_unknown(keys: int) -> None:
    extract = replace(extract_of({"orders": [order("A"), order("B")]}), held={"breaches": "held"})
    evaluation = found(extract, "BRE-REC-001", "ORD-REC-004")
    names = [("BRE-REC-001", "breaches", key) for key in "AB"[:keys]]
    assert statuses(evaluation, *names) == ["unknown"] * keys
    extract = replace(extract, held={"order_conditions": "held"})
    evaluation = found(extract, "ORD-REC-012")
    names = [("ORD-REC-012", "orders", key) for key in "AB"[:keys]]
    assert statuses(evaluation, *names) == ["unknown"] * keys


def test_a_night_of_no_records_and_no_rules_is_evaluated() -> None:
    empty = Extract({**extract_of({}).tables}, {})
    evaluation = found(empty, catalogue=Catalogue({}))
    assert evaluation.failing.is_empty()
    assert statuses(evaluation, (*START, "A")) == ["unknown"]
    assert statuses(evaluation) == []
    evaluation = found(extract_of({}))
    assert statuses(evaluation, (*START, "A")) == ["absent"]
    assert outcome(evaluation, "ORD-REC-004")["evaluated"] == 0


# One fault stays where it is


class Odd(Exception):
    """An error whose words quote a record."""


def raises(*_: Any, **__: Any) -> Any:
    raise Odd("ZZMARK SMITH")


def test_a_fact_that_cannot_be_worked_out_takes_down_only_what_reads_it() -> None:
    book = expectations().book
    bad = replace(book.facts["orders", "active_conditions"].join, take=None)  # type: ignore[arg-type]
    facts = {
        **book.facts,
        ("orders", "active_conditions"): replace(
            book.facts["orders", "active_conditions"], join=bad
        ),
    }
    setup = expectations()
    listed = {rule.id: rule for rule in rules() if rule.id in ("ORD-REC-004", "ORD-REC-012")}
    evaluation = module(
        extract_of({"orders": [order("A", **FAILS)]}),
        Catalogue(listed),
        setup.records,
        replace(book, facts=facts),
        setup.night,
    )
    told = outcome(evaluation, "ORD-REC-012")
    assert told["outcome"] == "could_not_run"
    assert is_said(told["reason"])
    assert statuses(evaluation, ("ORD-REC-012", "orders", "A"), (*START, "A")) == [
        "unknown",
        "failing",
    ]


@pytest.mark.parametrize(
    ("where", "takes"),
    [
        ("exceptions_of", "rule"),
        ("validate", "all"),
        ("_keyed", "all"),
        ("coverage", "all"),
        ("can_run", "all"),
        ("_by_due", "rule"),
        ("Unseen.of", "all"),
    ],
)
def test_whatever_goes_wrong_in_a_rule_is_that_rules_outcome(
    where: str, takes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib

    place = importlib.import_module("expectations.evaluation.evaluate")
    name, _, attribute = where.partition(".")
    if attribute:
        monkeypatch.setattr(getattr(place, name), attribute, raises)
    elif takes == "all":
        monkeypatch.setattr(place, name, raises)
    else:
        true = getattr(place, name)

        def one(rows: pl.DataFrame, rule: Any, *more: Any) -> Any:
            return raises() if rule.id == "ORD-REC-012" else true(rows, rule, *more)

        monkeypatch.setattr(place, name, one)
    evaluation = found(extract_of({"orders": [order("A", **FAILS)]}), "ORD-REC-004", "ORD-REC-012")
    told = outcome(evaluation, "ORD-REC-012")
    assert told["outcome"] == "could_not_run"
    assert is_said(told["reason"])
    assert "Odd" in told["reason"]
    assert "ZZMARK" not in str(evaluation.outcomes.to_dicts())
    other = "unknown" if takes == "all" else "failing"
    assert statuses(evaluation, ("ORD-REC-012", "orders", "A"), (*START, "A")) == ["unknown", other]


def test_one_rule_that_stops_the_suite_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import importlib

    place = importlib.import_module("expectations.evaluation.evaluate")
    true = place.validate

    def one(frame: Any, name: str, tested: Any, *more: Any, **kwargs: Any) -> Any:
        if any(rule.id == "ORD-REC-012" for rule in tested):
            raise pl.exceptions.PanicException("ZZMARK")
        return true(frame, name, tested, *more, **kwargs)

    monkeypatch.setattr(place, "validate", one)
    evaluation = found(extract_of({"orders": [order("A", **FAILS)]}), "ORD-REC-004", "ORD-REC-012")
    assert outcome(evaluation, "ORD-REC-012")["outcome"] == "could_not_run"
    assert outcome(evaluation, "ORD-REC-004")["failed"] == 1
