"""A night, run for real on files, with the ledger and the reports that it leaves."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from config.errors import AnotherRunHoldsTheLock, NightError
from config.sentences import say
from config.settings import load_settings
from jobs.ledger import Ledger
from jobs.night import examine, intake
from jobs.night.run import run_night
from jobs.trace.progress import Progress
from tests.jobs.night.killed import KILLED
from tests.small_force import NIGHT, orders, settings_file, small_force, write_csv

QUIET = Progress(quiet=True)


def listing(folder: Path) -> pl.DataFrame:
    return pl.read_parquet(folder / "exceptions.parquet")


def fingerprints(folder: Path) -> dict[str, str]:
    """Every file of a night by its content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def ledger_rows(settings_path: Path) -> dict[str, list[tuple[object, ...]]]:
    """What the ledger says of every night, whatever the runs were called."""
    ledger = Ledger.open(load_settings(settings_path).ledger_url)
    night = ledger.latest_night()
    assert night is not None
    return {
        "exceptions": ledger.exceptions_on(night).rows(),
        "history": ledger.history(night - timedelta(days=30)).rows(),
        "outcomes": ledger.outcomes_on(night).rows(),
    }


def test_a_night_finds_what_is_wrong_and_nothing_else(tmp_path: Path) -> None:
    result = run_night(small_force(tmp_path), NIGHT, QUIET)
    found = listing(result.folder)
    no_conditions = found.filter(pl.col("rule_id") == "ORD-REC-012")
    swapped = found.filter(pl.col("rule_id") == "ORD-REC-004")
    live = [n for n in range(60) if n % 7]
    assert set(no_conditions["record_key"]) == {f"ORD-{n:04}" for n in live if n % 5 == 0}
    assert set(swapped["record_key"]) == {f"ORD-{n:04}" for n in range(0, 60, 7)}
    run = json.loads((result.folder / "run.json").read_text())
    assert run["state"] == "done"
    assert run["rules"]["ORD-REC-012"]["outcome"] == "ran"
    assert run["rules"]["ORD-SUP-003"]["outcome"] == "not_supplied"


def test_a_night_run_twice_is_the_same_night(tmp_path: Path) -> None:
    settings = small_force(tmp_path)
    first = run_night(settings, NIGHT, QUIET)
    files, rows = fingerprints(first.folder), ledger_rows(settings.file)
    second = run_night(settings, NIGHT, QUIET)
    assert fingerprints(second.folder) == files
    assert ledger_rows(settings.file) == rows


