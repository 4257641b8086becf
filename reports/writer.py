"""Every report of a night, written into a folder."""

from __future__ import annotations

from pathlib import Path

from reports.excel import WrittenFile
from reports.night import ReportNight
from reports.pcc import write_pack
from reports.worklist import write_worklists


def write_reports(night: ReportNight, folder: Path) -> list[WrittenFile]:
    """Write the scrutiny pack into `folder/pcc` and the worklists into `folder/worklists/<unit>`.

    Each file appears whole or not at all; that all of them appear together is for the caller, who
    gives a folder that nobody reads yet and renames it.

    Args:
        night: What the reports are written from.
        folder: The folder of the night.

    Returns:
        The files, the scrutiny pack first. The same night gives the same bytes.
    """
    return [write_pack(night, folder / "pcc"), *write_worklists(night, folder / "worklists")]
