"""A million deadlines beside a join of a million rows, in the same run.

The ratio is printed with the benchmark's other numbers, as `extra_info`.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from time import perf_counter

import polars as pl
from pytest_benchmark.fixture import BenchmarkFixture

from config.calendar import load_calendar
from expectations.language.clock import counted_deadline

ROWS = 1_000_000
#: "About the time of a join", with room for a busy machine.
MOST = 4.0


def test_a_million_deadlines_against_a_join(benchmark: BenchmarkFixture) -> None:
    chance = random.Random(1)
    first = datetime(2010, 1, 1, tzinfo=UTC)
    starts = [first + timedelta(minutes=chance.randrange(20 * 525_600)) for _ in range(ROWS)]
    keys = list(range(ROWS))
    chance.shuffle(keys)
    left = pl.DataFrame({"key": keys, "start": starts})
    right = pl.DataFrame({"key": range(ROWS), "other": range(ROWS)}).sample(
        fraction=1, shuffle=True, seed=2
    )
    due = counted_deadline(pl.col("start"), 48, load_calendar().excluded)

    joins = []
    for _ in range(5):
        begun = perf_counter()
        left.join(right, on="key", how="left")
        joins.append(perf_counter() - begun)

    found = benchmark.pedantic(lambda: left.select(due), rounds=5, warmup_rounds=1)

    assert found.height == ROWS
    ratio = benchmark.stats.stats.median / sorted(joins)[2]
    benchmark.extra_info["times a join"] = round(ratio, 2)
    assert ratio < MOST, f"a million deadlines took {ratio:.1f} times a join of a million rows"
