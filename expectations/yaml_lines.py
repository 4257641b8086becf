"""Read a YAML file of entries and know the line that each key stands on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from config.errors import Fault


@dataclass(frozen=True)
class Entry:
    """One entry of a file.

    Attributes:
        file: The file's name, for messages.
        line: The line that the entry begins on.
        values: The entry as plain values.
        lines: The line of each key.
    """

    file: str
    line: int
    values: Mapping[str, Any]
    lines: Mapping[str, int]

    @property
    def name(self) -> str:
        """What messages call it: the value of its first key."""
        return str(next(iter(self.values.values()), "the entry"))

    def fault(self, message: str, *path: str | int) -> Fault:
        """A fault at the line of the key that `path` begins with, or of the entry."""
        return Fault(self.file, self.lines.get(str(path[0]) if path else "", self.line), message)


def read_entries(path: Path, faults: list[Fault]) -> Iterator[Entry]:
    """The entries of a YAML list, what cannot be read being added to `faults`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        faults.append(Fault(path.name, 0, f"the file cannot be read: {error}"))
        return
    entries, wrong = _parsed(path.name, text)
    faults += wrong
    yield from entries


@lru_cache(maxsize=256)
def _parsed(name: str, text: str) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """The entries of a text and what is wrong with it; the same text is read once."""
    reader = YAML(typ="rt")
    reader.allow_duplicate_keys = False
    try:
        document = reader.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        return (), (Fault(name, line, f"this is not YAML: {error.problem}"),)
    except YAMLError as error:
        return (), (Fault(name, 0, f"the file cannot be read: {error}"),)
    if document is None:
        return (), ()
    if not isinstance(document, CommentedSeq):
        return (), (Fault(name, 1, "the file must be a list of entries, each with a `- `"),)
    entries, faults = [], []
    for number, item in enumerate(document):
        line = document.lc.item(number)[0] + 1
        if not isinstance(item, CommentedMap):
            faults.append(Fault(name, line, "an entry must have keys and values"))
            continue
        lines = {str(key): item.lc.key(key)[0] + 1 for key in item}
        entries.append(Entry(name, line, _plain(item), lines))
    return tuple(entries), tuple(faults)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, datetime):  # the reader's own kind loses its zone when it is copied
        return datetime.combine(value.date(), value.timetz())
    return float(value) if isinstance(value, float) else value
