"""Faulty workbooks and Parquet files: how each is made, and what is right to make of it."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from pyarrow import parquet

#: Stands in every cell, header and sheet name, so that a leak into a message is found.
MARK = "ZZMARK"
HEADERS = ["Ref", "Made", "State", "Unit", "Count"]
SHEET = "xl/worksheets/sheet1.xml"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Bad = tuple[int, str, str]


@dataclass(frozen=True)
class Damage:
    """One faulty file.

    Attributes:
        name: What is wrong with it.
        kind: `excel` or `parquet`.
        write: Writes it to a path.
        refused: The sentence of the error where it is not read.
        rows: How many rows are read.
        bad: The cells that could not be taken: row, column, reason.
        notes: Sentences that are said beside.
        left_out: Rows that are left out.
        settings: Settings of the source.
        limits: `bytes`, `rows` and `columns` where they are not the usual ones.
    """

    name: str
    kind: str
    write: Callable[[Path], object]
    refused: str | None = None
    rows: int = 6
    bad: Sequence[Bad] = ()
    notes: Sequence[str] = ()
    left_out: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)


def records(count: int = 6) -> list[list[Any]]:
    """Rows of records without a fault."""
    return [
        [f"{MARK}{n:03}", datetime(2026, 11, 1 + n, 9, 30), "recorded", f"PC {MARK}", n]
        for n in range(count)
    ]


def book(*sheets: tuple[str, Sequence[Sequence[Any]]]) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for title, rows in sheets or ((f"{MARK} data", [HEADERS, *records()]),):
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    return made


def packed(made: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def saved(change: Callable[[Any], object]) -> Callable[[Path], object]:
    """A workbook whose first sheet was changed."""

    def write(path: Path) -> None:
        made = book()
        change(made.worksheets[0])
        made.save(path)

    return write


def sheets(*given: tuple[str, Sequence[Sequence[Any]]]) -> Callable[[Path], object]:
    return lambda path: book(*given).save(path)


def raw(data: bytes | Callable[[], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data if isinstance(data, bytes) else data())


def cut(make: Callable[[], bytes], end: Callable[[int], int]) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        data = make()
        path.write_bytes(data[: end(len(data))])

    return write


def parts(changes: Mapping[str, bytes | Callable[[bytes], bytes] | None]) -> bytes:
    """A good workbook with parts put in, changed, or taken away."""
    before = zipfile.ZipFile(io.BytesIO(packed(book())))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for name in dict.fromkeys([*before.namelist(), *changes]):
            change = changes.get(name, before.read(name) if name in before.namelist() else b"")
            if change is not None:
                after.writestr(name, change(before.read(name)) if callable(change) else change)
    return out.getvalue()


def part(name: str, change: bytes | Callable[[bytes], bytes] | None) -> Callable[[Path], object]:
    return raw(lambda: parts({name: change}))


def cells(extra: str) -> Callable[[Path], object]:
    """A good workbook with XML put behind its last row."""
    return part(SHEET, lambda xml: xml.replace(b"</sheetData>", extra.encode() + b"</sheetData>"))


def _flipped() -> bytes:
    """A byte of the sheet's packed data changed."""
    data = bytearray(parts({}))
    info = zipfile.ZipFile(io.BytesIO(bytes(data))).getinfo(SHEET)
    data[info.header_offset + 30 + len(SHEET) + info.compress_size // 2] ^= 0xFF
    return bytes(data)


def _lying() -> bytes:
    """A directory that says that the sheet is far smaller than it is."""
    data = bytearray(parts({}))
    info = zipfile.ZipFile(io.BytesIO(bytes(data))).getinfo(SHEET)
    for found in re.finditer(b"PK\x01\x02", bytes(data)):
        name = data[found.start() + 46 : found.start() + 46 + len(SHEET)]
        if name == SHEET.encode():
            struct.pack_into("<I", data, found.start() + 24, 100)
    struct.pack_into("<I", data, info.header_offset + 22, 100)
    return bytes(data)


def _locked_zip() -> bytes:
    data = bytearray(parts({}))
    for found in re.finditer(b"PK\x01\x02", bytes(data)):
        data[found.start() + 8] |= 1
    return bytes(data)


def _bomb() -> bytes:
    spaces = b" " * (80 << 20)
    return parts({SHEET: lambda xml: xml.replace(b"<sheetData>", spaces + b"<sheetData>")})


def _many_parts() -> bytes:
    return parts({f"xl/media/{n}.png": b"" for n in range(20_001)})


def _laughs(xml: bytes) -> bytes:
    entities = b"".join(
        b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10 if n else b"ha") for n in range(12)
    )
    return b"<!DOCTYPE worksheet [" + entities + b"]>" + xml.replace(b"recorded", b"&a11;", 1)


