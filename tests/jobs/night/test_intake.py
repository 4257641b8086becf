"""One source up to the gates: what goes wrong with it stays with it, and no row is lost unseen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.exceptions import PanicException

from config.errors import SourceError
from config.reference import Reference, load_reference
from config.sentences import is_said, say
from config.settings import Settings, Source
from expectations.extract import FILE, ROW
from expectations.night import Night
from jobs.conform import kept_raw, load_mapping
from jobs.gates import QUALITY
from jobs.night import Taken, examine, one_source
from jobs.night.intake import Intake
from jobs.pull import DeliveredFile, Delivery
from jobs.pull.delivery import BAD_ROWS

ASOF = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
SOURCE = Source.model_validate(
    {"name": "rms", "records": "orders", "kind": "csv", "path": "in/*.csv", "may_be_empty": True}
)
MARK = "ZZMARK JOHN SMITH"

reference: Callable[[], Reference] = cache(load_reference)


def night() -> Night:
    return Night(
        business_date=ASOF.date(),
        asof=ASOF,
        pulled_at=ASOF,
        thresholds=reference().thresholds,
        calendar=reference().calendar,
    )


def delivery(columns: dict[str, list[str | None]], bad: int = 0) -> Delivery:
    """Rows as delivered, and rows after them that could not be taken."""
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_columns(
        pl.lit("a.csv").alias(FILE), pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(ROW)
    )
    rows = [
        {FILE: "a.csv", ROW: frame.height + n, "reason": "columns_shifted"}
        for n in range(1, bad + 1)
    ]
    return Delivery(
        source="rms",
        records="orders",
        frame=frame,
        types={},
        files=(DeliveredFile("a.csv", "0" * 64, 1, ASOF),),
        bad_rows=pl.DataFrame(rows, schema=BAD_ROWS),
        stamp=ASOF - timedelta(hours=1),
        stamped=True,
        pulled_at=ASOF,
    )


def taken(read: Callable[[Source], Delivery]) -> Taken:
    mapping = load_mapping(SOURCE, None, reference())
    return examine(Settings(), reference(), mapping, SOURCE, night(), read=read)


@pytest.mark.parametrize(
    "error",
    [kind(MARK) for kind in (ValueError, MemoryError, RecursionError, OSError, PanicException)],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("place", ["pull", "conform", "run_gates"])
def test_whatever_goes_wrong_with_a_source_is_its_outcome(
    error: BaseException, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> Delivery:
        raise error

    if place != "pull":
        monkeypatch.setattr(one_source, place, fails)
    found = taken(fails if place == "pull" else lambda _: delivery({"order_id": ["O1"]}))
    assert found.night.outcome == ("not_pulled" if place == "pull" else "held")
    assert is_said(found.night.reason or "")
    assert type(error).__name__ in (found.night.reason or "")
    assert MARK not in (found.night.reason or "")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_being_stopped_is_no_fault_of_a_source(stop: type[BaseException]) -> None:
    def stopped(_: Source) -> Delivery:
        raise stop

    with pytest.raises(stop):
        taken(stopped)


def test_a_source_that_cannot_be_read_says_why() -> None:
    def fails(_: Source) -> Delivery:
        raise SourceError(say("pull.empty"))

    found = taken(fails)
    assert (found.night.outcome, found.night.reason) == ("not_pulled", str(say("pull.empty")))
    assert found.quality is None


@pytest.mark.parametrize(
    ("gate", "outcome"),
    [
        ("schema", "held"),
        ("incomplete", "held"),
        ("unreadable_rows", "held"),
        ("key", "held"),
        ("unreadable_cells", "held"),
        ("freshness", "held"),
        ("row_count", "held"),
        ("unit_rows", "accepted"),
        ("text", "accepted"),
        ("columns", "accepted"),
        ("dates", "accepted"),
    ],
)
def test_a_gate_that_goes_wrong_leaves_the_others(
    gate: str, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError(MARK)

    before = {r.gate for r in taken(lambda _: delivery({"order_id": ["O1"]})).results}
    monkeypatch.setattr(f"jobs.gates.run.{gate}", fails)
    found = taken(lambda _: delivery({"order_id": ["O1"]}))
    fell = [r for r in found.results if r.outcome == "could_not_run" and r.gate == gate]
    assert found.night.outcome == outcome
    assert [(r.message, r.failed) for r in fell] == [
        (str(say("gates.fell", gate=gate, error=ZeroDivisionError)), False)
    ]
    assert {r.gate for r in found.results} >= before - {"text", "columns", "dates", gate}


CELL = st.sampled_from(["", "O1", "o1", " O1", "O2", "O3", "O4", "n/a", "see log"])
OTHER = st.sampled_from(["", "in_force", "xx", "2026-11-20", "ZZ/99"])


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(CELL, OTHER, OTHER, OTHER), max_size=30),
    bad=st.integers(0, 5),
)
def test_rows_sent_are_records_and_rejected_rows(
    rows: list[tuple[str, str, str, str]], bad: int
) -> None:
    names = ("order_id", "status", "made_date", "oic_unit")
    columns = {name: [row[n] or None for row in rows] for n, name in enumerate(names)}
    sent = delivery(columns, bad)
    found = taken(lambda _: sent)
    assert found.conformed is not None
    assert found.quality is not None
    kept, rejects = found.conformed.tables["orders"], found.conformed.rejects
    whole = rejects.filter(pl.col("reason").is_in(["columns_shifted", "no_key", "duplicate_key"]))
    assert sent.rows == kept.height + whole.height
    assert sorted([*kept[ROW], *whole["row"]]) == list(range(1, sent.rows + 1))
    assert kept["order_id"].str.strip_chars().str.to_lowercase().n_unique() == kept.height
    empty = whole.filter(pl.col("reason") == "no_key").height
    lost = found.conformed.rejected.get("orders", kept.clear())
    assert lost.height - empty in (0, bad)  # conform names the rows that were not taken
    totals = dict(
        found.quality.frame.filter(pl.col("field").is_null()).select("reason", "count").iter_rows()
    )
    assert totals["rows_sent"] == sent.rows
    assert totals["rows_read"] == found.night.rows == kept.height
    assert totals.get("columns_shifted", 0) == bad
    assert is_said(found.night.reason or str(say("gates.no_rows")))


def test_of_two_rows_that_say_the_same_no_record_is_in_doubt() -> None:
    same = {"order_id": ["O1", "o1", "O2", "O2"], "status": ["in_force"] * 3 + ["discharged"]}
    conformed = taken(lambda _: delivery(same)).conformed
    assert conformed is not None
    assert conformed.doubted["orders"].rows() == [("O2",)]
    assert conformed.rejected.get("orders", pl.DataFrame()).is_empty()


def test_a_row_without_a_key_keeps_what_it_refers_to() -> None:
    rows = {"order_id": [None, "O2"], "parent_order_id": ["O2", None], "status": ["in_force"] * 2}
    conformed = taken(lambda _: delivery(rows)).conformed
    assert conformed is not None
    (lost,) = conformed.rejected["orders"].iter_rows(named=True)
    assert (lost["order_id"], lost["parent_order_id"], lost["status"]) == (None, "O2", None)
    assert lost["_source"] == "rms"


def test_nothing_that_stood_in_a_source_is_in_a_message_or_in_the_ledger() -> None:
    rows = {
        "order_id": ["O1", MARK, MARK],
        "status": [MARK, "in_force", "in_force"],
        "oic_unit": [MARK] * 3,
        "made_date": [MARK] * 3,
        f"={MARK}": [MARK] * 3,
    }
    found = taken(lambda _: replace(delivery(rows, bad=3), headless=True))
    assert MARK in str(found.conformed)  # it was there to be found
    told = [*(f"{r.part} {r.evidence} {r.message}" for r in found.results), found.night.reason]
    told += [str(found.night.columns.to_dicts()), str(found.night.units)]
    told += [str(found.quality and found.quality.frame.to_dicts()), *Intake([found]).told]
    told += [str(Intake([found]).held_tables), str(Intake([found]).sources.to_dicts())]
    assert [text for text in told if "ZZMARK" in str(text)] == []


def test_every_lost_row_is_told_from_the_first() -> None:
    one = taken(lambda _: delivery({"order_id": [f"O{n}" for n in range(199)]}, bad=1))
    assert one.night.outcome == "accepted"
    assert Intake([one]).told == [
        f"rms: {say('gates.rows_lost', bad=1, rows=200)}",
        f"rms: {say('gates.lost_for', rows=1, reason='columns_shifted')}",
    ]
    assert Intake([one]).quality.schema == QUALITY


def test_every_reason_for_which_a_table_is_held_is_told() -> None:
    first = taken(lambda _: delivery({"order_id": ["O1"]}, bad=2))
    other = replace(first, source=first.source.model_copy(update={"name": "crm"}))
    held = Intake([first, other]).held_tables
    assert list(held) == ["orders"]
    assert is_said(held["orders"])
    assert [str(say("night.source_held", source=name)) in held["orders"] for name in ("rms", "crm")]


def test_only_columns_that_a_mapping_reads_are_kept_and_none_of_a_person() -> None:
    mapping = load_mapping(SOURCE, None, reference())
    given = delivery({"order_id": ["O1"], "subject_key": [MARK], "Remarks": [MARK]})
    assert kept_raw(given, mapping).columns == [FILE, ROW, "order_id"]


def test_a_key_of_persons_is_never_shown_among_the_rejects() -> None:
    rows = {"order_id": ["O1"] * 3, "role": ["protected"] * 3, "party_key": [MARK] * 3}
    parties = SOURCE.model_copy(update={"records": "order_parties"})
    mapping = load_mapping(parties, None, reference())
    sent = replace(delivery(rows), records="order_parties")
    found = examine(Settings(), reference(), mapping, parties, night(), read=lambda _: sent)
    assert found.conformed is not None
    rejects = found.conformed.rejects.filter(pl.col("reason") == "duplicate_key")
    assert rejects.get_column("record_key").to_list() == [None, None]
    assert MARK not in str(rejects.to_dicts())
