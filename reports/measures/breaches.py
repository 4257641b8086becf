"""Measures of breaches and of what was done about them (M16 to M20).

They read the breaches and the orders only, never the exceptions: an exception is a finding about a
record and is not a breach.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from reports.measures.parts import Records, Row, absent, column, has, real, share, time_known

_DAY_H = timedelta(hours=24)
_MONTH_DAYS = 30.4


def breach_measures(records: Records) -> list[Row]:
    """The measures of breaches."""
    rows = _per_order_month(records)
    for period in records.periods:
        rows += _recorded(records, period.name)
        rows += _arrested(records, period.name)
        rows += _produced(records, period.name)
    rows += _repeated(records)
    return rows


def _breaches(records: Records, cut: str, name: str) -> pl.DataFrame | None:
    """The breaches whose `name` falls in a period."""
    if records.breaches is None or name not in records.breaches.columns:
        return None
    period = next(period for period in records.periods if period.name == cut)
    frame = real(records.breaches)
    return frame.filter(period.holds(name, frame.schema[name]))


def _links(records: Records) -> pl.DataFrame | None:
    """The breaches of 12 months and the orders they broke: breach_id, order_id, order_type."""
    found = _breaches(records, "12 months", "reported_ts")
    if found is None or not has(records.breach_orders, "breach_id", "order_id"):
        return None
    if not has(records.orders, "order_id", "order_type"):
        return None
    assert records.breach_orders is not None and records.orders is not None  # noqa: S101, PT018
    counted = found.filter(~column(found, "is_continuation", pl.Boolean()).fill_null(False))
    unlinked = column(records.breach_orders, "unlinked_ts", pl.Datetime("us", "UTC"))
    return (
        counted.select("breach_id")
        .join(records.breach_orders.filter(unlinked.is_null()), on="breach_id", how="left")
        .select("breach_id", "order_id")
        .unique()
        .join(real(records.orders).select("order_id", "order_type"), on="order_id", how="left")
    )


def _per_order_month(records: Records) -> list[Row]:
    """M16: breaches for each 100 months that orders were live, by type.

    The time that an order was live is counted, or long orders would look worse than short ones.
    """
    unit = "per 100 order-months"
    links, orders = _links(records), records.orders
    if links is None or not has(orders, "start_date", "end_date", "made_date"):
        return [absent("M16", "12 months", unit)]
    assert orders is not None  # noqa: S101 - `has` said so
    year = records.year
    local = column(orders, "discharged_ts", pl.Datetime("us", "UTC"))
    ended = pl.min_horizontal(
        "end_date",
        local.cast(pl.Datetime("us", "UTC")).dt.convert_time_zone("Europe/London").dt.date(),
        pl.lit(year.last),
    )
    begun = pl.max_horizontal(pl.coalesce("start_date", "made_date"), pl.lit(year.first))
    unknown = pl.coalesce("start_date", "made_date").is_null()
    made = real(orders).filter(records.is_order())
    spans = made.with_columns(
        live_days=pl.when(~unknown).then((ended - begun).dt.total_days() + 1).clip(lower_bound=0)
    )
    days = spans.group_by("order_type").agg(pl.col("live_days").sum())
    broken = (
        links.drop_nulls("order_type")
        .group_by("order_type")
        .agg(pl.col("breach_id").n_unique().alias("breaches"))
    )
    by_type = days.join(broken, on="order_type", how="left").sort("order_type").fill_null(0)
    left_out = int(links.filter(pl.col("order_type").is_null())["breach_id"].n_unique())
    no_start = made.filter(unknown).height
    everything = int(links.drop_nulls("order_type")["breach_id"].n_unique())
    rows = [_rate("12 months", everything, int(days["live_days"].sum()), left_out + no_start, unit)]
    for order_type, live_days, count in by_type.iter_rows():
        if live_days > 0:
            rows.append(_rate(f"12 months, {order_type}", count, int(live_days), 0, unit))
    return rows


def _rate(cut: str, count: int, live_days: int, excluded: int, unit: str) -> Row:
    months = live_days / _MONTH_DAYS
    value = 100 * count / months if months else None
    return Row("M16", cut, value, count, round(months), excluded, unit)


def _recorded(records: Records, cut: str) -> list[Row]:
    """M17: how long it took to record a crime, and how many were recorded within 24 hours."""
    found = _breaches(records, cut, "reported_ts")
    cuts = {"in 24 hours": "%", "median": "hours", "90th percentile": "hours"}
    if found is None or not has(found, "recorded_ts", "kind"):
        return [absent("M17", f"{cut}, {name}", unit) for name, unit in cuts.items()]
    crimes = found.filter(pl.col("kind") == "crime")
    reported, recorded = pl.col("reported_ts"), pl.col("recorded_ts")
    known = time_known(found, "reported_ts") & time_known(found, "recorded_ts")
    late = reported + _DAY_H < records.asof
    rows = [
        share(
            "M17",
            f"{cut}, in 24 hours",
            crimes,
            of=recorded.is_not_null() | late,
            met=recorded <= reported + _DAY_H,
            unknown=~known,
        )
    ]
    hours = crimes.filter(known, recorded.is_not_null()).select(
        ((recorded - reported).dt.total_seconds() / 3600).alias("hours")
    )["hours"]
    for name, quantile in (("median", 0.5), ("90th percentile", 0.9)):
        rows.append(
            Row(
                "M17",
                f"{cut}, {name}",
                hours.quantile(quantile, interpolation="linear"),
                hours.len(),
                hours.len(),
                crimes.height - hours.len(),
                "hours",
            )
        )
    return rows


def _arrested(records: Records, cut: str) -> list[Row]:
    """M18: breaches with a known suspect and an arrest within 24 hours of the report."""
    found = _breaches(records, cut, "reported_ts")
    if found is None or not has(found, "arrested_ts", "suspect_state"):
        return [absent("M18", cut)]
    state, arrested = pl.col("suspect_state"), pl.col("arrested_ts")
    someone = column(found, "suspect_key").is_not_null() | arrested.is_not_null()
    failure = column(found, "breach_kind") == "notification_failure"
    settled = arrested.is_not_null() | (pl.col("reported_ts") + _DAY_H < records.asof)
    return [
        share(
            "M18",
            cut,
            found.filter(~failure.fill_null(False)),
            of=settled & ((state == "identified") | state.is_null()),
            met=arrested <= pl.col("reported_ts") + _DAY_H,
            unknown=~time_known(found, "reported_ts")
            | (arrested.is_not_null() & ~time_known(found, "arrested_ts"))
            | (state.is_null() & ~someone),
        )
    ]


def _produced(records: Records, cut: str) -> list[Row]:
    """M19: people arrested under a civil power who were before the court in time."""
    found = _breaches(records, cut, "arrested_ts")
    if found is None or not has(
        found, "civil_arrest", "production_deadline_ts", "produced_at_court_ts"
    ):
        return [absent("M19", cut)]
    deadline, produced = pl.col("production_deadline_ts"), pl.col("produced_at_court_ts")
    freed = (column(found, "disposal_type") == "dearrested").fill_null(False)
    return [
        share(
            "M19",
            cut,
            found,
            of=pl.col("civil_arrest") & ~freed & (deadline.is_null() | (deadline < records.asof)),
            met=produced <= deadline,
            unknown=deadline.is_null()
            | ~time_known(found, "arrested_ts")
            | (produced.is_not_null() & ~time_known(found, "produced_at_court_ts")),
        )
    ]


def _repeated(records: Records) -> list[Row]:
    """M20: orders broken more than once; people with three breaches or more. Force total only."""
    orders_cut, people_cut = "12 months, orders", "12 months, people with 3 or more"
    links = _links(records)
    if links is None:
        return [absent("M20", orders_cut), absent("M20", people_cut)]
    broken = (
        links.drop_nulls("order_type")
        .group_by("order_id")
        .agg(pl.col("breach_id").n_unique().alias("n"))
    )
    left_out = int(links.filter(pl.col("order_type").is_null())["breach_id"].n_unique())
    rows = [
        share(
            "M20", orders_cut, broken, of=pl.lit(True), met=pl.col("n") >= 2, unknown=pl.lit(False)
        )
    ]
    rows = [row._replace(excluded=left_out) for row in rows]
    found = _breaches(records, "12 months", "reported_ts")
    if found is None or "suspect_key" not in found.columns:
        return [*rows, absent("M20", people_cut)]
    counted = found.filter(~column(found, "is_continuation", pl.Boolean()).fill_null(False))
    people = counted.drop_nulls("suspect_key").group_by("suspect_key").len("n")
    several = share(
        "M20", people_cut, people, of=pl.lit(True), met=pl.col("n") >= 3, unknown=pl.lit(False)
    )
    nobody = counted["suspect_key"].null_count()
    return [*rows, several._replace(excluded=nobody)]
