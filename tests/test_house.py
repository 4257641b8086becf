"""How the house is built: imports run one way, and what must come late comes late."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

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


#: The floors of each house, the upper first: a room imports of those below it, never above.
#: Rooms on one floor do not import each other.
FLOORS = {
    "expectations": (
        ("evaluation",),
        ("catalogue",),
        ("facts",),
        ("language",),
        ("polars_engine",),
        ("night", "extract"),
    ),
    "jobs": (
        ("cli",),
        ("commands", "service"),
        ("night",),
        ("gates",),
        ("conform",),
        ("pull",),
        ("history", "ledger"),
        ("demo",),
        ("trace",),
    ),
    "reports": (
        ("writer",),
        ("pcc", "worklist"),
        ("measures", "routing"),
        ("excel", "suppression"),
        ("night",),
        ("labels",),
        ("text", "said"),
    ),
}
#: Rooms whose modules are each a door of their own: a command, or a part of the service.
DOORS = {("jobs", "commands"), ("jobs", "service"), ("expectations", "polars_engine")}


def modules(house: str) -> list[Path]:
    return [path for path in (ROOT / house).rglob("*.py") if "migrations" not in path.parts]


def names_imported(path: Path) -> list[tuple[str, ...]]:
    """The modules of the houses that a module imports, each in its parts."""
    found: list[tuple[str, ...]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = tuple(node.module.split("."))
            found += [(*parts, alias.name) for alias in node.names] if len(parts) == 1 else [parts]
    return [parts for parts in found if parts[0] in FLOORS and len(parts) > 1]


@pytest.mark.parametrize("house", FLOORS)
def test_a_lower_floor_never_imports_an_upper_one(house: str) -> None:
    floor = {room: n for n, rooms in enumerate(FLOORS[house]) for room in rooms}
    wrong = []
    for path in modules(house):
        mine = path.relative_to(ROOT / house).with_suffix("").parts[0]
        for parts in names_imported(path):
            other = parts[0] == house and mine not in ("__init__", parts[1])
            if other and floor[parts[1]] <= floor[mine]:
                wrong.append(f"{path.relative_to(ROOT)} imports {'.'.join(parts)}")
    assert wrong == []


@pytest.mark.parametrize("house", FLOORS)
def test_every_room_has_its_floor(house: str) -> None:
    there = {p.stem for p in (ROOT / house).glob("*.py")} | {
        p.parent.name for p in (ROOT / house).glob("*/__init__.py")
    }
    assert there - {"__init__"} == {room for rooms in FLOORS[house] for room in rooms}


def test_rooms_are_entered_by_their_doors() -> None:
    """A folder's `__init__` lists its public names; others import from it, not from its files."""
    wrong = []
    for house in FLOORS:
        for path in modules(house):
            mine = path.relative_to(ROOT).with_suffix("").parts[:2]
            wrong += [
                f"{path.relative_to(ROOT)} imports {'.'.join(parts)}"
                for parts in names_imported(path)
                if len(parts) > 2 and parts[:2] != mine and parts[:2] not in DOORS
            ]
    assert wrong == []


def test_tests_lie_in_the_rooms_of_what_they_test() -> None:
    loose = {path.name for path in (ROOT / "tests").glob("test_*.py")} - {"test_house.py"}
    assert loose == set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        room = path.relative_to(ROOT / "tests").parent
        assert (ROOT / room).is_dir() or room.name == "policy", f"{path} tests no room"


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
