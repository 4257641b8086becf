"""Which field of the dictionary a column stands for: what a gate names, never the column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from config.records import Field, Table
from jobs.conform import FieldMapping, SourceMapping


@dataclass(frozen=True)
class Mapped:
    """A column, or several together, that a mapping reads a field from.

    Attributes:
        table: The table whose field it fills.
        mapping: How.
        main: It is a field of the main table.
    """

    table: Table
    mapping: FieldMapping
    main: bool

    @property
    def field(self) -> Field:
        """The field."""
        return self.mapping.field

    @property
    def name(self) -> str:
        """The field with its table, as a message names it."""
        return f"{self.table.name}.{self.field.name}"

    @property
    def part(self) -> str:
        """The field as an exception names it: one of the main table by its name alone."""
        return self.field.name if self.main else self.name


def mapped(source: SourceMapping) -> Iterator[Mapped]:
    """Every field that a mapping fills, those of the main table first."""
    for part in source.tables:
        for one in part.fields:
            yield Mapped(part.table, one, part is source.main)


def by_statistic(source: SourceMapping) -> dict[tuple[str, str], Mapped]:
    """The fields by what the statistics of columns call them: their `field` and `column`."""
    found: dict[tuple[str, str], Mapped] = {}
    for one in source.main.fields:
        key = (one.field.name, ", ".join(one.columns))
        found.setdefault(key, Mapped(source.main.table, one, main=True))
    tables = {part.table.name: part.table for part in source.others}
    for name, one in source.beside.items():
        table = tables[name.partition(".")[0]]
        found.setdefault((name, ", ".join(one.columns)), Mapped(table, one, main=False))
    return found


def fields_of(source: SourceMapping, columns: Iterable[str]) -> Sequence[str]:
    """The field that each column stands for: the first that is read from it.

    A column that only chooses rows stands for the table whose rows it chooses.
    """
    first: dict[str, str] = {}
    for one in mapped(source):
        for column in one.mapping.reads:
            first.setdefault(_folded(column), one.name)
    for part in source.tables:
        for column in part.filled:
            first.setdefault(_folded(column), part.table.name)
    found = (first.get(_folded(column)) for column in columns)
    return tuple(dict.fromkeys(name for name in found if name))


def _folded(column: str) -> str:
    return column.strip().casefold()
