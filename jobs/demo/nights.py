"""Three nights of the demo force: the extracts of each, and what each must come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import polars as pl

from config.records import TIMESTAMP, load_records
from jobs.demo import christmas
from jobs.demo.bulk import BULKS, with_bulks
from jobs.demo.catalogue import FAULTS
from jobs.demo.extracts import EXTRACTS, canonical, settings_text, stamp
from jobs.demo.fault import Plant
from jobs.demo.noise import with_noise
from jobs.demo.planting import choose, measured, plant
from jobs.demo.snapshot import snapshot
from jobs.demo.staged import STAGED
from jobs.demo.truth import OUTAGES, Story, findings, held, movements, still_open, stories
from jobs.demo.when import NIGHTS
from jobs.demo.world import World, make_world

#: The seed of the force that the demo shows.
SEED = 21
_COPIES = 3
_KEPT = 0.6
_SAVED_AGAIN = datetime(2026, 11, 23, 23, 10, tzinfo=UTC)
_LOST = 200
_ODD_WORDS = 40


@dataclass(frozen=True)
class DemoNight:
    """One of the three nights.

    Attributes:
        number: 1, 2 or 3.
        business_date: The date that names it.
    """

    number: int
    business_date: date


@dataclass(frozen=True)
class DemoForce:
    """A force on disk, and what is wrong with it.

    Attributes:
        folder: Where its settings (`config/orderwatch.toml`) and extracts (`in/`) are.
        seed: What it was made from.
        plants: The faults that were planted on its records.
    """

    folder: Path
    seed: int
    plants: tuple[Plant, ...]

    @property
    def nights(self) -> tuple[DemoNight, ...]:
        """The nights, in order."""
        return tuple(DemoNight(i, day) for i, day in enumerate(NIGHTS, start=1))

    @property
    def settings(self) -> Path:
        """The settings file."""
        return self.folder / "config" / "orderwatch.toml"

    def tables(self, i: int) -> dict[str, pl.DataFrame]:
        """The records of night `i` (from 0) as they would be read, nothing missing or repeated."""
        records = load_records()
        return {name: canonical(records[name], frame) for name, frame in self._tables(i).items()}

    def write(self, i: int) -> None:
        """Put the extracts of night `i` (from 0) in place of those of the night before."""
        night = self.nights[i]
        folder = self.folder / "in"
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        tables = self._tables(i)
        for extract in EXTRACTS:
            day = night.business_date
            rows = tables[extract.records]
            if extract.rows is not None:
                rows = rows.filter(extract.rows)
            rows = _broken(extract.name, rows, night.number)
            if _stale(extract.name, night.number):
                day, rows = self.nights[i - 1].business_date, self._tables(i - 1)[extract.records]
            extract.write(rows, folder / extract.file.format(stamp(day)))
        if night.number == 3:
            _rename_column(folder / "rms.sqlite")

    def truth(self, i: int) -> pl.DataFrame:
        """What must be open when night `i` (from 0) is done: `rule_id`, `records`, `record_key`."""
        return still_open(self._stories, i + 1)

    def findings(self, i: int) -> pl.DataFrame:
        """What the rules that run on night `i` (from 0) must find, and nothing else."""
        return findings(self._stories, i + 1)

    def expected_movements(self, i: int) -> pl.DataFrame:
        """What night `i` (from 0) must do to the ledger, with a column `movement`."""
        return movements(self._stories, i + 1)

    def held(self, i: int) -> frozenset[str]:
        """The rules that are held on night `i` (from 0)."""
        return held(i + 1)

    @property
    def _stories(self) -> list[Story]:
        orders = _world(self.seed).orders
        names = dict(orders.select("_k", "order_id").iter_rows())
        return stories(self.plants, STAGED, names)

    def _tables(self, i: int) -> Mapping[str, pl.DataFrame]:
        clean = snapshot(_world(self.seed), NIGHTS[i])
        planted = {key for p in self.plants for key in (p.key, p.failing, p.order) if key}
        faulty = plant(clean, self.plants, i + 1)
        staged = measured(with_bulks(christmas.with_christmas(faulty), NIGHTS[i]))
        tables = with_noise(staged, NIGHTS[i], planted)
        records = load_records()
        return {name: frame.sort(records[name].key) for name, frame in tables.items()}


def make_force(folder: Path, seed: int = SEED) -> DemoForce:
    """Make a force, its settings and the list of its faults (`planted_faults.csv`).

    Args:
        folder: Where it is made.
        seed: The same seed makes the same force.
    """
    world = _world(seed)
    plants = choose(world, snapshot(world, NIGHTS[0]), FAULTS)
    force = DemoForce(folder, seed, tuple(plants))
    force.settings.parent.mkdir(parents=True, exist_ok=True)
    force.settings.write_text(settings_text(), encoding="utf-8")
    _list_of_faults(force).write_csv(folder / "planted_faults.csv")
    return force


@cache
def _world(seed: int) -> World:
    return make_world(seed)


def _list_of_faults(force: DemoForce) -> pl.DataFrame:
    """One row an exception and night: what was done to which record."""
    what = {(p.fault.rule, p.failing): p.fault.what for p in force.plants}
    names = dict(_world(force.seed).orders.select("_k", "order_id").iter_rows())
    what |= {(case.rule, names[case.name]): case.what for case in STAGED}
    what |= {(outage.rule, outage.key): outage.what for outage in OUTAGES}
    what |= {("ORD-SUP-010", bulk.key): bulk.what for bulk in BULKS}
    what[christmas.RULE, christmas.BREACH] = christmas.WHAT
    parts = []
    for i, night in enumerate(force.nights):
        moved = force.expected_movements(i)
        done = [what[rule, key] for rule, key in moved.select("rule_id", "record_key").iter_rows()]
        parts.append(
            moved.with_columns(
                night=pl.lit(night.business_date), what_was_done=pl.Series(done, dtype=pl.String)
            )
        )
    return pl.concat(parts).select(
        "night", "rule_id", "records", "record_key", "movement", "what_was_done"
    )


def _broken(source: str, rows: pl.DataFrame, night: int) -> pl.DataFrame:
    """The rows of a source on a night on which something is wrong with it."""
    if source == "rms_reviews" and night == 2:
        return rows.head(int(rows.height * _KEPT))
    if source == "rms_orders" and night == 3:
        # The records system saved every order again: its change stamp says nothing that night.
        return rows.with_columns(updated_ts=pl.lit(_SAVED_AGAIN, TIMESTAMP))
    if source == "rms_parties" and night == 2:
        return pl.concat([rows, rows.head(_COPIES)])
    number = pl.int_range(pl.len())
    if source == "rms_parties" and night == 3:
        lost = rows.head(_LOST).with_columns(order_id=pl.format("ORD-LOST-{}", number))
        return pl.concat([rows, lost])
    if source == "rms_shares" and night == 2:
        given = pl.col("reason").is_not_null()
        first = given & (given.cum_sum() == 1)
        return rows.with_columns(reason=pl.when(first).then(pl.lit("=1+1")).otherwise("reason"))
    if source == "rms_reviews" and night == 3:
        word = pl.when(number % _ODD_WORDS == 0).then(pl.lit("see log")).otherwise("outcome")
        kept = pl.col("outcome").is_null()
        return rows.with_columns(outcome=pl.when(kept).then("outcome").otherwise(word))
    return rows


def _stale(source: str, night: int) -> bool:
    return source == "court_inbox" and night == 3


def _rename_column(base: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(base)
    connection.execute("alter table occurrence rename column risk_grade to dash_result")
    connection.commit()
    connection.close()
