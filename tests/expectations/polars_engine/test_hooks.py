"""What this package leans on in GX is what it was when it was tested."""

from __future__ import annotations

import ast
from pathlib import Path

import great_expectations as gx
import pytest
from packaging.version import Version

from expectations import polars_engine
from expectations.polars_engine import hooks

PACKAGE = Path(polars_engine.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def test_nothing_that_is_leaned_on_has_changed() -> None:
    assert not hooks.changed(), "\n".join(hooks.changed())


def test_a_change_is_told_with_where_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    def register_metric(metric_name: str) -> None:
        """As it might become."""

    other = hooks.HOOKS[1]._replace(what=register_metric)
    monkeypatch.setattr(hooks, "HOOKS", [other])
    (told,) = hooks.changed()
    assert "register_metric of Great Expectations" in told
    assert "provider.register" in told
    assert other.now in told


def test_the_gx_that_is_installed_is_one_that_is_supported() -> None:
    low, high = (Version(version) for version in hooks.SUPPORTED)
    assert low <= Version(gx.__version__) <= high


def imported(module: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_gx_is_imported_in_one_module_and_orderwatch_in_none(module: Path) -> None:
    names = imported(module)
    assert not names & {"config", "jobs", "reports", "expectations"}
    assert ("great_expectations" in names) == (module.name == "hooks.py")