def test_what_was_entered_until_the_last_source_was_read_is_not_in_the_future(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_at = datetime(2061, 11, 24, 3, tzinfo=UTC)
    monkeypatch.setattr(
        intake,
        "examine",
        lambda *given, **how: replace(examine(*given, **how), pulled_at=read_at),
    )
    settings = small_force(tmp_path)
    saved = {"ORD-0001": timedelta(minutes=5), "ORD-0002": timedelta(minutes=6)}
    orders().with_columns(
        pl.coalesce(
            *(pl.when(pl.col("order_id") == key).then(read_at + by) for key, by in saved.items()),
            "updated_ts",
        ).alias("updated_ts")
    ).write_csv(tmp_path / "in" / "orders.csv", datetime_format="%Y-%m-%dT%H:%M:%SZ")
    found = listing(run_night(settings, NIGHT, QUIET).folder)
    ahead = found.filter(pl.col("rule_id") == "ORD-REC-009")
    assert ahead["record_key"].to_list() == ["ORD-0002"]


def test_a_reason_is_asked_only_of_the_source_that_has_a_field_for_it(tmp_path: Path) -> None:
    notices = pl.DataFrame(
        {
            "order_type": ["DVPN"],
            "force_role": ["applicant"],
            "status": ["issued"],
            "issued_ts": ["2026-11-20T10:00:00Z"],
            "created_ts": ["2026-11-20T11:00:00Z"],
            "child_welfare_considered": ["no"],
            "victim_opinion_sought": ["yes"],
            "representations_considered": ["yes"],
        }
    )
    (tmp_path / "in").mkdir()
    notices.with_columns(order_id=pl.lit("R1"), child_welfare_reason_recorded=None).write_csv(
        tmp_path / "in" / "rms.csv"
    )
    notices.with_columns(order_id=pl.lit("L1")).write_csv(tmp_path / "in" / "legal.csv")
    sources = "".join(
        f'[[source]]\nname = "{name}"\nrecords = "orders"\nkind = "csv"\npath = "in/{name}.csv"\n'
        for name in ("rms", "legal")
    )
    settings = load_settings(settings_file(tmp_path, sources=sources))
    found = listing(run_night(settings, NIGHT, QUIET).folder)
    failed = found.filter(pl.col("rule_id") == "ORD-GOV-008")
    assert failed["record_key"].to_list() == ["R1"]


def test_the_next_night_opens_fixes_and_withdraws(tmp_path: Path) -> None:
    settings = small_force(tmp_path)
    run_night(settings, NIGHT, QUIET)
    changed = (
        orders()
        .filter(pl.col("order_id") != "ORD-0007")  # gone from the source
        .with_columns(
            pl.when(pl.col("order_id") == "ORD-0014")  # put right
            .then(pl.date(2026, 12, 9))
            .when(pl.col("order_id") == "ORD-0001")  # newly wrong
            .then(pl.date(2026, 11, 2))
            .otherwise("end_date")
            .alias("end_date"),
            pl.when(pl.col("order_id") == "ORD-0021")  # entered in error
            .then(pl.lit("void"))
            .otherwise("status")
            .alias("status"),
            pl.col("updated_ts") + timedelta(days=1),
        )
    )
    changed.write_csv(tmp_path / "in" / "orders.csv", datetime_format="%Y-%m-%dT%H:%M:%SZ")
    result = run_night(settings, NIGHT + timedelta(days=1), QUIET)
    states = dict(
        listing(result.folder)
        .filter(pl.col("rule_id") == "ORD-REC-004")
        .select("record_key", "state")
        .iter_rows()
    )
    assert states["ORD-0007"] == "withdrawn_from_source"
    assert states["ORD-0014"] == "fixed"
    assert states["ORD-0021"] == "withdrawn_from_source"
    assert states["ORD-0001"] == "open"
    assert states["ORD-0028"] == "open"


def test_a_source_that_is_missing_is_held_and_closes_nothing(tmp_path: Path) -> None:
    settings = small_force(tmp_path)
    before = run_night(settings, NIGHT, QUIET)
    opened = listing(before.folder).filter(pl.col("records") == "orders")
    (tmp_path / "in" / "orders.csv").unlink()
    result = run_night(settings, NIGHT + timedelta(days=1), QUIET)
    assert result.held
    assert "rms_orders" in result.held_sources
    still = listing(result.folder).filter(pl.col("records") == "orders")
    assert set(still["state"]) == {"open"}
    assert still.select("rule_id", "record_key").equals(opened.select("rule_id", "record_key"))
    run = json.loads((result.folder / "run.json").read_text())
    assert run["rules"]["ORD-REC-004"]["outcome"] == "held"


def test_a_short_delivery_is_held(tmp_path: Path) -> None:
    settings = small_force(tmp_path)
    run_night(settings, NIGHT, QUIET)
    orders().head(20).write_csv(
        tmp_path / "in" / "orders.csv", datetime_format="%Y-%m-%dT%H:%M:%SZ"
    )
    result = run_night(settings, NIGHT + timedelta(days=1), QUIET)
    assert "20 rows" in result.held_sources["rms_orders"]
    gates = listing(result.folder).filter(pl.col("records") == "sources")
    assert ("DAT-REC-001", "rms_orders") in gates.select("rule_id", "record_key").rows()


def test_what_a_gate_warns_of_is_told_and_holds_nothing(tmp_path: Path) -> None:
    """A column that no mapping reads, on the night on which it comes and not before or after."""
    settings = small_force(tmp_path)
    nights = [run_night(settings, NIGHT, QUIET)]
    for later in (1, 2):
        changed = pl.col("updated_ts") + timedelta(days=later)
        more = orders().with_columns(changed, pl.lit("x").alias("Remarks"))
        more.write_csv(tmp_path / "in" / "orders.csv", datetime_format="%Y-%m-%dT%H:%M:%SZ")
        nights.append(run_night(settings, NIGHT + timedelta(days=later), QUIET))
    line = f"rms_orders: {say('gates.columns_new', columns=1)}"
    assert [line in night.warnings for night in nights] == [False, True, False]
    assert f"Warning: {line}" in nights[1].summary()
    assert line in json.loads((nights[1].folder / "run.json").read_text())["warnings"]
    assert [night.held_sources for night in nights] == [{}, {}, {}]


def test_what_a_gate_found_stays_open_while_the_source_is_missing(tmp_path: Path) -> None:
    settings = small_force(tmp_path)
    twice = pl.concat([orders(), orders().head(1)])
    path = tmp_path / "in" / "orders.csv"
    twice.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%SZ")
    run_night(settings, NIGHT, QUIET)
    path.unlink()
    result = run_night(settings, NIGHT + timedelta(days=1), QUIET)
    found = listing(result.folder).filter(pl.col("rule_id") == "DAT-REC-004")
    assert found.select("record_key", "state").rows() == [("rms_orders", "open")]


def test_an_earlier_night_is_refused(tmp_path: Path) -> None:
    settings = small_force(tmp_path)
    run_night(settings, NIGHT, QUIET)
    with pytest.raises(NightError, match=r"24 November 2026|2026-11-24"):
        run_night(settings, NIGHT - timedelta(days=1), QUIET)


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    from filelock import FileLock

    settings = small_force(tmp_path)
    settings.data_dir.mkdir(parents=True)
    with (
        FileLock(settings.data_dir / ".lock"),
        pytest.raises(AnotherRunHoldsTheLock, match="another run"),
    ):
        run_night(settings, NIGHT, QUIET)


def two_nights(folder: Path, kill: tuple[str, str] | None = None) -> Path:
    """Two nights, the second put right in part; if `kill` says so, killed and run again."""
    after = NIGHT + timedelta(days=1)
    settings = small_force(folder)
    run_night(settings, NIGHT, QUIET)
    orders().with_columns(
        pl.when(pl.col("order_id") == "ORD-0014")
        .then(pl.date(2026, 12, 9))
        .otherwise("end_date")
        .alias("end_date"),
        pl.col("updated_ts") + timedelta(days=1),
    ).write_csv(folder / "in" / "orders.csv", datetime_format="%Y-%m-%dT%H:%M:%SZ")
    if kill:
        died = subprocess.run(
            [sys.executable, "-c", KILLED, str(settings.file), *kill, after.isoformat()],
            capture_output=True,
            check=False,
        )
        assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    return run_night(settings, after, QUIET).folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], object]:
    folder = tmp_path_factory.mktemp("undisturbed")
    night = two_nights(folder)
    return folder, fingerprints(night), ledger_rows(folder / "config" / "orderwatch.toml")


@pytest.mark.parametrize(
    ("when", "stage"),
    [
        ("after", "pull"),
        ("before", "evaluate"),
        ("before", "reconcile"),
        ("after", "reconcile"),
        ("after", "report"),
        ("during", "rename"),
    ],
)
def test_a_night_that_is_killed_can_be_run_again(
    tmp_path: Path, when: str, stage: str, undisturbed: tuple[Path, dict[str, str], object]
) -> None:
    """After a re-run all is as if nobody had pulled the plug."""
    night = two_nights(tmp_path, kill=(when, stage))
    _, files, rows = undisturbed
    assert fingerprints(night) == files
    assert ledger_rows(tmp_path / "config" / "orderwatch.toml") == rows
    assert sorted(path.name for path in night.parent.iterdir()) == ["2026-11-24", "2026-11-25"]


def test_no_room_to_write_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    settings = small_force(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("jobs.night.run.write_json", full)
    with pytest.raises(NightError, match=r"No space left.*run the night again"):
        run_night(settings, NIGHT, QUIET)
    assert not (settings.data_dir / "nights" / NIGHT.isoformat()).exists()
    write_csv(tmp_path)
    monkeypatch.undo()
    assert run_night(settings, NIGHT, QUIET).folder.exists()
