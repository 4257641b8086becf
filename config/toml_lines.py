"""Read a TOML file and know the line that each key stands on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.errors import ConfigFaults, Fault

_MOST_LETTERS = 5_000_000
_MOST_DEEP = 50
_BEYOND = 2**63
_DEEP = re.compile(
    rf"(?:[\[{{]\s*){{{_MOST_DEEP},}}|(?<![\w-])(?:(?:[\w-]+|\"[^\"]*\")\s*\.\s*){{{_MOST_DEEP},}}"
    rf"|(?:\{{\s*[\w-]+\s*=\s*){{{_MOST_DEEP},}}"
)
_LONG_NUMBER = re.compile(r"(?<![\w.\"'])[+-]?[\d_.]{300,}")
_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\s\]](?:[^\]]*[^\s\]])?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


@dataclass(frozen=True)
class TomlFile:
    """A TOML document and where its keys stand.

    Attributes:
        name: The file as it is named in messages.
        data: The document.
        lines: Line number (from 1) of each dotted key; a table of an array has its number from 0
            in the path (`source.0.name`).
    """

    name: str
    data: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int] = field(repr=False, default_factory=dict)

    def line(self, *path: str | int) -> int:
        """The line of the deepest part of `path` that has one, or 0."""
        keys = tuple(str(part) for part in path)
        for end in range(len(keys), 0, -1):
            if keys[:end] in self.lines:
                return self.lines[keys[:end]]
        return 0

    def fault(self, message: str, *path: str | int) -> Fault:
        """A fault at the line of `path`."""
        return Fault(self.name, self.line(*path), message)


def read_toml(path: Path, *, name: str | None = None) -> TomlFile:
    """Read a TOML file.

    Args:
        path: The file.
        name: How messages name it; by default as given.

    Raises:
        ConfigFaults: The file is missing, not UTF-8, or not TOML.
    """
    label = name or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigFaults([Fault(label, 0, "there is no such file")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigFaults([Fault(label, 0, f"the file cannot be read: {error}")]) from None
    if fault := _too_much(label, text):
        raise ConfigFaults([fault])
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found.group(1)) if found else 0
        raise ConfigFaults([Fault(label, line, f"this is not TOML: {error}")]) from None
    except (ValueError, ArithmeticError, RecursionError):
        message = "this is not TOML: a number, a date or a nesting that nothing can hold"
        raise ConfigFaults([Fault(label, 0, message)]) from None
    file = TomlFile(label, data, _lines(text))
    if faults := list(_too_large(file)):
        raise ConfigFaults(faults)
    return file


def _too_much(label: str, text: str) -> Fault | None:
    """What no file that people write has, and no reader would end with in good time."""
    if len(text) > _MOST_LETTERS:
        return Fault(label, 0, f"the file has over {_MOST_LETTERS:,} letters")
    for number, line in enumerate(text.splitlines(), start=1):
        if _DEEP.search(line):
            return Fault(label, number, f"brackets or dotted keys over {_MOST_DEEP} deep")
        if _LONG_NUMBER.search(line):
            return Fault(label, number, "a number of over 300 digits")
    return None


def _too_large(file: TomlFile) -> Iterator[Fault]:
    """Whole numbers that TOML does not have: beyond 64 bits."""
    left: list[tuple[tuple[str | int, ...], Any]] = [((), file.data)]
    while left:
        path, value = left.pop()
        if isinstance(value, Mapping):
            left += [((*path, str(key)), item) for key, item in value.items()]
        elif isinstance(value, list):
            left += [((*path, place), item) for place, item in enumerate(value)]
        elif isinstance(value, int) and abs(value) >= _BEYOND:
            yield file.fault("a whole number may have 18 digits", *path)


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """The line of each header and each key that begins a line."""
    lines: dict[tuple[str, ...], int] = {}
    counts: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _indexed(_parts(header.group(2)), counts)
            if header.group(1) == "[[":
                counts[table] = counts.get(table, -1) + 1
                lines.setdefault(table, number)
                table = (*table, str(counts[table]))
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_parts(key.group(1))), number)
    return lines


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _indexed(parts: tuple[str, ...], counts: Mapping[tuple[str, ...], int]) -> tuple[str, ...]:
    """`parts` with the number of the latest table after each array of tables on the way."""
    path: tuple[str, ...] = ()
    for part in parts[:-1]:
        path = (*path, part)
        if path in counts:
            path = (*path, str(counts[path]))
    return (*path, parts[-1])
