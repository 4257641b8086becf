"""`orderwatch check --connect` says what a night would hold, and leaves nothing behind."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from config.errors import ConfigFaults
from config.settings import load_settings
from jobs.commands.check import check_everything
from jobs.ledger import Ledger
from jobs.night import today
from tests.jobs.ledger.ledger_oracle import Seen, plain
from tests.jobs.ledger.test_store import STARTED, run_night
from tests.small_force import ageless, orders, settings_file, small_force

THREE = """
[[source]]
name = "rms_orders"
records = "orders"
kind = "csv"
path = "in/orders.csv"
[[source]]
name = "rms_conditions"
records = "order_conditions"
kind = "csv"
path = "in/conditions.csv"
[[source]]
name = "court_inbox"
records = "court_feed"
kind = "csv"
path = "in/feed.csv"
"""


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_what_a_night_would_take_and_nothing_written(tmp_path: Path) -> None:
    settings = ageless(small_force(tmp_path))
    before = files(tmp_path)
    found = check_everything(settings.file, connect=True)
    assert not found.held
    assert "rms_orders: 60 rows" in found.text
    assert "A night would take all 2 sources. Nothing was written." in found.text
    assert "no past to compare with" in found.text
    assert files(tmp_path) == before


def test_one_bad_source_does_not_hide_the_others(tmp_path: Path) -> None:
    small_force(tmp_path)
    path = settings_file(tmp_path, sources=THREE)
    orders().drop("order_id").write_csv(tmp_path / "in" / "orders.csv")
    found = check_everything(path, connect=True)
    assert found.held
    assert "A night would hold 2 of 3 sources and end with 4" in found.text
    lines = found.text.splitlines()
    for name, next_ in (("rms_orders", "HELD"), ("court_inbox", "HELD")):
        at = next(n for n, line in enumerate(lines) if line.strip().startswith(f"{name}:"))
        assert next_ in lines[at + 1]
    assert any(line.startswith("  rms_conditions: 48 rows") for line in lines)


def test_rejects_are_counted_by_field_and_reason(tmp_path: Path) -> None:
    settings = small_force(tmp_path)
    csv = tmp_path / "in" / "orders.csv"
    text = csv.read_text().replace("2026-11-12,2026-11-12", "ZZMARK,2026-11-12", 3)
    csv.write_text(text.replace("HANLEY", "ZZUNIT", 2))
    found = check_everything(settings.file, connect=True)
    assert "rejects: 3 unreadable: orders.made_date" in found.text
    assert "rejects: 2 unmapped: orders.oic_unit" in found.text
    assert "ZZ" not in found.text.upper()


def test_the_past_of_a_ledger_is_asked_and_not_changed(tmp_path: Path) -> None:
    """Nine of ten rows are gone; only the past can tell."""
    from jobs.ledger import SourceNight

    settings = small_force(tmp_path)
    ledger = Ledger.open(settings.ledger_url)
    night = today(settings) - timedelta(days=1)
    world = plain(R1_A=Seen("failing"))
    run_night(ledger, night, world, run="one")
    ledger.finish_run("one", finished=STARTED, state="done", exit_code=0)
    from jobs.ledger import sources

    with ledger.engine.begin() as connection:
        delivered = SourceNight(night, "rms_orders", "orders", "accepted", rows=600)
        sources.record(connection, night, [delivered])
    before = (tmp_path / "var" / "ledger.sqlite").read_bytes()
    found = check_everything(settings.file, connect=True)
    assert found.held
    assert "no past" not in found.text
    assert "60 rows were read, where 600 are usual" in found.text
    assert (tmp_path / "var" / "ledger.sqlite").read_bytes() == before


def test_no_source_is_a_fault_among_the_others(tmp_path: Path) -> None:
    path = settings_file(tmp_path, sources="[thresholds]\npnc_hours = 3\n")
    with pytest.raises(ConfigFaults) as caught:
        check_everything(path, connect=False)
    assert "there is no [[source]]" in str(caught.value)
    assert "pnc_hours" in str(caught.value)


def test_a_stamp_whose_pattern_is_wrong_is_found(tmp_path: Path) -> None:
    settings = small_force(tmp_path)
    text = settings.file.read_text().replace(
        'path = "in/orders.csv"', 'path = "in/orders.csv"\nstamp = "filename:(a"'
    )
    settings.file.write_text(text)
    with pytest.raises(ConfigFaults, match="stamp"):
        check_everything(settings.file, connect=False)


def test_a_pattern_that_could_run_for_ever_is_found(tmp_path: Path) -> None:
    rule = """
- id: OWN-001
  version: 1
  title: Key of an odd form
  theme: recording
  dimension: validity
  severity: low
  records: orders
  expect:
    type: expect_column_values_to_match_regex
    column: order_id
    regex: '^(?=([A-Z0-9-]+)+!)x'
  shows: [order_id]
  basis: [{document: Own, item: one, says: so, verified: false}]
  fix: Mend it.
"""
    small_force(tmp_path)
    (tmp_path / "config" / "rules" / "facts").mkdir(parents=True)
    (tmp_path / "config" / "rules" / "own.yaml").write_text(rule)
    path = settings_file(tmp_path, sources='rules = "config/rules"\n' + THREE)
    with pytest.raises(ConfigFaults, match=r"rules/own\.yaml:\d+: .*look-ahead") as caught:
        check_everything(path, connect=False)
    assert len(caught.value.faults) == 1
    load_settings(path)


@pytest.mark.parametrize(
    "text",
    ["- id: A\n  x: " + "[" * 5_000 + "\n", "- id: A\n  x: &s [1, *s]\n"],
)
def test_rules_that_ask_for_too_much_are_faults(tmp_path: Path, text: str) -> None:
    small_force(tmp_path)
    (tmp_path / "config" / "rules" / "facts").mkdir(parents=True)
    (tmp_path / "config" / "rules" / "own.yaml").write_text(text)
    path = settings_file(tmp_path, sources='rules = "config/rules"\n' + THREE)
    with pytest.raises(ConfigFaults, match=r"rules/own\.yaml:2: this is more than is read"):
        check_everything(path, connect=False)
