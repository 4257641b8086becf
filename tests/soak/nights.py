"""Many nights of a small force, with damage and kills, and what must hold after each of them.

``python -m tests.soak.nights --nights 300 --seed 1`` runs them and says what was seen.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from config.settings import Settings, load_settings
from jobs.ledger import Ledger
from jobs.night import NightResult, run_night
from jobs.trace import Progress
from tests.jobs.night.killed import KILLED, STAGES
from tests.places import ROOT
from tests.small_force import settings_file
from tests.soak.force import DAMAGES, FIRST, NAMES, SOURCES, Delivered, Force

QUIET = Progress(quiet=True)
#: How an exception may end on a night.
CLOSED = ("fixed", "no_longer_applies", "withdrawn_from_source")


@dataclass
class Soak:
    """A force, its ledger and what was seen.

    Attributes:
        folder: Where everything is.
        chance: The dice; the same seed gives the same nights.
        seen: How often each damage was done, and what came of the nights.
    """

    folder: Path
    chance: random.Random
    damage_share: float = 0.5
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.settings: Settings = load_settings(settings_file(self.folder, sources=SOURCES))
        self.force = Force(self.chance)
        self.force.begin(FIRST)

    def run(self, nights: int) -> None:
        for number in range(nights):
            self.night(FIRST + timedelta(days=number), number)

    def night(self, day: date, number: int) -> None:
        """One night: deliver, damage, perhaps kill, run, and hold what must hold."""
        if number:
            self.force.night(day)
        given = {name: self.force.delivery(name) for name in self.force.tables}
        for name in given:
            if number and self.chance.random() < self.damage_share / len(given) * 2:
                what = self.chance.choice(sorted(DAMAGES))
                given[name] = DAMAGES[what](given[name], self.chance)
                self.seen[what] += 1
        for one in given.values():
            one.write(self.folder)
        before = self.open_keys()
        if number and self.chance.random() < 0.06:
            self.kill(day)
        result = run_night(self.settings, day, QUIET)
        self.seen["nights"] += 1
        held = {name for name, one in given.items() if one.held}
        self.check(day, given, result, before, held)
        if self.chance.random() < 0.04:
            self.again(day, result)

    def kill(self, day: date) -> None:
        """The night dies at some step, as by a power cut."""
        when, stage = self.chance.choice(STAGES)
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(self.settings.file), when, stage, day.isoformat()],
            cwd=ROOT,
            check=False,
            capture_output=True,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
        self.seen["killed"] += 1

    def again(self, day: date, result: NightResult) -> None:
        """The same night once more gives the same exceptions."""
        first = listed(result)
        second = listed(run_night(self.settings, day, QUIET))
        assert first.equals(second), f"{day}: a night run twice differs"
        self.seen["run twice"] += 1

    def open_keys(self) -> pl.DataFrame:
        ledger = Ledger.open(self.settings.ledger_url)
        return ledger.open_keys(before=date.max)

    def check(
        self,
        day: date,
        given: dict[str, Delivered],
        result: NightResult,
        before: pl.DataFrame,
        held: set[str],
    ) -> None:
        """Everything that must hold after a night."""
        missing = {f"rms_{name}" for name in held} - set(result.held_sources)
        assert not missing, f"{day}: not held: {missing}"
        wrong = set(result.held_sources) - {f"rms_{name}" for name in held}
        allowed = {f"rms_{name}" for name, one in given.items() if not one.whole or one.touched}
        assert wrong <= allowed, f"{day}: held without need: {wrong - allowed}"
        now = listed(result)
        self._closings(day, given, now, set(result.held_sources))
        self._ledger(day, now, before)

    def _closings(
        self, day: date, given: dict[str, Delivered], now: pl.DataFrame, held: set[str]
    ) -> None:
        """No exception closes because of what could not be read."""
        spoilt = {name: set(one.touched) for name, one in given.items()}
        for name, references in NAMES.items():
            for column, other in references.items():
                key_of = {row[next(iter(row))]: row.get(column, "") for row in given[name].rows}
                if not given[name].held and given[name].whole:
                    spoilt[other] |= {key_of[key] for key in given[name].touched if key in key_of}
        closed = now.filter(pl.col("state").is_in(CLOSED), pl.col("records") != "sources")
        for rule, records, key, state in closed.select(
            "rule_id", "records", "record_key", "state"
        ).iter_rows():
            what = f"{day}: {rule} on {key} closed as {state}"
            assert f"rms_{records}" not in held, f"{what} while {records} is held"
            assert key not in spoilt[records], f"{what} though its row could not be read whole"
            if state == "withdrawn_from_source":
                assert given[records].whole, f"{what} though rows without a key were rejected"
                assert key not in self.force.tables[records], f"{what} though it was delivered"
            else:
                assert key in given[records].keys, f"{what} though it was not delivered"
            self.seen[state] += 1

    def _ledger(self, day: date, now: pl.DataFrame, before: pl.DataFrame) -> None:
        """The invariants of the ledger."""
        identity = ["rule_id", "records", "record_key"]
        assert not now.select(identity).is_duplicated().any(), f"{day}: one exception twice"
        was = {tuple(row) for row in before.select(identity).iter_rows()}
        there = {tuple(row) for row in now.select(identity).iter_rows()}
        assert not was - there, f"{day}: {len(was - there)} open exceptions are nowhere"
        ledger = Ledger.open(self.settings.ledger_url)
        opened = ledger.open_keys(before=date.max)
        still = now.filter(~pl.col("state").is_in(CLOSED))
        listed_open = {tuple(row) for row in still.select(identity).iter_rows()}
        assert {tuple(row) for row in opened.select(identity).iter_rows()} == listed_open, day


def listed(result: NightResult) -> pl.DataFrame:
    """The exceptions of a night as its folder has them."""
    return pl.read_parquet(result.folder / "exceptions.parquet")


def fresh(soak: Soak, day: date) -> None:
    """On a night without damage the ledger holds what a new ledger would: nothing is stuck."""
    for name in soak.force.tables:
        soak.force.delivery(name).write(soak.folder)
    known = listed(run_night(soak.settings, day, QUIET)).filter(pl.col("state") == "open")
    with tempfile.TemporaryDirectory() as other:
        settings = load_settings(soak.settings.file, data_dir=Path(other))
        new = listed(run_night(settings, day, QUIET)).filter(pl.col("state") == "open")
    rules = [
        frame.filter(pl.col("records") != "sources").select("rule_id", "record_key").sort(pl.all())
        for frame in (known, new)
    ]
    assert rules[0].equals(rules[1]), f"{day}: the ledger and a new one differ"
    soak.seen["compared with a new ledger"] += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder), random.Random(asked.seed))
        for number in range(asked.nights):
            day = FIRST + timedelta(days=number)
            soak.night(day, number)
            if number % 25 == 24:
                fresh(soak, day)
                took = time.monotonic() - began
                print(f"{number + 1} nights, {took:.0f} s", flush=True)  # noqa: T201
    for what, times in sorted(soak.seen.items()):
        print(f"{times:6} {what}")  # noqa: T201
    print(f"{asked.nights} nights, every invariant held")  # noqa: T201


if __name__ == "__main__":
    main()
