"""A night put into the tables, and taken out again: a few statements, no loops over rows."""

from __future__ import annotations

from datetime import date

import polars as pl
import sqlalchemy as sa

from jobs.ledger.frames import DETAILS, KEY, KEY_SCHEMA, OPEN, from_rows
from jobs.ledger.models import (
    Instant,
    episode_details,
    episodes,
    exceptions,
    nights,
    plainly,
    rule_outcomes,
    source_nights,
    unindexed,
)
from jobs.ledger.reconcile import STATED, Transitions
from jobs.ledger.storable import storable_frame

#: Where a night's changes are put before the merge; it goes with the connection.
_staged = sa.Table(
    "staged_changes",
    sa.MetaData(),
    sa.Column("change", sa.Text, nullable=False),
    sa.Column("exception_id", sa.BigInteger),
    sa.Column("number", sa.Integer),
    sa.Column("closed_as", sa.Text),
    *(sa.Column(name, sa.Text) for name in KEY),
    sa.Column("state", sa.Text),
    *(
        sa.Column(
            name,
            Instant if name == "due_ts" else sa.Integer if name == "rule_version" else sa.Text,
        )
        for name in DETAILS
    ),
    prefixes=["TEMPORARY"],
)


def open_before(connection: sa.Connection, business_date: date) -> pl.DataFrame:
    """The episodes that were open when that night began, with what was known of them then."""
    known = (
        sa.select(
            episodes.c.exception_id,
            episodes.c.number,
            *(exceptions.c[name] for name in KEY),
            *(plainly(episode_details.c[name]) for name in STATED),
        )
        .select_from(exceptions.join(episodes).join(episode_details))
        .where(
            *_open_before(business_date),
            unindexed(episode_details.c.from_night < business_date),
            unindexed(
                sa.or_(
                    episode_details.c.until_night.is_(None),
                    episode_details.c.until_night >= business_date,
                )
            ),
        )
    )
    return from_rows(connection.execute(known).fetchall(), OPEN)


def keys_open_before(connection: sa.Connection, business_date: date) -> pl.DataFrame:
    """The keys of the episodes that were open when that night began, in their order."""
    known = (
        sa.select(*(exceptions.c[name] for name in KEY))
        .select_from(exceptions.join(episodes))
        .where(*_open_before(business_date))
    )
    return from_rows(connection.execute(known).fetchall(), KEY_SCHEMA).sort(KEY)


def _open_before(business_date: date) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        unindexed(episodes.c.opened_on < business_date),
        sa.or_(episodes.c.closed_on.is_(None), episodes.c.closed_on >= business_date),
    )


def undo(connection: sa.Connection, business_date: date) -> None:
    """Take the latest night out of the tables, as if it had not been."""
    details, day = episode_details, {"day": business_date}
    night = sa.bindparam("day", type_=sa.Date)
    for statement in (
        sa.delete(details).where(details.c.from_night == night),
        sa.update(details).where(details.c.until_night == night).values(until_night=None),
        sa.delete(episodes).where(episodes.c.opened_on == night),
        sa.delete(exceptions).where(exceptions.c.first_opened == night),
        sa.update(episodes)
        .where(episodes.c.closed_on == night)
        .values(closed_on=None, closed_as=None),
        sa.delete(rule_outcomes).where(rule_outcomes.c.business_date == night),
        sa.delete(source_nights).where(source_nights.c.business_date == night),
        sa.delete(nights).where(nights.c.business_date == night),
    ):
        connection.execute(statement, day)


def apply(connection: sa.Connection, business_date: date, transitions: Transitions) -> None:
    """Put a night's transitions into the tables."""
    _stage(connection, transitions)
    _close(connection, business_date)
    _change(connection, business_date)
    _open(connection, business_date)
    _staged.drop(connection)


def _stage(connection: sa.Connection, transitions: Transitions) -> None:
    _staged.create(connection)
    for change, frame in (
        ("opened", transitions.opened),
        ("changed", transitions.changed),
        ("closed", transitions.closed),
    ):
        if not frame.is_empty():
            rows = storable_frame(frame).with_columns(pl.lit(change).alias("change"))
            connection.execute(sa.insert(_staged), rows.to_dicts())


def _close(connection: sa.Connection, business_date: date) -> None:
    connection.execute(
        sa.update(episodes)
        .where(
            _staged.c.change == "closed",
            episodes.c.exception_id == _staged.c.exception_id,
            episodes.c.number == _staged.c.number,
        )
        .values(closed_on=business_date, closed_as=_staged.c.closed_as)
    )


def _change(connection: sa.Connection, business_date: date) -> None:
    """End what was known until now and begin what is known from now."""
    connection.execute(
        sa.update(episode_details)
        .where(
            _staged.c.change == "changed",
            episode_details.c.exception_id == _staged.c.exception_id,
            episode_details.c.number == _staged.c.number,
            episode_details.c.until_night.is_(None),
        )
        .values(until_night=business_date)
    )
    connection.execute(
        sa.insert(episode_details).from_select(
            ["exception_id", "number", "from_night", *STATED],
            sa.select(
                _staged.c.exception_id,
                _staged.c.number,
                sa.literal(business_date, sa.Date),
                *(_staged.c[name] for name in STATED),
            ).where(_staged.c.change == "changed"),
        )
    )


def _open(connection: sa.Connection, business_date: date) -> None:
    """Number new keys on from the last, and each key's new episode on from its last."""
    night = sa.literal(business_date, sa.Date)
    opened = _staged.c.change == "opened"
    same = sa.and_(*(exceptions.c[name] == _staged.c[name] for name in KEY))
    last = sa.select(sa.func.coalesce(sa.func.max(exceptions.c.id), 0)).scalar_subquery()
    connection.execute(
        sa.insert(exceptions).from_select(
            ["id", *KEY, "first_opened"],
            sa.select(
                last + sa.func.row_number().over(order_by=[_staged.c[name] for name in KEY]),
                *(_staged.c[name] for name in KEY),
                night,
            ).where(opened, ~sa.exists().where(same)),
        )
    )
    former = (
        sa.select(sa.func.coalesce(sa.func.max(episodes.c.number), 0))
        .where(episodes.c.exception_id == exceptions.c.id)
        .correlate(exceptions)
        .scalar_subquery()
    )
    connection.execute(
        sa.insert(episodes).from_select(
            ["exception_id", "number", "opened_on"],
            sa.select(exceptions.c.id, former + 1, night)
            .select_from(_staged.join(exceptions, same))
            .where(opened),
        )
    )
    connection.execute(
        sa.insert(episode_details).from_select(
            ["exception_id", "number", "from_night", *STATED],
            sa.select(
                exceptions.c.id,
                episodes.c.number,
                night,
                *(_staged.c[name] for name in STATED),
            )
            .select_from(
                _staged.join(exceptions, same).join(
                    episodes, episodes.c.exception_id == exceptions.c.id
                )
            )
            .where(opened, episodes.c.closed_on.is_(None)),
        )
    )
