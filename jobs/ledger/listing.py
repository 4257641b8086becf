"""What the ledger says, as frames: a night's exceptions, its movements, the history of nights."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import polars as pl
import sqlalchemy as sa

from jobs.ledger.frames import LISTING, OUTCOMES, from_rows
from jobs.ledger.models import (
    episode_details,
    episodes,
    exceptions,
    nights,
    plainly,
    rule_outcomes,
    unindexed,
)

#: The columns that movements may be counted by.
DIMENSIONS = (
    "rule_id",
    "theme",
    "dimension",
    "severity",
    "records",
    "unit_code",
    "lpt",
    "order_type",
)

#: The ways in which an episode closes.
CLOSINGS = ("fixed", "withdrawn_from_source", "no_longer_applies", "rule_retired")

_HISTORY_BY = ("theme", "unit_code", "severity")

_SPANS = episodes.join(episode_details)


class Movements(NamedTuple):
    """What a night did to the exceptions.

    Attributes:
        opened: Episodes opened, reopened ones among them.
        reopened: Those of the opened whose key had an episode before.
        still_open: Episodes that were open before and still are.
        fixed: Closed: the rule covers the record and it passes.
        withdrawn_from_source: Closed: the record is gone, void or a test.
        no_longer_applies: Closed: the record is there and the rule no longer covers it.
        rule_retired: Closed: the rule is retired or back on trial.
        open: Open when the night ended: opened and still open.
        waived: Those of the open that a waiver lets stand.
        hidden: Those of the open, waived ones apart, that are behind another rule's exception.
    """

    opened: int
    reopened: int
    still_open: int
    fixed: int
    withdrawn_from_source: int
    no_longer_applies: int
    rule_retired: int
    open: int
    waived: int
    hidden: int


def exceptions_on(connection: sa.Connection, business_date: date) -> pl.DataFrame:
    """The exceptions of a night as `frames.LISTING`: the open ones and those it closed."""
    columns = [
        name for name in LISTING if name not in ("state", "first_seen", "days_open", "episode")
    ]
    names = {**exceptions.c, **episode_details.c}
    schema = {
        **{name: LISTING[name] for name in columns},
        "opened_on": pl.Date(),
        "number": pl.Int64(),
        "state": pl.String(),
        "closed_as": pl.String(),
    }
    query = (
        sa.select(
            *(plainly(names[name]) for name in columns),
            episodes.c.opened_on,
            episodes.c.number,
            episode_details.c.state,
            sa.case((episodes.c.closed_on == business_date, episodes.c.closed_as)),
        )
        .select_from(exceptions.join(episodes).join(episode_details))
        .where(*_of_night(business_date))
    )
    frame = from_rows(connection.execute(query).fetchall(), schema)
    return (
        frame.with_columns(
            pl.coalesce("closed_as", "state").alias("state"),
            pl.col("opened_on").alias("first_seen"),
            (pl.lit(business_date) - pl.col("opened_on")).dt.total_days().alias("days_open"),
            pl.col("number").alias("episode"),
        )
        .select(*LISTING)
        .sort("rule_id", "records", "record_key")
    )


def failures(connection: sa.Connection, before: date) -> pl.DataFrame:
    """Every episode that began before a night, listed or not, as it stood when that night began.

    Returns:
        records, record_key, rule_id; `from_date`, the night that it opened; `until_date`, the
        night that closed it, empty where none had.
    """
    schema = {
        **dict.fromkeys(("records", "record_key", "rule_id"), pl.String()),
        **dict.fromkeys(("from_date", "until_date"), pl.Date()),
    }
    query = (
        sa.select(
            exceptions.c.records,
            exceptions.c.record_key,
            exceptions.c.rule_id,
            episodes.c.opened_on,
            sa.case((episodes.c.closed_on < before, episodes.c.closed_on)),
        )
        .select_from(exceptions.join(episodes))
        .where(unindexed(episodes.c.opened_on < before))
    )
    return from_rows(connection.execute(query).fetchall(), schema).sort(*schema)


def outcomes_on(connection: sa.Connection, business_date: date) -> pl.DataFrame:
    """What became of each rule on a night."""
    text = dict.fromkeys(("status", "theme", "dimension", "severity"), pl.String())
    schema: dict[str, pl.DataType] = {**OUTCOMES, "rule_version": pl.Int64(), **text}
    query = (
        sa.select(*(rule_outcomes.c[name] for name in schema))
        .where(rule_outcomes.c.business_date == business_date)
        .order_by(rule_outcomes.c.rule_id)
    )
    return from_rows(connection.execute(query).fetchall(), schema)


def past_rules(connection: sa.Connection, since: date, before: date) -> pl.DataFrame:
    """What became of each active rule on the nights of a span.

    Returns:
        business_date, rule_id, records, outcome.
    """
    schema = {
        "business_date": pl.Date(),
        **dict.fromkeys(("rule_id", "records", "outcome"), pl.String()),
    }
    query = sa.select(*(rule_outcomes.c[name] for name in schema)).where(
        rule_outcomes.c.business_date >= since,
        rule_outcomes.c.business_date < before,
        rule_outcomes.c.status == "active",
    )
    return from_rows(connection.execute(query).fetchall(), schema).sort(*schema)


def _of_night(business_date: date) -> tuple[sa.ColumnElement[bool], ...]:
    """Open when the night ended or closed by it, with what was known then."""
    return (
        unindexed(episodes.c.opened_on <= business_date),
        sa.or_(episodes.c.closed_on.is_(None), episodes.c.closed_on >= business_date),
        unindexed(episode_details.c.from_night <= business_date),
        unindexed(
            sa.or_(
                episode_details.c.until_night.is_(None),
                episode_details.c.until_night > business_date,
            )
        ),
    )


def movements(connection: sa.Connection, business_date: date) -> Movements:
    """A night's movements, counted where they lie."""
    kinds = (
        sa.select(
            (episodes.c.opened_on == business_date).label("new"),
            (episodes.c.number > 1).label("again"),
            sa.case((episodes.c.closed_on == business_date, episodes.c.closed_as)).label("closed"),
            episode_details.c.state,
            episode_details.c.hidden_by.is_not(None).label("hidden"),
        )
        .select_from(_SPANS)
        .where(*_of_night(business_date))
        .subquery()
    )
    query = sa.select(*kinds.c, sa.func.count()).group_by(*kinds.c)
    counts = dict.fromkeys(Movements._fields, 0)
    for row in connection.execute(query):
        values: tuple[Any, ...] = tuple(row)
        new, again, closed, state, hidden, count = values
        for name, holds in {
            "opened": new,
            "reopened": new and again,
            "still_open": closed is None and not new,
            "open": closed is None,
            "waived": closed is None and state == "waived",
            "hidden": closed is None and state == "open" and hidden,
        }.items():
            if holds:
                counts[name] += count
        if closed is not None:
            counts[closed] += count
    return Movements(**counts)


