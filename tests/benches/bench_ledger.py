"""A night of 20,000 changes over 200,000 open exceptions, beside Polars anti-joins of the same.

The ledger lies on disk, in SQLite, with three years of closed episodes in it. The floor is what
the decision alone costs in hand-written Polars with everything in memory: what opened and what
closed by two anti-joins, what stayed by a join. The ratio and both times are in `extra_info`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter

import polars as pl
import sqlalchemy as sa
from pytest_benchmark.fixture import BenchmarkFixture

from jobs.ledger import Ledger
from jobs.ledger.engine import writing
from jobs.ledger.frames import FAILING, KEY

OPEN = 200_000
CHANGES = 20_000
CLOSED = 1_000_000
FIRST = date(2026, 11, 2)
#: "Within a few seconds", with room for a busy machine.
MOST_SECONDS = 15.0


def failing(first: int, count: int) -> pl.DataFrame:
    number = pl.int_range(first, first + count, eager=True).alias("number").to_frame()
    due = datetime(2026, 11, 1, tzinfo=UTC)
    return number.select(
        pl.format("ORD-REC-{}", pl.col("number") % 60).alias("rule_id"),
        pl.lit("orders").alias("records"),
        pl.format("PO/2026/{}", "number").alias("record_key"),
        pl.lit(None, pl.String).alias("hidden_by"),
        pl.lit(1, pl.Int64).alias("rule_version"),
        pl.lit("recording").alias("theme"),
        pl.lit("timeliness").alias("dimension"),
        pl.lit("high").alias("severity"),
        pl.format("U{}", pl.col("number") % 12).alias("unit_code"),
        pl.format("LPT{}", pl.col("number") % 10).alias("lpt"),
        pl.lit("DVPO").alias("order_type"),
        (pl.lit(due) + pl.duration(minutes="number")).cast(FAILING["due_ts"]).alias("due_ts"),
        pl.concat_str(
            pl.lit('{"made_date": "2026-10-01", "number": '), "number", pl.lit("}")
        ).alias("evidence"),
    )


def rules() -> pl.DataFrame:
    ids = [f"ORD-REC-{number}" for number in range(60)]
    return pl.DataFrame({"rule_id": ids}).with_columns(
        pl.lit(1, pl.Int64).alias("version"),
        pl.lit("recording").alias("theme"),
        pl.lit("timeliness").alias("dimension"),
        pl.lit("high").alias("severity"),
        pl.lit("active").alias("status"),
        pl.lit("orders").alias("records"),
        pl.lit("ran").alias("outcome"),
        pl.lit(None, pl.String).alias("reason"),
        *(pl.lit(0, pl.Int64).alias(name) for name in ("evaluated", "failed", "hidden")),
        pl.lit([], pl.List(pl.String)).alias("unsupplied_exempt"),
    )


def record(ledger: Ledger, night: date, run: str, found: pl.DataFrame) -> None:
    statuses = ledger.open_keys(before=night).join(
        found.select(*KEY, status=pl.lit("failing")), on=KEY, how="left"
    )
    ledger.record_night(
        night,
        run,
        failing=found,
        statuses=statuses.with_columns(pl.col("status").fill_null("passing")),
        outcomes=rules(),
        rules=rules(),
    )


def add_closed(ledger: Ledger) -> None:
    """Years of closed episodes, put in by SQL."""
    numbers = (
        f"WITH RECURSIVE n(i) AS (SELECT 10000000 UNION ALL SELECT i + 1 FROM n "
        f"WHERE i < {10_000_000 + CLOSED - 1}) "
    )
    opened = "date('2023-11-01', '+' || (i % 1000) || ' days')"
    closed = "date('2023-11-01', '+' || (i % 1000 + 20) || ' days')"
    with writing(ledger.engine) as connection:
        for statement in (
            f"INSERT INTO exceptions {numbers} SELECT i, 'ORD-REC-' || (i % 60), 'orders', "
            f"'OLD/' || i, {opened} FROM n",
            f"INSERT INTO episodes {numbers} SELECT i, 1, {opened}, {closed}, 'fixed' FROM n",
            f"INSERT INTO episode_details {numbers} SELECT i, 1, {opened}, NULL, 'open', NULL, 1, "
            "'recording', 'timeliness', 'high', 'U1', NULL, 'DVPO', NULL, '{}' FROM n",
        ):
            connection.execute(sa.text(statement))


def test_a_night_against_anti_joins(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    start = datetime(2026, 11, 2, 2, 30, tzinfo=UTC)
    third = CHANGES // 3
    before = failing(0, OPEN)
    kept = before[third:].with_columns(
        pl.when(pl.int_range(pl.len()) < third)
        .then(pl.lit('{"made_date": "2026-10-02"}'))
        .otherwise("evidence")
        .alias("evidence")
    )
    tonight = pl.concat([kept, failing(OPEN, third)])
    ledger.start_run("run", FIRST, started=start, versions={}, hashes={})
    record(ledger, FIRST, "run", before)
    add_closed(ledger)

    floors = []
    for _ in range(5):
        begun = perf_counter()
        tonight.join(before, on=KEY, how="anti")
        before.join(tonight, on=KEY, how="anti")
        before.join(tonight, on=KEY).filter(pl.col("evidence") != pl.col("evidence_right"))
        floors.append(perf_counter() - begun)

    night = FIRST + timedelta(days=1)
    benchmark.pedantic(lambda: record(ledger, night, "run", tonight), rounds=3)
    movements = ledger.movements(night)
    assert movements.opened == movements.fixed == third
    begun = perf_counter()
    ledger.history(FIRST)
    history = perf_counter() - begun
    seconds = benchmark.stats.stats.median
    benchmark.extra_info["floor_seconds"] = min(floors)
    benchmark.extra_info["ratio"] = seconds / min(floors)
    benchmark.extra_info["history_seconds"] = history
    assert seconds < MOST_SECONDS
