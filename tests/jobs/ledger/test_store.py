"""The ledger over real databases: nights, re-runs, what it says of them, waivers and sources."""

from __future__ import annotations

import re
import shutil
import traceback
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import LedgerError, NightError
from jobs.ledger import (
    GateAcceptance,
    Ledger,
    Movements,
    SourceNight,
    Waiver,
    WaiverRefused,
    migrate,
)
from jobs.ledger.frames import DETAILS, KEY, LISTING
from jobs.ledger.models import metadata
from jobs.ledger.sources import COLUMNS
from jobs.ledger.storable import restored, restored_series, storable, storable_frame
from tests.jobs.ledger.ledger_oracle import (
    FIRST,
    Allowed,
    Oracle,
    Seen,
    World,
    allowances,
    failing_frame,
    outcomes_frame,
    plain,
    rules_frame,
    statuses_frame,
    worlds,
)
from tests.places import ROOT

FAILS = Seen("failing")
STARTED = datetime(2026, 11, 2, 2, 30, tzinfo=UTC)


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database of the test's own."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    server: sa.URL = request.getfixturevalue("server")
    name = f"t{abs(hash(request.node.name)) % 10**9}"
    engine = sa.create_engine(
        server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def ledger(url: str) -> Ledger:
    return Ledger.open(url)


def run_night(ledger: Ledger, business_date: date, world: World, run: str = "") -> Movements:
    run_id = run or f"{business_date}-{len(ledger.runs())}"
    ledger.start_run(run_id, business_date, started=STARTED, versions={}, hashes={})
    return ledger.record_night(
        business_date,
        run_id,
        failing=failing_frame(world),
        statuses=statuses_frame(world, ledger.open_keys(before=business_date)),
        outcomes=outcomes_frame(world),
        rules=rules_frame(world),
    )


def contents(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but those of attempts, which a re-run adds to."""
    with ledger.engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
            for table in metadata.sorted_tables
            if table.name not in ("runs", "nights")
        }


def test_a_night_opens_keeps_and_closes(ledger: Ledger) -> None:
    first = plain(R1_A=FAILS, R1_B=FAILS, R1_C=FAILS, R2_A=FAILS, R2_B=FAILS)
    assert run_night(ledger, day(0), first)[:3] == (5, 0, 0)
    second = plain(
        R1_A=FAILS,
        R1_B=Seen("passing"),
        R1_C=Seen("absent"),
        R2_A=Seen("not_covered"),
        R2_B=Seen("void"),
        R2_C=FAILS,
    )
    found = run_night(ledger, day(1), second)
    assert found == Movements(
        opened=1,
        reopened=0,
        still_open=1,
        fixed=1,
        withdrawn_from_source=2,
        no_longer_applies=1,
        rule_retired=0,
        open=2,
        waived=0,
        hidden=0,
    )
    listed = ledger.exceptions_on(day(1))
    assert listed.schema == pl.Schema(LISTING)
    assert listed.select("rule_id", "record_key", "state", "first_seen", "days_open").rows() == [
        ("R1", "A", "open", day(0), 1),
        ("R1", "B", "fixed", day(0), 1),
        ("R1", "C", "withdrawn_from_source", day(0), 1),
        ("R2", "A", "no_longer_applies", day(0), 1),
        ("R2", "B", "withdrawn_from_source", day(0), 1),
        ("R2", "C", "open", day(1), 0),
    ]


def test_failing_again_is_a_new_episode_of_the_same_key(ledger: Ledger) -> None:
    for number, status in enumerate(["failing", "passing", "failing"]):
        found = run_night(ledger, day(number), plain(R1_A=Seen(status)))
    assert (found.opened, found.reopened) == (1, 1)
    listed = ledger.exceptions_on(day(2))
    assert listed.select("episode", "first_seen", "days_open").rows() == [(2, day(2), 0)]


def test_what_a_rule_that_did_not_run_found_before_stays_listed(ledger: Ledger) -> None:
    run_night(ledger, day(0), plain(R1_A=Seen("failing", evidence=7)))
    world = plain()
    world.outcomes["R1"] = "held"
    assert run_night(ledger, day(9), world).still_open == 1
    row = ledger.exceptions_on(day(9)).row(0, named=True)
    assert (row["state"], row["days_open"], row["evidence"]) == ("open", 9, '{"hours": 7}')
    assert row["due_ts"] == datetime(2026, 11, 1, 17, tzinfo=UTC)


def test_any_past_night_can_be_seen_as_it_was(ledger: Ledger) -> None:
    shown = []
    for number in range(4):
        state = "passing" if number == 3 else "failing"
        run_night(ledger, day(number), plain(R1_A=Seen(state, evidence=number // 2)))
        shown.append(ledger.exceptions_on(day(number)))
    assert [frame["evidence"].item() for frame in shown] == [
        '{"hours": 0}',
        '{"hours": 0}',
        '{"hours": 1}',
        '{"hours": 1}',
    ]
    for number, frame in enumerate(shown):
        assert ledger.exceptions_on(day(number)).equals(frame)


def test_running_the_latest_night_again_changes_nothing(ledger: Ledger) -> None:
    run_night(ledger, day(0), plain(R1_A=FAILS, R1_B=FAILS))
    world = plain(R1_A=Seen("failing", evidence=3), R1_B=Seen("passing"), R1_C=FAILS)
    found = run_night(ledger, day(1), world)
    before = contents(ledger)
    assert run_night(ledger, day(1), world) == found
    assert contents(ledger) == before


def test_running_the_latest_night_again_forgets_what_it_said_first(ledger: Ledger) -> None:
    """A source was held in the re-run: what the first run knew of it is not known any more."""
    run_night(ledger, day(0), plain(R1_A=FAILS, R1_B=FAILS))
    run_night(ledger, day(1), plain(R1_A=Seen("failing", evidence=3), R1_B=Seen("passing")))
    held = plain()
    held.outcomes["R1"] = "held"
    assert run_night(ledger, day(1), held).still_open == 2
    assert ledger.exceptions_on(day(1))["evidence"].to_list() == ['{"hours": 0}'] * 2


def test_a_night_before_the_latest_is_refused(ledger: Ledger) -> None:
    run_night(ledger, day(3), plain(R1_A=FAILS))
    before = contents(ledger)
    with pytest.raises(NightError, match=rf"orderwatch run --business-date {day(3)}"):
        run_night(ledger, day(2), plain())
    with pytest.raises(NightError, match="never rewritten"):
        ledger.check_night(day(2))
    ledger.check_night(day(3))
    ledger.check_night(day(4))
    assert contents(ledger) == before


def test_a_night_that_is_not_there_is_not_shown(ledger: Ledger) -> None:
    with pytest.raises(NightError, match=r"it has no night yet"):
        ledger.exceptions_on(day(0))
    run_night(ledger, day(0), plain())
    assert ledger.exceptions_on(day(0)).is_empty()
    assert ledger.movements(day(0)) == Movements(*[0] * 10)
    with pytest.raises(NightError, match=rf"latest is {day(0)}"):
        ledger.movements(day(1))


def test_a_night_needs_its_run(ledger: Ledger) -> None:
    world = plain(R1_A=FAILS)
    with pytest.raises(LedgerError, match="knows no run 'other'"):
        ledger.record_night(
            day(0),
            "other",
            failing=failing_frame(world),
            statuses=statuses_frame(world, ledger.open_keys(before=day(0))),
            outcomes=outcomes_frame(world),
            rules=rules_frame(world),
        )
    assert ledger.latest_night() is None


def test_a_failure_half_way_leaves_the_former_night(ledger: Ledger) -> None:
    run_night(ledger, day(0), plain(R1_A=FAILS))
    before = contents(ledger)
    world = plain(R1_A=Seen("passing"), R1_B=FAILS)
    ledger.start_run("second", day(1), started=STARTED, versions={}, hashes={})
    for night in (day(0), day(1)):
        with pytest.raises(LedgerError, match="could not be used") as caught:
            ledger.record_night(
                night,
                "second",
                failing=failing_frame(world).with_columns(theme=pl.lit(None, pl.String)),
                statuses=statuses_frame(world, ledger.open_keys(before=night)),
                outcomes=outcomes_frame(world),
                rules=rules_frame(world),
            )
        assert contents(ledger) == before
        assert '{"hours": 0}' not in "".join(traceback.format_exception(caught.value))


def test_movements_by_rule_and_by_unit(ledger: Ledger) -> None:
    world = plain(R1_A=Seen("failing", unit_code="U1"), R1_B=FAILS, R2_A=FAILS)
    run_night(ledger, day(0), world)
    by_rule = ledger.movements_by(day(0), "rule_id").select("rule_id", "opened", "open")
    assert by_rule.rows() == [("R1", 2, 2), ("R2", 1, 1)]
    by_unit = ledger.movements_by(day(0), "unit_code").select("unit_code", "open")
    assert by_unit.rows() == [(None, 2), ("U1", 1)]
    with pytest.raises(ValueError, match="cannot be counted by evidence"):
        ledger.movements_by(day(0), "evidence")


def test_history_agrees_with_each_night(ledger: Ledger) -> None:
    worlds_ = [
        plain(R1_A=FAILS, R1_B=Seen("failing", unit_code="U1"), R2_A=FAILS),
        plain(R1_A=Seen("failing", "R2"), R1_B=Seen("failing", unit_code="U2"), R2_A=FAILS),
        plain(R1_A=Seen("passing"), R1_B=Seen("absent"), R2_A=FAILS),
    ]
    for number, world in enumerate(worlds_):
        run_night(ledger, day(2 * number), world)
    history = ledger.history(day(0))
    for number in range(3):
        found = ledger.movements(day(2 * number))
        part = history.filter(pl.col("business_date") == day(2 * number))
        assert part["opened"].sum() == found.opened
        assert part["fixed"].sum() == found.fixed
        assert part["withdrawn_from_source"].sum() == found.withdrawn_from_source
        assert part["hidden"].sum() == found.hidden
        assert part["waived"].sum() == found.waived
        assert part["open"].sum() == found.open - found.waived - found.hidden
    assert ledger.history(day(3)).equals(history.filter(pl.col("business_date") >= day(3)))
    moved = history.filter(pl.col("business_date") == day(2)).select("unit_code", "open", "hidden")
    assert moved.sort("unit_code").rows() == [(None, 1, 1), ("U2", 1, 0)]


def test_a_waiver_comes_and_goes_in_the_same_episode(ledger: Ledger) -> None:
    run_night(ledger, day(0), plain(R1_A=FAILS))
    ledger.grant_waivers([a_waiver(granted_on=day(0), expires_on=day(2))], today=day(0))
    states = []
    for number in range(1, 4):
        movements = run_night(ledger, day(number), plain(R1_A=FAILS))
        row = ledger.exceptions_on(day(number)).row(0, named=True)
        states.append((row["state"], row["episode"], row["first_seen"], movements.waived))
    assert states == [
        ("waived", 1, day(0), 1),
        ("waived", 1, day(0), 1),
        ("open", 1, day(0), 0),
    ]
    assert ledger.waivers() == (a_waiver(granted_on=day(0), expires_on=day(2)),)


def a_waiver(**changes: object) -> Waiver:
    values: dict[str, object] = {
        "rule_id": "R1",
        "record_key": "A",
        "reason": "the court's copy is awaited",
        "requested_by": "unit records manager",
        "approved_by": "force crime registrar",
        "granted_on": FIRST,
        "expires_on": FIRST + timedelta(days=30),
    }
    return Waiver(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": " "}, "`reason` is empty"),
        ({"approved_by": ""}, "`approved_by` is empty"),
        ({"approved_by": " Unit Records Manager"}, "someone other than `requested_by`"),
        ({"expires_on": FIRST}, "not after today"),
        ({"expires_on": FIRST + timedelta(days=91)}, "more than 90 days"),
        ({"granted_on": FIRST + timedelta(days=1)}, "is after today"),
    ],
)
def test_a_waiver_against_the_policy_is_refused(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    with pytest.raises(WaiverRefused, match=said) as refused:
        ledger.grant_waivers([a_waiver(), a_waiver(**changes)], today=FIRST)
    assert len(refused.value.faults) == 1
    assert ledger.waivers() == ()


def test_a_waiver_of_exactly_the_longest_time_is_granted(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    ledger.grant_waivers([a_waiver(expires_on=FIRST + timedelta(days=90))], today=FIRST)
    assert len(ledger.waivers()) == 1


def delivered(number: int, outcome: str = "accepted", rows: int = 100) -> SourceNight:
    column = {"source": "s", "column": "Ref", "field": "order_id", "cells": rows, "empty": 0}
    return SourceNight(
        day(number),
        "s",
        "orders",
        outcome,  # type: ignore[arg-type]
        rows=rows,
        sha256="ab",
        columns=pl.DataFrame([column | {"type": "text"}], schema=COLUMNS),
        units={"U1": rows},
    )


def test_past_nights_are_the_accepted_ones_before(ledger: Ledger) -> None:
    for number, outcome in enumerate(["accepted", "held", "accepted", "not_pulled", "accepted"]):
        ledger.start_run(f"r{number}", day(number), started=STARTED, versions={}, hashes={})
        world = plain()
        ledger.record_night(
            day(number),
            f"r{number}",
            failing=failing_frame(world),
            statuses=statuses_frame(world, ledger.open_keys(before=day(number))),
            outcomes=outcomes_frame(world),
            rules=rules_frame(world),
            delivered=[delivered(number, outcome, rows=100 + number)],
        )
    past = ledger.past_nights("s", day(4))
    assert [night.business_date for night in past] == [day(0), day(2)]
    assert [night.rows for night in past] == [100, 102]
    assert past[1].columns.equals(delivered(2, rows=102).columns)
    assert past[1].units == {"U1": 102}
    assert [n.business_date for n in ledger.past_nights("s", day(9), nights=2)] == [day(2), day(4)]
    assert ledger.past_nights("other", day(9)) == ()

    ledger.accept_gate(GateAcceptance("s", day(2), "schema", "operator", "renamed on purpose"))
    assert len(ledger.past_nights("s", day(9))) == 3
    ledger.accept_gate(GateAcceptance("s", day(2), "row_count", "operator", "two teams merged"))
    assert [n.business_date for n in ledger.past_nights("s", day(9))] == [day(2), day(4)]
    assert len(ledger.past_nights("s", day(2))) == 1
    assert ledger.accepted_gates("s", day(2)) == {"schema", "row_count"}
    assert ledger.accepted_gates("s", day(3)) == frozenset()


def test_an_acceptance_needs_a_name_and_a_reason(ledger: Ledger) -> None:
    with pytest.raises(LedgerError, match="`accepted_by`, `reason`"):
        ledger.accept_gate(GateAcceptance("s", day(2), "row_count", " ", ""))


def test_runs_are_kept_whatever_became_of_them(ledger: Ledger) -> None:
    assert ledger.last_good_night() is None
    run_night(ledger, day(0), plain(), run="one")
    ledger.finish_run(
        "one",
        finished=STARTED + timedelta(minutes=5),
        state="done",
        exit_code=4,
        counts={"ran": 2},
        hashes={"s": "ab"},
    )
    run_night(ledger, day(1), plain(), run="killed")
    run_night(ledger, day(1), plain(), run="three")
    good = ledger.last_good_night()
    assert good is not None
    assert (good.run_id, good.business_date, good.exit_code) == ("one", day(0), 4)
    assert good.finished == STARTED + timedelta(minutes=5)
    assert (good.counts, good.hashes) == ({"ran": 2}, {"s": "ab"})
    assert ledger.latest_night() == day(1)
    states = {run.run_id: run.state for run in ledger.runs()}
    assert states == {"one": "done", "killed": "failed", "three": "running"}
    with pytest.raises(LedgerError, match="knows no run 'four'"):
        ledger.finish_run("four", finished=STARTED, state="done", exit_code=0)


def test_outcomes_of_a_night_are_kept(ledger: Ledger) -> None:
    world = plain(R1_A=FAILS)
    world.rules["R2"] = "trial"
    run_night(ledger, day(0), world)
    kept = ledger.outcomes_on(day(0))
    assert kept.select("rule_id", "outcome", "status", "rule_version").rows() == [
        ("R1", "ran", "active", 1),
        ("R2", "ran", "trial", 1),
    ]


def test_outcomes_say_how_many_records_a_rule_looked_away_from(ledger: Ledger) -> None:
    world = plain(R1_A=FAILS)
    ledger.start_run("r", day(0), started=STARTED, versions={}, hashes={})
    ledger.record_night(
        day(0),
        "r",
        failing=failing_frame(world),
        statuses=statuses_frame(world, ledger.open_keys(before=day(0))),
        outcomes=outcomes_frame(world).with_columns(looked_away=3, unreferenced=1),
        rules=rules_frame(world),
    )
    kept = ledger.outcomes_on(day(0)).filter(pl.col("rule_id") == "R1")
    assert kept.select("looked_away", "unreferenced").rows() == [(3, 1)]


#: Keys that a database, an index or a driver may refuse; and pairs that must not become one.
HOSTILE = (
    "NUL\x00IN",
    "\x00",
    "NUL\\x00IN",
    "\\x5cx00",
    "bell\x07, tab\t, line\n",
    "\\ud800",
    "\\",
    "C:\\x1\\xzz",
    "K" * 40_000,
    "K" * 39_999 + "L",
    "é" * 20_000,
    "'; drop table exceptions; --",
    "\U0001f46e\u202e\ufffe",
)


def test_any_key_is_kept_and_comes_back_as_it_was(ledger: Ledger) -> None:
    world = plain()
    world.outcomes["R1"] = "ran"
    failing = pl.concat(
        [
            failing_frame(plain(R1_A=FAILS)).with_columns(
                record_key=pl.lit(key), unit_code=pl.lit(f"unit\x00{number}")
            )
            for number, key in enumerate(HOSTILE)
        ]
    )
    for number, status in enumerate(["failing", "failing", "passing", "failing"]):
        ledger.start_run(f"r{number}", day(number), started=STARTED, versions={}, hashes={})
        open_ = ledger.open_keys(before=day(number))
        moved = ledger.record_night(
            day(number),
            f"r{number}",
            failing=failing if status == "failing" else failing.clear(),
            statuses=open_.with_columns(status=pl.lit(status)),
            outcomes=outcomes_frame(plain(R1_A=FAILS)),
            rules=rules_frame(plain(R1_A=FAILS)),
            delivered=[SourceNight(day(number), "rms", "orders", "accepted", units={"\x00": 1})],
        )
        listed = ledger.exceptions_on(day(number))
        assert sorted(listed["record_key"]) == sorted(HOSTILE)
        assert sorted(listed["unit_code"]) == sorted(failing["unit_code"])
    assert (moved.opened, moved.reopened) == (len(HOSTILE), len(HOSTILE))
    assert sorted(ledger.failures(before=day(9))["record_key"].unique()) == sorted(HOSTILE)
    assert ledger.past_nights("rms", day(9))[0].units == {"\x00": 1}


def test_a_waiver_takes_any_key(ledger: Ledger) -> None:
    for key in (*HOSTILE, "half \ud800 of a pair"):
        asked = a_waiver(record_key=key, reason="a\x00b")
        ledger.grant_waivers([asked], today=asked.granted_on)
        assert ledger.waivers()[-1] == asked


@given(st.text(st.sampled_from("\\x0c5uda8\x00\x07\x1f\x7fK"), max_size=12))
def test_what_is_written_out_comes_back_and_no_two_texts_become_one(text: str) -> None:
    assert restored(storable(text)) == text
    frame = storable_frame(pl.DataFrame({"key": [text, None, "plain"]}))
    assert frame["key"][0] == storable(text)
    assert not re.search(r"[\x00-\x1f]", storable(text))
    assert restored_series(frame["key"]).to_list() == [text, None, "plain"]


def test_a_ledger_of_the_first_schema_is_brought_up_to_date_with_what_it_holds(
    url: str,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "SCHEMA", "0001")
        engine = Ledger.open(url).engine
    with engine.begin() as connection:
        for statement in FIRST_NIGHT:
            connection.execute(sa.text(statement))
    ledger = Ledger.open(url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM ledger_schema")).scalar() == (
            migrate.SCHEMA
        )
    told = ledger.outcomes_on(date(2026, 11, 2)).to_dicts()[0]
    assert (told["rule_id"], told["evaluated"], told["failed"]) == ("R1", 9, 1)
    assert (told["looked_away"], told["unreferenced"]) == (None, None)
    assert ledger.open_keys(before=date(2026, 11, 3)).rows() == [("R1", "orders", "A")]


#: A night as the first schema held it.
FIRST_NIGHT = (
    "INSERT INTO runs (run_id, business_date, state, started, versions, hashes) "
    "VALUES ('r', '2026-11-02', 'done', '2026-11-02 02:30:00', '{}', '{}')",
    "INSERT INTO nights VALUES ('2026-11-02', 'r')",
    "INSERT INTO rule_outcomes (business_date, rule_id, records, outcome, evaluated, failed) "
    "VALUES ('2026-11-02', 'R1', 'orders', 'ran', 9, 1)",
    "INSERT INTO exceptions VALUES (1, 'R1', 'orders', 'A', '2026-11-02')",
    "INSERT INTO episodes VALUES (1, 1, '2026-11-02', NULL, NULL)",
    "INSERT INTO episode_details (exception_id, number, from_night, state, rule_version, theme, "
    "dimension, severity) VALUES (1, 1, '2026-11-02', 'open', 1, 't', 'd', 'high')",
)


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with its tables made, to copy."""
    file = tmp_path_factory.mktemp("empty") / "ledger.sqlite"
    Ledger.open(f"sqlite:///{file}")
    return file


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    nights=st.lists(st.lists(worlds(), min_size=1, max_size=3), min_size=1, max_size=4),
    waivers=allowances(),
)
def test_nights_with_re_runs_equal_the_same_nights_without(
    tmp_path: Path, empty_file: Path, nights: list[list[World]], waivers: list[Allowed]
) -> None:
    """Each night is a list of attempts that bring different data; only the last one counts."""
    ledgers = []
    for name in ("again", "once"):
        shutil.copy(empty_file, tmp_path / name)
        ledgers.append(Ledger.open(f"sqlite:///{tmp_path / name}"))
    again, once = ledgers
    for waiver in waivers:
        granted = a_waiver(**vars(waiver))
        for ledger in ledgers:
            ledger.grant_waivers([granted], today=granted.granted_on)
    oracle = Oracle(waivers)
    for number, attempts in enumerate(nights):
        for world in attempts:
            run_night(again, day(number), world)
        movements = run_night(once, day(number), attempts[-1])
        oracle.night(day(number), attempts[-1])
        assert again.movements(day(number)) == movements
        listed = once.exceptions_on(day(number))
        columns = [*KEY, "episode", "state", "first_seen", *DETAILS]
        assert set(listed.select(columns).rows()) == oracle.listing(day(number))
    assert contents(again) == contents(once)
    assert again.history(day(0)).equals(once.history(day(0)))


def test_the_queries_of_the_documentation_say_what_it_says(ledger: Ledger) -> None:
    text = (ROOT / "docs" / "ledger.md").read_text()
    queries = re.findall(r"```sql\n(.*?)```", text, flags=re.DOTALL)
    run_night(ledger, day(0), plain(R1_A=FAILS, R1_B=FAILS))
    world = plain(R1_A=Seen("passing"), R1_B=Seen("failing", evidence=2))
    world.outcomes["R2"] = "held"
    run_night(ledger, day(1), world)
    with ledger.engine.connect() as connection:
        found = [connection.exec_driver_sql(query).fetchall() for query in queries]
    listed, then, life, silent = [[tuple(map(str, row)) for row in rows] for rows in found]
    assert [row[:2] for row in listed] == [("R1", "B")]
    assert [row[1::3] for row in then] == [("A", '{"hours": 0}'), ("B", '{"hours": 0}')]
    assert life == [("R1", "1", str(day(0)), str(day(1)), "fixed")]
    assert silent == [(str(day(1)), "R2", "held", "None")]
