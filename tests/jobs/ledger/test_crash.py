"""A real process killed in the middle of a night's transaction leaves the former night."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.ledger import Ledger
from tests.jobs.ledger.ledger_oracle import Seen, plain
from tests.jobs.ledger.test_store import contents, day, run_night
from tests.places import ROOT

FIRST_NIGHT = plain(R1_A=Seen("failing"), R1_B=Seen("failing"), R2_A=Seen("failing"))
SECOND_NIGHT = plain(
    R1_A=Seen("passing"), R1_B=Seen("failing", evidence=4), R1_C=Seen("failing"), R2_A=Seen("void")
)

#: Runs the second night and stops for good once it has written to the table named.
CHILD = """
import sys, time
import sqlalchemy as sa
from jobs.ledger import Ledger
from tests.jobs.ledger.test_crash import SECOND_NIGHT
from tests.jobs.ledger.test_store import day, run_night

url, words = sys.argv[1:]
ledger = Ledger.open(url)

@sa.event.listens_for(ledger.engine, "after_cursor_execute")
def stop(connection, cursor, statement, *rest):
    if words in statement:
        print("there", flush=True)
        time.sleep(600)

run_night(ledger, day(1), SECOND_NIGHT)
"""


@pytest.mark.parametrize(
    "words",
    [
        "DELETE FROM episodes",
        "INSERT INTO nights",
        "UPDATE episodes SET closed_on=",
        "INSERT INTO exceptions",
        "DROP TABLE",
    ],
)
@pytest.mark.parametrize("again", [False, True], ids=["first run", "re-run"])
def test_killed_in_mid_transaction(tmp_path: Path, words: str, again: bool) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    ledger = Ledger.open(url)
    run_night(ledger, day(0), FIRST_NIGHT)
    if again:
        run_night(ledger, day(1), plain(R1_A=Seen("failing")))
    before = contents(ledger)

    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, url, words],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "there\n"
        child.send_signal(signal.SIGKILL)

    assert contents(ledger) == before
    run_night(ledger, day(1), SECOND_NIGHT)

    undisturbed = Ledger.open(f"sqlite:///{tmp_path / 'undisturbed.sqlite'}")
    run_night(undisturbed, day(0), FIRST_NIGHT)
    run_night(undisturbed, day(1), SECOND_NIGHT)
    assert contents(ledger) == contents(undisturbed)
