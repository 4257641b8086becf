"""The pages of `docs/` that are generated: `python -m jobs.commands.documents` writes them anew."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date, time
from pathlib import Path

from config.records import Field, Records, Table
from config.reference import load_reference
from expectations.catalogue import Expectations, load_expectations
from expectations.language import FUNCTIONS, as_of
from jobs.commands.rulebook import rulebook

#: Any night will do: what is generated does not depend on it.
_NIGHT = date(2026, 11, 24)


def records_page(records: Records) -> str:
    """The field dictionary as a page."""
    lines = [
        "# Field dictionary",
        "",
        "Every canonical table and field. This page is generated from `config/records.toml`. "
        "Timestamps are kept in UTC; for every `x_ts` there is an `x_time_known`, which is false "
        "where the source gave a date without a time. A personal field is never shown in a report, "
        "a log or a message. Every change of a watched field is kept ([history](history.md)).",
    ]
    for table in records.tables.values():
        key = ", ".join(f"`{name}`" for name in table.key)
        unit = f" The unit that answers for a record is `{table.unit}`." if table.unit else ""
        lines += ["", f"## {table.name}", "", f"{table.means}. Key: {key}.{unit}", ""]
        lines += ["| field | type | meaning |", "| --- | --- | --- |"]
        lines += [_row(field, table) for field in table.fields.values()]
    return "\n".join(lines) + "\n"


def _row(field: Field, table: Table) -> str:
    marks = [field.type.replace("_", " ")]
    if field.vocabulary and field.vocabulary != field.name:
        marks.append(f"words of `{field.vocabulary}`")
    if field.values:
        marks.append(", ".join(field.values))
    if field.personal:
        marks.append("personal")
    if field.watched:
        marks.append("watched")
    if field.foreign:
        marks.append(f"refers to `{field.foreign}`")
    elif field.identifies and field.name not in table.key:
        marks.append("a reference")
    if field.bounds:
        marks.append(field.bounds)
    return f"| `{field.name}` | {'; '.join(marks)} | {field.means.replace('|', '/')} |"


def functions_page() -> str:
    """The functions of the formula language as a page."""
    lines = [
        "# Functions of formulas",
        "",
        "What formulas in `expectations/facts/` may call. This page is generated from "
        "`expectations/language/functions.py`.",
        "",
        "| function | takes | gives |",
        "| --- | --- | --- |",
    ]
    lines += [f"| `{name}` | {f.arguments} | {f.means} |" for name, f in sorted(FUNCTIONS.items())]
    return "\n".join(lines) + "\n"


def pages(expectations: Expectations) -> Mapping[str, str]:
    """Every generated page by its file name."""
    return {
        "records.md": records_page(expectations.records),
        "functions.md": functions_page(),
        "rulebook.md": rulebook(expectations),
    }


def standard_expectations() -> Expectations:
    """The rules as they come with Orderwatch."""
    asof = as_of(_NIGHT, time(2, 30))
    return load_expectations(
        load_reference(), business_date=_NIGHT, asof=asof, pulled_at=asof, status={}
    )


def main(folder: Path) -> None:
    """Write the pages into a folder."""
    for name, text in pages(standard_expectations()).items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
