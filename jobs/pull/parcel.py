"""A delivery on its way from the reading process: small facts as JSON, frames as Arrow.

Nothing is pickled on this way: what a hostile file may have made of the reading process cannot make
the night run anything. Sentences are put together again on this side, so that they are held to
their kinds once more.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any, get_type_hints

import polars as pl
from pydantic import TypeAdapter

from config.sentences import Said, say
from jobs.pull.delivery import DeliveredFile, Delivery

_DAY, _MOMENT, _CLASS = "day:", "moment:", "class:"


def pack(delivery: Delivery) -> tuple[dict[str, Any], list[bytes]]:
    """A delivery as facts that are JSON, and the frames among its fields as Arrow streams."""
    facts: dict[str, Any] = {}
    frames: list[bytes] = []
    for field in fields(Delivery):
        value = getattr(delivery, field.name)
        if isinstance(value, pl.DataFrame):
            stream = io.BytesIO()
            value.write_ipc_stream(stream)
            facts[field.name] = len(frames)
            frames.append(stream.getvalue())
        elif field.name == "notes":
            facts[field.name] = [pack_said(note) for note in value]
        else:
            facts[field.name] = TypeAdapter(type(value)).dump_python(value, mode="json")
    return facts, frames


def unpack(facts: Mapping[str, Any], frames: list[bytes]) -> Delivery:
    """The delivery again.

    Raises:
        ValueError: The facts are not those of a delivery.
    """
    values: dict[str, Any] = {}
    for name, hint in _hints().items():
        fact = facts[name]
        if hint is pl.DataFrame:
            values[name] = pl.read_ipc_stream(frames[fact])
        elif name == "notes":
            values[name] = tuple(unpack_said(note) for note in fact)
        else:
            values[name] = _in_utc(TypeAdapter(hint).validate_json(json.dumps(fact)))
    return Delivery(**values)


def _in_utc(value: Any) -> Any:
    """Moments with the zone that Python and Polars know, where pydantic has one of its own."""
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, tuple):
        return tuple(_in_utc(one) for one in value)
    if isinstance(value, DeliveredFile):
        return replace(value, modified=value.modified.astimezone(UTC))
    return value


def _hints() -> Mapping[str, Any]:
    hints = get_type_hints(Delivery)
    return {field.name: hints[field.name] for field in fields(Delivery)}


def pack_said(said: Said | str) -> Any:
    """A sentence as JSON."""
    if isinstance(said, str):
        return said
    return [said.code, {name: _out(fact) for name, fact in said.facts.items()}]


def unpack_said(packed: Any) -> Any:
    """The sentence again, held to the kinds of its facts."""
    if isinstance(packed, str):
        return packed
    code, facts = packed
    return say(code, **{name: _in(fact) for name, fact in facts.items()})


def _out(fact: Any) -> Any:
    if isinstance(fact, datetime):
        return {_MOMENT: fact.isoformat()}
    if isinstance(fact, date):
        return {_DAY: fact.isoformat()}
    if isinstance(fact, type | BaseException):
        return {_CLASS: (fact if isinstance(fact, type) else type(fact)).__name__}
    return fact if isinstance(fact, str | int | float) else list(fact)


def _in(fact: Any) -> Any:
    if not isinstance(fact, Mapping):
        return fact
    ((kind, value),) = fact.items()
    if kind == _MOMENT:
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if kind == _DAY else type(str(value), (Exception,), {})
