"""The page of faulty deliveries says what is so, and none of them loses a row or stops a night."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.sentences import is_said
from config.settings import load_settings
from tests.jobs.night.faults import faults, lost, page, seen, taken
from tests.places import ROOT
from tests.small_force import settings_file


def test_the_page_of_faults_is_current() -> None:
    made = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    assert made == page(), "run: make docs"


def test_no_fault_loses_a_row_or_says_what_it_should_not(tmp_path: Path) -> None:
    settings = load_settings(settings_file(tmp_path))
    codes, count = set(), 0
    for fault in faults(tmp_path):
        found = taken(fault, settings, tmp_path)
        words, code, _ = seen(found)
        assert lost(found) == 0, f"{fault.kind}, {fault.name}: rows are neither read nor rejected"
        assert "ZZMARK" not in words, fault.name
        if found.night.reason:
            assert is_said(found.night.reason), (fault.name, found.night.reason)
        codes.add(code)
        count += 1
    assert codes == {0, 4}
    assert count >= 150


@pytest.mark.parametrize("words", ["by an error that was not foreseen"])
def test_every_fault_was_foreseen(words: str) -> None:
    text = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if words in line] == []
