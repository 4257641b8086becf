"""A mapping file as it is written, before its fields are looked up in the dictionary."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import pydantic
from pydantic import BeforeValidator, field_validator, model_validator

from config.models import Strict
from config.settings import Where
from jobs.conform.times import format_fault


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


class FieldSpec(Strict):
    """How a field is filled, as it is written."""

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
    null_words: _List = ()
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
    def _one_way(self) -> FieldSpec:
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
        """The columns that it is read from."""
        if self.date is not None and self.time is not None:
            return (self.date, self.time)
        return (self.column,) if self.column is not None else self.columns or ()


#: The fields of a table; a column's name alone may stand for a field.
FieldSpecs = dict[str, Annotated[FieldSpec, BeforeValidator(_alone)]]


class RowsSpec(Strict):
    """Columns that are rows elsewhere, as they are written."""

    records: str
    filled: Annotated[_List, pydantic.Field(min_length=1)]
    fields: FieldSpecs

    @field_validator("filled", mode="before")
    @classmethod
    def _one_alone(cls, filled: object) -> object:
        return [filled] if isinstance(filled, str) else filled


class MappingFile(Strict):
    """A whole mapping file as it is written."""

    records: str | None = None
    canonical: bool = False
    time_zone: _Zone = None
    midnight: _Midnight = "unknown"
    formats: _Formats = ()
    null_words: _List = ()
    where: Annotated[tuple[Where, ...], pydantic.Field(strict=False)] = ()
    fields: Annotated[FieldSpecs, pydantic.Field(default_factory=dict)]
    rows: Annotated[tuple[RowsSpec, ...], pydantic.Field(strict=False)] = ()
