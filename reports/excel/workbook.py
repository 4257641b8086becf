"""Write workbooks: one table a sheet, in a file that never varies.

What holds for every workbook:

* a text is never a formula, whatever it begins with; links are links, not formulas;
* no text can break the file, whatever it holds and wherever it stands (see `fit`);
* times are local, dates and numbers are real ones, a text too long for a cell says that it was cut;
* the same sheets give the same bytes, and the file appears whole or not at all.

Rows are streamed: a workbook of 50,000 rows needs little memory.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from math import ceil, isfinite
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.packaging.custom import StringProperty
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.utils.datetime import to_excel
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo
from openpyxl.writer.excel import ExcelWriter

from reports.excel.fit import fit_properties, fit_sheets
from reports.excel.sheets import NOT_AVAILABLE, Kind, Link, Properties, Sheet, Value
from reports.excel.styles import style_id
from reports.text import RISKY_START, cell_text, fit_text, london, short_text

#: The moment that the parts of a file are stamped with: a zip file knows none earlier.
_STAMP: Final = (1980, 1, 1, 0, 0, 0)

#: Spreadsheets count days from 1900 on, and are wrong about its first months.
_FIRST_YEAR: Final = 1901

#: Heights in points.
_TITLE_HEIGHT: Final = 26.0
_LINE_HEIGHT: Final = 14.5
_ROW_HEIGHT: Final = 18.5
_HIGHEST: Final = 300.0

#: How much of a column's width a line of words fills, since words are not cut; and bold ones.
_FILLED: Final = 0.9
_BOLD: Final = 0.88


def write_workbook(
    path: Path,
    properties: Properties,
    sheets: Sequence[Sheet],
    instead: Callable[[Sheet, Exception], Sheet] | None = None,
) -> str:
    """Write a workbook, whole or not at all.

    Args:
        path: Where to.
        properties: What it says of itself.
        sheets: Its sheets; the first is the one that opens.
        instead: The sheet to write in the place of one that cannot be written; without it, nothing
            is. A file that cannot be written (`OSError`) is the trouble of all sheets.

    Returns:
        The SHA-256 of the file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            _Writer(properties, instead).write(file, sheets)
            file.flush()
            os.fsync(file.fileno())
        digest = _sha256(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return digest


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Cell:
    """A cell on its way to the file: what openpyxl's writer asks of one, without its cost."""

    __slots__ = ("_value", "column", "data_type", "hyperlink", "parent", "row", "style_id")

    _comment = None
    has_style = True

    def __init__(self, parent: Any) -> None:
        self.parent = parent
        self._value: Any = None
        self.data_type = "n"
        self.hyperlink: Hyperlink | None = None
        self.style_id = 0
        self.column = "A"
        self.row = 1

    @property
    def coordinate(self) -> str:
        return f"{self.column}{self.row}"


class _StreamedSheet(WriteOnlyWorksheet):
    """openpyxl's streamed sheet, taking cells that are already typed and styled.

    openpyxl guesses a type for each value (and takes `=...` for a formula) and makes a new cell
    object for each styled one; at 50,000 rows that doubles the time.

    Attributes:
        height: The height of the row that comes next, in points. Spreadsheet programs do not all
            fit rows to wrapped text when they open a file, so every row says how high it is.
    """

    height: float = 15.0

    def _values_to_row(self, values: Sequence[_Cell], row_idx: int) -> Sequence[_Cell]:
        # Kept for the one row that is being written; openpyxl reads it when the row begins.
        self.row_dimensions = {row_idx: {"ht": f"{self.height:g}", "customHeight": "1"}}
        for cell in values:
            cell.row = row_idx
            if cell.hyperlink is not None:
                cell.hyperlink.ref = cell.coordinate
        return values


class _SteadyZip(ZipFile):
    """A zip file whose parts carry one fixed time, so that equal contents are equal bytes."""

    def writestr(self, zinfo_or_arcname: Any, data: Any, *args: Any, **kwargs: Any) -> None:
        super().writestr(self._info(str(zinfo_or_arcname)), data)

    def write(self, filename: Any, arcname: Any = None, *args: Any, **kwargs: Any) -> None:
        info = self._info(str(arcname))
        info.file_size = Path(filename).stat().st_size
        with open(filename, "rb") as source, self.open(info, "w") as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)

    def _info(self, name: str) -> ZipInfo:
        info = ZipInfo(name, date_time=_STAMP)
        info.compress_type = ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        return info


