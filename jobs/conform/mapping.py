"""A mapping: which columns of a source fill which canonical fields, and how they are read.

`docs/sources.md` explains every key with an example.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from config.records import Field, Table
from config.settings import Where
from config.vocabularies import Vocabulary

#: Words that mean nothing, in lower case.
NULL_WORDS = ("", "null", "none", "n/a", "na", "nan", "-", "--", "n/k", "nk", "not known", "nil")
#: Those of them that mean nothing in a key or a reference too. The others may be one, such as the
#: initials of an officer: NA, NK, None.
NO_REFERENCE = ("", "n/a", "-", "--", "n/k", "not known")

#: A field that a mapping may fill although it does not leave conform: the text is measured and
#: dropped.
TEXT = Field("text", "text", "Wording, which is measured and dropped", personal=True)


@dataclass(frozen=True)
class FieldMapping:
    """How one field is filled.

    Attributes:
        field: The canonical field.
        columns: The columns it is read from.
        how: `first` (the first that is filled), `join`, `hash` (a short fingerprint of all), or
            `date_time` (a column of dates and a column of times).
        separator: What joined values are parted by.
        constant: The value of every row, instead of a column.
        formats: Formats of dates and times, tried before the usual ones.
        values: Words of the source and the values that they stand for.
        vocabulary: The vocabulary that reads its codes.
        optional: The source may come without the column.
        when: Only rows whose column holds one of these words.
        pseudonym: The value is replaced by a salted fingerprint.
        midnight_real: Midnight is a real time, not a time that is not known.
        time_zone: The zone of times without an offset.
        split: What parts the members of a list.
        each: What parts the members of a column that makes a row for each of them.
        digits: Leading zeros are put back up to this many characters.
        prefix: Text put before every value.
        suffix: Text put after every value.
        by_name: No mapping names its column; it is read from the one of the field's own name.
        null_words: Words that the mapping says mean nothing here, in lower case, beside the usual.
    """

    field: Field
    columns: tuple[str, ...] = ()
    how: str = "first"
    separator: str = " "
    constant: str | None = None
    formats: tuple[str, ...] = ()
    values: Mapping[str, str] | None = None
    vocabulary: Vocabulary | None = None
    optional: bool = False
    when: tuple[str, tuple[str, ...]] | None = None
    pseudonym: bool = False
    midnight_real: bool = False
    time_zone: str = "Europe/London"
    split: str = ";"
    each: str = ""
    digits: int = 0
    prefix: str = ""
    suffix: str = ""
    by_name: bool = False
    null_words: tuple[str, ...] = ()

    @property
    def personal(self) -> bool:
        """Whether what it is read from may name a person."""
        return self.field.personal or self.pseudonym

    @property
    def nothing(self) -> tuple[str, ...]:
        """Every word that means nothing in the columns of the field, in lower case.

        The usual words may be keys and references, but for those of a list that is known.
        """
        names = self.field.identifies and self.vocabulary is None
        return (*(NO_REFERENCE if names else NULL_WORDS), *self.null_words)

    @property
    def reads(self) -> tuple[str, ...]:
        """Every column that it reads."""
        return (*self.columns, *([self.when[0]] if self.when else []))


@dataclass(frozen=True)
class TableMapping:
    """How one canonical table is filled.

    Attributes:
        table: The table.
        fields: Its fields.
        filled: Only rows where one of these columns is filled make a record.
    """

    table: Table
    fields: tuple[FieldMapping, ...]
    filled: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceMapping:
    """How a source is read.

    Attributes:
        main: The table that its rows become.
        others: Tables that it fills beside, a row a filled column.
        null_words: Words that mean nothing, in lower case.
        where: Conditions of the rows that are records; all must hold (`jobs.pull.apply_where`).
    """

    main: TableMapping
    others: tuple[TableMapping, ...]
    null_words: tuple[str, ...]
    where: tuple[Where, ...] = ()

    @property
    def tables(self) -> tuple[TableMapping, ...]:
        """Every table that it fills."""
        return (self.main, *self.others)

    @property
    def beside(self) -> Mapping[str, FieldMapping]:
        """Columns that only other tables than the main one read, by table and column.

        Where several fields of a table read a column, the one that asks most of it stands for it.
        """
        known = {name for field in self.main.fields for name in field.columns}
        found: dict[str, FieldMapping] = {}
        for part in self.others:
            for field in sorted(part.fields, key=_lenient):
                if set(field.columns) - known:
                    found.setdefault(f"{part.table.name}.{', '.join(field.columns)}", field)
        return found

    @property
    def columns(self) -> Mapping[str, bool]:
        """Every column that it reads, and whether the source may come without it."""
        found: dict[str, bool] = {}
        for table in self.tables:
            for field in table.fields:
                for column in field.reads:
                    found[column] = found.get(column, True) and field.optional
            for column in table.filled:
                found.setdefault(column, True)
        return found

    def names_person(self, mapping: FieldMapping) -> bool:
        """Whether what a field is read from may name a person: it, or another that reads it.

        The word behind a code (`status_raw`) is not counted: it is the code as it was written.
        """
        folded = {name.strip().casefold() for name in mapping.columns}
        return mapping.personal or any(
            other.personal and folded & {name.strip().casefold() for name in other.columns}
            for table in self.tables
            for other in table.fields
            if other.field.name != f"{mapping.field.name}_raw"
        )


def _lenient(mapping: FieldMapping) -> int:
    """How much a field takes: a typed one little, a code more, a text everything."""
    if mapping.field.type in ("timestamp", "date", "integer", "boolean"):
        return 0
    return 1 if mapping.vocabulary is not None else 2
