"""One spelling for each name of a night: joins and keys compare plainly, and mean the same."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from config.identity import folded
from config.records import Records, load_records
from jobs.night.identity import unify


@lru_cache
def records() -> Records:
    return load_records()


def table(name: str, **columns: list[Any]) -> pl.DataFrame:
    schema = {column: records()[name].schema[column] for column in columns}
    return records()[name].complete(pl.DataFrame(columns, schema=schema))


def test_a_reference_is_spelt_as_the_record_spells_itself() -> None:
    (found,) = unify(
        {
            "orders": table("orders", order_id=["Ord-1", "ORD-2"], parent_order_id=["ord-2", None]),
            "breach_orders": table("breach_orders", breach_id=["b1"], order_id=[" oRd-1"]),
            "breaches": table("breaches", breach_id=["B1"]),
        },
        records(),
    )
    assert found["orders"].select("order_id", "parent_order_id").rows() == [
        ("Ord-1", "ORD-2"),
        ("ORD-2", None),
    ]
    assert found["breach_orders"].select("breach_id", "order_id").rows() == [("B1", "Ord-1")]


def test_a_key_keeps_the_spelling_that_the_ledger_knows() -> None:
    orders = table("orders", order_id=["ORD-1"])
    parties = table("order_parties", order_id=["Ord-1"], party_key=["p"])
    known = {"orders": pl.DataFrame({"order_id": ["ord-1", "ord-9"]})}
    found, lost = unify({"orders": orders, "order_parties": parties}, records(), known,
                        {"orders": table("orders", order_id=["ORD-9"])})  # fmt: skip
    assert found["orders"]["order_id"].to_list() == ["ord-1"]
    assert found["order_parties"]["order_id"].to_list() == ["ord-1"]
    assert lost["orders"]["order_id"].to_list() == ["ord-9"], "a rejected row is that record"


def test_of_two_sources_the_first_decides() -> None:
    for first, second in (("A1", "a1"), ("a1", "A1")):
        staff = table("staff", staff_id=[first, second])
        reviews = table("reviews", review_id=["r"], reviewer_id=[second])
        (found,) = unify({"staff": staff, "reviews": reviews}, records())
        assert found["staff"]["staff_id"].to_list() == [first, first]
        assert found["reviews"]["reviewer_id"].to_list() == [first]


def test_what_another_field_names_is_of_its_kind() -> None:
    shares = table(
        "shares",
        share_id=["1", "2", "3"],
        object_type=["order", "breach", None],
        object_id=["x1", "x1", "x1"],
    )
    (found,) = unify(
        {
            "shares": shares,
            "orders": table("orders", order_id=["X1"]),
            "breaches": table("breaches", breach_id=["x1"]),
        },
        records(),
    )
    assert found["shares"]["object_id"].to_list() == ["X1", "x1", "x1"]


def test_persons_of_a_list_are_the_persons_of_a_column() -> None:
    orders = table("orders", order_id=["1"], subject_key=["n7"], protected_keys=[["N7", "n8"]])
    (found,) = unify({"orders": orders}, records())
    assert found["orders"]["protected_keys"].to_list() == [["N7", "n8"]]
    assert found["orders"]["subject_key"].to_list() == ["N7"]


NAMES = st.sampled_from(["a", "A", " a", "A ", "b", "B", "ab", "Ab", "aB", "\u00e9", "\u00c9", "ß"])
MAYBE = NAMES | st.none()


@settings(max_examples=60)
@given(
    st.lists(st.tuples(NAMES, MAYBE, MAYBE, st.lists(NAMES, max_size=3)), max_size=8),
    st.lists(st.tuples(NAMES, NAMES), max_size=8),
    st.lists(st.tuples(st.sampled_from(["order", "breach"]) | st.none(), MAYBE), max_size=8),
    st.lists(NAMES, max_size=4),
)
def test_plain_equality_is_identity(
    orders: list[tuple[Any, ...]],
    links: list[tuple[str, str]],
    shares: list[tuple[Any, ...]],
    known: list[str],
) -> None:
    """Names are equal after it exactly where they were the same before it; nothing else changes."""
    before = {
        "orders": table(
            "orders",
            order_id=[o[0] for o in orders],
            parent_order_id=[o[1] for o in orders],
            subject_key=[o[2] for o in orders],
            protected_keys=[o[3] for o in orders],
        ),
        "breach_orders": table(
            "breach_orders", breach_id=[k[0] for k in links], order_id=[k[1] for k in links]
        ),
        "shares": table(
            "shares",
            share_id=[str(n) for n in range(len(shares))],
            object_type=[s[0] for s in shares],
            object_id=[s[1] for s in shares],
        ),
    }
    past = {"orders": pl.DataFrame({"order_id": known}, schema={"order_id": pl.String})}
    (after,) = unify(before, records(), past)
    order_names = [
        ("orders", "order_id", pl.lit(value=True)),
        ("orders", "parent_order_id", pl.lit(value=True)),
        ("breach_orders", "order_id", pl.lit(value=True)),
        ("shares", "object_id", pl.col("object_type") == "order"),
    ]
    spelt: dict[str, set[str]] = {}
    for name, column, where in order_names:
        pairs = pl.DataFrame(
            {
                "old": before[name].filter(where).select(folded(pl.col(column))).to_series(),
                "new": after[name].filter(where).get_column(column),
            }
        ).drop_nulls()
        for old, new in pairs.iter_rows():
            spelt.setdefault(old, set()).add(new)
    assert all(len(names) == 1 for names in spelt.values()), spelt
    for old, names in spelt.items():
        (one,) = names
        assert pl.select(folded(pl.lit(one))).item() == old
        spellings = [n for n in known if pl.select(folded(pl.lit(n))).item() == old]
        assert not spellings or one in spellings
    again = unify(after, records(), past)[0]
    for name, frame in after.items():
        assert frame.height == before[name].height
        assert frame.schema == before[name].schema
        assert again[name].equals(frame), "done twice it changes nothing"
