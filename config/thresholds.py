"""The figures that rules and dataset gates compare with, and a force's own in their place.

The figures that come with Orderwatch are `config/thresholds.toml`; a force writes those that
differ under `[thresholds]` of its settings file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

import polars as pl
from polars.exceptions import PolarsError
from pydantic import Field

from config.errors import ConfigFaults, Fault
from config.models import Strict, read_models
from config.toml_lines import TomlFile, read_toml

#: The figures that come with Orderwatch.
THRESHOLDS_FILE = Path(__file__).with_name("thresholds.toml")

_Unit = Literal[
    "hours",
    "counted_hours",
    "minutes",
    "days",
    "working_days",
    "nights",
    "share",
    "count",
    "characters",
    "list",
    "date",
    "text",
    "pattern",
    "map",
]

_Text = Annotated[str, Field(min_length=1)]


class _Body(Strict):
    name: str
    value: Any
    unit: _Unit
    choices: Annotated[tuple[str, ...], Field(strict=False)] = ()
    of: str | None = None
    means: _Text
    basis: _Text
    verified: bool


@dataclass(frozen=True)
class Threshold:
    """One figure.

    Attributes:
        name: Its name, as rules and settings write it.
        value: A whole number, a share, a text, a date or None, a tuple or a mapping of tuples or
            numbers, as the unit says.
        unit: What the value counts, or `list`, `date`, `text`, `pattern`, `map`.
        means: What it does.
        basis: Where it comes from.
        verified: The law or the force's signed policy says so.
        choices: The texts allowed, where only some are.
        of: The vocabulary that codes come from, or `unit`; empty where the values are no codes.
        default: The value that came with Orderwatch.
    """

    name: str
    value: Any
    unit: str
    means: str
    basis: str
    verified: bool
    choices: tuple[str, ...]
    of: str | None
    default: Any

    def codes(self) -> tuple[str, ...]:
        """The codes that the value names, where it names any."""
        if self.of is None:
            return ()
        if isinstance(self.value, str):
            return (self.value,) if self.value else ()
        return tuple(self.value)

    @property
    def changed(self) -> bool:
        """Whether the force put its own value in the place of the default."""
        return bool(self.value != self.default)


def load_thresholds(
    path: Path = THRESHOLDS_FILE,
    *,
    overrides: Mapping[str, Any] | None = None,
    settings: TomlFile | None = None,
) -> Mapping[str, Threshold]:
    """Read the figures and put a force's own over them.

    Args:
        path: The figures that come with Orderwatch.
        overrides: The force's own values by name.
        settings: The file that the overrides stand in, under `[thresholds]`, for the lines of
            faults.

    Returns:
        The thresholds by name, in the file's order.

    Raises:
        ConfigFaults: With every fault of the file and of the overrides.
    """
    faults: list[Fault] = []
    thresholds = read_thresholds(path, faults, overrides=overrides, settings=settings)
    if faults:
        raise ConfigFaults(faults)
    return thresholds


def read_thresholds(
    path: Path,
    faults: list[Fault],
    *,
    overrides: Mapping[str, Any] | None = None,
    settings: TomlFile | None = None,
) -> Mapping[str, Threshold]:
    """As `load_thresholds`, but adds faults to a list and gives what has none."""
    file = read_toml(path, name=path.name)
    defaults: dict[str, Threshold] = {}
    for name, body in read_models(file, _Body, faults, name_field="name").items():
        value, wrong = _value(body.value, body.unit, body.choices)
        if wrong:
            faults.append(file.fault(_message(name, body.value, wrong), name, "value"))
        defaults[name] = Threshold(
            name=name,
            value=value,
            unit=body.unit,
            means=body.means,
            basis=body.basis,
            verified=body.verified,
            choices=body.choices,
            of=body.of,
            default=value,
        )
    own = _overrides(defaults, overrides or {}, settings, frozenset(file.data), faults)
    return MappingProxyType({**defaults, **own})


def _overrides(
    defaults: Mapping[str, Threshold],
    overrides: Mapping[str, Any],
    settings: TomlFile | None,
    known: frozenset[str],
    faults: list[Fault],
) -> dict[str, Threshold]:
    own: dict[str, Threshold] = {}
    where = settings or TomlFile("settings", {})
    for name, supplied in overrides.items():
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f"did you mean `{close[0]}`?" if close else "thresholds.toml lists them all"
            faults.append(
                where.fault(f"there is no threshold `{name}`; {hint}", "thresholds", name)
            )
            continue
        if name not in defaults:
            continue
        default = defaults[name]
        value, wrong = _value(supplied, default.unit, default.choices, like=default.default)
        if wrong:
            faults.append(where.fault(_message(name, supplied, wrong), "thresholds", name))
            continue
        verified = default.verified and value == default.default
        own[name] = replace(default, value=value, verified=verified)
    return own


def _message(name: str, supplied: Any, wrong: str) -> str:
    return f"threshold `{name}` is {supplied!r}; it must be {wrong}"


def _value(
    supplied: Any, unit: str, choices: tuple[str, ...], *, like: Any = None
) -> tuple[Any, str | None]:
    """The value as rules use it, and what it should have been if it is not."""
    read = _READERS.get(unit, _whole)
    value, wrong = read(supplied, like)
    if wrong is None and choices and value not in choices:
        return None, f"one of {', '.join(choices)}"
    return (None, f"{wrong} ({unit})") if wrong else (value, None)


def _whole(supplied: Any, _: Any) -> tuple[Any, str | None]:
    good = isinstance(supplied, int) and not isinstance(supplied, bool) and supplied >= 0
    return supplied, None if good else "a whole number, 0 or more"


def _share(supplied: Any, _: Any) -> tuple[Any, str | None]:
    number = isinstance(supplied, int | float) and not isinstance(supplied, bool)
    return supplied, None if number and 0 <= supplied <= 1 else "a number from 0 to 1"


def _text(supplied: Any, _: Any) -> tuple[Any, str | None]:
    return supplied, None if isinstance(supplied, str) else "a text"


def _pattern(supplied: Any, _: Any) -> tuple[Any, str | None]:
    try:
        pl.Series([""]).str.contains(supplied)
    except (PolarsError, TypeError):
        return supplied, "a regular expression (one with look-ahead may run for ever)"
    return supplied, None


def _date(supplied: Any, _: Any) -> tuple[Any, str | None]:
    if supplied in ("", None):
        return None, None
    if isinstance(supplied, str):
        try:
            supplied = date.fromisoformat(supplied)
        except ValueError:
            return None, 'a date (YYYY-MM-DD), or "" for none'
    good = isinstance(supplied, date) and not isinstance(supplied, datetime)
    return supplied, None if good else 'a date (YYYY-MM-DD), or "" for none'


def _list(supplied: Any, like: Any) -> tuple[Any, str | None]:
    if not isinstance(supplied, list | tuple):
        return None, "a list"
    kind = type(like[0]) if like else type(supplied[0]) if supplied else str
    if any(type(entry) is not kind for entry in supplied):
        return None, f"a list of which every entry is {_KIND_NAMES.get(kind, kind.__name__)}"
    return tuple(supplied), None


def _map(supplied: Any, like: Any) -> tuple[Any, str | None]:
    if not isinstance(supplied, Mapping):
        return None, "a map of names to values"
    values = list((like or supplied).values())
    lists = bool(values) and isinstance(values[0], list | tuple)
    found: dict[str, Any] = {}
    for key, entry in supplied.items():
        value, wrong = _list(entry, ("",)) if lists else _whole(entry, None)
        if wrong:
            return None, f"a map of which every value is {wrong} (see `{key}`)"
        found[str(key)] = value
    return MappingProxyType(found), None


_Reader = Callable[[Any, Any], tuple[Any, str | None]]

_READERS: Mapping[str, _Reader] = {
    "share": _share,
    "text": _text,
    "pattern": _pattern,
    "date": _date,
    "list": _list,
    "map": _map,
}

_KIND_NAMES: Mapping[type, str] = {str: "a text", int: "a whole number", date: "a date"}
