"""What the reports give back about each file that they wrote, or could not write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from config.sentences import Said, say
from reports.excel.sheets import Column, Sheet
from reports.text import file_word


class WrittenFile(NamedTuple):
    """A file that was written.

    Attributes:
        path: Where it is.
        sha256: The hash of its contents.
        rows: How many rows of tables it holds; for a worklist, how many exceptions.
    """

    path: Path
    sha256: str
    rows: int


class Failure(NamedTuple):
    """A report, or a sheet of one, that could not be made; the others could.

    Attributes:
        report: The report: a unit's code, or `scrutiny_pack`.
        sheet: The sheet; None where the report as a whole is missing.
        error: The class of what went wrong.
    """

    report: str
    sheet: str | None
    error: type[Exception]

    def said(self) -> Said:
        """What to tell the operator."""
        code = "reports.report_failed" if self.sheet is None else "reports.sheet_failed"
        return say(code, report=file_word(self.report), error=self.error)


class Maker:
    """Makes the sheets of a report one by one: one that cannot be made says so in its place.

    Attributes:
        failures: What could not be made.
    """

    def __init__(self, report: str, failures: list[Failure]) -> None:
        self._report = report
        self.failures = failures

    def sheets(self, makers: Mapping[str, Callable[[], Sheet]], *lines: str) -> list[Sheet]:
        """The sheets of a workbook.

        Args:
            makers: What makes each sheet, by the sheet's name.
            lines: What stands above a sheet that could not be made.
        """
        made = []
        for name, make in makers.items():
            try:
                made.append(make())
            except Exception as error:
                made.append(self.instead(name, error, *lines))
        return made

    def instead(self, name: str, error: Exception, *lines: str) -> Sheet:
        """What stands in the place of a sheet that could not be made."""
        self.failures.append(Failure(self._report, name, type(error)))
        said = "This sheet could not be made tonight. The force data team has been told."
        word = "".join(letter if letter.isalnum() else "_" for letter in name.lower())
        columns = [Column("What happened", 90)]
        return Sheet(name, f"{name}: not made", lines, f"not_made_{word}", columns, [(said,)], 1)
