"""Read a TOML file and know the line that each key stands on."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.errors import ConfigFaults, Fault

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
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
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found.group(1)) if found else 0
        raise ConfigFaults([Fault(label, line, f"this is not TOML: {error}")]) from None
    return TomlFile(label, data, _lines(text))


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