def movements_by(listing: pl.DataFrame, business_date: date, by: Sequence[str]) -> pl.DataFrame:
    """A night's movements counted by some of `DIMENSIONS`, from its listing."""
    unknown = [name for name in by if name not in DIMENSIONS]
    if unknown:
        raise ValueError(
            f"movements cannot be counted by {', '.join(unknown)}; only by {', '.join(DIMENSIONS)}"
        )
    new = pl.col("first_seen") == business_date
    open_ = ~pl.col("state").is_in(CLOSINGS)
    waived = pl.col("state") == "waived"
    counts = {
        "opened": new,
        "reopened": new & (pl.col("episode") > 1),
        "still_open": open_ & ~new,
        **{name: pl.col("state") == name for name in CLOSINGS},
        "open": open_,
        "waived": waived,
        "hidden": open_ & ~waived & pl.col("hidden_by").is_not_null(),
    }
    sums = [condition.sum().cast(pl.Int64).alias(name) for name, condition in counts.items()]
    return listing.group_by(by).agg(sums).sort(by) if by else listing.select(sums)


def history(connection: sa.Connection, since: date) -> pl.DataFrame:
    """Every night from `since` on, by theme, unit and severity.

    Returns:
        business_date, theme, unit_code, severity; opened and each way of closing (of that night);
        open (listed when the night ended), waived, hidden. A group with nothing has no row. An
        exception whose unit or severity changes moves between groups without opening or closing.
    """
    days = from_rows(
        connection.execute(sa.select(nights.c.business_date).order_by("business_date")).fetchall(),
        {"business_date": pl.Date()},
    )
    flows = pl.concat([_openings(connection, since), _closings(connection, since)])
    stocks = _stocks(connection, days, since)
    index = ["business_date", *_HISTORY_BY]
    numbers = ["opened", *CLOSINGS, "open", "waived", "hidden"]
    both = pl.concat([flows, stocks])
    wide = both.group_by(index).agg(
        pl.col("count").filter(pl.col("what") == name).sum().alias(name) for name in numbers
    )
    return wide.filter(pl.any_horizontal(pl.col(numbers) != 0)).sort(index, nulls_last=True)


