"""The service: which nights it makes good, what it survives and how it stops."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.date import DateTrigger

from config.errors import ConfigFaults, NightError
from config.settings import Settings, load_settings
from jobs.service import serve as service
from jobs.service.scheduler import NightSchedule
from tests.small_force import settings_file

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    path = settings_file(tmp_path)
    path.write_text(path.read_text() + "[schedule]\ncatch_up_days = 3\n")
    return load_settings(path)


@pytest.mark.parametrize(
    ("last_good", "latest", "due"),
    [
        (None, None, [28, 29, 30]),
        (30, 30, []),
        (29, 29, [30]),
        (10, 10, [28, 29, 30]),
        (28, 29, [29, 30]),
        (27, 30, [30]),
    ],
)
def test_what_was_missed_is_never_before_the_latest(
    settings: Settings, last_good: int | None, latest: int | None, due: list[int]
) -> None:
    """A night that was run and was not good is run again; the ledger refuses those before."""

    def day(number: int | None) -> date | None:
        return date(2026, 11, number) if number else None

    schedule = NightSchedule(
        settings,
        lambda night: None,
        lambda: day(last_good),
        lambda: day(latest),
        now=lambda: datetime(2026, 12, 1, 1, 0, tzinfo=LONDON),
    )
    assert schedule.missed() == [day(number) for number in due]


def stopped(schedule: NightSchedule, when: Callable[[], bool], number: int, **how: object) -> None:
    """Serve, and send the process a signal as soon as something holds."""

    def send() -> None:
        deadline = time.monotonic() + 20
        while not when() and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    thread = threading.Thread(target=send)
    thread.start()
    try:
        schedule.serve(**how)  # type: ignore[arg-type]
    finally:
        thread.join()
        for kept, handler in before.items():
            signal.signal(kept, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_lets_a_night_that_is_made_good_end_and_begins_no_other(
    settings: Settings, number: int
) -> None:
    begun: list[date] = []
    ended: list[date] = []
    said: list[str] = []

    def run(night: date) -> None:
        begun.append(night)
        time.sleep(0.3)
        ended.append(night)

    schedule = NightSchedule(settings, run, lambda: None, say=said.append)
    stopped(schedule, lambda: bool(begun), number)
    assert len(begun) == len(ended) == 1
    assert said == ["Stopping after this night."]


def test_an_idle_service_says_when_it_starts_next_and_stops_at_once(settings: Settings) -> None:
    said: list[str] = []
    now = datetime(2026, 12, 1, 12, tzinfo=LONDON)
    schedule = NightSchedule(
        settings,
        lambda night: pytest.fail("nothing is due"),
        lambda: now.date(),
        now=lambda: now,
        say=said.append,
    )
    stopped(schedule, lambda: bool(said), signal.SIGTERM)
    assert said == ["Next night: 2 December 02:30", "Stopped."]


def test_a_night_of_the_schedule_comes_to_its_end(settings: Settings) -> None:
    ended: list[date] = []
    begun = threading.Event()

    def run(night: date) -> None:
        begun.set()
        time.sleep(0.3)
        ended.append(night)

    now = datetime.now(LONDON)
    schedule = NightSchedule(settings, run, now.date)
    trigger = DateTrigger(now + timedelta(seconds=0.2))
    stopped(schedule, begun.is_set, signal.SIGTERM, trigger=trigger)
    for _ in range(100):  # the worker ends by itself, as it does when the process waits for it
        if ended:
            break
        time.sleep(0.02)
    assert ended == [datetime.now(LONDON).date()]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NightError("the folder cannot be written"), "the folder cannot be written"),
        (ValueError("SMITH, John"), "the night failed (ValueError)"),
        (RecursionError("SMITH, John"), "the night failed (RecursionError)"),
        (ConfigFaults([]), "0 faults"),
    ],
)
def test_no_failure_of_a_night_ends_the_service(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    tried: list[date] = []

    def fail(_: object, night: date, __: object) -> None:
        tried.append(night)
        raise error

    monkeypatch.setattr(service, "run_night", fail)
    monkeypatch.setattr(NightSchedule, "serve", lambda self: [self.run(n) for n in self.missed()])
    service.serve(settings)
    assert len(tried) == 3
    text = (settings.data_dir / "logs" / "orderwatch.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    failed = [line for line in lines if line["event"] == "night failed"]
    assert [line["level"] for line in failed] == ["error"] * 3
    assert all(said in line["said"] for line in failed)
    assert "SMITH" not in text


def test_a_service_without_a_source_does_not_begin(tmp_path: Path) -> None:
    with pytest.raises(ConfigFaults, match="no \\[\\[source\\]\\]"):
        service.serve(load_settings(settings_file(tmp_path, sources="")))
