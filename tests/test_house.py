"""How the house is built: imports run one way, and what must come late comes late."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

#: What each room may import of the others.
MAY = {
    "config": set(),
    "expectations": {"config"},
    "reports": {"config"},
    "jobs": {"config", "expectations", "reports"},
}


def imported(path: Path) -> set[str]:
    """The top-level packages that a module imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("room", MAY)
def test_imports_run_one_way(room: str) -> None:
    wrong = {
        str(path.relative_to(ROOT)): others
        for path in (ROOT / room).rglob("*.py")
        if (others := imported(path) & set(MAY) - MAY[room] - {room})
    }
    assert wrong == {}


def test_the_engine_knows_nothing_of_orderwatch() -> None:
    engine = ROOT / "expectations" / "polars_engine"
    wrong = {p.name for p in engine.rglob("*.py") if imported(p) & set(MAY)}
    assert wrong == set()


@pytest.mark.parametrize(
    "module",
    [
        "jobs.cli",
        "jobs.service.status",
        "jobs.ledger",
        "jobs.night.run",
        "jobs.commands.check",
        "jobs.pull",
    ],
)
def test_great_expectations_is_not_imported_before_it_is_needed(module: str) -> None:
    code = f"import sys, {module}; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_no_rule_is_named_in_the_machinery() -> None:
    """Rules are data: only the demonstration, which plants faults, knows their names."""
    import re

    named = re.compile(r"\b(?:ORD|BRE|DAT)-(?:GOV|REC|INF|SUP|RSP)-\d{3}")
    wrong = {
        str(path.relative_to(ROOT)): found
        for room in MAY
        for path in (ROOT / room).rglob("*.py")
        if "demo" not in path.parts and (found := named.findall(path.read_text(encoding="utf-8")))
    }
    assert wrong == {}
