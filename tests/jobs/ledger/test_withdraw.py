"""The latest night taken out again: the ledger and the history are what they were before it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.errors import LedgerError, NightError
from jobs.ledger import Ledger
from jobs.ledger.models import metadata
from tests.jobs.ledger.ledger_oracle import FIRST, Oracle, Seen, World, plain, worlds
from tests.jobs.ledger.test_store import STARTED, contents, day, run_night, url

__all__ = ["url"]
FAILS = Seen("failing")


def everything(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table but those of attempts; each night by its date alone."""
    with ledger.engine.connect() as connection:
        nights = connection.execute(sa.select(metadata.tables["nights"].c.business_date))
        return {**contents(ledger), "nights": sorted(map(tuple, nights))}


def recorded(ledger: Ledger, business_date: date, world: World) -> None:
    """Run a night to its end."""
    before = len(ledger.runs())
    run_night(ledger, business_date, world, run=f"run-{before}")
    ledger.finish_run(f"run-{before}", finished=STARTED, state="done", exit_code=0)


@settings(max_examples=20, suppress_health_check=list(HealthCheck))
@given(found=st.lists(worlds(), min_size=1, max_size=4), again=worlds())
def test_withdrawn_is_as_if_it_had_not_been(found: list[World], again: World) -> None:
    """Nights 1 to n, withdraw n: nights 1 to n-1. Run n again, also otherwise: as run once."""
    with TemporaryDirectory() as folder:
        ledger = Ledger.open(f"sqlite:///{folder}/ledger.sqlite")
        once = Ledger.open(f"sqlite:///{folder}/once.sqlite")
        states, oracle = [everything(ledger)], Oracle()
        for number, world in enumerate(found):
            recorded(ledger, day(number), world)
            states.append(everything(ledger))
        last = len(found) - 1
        ledger.withdraw_night(day(last), by="operator", reason="a mistyped date")
        assert everything(ledger) == states[last]
        recorded(ledger, day(last), found[last])
        assert everything(ledger) == states[last + 1]
        for number in reversed(range(len(found))):
            ledger.withdraw_night(day(number), by="operator", reason="all of it")
            assert everything(ledger) == states[number]
        for number, world in enumerate([*found[:-1], again]):
            recorded(ledger, day(number), world)
            recorded(once, day(number), world)
            oracle.night(day(number), world)
        assert everything(ledger) == everything(once)
        listed = ledger.exceptions_on(day(last)).drop("days_open").height
        assert listed == len(oracle.listing(day(last)))


def test_a_withdrawn_night_is_known_as_such(url: str) -> None:
    ledger = Ledger.open(url)
    recorded(ledger, day(0), plain(R1_A=FAILS))
    recorded(ledger, day(365), plain(R1_A=Seen("passing")))
    with pytest.raises(NightError, match="earlier than the latest"):
        ledger.check_night(day(1))
    moment = datetime(2026, 11, 4, 9, tzinfo=UTC)
    ledger.withdraw_night(day(365), by="Force data team", reason="mistyped year", moment=moment)
    ledger.check_night(day(1))
    run = ledger.runs()[0]
    assert (run.business_date, run.state, run.withdrawn) == (day(365), "withdrawn", moment)
    assert run.detail == {"withdrawn_by": "Force data team", "reason": "mistyped year"}
    last = ledger.last_good_night()
    assert last is not None
    assert last.business_date == day(0)
    assert ledger.exceptions_on(day(0)).get_column("state").to_list() == ["open"]
    recorded(ledger, day(1), plain(R1_A=Seen("passing")))
    assert ledger.exceptions_on(day(1)).get_column("state").to_list() == ["fixed"]
    assert [run.state for run in ledger.runs()] == ["withdrawn", "done", "done"]


def test_only_the_latest_night_by_someone_for_a_reason(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path}/ledger.sqlite")
    with pytest.raises(NightError, match="the ledger has no night"):
        ledger.withdraw_night(FIRST, by="operator", reason="none")
    recorded(ledger, day(0), plain(R1_A=FAILS))
    recorded(ledger, day(1), plain(R1_A=FAILS))
    before = everything(ledger)
    with pytest.raises(NightError, match=f"the latest is {day(1)}"):
        ledger.withdraw_night(day(0), by="operator", reason="wrong one")
    for by, reason in ((" ", "why"), ("operator", "")):
        with pytest.raises(LedgerError, match="say both"):
            ledger.withdraw_night(day(1), by=by, reason=reason)
    assert everything(ledger) == before


@pytest.mark.parametrize(
    ("counts", "good"),
    [
        (None, True),
        ({"sources": 13, "sources_held": 2, "rules_ran": 100}, True),
        ({"sources": 13, "sources_held": 13, "rules_ran": 3}, False),
        ({"sources": 13, "sources_held": 12, "rules_ran": 0}, False),
    ],
)
def test_a_night_that_measured_nothing_is_no_good_night(
    tmp_path: Path, counts: dict[str, int] | None, good: bool
) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path}/ledger.sqlite")
    recorded(ledger, day(0), plain(R1_A=FAILS))
    run_night(ledger, day(1), plain(R1_A=FAILS), run="second")
    ledger.finish_run("second", finished=STARTED, state="done", exit_code=4, counts=counts)
    last = ledger.last_good_night()
    assert last is not None
    assert last.business_date == day(1 if good else 0)


def test_an_empty_file_or_database_is_no_ledger(url: str, tmp_path: Path) -> None:
    """Whoever only asks makes nothing of it, neither a file nor a table."""
    if url.startswith("sqlite"):
        (tmp_path / "ledger.sqlite").touch()
    with pytest.raises(LedgerError, match=r"There is no ledger at .*, or it is empty"):
        Ledger.open(url, create=False)
    assert Ledger.peek(url) is None
    if url.startswith("sqlite"):
        assert (tmp_path / "ledger.sqlite").stat().st_size == 0
    Ledger.open(url)
    assert Ledger.peek(url) is not None


def test_a_ledger_of_the_schema_before_is_brought_up_to_date(url: str) -> None:
    ledger = Ledger.open(url)
    recorded(ledger, day(0), plain(R1_A=FAILS))
    before = everything(ledger)
    with ledger.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE runs DROP COLUMN withdrawn"))
        connection.execute(sa.text("UPDATE ledger_schema SET version_num = '0002'"))
    assert Ledger.peek(url) is None, "one who only looks alters nothing"
    assert everything(Ledger.open(url)) == before
    assert isinstance(ledger.exceptions_on(day(0)), pl.DataFrame)
    assert ledger.runs()[0].started + timedelta(0) == STARTED
