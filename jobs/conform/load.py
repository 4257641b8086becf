"""Read a mapping file; every fault of it is found at once.

The `canonical` mapping needs no file: each field is read from the column of its name, and only the
key must be there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from config.errors import ConfigFaults, Fault
from config.models import read_model
from config.records import LISTED, Field, Table
from config.reference import Reference
from config.settings import Source
from config.toml_lines import TomlFile, read_toml
from config.vocabularies import Vocabulary
from jobs.conform.mapping import (
    NULL_WORDS,
    TEXT,
    FieldMapping,
    SourceMapping,
    TableMapping,
)
from jobs.conform.written import FieldSpec, FieldSpecs, MappingFile
from jobs.conform.zones import LONDON

#: Holds the salt of pseudonyms.
SALT = "ORDERWATCH_SALT"


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
        table = reference.records[source.records]
        return SourceMapping(
            TableMapping(table, _by_name(table, MappingFile(fields={}), reference)), (), NULL_WORDS
        )
    document = read_toml(file, name=file.name)
    faults: list[Fault] = []
    body = read_model(document, MappingFile, document.data, faults)
    if body is None:
        raise ConfigFaults(faults)
    records = body.records or source.records
    if records != source.records:
        faults.append(
            document.fault(
                f"the mapping is for `{records}`, the source `{source.name}` for "
                f"`{source.records}`",
                "records",
            )
        )
    reader = _Reader(document, body, reference, faults)
    main = reader.table(records, body.fields, ("fields",), canonical=body.canonical)
    others = [
        reader.table(rows.records, rows.fields, ("rows", number, "fields"), rows.filled)
        for number, rows in enumerate(body.rows)
    ]
    if faults or main is None:
        raise ConfigFaults(faults)
    return SourceMapping(
        main=main,
        others=tuple(other for other in others if other is not None),
        null_words=tuple(dict.fromkeys([*NULL_WORDS, *_lower(body.null_words)])),
        where=body.where,
    )


def _lower(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.strip().lower() for word in words)


def fields_of(table: Table) -> Iterator[Field]:
    """The fields that a source may fill.

    A source may carry a text, which is measured and dropped, or what was measured of it already;
    and whether the time of day of an instant is known.
    """
    for one in table.fields.values():
        if one.name not in LISTED:
            yield one
        if one.time_known:
            yield Field(one.time_known, "boolean", f"Whether `{one.name}` has a time of day")
    if "text_len" in table.fields:
        yield TEXT


def vocabulary_of(one: Field, reference: Reference) -> Vocabulary | None:
    """The vocabulary that reads a field's words, where it is a code or a unit."""
    if one.vocabulary:
        return reference.vocabularies.get(one.vocabulary)
    if one.values:
        return Vocabulary.of(one.name, one.values)
    return reference.units.vocabulary() if one.foreign == "units.unit_code" else None


def _by_name(
    table: Table, body: MappingFile, reference: Reference, but: Sequence[str] = ()
) -> tuple[FieldMapping, ...]:
    """Each field from the column of its name; only the key must be there."""
    return tuple(
        replace(
            _mapped(
                one, FieldSpec(columns=_named(one, table)), body, vocabulary_of(one, reference)
            ),
            optional=one.name not in table.key,
            by_name=True,
        )
        for one in fields_of(table)
        if one.name not in but
    )


def _named(one: Field, table: Table) -> tuple[str, ...]:
    return (one.name, *([other] if (other := _worded(one, table)) else []))


def _mapped(
    one: Field, spec: FieldSpec, body: MappingFile, vocabulary: Vocabulary | None
) -> FieldMapping:
    """How a field is read, by its own keys and by those that stand over the whole file.

    Every field of every mapping is made here, whatever it is named by.
    """
    constant = spec.constant
    if isinstance(constant, bool):
        constant = str(constant).lower()
    return FieldMapping(
        field=one,
        columns=spec.read_from,
        how="date_time" if spec.date is not None else spec.how,
        separator=spec.separator,
        constant=None if constant is None else str(constant),
        formats=body.formats if spec.formats is None else spec.formats,
        values={word.strip().lower(): value for word, value in spec.values.items()}
        if spec.values
        else None,
        vocabulary=vocabulary,
        optional=spec.optional,
        when=(spec.when.column, _lower(spec.when.is_)) if spec.when else None,
        pseudonym=spec.pseudonym,
        midnight_real=(spec.midnight or body.midnight) == "real",
        time_zone=spec.time_zone or body.time_zone or LONDON,
        split=spec.split,
        each=spec.each,
        digits=spec.digits,
        prefix=spec.prefix,
        suffix=spec.suffix,
        null_words=tuple(dict.fromkeys([*_lower(body.null_words), *_lower(spec.null_words)])),
    )