class _Writer:
    """Writes one workbook."""

    def __init__(
        self, properties: Properties, instead: Callable[[Sheet, Exception], Sheet] | None
    ) -> None:
        self._book: Any = Workbook(write_only=True)
        self._instead = instead
        self._describe(fit_properties(properties))
        self._styles: dict[tuple[str, Kind], int] = {}

    def write(self, file: Any, sheets: Sequence[Sheet]) -> None:
        try:
            for sheet in fit_sheets(sheets):
                self._add_or_replace(sheet)
        except BaseException:
            self._abandon()
            raise
        with _SteadyZip(file, "w", ZIP_DEFLATED, allowZip64=True) as archive:
            ExcelWriter(self._book, archive).write_data()

    def _add_or_replace(self, sheet: Sheet) -> None:
        """Add a sheet; one that cannot be written gives its place to what is said of it."""
        before = len(self._book.worksheets)
        try:
            self._add(sheet)
        except OSError:
            raise
        except Exception as error:
            if self._instead is None:
                raise
            for ws in self._book.worksheets[before:]:
                self._close(ws)
                self._book.remove(ws)
            (substitute,) = fit_sheets([self._instead(sheet, error)])
            self._add(replace(substitute, name=sheet.name, table=sheet.table))

    def _abandon(self) -> None:
        """Close the streams that were begun and take away their temporary files."""
        for ws in self._book.worksheets:
            self._close(ws)

    @staticmethod
    def _close(ws: Any) -> None:
        if not ws.closed:
            ws.close()
        ws._writer.cleanup()

    def _describe(self, properties: Properties) -> None:
        core = self._book.properties
        moment = london(properties.written).replace(microsecond=0)
        core.title = properties.title
        core.subject = properties.subject
        core.creator = core.lastModifiedBy = properties.author
        core.category = core.keywords = properties.marking
        core.contentStatus = properties.status
        core.description = f"{properties.marking}. {properties.status}. {properties.title}"
        core.language = "en-GB"
        core.created = core.modified = moment
        stated = {"Protective marking": properties.marking, **properties.others}
        for name, value in stated.items():
            self._book.custom_doc_props.append(StringProperty(name=name, value=value))

    def _add(self, sheet: Sheet) -> None:
        ws: Any = _StreamedSheet(self._book, sheet.name)
        self._book._add_sheet(ws)
        head = 1 + len(sheet.lines) + 1
        last = head + sheet.size
        self._dress(ws, sheet, head)
        self._lead(ws, sheet)
        written = self._fill(ws, sheet)
        if written != sheet.size:
            raise ValueError(f"{sheet.name}: {written} rows came where {sheet.size} were announced")
        width = get_column_letter(len(sheet.columns))
        # `add_table` warns of every table on a streamed sheet, named columns or not.
        ws.tables.add(_table(sheet, f"A{head}:{width}{last}"))
        self._offer(ws, sheet, head, last)
        if sheet.defines:
            place = f"{quote_sheetname(sheet.name)}!$A${head + 1}:$A${last}"
            self._book.defined_names[sheet.defines] = DefinedName(sheet.defines, attr_text=place)
        ws.close()

    def _dress(self, ws: Any, sheet: Sheet, head: int) -> None:
        """Widths, panes and printing: all of it must be set before the first row."""
        for place, column in enumerate(sheet.columns, start=1):
            ws.column_dimensions[get_column_letter(place)].width = column.width
        ws.sheet_view.showGridLines = False
        ws.sheet_view.tabSelected = len(self._book.worksheets) == 1
        ws.page_setup.orientation = "landscape"
        ws.page_setup.paperSize = 8 if sheet.working else 9
        ws.page_setup.fitToHeight = 0
        ws.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        if sheet.working:
            ws.freeze_panes = f"B{head + 1}"
            ws.print_title_rows = f"{head}:{head}"

    def _lead(self, ws: Any, sheet: Sheet) -> None:
        ws.height = _TITLE_HEIGHT
        ws.append([self._cell(ws, "A", sheet.title, "title", Kind.TEXT)])
        ws.height = _ROW_HEIGHT
        for line in sheet.lines:
            ws.append([self._cell(ws, "A", line, "line", Kind.TEXT)])
        ws.height = max(
            row_height(column.heading, column.width * _BOLD) for column in sheet.columns
        )
        ws.append(
            [
                self._cell(ws, get_column_letter(place), column.heading, "head", column.kind)
                for place, column in enumerate(sheet.columns, start=1)
            ]
        )

    def _fill(self, ws: Any, sheet: Sheet) -> int:
        """Stream the table's rows; returns how many there were."""
        plans = [
            (get_column_letter(place), column.kind)
            for place, column in enumerate(sheet.columns, start=1)
        ]
        widths = [column.width for column in sheet.columns]
        count = 0
        for row in sheet.rows:
            count += 1
            part = "total" if sheet.totals and count == sheet.size else "body"
            ws.height = _ROW_HEIGHT
            for value, width in zip(row, widths, strict=True):
                if isinstance(value, str) and (len(value) >= width or "\n" in value):
                    ws.height = max(ws.height, row_height(value, width))
            ws.append(
                [
                    self._cell(ws, letter, value, part, kind)
                    for (letter, kind), value in zip(plans, row, strict=True)
                ]
            )
        return count

    def _cell(self, ws: Any, letter: str, value: Value, part: str, kind: Kind) -> _Cell:
        cell = _Cell(ws)
        cell.column = letter
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if isinstance(value, str):
            cell.data_type = "s"
            # A text of nothing but unfit characters must not leave an unexplained empty cell.
            cell._value = text = cell_text(value) or NOT_AVAILABLE
            if text.startswith(RISKY_START):
                part = f"{part} quoted"
        elif isinstance(value, Link):
            cell.data_type = "s"
            cell._value = cell_text(value.text)
            where = f"{quote_sheetname(value.sheet)}!A1"
            cell.hyperlink = Hyperlink(ref="A1", location=where, display=fit_text(value.text))
            part = f"{part} link"
        elif value is None and kind is not Kind.ENTRY:
            raise ValueError(f"column {letter} has an empty cell; use one of the shorthand signs")
        elif isinstance(value, date):
            serial = _serial(value)
            if serial is None:
                # A spreadsheet has no such day: it stands as a text.
                cell.data_type = "s"
                cell._value = value.isoformat()
            else:
                cell._value = serial
        elif isinstance(value, float) and not isfinite(value):
            cell.data_type = "s"
            cell._value = NOT_AVAILABLE
        else:
            cell._value = value
        cell.style_id = self._style(ws, part, kind)
        return cell

    def _style(self, ws: Any, part: str, kind: Kind) -> int:
        known = self._styles.get((part, kind))
        if known is None:
            known = self._styles[part, kind] = style_id(ws, part, kind)
        return known

    def _offer(self, ws: Any, sheet: Sheet, head: int, last: int) -> None:
        """Drop-down lists, from defined names: a list written out must end at 255 characters."""
        for place, column in enumerate(sheet.columns, start=1):
            if not (column.choices or column.help):
                continue
            rule = DataValidation(
                type="list" if column.choices else None,
                formula1=f"={column.choices}" if column.choices else None,
                allow_blank=True,
                showErrorMessage=bool(column.choices),
                errorTitle="Choose from the list",
                error="Choose one of the answers in the list, or leave the cell empty.",
                showInputMessage=bool(column.help),
                promptTitle=short_text(column.heading, 32),
                prompt=column.help or "",
            )
            letter = get_column_letter(place)
            rule.add(f"{letter}{head + 1}:{letter}{last}")
            ws.data_validations.append(rule)


def row_height(text: str, width: float) -> float:
    """The height that a text needs in a column, in points."""
    if len(text) < width and "\n" not in text:
        return _ROW_HEIGHT
    room = width * _FILLED
    lines = sum(max(1, ceil(len(line) / room)) for line in text[:20_000].split("\n"))
    return min(_HIGHEST, _LINE_HEIGHT * lines + 4)


def _serial(day: date) -> float | None:
    """A date or time as spreadsheets count: days since the end of 1899; None before they begin."""
    if day.year < _FIRST_YEAR:
        return None
    return float(to_excel(london(day) if isinstance(day, datetime) else day))  # type: ignore[no-untyped-call]


def _table(sheet: Sheet, ref: str) -> Table:
    table = Table(displayName=sheet.table, name=sheet.table, ref=ref)
    table.tableColumns = [
        # As the heading's own cell has it.
        TableColumn(id=place, name=cell_text(column.heading))
        for place, column in enumerate(sheet.columns, start=1)
    ]
    if sheet.working:
        table.autoFilter = AutoFilter(ref=ref)
    table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=False)
    return table
