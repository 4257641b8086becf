"""Every report of a night, written into a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from reports.excel import Failure, WrittenFile
from reports.night import ReportNight
from reports.pcc import REPORT, Pack, write_pack
from reports.worklist import DATA_TEAM, write_data_manager, write_worklists


@dataclass(frozen=True)
class Reports:
    """The reports of a night.

    Attributes:
        files: The files, the scrutiny pack first.
        failed: What could not be made; the rest is there.
        printed: The figures of the scrutiny pack that later packs repeat; None where it is missing.
    """

    files: tuple[WrittenFile, ...]
    failed: tuple[Failure, ...]
    printed: pl.DataFrame | None


def write_reports(night: ReportNight, folder: Path) -> Reports:
    """Write the scrutiny pack into `folder/pcc` and the worklists into `folder/worklists/<unit>`.

    Each file appears whole or not at all; that all of them appear together is for the caller, who
    gives a folder that nobody reads yet and renames it. A report that cannot be made costs that
    report only: what is wrong with it is told to the data manager.

    Args:
        night: What the reports are written from.
        folder: The folder of the night.

    Returns:
        What was written and what was not. The same night gives the same bytes.

    Raises:
        OSError: The folder cannot be written: that is no fault of one report.
    """
    failed: list[Failure] = []
    files: list[WrittenFile] = []
    pack: Pack | None = None
    try:
        pack = write_pack(night, folder / "pcc", failed)
        files.append(pack.file)
    except OSError:
        raise
    except Exception as error:
        failed.append(Failure(REPORT, None, type(error)))
    lists = folder / "worklists"
    try:
        files += write_worklists(night, lists, failed)
    except OSError:
        raise
    except Exception as error:
        failed.append(Failure("worklists", None, type(error)))
    # Last, for it says what of the others is missing.
    try:
        files.append(write_data_manager(night, lists, failed))
    except OSError:
        raise
    except Exception as error:
        failed.append(Failure(DATA_TEAM, None, type(error)))
    return Reports(tuple(files), tuple(failed), pack.printed if pack else None)
