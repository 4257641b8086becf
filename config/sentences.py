"""The sentences that Orderwatch says of sources, gates and errors: a fixed list, with facts set in.

What stood in a file, a database or a driver's own words never becomes part of a message: a sentence
takes counts, times, and names that Orderwatch or the operator wrote (fields of the dictionary,
sources and keys of the settings). `Said` holds a sentence and its facts and is words only at the
edge; `is_said` tells whether a text is one of the sentences, so that a report can refuse any other.

The sentences are in `sentences.toml`, a table a room of the house: `[pull]` `empty = "..."` is the
sentence `pull.empty`. A template names its facts as `{name:kind}`; the kinds are those of `_KINDS`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from config.errors import ConfigFaults
from config.records import LISTED, load_records
from config.toml_lines import read_toml

#: The sentences.
SENTENCES_FILE = Path(__file__).with_name("sentences.toml")

_SLOT = re.compile(r"\{(\w+):(\w+)\}")


def _count(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a count is a number")
    return f"{value:,.0f}"


def _share(value: Any) -> str:
    if not isinstance(value, int | float):
        raise TypeError("a share is a number from 0 to 1")
    return f"{value:.1%}"


def _age(value: Any) -> str:
    """Hours in words: to the minute where that may decide, in days where it is long."""
    if not isinstance(value, int | float):
        raise TypeError("an age is a number of hours")
    whole, minutes = divmod(round(float(value) * 60), 60)
    if whole >= 72:
        return f"{whole // 24:,} days"
    rest = f" and {minutes} minute{'s' if minutes != 1 else ''}" if minutes else ""
    return f"{whole} hour{'s' if whole != 1 else ''}{rest}"


def _day(value: Any) -> str:
    if not isinstance(value, date):
        raise TypeError("a day is a date")
    return f"{value.day} {value:%B %Y}"


def _moment(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError("a moment is a date with its time")
    return f"{value.day} {value:%B %Y at %H:%M}"


@cache
def _dictionary() -> frozenset[str]:
    """Every name that may stand for a field: `made_date`, `orders.made_date`, `orders`."""
    tables = load_records().tables
    names = {name for table in tables.values() for name in table.schema} | {"text"}
    whole = {f"{table}.{name}" for table, spec in tables.items() for name in spec.schema}
    return frozenset(names | whole | set(tables) | {f"{t}.text" for t in tables} | set(LISTED))


def _fields(value: Any) -> str:
    """One field of the dictionary or several; the list is cut after ten."""
    names = [value] if isinstance(value, str) else list(value)
    unknown = [name for name in names if name not in _dictionary()]
    if unknown:
        raise ValueError(f"{len(unknown)} of the names are no fields of the dictionary")
    rest = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + rest


def _name(value: Any) -> str:
    """A name of the settings: a source, a rule, a unit of `units.toml`."""
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,80}", value):
        raise ValueError("this is no name of the settings")
    return value


def _encoding(value: Any) -> str:
    return codecs.lookup(str(value)).name


def _sqlstate(value: Any) -> str:
    if not re.fullmatch(r"[0-9A-Z]{5}", str(value)):
        raise ValueError("an SQLSTATE has five characters")
    return str(value)


def _class(value: Any) -> str:
    """The name of an exception's class, never its words."""
    named = value if isinstance(value, type) else type(value)
    return named.__name__


_KINDS: Mapping[str, tuple[Callable[[Any], str], str]] = {
    "count": (_count, r"-?[\d,]+"),
    "share": (_share, r"-?\d+\.\d%"),
    "age": (_age, r"[\d,]+ (?:days|hours?(?: and \d+ minutes?)?)"),
    "day": (_day, r"\d{1,2} [A-Z][a-z]+ \d{4}"),
    "moment": (_moment, r"\d{1,2} [A-Z][a-z]+ \d{4} at \d\d:\d\d"),
    "fields": (_fields, r"[a-z_0-9.]+(?:, [a-z_0-9.]+)*(?: and \d+ more)?"),
    "name": (_name, r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,80}"),
    "encoding": (_encoding, r"[a-z0-9_.-]+"),
    "sqlstate": (_sqlstate, r"[0-9A-Z]{5}"),
    "class": (_class, r"\w+"),
}


@cache
def sentences() -> Mapping[str, str]:
    """Every sentence by its code.

    Raises:
        ConfigFaults: A sentence has a fact of a kind that there is not.
    """
    file = read_toml(SENTENCES_FILE, name=SENTENCES_FILE.name)
    found = {
        f"{room}.{name}": str(template)
        for room, listed in file.data.items()
        for name, template in listed.items()
    }
    faults = [
        file.fault(f"`{code}` has a fact of unknown kind `{slot[2]}`", *code.split("."))
        for code, template in found.items()
        for slot in _SLOT.finditer(template)
        if slot[2] not in _KINDS
    ]
    if faults:
        raise ConfigFaults(faults)
    return found


@dataclass(frozen=True)
class Said:
    """A sentence with its facts; words only when it is printed.

    Attributes:
        code: Which sentence of `SENTENCES`.
        facts: What is set in, by the names of the template.
    """

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.code not in sentences():
            raise KeyError(f"there is no sentence `{self.code}`")
        str(self)  # a fact that is no fact fails where it is made, not where it is read

    def __str__(self) -> str:
        def one(slot: re.Match[str]) -> str:
            return _KINDS[slot[2]][0](self.facts[slot[1]])

        return _SLOT.sub(one, sentences()[self.code])


def say(code: str, **facts: Any) -> Said:
    """The sentence of a code with its facts.

    Raises:
        KeyError: There is no such sentence, or a fact is missing.
        TypeError: A fact is not of its kind.
        ValueError: A name is not one of ours.
    """
    return Said(code, facts)


def is_said(text: str) -> bool:
    """Whether a text is sentences of the list and nothing else, parted by `; `."""
    return _pattern().fullmatch(text) is not None


def codes_of(text: str) -> tuple[str, ...]:
    """The codes of the sentences that a text is made of, parted by `; `; none where it is not."""
    found = [_code(part) for part in text.split("; ")]
    return tuple(code for code in found if code) if all(found) else ()


def has_figures(code: str) -> bool:
    """Whether a sentence holds counts, shares or ages, which a small count could be read from."""
    kinds = {slot[2] for slot in _SLOT.finditer(sentences()[code])}
    return bool(kinds & {"count", "share", "age"})


def _code(text: str) -> str | None:
    return next((code for code, shape in _shapes().items() if shape.fullmatch(text)), None)


@cache
def _shapes() -> Mapping[str, re.Pattern[str]]:
    return {code: re.compile(_shape(template)) for code, template in sentences().items()}


def _shape(template: str) -> str:
    parts, last = [], 0
    for slot in _SLOT.finditer(template):
        parts += [re.escape(template[last : slot.start()]), f"(?:{_KINDS[slot[2]][1]})"]
        last = slot.end()
    return "".join([*parts, re.escape(template[last:])])


@cache
def _pattern() -> re.Pattern[str]:
    one = "|".join(_shape(template) for template in sentences().values())
    return re.compile(f"(?:{one})(?:; (?:{one}))*")


def joined(said: Iterable[Said]) -> str:
    """Several sentences as one text."""
    return "; ".join(str(one) for one in said)
