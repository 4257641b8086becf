"""What `orderwatch status` says, and when it fails."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from config.settings import Settings, load_settings
from jobs.ledger import Ledger
from jobs.service.status import read_status
from tests.jobs.ledger.ledger_oracle import Seen, plain
from tests.jobs.ledger.test_store import STARTED, run_night
from tests.small_force import settings_file

LONDON = ZoneInfo("Europe/London")
NIGHT = date(2026, 11, 24)
MORNING = datetime(2026, 11, 24, 9, tzinfo=LONDON)
ALL = {"sources": 13, "sources_held": 0, "rules_ran": 100}
HELD = {
    **{"sources": 13, "sources_held": 2, "rules_ran": 97},
    **{"rules_held": 2, "rules_could_not_run": 1},
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(settings_file(tmp_path))


def nights(settings: Settings, **found: dict[str, Any]) -> Ledger:
    """Nights of November by their day, each with what its run counted; None: it failed."""
    ledger = Ledger.open(settings.ledger_url)
    for name, counts in found.items():
        night = date(2026, 11, int(name.removeprefix("d")))
        run_night(ledger, night, plain(R1_A=Seen("failing")), run=name)
        if counts:
            names = ["court_inbox", "rms_occurrences"][: counts.get("sources_held", 0)]
            ledger.finish_run(
                name,
                finished=STARTED,
                state="done",
                exit_code=4 if names else 0,
                counts=counts,
                detail={"held": names},
            )
        else:
            ledger.finish_run(name, finished=STARTED, state="failed", exit_code=1)
    return ledger


def test_a_whole_night_is_good(settings: Settings) -> None:
    nights(settings, d24=ALL)
    found = read_status(settings, MORNING)
    assert found.good
    assert found.text.splitlines() == [
        "Last good night: 24 November 2026, 6 hours ago",
        "Last night: 24 November 2026, done",
    ]


def test_it_names_what_was_held_and_counts_what_did_not_run(settings: Settings) -> None:
    nights(settings, d24=HELD)
    found = read_status(settings, MORNING)
    assert found.good
    assert (
        "Last night: 24 November 2026, done, 2 of 13 sources held (court_inbox, rms_occurrences), "
        "3 rules not run"
    ) in found.text


@pytest.mark.parametrize(
    "nothing",
    [
        {"sources": 13, "sources_held": 13, "rules_ran": 4},
        {"sources": 13, "sources_held": 12, "rules_ran": 0},
    ],
)
def test_a_night_of_nothing_is_not_good(settings: Settings, nothing: dict[str, int]) -> None:
    nights(settings, d22=ALL, d23=nothing, d24=nothing)
    found = read_status(settings, MORNING)
    assert not found.good
    assert "Last good night: 22 November 2026, 54 hours ago" in found.text
    assert "more than 36 hours" in found.text
    assert "Nothing was measured that night" in found.text


def test_nothing_was_ever_good(settings: Settings) -> None:
    nights(settings, d24={})
    found = read_status(settings, MORNING)
    assert not found.good
    assert "No good night has been run to its end" in found.text
    assert "Last night: 24 November 2026, failed" in found.text
    assert "orderwatch run --business-date 2026-11-24" in found.text


@pytest.mark.parametrize("ahead", [timedelta(hours=7), timedelta(days=30), timedelta(days=3650)])
def test_a_night_of_the_future_is_never_good(settings: Settings, ahead: timedelta) -> None:
    nights(settings, d23=ALL, d24=ALL)
    found = read_status(settings, MORNING - ahead)
    assert not found.good
    assert "hours ago" not in found.text
    assert "orderwatch ledger withdraw-night 2026-11-24" in found.text


def test_a_withdrawn_night_is_not_the_last(settings: Settings) -> None:
    ledger = nights(settings, d23=ALL, d24=ALL)
    ledger.withdraw_night(NIGHT, by="operator", reason="a mistyped date")
    found = read_status(settings, MORNING)
    assert found.good
    assert "Last good night: 23 November 2026" in found.text
    assert "24 November" not in found.text
