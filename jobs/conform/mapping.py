"""A mapping: which columns of a source fill which canonical fields, and how they are read.

`docs/sources.md` explains every key with an example. The `canonical` mapping needs no file: each
field is read from the column of its name, and only the key must be there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config.errors import ConfigFaults, Fault
from config.records import Field, Records, Table
from config.reference import Reference
from config.settings import Source
from config.toml_lines import TomlFile, read_toml
from config.vocabularies import Vocabulary

#: Words that mean nothing, in lower case.
NULL_WORDS = ("", "null", "none", "n/a", "na", "nan", "-", "--", "n/k", "nk", "not known", "nil")

#: Fields that a mapping may fill although they do not leave conform: the text is measured and
#: dropped.
TEXT = Field("text", "text", "Wording, which is measured and dropped", personal=True)

#: Lists the fields of a record that held a placeholder date.
SENTINELS = "sentinel_fields"

_TOP = frozenset(["records", "time_zone", "midnight", "null_words", "fields", "rows"])
_ROWS = frozenset(["records", "filled", "fields"])
_FIELD = frozenset(
    ["column", "columns", "how", "separator", "date", "time", "constant", "formats", "values"]
) | {"vocabulary", "optional", "when", "pseudonym", "midnight", "time_zone", "split", "digits"}
_HOWS = ("first", "join", "hash")
_MIDNIGHTS = ("unknown", "real")


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
        digits: Leading zeros are put back up to this many characters.
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
    digits: int = 0

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
    """

    main: TableMapping
    others: tuple[TableMapping, ...]
    null_words: tuple[str, ...]

    @property
    def tables(self) -> tuple[TableMapping, ...]:
        """Every table that it fills."""
        return (self.main, *self.others)

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


def load_mapping(source: Source, file: Path | None, reference: Reference) -> SourceMapping:
    """The mapping of a source.

    Args:
        source: The source.
        file: Its mapping file; None for the canonical mapping.
        reference: The dictionary and the vocabularies.

    Raises:
        ConfigFaults: With every fault of the file.
    """
    if file is None:
        return _canonical(source, reference)
    document = read_toml(file, name=file.name)
    faults: list[Fault] = []
    faults += [
        document.fault(f"unknown key `{key}`; allowed: {', '.join(sorted(_TOP))}", key)
        for key in sorted(set(document.data) - _TOP)
    ]
    records = document.data.get("records", source.records)
    if records != source.records:
        faults.append(
            document.fault(
                f"the mapping is for `{records}`, the source `{source.name}` for "
                f"`{source.records}`",
                "records",
            )
        )
    reader = _Reader(document, reference, faults)
    main = reader.table(records, document.data.get("fields", {}), ("fields",), ())
    others = [
        found
        for number, rows in enumerate(document.data.get("rows", []))
        if (found := reader.rows(number, rows)) is not None
    ]
    words = document.data.get("null_words", [])
    if faults or main is None:
        raise ConfigFaults(faults)
    extra = (str(word).strip().lower() for word in words)
    return SourceMapping(main, tuple(others), tuple(dict.fromkeys([*NULL_WORDS, *extra])))


def _canonical(source: Source, reference: Reference) -> SourceMapping:
    table = reference.records[source.records]
    fields = tuple(
        FieldMapping(
            field=field,
            columns=(field.name,),
            vocabulary=vocabulary_of(field, reference),
            optional=field.name not in table.key,
        )
        for field in fields_of(table)
    )
    return SourceMapping(TableMapping(table, fields), (), NULL_WORDS)


def fields_of(table: Table) -> Iterator[Field]:
    """The fields that a source may fill.

    A source may carry a text, which is measured and dropped, or what was measured of it already.
    """
    yield from (field for field in table.fields.values() if field.name != SENTINELS)
    if "text_len" in table.fields:
        yield TEXT


def vocabulary_of(field: Field, reference: Reference) -> Vocabulary | None:
    """The vocabulary that reads a field's words, where it is a code or a unit."""
    if field.vocabulary:
        return reference.vocabularies.get(field.vocabulary)
    if field.values:
        return Vocabulary.of(field.name, field.values)
    return reference.units.vocabulary() if field.foreign == "units.unit_code" else None


