"""Read a mapping file; every fault of it is found at once.

The `canonical` mapping needs no file: each field is read from the column of its name, and only the
key must be there.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import pydantic
from pydantic import BeforeValidator, field_validator, model_validator

from config.errors import ConfigFaults, Fault
from config.models import Strict, read_model
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
from jobs.conform.times import format_fault

#: Holds the salt of pseudonyms.
SALT = "ORDERWATCH_SALT"

_LONDON = "Europe/London"


def _a_zone(name: str | None) -> str | None:
    if name is not None:
        try:
            ZoneInfo(name)
        except (OSError, ValueError, KeyError):
            raise ValueError("there is no such time zone; write it as Europe/London") from None
    return name


def _formats(formats: tuple[str, ...]) -> tuple[str, ...]:
    said = [fault for form in formats if (fault := format_fault(form)) is not None]
    if said:
        raise ValueError("; ".join(said))
    return formats


_List = Annotated[tuple[str, ...], pydantic.Field(strict=False)]
_Formats = Annotated[_List, pydantic.AfterValidator(_formats)]
_Zone = Annotated[str | None, pydantic.AfterValidator(_a_zone)]
_Midnight = Literal["unknown", "real"]


class _When(Strict):
    column: str
    is_: Annotated[_List, pydantic.Field(alias="is", min_length=1)]


def _alone(spec: Any) -> Any:
    return {"column": spec} if isinstance(spec, str) else spec


class _Field(Strict):
    column: str | None = None
    columns: Annotated[_List, pydantic.Field(min_length=1)] | None = None
    date: str | None = None
    time: str | None = None
    constant: str | bool | int | dt.date | dt.datetime | None = None
    how: Literal["first", "join", "hash"] = "first"
    separator: str = " "
    formats: _Formats | None = None
    values: dict[str, str] | None = None
    vocabulary: str | None = None
    optional: bool = False
    when: _When | None = None
    pseudonym: bool = False
    midnight: _Midnight | None = None
    time_zone: _Zone = None
    split: Annotated[str, pydantic.Field(min_length=1)] = ";"
    each: str = ""
    digits: Annotated[int, pydantic.Field(ge=0, le=30)] = 0
    prefix: str = ""
    suffix: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> _Field:
        ways = [name for name in ("column", "columns", "constant", "date") if self._has(name)]
        if len(ways) != 1:
            raise ValueError("say one of `column`, `columns`, `constant`, or `date` and `time`")
        if (self.date is None) != (self.time is None):
            raise ValueError("`date` and `time` go together")
        return self

    def _has(self, name: str) -> bool:
        return getattr(self, name) is not None

    @property
    def read_from(self) -> tuple[str, ...]:
        if self.date is not None and self.time is not None:
            return (self.date, self.time)
        return (self.column,) if self.column is not None else self.columns or ()


_Fields = dict[str, Annotated[_Field, BeforeValidator(_alone)]]


class _Rows(Strict):
    records: str
    filled: Annotated[_List, pydantic.Field(min_length=1)]
    fields: _Fields

    @field_validator("filled", mode="before")
    @classmethod
    def _one_alone(cls, filled: object) -> object:
        return [filled] if isinstance(filled, str) else filled


class _Body(Strict):
    records: str | None = None
    canonical: bool = False
    time_zone: _Zone = None
    midnight: _Midnight = "unknown"
    formats: _Formats = ()
    null_words: _List = ()
    fields: Annotated[_Fields, pydantic.Field(default_factory=dict)]
    rows: Annotated[tuple[_Rows, ...], pydantic.Field(strict=False)] = ()


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
        return SourceMapping(TableMapping(table, _by_name(table, reference)), (), NULL_WORDS)
    document = read_toml(file, name=file.name)
    faults: list[Fault] = []
    body = read_model(document, _Body, document.data, faults)
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
    words = (word.strip().lower() for word in body.null_words)
    return SourceMapping(
        main=main,
        others=tuple(other for other in others if other is not None),
        null_words=tuple(dict.fromkeys([*NULL_WORDS, *words])),
    )


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
    table: Table, reference: Reference, but: Mapping[str, Any] | None = None
) -> tuple[FieldMapping, ...]:
    """Each field from the column of its name; only the key must be there."""
    return tuple(
        FieldMapping(
            field=one,
            columns=(one.name, *([other] if (other := _worded(one, table)) else [])),
            vocabulary=vocabulary_of(one, reference),
            optional=one.name not in table.key,
            by_name=True,
        )
        for one in fields_of(table)
        if one.name not in (but or {})
    )


def _worded(one: Field, table: Table) -> str | None:
    """The code whose word, as the source wrote it, a field keeps."""
    code = one.name.removesuffix("_raw")
    return code if code != one.name and code in table.fields else None


@dataclass
class _Reader:
    document: TomlFile
    body: _Body
    reference: Reference
    faults: list[Fault] = field(default_factory=list)

    def fault(self, message: str, *path: str | int) -> None:
        self.faults.append(self.document.fault(message, *path))

    def table(
        self,
        records: str,
        fields: Mapping[str, _Field],
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
            have = {mapped.field.name for mapped in found}
            others = _by_name(table, self.reference, dict.fromkeys(have))
            found += others
        # What a source says of a time of day is read after the instant that it speaks of.
        found.sort(key=lambda mapped: mapped.field.name.endswith("_time_known"))
        return TableMapping(table, tuple(found), filled)

    def word(self, one: Field, table: Table, fields: Mapping[str, _Field]) -> FieldMapping:
        """The word behind a code, kept as the source wrote it."""
        spec = fields[str(_worded(one, table))]
        return FieldMapping(field=one, columns=spec.read_from, optional=spec.optional)

    def field(self, one: Field, spec: _Field, path: tuple[str | int, ...]) -> FieldMapping:
        self.check(one, spec, path)
        midnight = spec.midnight or self.body.midnight
        constant = spec.constant
        if isinstance(constant, bool):
            constant = str(constant).lower()
        return FieldMapping(
            field=one,
            columns=spec.read_from,
            how="date_time" if spec.date is not None else spec.how,
            separator=spec.separator,
            constant=None if constant is None else str(constant),
            formats=self.body.formats if spec.formats is None else spec.formats,
            values={word.strip().lower(): value for word, value in spec.values.items()}
            if spec.values
            else None,
            vocabulary=self.vocabulary(one, spec, path),
            optional=spec.optional,
            when=(spec.when.column, tuple(word.strip().lower() for word in spec.when.is_))
            if spec.when
            else None,
            pseudonym=spec.pseudonym,
            midnight_real=midnight == "real",
            time_zone=spec.time_zone or self.body.time_zone or _LONDON,
            split=spec.split,
            each=spec.each,
            digits=spec.digits,
            prefix=spec.prefix,
            suffix=spec.suffix,
        )

    def check(self, one: Field, spec: _Field, path: tuple[str | int, ...]) -> None:
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

    def vocabulary(
        self, one: Field, spec: _Field, path: tuple[str | int, ...]
    ) -> Vocabulary | None:
        if spec.vocabulary is None:
            return vocabulary_of(one, self.reference)
        if spec.vocabulary not in self.reference.vocabularies:
            allowed = ", ".join(self.reference.vocabularies)
            self.fault(f"there is no vocabulary `{spec.vocabulary}`; there are: {allowed}", *path)
        return self.reference.vocabularies.get(spec.vocabulary)
