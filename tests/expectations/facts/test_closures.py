"""Descent and clusters, held against plain Python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Fault
from expectations.facts.closures import Closure, read_closure
from expectations.facts.clusters import Cluster
from expectations.language.formula import Formula, FormulaError, Scope
from expectations.language.yaml_lines import Entry
from tests.expectations.night_stub import night

NOWHERE = Entry("test.yaml", 1, {}, {})
START = datetime(2026, 11, 24, 10, tzinfo=UTC)
FIELDS = {"orders": ("order_id", "parent_order_id")}

names = st.sampled_from("abcdef")


def closure(depth: int = 50) -> Closure:
    return Closure("order_ancestors", "orders", "order_id", "parent_order_id", depth, NOWHERE)


@given(parents=st.dictionaries(names, st.none() | names), depth=st.integers(1, 4))
def test_a_closure_follows_parents_to_the_end_of_the_line(
    parents: dict[str, str | None], depth: int
) -> None:
    expected = set()
    for child in parents:
        met: list[str] = []
        here: str | None = child
        while here in parents and here not in met and len(met) <= depth:
            met.append(here)
            here = parents[here]
        expected |= {(child, ancestor, steps) for steps, ancestor in enumerate(met)}
    frame = pl.DataFrame(
        {"order_id": list(parents), "parent_order_id": list(parents.values())},
        schema={"order_id": pl.String, "parent_order_id": pl.String},
    )
    assert set(closure(depth).rows(frame).iter_rows()) == expected


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"of": "cases"}, "there is no table `cases`"),
        ({"parent": "mother"}, "`mother` is no field of `orders`"),
        ({"closure": "orders"}, "there is a table `orders` already"),
        ({"depth": 0}, "`depth` is 0: Input should be greater than or equal to 1"),
        ({"length": 3}, "unknown key `length`"),
    ],
)
def test_a_closure_that_cannot_be_is_a_fault(change: dict[str, object], said: str) -> None:
    right = {
        "closure": "order_ancestors",
        "of": "orders",
        "key": "order_id",
        "parent": "parent_order_id",
        "depth": 50,
        "means": "descent",
    }
    faults: list[Fault] = []
    assert read_closure(Entry("test.yaml", 1, right, {}), FIELDS, faults) is not None
    assert not faults
    assert read_closure(Entry("test.yaml", 1, right | change, {}), FIELDS, faults) is None
    assert any(said in fault.message for fault in faults)


def cluster(within: str, at_least: int) -> Cluster:
    return Cluster(
        where=Formula("counts"),
        by=("who",),
        at="at",
        within=Formula(within),
        distinct=("kind", "thing"),
        at_least=Formula(str(at_least)),
        key="row_id",
    )


def frame_of(rows: list[tuple[str | None, int | None, str, str | None, bool]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "row_id": [f"r{number:02}" for number in range(len(rows))],
            "who": [who for who, *_ in rows],
            "at": [None if at is None else START + timedelta(minutes=at) for _, at, *_ in rows],
            "kind": [kind for _, _, kind, *_ in rows],
            "thing": [thing for *_, thing, _ in rows],
            "counts": [counts for *_, counts in rows],
        },
        schema={
            "row_id": pl.String,
            "who": pl.String,
            "at": pl.Datetime("us", "UTC"),
            "kind": pl.String,
            "thing": pl.String,
            "counts": pl.Boolean,
        },
    )


def scope_of(frame: pl.DataFrame) -> Scope:
    return Scope(frame.columns, night(), {}, ())


def clusters_by_hand(frame: pl.DataFrame, minutes: int, least: int) -> list[str | None]:
    """The definition word for word: windows, then windows that share a row joined until none do."""
    rows = [r for r in frame.to_dicts() if r["counts"] and r["who"] and r["at"]]
    windows: list[set[str]] = []
    for row in rows:
        ends = row["at"] + timedelta(minutes=minutes)
        held = [r for r in rows if r["who"] == row["who"] and row["at"] <= r["at"] <= ends]
        if len({(r["kind"], r["thing"]) for r in held}) >= least:
            windows.append({r["row_id"] for r in held})
    joined = True
    while joined:
        joined = False
        for one in windows:
            for other in windows:
                if one is not other and one & other:
                    one |= other
                    windows.remove(other)
                    joined = True
                    break
            if joined:
                break
    at = {r["row_id"]: (r["at"], r["row_id"]) for r in rows}
    first = {row: min(window, key=at.__getitem__) for window in windows for row in window}
    return [first.get(row_id) for row_id in frame.get_column("row_id")]


rows = st.tuples(
    st.sampled_from(["x", "y", None]),
    st.none() | st.integers(0, 12),
    st.sampled_from(["order", "breach"]),
    st.sampled_from(["1", "2", "3", None]),
    st.booleans() | st.just(True),
)


@given(rows=st.lists(rows, max_size=14), minutes=st.integers(0, 4), least=st.integers(1, 4))
def test_clusters_are_windows_that_share_a_row(
    rows: list[tuple[str | None, int | None, str, str | None, bool]], minutes: int, least: int
) -> None:
    frame = frame_of(rows)
    found = cluster(f"minutes({minutes})", least).value(frame, scope_of(frame)).to_list()
    assert found == clusters_by_hand(frame, minutes, least)


def test_a_window_must_be_a_length_of_time() -> None:
    frame = frame_of([])
    with pytest.raises(FormulaError, match="not a length of time"):
        cluster("5", 2).value(frame, scope_of(frame))
