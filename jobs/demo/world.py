"""The whole force as lives: every order, breach and row beside them, before any night is cut."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
import polars.selectors as cs

from config.records import TIMESTAMP
from config.thresholds import load_thresholds
from jobs.demo import breach_rows, order_rows
from jobs.demo.audit import audit
from jobs.demo.breaches import breaches
from jobs.demo.chance import Dice
from jobs.demo.court_orders import court_orders
from jobs.demo.feeds import court_feed, occurrences
from jobs.demo.order_life import lives
from jobs.demo.people import assign, staff, units
from jobs.demo.police_orders import applications, not_pursued, notice_cases
from jobs.demo.staged import staged_orders
from jobs.demo.when import off_midnight

_STATUSES = (
    *("considered", "auth_requested", "authorised", "issued", "notice_served", "applied"),
    *("listed", "adjourned", "received", "granted", "refused", "withdrawn", "lapsed"),
    *("order_served", "in_force", "varied", "expired", "discharged", "superseded", "not_pursued"),
)


@dataclass(frozen=True)
class World:
    """The force's records over all time.

    Attributes:
        orders: Lives of orders, with the demo's own columns.
        breaches: Lives of breaches.
        rows: The other tables, each row with `_shown`, from when it is there.
        national_updates: When the national record of an order changed.
    """

    orders: pl.DataFrame
    breaches: pl.DataFrame
    rows: dict[str, pl.DataFrame]
    national_updates: pl.DataFrame


def make_world(seed: int) -> World:
    """The force of a seed."""
    orders = _orders(seed)
    found = breaches(orders, Dice(seed, "breaches"))
    reviews = pl.concat(
        [
            order_rows.reviews(orders, Dice(seed, "reviews")),
            breach_rows.breach_reviews(found, Dice(seed, "breach reviews")),
        ],
        how="diagonal",
    )
    shares = pl.concat(
        [
            order_rows.shares(orders, Dice(seed, "shares")),
            breach_rows.breach_shares(found, Dice(seed, "breach shares")),
        ],
        how="diagonal",
    )
    ids = orders.select("_k", "order_id")
    breach_ids = found.sort("created_ts", "_k").select(
        "_k", breach_id=_reference("BRE", pl.int_range(1, pl.len() + 1), 6)
    )
    conditions = order_rows.conditions(orders, Dice(seed, "conditions")).with_columns(
        condition_id=_reference("CND", pl.int_range(1, pl.len() + 1), 6)
    )
    first = conditions.filter(pl.col("seq") == 1).select("order_k", condition="condition_id")
    found = (
        found.join(breach_ids, on="_k")
        .join(ids.rename({"_k": "order_k"}), on="order_k")
        .join(first, on="order_k", how="left")
        .with_columns(
            condition_id=pl.when(pl.col("breach_kind") != "notification_failure").then("condition")
        )
        .drop("condition")
        .sort("breach_id")
    )
    proved = pl.col("court_outcome").is_in(load_thresholds()["proved_outcomes"].value)
    convictions = found.filter(proved)
    updates = pl.concat(
        [
            order_rows.national_updates(orders, Dice(seed, "updates")),
            convictions.select(
                "order_k",
                _shown=pl.col("court_outcome_ts")
                + Dice(seed, "convictions").hours(convictions.height, 2, 40),
            ),
        ]
    )
    objects = pl.concat([ids, breach_ids.rename({"breach_id": "order_id"})])
    rows = {
        "order_parties": _named(order_rows.parties(orders, Dice(seed, "parties")), ids),
        "order_conditions": _named(conditions, ids),
        "breach_orders": found.select("breach_id", "order_id", _shown="created_ts"),
        "reviews": _about(reviews, objects, "review_id", "REV"),
        "shares": _about(shares, objects, "share_id", "SHR"),
        "court_feed": _feed(court_feed(orders, Dice(seed, "court feed")), ids),
        "occurrences": occurrences(Dice(seed, "occurrences")),
        "field_changes": audit(orders, Dice(seed, "audit")),
        "staff": staff(),
        "units": units(),
    }
    return World(orders, found, {k: _awake(v) for k, v in rows.items()}, updates)


def _orders(seed: int) -> pl.DataFrame:
    families = [
        notice_cases(Dice(seed, "notices")),
        applications(Dice(seed, "applications")),
        not_pursued(Dice(seed, "not pursued")),
        court_orders(Dice(seed, "court orders")),
    ]
    scratch = cs.matches(r"^_(\d+|sits|again|first|fate|interim|court|minutes|delay)$")
    whole = pl.concat([family.drop(scratch) for family in families], how="diagonal")
    missing = [f"_s_{status}" for status in _STATUSES if f"_s_{status}" not in whole.columns]
    whole = whole.with_columns(pl.lit(None, TIMESTAMP).alias(name) for name in missing)
    whole = pl.concat([whole, staged_orders(whole)], how="diagonal")
    whole = _awake(assign(whole, Dice(seed, "officers")))
    whole = _awake(lives(whole, Dice(seed, "lives")))
    whole = whole.sort("created_ts", "_k").with_columns(
        order_id=_reference("ORD", pl.int_range(1, pl.len() + 1), 6)
    )
    names = whole.select("_k", "order_id")
    for link, column in (("_parent", "parent_order_id"), ("_main", "parent_application_id")):
        whole = whole.join(
            names.rename({"_k": link, "order_id": column}),
            on=link,
            how="left",
            maintain_order="left",
        )
    return whole


def _reference(prefix: str, number: pl.Expr, digits: int) -> pl.Expr:
    return pl.format("{}-{}", pl.lit(prefix), number.cast(pl.String).str.zfill(digits))


def _named(rows: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Rows of orders with the order's reference."""
    return rows.join(ids.rename({"_k": "order_k"}), on="order_k").drop("order_k")


def _about(rows: pl.DataFrame, ids: pl.DataFrame, key: str, prefix: str) -> pl.DataFrame:
    """Rows about an order or a breach, in order of time, with references of their own."""
    named = rows.with_columns(_k=pl.coalesce("order_k", "breach_k")).join(ids, on="_k")
    return (
        named.sort("_shown", "_k", "kind")
        .with_columns(_reference(prefix, pl.int_range(1, pl.len() + 1), 7).alias(key))
        .rename({"order_id": "object_id"})
        .drop("order_k", "breach_k", "_k")
    )


def _feed(rows: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    return (
        rows.join(ids.rename({"_k": "order_k"}), on="order_k", how="left")
        .with_columns(matched_order_id=pl.when("_matched").then("order_id"))
        .sort("received_ts", "court_case_ref")
        .with_columns(feed_id=_reference("FED", pl.int_range(1, pl.len() + 1), 6))
        .drop("order_k", "order_id", "_matched")
    )


def _awake(frame: pl.DataFrame) -> pl.DataFrame:
    """No time is local midnight, which would read as a missing time."""
    stamps = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime)]
    return frame.with_columns(off_midnight(pl.col(name).cast(TIMESTAMP)) for name in stamps)
