"""Bounds on a YAML text, held before it is read: how deep, how much, and what aliases make of it.

A reader follows brackets and aliases wherever they lead: a few lines can ask for more than any
machine has. The events of a text tell that as they come, without anything being built.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    NodeEvent,
    ScalarEvent,
)

#: Letters of a text; the longest that comes along has a twentieth.
MOST_LETTERS = 2_000_000
#: Lists and mappings within each other; rules need five.
MOST_DEEP = 30
#: Values of a text, each counted as often as aliases repeat it.
MOST_VALUES = 200_000
#: Digits of one number; a longer one is no number that anything holds.
_MOST_DIGITS = 300

_LONG_NUMBER = re.compile(
    rf"(?<![\w.])[+-]?(?:0x[0-9a-fA-F_]{{{_MOST_DIGITS},}}|[\d_.]{{{_MOST_DIGITS},}})(?!\w)"
)
_ALIAS = re.compile(r"(?:^|[\s\[{,:?-])\*[^\s*]", re.MULTILINE)
_NESTED = re.compile(rf"^[ \-?:]{{{2 * MOST_DEEP},}}", re.MULTILINE)


@dataclass(frozen=True)
class Beyond:
    """Where a text goes beyond a bound.

    Attributes:
        line: The line, from 1.
        message: What is too much.
    """

    line: int
    message: str


def beyond_bounds(text: str) -> Beyond | None:
    """Where a YAML text goes beyond what is read, or None.

    What cannot be read at all is left for the reader to say.
    """
    if len(text) > MOST_LETTERS:
        return Beyond(1, f"the file has over {MOST_LETTERS:,} letters: part it")
    if found := _LONG_NUMBER.search(text):
        line = text.count("\n", 0, found.start()) + 1
        return Beyond(line, f"a number of over {_MOST_DIGITS} digits")
    return _walked(text) if _may_be_much(text) else None


def _may_be_much(text: str) -> bool:
    """Whether a text is worth the walk: most have no alias and no deep brackets at all."""
    if _ALIAS.search(text) or _NESTED.search(text) or text.count("\n") > MOST_VALUES // 4:
        return True
    deep = deepest = 0
    for sign in re.findall(r"[\[\]{}]", text):
        deep = deep + 1 if sign in "[{" else max(deep - 1, 0)
        deepest = max(deepest, deep)
    # The list of the file and its entry are around them.
    return deepest > MOST_DEEP - 3 or text.count(",") > MOST_VALUES // 4


def _walked(text: str) -> Beyond | None:
    """The events of a text in order, as far as they keep within the bounds."""
    sizes: dict[str, int] = {}
    #: The anchor and the values so far of each list or mapping that is open; the text itself first.
    open_: list[tuple[str | None, int]] = [(None, 0)]
    total = 0
    try:
        for event in YAML(typ="rt", pure=True).parse(text):
            line = event.start_mark.line + 1
            if isinstance(event, CollectionEndEvent):
                anchor, size = open_.pop()
                if anchor is not None:
                    sizes[anchor] = size
                open_[-1] = (open_[-1][0], open_[-1][1] + size)
            elif isinstance(event, NodeEvent):
                size = 1
                if isinstance(event, AliasEvent):
                    if any(anchor == event.anchor for anchor, _ in open_):
                        return Beyond(line, f"`*{event.anchor}` stands within what it refers to")
                    size = sizes.get(str(event.anchor), 1)
                elif isinstance(event, ScalarEvent) and event.anchor is not None:
                    sizes[str(event.anchor)] = 1
                total += size
                if total > MOST_VALUES:
                    return Beyond(line, f"over {MOST_VALUES:,} values, counted with aliases (`*`)")
                if isinstance(event, CollectionStartEvent):
                    open_.append((event.anchor, size))
                    if len(open_) > MOST_DEEP + 1:
                        said = f"lists and mappings over {MOST_DEEP} deep: a bracket too many?"
                        return Beyond(line, said)
                else:
                    open_[-1] = (open_[-1][0], open_[-1][1] + size)
    except Exception:
        return None  # no YAML: the reader says what is wrong
    return None
