"""A TOML text that asks for more than there is ends as a fault with its line, at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigFaults
from config.toml_lines import _lines, read_toml


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a = 1\nb = " + "[" * 3_000 + "]" * 3_000 + "\n", 2, "deep"),
        ("a = 1\nb = " + "{a=" * 3_000 + "1" + "}" * 3_000 + "\n", 2, "deep"),
        ("a = 1\n" + ".".join(["b"] * 3_000) + " = 1\n", 2, "deep"),
        ("[" + ".".join(["b"] * 3_000) + "]\n", 1, "deep"),
        ("b = " + "[\n" * 3_000 + "]" * 3_000 + "\n", 0, "nothing can hold"),
        ("b = " + "[{a=" * 1_500 + "1" + "}]" * 1_500 + "\n", 0, "nothing can hold"),
        ("a = 1\nb = " + "9" * 6_000 + "\n", 2, "digits"),
        ("[t]\na = 1\nb = 99999999999999999999\n", 3, "18 digits"),
        ("[t]\na = [1, 2, {c = -99999999999999999999}]\n", 2, "18 digits"),
        ("a = 2026-13-45\n", 1, "not TOML"),
    ],
)
def test_too_much_is_a_fault_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(ConfigFaults) as caught:
        read_toml(tmp_path / "own.toml")
    assert [fault.line for fault in caught.value.faults] == [line]
    assert said in caught.value.faults[0].message


def test_a_header_of_many_letters_is_read_in_time_that_they_bound() -> None:
    for text in ("[" + " " * 200_000, "[" + "a " * 100_000, "[ a . b ]\nc = 1\n"):
        found = _lines(text)
    assert found[("a", "b", "c")] == 2