@dataclass
class _Reader:
    document: TomlFile
    reference: Reference
    faults: list[Fault]

    @property
    def records(self) -> Records:
        return self.reference.records

    def fault(self, message: str, *path: str | int) -> None:
        self.faults.append(self.document.fault(message, *path))

    def rows(self, number: int, body: Mapping[str, Any]) -> TableMapping | None:
        path = ("rows", number)
        for key in sorted(set(body) - _ROWS):
            allowed = ", ".join(sorted(_ROWS))
            self.fault(f"unknown key `{key}`; allowed: {allowed}", *path, key)
        filled = tuple(str(column) for column in body.get("filled", ()))
        if not filled:
            self.fault("say which column must be `filled` for a row to be made", *path)
        records = str(body.get("records", ""))
        return self.table(records, body.get("fields", {}), (*path, "fields"), filled)

    def table(
        self,
        records: str,
        fields: Mapping[str, Any],
        path: tuple[str | int, ...],
        filled: tuple[str, ...],
    ) -> TableMapping | None:
        table = self.records.tables.get(records)
        if table is None:
            allowed = ", ".join(self.records.tables)
            self.fault(
                f"there is no table `{records}`; there are: {allowed}", *path[:-1], "records"
            )
            return None
        known = {field.name: field for field in fields_of(table)}
        found = []
        for name, spec in fields.items():
            if name not in known:
                self.fault(f"`{records}` has no field `{name}` that a source fills", *path, name)
            elif (mapped := self.field(known[name], spec, (*path, name))) is not None:
                found.append(mapped)
        for key in table.key:
            if key not in fields:
                self.fault(f"the key `{key}` of `{records}` is not mapped", *path)
        return TableMapping(table, tuple(found), filled)

    def field(self, field: Field, spec: Any, path: tuple[str | int, ...]) -> FieldMapping | None:
        if isinstance(spec, str):
            spec = {"column": spec}
        if not isinstance(spec, dict):
            self.fault(f"`{field.name}` must be a column's name or a table of keys", *path)
            return None
        for key in sorted(set(spec) - _FIELD):
            self.fault(
                f"`{field.name}` has an unknown key `{key}`; allowed: {', '.join(sorted(_FIELD))}",
                *path,
            )
        columns, how = self.columns(field, spec, path)
        midnight = spec.get("midnight", self.document.data.get("midnight", "unknown"))
        if midnight not in _MIDNIGHTS:
            self.fault(f"`midnight = {midnight!r}`; allowed: {', '.join(_MIDNIGHTS)}", *path)
        zone = str(spec.get("time_zone", self.document.data.get("time_zone", "Europe/London")))
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            self.fault(f"there is no time zone {zone!r}", *path)
        return FieldMapping(
            field=field,
            columns=columns,
            how=how,
            separator=str(spec.get("separator", " ")),
            constant=None if spec.get("constant") is None else str(spec["constant"]),
            formats=tuple(spec.get("formats", ())),
            values=self.values(field, spec, path),
            vocabulary=self.vocabulary(field, spec, path),
            optional=bool(spec.get("optional", False)),
            when=self.when(field, spec, path),
            pseudonym=bool(spec.get("pseudonym", False)),
            midnight_real=midnight == "real",
            time_zone=zone,
            split=str(spec.get("split", ";")),
            digits=int(spec.get("digits", 0)),
        )

    def columns(
        self, field: Field, spec: Mapping[str, Any], path: tuple[str | int, ...]
    ) -> tuple[tuple[str, ...], str]:
        ways = [key for key in ("column", "columns", "constant", "date") if key in spec]
        if len(ways) != 1:
            self.fault(
                f"`{field.name}` needs `column`, `columns`, `constant`, or `date` and `time`",
                *path,
            )
            return (), "first"
        if ways == ["date"]:
            if "time" not in spec or field.type != "timestamp":
                self.fault(f"`{field.name}`: `date` and `time` together make a timestamp", *path)
            return (str(spec["date"]), str(spec.get("time", ""))), "date_time"
        how = str(spec.get("how", "first"))
        if how not in _HOWS:
            self.fault(f"`how = {how!r}`; allowed: {', '.join(_HOWS)}", *path)
        columns = [spec["column"]] if "column" in spec else spec.get("columns", [])
        return tuple(str(column) for column in columns), how

    def values(
        self, field: Field, spec: Mapping[str, Any], path: tuple[str | int, ...]
    ) -> Mapping[str, str] | None:
        if "values" not in spec:
            return None
        values = {str(k).strip().lower(): str(v) for k, v in spec["values"].items()}
        words = vocabulary_of(field, self.reference)
        for value in sorted(set(values.values())):
            if words and value not in words.values and not words.accept:
                self.fault(
                    f"`{value}` is no value of `{field.name}`; allowed: {', '.join(words.values)}",
                    *path,
                )
        return values

    def vocabulary(
        self, field: Field, spec: Mapping[str, Any], path: tuple[str | int, ...]
    ) -> Vocabulary | None:
        name = spec.get("vocabulary")
        if name is None:
            return vocabulary_of(field, self.reference)
        if name not in self.reference.vocabularies:
            self.fault(f"there is no vocabulary `{name}`", *path)
        return self.reference.vocabularies.get(name)

    def when(
        self, field: Field, spec: Mapping[str, Any], path: tuple[str | int, ...]
    ) -> tuple[str, tuple[str, ...]] | None:
        when = spec.get("when")
        if when is None:
            return None
        if not isinstance(when, dict) or set(when) != {"column", "is"}:
            self.fault(f"`when` of `{field.name}` is {{ column = ..., is = [...] }}", *path)
            return None
        return str(when["column"]), tuple(str(word).strip().lower() for word in when["is"])
