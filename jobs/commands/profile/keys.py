"""What may name a record of a new source: a column alone, or a hash of several."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import polars as pl

from jobs.commands.profile.columns import ColumnLook
from jobs.commands.profile.guess import tokens

_MOMENTS = ("date", "timestamp")
#: A number is a reference only where its header says so, or where all have one length.
_REFERENCE = {"id", "urn", "uid", "crime", "case"}
_WIDE = re.compile(r"9{5,}")


def key_lines(
    key: str, cells: pl.DataFrame, columns: Sequence[ColumnLook]
) -> tuple[list[str], set[str]]:
    """A key for a table none of whose columns has the name of one.

    Args:
        key: The field.
        cells: The file's cells.
        columns: What its columns look like.

    Returns:
        Lines of a mapping, and the columns that they read.
    """
    full = [column for column in columns if column.filled == column.rows]
    alone = [c.name for c in full if c.distinct == c.rows and _may_name(c)]
    if alone:
        return [
            f"# Guessed to be `{key}` because it is always filled and never twice the same.",
            f"{key} = {quoted(alone[0])}",
        ], {alone[0]}
    hashed = [column.name for column in full or columns[:1]]
    names = ", ".join(quoted(name) for name in hashed)
    lines = [
        f"# No column is known to be `{key}`. A hash of those that are always filled stands for",
        "# it; keep only the columns that together name a record and are never put right later: a",
        "# corrected value makes a new record of the old one.",
    ]
    twice = cells.height - cells.select(hashed).n_unique() if hashed else 0
    if twice > 0:
        lines += [
            f"# IT DOES NOT NAME RECORDS: {twice:,} of {cells.height:,} rows are the same as an",
            "# earlier one in all of these columns, and a night would hold the source.",
        ]
    return [*lines, f'{key} = {{ columns = [{names}], how = "hash" }}'], set(hashed)


def _may_name(column: ColumnLook) -> bool:
    """Whether a column whose values never repeat is one that names a record."""
    if column.kind in (*_MOMENTS, "boolean") or column.two_formats:
        return False
    if column.kind != "integer":
        return True
    same_length = len(column.shapes) == 1 and bool(_WIDE.fullmatch(column.shapes[0]))
    return same_length or bool(_REFERENCE & set(tokens(column.name)))


def quoted(text: str) -> str:
    """A text as TOML writes it: as JSON does, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
