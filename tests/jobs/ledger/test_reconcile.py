"""The decision what opens, stays open and closes, held against a slow oracle and by example."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.ledger import Transitions, reconcile
from jobs.ledger.frames import DETAILS, KEY
from tests.jobs.ledger.ledger_oracle import (
    FIRST,
    Allowed,
    Oracle,
    Seen,
    World,
    allowances,
    failing_frame,
    one,
    outcomes_frame,
    plain,
    rules_frame,
    statuses_frame,
    waivers_frame,
    worlds,
)

FAILS = Seen("failing")


def step(oracle: Oracle, day: date, world: World) -> Transitions:
    """What the real function makes of a night that begins where the oracle stands."""
    open_ = oracle.open_frame()
    return reconcile(
        business_date=day,
        open_=open_,
        failing=failing_frame(world),
        statuses=statuses_frame(world, open_),
        outcomes=outcomes_frame(world),
        rules=rules_frame(world),
        waivers=waivers_frame(oracle.waivers),
    )


def transitions_of(oracle: Oracle, day: date, world: World) -> Transitions:
    found = step(oracle, day, world)
    oracle.night(day, world)
    return found


@settings(max_examples=150)
@given(st.lists(worlds(), min_size=1, max_size=5), allowances())
def test_agrees_with_the_oracle(nights: list[World], waivers: list[Allowed]) -> None:
    oracle = Oracle(waivers)
    for number, world in enumerate(nights):
        day = FIRST + timedelta(days=number)
        before = oracle.open_frame()
        was = {key: (e.state, dict(e.details)) for key, e in oracle.open().items()}
        found = transitions_of(oracle, day, world)
        after = oracle.open()
        opened = {key: episode for key, episode in after.items() if key not in was}
        closed = {
            key: episodes[-1].closed_as
            for key, episodes in oracle.episodes.items()
            if episodes[-1].closed_on == day
        }
        changed = {
            key: (e.state, e.details)
            for key, e in after.items()
            if key in was and was[key] != (e.state, e.details)
        }
        assert by_key(found.opened) == {key: (e.state, e.details) for key, e in opened.items()}
        assert dict(
            zip(found.closed.select(KEY).rows(), found.closed["closed_as"], strict=True)
        ) == (closed)
        named = found.changed.join(before.select("exception_id", *KEY), on="exception_id")
        assert by_key(named) == changed


def by_key(frame: pl.DataFrame) -> dict[tuple[str, ...], tuple[str, dict[str, object]]]:
    return {
        tuple(row[name] for name in KEY): (row["state"], {name: row[name] for name in DETAILS})
        for row in frame.to_dicts()
    }


@pytest.mark.parametrize(
    ("status", "closed_as"),
    [
        ("passing", ["fixed"]),
        ("not_covered", ["no_longer_applies"]),
        ("void", ["withdrawn_from_source"]),
        ("absent", ["withdrawn_from_source"]),
        ("unknown", []),
        ("failing", []),
    ],
)
def test_each_status_of_an_open_one(status: str, closed_as: list[str]) -> None:
    oracle = Oracle()
    oracle.night(FIRST, plain(R1_A=FAILS))
    found = step(oracle, FIRST + timedelta(days=1), plain(R1_A=Seen(status)))
    assert found.closed["closed_as"].to_list() == closed_as


@pytest.mark.parametrize("outcome", ["held", "not_supplied", "could_not_run"])
@pytest.mark.parametrize("status", ["passing", "failing", "absent"])
def test_a_rule_that_did_not_run_opens_and_closes_nothing(outcome: str, status: str) -> None:
    oracle = Oracle()
    oracle.night(FIRST, plain(R1_A=FAILS))
    world = plain(R1_A=Seen(status, evidence=5), R1_B=FAILS)
    world.outcomes["R1"] = outcome
    found = step(oracle, FIRST + timedelta(days=1), world)
    assert found.opened.is_empty()
    assert found.closed.is_empty()
    assert found.changed.is_empty()


def test_a_rule_without_an_outcome_opens_and_closes_nothing() -> None:
    oracle = Oracle()
    oracle.night(FIRST, plain(R1_A=FAILS))
    world = plain(R1_A=Seen("passing"), R1_B=FAILS)
    del world.outcomes["R1"]
    found = step(oracle, FIRST + timedelta(days=1), world)
    assert found.opened.is_empty()
    assert found.closed.is_empty()


def test_behind_another_rule_it_opens_only_when_that_one_is_cured() -> None:
    oracle = Oracle()
    hidden = plain(R1_A=Seen("failing", hidden_by="R2"), R2_A=FAILS)
    found = transitions_of(oracle, FIRST, hidden)
    assert found.opened.select(KEY).rows() == [one("R2")]
    cured = plain(R1_A=FAILS, R2_A=Seen("passing"))
    found = transitions_of(oracle, FIRST + timedelta(days=1), cured)
    assert found.opened.select(KEY).rows() == [one("R1")]
    assert found.closed.select(*KEY, "closed_as").rows() == [(*one("R2"), "fixed")]


def test_an_open_one_that_becomes_hidden_stays_open() -> None:
    oracle = Oracle()
    oracle.night(FIRST, plain(R1_A=FAILS))
    found = step(
        oracle,
        FIRST + timedelta(days=1),
        plain(R1_A=Seen("failing", hidden_by="R2"), R2_A=FAILS),
    )
    assert found.closed.is_empty()
    assert found.changed["hidden_by"].to_list() == ["R2"]


def test_one_not_looked_at_is_listed_again_when_its_hider_closes() -> None:
    oracle = Oracle()
    oracle.night(FIRST, plain(R1_A=FAILS))
    both = plain(R1_A=Seen("failing", hidden_by="R2"), R2_A=FAILS)
    oracle.night(FIRST + timedelta(days=1), both)
    world = plain(R2_A=Seen("passing"))
    world.outcomes["R1"] = "could_not_run"
    found = step(oracle, FIRST + timedelta(days=2), world)
    assert found.changed["hidden_by"].to_list() == [None]


@pytest.mark.parametrize("status", ["trial", "retired"])
def test_a_rule_on_trial_or_retired_opens_nothing_and_closes_its_own(status: str) -> None:
    oracle = Oracle()
    oracle.night(FIRST, plain(R1_A=FAILS))
    world = plain(R1_A=FAILS, R1_B=FAILS)
    world.rules["R1"] = status
    found = step(oracle, FIRST + timedelta(days=1), world)
    assert found.opened.is_empty()
    assert found.closed["closed_as"].to_list() == ["rule_retired"]


def test_a_rule_gone_from_the_catalogue_leaves_its_own_open() -> None:
    oracle = Oracle()
    oracle.night(FIRST, plain(R1_A=FAILS))
    found = step(oracle, FIRST + timedelta(days=1), World({}, {}, {}))
    assert found.closed.is_empty()


def test_a_waiver_holds_from_its_granting_to_its_expiry() -> None:
    waiver = Allowed("R1", "A", FIRST + timedelta(days=1), FIRST + timedelta(days=2))
    oracle = Oracle([waiver])
    states = []
    for number in range(4):
        found = transitions_of(oracle, FIRST + timedelta(days=number), plain(R1_A=FAILS))
        states.append((found.opened["state"].to_list(), found.changed["state"].to_list()))
    assert states == [(["open"], []), ([], ["waived"]), ([], []), ([], ["open"])]


def test_a_waived_one_that_passes_is_fixed() -> None:
    oracle = Oracle([Allowed("R1", "A", FIRST, FIRST + timedelta(days=9))])
    oracle.night(FIRST, plain(R1_A=FAILS))
    found = step(oracle, FIRST + timedelta(days=1), plain(R1_A=Seen("passing")))
    assert found.closed["closed_as"].to_list() == ["fixed"]


@given(st.permutations([0, 1, 2]))
@settings(max_examples=6)
def test_the_same_record_from_two_sources_is_one_exception(order: list[int]) -> None:
    """Whatever the order of the rows: the listed one, then the gravest."""
    failing = failing_frame(plain(R1_A=FAILS))
    three = pl.concat(
        [
            failing.with_columns(severity=pl.lit("medium"), evidence=pl.lit("medium")),
            failing.with_columns(severity=pl.lit("critical"), evidence=pl.lit("critical")),
            failing.with_columns(hidden_by=pl.lit("R2"), evidence=pl.lit("hidden")),
        ]
    )[order]
    world = plain()
    found = reconcile(
        business_date=FIRST,
        open_=Oracle().open_frame(),
        failing=three,
        statuses=statuses_frame(world, three),
        outcomes=outcomes_frame(world),
        rules=rules_frame(world),
        waivers=waivers_frame([]),
    )
    assert found.opened["evidence"].to_list() == ["critical"]


def test_passing_in_one_source_and_unknown_in_another_stays_open() -> None:
    oracle = Oracle()
    oracle.night(FIRST, plain(R1_A=FAILS))
    open_ = oracle.open_frame()
    world = plain()
    statuses = pl.concat(
        [
            open_.select(*KEY, status=pl.lit("passing")),
            open_.select(*KEY, status=pl.lit("unknown")),
        ]
    )
    found = reconcile(
        business_date=FIRST + timedelta(days=1),
        open_=open_,
        failing=failing_frame(world),
        statuses=statuses,
        outcomes=outcomes_frame(world),
        rules=rules_frame(world),
        waivers=waivers_frame([]),
    )
    assert found.closed.is_empty()


def test_a_frame_that_lacks_a_column_is_named() -> None:
    world = plain(R1_A=FAILS)
    with pytest.raises(ValueError, match=r"failing records lacks severity; it has rule_id"):
        reconcile(
            business_date=FIRST,
            open_=Oracle().open_frame(),
            failing=failing_frame(world).drop("severity"),
            statuses=statuses_frame(world, failing_frame(world)),
            outcomes=outcomes_frame(world),
            rules=rules_frame(world),
            waivers=waivers_frame([]),
        )
