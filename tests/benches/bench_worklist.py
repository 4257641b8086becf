"""A worklist of 50,000 rows, beside openpyxl streaming 50,000 bare rows of as many columns.

The floor has no styles, no evidence to read and no row heights. The ratio is in `extra_info`; on
two idle cores the worklist takes under 8 seconds.
"""

from dataclasses import replace
from time import perf_counter

import openpyxl
import polars as pl
from pytest_benchmark.fixture import BenchmarkFixture

from reports.worklist.worklists import write_worklists
from tests.reports.reports_night import exceptions_frame, make_night

ROWS, COLUMNS = 50_000, 18


def test_fifty_thousand_rows(benchmark: BenchmarkFixture, tmp_path):
    night = make_night(100)
    frame = exceptions_frame(ROWS, nasty=False).with_columns(
        unit_code=pl.lit("PPU"),
        rule_id=pl.lit("ORD-SUP-001"),
        state=pl.lit("open"),
        hidden_by=pl.lit(None, pl.String),
    )
    one = replace(night, exceptions=frame, due_soon=night.due_soon.clear())
    began = perf_counter()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Bare")
    for _ in range(ROWS):
        sheet.append(["a text of some length"] * COLUMNS)
    book.save(tmp_path / "floor.xlsx")
    floor = perf_counter() - began
    (written,) = benchmark.pedantic(write_worklists, (one, tmp_path / "list"), rounds=1)
    benchmark.extra_info["ratio"] = round(benchmark.stats.stats.max / floor, 2)
    assert written.rows == ROWS
