"""One sheet of a workbook as text, read within bounds.

What people send back is read here too, so nothing is known of sources: a `Sheet` is its cells, and
what of them could not be taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from lxml import etree

from config.errors import SourceError
from config.sentences import say
from config.settings import Limits
from jobs.pull.bounds import LIMITS, check_size, guarded
from jobs.pull.ods import read_open_document
from jobs.pull.package import Package
from jobs.pull.shape import SheetShape
from jobs.pull.sheet_xml import read_shape
from jobs.pull.xls import find_sheets, read_sheet
from jobs.pull.xlsb import Bundle, read_binary_shape, read_bundle

#: Cells of a sheet that have no value to take: row and column of the sheet from 1, and the code.
ODD_CELLS = pl.Schema({"row": pl.UInt32(), "column": pl.UInt32(), "reason": pl.String()})

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ZIP = b"PK"
_BOOK = "xl/workbook.xml"
_BOOK_RELATIONS = "xl/_rels/workbook.xml.rels"
_BINARY_RELATIONS = "xl/_rels/workbook.bin.rels"
_KEPT = (
    *("[Content_Types].xml", "_rels/.rels", _BOOK, _BOOK_RELATIONS),
    *("xl/styles.xml", "xl/sharedStrings.xml"),
)
_KEPT_BINARY = (
    *("[Content_Types].xml", "_rels/.rels", "xl/workbook.bin", _BINARY_RELATIONS),
    *("xl/styles.bin", "xl/sharedStrings.bin"),
)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook.

    Attributes:
        cells: Every cell as text; the first row of the frame is row 1 of the sheet. Columns are
            called by their number in the sheet (`1`, `2`, ...); those that hold nothing are not
            there.
        odd: Cells without a value to take, `ODD_CELLS`: `error_cell`, `formula_without_value`.
        merged: Ranges that are one cell: first row, first column, last row, last column.
        sheets: How many sheets the workbook has.
        since_1904: Its days are counted from 1904.
        data: The bytes of the file.
    """

    cells: pl.DataFrame
    odd: pl.DataFrame
    merged: tuple[tuple[int, int, int, int], ...]
    sheets: int
    since_1904: bool
    data: bytes


@dataclass(frozen=True)
class _Book:
    """A workbook that was looked into: what the library is given, and what it does not tell."""

    data: bytes
    sheet: str
    sheets: int
    since_1904: bool
    shape: SheetShape


def read_workbook(path: Path, limits: Limits = LIMITS, sheet: str | None = None) -> Sheet:
    """Read one sheet of an Excel or OpenDocument workbook.

    Args:
        path: The file.
        limits: What it may need at most; more is refused before it is loaded.
        sheet: The name of the sheet, without regard to case; the first visible one by default.

    Raises:
        SourceError: It is no workbook, is damaged, locked or too large, or has no such sheet.
        OSError: The file cannot be read.
    """
    check_size(path.stat().st_size, path.stat().st_size, limits)
    data = path.read_bytes()
    if not data:
        raise SourceError(say("pull.empty"))
    with guarded():
        book = _look_into(data, limits, sheet)
        cells, errors = _load(book)
    owed = [(*where, "formula_without_value") for where in book.shape.without_value]
    told = [(*where, "error_cell") for where in book.shape.errors]
    odd = pl.concat([errors, pl.DataFrame([*owed, *told], schema=ODD_CELLS, orient="row")])
    return Sheet(
        cells=_emptied(_grown(cells, odd), book.shape.errors),
        odd=odd.unique(["row", "column"], keep="first", maintain_order=True),
        merged=book.shape.merged,
        sheets=book.sheets,
        since_1904=book.since_1904,
        data=data,
    )


def _look_into(data: bytes, limits: Limits, sheet: str | None) -> _Book:
    if data.startswith(_OLE):
        if _ENCRYPTED in data:
            raise SourceError(say("pull.encrypted"))
        return _old(data, limits, sheet)
    if not data.startswith(_ZIP):
        raise SourceError(say("pull.no_workbook"))
    package = Package(data, limits)
    if "xl/workbook.bin" in package:
        return _binary(package, limits, sheet)
    if "content.xml" in package and _BOOK not in package:
        return _open_document(package, limits, sheet)
    return _open_xml(package, limits, sheet)


def _old(data: bytes, limits: Limits, sheet: str | None) -> _Book:
    stream, sheets, since_1904 = find_sheets(data)
    chosen = sheets[_chosen([one.name for one in sheets], [one.visible for one in sheets], sheet)]
    shape = read_sheet(stream, chosen, limits)
    return _Book(data, chosen.name, len(sheets), since_1904, shape)


