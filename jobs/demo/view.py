"""The records of the first night as faults choose among them, and what holds them steady.

A record that a fault is planted on must stay what it is on all three nights, or time would mend or
change the fault. `steady` and `over` mark orders of which nothing changes between the nights.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from expectations.language import local_date
from jobs.demo.when import NIGHTS
from jobs.demo.world import World

_CALM_FROM, _CALM_TO = date(2026, 10, 10), date(2027, 1, 20)


def order_view(world: World, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Orders of the first night.

    Beside the canonical fields and the demo's own: `case` (the chain of notice and order that it
    belongs to), `steady` (in force on all nights, nothing near), `over` (ended long before),
    `quiet` (nobody broke an order of its case), `addr` (a condition about a place), `local` (all
    parties live in the force's area), `breaches` (how many).
    """
    own = [name for name in world.orders.columns if name.startswith("_")]
    extra = world.orders.select("order_id", *own)
    counts = (
        world.breaches.group_by("order_id")
        .len("breaches")
        .with_columns(pl.col("breaches").cast(pl.Int64))
    )
    places = (
        tables["order_conditions"]
        .filter(pl.col("kind").is_in(["address", "exclusion_zone"]))
        .select("order_id")
        .unique()
        .with_columns(addr=pl.lit(True))
    )
    live = ["in_force", "order_served", "varied"]
    starts = local_date(pl.col("_known"))
    frame = (
        tables["orders"]
        .join(extra, on="order_id")
        .join(counts, on="order_id", how="left")
        .join(places, on="order_id", how="left")
        .with_columns(
            pl.col("breaches").fill_null(0),
            pl.col("addr").fill_null(False),
            case=pl.col("_k").str.replace("^order ", "notice ").str.replace("^interim of ", ""),
            steady=pl.col("status").is_in(live)
            & (starts <= _CALM_FROM)
            & (pl.col("end_date").is_null() | (pl.col("end_date") >= _CALM_TO))
            & pl.col("_s_discharged").is_null()
            & pl.col("varied_ts").is_null()
            & pl.col("_s_superseded").is_null(),
            over=(pl.col("status") == "expired") & (pl.col("end_date") < _CALM_FROM),
            local=(pl.col("_subject_force") == "21") & (pl.col("_protected_force") == "21"),
        )
    )
    return frame.with_columns(quiet=pl.col("breaches").sum().over("case") == 0)


def breach_view(
    world: World, tables: dict[str, pl.DataFrame], orders: pl.DataFrame
) -> pl.DataFrame:
    """Breaches of the first night, with their order's fields under `o_`.

    `single`: its order has no other breach; `done`: it was closed long before.
    """
    own = [name for name in world.breaches.columns if name.startswith("_")]
    extra = world.breaches.select("breach_id", "order_id", *own)
    of_order = orders.select(pl.all().name.prefix("o_")).rename({"o_order_id": "order_id"})
    last = (
        tables["reviews"]
        .filter(pl.col("object_type") == "breach")
        .group_by(pl.col("object_id").alias("breach_id"))
        .agg(last_review=local_date(pl.col("reviewed_ts")).max())
    )
    calm = pl.lit(_CALM_FROM)
    return (
        tables["breaches"]
        .join(extra, on="breach_id")
        .join(of_order, on="order_id", how="left")
        .join(last, on="breach_id", how="left")
        .with_columns(
            case=pl.col("o_case"),
            single=pl.col("o_breaches") == 1,
            done=(pl.col("status") == "closed") & (local_date(pl.col("status_ts")) < calm),
            near=_within(28),
            age=(pl.lit(NIGHTS[0]) - local_date(pl.col("reported_ts"))).dt.total_days(),
        )
    )


def _within(days: int) -> pl.Expr:
    """Whether the order's breach before this one was less than so many days ago."""
    day = local_date(pl.col("occurred_from_ts"))
    before = (
        day.sort_by("occurred_from_ts").shift().over("order_id", mapping_strategy="group_to_rows")
    )
    return (day - before).dt.total_days() < days - 1
