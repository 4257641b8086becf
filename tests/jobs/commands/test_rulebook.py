"""Rules on the command line: shown whole, of a theme, exported; what is not there is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import NightError, WrongUsage
from config.settings import Settings, load_settings
from jobs.commands.rulebook import export_rules, one_rule, rule_list


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings()


def test_a_rule_is_shown_with_theme_and_status(settings: Settings) -> None:
    said = one_rule(settings, "ord-inf-001")
    assert said.startswith("ORD-INF-001: ")
    assert "Theme: Information sharing (`information_sharing`). Status: active." in said


@pytest.mark.parametrize(
    ("asked", "near"), [("ORD-INF-999", "ORD-INF-"), ("ORDINF001", "ORD-INF-001"), ("x", "rules")]
)
def test_a_rule_that_is_not_there(settings: Settings, asked: str, near: str) -> None:
    with pytest.raises(WrongUsage, match=f"there is no rule {asked}.*{near}"):
        one_rule(settings, asked)


def test_a_theme_that_is_not_there(settings: Settings) -> None:
    with pytest.raises(WrongUsage, match=r"did you mean `recording`\?.*breach_response"):
        rule_list(settings, "recordings")
    with pytest.raises(WrongUsage, match="no rule has the theme `x`"):
        rule_list(settings, "x")


@pytest.mark.parametrize("suffix", [".md", ".csv"])
def test_one_rule_or_a_theme_is_exported(settings: Settings, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rules{suffix}"
    assert export_rules(settings, path, "ord-inf-001") == f"1 rule is in {path}"
    assert path.read_text().count("ORD-INF-001") >= 1
    assert "ORD-GOV-001" not in path.read_text()
    listed = rule_list(settings, "supervision").splitlines()
    assert export_rules(settings, path, theme="supervision").startswith(f"{len(listed)} rules")
    assert all(line.split()[0] in path.read_text() for line in listed)


def test_a_file_that_cannot_be_written(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(NightError, match=r"nowhere/rules\.md cannot be written: No such file"):
        export_rules(settings, tmp_path / "nowhere" / "rules.md")
    with pytest.raises(WrongUsage, match=r"neither \.md"):
        export_rules(settings, tmp_path / "rules.pdf")
