"""The log: a line is when, how grave and what, whatever its facts are called."""

from __future__ import annotations

import json
import logging
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from jobs.trace import log, log_to


@pytest.mark.parametrize("name", ["at", "error"])
def test_a_fact_never_takes_the_place_of_a_part_of_the_line(tmp_path: Path, name: str) -> None:
    log_to(tmp_path)
    try:
        raise ValueError("words of a record")
    except ValueError:
        logging.getLogger("orderwatch").exception(
            "something failed", extra={"facts": {name: "02:30", "rows": 3}}
        )
    log("scheduler started", **{name: "02:30"})
    lines = (tmp_path / "logs" / "orderwatch.jsonl").read_text().splitlines()
    first, second = map(json.loads, lines)
    assert first["facts"] == {name: "02:30"}
    assert first["rows"] == 3
    assert first["error"] == "ValueError"
    assert "words of a record" not in json.dumps(first)
    for line, level in ((first, "error"), (second, "info")):
        assert abs((datetime.now(UTC) - datetime.fromisoformat(line["at"])).total_seconds()) < 60
        assert line["level"] == level
    assert second["event"] == "scheduler started"


def test_facts_stand_under_their_own_names(tmp_path: Path) -> None:
    log_to(tmp_path)
    log("night done", level=logging.WARNING, business_date=date(2026, 11, 24), exit_code=4)
    line = json.loads((tmp_path / "logs" / "orderwatch.jsonl").read_text())
    assert (line["level"], line["business_date"], line["exit_code"]) == ("warning", "2026-11-24", 4)
    assert "facts" not in line
