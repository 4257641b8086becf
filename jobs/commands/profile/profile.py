"""Look at a new source and propose how it is mapped."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.errors import ConfigFaults, Fault
from config.records import Table
from config.reference import Reference, load_reference
from config.settings import Source
from expectations.extract import FILE, ROW
from jobs.commands.profile.columns import ColumnLook, look_at
from jobs.commands.profile.guess import Guess, guesses
from jobs.conform import SALT
from jobs.pull import Delivery, pull

_KINDS = {
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "excel"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
}
#: A column of at most so many different texts may be one of codes.
_FEW = 40
_SHOWN_WORDS = 8


@dataclass(frozen=True)
class Profile:
    """What a new source looks like.

    Attributes:
        text: For a person to read; it holds no value that a vocabulary does not know.
        mapping: A mapping file to start from.
    """

    text: str
    mapping: str


def profile(path: Path, records: str, reference: Reference | None = None) -> Profile:
    """Look at a file.

    Args:
        path: A CSV, Excel or Parquet file, or a pattern of several.
        records: The canonical table that its rows are to become.
        reference: The dictionary and the vocabularies; by default those that come along.

    Raises:
        SourceError: It cannot be read.
        ConfigFaults: There is no such table.
    """
    known = reference or load_reference()
    table = known.records.tables.get(records)
    if table is None:
        allowed = ", ".join(known.records.tables)
        raise ConfigFaults([Fault("--records", 0, f"no table {records!r}; there are: {allowed}")])
    kind = _KINDS.get(path.suffix.lower(), "csv")
    described = {"name": "new", "records": records, "kind": kind, "path": str(path)}
    delivery = pull(Source.model_validate(described))
    cells = delivery.frame.drop(FILE, ROW)
    columns = [look_at(column, few=_FEW) for column in cells.get_columns()]
    chosen = {guess.column: guess for guess in guesses(table, columns, known)}
    return Profile(
        text=_text(delivery, columns, chosen),
        mapping=_mapping(path, table, columns, chosen),
    )


def _text(delivery: Delivery, columns: Sequence[ColumnLook], chosen: Mapping[str, Guess]) -> str:
    lines = [f"{delivery.rows:,} rows, {len(columns)} columns"]
    for file in delivery.files:
        how = [f"encoding {file.encoding}"] if file.encoding else []
        how += [f"delimiter {file.delimiter!r}"] if file.delimiter else []
        lines.append(", ".join([f"  {file.name}", f"{file.size:,} bytes", *how]))
    lines += [f"  note: {note}" for note in delivery.notes]
    if delivery.bad_rows.height:
        lines.append(f"  {delivery.bad_rows.height} rows are of another width or have open quotes")
    lines.append("")
    for column in columns:
        share = column.filled / column.rows if column.rows else 0.0
        lines.append(
            f"{column.name}: {column.kind}, {share:.0%} filled, {column.distinct:,} different"
        )
        if column.shapes:
            lines.append(f"    shapes: {' | '.join(column.shapes)}")
        lines += [f"    {remark}" for remark in column.remarks]
        guess = chosen.get(column.name)
        if guess is not None:
            lines.append(f"    perhaps {guess.field.name}: {guess.field.means}")
            lines += _words(guess)
    return "\n".join(lines)


def _words(guess: Guess) -> list[str]:
    """Words that a vocabulary knows are nobody's; those that it does not are only counted."""
    if not guess.known or guess.field.personal:
        return []
    more = ", ..." if len(guess.known) > _SHOWN_WORDS else ""
    said = f"    words known: {', '.join(guess.known[:_SHOWN_WORDS])}{more}"
    return [f"{said}; {guess.unknown} not known" if guess.unknown else said]


def _mapping(
    path: Path, table: Table, columns: Sequence[ColumnLook], chosen: Mapping[str, Guess]
) -> str:
    looks = {column.name: column for column in columns}
    lines = [
        f"# A mapping to start from, made of {path.name}. See each line: names and formats were",
        "# guessed. docs/sources.md explains every key.",
        f'records = "{table.name}"',
        'time_zone = "Europe/London"',
        "",
        "[fields]",
    ]
    mapped = {guess.field.name for guess in chosen.values()}
    for key in table.key:
        if key not in mapped:
            lines += _key(key, columns)
    order = list(table.fields)
    for guess in sorted(chosen.values(), key=lambda g: order.index(g.field.name)):
        lines += [f"# {remark}" for remark in looks[guess.column].remarks]
        lines.append(_line(guess, looks[guess.column]))
    left = [column for column in columns if column.name not in chosen]
    if left:
        lines += ["", "# Columns that nothing is read from yet:"]
        lines += [f"#   {_quoted(c.name)}: {c.kind}" for c in left]
    return "\n".join(lines) + "\n"


def _key(key: str, columns: Sequence[ColumnLook]) -> list[str]:
    """A key for a table none of whose columns has the name of one."""
    full = [column for column in columns if column.filled == column.rows]
    alone = [column.name for column in full if column.distinct == column.rows]
    if alone:
        line = f"{key} = {_quoted(alone[0])}"
        return [
            f"# Guessed to be `{key}` because it is always filled and never twice the same.",
            line,
        ]
    names = ", ".join(_quoted(column.name) for column in full or columns[:1])
    return [
        f"# No column is known to be `{key}`. A hash of those that are always filled stands for",
        "# it; keep only the columns that together name a record.",
        f'{key} = {{ columns = [{names}], how = "hash" }}',
    ]


def _line(guess: Guess, column: ColumnLook) -> str:
    name = _quoted(column.name)
    keys = [f"column = {name}"]
    if column.formats and guess.field.type in ("date", "timestamp"):
        keys.append(f"formats = {json.dumps(list(column.formats))}")
    person = guess.field.personal and guess.field.name.endswith(("_key", "_keys", "_id"))
    if person and os.environ.get(SALT):
        keys.append("pseudonym = true")
    line = f"{guess.field.name} = {name if len(keys) == 1 else '{ ' + ', '.join(keys) + ' }'}"
    if person and not os.environ.get(SALT):
        line += f"  # names a person: set {SALT}, then write {{ column = ..., pseudonym = true }}"
    return line


def _quoted(text: str) -> str:
    """A text as TOML writes it: as JSON does, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