def _open_xml(package: Package, limits: Limits, sheet: str | None) -> _Book:
    root = xml(package.read(_BOOK))
    properties = root.find("{*}workbookPr")
    since_1904 = properties is not None and properties.get("date1904") in ("1", "true", "on")
    targets = _worksheets(package, _BOOK_RELATIONS)
    listed = [
        Bundle(str(one.get("name", "")), relation, one.get("state", "visible") == "visible")
        for one in root.iterfind("{*}sheets/{*}sheet")
        if (relation := one.get(_RELATION) or one.get(_STRICT)) in targets
    ]
    chosen = listed[_chosen([o.name for o in listed], [o.visible for o in listed], sheet)]
    part = targets[chosen.relation]
    shape = read_shape(package.read(part), limits)
    data = package.repacked((*_KEPT, part))
    return _Book(data, chosen.name, len(listed), since_1904, shape)


def _binary(package: Package, limits: Limits, sheet: str | None) -> _Book:
    """A workbook of Excel's binary form, where a formula always has a value."""
    found, since_1904 = read_bundle(package.read("xl/workbook.bin"))
    targets = _worksheets(package, _BINARY_RELATIONS)
    listed = [one for one in found if one.relation in targets]
    chosen = listed[_chosen([o.name for o in listed], [o.visible for o in listed], sheet)]
    part = targets[chosen.relation]
    shape = read_binary_shape(package.read(part), limits)
    data = package.repacked((*_KEPT_BINARY, part))
    return _Book(data, chosen.name, len(listed), since_1904, shape)


def _worksheets(package: Package, relations: str) -> dict[str, str]:
    """The part of each sheet of cells, by the name of its relation; charts are none."""
    targets = {}
    for relation in xml(package.read(relations)):
        target = str(relation.get("Target", ""))
        if str(relation.get("Type", "")).endswith("/worksheet"):
            whole = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            targets[str(relation.get("Id", ""))] = whole
    return targets


def _open_document(package: Package, limits: Limits, sheet: str | None) -> _Book:
    found, since_1904 = read_open_document(package.read("content.xml"), limits)
    data = package.repacked(("mimetype", "META-INF/manifest.xml", "content.xml"))
    names = [name for name, _ in found]
    name, shape = found[_chosen(names, [True] * len(names), sheet)]
    return _Book(data, name, len(found), since_1904, shape)


def _chosen(names: Sequence[str], visible: Sequence[bool], sheet: str | None) -> int:
    """Which sheet is meant.

    Raises:
        SourceError: There is none of that name, or none at all.
    """
    if not names:
        raise SourceError(say("pull.no_sheets"))
    if sheet is None:
        return visible.index(True) if True in visible else 0
    wanted = sheet.strip().casefold()
    for place, name in enumerate(names):
        if name.strip().casefold() == wanted:
            return place
    raise SourceError(say("pull.no_such_sheet", sheets=len(names)))


def _load(book: _Book) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The cells by the number of their column, and those that hold an error."""
    import fastexcel

    sheet = fastexcel.read_excel(book.data).load_sheet(
        book.sheet, header_row=None, skip_rows=0, dtypes="string"
    )
    columns = sheet.available_columns()
    first = columns[0].absolute_index + 1 if columns else 1
    batch, errors = sheet.to_arrow_with_errors()
    frame = pl.from_arrow(batch)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a batch of columns is a frame
    found = [
        (row + 1, column + first, "error_cell")
        for row, column in (one.position for one in (errors.errors if errors else ()))
    ]
    cells = frame.rename({name: str(n + first) for n, name in enumerate(frame.columns)})
    return cells, pl.DataFrame(found, schema=ODD_CELLS, orient="row")


def _grown(cells: pl.DataFrame, odd: pl.DataFrame) -> pl.DataFrame:
    """Cells with the rows and columns that nothing but odd cells stand in."""
    if odd.is_empty():
        return cells
    last = odd.get_column("row").max()
    more = max(last - cells.height, 0) if isinstance(last, int) else 0
    grown = (
        pl.concat([cells, cells.clear(more)]) if cells.width else pl.DataFrame({"": range(more)})
    )
    missing = [
        pl.lit(None, pl.String).alias(str(number))
        for number in odd.get_column("column").unique().to_list()
        if str(number) not in cells.columns
    ]
    numbers = sorted(int(name) for name in {*cells.columns, *(str(n) for n in odd["column"])})
    return grown.with_columns(missing).select(str(number) for number in numbers)


def _emptied(cells: pl.DataFrame, places: Sequence[tuple[int, int]]) -> pl.DataFrame:
    """Cells without the words that stand for an error in them."""
    rows: dict[str, list[int]] = {}
    for row, column in places:
        rows.setdefault(str(column), []).append(row - 1)
    return cells.with_columns(
        cells.get_column(name).scatter(there, None) for name, there in rows.items()
    )


def xml(text: bytes) -> etree._Element:
    """A small part of a package as XML, which may name nothing outside of itself.

    Raises:
        SourceError: It is not well formed.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise SourceError(say("pull.broken_package")) from None
