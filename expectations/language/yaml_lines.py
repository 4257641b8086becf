"""Read a YAML file of entries and know the line that each key stands on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from config.errors import Fault
from expectations.language.yaml_bounds import beyond_bounds


@dataclass(frozen=True)
class Entry:
    """One entry of a file.

    Attributes:
        file: The file with its folder, for messages: facts and rules may have files of one name.
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


#: What a YAML reader complains of, and what a person has to do about it.
_PLAINLY = (
    (r"found duplicate key \"(.*?)\"", r"the key `\1` stands twice in one entry"),
    (r"found character '\\t'", "a tab character stands here; set lines in with spaces only"),
    (
        r"found character '(.)' that cannot start",
        r"a text that begins with `\1` must stand in quotation marks",
    ),
    (
        "mapping values are not allowed",
        "a colon too many, or a line that is not set in as far as the keys above it; "
        "a text that holds `: ` must stand in quotation marks",
    ),
    (
        "expected <block end>",
        "the line is not set in as far as the keys above it; every key of an entry begins in the "
        "same column",
    ),
    (r"expected ',' or '[\]}]'", "a bracket is opened that is never closed, or a comma is missing"),
    ("found unexpected end of stream", "a quotation mark is opened that is never closed"),
    ("could not find expected ':'", "a key without its colon"),
)


def yaml_files(folders: Iterable[Path], faults: list[Fault]) -> Iterator[Path]:
    """The `*.yaml` of folders; a file that looks like one and would not be read is a fault."""
    for folder in folders:
        for path in sorted(folder.glob("*")):
            if path.suffix == ".yaml":
                yield path
            elif path.suffix.lower() in (".yml", ".yaml"):
                message = "the file is not read: its name must end in `.yaml`"
                faults.append(Fault(_label(path), 0, message))


def read_entries(path: Path, faults: list[Fault]) -> Iterator[Entry]:
    """The entries of a YAML list, what cannot be read being added to `faults`."""
    label = _label(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        message = "the file is not saved as UTF-8, or a character of this line is not"
        faults.append(Fault(label, line, message))
        return
    except OSError as error:
        faults.append(Fault(label, 0, f"the file cannot be read: {error.strerror}"))
        return
    entries, wrong = _parsed(label, text)
    faults += wrong
    yield from entries


@lru_cache(maxsize=256)
def _parsed(name: str, text: str) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """The entries of a text and what is wrong with it; the same text is read once."""
    if beyond := beyond_bounds(text):
        return (), (Fault(name, beyond.line, f"this is more than is read: {beyond.message}"),)
    try:
        document = _reader().load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        return (), (Fault(name, line, f"this is not YAML: {_plainly(str(error.problem))}"),)
    except YAMLError as error:
        return (), (Fault(name, 0, f"the file cannot be read: {error}"),)
    except (ValueError, ArithmeticError, RecursionError):
        message = "a date, a time or a number of this entry is none: put it in quotation marks"
        return (), (Fault(name, _unreadable(text), message),)
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


def _reader() -> YAML:
    reader = YAML(typ="rt")
    reader.allow_duplicate_keys = False
    return reader


def _unreadable(text: str) -> int:
    """The line of the first entry that cannot be read by itself; 1 where each can."""
    starts = [found.start() for found in re.finditer(r"^- ", text, re.MULTILINE)]
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        try:
            _reader().load(text[start:end])
        except YAMLError:
            continue  # an alias of another entry
        except (ValueError, ArithmeticError, RecursionError):
            return text.count("\n", 0, start) + 1
    return 1


def _label(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _plainly(problem: str) -> str:
    for pattern, words in _PLAINLY:
        if found := re.search(pattern, problem):
            return found.expand(words)
    return problem


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
