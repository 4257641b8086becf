"""The installed command, as an operator uses it and as it answers mistakes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jobs.commands.check import check_everything
from jobs.ledger import Ledger
from tests.small_force import NIGHT, ageless, settings_file, small_force, write_csv

COMMAND = [sys.executable, "-c", "from jobs.cli import main; main()"]


def orderwatch(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )


def test_a_night_says_what_it_does_and_what_came_of_it(tmp_path: Path) -> None:
    settings = small_force(tmp_path)
    ran = orderwatch("run", "--config", str(settings.file), "--business-date", NIGHT.isoformat())
    assert ran.returncode == 0, ran.stderr
    assert "rms_orders  60 rows" in ran.stderr
    assert "Night of 24 November 2026 done." in ran.stdout
    assert "Scrutiny pack:" in ran.stdout
    log = (tmp_path / "var" / "logs" / "orderwatch.jsonl").read_text().splitlines()
    events = [json.loads(line)["event"] for line in log]
    assert events[0] == "night started"
    assert events[-1] == "night done"


def test_a_held_source_ends_with_code_four(tmp_path: Path) -> None:
    settings = small_force(tmp_path)
    (tmp_path / "in" / "conditions.csv").unlink()
    ran = orderwatch("run", "--config", str(settings.file), "--business-date", NIGHT.isoformat())
    assert ran.returncode == 4, ran.stderr
    assert "Held: rms_conditions: no file is at the path" in ran.stdout


def test_wrong_settings_end_with_code_two_and_every_fault(tmp_path: Path) -> None:
    path = settings_file(
        tmp_path,
        sources='[schedule]\nat = "01:30"\n[[source]]\nname = "x"\nrecords = "orders"\n'
        'kind = "cvs"\npath = "a"\n',
    )
    ran = orderwatch("run", "--config", str(path))
    assert ran.returncode == 2
    assert "2 faults" in ran.stderr
    assert "orderwatch.toml:5" in ran.stderr
    assert "orderwatch.toml:9" in ran.stderr
    assert "orderwatch check" in ran.stderr


def test_a_settings_file_that_is_not_there(tmp_path: Path) -> None:
    ran = orderwatch("run", "--config", str(tmp_path / "nowhere.toml"))
    assert ran.returncode == 2
    assert "nowhere.toml: there is no such file" in ran.stderr


def test_a_wrong_date_is_wrong_usage(tmp_path: Path) -> None:
    ran = orderwatch("run", "--business-date", "24/11/2026")
    assert ran.returncode == 2
    assert "write it as" in ran.stderr


def test_a_ledger_that_cannot_be_reached_is_said_without_its_password(tmp_path: Path) -> None:
    settings = small_force(tmp_path)
    url = "postgresql+psycopg://reader:hidden-word@127.0.0.1:1/ledger"
    ran = orderwatch("run", "--config", str(settings.file), ORDERWATCH_LEDGER_URL=url)
    assert ran.returncode == 1
    assert "127.0.0.1" in ran.stderr
    assert "hidden-word" not in ran.stderr + ran.stdout
    assert "Traceback" not in ran.stderr


def test_check_finds_everything_at_once(tmp_path: Path) -> None:
    write_csv(tmp_path)
    mapping = tmp_path / "config" / "sources" / "mine.toml"
    mapping.parent.mkdir(parents=True)
    mapping.write_text('records = "orders"\n[fields]\norder_id = "REF"\nmade_day = "MADE"\n')
    own = tmp_path / "config" / "rules"
    own.mkdir()
    (own / "own.yaml").write_text("- id: OWN-1\n  version: 1\n  title: no basis\n")
    (own / "facts").mkdir()
    path = settings_file(
        tmp_path,
        sources='rules = "config/rules"\n[thresholds]\npnc_hours = 3\n[[source]]\nname = "x"\n'
        'records = "orders"\nkind = "csv"\npath = "in/orders.csv"\nmapping = "mine.toml"\n',
    )
    found = orderwatch("check", "--config", str(path))
    assert found.returncode == 2
    assert "pnc_hours" in found.stderr
    path.write_text(path.read_text().replace("pnc_hours", "pnc_h"))
    found = orderwatch("check", "--config", str(path))
    assert "own.yaml:1" in found.stderr
    assert "made_day" in found.stderr
    assert "mine.toml:4" in found.stderr


def test_a_unit_that_an_active_rule_sends_to_must_be_named(tmp_path: Path) -> None:
    settings = small_force(tmp_path)
    file = settings.file
    good = file.read_text()
    file.write_text(good.replace('fallback_unit = "PPU"', 'fallback_unit = ""'))
    line = file.read_text().splitlines().index('fallback_unit = ""') + 1
    found = orderwatch("run", "--business-date", "2026-11-24", "--config", str(file))
    assert found.returncode == 2
    assert f"orderwatch.toml:{line}: threshold `fallback_unit` names no unit" in found.stderr
    assert "ORD-SUP-009, ORD-SUP-009b" in found.stderr
    assert not (tmp_path / "var" / "nights").exists()
    file.write_text(good.replace('feed_owner_unit = "PNC"\n', ""))
    found = orderwatch("check", "--config", str(file))
    assert found.returncode == 2
    assert re.search(r"thresholds\.toml:\d+: threshold `feed_owner_unit`", found.stderr)
    assert "ORD-INF-013, ORD-INF-014" in found.stderr


@pytest.mark.parametrize("status", ["retired", "trial"])
def test_a_unit_that_no_active_rule_sends_to_may_be_missing(tmp_path: Path, status: str) -> None:
    file = small_force(tmp_path).file
    file.write_text(
        file.read_text().replace('fallback_unit = "PPU"\n', "")
        + f'[rule_status]\n"ORD-SUP-009" = "{status}"\n"ORD-SUP-009b" = "{status}"\n'
    )
    assert "No fault found" in check_everything(file, connect=False).text


def test_check_of_good_settings_connects_only_when_asked(tmp_path: Path) -> None:
    settings = ageless(small_force(tmp_path))
    (tmp_path / "in" / "conditions.csv").unlink()
    assert orderwatch("check", "--config", str(settings.file)).returncode == 0
    connected = orderwatch("check", "--connect", "--config", str(settings.file))
    assert connected.returncode == 4
    assert "rms_orders: 60 rows" in connected.stdout
    assert "rms_conditions: not read\n    HELD: no file is at the path" in connected.stdout
    assert "A night would hold 1 of 2 sources and end with 4" in connected.stdout
    assert not settings.data_dir.exists()


def test_status_says_when_the_last_good_night_was(tmp_path: Path) -> None:
    settings = ageless(small_force(tmp_path))
    never = orderwatch("status", "--config", str(settings.file))
    assert never.returncode == 1
    night = datetime.now(ZoneInfo("Europe/London")).date() - timedelta(days=1)
    orderwatch("run", "--config", str(settings.file), "--business-date", night.isoformat())
    good = orderwatch("status", "--config", str(settings.file))
    recorded = Ledger.open(settings.ledger_url).last_good_night()
    assert recorded is not None
    assert f"{night:%-d %B %Y}" in good.stdout
    path = settings.file
    path.write_text(path.read_text() + "[schedule]\nstale_after_h = 1\n")
    stale = orderwatch("status", "--config", str(path))
    assert stale.returncode == 1
    assert "more than 1 hours" in stale.stdout


def test_rules_are_listed_and_shown_whole(tmp_path: Path) -> None:
    listed = orderwatch("rules")
    assert listed.returncode == 0
    assert "ORD-GOV-001" in listed.stdout
    shown = orderwatch("rules", "ord-gov-005")
    assert "48 hours" in shown.stdout
    assert "Source:" in shown.stdout


def test_rules_are_exported_as_a_page_and_as_a_table(tmp_path: Path) -> None:
    page, table = tmp_path / "rules.md", tmp_path / "rules.csv"
    assert orderwatch("rules", "--export", str(page)).returncode == 0
    assert "### ORD-GOV-005" in page.read_text()
    said = orderwatch("rules", "--export", str(table))
    rows = table.read_text().splitlines()
    assert rows[0].startswith("rule_id,version,title")
    assert f"{sum(r.startswith(('ORD-', 'BRE-', 'DAT-')) for r in rows)} rules" in said.stdout
    wrong = orderwatch("rules", "--export", str(tmp_path / "rules.pdf"))
    assert wrong.returncode == 2
    assert "neither .md" in wrong.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("rules", "ORD-INF-999"), "there is no rule ORD-INF-999"),
        (("rules", "--theme", "x"), "no rule has the theme `x`"),
        (("profile", "nowhere.csv"), "nowhere.csv: there is no such file"),
        (("profile", "nowhere.csv", "--records", "order"), "did you mean orders"),
        (("run", "--business-date", "2999-11-24"), "is in the future"),
        (("run", "--allow-future"), "never for the folder of the true nights"),
        (("ledger", "withdraw-night", "2026-11-24"), "--by"),
        (("ledger", "withdraw-night", "24/11", "--by", "x", "--reason", "y"), "write it as"),
    ],
)
def test_what_cannot_be_meant_ends_with_code_two(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    ran = orderwatch(*words, ORDERWATCH_DATA_DIR=str(tmp_path / "var"))
    assert ran.returncode == 2, ran.stderr
    assert said in " ".join(ran.stderr.replace("│", " ").split())
    assert not (tmp_path / "var").exists()


def test_it_says_its_version() -> None:
    ran = orderwatch("--version")
    assert (ran.returncode, ran.stdout) == (0, f"orderwatch {version('orderwatch')}\n")


def test_no_source_is_wrong_settings(tmp_path: Path) -> None:
    path = settings_file(tmp_path, sources="")
    for command in ("run", "check", "schedule"):
        ran = orderwatch(command, "--config", str(path))
        assert ran.returncode == 2, command
        assert "there is no [[source]]" in ran.stderr


def test_a_ledger_is_made_knowingly_and_a_night_withdrawn(tmp_path: Path) -> None:
    settings = small_force(tmp_path)
    given = ("--config", str(settings.file))
    assert orderwatch("ledger", "create", *given).returncode == 0
    again = orderwatch("ledger", "create", *given)
    assert again.returncode == 1
    assert "already" in again.stderr
    night = ("ledger", "withdraw-night", NIGHT.isoformat(), "--by", "me", "--reason", "a test")
    none = orderwatch(*night, *given)
    assert none.returncode == 1
    assert "the ledger has no night" in none.stderr
    assert orderwatch("run", *given, "--business-date", NIGHT.isoformat()).returncode == 0
    done = orderwatch(*night, *given)
    assert done.returncode == 0
    assert "The night of 2026-11-24 is withdrawn" in done.stdout


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_schedule_makes_good_what_was_missed_and_stops_when_told(
    tmp_path: Path, stop: signal.Signals
) -> None:
    settings = ageless(small_force(tmp_path))
    served = subprocess.Popen(
        [*COMMAND, "schedule", "--config", str(settings.file)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    log = tmp_path / "var" / "logs" / "orderwatch.jsonl"
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if log.exists() and "scheduler started" in log.read_text():
            break
        time.sleep(0.2)
    served.send_signal(stop)
    said = served.communicate(timeout=60)
    assert served.returncode == 0, said
    assert "Next night: " in said[1]
    assert "Stopped." in said[1]
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert [e["event"] for e in events if e["event"].startswith("night")] == [
        "night caught up",
        "night started",
        "night done",
    ]
    last = Ledger.open(settings.ledger_url).last_good_night()
    assert last is not None
    assert date.today() - last.business_date <= timedelta(days=1)
