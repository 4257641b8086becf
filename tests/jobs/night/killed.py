"""A night that dies at a step, as by a power cut: a program to run in a process of its own."""

#: Called with the settings file, `before` or `after`, the step, and the business date.
KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
from config.settings import load_settings
from jobs.night import run as nightly
from jobs.trace import progress

when, stage = sys.argv[2], sys.argv[3]

class Dying(progress.Progress):
    from contextlib import contextmanager

    @contextmanager
    def step(self, name, what=""):
        if (when, stage) == ("before", name):
            os.kill(os.getpid(), signal.SIGKILL)
        yield progress.Step()
        if (when, stage) == ("after", name):
            os.kill(os.getpid(), signal.SIGKILL)

if stage == "rename":
    def die(self, target):
        os.kill(os.getpid(), signal.SIGKILL)
    Path.rename = die

if __name__ == "__main__":
    nightly.run_night(load_settings(Path(sys.argv[1])), date.fromisoformat(sys.argv[4]), Dying())
"""
#: The steps at which a night may die.
STAGES = (
    ("before", "evaluate"),
    ("before", "reconcile"),
    ("after", "reconcile"),
    ("after", "report"),
    ("during", "rename"),
)
