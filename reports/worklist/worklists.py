"""The worklists: for each unit one workbook of what to put right, with places for its answers.

A record that is restricted is only ever in the worklist of a restricted unit, in its own folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from reports.excel import Failure, Maker, Properties, Sheet, WrittenFile, write_workbook
from reports.night import ReportNight
from reports.routing import UNALLOCATED, routed
from reports.text import file_word, uk_date
from reports.worklist.data_manager import DATA_TEAM
from reports.worklist.sheets import Unit, standing, worklist_sheets

#: The folder of restricted units.
RESTRICTED_FOLDER: Final = "_restricted"

#: Rows of one workbook; a longer list goes on in further parts.
PART_ROWS: Final = 200_000


def write_worklists(
    night: ReportNight, folder: Path, failures: list[Failure] | None = None
) -> list[WrittenFile]:
    """Write a worklist for each unit that has something to do, into `folder/<unit>/`.

    Lists are sorted by urgency: overdue first, then by severity, due time and age. Only open,
    listed exceptions of active rules are in them.

    Args:
        night: The night.
        folder: The folder of the worklists.
        failures: Where to say what could not be made; without it, the first failure is raised.
    """
    listed = routed(night, night.exceptions.filter(pl.col("state") == "open"))
    soon = routed(night, night.due_soon)
    names = {
        code: (name, bool(restricted))
        for code, name, restricted in night.units.select(
            "unit_code", "name", "restricted"
        ).iter_rows()
    }
    written: list[WrittenFile] = []
    folders: set[str] = set()
    pairs = pl.concat([frame.select("_unit", "_restricted") for frame in (listed, soon)])
    for code, restricted in pairs.unique().sort("_restricted", "_unit").iter_rows():
        name, own = names.get(code, ("Unit not known" if code == UNALLOCATED else code, False))
        unit = Unit(code, name, restricted or own)
        mine = (pl.col("_unit") == code) & (pl.col("_restricted") == restricted)
        place = _folder(unit, folders)
        try:
            written += _write_unit(
                night, unit, listed.filter(mine), soon.filter(mine), folder / place, failures
            )
        except OSError:
            raise
        except Exception as error:
            if failures is None:
                raise
            failures.append(Failure(unit.code, None, type(error)))
    return written


def _folder(unit: Unit, taken: set[str]) -> Path:
    """The folder of a unit: no two units share one, also where case does not count."""
    word = file_word(unit.code)
    name, number = word, 2
    # The data manager's workbook lies where the data team's own worklist would.
    theirs = set() if unit.code == DATA_TEAM else {f"{False}{DATA_TEAM}"}
    while (key := f"{unit.restricted}{name.lower()}") in taken | theirs:
        name, number = f"{word}-{number}", number + 1
    taken.add(key)
    return Path(RESTRICTED_FOLDER, name) if unit.restricted else Path(name)


def _write_unit(
    night: ReportNight,
    unit: Unit,
    listed: pl.DataFrame,
    soon: pl.DataFrame,
    folder: Path,
    failures: list[Failure] | None,
) -> list[WrittenFile]:
    parts = max(1, -(-listed.height // PART_ROWS))
    written = []
    for part in range(parts):
        rows = listed.slice(part * PART_ROWS, PART_ROWS)
        written.append(_write_part(night, unit, rows, soon, folder, (part + 1, parts), failures))
    return written


def _write_part(
    night: ReportNight,
    unit: Unit,
    rows: pl.DataFrame,
    soon: pl.DataFrame,
    folder: Path,
    part: tuple[int, int],
    failures: list[Failure] | None,
) -> WrittenFile:
    settings = night.settings
    marking = settings.worklist_marking
    title = f"Worklist of {unit.name}, {uk_date(night.business_date)}"
    suffix = ""
    if part[1] > 1:
        title += f", part {part[0]} of {part[1]}"
        suffix = f"_part-{part[0]}-of-{part[1]}"
    maker = None if failures is None else Maker(unit.code, failures)
    sheets = worklist_sheets(night, unit, title, rows, soon, maker)
    name = (
        f"{file_word(marking)}_worklist_{file_word(unit.code)}"
        f"_{night.business_date.isoformat()}{suffix}.xlsx"
    )
    properties = Properties(
        title=title,
        subject="Records to put right at source",
        author=settings.contact,
        marking=marking,
        status="Final",
        written=night.asof,
        others={
            "Business date": night.business_date.isoformat(),
            "Unit": unit.code,
            **({"Run": settings.run_id} if settings.run_id else {}),
        },
    )
    path = folder / name

    def instead(sheet: Sheet, error: Exception) -> Sheet:
        if maker is None:
            raise error
        return maker.instead(sheet.name, error, standing(night, unit))

    return WrittenFile(path, write_workbook(path, properties, sheets, instead), rows.height)
