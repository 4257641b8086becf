"""The demonstration: a synthetic force, three nights of it, and what to open."""

from __future__ import annotations

import shutil
from pathlib import Path

from config.errors import NightError
from config.settings import load_settings
from jobs.demo import make_force
from jobs.night import NightResult, run_night, writable
from jobs.trace import Progress

#: Marks a folder that a demonstration made, so that no other folder is ever emptied.
_MARK = ".orderwatch-demo"


def run_demo(folder: Path, progress: Progress) -> str:
    """Make the force and run its nights.

    Args:
        folder: Where it is made; an earlier demonstration there is replaced.
        progress: Where to tell what is being done.

    Returns:
        What was done and which files to open.

    Raises:
        NightError: The folder holds something that is not a demonstration.
    """
    folder = folder.resolve()
    with writable(folder):
        foreign = folder.exists() and any(folder.iterdir()) and not (folder / _MARK).exists()
    if foreign:
        raise NightError(
            f"{folder} holds files that no demonstration made; name an empty folder with --data-dir"
        )
    with writable(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _MARK).touch()
        return _made(folder, progress)


def _made(folder: Path, progress: Progress) -> str:
    with progress.step("make", "a synthetic force") as step:
        force = make_force(folder)
        step.said = f"{len(force.plants)} faults planted"
    results: list[NightResult] = []
    for i, night in enumerate(force.nights):
        progress.say(
            f"\nNight {night.number} of {len(force.nights)}: {night.business_date:%-d %B %Y}"
        )
        with progress.step("write", "the extracts of the night"):
            force.write(i)
        settings = load_settings(force.settings)
        results.append(run_night(settings, night.business_date, progress, rehearsal=True))
    return "\n".join([_story(results), "", _to_open(folder, results[-1])])


def _story(results: list[NightResult]) -> str:
    lines = ["", "What happened:"]
    for result in results:
        moved = result.movements
        lines.append(
            f"  {result.business_date:%-d %B %Y}: {moved.opened} exceptions opened, "
            f"{moved.fixed} fixed, {moved.withdrawn_from_source} withdrawn from source, "
            f"{result.open} open"
        )
        lines += [f"    held: {name}: {why}" for name, why in result.held_sources.items()]
    return "\n".join(lines)


def _to_open(folder: Path, last: NightResult) -> str:
    pack = next((last.folder / "pcc").glob("*.xlsx"))
    lists = sorted((last.folder / "worklists").rglob("*.xlsx"))
    longest = max(lists, key=lambda path: path.stat().st_size)
    return "\n".join(
        [
            "What to open:",
            f"  the scrutiny pack:        {pack}",
            f"  a unit's worklist:        {longest}",
            f"  the other {len(lists) - 1} worklists:   {last.folder / 'worklists'}",
            f"  the faults planted:       {folder / 'planted_faults.csv'}",
            f"  what is known of the run: {last.folder / 'run.json'}",
            "",
            "Next: read docs/rulebook.md for what was tested, docs/sources.md to put in your own "
            "records.",
        ]
    )
