"""What a night keeps and for whom: modes, the ledger beside it, nights that may not be run."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from config.calendar import load_calendar
from config.errors import ConfigFaults, LedgerError, NightError, WrongUsage
from config.reference import load_reference
from config.settings import Settings, load_settings
from jobs.ledger import Ledger
from jobs.night import (
    NightResult,
    calendar_warnings,
    create_ledger,
    refuse_future,
    refuse_rehearsal,
    run_night,
    withdraw_night,
)
from jobs.trace import Progress
from tests.small_force import NIGHT, orders, settings_file, small_force, write_csv

LONDON = ZoneInfo("Europe/London")
QUIET = Progress(quiet=True)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def force(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, NightResult]:
    """A night that began with a umask that gives everything to everybody."""
    folder = tmp_path_factory.mktemp("force")
    write_csv(folder)
    before = os.umask(0)
    try:
        settings = small_force(folder)
        result = run_night(settings, NIGHT, QUIET)
        assert os.umask(0) == 0, "the caller gets back what it had"
    finally:
        os.umask(before)
    return settings, result


@pytest.fixture
def copy(force: tuple[Settings, NightResult], tmp_path: Path) -> Settings:
    """The force after its first night, for a test to change."""
    root = force[0].file.parent.parent
    shutil.copytree(root, tmp_path / "force")
    return load_settings(tmp_path / "force" / "config" / "orderwatch.toml")


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_everything_that_is_written_is_for_its_own_account(
    force: tuple[Settings, NightResult],
) -> None:
    data = force[0].data_dir
    files = {p: p.stat().st_mode & 0o777 for p in data.rglob("*") if p.is_file()}
    folders = {p: p.stat().st_mode & 0o777 for p in [data, *data.rglob("*")] if p.is_dir()}
    kinds = {path.suffix or path.name for path in files}
    assert {".xlsx", ".parquet", ".json", ".jsonl", ".sqlite", ".lock"} <= kinds
    assert any("history" in path.parts for path in files)
    assert {path: mode for path, mode in files.items() if mode != 0o600} == {}
    assert {path: mode for path, mode in folders.items() if mode != 0o700} == {}


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_the_side_files_of_the_ledger_are_too(force: tuple[Settings, NightResult]) -> None:
    ledger = Ledger.open(force[0].ledger_url, create=False)
    before = os.umask(0)
    try:
        with ledger.engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1 FROM runs")
            beside = list(force[0].data_dir.glob("ledger.sqlite-*"))
            assert {p.stat().st_mode & 0o777 for p in beside} == {0o600}
    finally:
        os.umask(before)


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_a_folder_that_was_there_is_told_and_left(copy: Settings) -> None:
    copy.data_dir.chmod(0o755)
    result = run_night(copy, NIGHT, QUIET)
    assert copy.data_dir.stat().st_mode & 0o777 == 0o755
    assert any("chmod 700" in line for line in result.warnings)
    log = (copy.data_dir / "logs" / "orderwatch.jsonl").read_text().splitlines()
    told = [line for line in map(json.loads, log) if line["event"] == "warning"]
    assert any("chmod 700" in line["said"] and line["level"] == "warning" for line in told)
    assert "chmod 700" not in (result.folder / "run.json").read_text()


def test_what_a_night_measured_is_counted(force: tuple[Settings, NightResult]) -> None:
    settings, result = force
    assert result.measured
    assert result.exit_code == 0, "what no source supplies is nothing of tonight"
    run = Ledger.open(settings.ledger_url, create=False).runs()[0]
    assert run.good
    assert run.exit_code == 0
    assert run.counts is not None
    assert (run.counts["sources"], run.counts["sources_held"]) == (2, 0)
    assert run.counts["rules_ran"] > 0
    assert run.counts["rules_not_supplied"] > 0
    assert f"{run.counts['rules_ran']} ran" in result.summary()


def test_a_night_with_every_source_held_is_told_as_such(copy: Settings) -> None:
    for file in copy.file.parent.parent.glob("in/*.csv"):
        file.unlink()
    result = run_night(copy, NIGHT + DAY, QUIET)
    assert (result.measured, result.exit_code) == (False, 4)
    assert "NOTHING WAS MEASURED" in result.summary()
    ledger = Ledger.open(copy.ledger_url, create=False)
    last = ledger.last_good_night()
    assert last is not None
    assert last.business_date == NIGHT
    assert ledger.latest_night() == NIGHT + DAY
    log = (copy.data_dir / "logs" / "orderwatch.jsonl").read_text().splitlines()
    held = [line for line in map(json.loads, log) if line["event"] == "source held"]
    assert {(line["source"], line["level"]) for line in held} == {
        ("rms_orders", "warning"),
        ("rms_conditions", "warning"),
    }


def test_settings_without_a_source_are_a_fault(tmp_path: Path) -> None:
    settings = load_settings(settings_file(tmp_path, sources=""))
    with pytest.raises(ConfigFaults, match=r"orderwatch\.toml: there is no \[\[source\]\]"):
        run_night(settings, NIGHT, QUIET)
    assert not settings.data_dir.exists()


@pytest.mark.parametrize("spoilt", ["deleted", "emptied"])
def test_a_ledger_that_is_gone_is_no_first_night(copy: Settings, spoilt: str) -> None:
    ledger = copy.data_dir / "ledger.sqlite"
    for beside in copy.data_dir.glob("ledger.sqlite-*"):
        beside.unlink()
    if spoilt == "deleted":
        ledger.unlink()
    else:
        ledger.write_bytes(b"")
    with pytest.raises(LedgerError, match=r"holds the night of 2026-11-24.*orderwatch ledger cre"):
        run_night(copy, NIGHT + DAY, QUIET)
    shutil.rmtree(copy.data_dir / "nights")
    with pytest.raises(LedgerError, match=r"holds the history of records"):
        run_night(copy, NIGHT + DAY, QUIET)
    assert not ledger.exists() or ledger.stat().st_size == 0
    assert "An empty ledger is at" in create_ledger(copy)
    assert Ledger.open(copy.ledger_url, create=False).latest_night() is None
    with pytest.raises(LedgerError, match="already; nothing was changed"):
        create_ledger(copy)


def test_a_night_after_tomorrow_is_refused() -> None:
    now = datetime(2026, 12, 1, 0, 30, tzinfo=LONDON)
    refuse_future(date(2026, 12, 2), now)
    for day in (date(2026, 12, 3), date(2027, 11, 24), date(9999, 12, 31)):
        with pytest.raises(WrongUsage, match="2026-12-02 is the latest that can be run"):
            refuse_future(day, now)


def test_the_night_itself_refuses_too(tmp_path: Path) -> None:
    settings = small_force(tmp_path)
    later = datetime.now(LONDON).date() + 2 * DAY
    with pytest.raises(WrongUsage, match="in the future"):
        run_night(settings, later, QUIET)
    assert not settings.data_dir.exists()


def test_a_rehearsal_is_never_where_the_true_nights_are(tmp_path: Path) -> None:
    own = small_force(tmp_path)
    elsewhere = load_settings(own.file, data_dir=tmp_path / "rehearsal")
    refuse_rehearsal(elsewhere, own)
    (tmp_path / "link").symlink_to(own.data_dir)
    for folder in (own.data_dir, own.data_dir / ".." / "var", tmp_path / "link"):
        with pytest.raises(WrongUsage, match="never for the folder of the true nights"):
            refuse_rehearsal(load_settings(own.file, data_dir=folder), own)
    shared = "postgresql://reader@127.0.0.1/ledger"
    with pytest.raises(WrongUsage, match="does not move"):
        refuse_rehearsal(
            elsewhere.model_copy(update={"ledger_url": shared}),
            own.model_copy(update={"ledger_url": shared}),
        )


def test_a_night_is_withdrawn_with_its_files(copy: Settings) -> None:
    """A rehearsed night of next year is taken out, and tomorrow's is as if it had not been."""
    root = copy.file.parent.parent
    later = NIGHT + 365 * DAY
    orders(30).write_csv(root / "in" / "orders.csv", datetime_format="%Y-%m-%dT%H:%M:%SZ")
    history = copy.data_dir / "history" / "orders"
    before = {p.name: p.read_bytes() for p in history.iterdir()}
    run_night(copy, later, QUIET, rehearsal=True)
    ledger = Ledger.open(copy.ledger_url, create=False)
    with pytest.raises(NightError, match=f"the latest is {later}"):
        withdraw_night(copy, NIGHT, by="operator", reason="wrong one")
    said = withdraw_night(copy, later, by="operator", reason="a mistyped year")
    assert f"The night of {later} is withdrawn" in said
    assert ledger.latest_night() == NIGHT
    assert {p.name: p.read_bytes() for p in history.iterdir()} == before
    assert not (copy.data_dir / "nights" / later.isoformat()).exists()
    (aside,) = (copy.data_dir / "nights").glob(f".withdrawn-{later}-*")
    assert (aside / "run.json").exists()
    log = (copy.data_dir / "logs" / "orderwatch.jsonl").read_text().splitlines()
    last = json.loads(log[-1])
    assert (last["event"], last["level"]) == ("night withdrawn", "warning")
    ledger.check_night(NIGHT + DAY)


def test_bank_holidays_that_run_out_are_told_a_year_ahead() -> None:
    reference = load_reference()
    until = load_calendar().published_until
    assert (until.month, until.day) == (12, 31)
    assert until.year >= 2028
    assert calendar_warnings(until - 366 * DAY, reference) == []
    (said,) = calendar_warnings(until - 365 * DAY, reference)
    assert f"up to 31 December {until.year} only" in str(said)
