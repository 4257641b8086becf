"""A YAML text that asks for more than there is ends as a fault with its line, at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Fault
from expectations.catalogue import RULES_FOLDER
from expectations.facts import FACTS_FOLDER
from expectations.language.yaml_bounds import MOST_DEEP, MOST_LETTERS, beyond_bounds
from expectations.language.yaml_lines import read_entries

#: Ten levels of nine: three thousand million values out of twelve lines.
LAUGHS = "- id: A\n  a0: &a0 [lol, lol]\n" + "".join(
    f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 11)
)
LONG = "- id: A\n  x: &x [" + ", ".join(["1"] * 2_000) + "]\n"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("- id: A\n  x: " + "[" * 5_000 + "]" * 5_000 + "\n", 2, "deep"),
        ("- id: A\n  x: " + "[" * 5_000 + "\n", 2, "deep"),
        ("- id: A\n  x: " + "{a: " * 5_000 + "1" + "}" * 5_000 + "\n", 2, "deep"),
        ("- " * 3_000 + "x\n", 1, "deep"),
        ("- id: A\n" + "".join(f"{' ' * (n + 2)}k:\n" for n in range(400)), 31, "deep"),
        (LAUGHS, 7, "counted with aliases"),
        (LONG + "".join(f"  y{n}: *x\n" for n in range(2_000)), 101, "counted with aliases"),
        ("- id: A\n  x: &s [1, *s]\n", 2, "stands within what it refers to"),
        ("- id: A\n  x: &s\n    y: {z: *s}\n", 3, "stands within what it refers to"),
        ("- id: A\n  x: " + "9" * 6_000 + "\n", 2, "digits"),
        ("- id: A\n  x: 0x" + "f" * 6_000 + "\n", 2, "digits"),
        ("- id: A\n- id: B\n  x: 2026-13-45\n", 2, "quotation marks"),
        ("- id: A\n- id: B\n  x: 2026-02-30 25:61:61\n", 2, "quotation marks"),
        ("- id: A\n  x: " + "a" * MOST_LETTERS, 1, "letters"),
    ],
)
def test_too_much_is_a_fault_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    (tmp_path / "own.yaml").write_text(text)
    faults: list[Fault] = []
    assert list(read_entries(tmp_path / "own.yaml", faults)) == []
    assert [fault.line for fault in faults] == [line]
    assert said in faults[0].message


def test_what_comes_along_is_far_within_the_bounds() -> None:
    files = [*RULES_FOLDER.glob("*.yaml"), *FACTS_FOLDER.glob("*.yaml")]
    assert len(files) > 10
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert beyond_bounds(text) is None
        assert len(text) < MOST_LETTERS / 10


@given(depth=st.integers(1, 60), brackets=st.sampled_from(["[]", "{}"]))
def test_depth_is_allowed_up_to_the_bound(depth: int, brackets: str) -> None:
    """The list of the file and its entry are two of the levels."""
    inner = "[" * depth + "1" + "]" * depth
    if brackets == "{}":
        inner = "{a: " * depth + "1" + "}" * depth
    assert (beyond_bounds(f"- id: A\n  x: {inner}\n") is None) == (depth + 2 <= MOST_DEEP)


def test_an_alias_of_a_formula_is_kept(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "- id: A\n  where: &w >-\n    a == b\n- id: B\n  where: *w\n"
    )
    faults: list[Fault] = []
    entries = list(read_entries(tmp_path / "own.yaml", faults))
    assert faults == []
    assert [entry.values["where"] for entry in entries] == ["a == b", "a == b"]
