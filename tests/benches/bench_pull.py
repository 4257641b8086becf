"""A CSV read as a delivery, beside `pl.read_csv(infer_schema=False)` of the same bytes.

What is read, hashed, proved regular and numbered against what is only parsed, in one run. Ratios
of time and of the processor's time, which a busy machine does not stretch, are in `extra_info` and
printed. A regular file costs about twice the floor on a machine that has nothing else to do.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import polars as pl
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from config.settings import Source
from jobs.pull import pull
from tests.places import SHARED

ROWS = 200_000
ROUNDS = 7
#: About twice, with room for a busy machine; a quoted or damaged file may cost more.
MOST = {"plain": 3.0, "accents": 3.5, "quoted": 4.0, "damaged": 12.0, "real": 4.0}
HEADER = b"a,b,c,d,e,f,g,h,i,j,k,l,m,n,o"
ROW = (
    "O{:06d},NMO,enforcing,in_force,2026-11-01,2026-11-01,2027-05-01,2026-11-02 10:00,"
    "2026-11-02 11:00,2026-11-23 23:00,S1,PPU,F21ST00,ST26F00001,flag"
)


def a_file(kind: str) -> bytes:
    if kind == "real":
        found = sorted((SHARED / "real").glob("mg_*snapshot3*.csv"))
        if not found:
            pytest.skip("the real data is not at hand")
        header, _, body = found[0].read_bytes().partition(b"\n")
        return header + b"\n" + body * 40
    lines = [HEADER, *(ROW.format(number).encode() for number in range(ROWS)), b""]
    if kind == "quoted":
        lines = [b'"' + line.replace(b",", b'","') + b'"' if line else line for line in lines]
    if kind == "damaged":
        lines[ROWS // 2] = lines[ROWS // 2].replace(b",NMO", b',"NMO')
    data = b"\r\n".join(lines)
    return data.replace(b"PPU", "Beddgelert é".encode()) if kind == "accents" else data


@pytest.mark.parametrize("kind", MOST)
def test_a_delivery_beside_the_bare_parse(
    benchmark: BenchmarkFixture, tmp_path: Path, kind: str
) -> None:
    data = a_file(kind)
    (tmp_path / "f.csv").write_bytes(data)
    described = {"name": "s", "records": "orders", "kind": "csv", "path": str(tmp_path / "f.csv")}
    source = Source.model_validate(described)
    floor_of = data.replace(b',"NMO', b",NMO") if kind == "damaged" else data
    separator = ";" if kind == "real" else ","
    floor: list[tuple[float, float]] = []
    whole: list[tuple[float, float]] = []

    def timed(into: list[tuple[float, float]], run: Callable[[], object]) -> None:
        begun, used = perf_counter(), process_time()
        run()
        into.append((perf_counter() - begun, process_time() - used))

    def both() -> None:
        timed(floor, lambda: pl.read_csv(floor_of, infer_schema=False, separator=separator))
        timed(whole, lambda: pull(source))

    benchmark.pedantic(both, rounds=ROUNDS, warmup_rounds=1)
    time, work = (min(w[n] for w in whole) / min(f[n] for f in floor) for n in (0, 1))
    benchmark.extra_info.update({"ratio": time, "ratio_of_processor": work})
    told = f"{kind}: {len(data) / 1e6:.1f} MB, {time:.2f} x pl.read_csv, {work:.2f} x its work"
    print(f"\n{told}")  # noqa: T201
    assert min(time, work) <= MOST[kind]
