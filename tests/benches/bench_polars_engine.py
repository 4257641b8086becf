"""The Polars engine against Polars by hand, and against others who do the same.

Run on demand, with the rest of the machine at rest:

    pytest tests/benches/bench_polars_engine.py --benchmark-only -o addopts="" -s

Ours is `validate`: GX's own validation in BOOLEAN_ONLY, counts and outcomes of each rule, and the
failing keys of all rules as one frame. The floor is one select of the same expressions written by
hand, and the keys as one frame. The two take turns in one process, and medians are compared: of
the time on the clock, and of processor time, which other programs on the machine disturb less.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import polars as pl
import pytest

from tests.places import ROOT

from .polars_rules import Rule, by_hand, expectations, orders, rules


class Turn(NamedTuple):
    """How long a call took."""

    clock: float
    processor: float


def timed(call: Callable[[], Any]) -> Turn:
    clock, processor = time.perf_counter(), time.process_time()
    call()
    return Turn(time.perf_counter() - clock, time.process_time() - processor)


def median(turns: list[Turn]) -> Turn:
    return Turn(*(statistics.median(part) for part in zip(*turns, strict=True)))


def ours(frame: pl.DataFrame, made: list[Any]) -> pl.DataFrame:
    from expectations import polars_engine

    results, keys = polars_engine.validate(frame, made, ["order_id"])
    assert {found.status for found in results} == {"ran"}
    return keys


@pytest.mark.parametrize(
    ("rows", "columns", "count", "turns", "limit"),
    [
        (1_000_000, 40, 40, 9, 1.5),
        (1_000_000, 40, 90, 7, 1.5),
        (10_000_000, 20, 20, 3, 1.15),
    ],
    ids=["1M x 40, 40 rules", "1M x 40, 90 rules", "10M x 20, 20 rules"],
)
def test_against_the_floor(
    benchmark: Any, rows: int, columns: int, count: int, turns: int, limit: float
) -> None:
    frame, made = orders(rows, columns), rules(count, columns)
    suite = expectations(made)
    keys = ours(frame, suite)
    assert keys.equals(by_hand(frame, made))  # also: both are warm
    floor_turns, our_turns = [], []
    for _ in range(turns):
        floor_turns.append(timed(lambda: by_hand(frame, made)))
        our_turns.append(timed(lambda: ours(frame, suite)))
    floor, mine = median(floor_turns), median(our_turns)
    ratio = Turn(mine.clock / floor.clock, mine.processor / floor.processor)
    benchmark.extra_info.update(floor=floor, ours=mine, ratio=ratio)
    benchmark.pedantic(lambda: ours(frame, suite), rounds=1)
    share = keys.height / rows / count
    print(f"\n{rows:,} x {columns}, {count} rules, {share:.1%} failing: {floor=} {mine=} {ratio=}")  # noqa: T201
    assert ratio.clock <= limit


def test_90_expectations_on_100_rows(benchmark: Any) -> None:
    frame, suite = orders(100), expectations(rules(90, 40))
    ours(frame, suite)
    benchmark.pedantic(lambda: ours(frame, suite), rounds=9)
    milliseconds = benchmark.stats.stats.median * 1000 / 90
    print(f"\n90 expectations on 100 rows: {milliseconds:.2f} ms a rule")  # noqa: T201
    assert milliseconds < 4  # GX's own graph takes 5 to 11


MEMORY = """
import sys
from pathlib import Path
from tests.benches.polars_rules import by_hand, expectations, orders, rules

def peak():  # of this process alone: ru_maxrss starts at what the process that forked it had
    status = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

rows, columns, count = 1_000_000, 40, 40
made = rules(count, columns)
if sys.argv[1] == "ours":
    from expectations import polars_engine
    suite = expectations(made)
frame = orders(rows, columns)
before = peak()
for _ in range(3):
    if sys.argv[1] == "ours":
        polars_engine.validate(frame, suite, ["order_id"])
    else:
        by_hand(frame, made)
print(before, peak())
"""


def test_peak_memory(benchmark: Any) -> None:
    def peak(which: str) -> tuple[int, int]:
        done = subprocess.run(
            [sys.executable, "-c", MEMORY, which],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        before, after = map(int, done.stdout.split())
        return before // 1024, after // 1024

    floor = peak("floor")
    mine = benchmark.pedantic(lambda: peak("ours"), rounds=1)
    benchmark.extra_info.update(floor_mb=floor, ours_mb=mine)
    print(f"\npeak MB (before, at most): floor {floor}, ours {mine}")  # noqa: T201
    assert mine[1] <= 1.5 * floor[1]


def with_dataframely(frame: pl.DataFrame, made: list[Rule]) -> int:
    dy: Any = pytest.importorskip("dataframely", reason="dataframely is not installed")
    kinds = {pl.Int64: dy.Int64, pl.Float64: dy.Float64, pl.Date: dy.Date, pl.String: dy.String}
    space: dict[str, Any] = {
        name: kinds.get(dtype.base_type(), dy.Datetime)(nullable=True)
        for name, dtype in frame.schema.items()
    }
    for i, rule in enumerate(made):
        right = ~rule.failing.fill_null(value=False)
        space[f"R{i:02}"] = dy.rule()(lambda cls, right=right: right)
    _, failure = type("Orders", (dy.Schema,), space).filter(frame)
    details = failure.details()
    return sum(
        details.filter(pl.col(f"R{i:02}") == "invalid").select("order_id").height
        for i in range(len(made))
    )


def with_pointblank(frame: pl.DataFrame, made: list[Rule]) -> int:
    pb: Any = pytest.importorskip("pointblank", reason="pointblank is not installed")
    plan = pb.Validate(frame)
    for rule in made:
        plan = plan.col_vals_expr(expr=~rule.failing.fill_null(value=False))
    done = plan.interrogate(extract_limit=frame.height)
    found = (done.get_data_extracts(i=i + 1, frame=True) for i in range(len(made)))
    return sum(0 if part is None else part.select("order_id").height for part in found)


def with_pandera(frame: pl.DataFrame, made: list[Rule]) -> int:
    pa: Any = pytest.importorskip("pandera.polars", reason="pandera is not installed")
    rights = [~rule.failing.fill_null(value=False) for rule in made]
    checks = [
        pa.Check(lambda data, right=right: data.lazyframe.select(right), name=f"R{i:02}")
        for i, right in enumerate(rights)
    ]
    try:
        pa.DataFrameSchema({"order_id": pa.Column(str)}, checks=checks).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        return int(error.failure_cases.height)
    return 0


@pytest.mark.parametrize("other", [with_dataframely, with_pointblank, with_pandera])
def test_against_others(benchmark: Any, other: Callable[[pl.DataFrame, list[Rule]], int]) -> None:
    frame, made = orders(1_000_000), rules(40, 40)
    suite = expectations(made)
    expected = ours(frame, suite).height
    assert other(frame, made) == expected
    turns = [
        (timed(lambda: other(frame, made)), timed(lambda: ours(frame, suite))) for _ in range(3)
    ]
    theirs, mine = (median(list(part)) for part in zip(*turns, strict=True))
    benchmark.extra_info.update(theirs=theirs, ours=mine)
    benchmark.pedantic(lambda: None, rounds=1)
    told = {"theirs": theirs._asdict(), "ours": mine._asdict()}
    print(f"\n{other.__name__}: {json.dumps(told)}")  # noqa: T201
