"""The gates that warn, at every boundary that their exact reading names."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import polars as pl
import pytest

from config.reference import Reference, load_reference
from expectations.extract import Extract
from jobs.conform import conform, load_mapping
from jobs.conform.conform import COLUMNS
from jobs.gates import GateInput, GateResult
from jobs.gates_content import content_gates, link_gates
from jobs.ledger import SourceNight
from tests.test_gates import ASOF, TODAY, breaches, delivery, past, source


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


def gates(
    reference: Reference, frame: pl.DataFrame, before: list[SourceNight] | None = None
) -> dict[str, GateResult]:
    described, delivered = source(), delivery(frame)
    mapping = load_mapping(described, None, reference)
    given = GateInput(
        source=described,
        delivery=delivered,
        conformed=conform(delivered, mapping, reference),
        past=before or (),
        asof=ASOF,
        business_date=TODAY,
        thresholds={name: figure.value for name, figure in reference.thresholds.items()},
        bank_holidays=reference.calendar.bank_holidays,
        active_units=None,
        accepted=frozenset(),
    )
    return {f"{r.gate}:{r.part}" if r.part else r.gate: r for r in content_gates(given, mapping)}


# Damaged or dangerous text


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ('=HYPERLINK("x")', "formula_n"),
        ("@SUM(A1)", "formula_n"),
        ("\t=1+1", "formula_n"),
        ("+cmd", "formula_n"),
        ("-", None),
        ("-5", None),
        ("+44 1785 000000", None),
        ("cafÃ©", "mojibake_n"),
        ("JOSÉ Ã bela", None),
        ("caf\ufffd", "replacement_n"),
        ("a\0b", "replacement_n"),
        (None, None),
    ],
)
def test_damaged_or_dangerous_text(
    reference: Reference, cell: str | None, kind: str | None
) -> None:
    found = gates(reference, breaches(3, crime_ref=["21/1", cell, "21/3"]))["text"]
    assert found.failed == (kind is not None)
    counts = {name: n for name, n in found.evidence.items() if name.endswith("_n") and n}
    assert counts == ({kind: 1} if kind else {})
    assert found.evidence["columns"] == ("crime_ref" if kind else "")
    assert cell is None or cell not in str(found.evidence) or cell == "-"


# A column newly empty, or words that are not known


def nights(field: str, empty: int, of: int = 1000) -> list[SourceNight]:
    row = {"source": "rms", "column": field, "field": field, "cells": of - empty, "empty": empty}
    stats = pl.DataFrame([{**row, "unreadable": 0, "unmapped": 0, "type": ""}], schema=COLUMNS)
    return past(of, columns=stats)


@pytest.mark.parametrize(
    ("rows", "empty", "before", "fails"),
    [
        (1000, 951, nights("crime_ref", 100), True),
        (1000, 950, nights("crime_ref", 100), False),
        (1000, 1000, nights("crime_ref", 920), False),
        (1000, 1000, nights("crime_ref", 900), True),
        (1000, 1000, [], False),
        (49, 49, nights("crime_ref", 100), False),
    ],
)
def test_a_column_newly_empty(
    reference: Reference, rows: int, empty: int, before: list[SourceNight], fails: bool
) -> None:
    cells = [None] * empty + ["21/1"] * (rows - empty)
    found = gates(reference, breaches(rows, crime_ref=cells), before).get("columns:crime_ref")
    assert (found is not None and found.failed) == fails
    assert not fails or (found is not None and found.evidence["fault"] == "empty")


@pytest.mark.parametrize(
    ("words", "fails"),
    [
        (["recorded"] * 990 + ["see log"] * 10, False),
        (["recorded"] * 989 + ["see log"] * 11, True),
        (["Recorded "] * 100, False),
        (["recorded"] * 50 + ["N/A"] * 50, False),
        ([None] * 100, False),
    ],
)
def test_words_that_no_vocabulary_knows(
    reference: Reference, words: list[str | None], fails: bool
) -> None:
    found = gates(reference, breaches(len(words), status=words)).get("columns:status")
    assert (found is not None and found.failed) == fails
    if fails and found is not None:
        assert (found.evidence["fault"], found.evidence["unmapped_n"]) == ("unmapped", 11)


def test_a_column_that_was_not_delivered_is_another_gate_s(reference: Reference) -> None:
    assert "columns:status" not in gates(reference, breaches(100))


# Placeholder or future dates


@pytest.mark.parametrize(
    ("bad", "cells", "fails"),
    [
        (["1900-01-01"] * 20, 1000, False),
        (["1900-01-01"] * 21, 1000, True),
        (["2031-01-01 10:00"] * 21, 1000, True),
        (["2026-11-24 02:35"] * 50, 1000, False),
        (["1900-01-01"] * 49, 49, False),
        (["1900-01-01"] * 2, 50, True),
        ([], 0, False),
    ],
)
def test_placeholders_and_times_to_come(
    reference: Reference, bad: list[str], cells: int, fails: bool
) -> None:
    good = ["2026-11-20 10:00"] * (cells - len(bad))
    values: list[Any] = [*bad, *good] or [None] * 60
    found = gates(reference, breaches(len(values), reported_ts=values)).get("dates:reported_ts")
    assert (found is not None and found.failed) == fails
    assert cells >= 50 or found is None


# Links that lead nowhere


def links(
    reference: Reference, rows: dict[str, pl.DataFrame], held: dict[str, str] | None = None
) -> dict[str, GateResult]:
    tables = {name: table.empty() for name, table in reference.records.tables.items()}
    tables |= {name: reference.records[name].complete(frame) for name, frame in rows.items()}
    supplied = {name: frozenset(frame.columns) for name, frame in rows.items()}
    thresholds = {name: figure.value for name, figure in reference.thresholds.items()}
    found = link_gates(Extract(tables, supplied, held or {}), reference.records, thresholds)
    return {result.key: result for result in found}


def conditions(values: int, orphans: int) -> dict[str, pl.DataFrame]:
    ids = ["gone"] * orphans + ["O1"] * (values - orphans)
    return {
        "orders": pl.DataFrame({"order_id": ["O1"]}),
        "order_conditions": pl.DataFrame(
            {"condition_id": [str(n) for n in range(values)], "order_id": ids}
        ),
    }


@pytest.mark.parametrize(
    ("values", "orphans", "fails"), [(1000, 10, False), (1000, 11, True), (30, 1, True)]
)
def test_links_that_lead_nowhere(
    reference: Reference, values: int, orphans: int, fails: bool
) -> None:
    found = links(reference, conditions(values, orphans))["order_conditions:order_id"]
    assert (found.failed, found.action) == (fails, "warn" if fails else "none")
    assert (found.evidence["orphans"], found.evidence["values"]) == (orphans, values)


def test_a_link_is_not_judged_without_its_parents(reference: Reference) -> None:
    rows = conditions(100, 100)
    held = links(reference, rows, {"orders": "source rms_orders is held"})
    assert held["order_conditions:order_id"].outcome == "not_covered"
    only = links(reference, {"order_conditions": rows["order_conditions"]})
    assert only["order_conditions:order_id"].outcome == "not_covered"
    nothing = rows["order_conditions"].with_columns(pl.lit(None, pl.String).alias("order_id"))
    empty = links(reference, {**rows, "order_conditions": nothing})
    assert empty["order_conditions:order_id"].outcome == "not_covered"


def test_reviews_lead_to_what_they_say_they_are_about(reference: Reference) -> None:
    rows = {
        "orders": pl.DataFrame({"order_id": ["A"]}),
        "breaches": pl.DataFrame({"breach_id": ["B"]}),
        "reviews": pl.DataFrame(
            {
                "review_id": ["1", "2", "3"],
                "object_type": ["order", "breach", "order"],
                "object_id": ["A", "B", "B"],
                "reviewed_ts": [datetime(2026, 11, 1)] * 3,
            }
        ).with_columns(pl.col("reviewed_ts").dt.replace_time_zone("UTC")),
    }
    found = links(reference, rows)["reviews:object_id"]
    assert (found.failed, found.evidence["orphans"], found.evidence["values"]) == (True, 1, 3)


def test_the_day_of_the_night_is_no_future(reference: Reference) -> None:
    assert date(2026, 11, 24) == TODAY
    found = gates(reference, breaches(60, reported_ts="2026-11-24"))["dates:reported_ts"]
    assert not found.failed
