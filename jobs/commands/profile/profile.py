"""Look at a new source and propose how it is mapped."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from config.errors import WrongUsage
from config.records import Table
from config.reference import Reference, load_reference
from expectations.extract import FILE, ROW
from jobs.commands.profile.columns import ColumnLook, look_at
from jobs.commands.profile.guess import Guess, guesses
from jobs.commands.profile.keys import key_lines, quoted
from jobs.commands.profile.reading import Reading, read
from jobs.conform import SALT
from jobs.night import writable
from jobs.pull import Delivery

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


def profile(
    path: str | Path,
    records: str,
    reading: Reading | None = None,
    reference: Reference | None = None,
) -> Profile:
    """Look at a file.

    Args:
        path: A CSV, Excel or Parquet file, or a pattern of several.
        records: The canonical table that its rows are to become.
        reading: How it is read; by default as any source.
        reference: The dictionary and the vocabularies; by default those that come along.

    Raises:
        NightError: It cannot be read.
        WrongUsage: There is no such table or file, or an option cannot be meant.
    """
    known = reference or load_reference()
    table = known.records.tables.get(records)
    if table is None:
        near = get_close_matches(records, known.records.tables, n=1, cutoff=0.6)
        meant = f"; did you mean {near[0]}?" if near else ""
        allowed = ", ".join(known.records.tables)
        raise WrongUsage(f"--records: no table {records!r}{meant}; there are: {allowed}")
    reading = reading or Reading()
    delivery = read(str(path), records, reading)
    cells = delivery.frame.drop(FILE, ROW)
    columns = [look_at(column, few=_FEW) for column in cells.get_columns()]
    chosen = {guess.column: guess for guess in guesses(table, columns, known)}
    return Profile(
        text=_text(delivery, columns, chosen, reading, table),
        mapping=_mapping(Path(path), table, cells, columns, chosen),
    )


def write_mapping(text: str, path: Path, *, force: bool) -> None:
    """Write a mapping; one that is there may have been edited by hand, and stays.

    Args:
        text: The mapping.
        path: The file.
        force: Write over one that is there.

    Raises:
        WrongUsage: There is a file already, and `force` was not given.
        NightError: It cannot be written.
    """
    with writable(path):
        try:
            with path.open("w" if force else "x", encoding="utf-8", newline="") as file:
                file.write(text)
        except FileExistsError:
            raise WrongUsage(
                f"{path} is there already and is not written over: name another file, or say "
                "--force"
            ) from None


def _text(
    delivery: Delivery,
    columns: Sequence[ColumnLook],
    chosen: Mapping[str, Guess],
    reading: Reading,
    table: Table,
) -> str:
    lines = [f"{delivery.rows:,} rows, {len(columns)} columns, looked at as {table.name}"]
    lines += [f"  read with {reading.words}"] if reading.words else []
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
    path: Path,
    table: Table,
    cells: pl.DataFrame,
    columns: Sequence[ColumnLook],
    chosen: Mapping[str, Guess],
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
    used = set(chosen)
    for key in table.key:
        if key not in mapped:
            found, names = key_lines(key, cells, columns)
            lines += found
            used |= names
    order = list(table.fields)
    for guess in sorted(chosen.values(), key=lambda g: order.index(g.field.name)):
        lines += [f"# {remark}" for remark in looks[guess.column].remarks]
        lines.append(_line(guess, looks[guess.column]))
    left = [column for column in columns if column.name not in used]
    if left:
        lines += ["", "# Columns that nothing is read from yet:"]
        lines += [f"#   {quoted(c.name)}: {c.kind}" for c in left]
    return "\n".join(lines) + "\n"


def _line(guess: Guess, column: ColumnLook) -> str:
    name = quoted(column.name)
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