def _worded(one: Field, table: Table) -> str | None:
    """The code whose word, as the source wrote it, a field keeps."""
    code = one.name.removesuffix("_raw")
    return code if code != one.name and code in table.fields else None


@dataclass
class _Reader:
    document: TomlFile
    body: MappingFile
    reference: Reference
    faults: list[Fault] = field(default_factory=list)

    def fault(self, message: str, *path: str | int) -> None:
        self.faults.append(self.document.fault(message, *path))

    def table(
        self,
        records: str,
        fields: FieldSpecs,
        path: tuple[str | int, ...],
        filled: tuple[str, ...] = (),
        *,
        canonical: bool = False,
    ) -> TableMapping | None:
        table = self.reference.records.tables.get(records)
        if table is None:
            allowed = ", ".join(self.reference.records.tables)
            self.fault(
                f"there is no table `{records}`; there are: {allowed}", *path[:-1], "records"
            )
            return None
        known = {one.name: one for one in fields_of(table)}
        found = []
        for name, spec in fields.items():
            if name not in known:
                self.fault(f"`{records}` has no field `{name}` that a source fills", *path, name)
            else:
                found.append(self.field(known[name], spec, (*path, name)))
        for key in table.key:
            if key not in fields and not canonical:
                self.fault(f"the key `{key}` of `{records}` is not mapped", *path)
        found += [self.word(one, table, fields) for one in known.values()
                  if one.name not in fields and _worded(one, table) in fields]  # fmt: skip
        if canonical:
            have = [mapped.field.name for mapped in found]
            found += _by_name(table, self.body, self.reference, have)
        # What a source says of a time of day is read after the instant that it speaks of.
        found.sort(key=lambda mapped: mapped.field.name.endswith("_time_known"))
        return TableMapping(table, tuple(found), filled)

    def word(self, one: Field, table: Table, fields: Mapping[str, FieldSpec]) -> FieldMapping:
        """The word behind a code, kept as the source wrote it: read as the code is."""
        spec = fields[str(_worded(one, table))]
        bare = spec.model_copy(
            update={"values": None, "vocabulary": None, "digits": 0, "prefix": "", "suffix": ""}
        )
        return _mapped(one, bare, self.body, None)

    def field(self, one: Field, spec: FieldSpec, path: tuple[str | int, ...]) -> FieldMapping:
        self.check(one, spec, path)
        return _mapped(one, spec, self.body, self.vocabulary(one, spec, path))

    def check(self, one: Field, spec: FieldSpec, path: tuple[str | int, ...]) -> None:
        timed = one.type in ("timestamp", "date")
        if spec.date is not None and one.type != "timestamp":
            self.fault(f"`{one.name}` is no timestamp: it has no `date` and `time`", *path)
        if spec.formats and not timed:
            self.fault(f"`{one.name}` is {one.type}: it has no `formats`", *path)
        if spec.pseudonym and one.type not in ("text", "text_list"):
            self.fault(f"`{one.name}` is {one.type}: only a text has a pseudonym", *path)
        elif spec.pseudonym and not os.environ.get(SALT):
            self.fault(
                f"`{one.name}` is a pseudonym, which needs a salt: put a long random text into the "
                f"environment variable {SALT}, and keep it",
                *path,
            )
        words = vocabulary_of(one, self.reference)
        allowed = words.values if words else ("true", "false") if one.type == "boolean" else None
        for value in sorted(set((spec.values or {}).values())):
            accepted = words is not None and words.accept is not None
            if allowed is not None and value not in allowed and not accepted:
                self.fault(
                    f"`{value}` is no value of `{one.name}`; allowed: {', '.join(allowed)}", *path
                )
        if spec.constant is not None and allowed is not None:
            said = str(spec.constant).lower() if one.type == "boolean" else str(spec.constant)
            if said not in allowed:
                self.fault(
                    f"`{said}` is no value of `{one.name}`; allowed: {', '.join(allowed)}", *path
                )
        if one.type == "integer" and isinstance(spec.constant, int):
            low = one.minimum is not None and spec.constant < one.minimum
            if low or (one.maximum is not None and spec.constant > one.maximum):
                self.fault(
                    f"`{spec.constant}` is no value of `{one.name}`; allowed: {one.bounds}", *path
                )

    def vocabulary(
        self, one: Field, spec: FieldSpec, path: tuple[str | int, ...]
    ) -> Vocabulary | None:
        if spec.vocabulary is None:
            return vocabulary_of(one, self.reference)
        if spec.vocabulary not in self.reference.vocabularies:
            allowed = ", ".join(self.reference.vocabularies)
            self.fault(f"there is no vocabulary `{spec.vocabulary}`; there are: {allowed}", *path)
        return self.reference.vocabularies.get(spec.vocabulary)
