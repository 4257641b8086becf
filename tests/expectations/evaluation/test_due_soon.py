"""What is due soon, and what another rule will stand for by then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import polars as pl
import pytest

from expectations.catalogue.catalogue import Catalogue
from expectations.evaluation.exceptions import EXCEPTION_SCHEMA, still_to_come

ASOF = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
RULES = cast(
    "Catalogue",
    [SimpleNamespace(id="ROOT", unless=()), SimpleNamespace(id="OTHER", unless=("ROOT",))],
)


def exceptions(*rows: tuple[str, str, int | None]) -> pl.DataFrame:
    """Rule, record and hours from now until it is due."""
    return pl.DataFrame(
        [
            {
                "rule_id": rule,
                "records": "orders",
                "record_key": record,
                "due_ts": None if hours is None else ASOF + timedelta(hours=hours),
            }
            for rule, record, hours in rows
        ],
        schema={
            name: EXCEPTION_SCHEMA[name] for name in ("rule_id", "records", "record_key", "due_ts")
        },
    )


@pytest.mark.parametrize(
    ("failing", "root_due", "listed"),
    [
        ([], None, True),
        ([("ROOT", "A", None)], None, False),
        ([("ROOT", "A", -5)], None, False),
        ([("ROOT", "B", -5)], None, True),
        ([], 20, False),
        ([], 10, False),
        ([], 21, True),
    ],
    ids=[
        "alone",
        "the root fails",
        "the root failed at a time",
        "another record's root fails",
        "the root is due with it",
        "the root is due before it",
        "the root is due after it",
    ],
)
def test_a_record_is_not_due_soon_by_a_rule_that_another_will_stand_for(
    failing: list[tuple[str, str, int | None]], root_due: int | None, listed: bool
) -> None:
    soon = [("OTHER", "A", 20), *([("ROOT", "A", root_due)] if root_due else [])]
    found = still_to_come(exceptions(*soon), exceptions(*failing), RULES, {"ROOT", "OTHER"})
    assert ("OTHER" in found.get_column("rule_id")) is listed
    assert ("ROOT" in found.get_column("rule_id")) is bool(root_due)


def test_a_rule_that_did_not_run_stands_for_nothing() -> None:
    found = still_to_come(
        exceptions(("OTHER", "A", 20)), exceptions(("ROOT", "A", -5)), RULES, {"OTHER"}
    )
    assert found.height == 1
