"""How long a worklist of 50,000 rows takes: under 8 seconds on two cores."""

from dataclasses import replace

import polars as pl
import pytest

from reports.worklist import write_worklists
from tests.reports_night import exceptions_frame, make_night


@pytest.mark.benchmark(group="worklist")
def test_fifty_thousand_rows(benchmark, tmp_path):
    night = make_night(100)
    frame = exceptions_frame(50_000, nasty=False).with_columns(
        unit_code=pl.lit("PPU"),
        rule_id=pl.lit("ORD-SUP-001"),
        state=pl.lit("open"),
        hidden_by=pl.lit(None, pl.String),
    )
    one = replace(night, exceptions=frame, due_soon=night.due_soon.clear())
    (written,) = benchmark.pedantic(write_worklists, (one, tmp_path), rounds=1)
    assert written.rows == 50_000
    assert benchmark.stats.stats.max < 8
