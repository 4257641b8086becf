"""A slow reader of CSV text: the rules of `csv_rows` again, letter by letter, for one purpose."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_SPACES = " \t\v\f\x1c\x1d\x1e\x1f"


@dataclass
class Slow:
    """Rows read and bad rows, with the physical lines of each from 1 below the header."""

    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    lines: list[tuple[int, int]] = field(default_factory=list)
    bad: list[tuple[int, int, int, str]] = field(default_factory=list)
    incomplete: bool = False


def split(text: str) -> list[tuple[str, str]]:
    """Lines, each with what ends it."""
    found = re.findall(r"([^\r\n]*)(\r\n|\r|\n|\Z)", text)
    return found[:-1] if found and found[-1] == ("", "") else found


def parse(lines: list[tuple[str, str]], delimiter: str) -> tuple[list[str] | None, int, bool]:
    """The first row: its cells or None, how many lines it takes, whether a stray quote is in it."""
    cells: list[str] = []
    cell, state, stray = "", "start", False
    for number, (text, end) in enumerate(lines, start=1):
        for letter in text:
            if state == "start" and letter == '"':
                state = "quoted"
            elif state == "quoted":
                if letter == '"':
                    state = "closing"
                else:
                    cell += letter
            elif state == "closing" and letter == '"':
                cell, state = cell + '"', "quoted"
            elif letter == delimiter:
                cells.append(cell)
                cell, state = "", "start"
            elif state == "closing":
                return None, number, stray
            else:
                stray = stray or letter == '"'
                cell, state = cell + letter, "plain"
        if state != "quoted":
            return [*cells, cell], number, stray
        cell += end
    return None, len(lines), stray


def read(body: str, delimiter: str, width: int) -> Slow:
    """Every row of the text below a header of that width."""
    lines, slow, at = split(body), Slow(), 0
    lost, begun = False, 0

    def blank(place: int) -> bool:
        return not lines[place][0].strip(_SPACES)

    def alone(place: int) -> bool:
        cells, took, _ = parse(lines[place:], delimiter)
        return not blank(place) and took == 1 and cells is not None and len(cells) == width

    def broken(place: int, cells: list[str] | None, took: int) -> bool:
        if cells is None or took == 1:
            return cells is None
        shifted = len(cells or []) != width
        counts = {text.count(delimiter) for text, _ in lines[place : place + took]}
        if counts == {width - 1} and (shifted or width >= 5):
            return True
        return shifted and any(alone(inner) for inner in range(place + 1, place + took))

    def sound(place: int) -> bool:
        if blank(place):
            return False
        cells, took, stray = parse(lines[place:], delimiter)
        if broken(place, cells, took) or stray or len(cells or []) != width:
            return False
        inner = range(place + 1, place + took)
        return width == 1 or not any(alone(one) for one in inner)

    number = 0
    while at < len(lines):
        if blank(at):
            at += 1
            continue
        cells, took, _ = parse(lines[at:], delimiter)
        number += 1
        if broken(at, cells, took):
            slow.bad.append((number, at + 1, 1, "broken_quotes"))
            begun, at = at, at + 1
            while at < len(lines) and not sound(at):
                if not blank(at):
                    number += 1
                    slow.bad.append((number, at + 1, 1, "broken_quotes"))
                at += 1
            lost = at == len(lines)
            continue
        assert cells is not None
        if len(cells) == width:
            slow.rows.append((number, cells))
            slow.lines.append((at + 1, took))
        else:
            slow.bad.append((number, at + 1, took, "columns_shifted"))
            slow.incomplete = len(cells) < width
        at += took
    last_good = slow.rows[-1][0] if slow.rows else 0
    last_bad = slow.bad[-1][0] if slow.bad else 0
    if last_bad <= last_good:
        slow.incomplete = False
    elif lost:
        text = lines[begun][0]
        one = slow.bad[-1][1] == begun + 1
        slow.incomplete = not one or text.count('"') % 2 == 1 or text.count(delimiter) < width - 1
    elif slow.bad[-1][3] == "columns_shifted":
        cells, _, _ = parse(lines[slow.bad[-1][1] - 1 :], delimiter)
        slow.incomplete = len(cells or []) < width
    return slow
