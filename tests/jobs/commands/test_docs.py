"""The documents say what is so."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from config.reference import load_reference
from expectations.catalogue.setup import Expectations, load_expectations
from expectations.evaluation.evaluate import evaluate
from expectations.extract import Extract
from jobs.cli import Exit, app
from jobs.commands.documents import pages, standard_expectations
from tests.expectations.rules.rule_cases import LONDON, _instant
from tests.places import ROOT


@pytest.fixture(scope="module")
def standard() -> Expectations:
    return standard_expectations()


@pytest.mark.parametrize("name", ["records.md", "functions.md", "rulebook.md"])
def test_generated_pages_are_current(name: str, standard: Expectations) -> None:
    made = pages(standard)[name]
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == made, "run: make docs"


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = [c.name or c.callback.__name__ for c in app.registered_commands if c.callback]
    assert commands
    for group in app.registered_groups:
        assert group.typer_instance is not None
        for command in group.typer_instance.registered_commands:
            commands.append(f"{group.name} {command.name}")
    assert [name for name in commands if f"`orderwatch {name}`" not in readme] == []


def test_every_exit_code_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [code for code in Exit if f"| {code.value} | " not in readme] == []


def test_every_command_that_the_documents_name_is_one() -> None:
    """Whatever follows `orderwatch` in code is a command, with its sub-command where it has any."""
    groups = {
        str(group.name): {str(c.name) for c in group.typer_instance.registered_commands}
        for group in app.registered_groups
        if group.typer_instance is not None
    }
    alone = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
    unknown = []
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        text = page.read_text("utf-8")
        for found in re.finditer(r"`orderwatch ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", text):
            name, next_ = found[1], found[2] or ""
            if name not in alone and next_ not in groups.get(name, {""} if name in groups else ()):
                unknown.append(f"{page.name}: {found[0]}")
    assert unknown == []


def test_links_of_the_documents_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not target.startswith("http") and not (page.parent / target).exists()
    ]
    assert broken == []


def walk_through(folder: Path) -> Path:
    """The rules and facts that `docs/rules.md` adds, written where it says."""
    text = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    (folder / "facts").mkdir()
    for name, first in (("own.yaml", "- id:"), ("facts/own.yaml", "- fact:")):
        mine = [re.sub(r"^#.*\n", "", block) for block in blocks]
        (folder / name).write_text("\n".join(b for b in mine if b.startswith(first)), "utf-8")
    return folder


def test_the_walk_through_adds_two_rules_without_python(tmp_path: Path) -> None:
    asof = _instant("2026-11-24 02:30")
    setup = load_expectations(
        load_reference(),
        business_date=asof.astimezone(LONDON).date(),
        asof=asof,
        pulled_at=asof,
        rules=walk_through(tmp_path),
    )
    tables = {name: table.empty() for name, table in setup.records.tables.items()}
    orders = pl.DataFrame(
        {
            "order_id": ["planned", "unplanned", "told", "untold"],
            "order_type": ["SPO"] * 4,
            "force_role": ["applicant"] * 4,
            "status": ["in_force"] * 4,
            "until_further_order": [True] * 4,
            "next_review_due": ["2027-11-24", "2027-11-25", "2027-01-01", "2027-01-01"],
        }
    ).with_columns(pl.col("next_review_due").str.to_date())
    links = pl.DataFrame({"breach_id": ["B1", "B2"], "order_id": ["told", "untold"]})
    shares = pl.DataFrame(
        {
            "share_id": ["S1"],
            "object_type": ["breach"],
            "object_id": ["B1"],
            "kind": ["victim"],
            "sent_ts": [asof],
        }
    )
    for name, frame in (("orders", orders), ("breach_orders", links), ("shares", shares)):
        tables[name] = setup.records[name].complete(frame)
    supplied = {name: frozenset(t.fields) for name, t in setup.records.tables.items()}
    found = evaluate(
        Extract({**tables, **setup.lookups}, supplied),
        setup.catalogue,
        setup.records,
        setup.book,
        setup.night,
    )
    own = found.failing.filter(pl.col("rule_id").str.starts_with("OWN"))
    assert own.select("rule_id", "record_key").rows() == [
        ("OWN-001", "unplanned"),
        ("OWN-002", "untold"),
    ]


def test_a_threshold_of_the_settings_changes_verdict_and_rulebook() -> None:
    """Twelve hours for the national record instead of 24, and nothing else touched."""
    asof = _instant("2026-11-24 02:30")
    verdicts, books = [], []
    for hours in (24, 12):
        reference = load_reference(overrides={"pnc_h": hours})
        setup = load_expectations(
            replace(reference), business_date=asof.date(), asof=asof, pulled_at=asof
        )
        tables = {name: table.empty() for name, table in setup.records.tables.items()}
        row = {
            "order_id": ["A"],
            "order_type": ["NMO"],
            "force_role": ["enforcing"],
            "status": ["in_force"],
            "received_ts": [_instant("2026-11-23 09:00")],
            "end_date": ["2027-06-01"],
        }
        frame = pl.DataFrame(row).with_columns(pl.col("end_date").str.to_date())
        tables["orders"] = setup.records["orders"].complete(frame)
        supplied = {"orders": frozenset(setup.records["orders"].fields)}
        found = evaluate(
            Extract({**tables, **setup.lookups}, supplied),
            setup.catalogue,
            setup.records,
            setup.book,
            setup.night,
        )
        verdicts.append("ORD-INF-001" in found.failing.get_column("rule_id"))
        books.append(pages(setup)["rulebook.md"])
    assert verdicts == [False, True]
    assert "24 hours (`pnc_h`)" in books[0]
    assert "12 hours (`pnc_h`)" in books[1]


def test_the_rulebook_is_in_words_with_brackets_that_close() -> None:
    """A field's own name stands in no rule, only that of a figure, which settings need."""
    page = pages(standard_expectations())["rulebook.md"]
    for line in page.splitlines():
        assert line.count("(") == line.count(")"), line
        if not line.startswith("- Figure: ") and "(`" not in line:
            assert not re.search(r"\b[a-z]+_[a-z0-9_]+\b", line), line
    assert "1 days" not in page
