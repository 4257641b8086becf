"""The reader beside a slow one that has nothing in common with it, on damaged files."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest

from config.settings import Source
from jobs.pull.delivery import Part
from jobs.pull.text_file import read_csv
from tests.jobs.pull import slow_reader

#: Files of each seed.
FILES = 200
WORDS = [
    "",
    "",
    " ",
    "a",
    "x y",
    "PPU",
    "in_force",
    "2026-11-01",
    "é",
    "\u201cno\u201d",
    "00012",
    "\0",
]
QUOTED = [
    'say ""no""',
    "a,b",
    "a;b",
    "l1\nl2",
    "l1\r\nl2",
    "l1\rl2",
    '""',
    "",
    "é\n\n,",
    "1,2,3,4,5",
]
DAMAGE = ['"', '""', ",", "\n", "\r", "\r\n", '"x', 'x"', ' "', ";", '","', "\n\n", " ", '"\n"']


def cell(pick: random.Random, *, quotes: bool, everything: bool) -> str:
    if everything or (quotes and pick.random() < 0.2):
        return f'"{pick.choice(QUOTED if pick.random() < 0.3 else WORDS)}"'
    return pick.choice(WORDS)


def a_file(pick: random.Random) -> tuple[str, str, int]:
    """The header, a body with random damage, and the width."""
    width = pick.choice([1, 2, 3, 5, 7])
    end = pick.choice(["\n", "\r\n", "\r", "\n"])
    quotes, everything = pick.random() < 0.6, pick.random() < 0.3
    rows = [
        ",".join(cell(pick, quotes=quotes, everything=everything) for _ in range(width))
        for _ in range(pick.randrange(0, 14))
    ]
    body = end.join(rows) + (end if rows and pick.random() < 0.8 else "")
    for _ in range(pick.choice([0, 0, 1, 1, 2, 3, 6])):
        place = pick.randrange(len(body) + 1)
        if pick.random() < 0.3:
            body = body[:place] + body[place + 1 :]
        else:
            body = body[:place] + pick.choice(DAMAGE) + body[place:]
    # A header whose CR stood before an LF of the body would end with both.
    after = "\r\n" if end == "\r" else end
    return ",".join(f"h{n}" for n in range(width)) + after, body, width


def read(path: Path, data: bytes, **more: object) -> Part:
    path.write_bytes(data)
    described = {"name": "s", "records": "orders", "kind": "csv", "path": str(path)}
    return read_csv(path, Source.model_validate({**described, "delimiter": ",", **more}))


@pytest.mark.parametrize("seed", range(10))
def test_every_cell_is_that_of_the_slow_reader(tmp_path: Path, seed: int) -> None:
    pick = random.Random(seed)
    for _ in range(FILES):
        header, body, width = a_file(pick)
        part = read(tmp_path / "f.csv", (header + body).encode())
        slow = slow_reader.read(body, ",", width)
        filled = [(n, c) for n, c in slow.rows if any(one.strip() for one in c)]
        frame = part.frame.select("_row", pl.exclude("_row"))
        assert [(n, list(c)) for n, *c in frame.rows()] == filled, body
        bad = part.bad_rows.select("_row", pl.col("line") - 1, "lines", "reason").rows()
        assert bad == slow.bad, body
        assert (part.incomplete == "last_row") == slow.incomplete, body
        assert part.left_out == len(slow.rows) - len(filled)


@pytest.mark.parametrize("seed", range(5))
def test_no_line_is_lost_and_none_counts_twice(tmp_path: Path, seed: int) -> None:
    """Of the slow reader, and so of the fast one: what is read and what is bad is what was sent."""
    pick = random.Random(1000 + seed)
    for _ in range(FILES):
        _, body, width = a_file(pick)
        slow = slow_reader.read(body, ",", width)
        spans = [*slow.lines, *((line, lines) for _, line, lines, _ in slow.bad)]
        taken = sorted(n for line, lines in spans for n in range(line, line + lines))
        lines = slow_reader.split(body)
        assert len(taken) == len(set(taken)), body
        assert {n for n in range(1, len(lines) + 1) if n not in taken} <= {
            n for n, (text, _) in enumerate(lines, start=1) if not text.strip()
        }, body
        numbers = sorted([n for n, _ in slow.rows] + [n for n, *_ in slow.bad])
        assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("seed", range(5))
def test_stray_quotes_cost_their_rows_only(tmp_path: Path, seed: int) -> None:
    """Of rows of a line each, every one is read or bad, wherever quotes were put or taken away."""
    pick = random.Random(2000 + seed)
    for _ in range(FILES):
        width, count = pick.choice([5, 8]), pick.randrange(1, 30)
        mark = pick.choice(["", '"'])
        rows = [[f"{mark}{row}-{column}{mark}" for column in range(width)] for row in range(count)]
        lines = [",".join(row) for row in rows]
        hurt = {pick.randrange(count) for _ in range(pick.randrange(0, 4))}
        for row in hurt:
            place = pick.randrange(len(lines[row]) + 1)
            lines[row] = lines[row][:place] + '"' + lines[row][place:]
        header = ",".join(f"h{n}" for n in range(width))
        part = read(tmp_path / "f.csv", "\n".join([header, *lines, ""]).encode())
        assert part.frame.height + part.bad_rows.height == count, lines
        whole = [tuple(c.strip('"') for c in row) for n, row in enumerate(rows) if n not in hurt]
        read_rows = part.frame.drop("_row").rows()
        assert [row for row in whole if row not in read_rows] == [], lines


def test_a_file_that_is_read_in_pieces_by_several_threads(tmp_path: Path) -> None:
    """Line breaks in cells, over more bytes than Polars gives to one thread."""
    note = "line one,\r\nline two, said no once\n" * 3
    rows = [(str(n), note if n % 3 else "", "x" * (n % 50)) for n in range(20_000)]
    lines = ["a,b,c"] + [f'{a},"{b.replace(chr(34), chr(34) * 2)}",{c}' for a, b, c in rows]
    part = read(tmp_path / "f.csv", "\r\n".join(lines).encode())
    assert part.frame.drop("_row").rows() == rows
    assert part.bad_rows.is_empty()