def _errors(sheet: Any) -> None:
    for row, error in enumerate(["#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!"]):
        sheet.cell(row + 2, 4, error).data_type = "e"


def _formulas(sheet: Any) -> None:
    for row in range(2, 8):
        sheet.cell(row, 5, f"=1/{row}")


def _hidden_rows(sheet: Any) -> None:
    sheet.row_dimensions[3].hidden = True
    sheet.auto_filter.ref = "A1:E7"
    sheet.column_dimensions["B"].hidden = True


def _hidden_sheet(path: Path) -> None:
    made = book(("lists", [["x"]]), ("data", [HEADERS, *records()]))
    made.worksheets[0].sheet_state = "hidden"
    made.save(path)


def _chart_first(path: Path) -> None:
    made = book()
    made.create_chartsheet("Chart", 0)
    made.save(path)


def _since_1904(path: Path) -> None:
    made = book((MARK, [HEADERS, *([r[0], 44_884.5, *r[2:]] for r in records())]))
    made.epoch = CALENDAR_MAC_1904
    made.save(path)


def _merged_header(sheet: Any) -> None:
    sheet["C1"], sheet["D1"] = "Where", None
    sheet.merge_cells("C1:D1")


def _overlapping(xml: bytes) -> bytes:
    ranges = b"".join(b'<mergeCell ref="A1:E%d"/>' % n for n in range(3, 8)) * 2_000
    return xml.replace(b"</sheetData>", b"</sheetData><mergeCells>" + ranges + b"</mergeCells>")


def open_document(rows: str) -> bytes:
    """An OpenDocument spreadsheet with rows of XML below a header."""
    spaces = {
        "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
        "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
        "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
        "calcext": "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0",
    }
    named = " ".join(f'xmlns:{short}="{space}"' for short, space in spaces.items())
    head = "".join(ods_cell(name) for name in HEADERS)
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {named}><office:body>'
        f'<office:spreadsheet><table:table table:name="{MARK}"><table:table-row>{head}'
        f"</table:table-row>{rows}</table:table></office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
            "/>",
        )
        package.writestr("content.xml", content)
    return out.getvalue()


def ods_cell(text: str, attributes: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="string" {attributes}><text:p>{text}</text:p>'
        "</table:table-cell>"
    )


def _ods_rows(last: str = ods_cell("1"), row: str = "", count: int = 6) -> str:
    four = "".join(ods_cell(f"{MARK}{n}") for n in range(4))
    return f"<table:table-row {row}>{four}{last}</table:table-row>" * count