_COUNTED: dict[str, pl.DataType] = {
    "business_date": pl.Date(),
    **dict.fromkeys(_HISTORY_BY, pl.String()),
    "what": pl.String(),
    "count": pl.Int64(),
}


def _count(
    connection: sa.Connection,
    night: sa.ColumnElement[Any],
    what: sa.ColumnElement[Any],
    *where: sa.ColumnElement[bool],
) -> pl.DataFrame:
    spans = (
        sa.select(
            night.label("night"),
            *(episode_details.c[name] for name in _HISTORY_BY),
            what.label("what"),
        )
        .select_from(_SPANS)
        .where(*where)
        .subquery()
    )
    query = sa.select(*spans.c, sa.func.count()).group_by(*spans.c)
    return from_rows(connection.execute(query).fetchall(), _COUNTED)


def _openings(connection: sa.Connection, since: date) -> pl.DataFrame:
    return _count(
        connection,
        episodes.c.opened_on,
        sa.literal_column("'opened'"),
        episodes.c.opened_on >= since,
        episode_details.c.from_night == episodes.c.opened_on,
    )


def _closings(connection: sa.Connection, since: date) -> pl.DataFrame:
    return _count(
        connection,
        episodes.c.closed_on,
        episodes.c.closed_as,
        episodes.c.closed_on >= since,
        unindexed(episode_details.c.until_night.is_(None)),
    )


def _stocks(connection: sa.Connection, days: pl.DataFrame, since: date) -> pl.DataFrame:
    """What was open at the end of each night: all that began by then less all that had ended."""
    what = sa.case(
        (episode_details.c.state == "waived", "waived"),
        (episode_details.c.hidden_by.is_not(None), "hidden"),
        else_="open",
    )
    end = sa.func.coalesce(episode_details.c.until_night, episodes.c.closed_on)
    matters = sa.or_(episodes.c.closed_on.is_(None), episodes.c.closed_on > since)
    begun = _count(connection, episode_details.c.from_night, what, matters)
    ended = _count(connection, end, what, matters, end.is_not(None))
    group = [*_HISTORY_BY, "what"]
    steps = pl.concat([begun, ended.with_columns(-pl.col("count"))]).with_columns(
        pl.max_horizontal("business_date", pl.lit(since))
    )
    steps = steps.group_by("business_date", *group).agg(pl.col("count").sum())
    grid = days.filter(pl.col("business_date") >= since).join(
        steps.select(group).unique(), how="cross"
    )
    return (
        pl.concat([grid.with_columns(count=pl.lit(0, pl.Int64)).select(steps.columns), steps])
        .sort("business_date")
        .with_columns(pl.col("count").cum_sum().over(group))
        .group_by("business_date", *group)
        .agg(pl.col("count").last())
        .join(days, on="business_date", how="semi")
        .select(list(_COUNTED))
    )
