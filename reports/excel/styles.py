"""How cells look: one typeface, dark headings, a thin line below each row; colour says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from reports.excel.sheets import Kind

_INK: Final = "FF0B0C0C"
_HEAD: Final = "FF1D3557"
_LINE: Final = "FFB1B4B6"
_PAPER: Final = "FFFFF7E0"
_BLUE: Final = "FF1D5AB4"

_FORMATS: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "General",
    Kind.COUNT: "#,##0",
    Kind.DECIMAL: "#,##0.0#",
    Kind.DATE: "yyyy-mm-dd",
    Kind.LONG_DATE: "d mmm yyyy",
    Kind.TIME: "d mmm yyyy hh:mm",
    # What people type in must stay as typed: no date or number is made of it.
    Kind.ENTRY: "@",
}
_RIGHT: Final = frozenset({Kind.COUNT, Kind.DECIMAL, Kind.DATE, Kind.LONG_DATE, Kind.TIME})

_FONTS: Final = {
    "title": Font(name="Arial", size=16, bold=True, color=_INK),
    "line": Font(name="Arial", size=11, color=_INK),
    "head": Font(name="Arial", size=11, bold=True, color="FFFFFFFF"),
    "body": Font(name="Arial", size=11, color=_INK),
    "total": Font(name="Arial", size=11, bold=True, color=_INK),
    "line link": Font(name="Arial", size=11, color=_BLUE, underline="single"),
    "body link": Font(name="Arial", size=11, color=_BLUE, underline="single"),
}


def style_id(ws: Any, part: str, kind: Kind) -> int:
    """The number of a style in a workbook; the style is added if it is new.

    Args:
        ws: A sheet of the workbook.
        part: `title`, `line`, `head`, `body` or `total`; ` link` after it for a link, ` quoted` for
            a text that must stay a text even when someone edits it.
        kind: What the column holds.
    """
    cell = WriteOnlyCell(ws)
    base = part.removesuffix(" quoted")
    table = base not in ("title", "line", "line link")
    right = table and kind in _RIGHT
    cell.font = _FONTS[base]
    cell.alignment = Alignment(
        horizontal="right" if right else "left",
        vertical="bottom" if base == "head" else "top",
        wrap_text=table,
        indent=1 if table and not right else 0,
    )
    if base == "head":
        cell.fill = PatternFill("solid", start_color=_HEAD)
    if table and base != "head":
        cell.border = Border(bottom=Side("thin", color=_LINE))
    if base in ("body", "total"):
        cell.number_format = _FORMATS[kind]
        if kind is Kind.ENTRY:
            cell.fill = PatternFill("solid", start_color=_PAPER)
    if part.endswith("quoted"):
        cell.quotePrefix = True
    return int(cell.style_id)
