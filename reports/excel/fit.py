"""Make everything that goes into a workbook fit for it, in one place.

A workbook is XML: a control character, half a surrogate pair or a name that is too long breaks it,
and texts come from units, keys and titles that somebody else wrote. Whatever is given to
`write_workbook` passes here first, every field of it, so that no place can be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, Final

from reports.excel.sheets import Column, Link, Properties, Sheet, Value
from reports.text import fit_text, short_text

#: The most characters that Excel takes of a sheet's name, a defined or table name, a property.
_SHEET_NAME: Final = 31
_NAME: Final = 255
_PROPERTY: Final = 255

_NOT_IN_SHEET_NAMES: Final = re.compile(r"[\[\]:*?/\\]")
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_.]")
#: What would be taken for a reference to a cell.
_REFERENCE: Final = re.compile(r"(?i)[a-z]{1,3}[0-9]+|r[0-9]*c?[0-9]*|c[0-9]*")


def fit_properties(properties: Properties) -> Properties:
    """Properties whose every text can stand in a workbook's properties."""
    texts: dict[str, Any] = {
        field.name: short_text(value, _PROPERTY)
        for field in fields(properties)
        if isinstance(value := getattr(properties, field.name), str)
    }
    others = {
        short_text(name, _PROPERTY): short_text(value, _PROPERTY)
        for name, value in properties.others.items()
    }
    return replace(properties, **texts, others=others)


def fit_sheets(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Sheets whose every text but those of their rows can stand in a workbook, their names unique.

    The rows are streamed: each of their texts passes `cell_text` when its cell is made.
    """
    names: dict[str, str] = {}
    tables: dict[str, str] = {}
    for sheet in sheets:
        names[sheet.name] = _unlike(sheet_name(sheet.name), names.values(), _SHEET_NAME)
        tables[sheet.name] = _unlike(_name(sheet.table), tables.values(), _NAME)
    return [_fit_sheet(sheet, names, tables[sheet.name]) for sheet in sheets]


def sheet_name(text: str) -> str:
    """A text as the name of a sheet."""
    name = _NOT_IN_SHEET_NAMES.sub("-", short_text(text, _NAME, ""))
    return short_text(name, _SHEET_NAME, "").strip("' ") or "Sheet"


def _fit_sheet(sheet: Sheet, names: Mapping[str, str], table: str) -> Sheet:
    special: dict[str, Any] = {
        "name": names[sheet.name],
        "table": table,
        "defines": sheet.defines and _name(sheet.defines),
        "columns": _fit_columns(sheet.columns),
        "rows": _fit_links(sheet.rows, names),
    }
    others = {
        field.name: _fit(getattr(sheet, field.name), names)
        for field in fields(sheet)
        if field.name not in special
    }
    return replace(sheet, **special, **others)


def _fit_links(
    rows: Iterable[Sequence[Value]], names: Mapping[str, str]
) -> Iterator[Sequence[Value]]:
    """The rows, their links leading to the sheets' names as they came to be."""
    for row in rows:
        yield [_fit(value, names) if isinstance(value, Link) else value for value in row]


def _fit(value: Any, names: Mapping[str, str]) -> Any:
    """A text, a link or a list of them, fit for XML; anything else as it is."""
    if isinstance(value, Link):
        return Link(fit_text(value.text), names.get(value.sheet, sheet_name(value.sheet)))
    if isinstance(value, str):
        return fit_text(value)
    if isinstance(value, list | tuple):
        return [_fit(item, names) for item in value]
    return value


def _fit_columns(columns: Sequence[Column]) -> list[Column]:
    """Columns whose headings are unique, as a table must have them."""
    fitted: list[Column] = []
    taken: set[str] = set()
    for column in columns:
        heading = _unlike(short_text(column.heading, _NAME), taken, _NAME)
        taken.add(heading)
        fitted.append(
            replace(
                column,
                heading=heading,
                choices=column.choices and _name(column.choices),
                help=column.help and short_text(column.help, _NAME),
            )
        )
    return fitted


def _name(text: str) -> str:
    """A text as the name of a table or of a range."""
    name = _NOT_IN_NAMES.sub("_", short_text(text, _NAME, ""))
    return name if name[:1].isalpha() and not _REFERENCE.fullmatch(name) else f"n_{name}"[:_NAME]


def _unlike(name: str, others: Iterable[str], most: int) -> str:
    """A name that is none of the others, where case does not count."""
    taken = {other.lower() for other in others}
    number, found = 2, name
    while found.lower() in taken:
        found, number = f"{name[: most - len(str(number)) - 1]}_{number}", number + 1
    return found
