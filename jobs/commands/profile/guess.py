"""Which canonical field a column of a new source may be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import polars as pl

from config.records import Field, Table
from config.reference import Reference
from jobs.commands.profile.columns import ColumnLook
from jobs.conform import vocabulary_of

_ENOUGH = 0.6
_NAMED = 0.35
_KNOWN = 0.8
_SURE = 0.9
_SHORT = 4
_SAME = {
    **dict.fromkeys(("ref", "reference", "no", "number", "num", "nr", "key"), "id"),
    **dict.fromkeys(("date", "dt", "datetime", "time", "on", "at"), "ts"),
    **dict.fromkeys(("rptd", "reported"), "report"),
    **dict.fromkeys(("occ", "occurred"), "occur"),
    **dict.fromkeys(("offender", "respondent", "defendant", "nominal"), "subject"),
    **dict.fromkeys(("team", "station"), "unit"),
}
#: What a field of each type can be read from.
_FITS = {
    "timestamp": ("timestamp", "date"),
    "date": ("date", "timestamp"),
    "boolean": ("boolean",),
    "integer": ("integer", "boolean"),
    "code": ("text", "integer", "boolean"),
    "text": ("text", "integer"),
    "text_list": ("text", "integer"),
}


@dataclass(frozen=True)
class Guess:
    """A field that a column may be.

    Attributes:
        field: The field.
        column: The column.
        score: How sure that is, up to 1.
        known: Words of the column that the field's vocabulary knows.
        unknown: How many it does not.
    """

    field: Field
    column: str
    score: float
    known: tuple[str, ...] = ()
    unknown: int = 0


def guesses(table: Table, columns: Sequence[ColumnLook], reference: Reference) -> list[Guess]:
    """The likeliest field of each column, no field and no column twice, surest first."""
    found = [
        guess
        for column in columns
        if column.filled
        for one in table.fields.values()
        if not one.made_by_conform
        and not one.name.endswith("_raw")  # goes with its code
        and (guess := _guess(one, column, table, reference)) is not None
    ]
    taken: set[str] = set()
    chosen = []
    for guess in sorted(found, key=lambda g: (-g.score, g.field.name, g.column)):
        if guess.field.name in taken or f"column {guess.column}" in taken:
            continue
        taken |= {guess.field.name, f"column {guess.column}"}
        chosen.append(guess)
    return chosen


def _guess(one: Field, column: ColumnLook, table: Table, reference: Reference) -> Guess | None:
    if column.kind not in _FITS[one.type]:
        return None
    alike = _alike(one.name, column.name)
    words = vocabulary_of(one, reference)
    known: tuple[str, ...] = ()
    unknown = 0
    if words is not None and len(column.words):
        told = pl.Series(words.map_frame(column.words)).is_not_null()
        known, unknown = tuple(column.words.filter(told)), int((~told).sum())
        share = len(known) / len(told)
        if share >= _KNOWN and alike >= _NAMED:
            alike = max(alike, 0.5 + 0.4 * share)
        elif one.type == "code" and share < 1 - _KNOWN and alike < _SURE:
            return None
    if column.kind == "integer" and one.type == "code" and words is None and alike < _SURE:
        return None  # a count, as like as not
    if one.name in table.key and (column.kind in ("date", "timestamp") or column.two_formats):
        return None
    if one.name in table.key and column.distinct == column.filled == column.rows:
        alike += 0.1
    return Guess(one, column.name, alike, known, unknown) if alike >= _ENOUGH else None


def _alike(name: str, header: str) -> float:
    """How much a header is like a field's name, from 0 to 1."""
    one, other = tokens(name), tokens(header)
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    common = len(set(one) & set(other)) / len(set(one) | set(other))
    joined = "".join(one), "".join(other)
    if min(len(text) for text in joined) < _SHORT:  # a few letters are alike by chance
        return common
    return max(common, SequenceMatcher(None, *joined).ratio() * 0.9)


def tokens(name: str) -> list[str]:
    """The words of a header, abbreviations made one: `Crime_No` is `crime`, `id`."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = re.findall(r"[a-z]+|\d+", apart.lower())
    return [_SAME.get(word, word) for word in words]