def old_workbook(
    rows: Sequence[Sequence[Any]],
    *,
    since_1904: bool = False,
    extra: bytes = b"",
    far: bool = False,
) -> bytes:
    """A workbook of Excel 97 to 2003; a cell that is an exception is an error."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def cell(row: int, column: int, value: Any) -> bytes:
        place = struct.pack("<HHH", row, column, 0)
        if isinstance(value, Exception):
            return record(0x205, place + bytes([42, 1]))
        if isinstance(value, int | float):
            return record(0x203, place + struct.pack("<d", value))
        text = str(value).encode("latin-1")
        return record(0x204, place + struct.pack("<HB", len(text), 0) + text)

    begin = struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)
    sheet_begin = struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)
    name = b"Data"
    body = record(0x809, sheet_begin)
    for r, row in enumerate(rows):
        body += b"".join(cell(r, c, value) for c, value in enumerate(row) if value is not None)
    if far:
        body += cell(65_535, 255, "x")
    body += extra + record(0x0A, b"")
    listed = struct.pack("<IBBBB", 0, 0, 0, len(name), 0) + name
    head = record(0x809, begin) + record(0x22, struct.pack("<H", since_1904))
    at = len(head) + len(record(0x85, listed)) + 4
    listed = struct.pack("<IBBBB", at, 0, 0, len(name), 0) + name
    stream = head + record(0x85, listed) + record(0x0A, b"") + body
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    links = [0xFFFFFFFD, end, *range(3, 2 + count), end]
    table = struct.pack("<128I", *links, *[free] * (128 - len(links)))

    def entry(title: str, kind: int, child: int, first: int, size: int) -> bytes:
        text = (title.encode("utf-16-le") + b"\0\0").ljust(64, b"\0")
        return text + struct.pack(
            "<H2B3I16sI8s8sIII", 2 * len(title) + 2 if title else 0, kind, 1, free, free, child,
            b"", 0, b"", b"", first, size, 0,
        )  # fmt: skip

    directory = (
        entry("Root Entry", 5, 1, end, 0)
        + entry("Workbook", 2, free, 2, len(stream))
        + entry("", 0, free, 0, 0) * 2
    )
    header = (
        _OLE + bytes(16) + struct.pack("<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0,
        4096, end, 0, end, 0, 0)
    )  # fmt: skip
    header = header[:76] + struct.pack("<109I", 0, *[free] * 108)
    return header + table + directory + stream


def _old(count: int = 6) -> list[list[Any]]:
    return [[f"{MARK}{n}", 46_349.5, "recorded", "PPU", n] for n in range(count)]


def _old_merged() -> bytes:
    extra = struct.pack("<HHH4H", 0xE5, 10, 1, 1, 2, 3, 3)
    rows = _old()
    rows[1][3] = None
    return old_workbook([HEADERS, *rows], extra=extra)


def table(columns: Mapping[str, Any]) -> bytes:
    out = io.BytesIO()
    parquet.write_table(pa.table(columns), out)
    return out.getvalue()


def frame(columns: Mapping[str, pl.Series]) -> Callable[[Path], object]:
    refs = pl.Series([f"{MARK}{n}" for n in range(6)])
    return lambda path: pl.DataFrame({"Ref": refs, **columns}).write_parquet(path)


def _good_table() -> bytes:
    return table({"Ref": [f"{MARK}{n}" for n in range(6)], "State": ["recorded"] * 6})


def _far_days() -> pl.Series:
    return pl.Series([0, 1, 2, 3, 4, 2**31 - 1], dtype=pl.Int32).cast(pl.Date)


def _footer_broken() -> bytes:
    data = _good_table()
    return data[:-20] + b"\xff" * 12 + data[-8:]


def _twice() -> bytes:
    out = io.BytesIO()
    ref = pa.array([f"{MARK}{n}" for n in range(6)])
    parquet.write_table(pa.table([ref, ref, ref], names=["Ref", "Made", "made"]), out)
    again = pa.table([ref, ref], names=["Ref", "Ref"])
    out = io.BytesIO()
    parquet.write_table(again, out)
    return out.getvalue()


def _fine(values: Sequence[Any], dtype: Any = None) -> Callable[[Path], object]:
    return frame({"X": pl.Series(values, dtype=dtype)})


_COVER = ("Cover", [[f"Read me {MARK}"]])
_DATA = (f"{MARK}", [HEADERS, *records()])
_TITLED = ("x", [[f"Orders {MARK}"], [], HEADERS, *records()])
_SMALL = {"bytes": 1 << 20, "rows": 1_000, "columns": 50}

EXCEL: Sequence[Damage] = [
    Damage("no fault", "excel", lambda path: book().save(path)),
    Damage("no bytes", "excel", raw(b""), "empty"),
    Damage("a CSV", "excel", raw(f"Ref,Made\n{MARK},1\n".encode()), "no_workbook"),
    Damage("a web page", "excel", raw(f"<html>{MARK}</html>".encode()), "no_workbook"),
    Damage("a Parquet file", "excel", raw(_good_table), "no_workbook"),
    Damage("cut in half", "excel", cut(lambda: packed(book()), lambda n: n // 2), "truncated"),
    Damage("ten bytes lost", "excel", cut(lambda: packed(book()), lambda n: n - 10), "truncated"),
    Damage("a package of nothing", "excel", raw(b"PK\x05\x06" + bytes(18)), "broken_package"),
    Damage("no book in the package", "excel", part("xl/workbook.xml", None), "broken_package"),
    Damage("an encrypted workbook", "excel",
           raw(_OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le")), "encrypted"),
    Damage("an encrypted package", "excel", raw(_locked_zip), "encrypted"),
    Damage("rubbish of the old kind", "excel", raw(_OLE + b"\x07" * 2_000), "broken_package"),
    Damage("sheet cut", "excel", part(SHEET, lambda xml: xml[: len(xml) // 2]), "broken_sheet"),
    Damage("sheet of noughts", "excel", part(SHEET, bytes(500)), "broken_sheet"),
    Damage("entities that grow", "excel", part(SHEET, _laughs), "broken_sheet"),
    Damage("sheet missing", "excel", part(SHEET, None), "broken_package"),
    Damage("a byte changed", "excel", raw(_flipped), "broken_package"),
    Damage("a directory that lies", "excel", raw(_lying), "broken_package"),
    Damage("book broken", "excel", part("xl/workbook.xml", lambda xml: xml[:-30]),
           "broken_package"),
    Damage("no sheets", "excel",
           part("xl/workbook.xml", lambda xml: re.sub(rb"<sheet .*?/>", b"", xml)), "no_sheets"),
    Damage("a cell at the far end", "excel",
           cells('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "too_many_columns"),
    Damage("a cell far down", "excel",
           cells('<row r="1048576"><c r="ZZ1048576"><v>1</v></c></row>'), "too_many_cells"),
    Damage("two far cells", "excel",
           cells('<row r="8"><c r="XFD8"><v>1</v></c></row>'
                 '<row r="1048576"><c r="A1048576"><v>1</v></c></row>'), "too_many_columns"),
    Damage("a cell outside", "excel", cells('<row r="8"><c r="XFE8"><v>1</v></c></row>'),
           "broken_sheet"),
    Damage("a cell that is nowhere", "excel", cells('<row r="8"><c r="8"><v>1</v></c></row>'),
           "broken_sheet"),
    Damage("a bomb", "excel", raw(_bomb), "packed_too_tight"),
    Damage("more than the limit", "excel", lambda path: book().save(path), "too_many_bytes",
           limits={**_SMALL, "bytes": 2_000}),
    Damage("more rows than the limit", "excel", lambda path: book().save(path), "too_many_rows",
           limits={**_SMALL, "rows": 5}),
    Damage("20,001 parts", "excel", raw(_many_parts), "too_many_parts"),
    Damage("no such sheet", "excel", sheets(_DATA), "no_such_sheet",
           settings={"sheet": "Elsewhere"}),
    Damage("sheet in other letters", "excel", sheets(_COVER, _DATA),
           settings={"sheet": f" {MARK.lower()} "}),
    Damage("an empty sheet", "excel", sheets(("x", [])), "empty"),
    Damage("an empty sheet before another", "excel", sheets(("x", []), _DATA), "empty_sheet"),
    Damage("a cover", "excel", sheets(_COVER, _DATA), "perhaps_cover"),
    Damage("a second sheet", "excel", sheets(_DATA, _COVER), notes=["several_sheets"]),
    Damage("title rows", "excel", sheets(_TITLED), "title_rows"),
    Damage("title rows that are said", "excel", sheets(_TITLED), settings={"header_row": 3}),
    Damage("title rows that are skipped", "excel", sheets(_TITLED), settings={"skip_rows": 2}),
    Damage("header row beyond", "excel", sheets(_DATA), "no_header_there",
           settings={"header_row": 40}),
    Damage("blank rows above", "excel", sheets(("x", [[], [], HEADERS, *records()]))),
    Damage("error cells", "excel", saved(_errors),
           bad=[(n, "Unit", "error_cell") for n in range(1, 7)]),
    Damage("formulas without a value", "excel", saved(_formulas),
           bad=[(n, "Count", "formula_without_value") for n in range(1, 7)]),
    Damage("a row of formulas alone", "excel",
           cells('<row r="8"><c r="A8"><f>A1</f><v></v></c></row>'), rows=7,
           bad=[(7, "Ref", "formula_without_value")], notes=["perhaps_footer"]),
    Damage("a formula that says nothing", "excel",
           cells('<row r="8"><c r="A8"><v>1</v></c><c r="B8" t="str"><f>A1</f><v></v></c></row>'),
           rows=7, notes=["perhaps_footer"]),
    Damage("merged cells", "excel", saved(lambda sheet: sheet.merge_cells("D2:D4")),
           bad=[(2, "Unit", "merged_cell"), (3, "Unit", "merged_cell")],
           notes=["merged_rejected"]),
    Damage("merged cells that are filled", "excel",
           saved(lambda sheet: sheet.merge_cells("D2:D4")), notes=["merged_filled"],
           settings={"merged": "fill"}),
    Damage("a merged header", "excel", saved(_merged_header), notes=["header_twice"]),
    Damage("merged over and over", "excel", part(SHEET, _overlapping), "too_much_merged",
           limits=_SMALL),
    Damage("a range that runs backwards", "excel",
           part(SHEET, lambda xml: xml.replace(
               b"</sheetData>",
               b'</sheetData><mergeCells><mergeCell ref="C3:A1"/></mergeCells>')),
           "broken_sheet"),
    Damage("blank rows at the end", "excel",
           sheets(("x", [HEADERS, *records(), [], ["  "], ["\u00a0", " "]])), left_out=3,
           notes=["blank_rows"]),
    Damage("blank rows between", "excel",
           sheets(("x", [HEADERS, *records(3), [], *records(3)])), left_out=1,
           notes=["blank_rows"]),
    Damage("a total", "excel", sheets(("x", [HEADERS, *records(), ["Total", None, None, None, 6]])),
           rows=7, notes=["perhaps_footer"]),
    Damage("a total that is said", "excel",
           sheets(("x", [HEADERS, *records(), ["Total", None, None, None, 6]])), left_out=1,
           notes=["footer"], settings={"skip_footer": ["total"]}),
    Damage("a total that is counted", "excel",
           sheets(("x", [HEADERS, *records(), [], ["Total", None, None, None, 6], ["  "]])),
           left_out=3, notes=["blank_rows", "footer"], settings={"skip_footer": 1}),
    Damage("days since 1904", "excel", _since_1904, notes=["since_1904"]),
    Damage("a chart first", "excel", _chart_first),
    Damage("a hidden sheet first", "excel", _hidden_sheet, notes=["several_sheets"]),
    Damage("hidden rows, a filter", "excel", saved(_hidden_rows)),
    Damage("a text that is not there", "excel",
           cells('<row r="8"><c r="A8" t="s"><v>99</v></c></row>'), "library_failed"),
    Damage("a cell of no kind", "excel", cells('<row r="8"><c r="A8" t="zz"><v>9</v></c></row>'),
           "library_failed"),
    Damage("a header twice", "excel", saved(lambda sheet: sheet.cell(1, 5, "Unit")),
           notes=["header_twice"]),
    Damage("a header that is an error", "excel",
           saved(lambda sheet: setattr(sheet.cell(1, 5, "#REF!"), "data_type", "e")),
           notes=["odd_headers"]),
    Damage("a cell of 40,000 letters", "excel",
           cells(f'<row r="8"><c r="A8" t="inlineStr"><is><t>{"x" * 40_000}</t></is></c></row>'),
           rows=7, notes=["perhaps_footer"]),
    Damage("our names as headers", "excel",
           sheets(("x", [["Ref", "_file", "_row"], *([r[0], "f", 9] for r in records())]))),
    Damage("an OpenDocument sheet", "excel", raw(open_document(_ods_rows()))),
    Damage("OpenDocument, an error", "excel",
           raw(open_document(_ods_rows(ods_cell("#N/A", 'calcext:value-type="error"')))),
           bad=[(n, "Count", "error_cell") for n in range(1, 7)]),
    Damage("OpenDocument, a row a million times", "excel",
           raw(open_document(_ods_rows(row='table:number-rows-repeated="9000000"', count=1))),
           "too_many_rows"),
    Damage("OpenDocument, cut XML", "excel", raw(open_document("<table:table-row>")),
           "broken_sheet"),
    Damage("an old workbook", "excel", raw(old_workbook([HEADERS, *_old()]))),
    Damage("old, days since 1904", "excel", raw(old_workbook([HEADERS, *_old()], since_1904=True)),
           notes=["since_1904"]),
    Damage("old, an error", "excel",
           raw(old_workbook([HEADERS, *_old(5), ["x", ValueError(), "a", "b", 1]])),
           bad=[(6, "Made", "error_cell")]),
    Damage("old, merged cells", "excel", raw(_old_merged), bad=[(2, "Unit", "merged_cell")],
           notes=["merged_rejected"]),
    Damage("old, a far cell", "excel", raw(old_workbook([HEADERS, *_old()], far=True)),
           "too_many_rows", limits=_SMALL),
    Damage("old, locked", "excel", raw(old_workbook([HEADERS]).replace(
           struct.pack("<HHH", 0x22, 2, 0), struct.pack("<HHH", 0x2F, 2, 0))), "encrypted"),
    Damage("old, cut", "excel", cut(lambda: old_workbook([HEADERS, *_old()]), lambda n: 1_600),
           "truncated"),
]  # fmt: skip

PARQUET: Sequence[Damage] = [
    Damage("no fault", "parquet", raw(_good_table)),
    Damage("no bytes", "parquet", raw(b""), "empty"),
    Damage("a CSV", "parquet", raw(f"Ref\n{MARK}\n".encode()), "no_parquet"),
    Damage("cut in half", "parquet", cut(_good_table, lambda n: n // 2), "truncated"),
    Damage("four bytes lost", "parquet", cut(_good_table, lambda n: n - 4), "truncated"),
    Damage("its mark alone", "parquet", raw(b"PAR1"), "truncated"),
    Damage("nothing between its marks", "parquet", raw(b"PAR1PAR1"), "broken_parquet"),
    Damage("locked", "parquet", raw(lambda: _good_table()[:-4] + b"PARE"), "encrypted"),
    Damage("footer broken", "parquet", raw(_footer_broken), "broken_parquet"),
    Damage("page broken", "parquet",
           raw(lambda: b"PAR1" + b"\xff" * 60 + _good_table()[64:]), "broken_parquet"),
    Damage("no columns", "parquet", raw(lambda: table({})), "empty"),
    Damage("a name twice", "parquet", raw(_twice), notes=["header_twice"]),
    Damage("our names", "parquet",
           frame({"_file": pl.Series(["x"] * 6), "_row": pl.Series([9] * 6)})),
    Damage("more rows than the limit", "parquet", raw(_good_table), "too_many_rows",
           limits={**_SMALL, "rows": 5}),
    Damage("more columns than the limit", "parquet",
           frame({f"c{n}": pl.Series([1] * 6) for n in range(60)}), "too_many_columns",
           limits=_SMALL),
    Damage("one long text in many rows", "parquet",
           frame({"X": pl.Series(["x" * 300_000] * 6, dtype=pl.Categorical)}), "too_many_bytes",
           limits=_SMALL),
    Damage("infinities", "parquet", _fine([1.5, float("inf"), float("-inf"), float("nan"), 2, 3]),
           bad=[(2, "X", "no_text"), (3, "X", "no_text")]),
    Damage("a day in the year 5,881,580", "parquet", frame({"X": _far_days()}),
           bad=[(6, "X", "no_text")]),
    Damage("a cell of 11 MB", "parquet", _fine(["x"] * 5 + ["x" * 11_000_000]),
           bad=[(6, "X", "too_long")]),
    Damage("lists of lists", "parquet", _fine([[[1, 2], [3]], None, [], [[]], [None], [[4]]])),
    Damage("lists with an infinity", "parquet",
           _fine([[1.0], [float("inf")], None, [], [None], [2.5]]), bad=[(2, "X", "no_text")]),
    Damage("lists of bytes", "parquet",
           _fine([[b"\xff"], None, [], [b"a", None], [b""], [b"\x00"]])),
    Damage("arrays", "parquet", _fine([[1, 2]] * 6, pl.Array(pl.Int64, 2))),
    Damage("structs with bytes", "parquet", _fine([{"a": b"\xff", "b": date(2026, 1, 1)}] * 6)),
    Damage("maps", "parquet", raw(lambda: table({
        "Ref": [f"{MARK}{n}" for n in range(6)],
        "X": pa.array([[("k", 1.5)]] * 6, type=pa.map_(pa.string(), pa.float64()))}))),
    Damage("durations", "parquet", _fine([0, 1, -1, 2**62, None, 60], pl.Duration("us"))),
    Damage("nothing but nulls", "parquet", frame({"X": pl.Series([None] * 6)})),
    Damage("a type of its own", "parquet", raw(lambda: table({
        "Ref": [f"{MARK}{n}" for n in range(6)],
        "X": pa.array(['{"a":1}'] * 6, type=pa.json_())}))),
    Damage("decimals too wide", "parquet", raw(lambda: table({
        "Ref": [f"{MARK}{n}" for n in range(6)],
        "X": pa.array([1] * 6, type=pa.decimal256(60, 2))})), "broken_parquet"),
]  # fmt: skip

DAMAGE = [*EXCEL, *PARQUET]
