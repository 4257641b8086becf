"""The ledger's tables.

An exception is one key that never changes; each opening of it is an episode; what was known of an
episode is kept as spans of nights, so that any night can be seen again and the latest one undone.
A schema change here needs a migration beside it: a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect


class Instant(sa.TypeDecorator[datetime]):
    """A moment in UTC: `timestamptz` in PostgreSQL, UTC text without an offset in SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; a moment without a zone is taken for UTC nowhere, it is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database's form to UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: In SQLite only `INTEGER` may be the row's own number, which a join then finds at once.
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: Every attempt at a night, whatever became of it.
runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", sa.Text, primary_key=True),
    sa.Column("business_date", sa.Date, nullable=False, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("started", Instant, nullable=False),
    sa.Column("finished", Instant),
    sa.Column("exit_code", sa.Integer),
    sa.Column("versions", sa.JSON(none_as_null=True), nullable=False),
    sa.Column("hashes", sa.JSON(none_as_null=True), nullable=False),
    sa.Column("counts", sa.JSON(none_as_null=True)),
    sa.Column("detail", sa.JSON(none_as_null=True)),
    sa.Column("withdrawn", Instant),
    sa.CheckConstraint("state IN ('running', 'done', 'failed')", name="state"),
)

#: The nights that were recorded, each by the run that last did so.
nights = sa.Table(
    "nights",
    metadata,
    sa.Column("business_date", sa.Date, primary_key=True),
    sa.Column("run_id", sa.Text, sa.ForeignKey("runs.run_id"), nullable=False),
)

#: What became of each rule on each night.
rule_outcomes = sa.Table(
    "rule_outcomes",
    metadata,
    sa.Column("business_date", sa.Date, sa.ForeignKey("nights.business_date"), primary_key=True),
    sa.Column("rule_id", sa.Text, primary_key=True),
    sa.Column("rule_version", sa.Integer),
    sa.Column("status", sa.Text),
    sa.Column("theme", sa.Text),
    sa.Column("dimension", sa.Text),
    sa.Column("severity", sa.Text),
    sa.Column("records", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("evaluated", sa.BigInteger),
    sa.Column("failed", sa.BigInteger),
    sa.Column("hidden", sa.BigInteger),
    sa.Column("unsupplied_exempt", sa.JSON(none_as_null=True)),
    sa.Column("looked_away", sa.BigInteger),
    sa.Column("unreferenced", sa.BigInteger),
    sa.CheckConstraint(
        "outcome IN ('ran', 'could_not_run', 'held', 'not_supplied')", name="outcome"
    ),
)

#: The keys that have ever broken a rule. In PostgreSQL what keeps them apart is a hash index, which
#: takes a key of any length; see the migration 0002.
exceptions = sa.Table(
    "exceptions",
    metadata,
    sa.Column("id", _ID, primary_key=True, autoincrement=False),
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("records", sa.Text, nullable=False),
    sa.Column("record_key", sa.Text, nullable=False),
    sa.Column("first_opened", sa.Date, nullable=False, index=True),
    sa.UniqueConstraint("rule_id", "records", "record_key"),
)

#: Each opening of an exception; `opened_on` is what reports call first seen.
episodes = sa.Table(
    "episodes",
    metadata,
    sa.Column("exception_id", _ID, sa.ForeignKey("exceptions.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("opened_on", sa.Date, nullable=False, index=True),
    sa.Column("closed_on", sa.Date, index=True),
    sa.Column("closed_as", sa.Text),
    sa.CheckConstraint(
        "closed_as IN ('fixed', 'withdrawn_from_source', 'no_longer_applies', 'rule_retired')",
        name="closed_as",
    ),
    sa.CheckConstraint("(closed_on IS NULL) = (closed_as IS NULL)", name="closed"),
    sqlite_with_rowid=False,
)

#: At most one episode of an exception is open.
sa.Index(
    "ix_episodes_open",
    episodes.c.exception_id,
    unique=True,
    sqlite_where=episodes.c.closed_on.is_(None),
    postgresql_where=episodes.c.closed_on.is_(None),
)

#: What was known of an episode, from one night until (not including) another.
episode_details = sa.Table(
    "episode_details",
    metadata,
    sa.Column("exception_id", _ID, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("from_night", sa.Date, primary_key=True, index=True),
    sa.Column("until_night", sa.Date, index=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("hidden_by", sa.Text),
    sa.Column("rule_version", sa.Integer, nullable=False),
    sa.Column("theme", sa.Text, nullable=False),
    sa.Column("dimension", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("unit_code", sa.Text),
    sa.Column("lpt", sa.Text),
    sa.Column("order_type", sa.Text),
    sa.Column("due_ts", Instant),
    sa.Column("evidence", sa.Text),
    sa.CheckConstraint("state IN ('open', 'waived')", name="state"),
    sa.ForeignKeyConstraint(
        ["exception_id", "number"], ["episodes.exception_id", "episodes.number"]
    ),
    sqlite_with_rowid=False,
)

#: What each source delivered on each night: the past that gates compare with.
source_nights = sa.Table(
    "source_nights",
    metadata,
    sa.Column("business_date", sa.Date, sa.ForeignKey("nights.business_date"), primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("records", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("rows", sa.BigInteger),
    sa.Column("sha256", sa.Text),
    sa.Column("columns", sa.JSON(none_as_null=True)),
    sa.Column("units", sa.JSON(none_as_null=True)),
    sa.CheckConstraint("outcome IN ('accepted', 'held', 'not_pulled')", name="outcome"),
)

#: An operator's word that a gate's finding on one night is no reason to hold the source.
gate_acceptances = sa.Table(
    "gate_acceptances",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("business_date", sa.Date, primary_key=True),
    sa.Column("gate", sa.Text, primary_key=True),
    sa.Column("accepted_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("recorded", Instant, nullable=False),
)

#: A decision that an exception may stand until a day.
waivers = sa.Table(
    "waivers",
    metadata,
    sa.Column("waiver_id", sa.Integer, primary_key=True),
    sa.Column("rule_id", sa.Text, nullable=False),
    sa.Column("record_key", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("requested_by", sa.Text, nullable=False),
    sa.Column("approved_by", sa.Text, nullable=False),
    sa.Column("granted_on", sa.Date, nullable=False),
    sa.Column("expires_on", sa.Date, nullable=False, index=True),
    sa.Index("ix_waivers_rule_id_record_key", "rule_id", "record_key"),
)


def plainly(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """A column as the driver gives it: a moment is spared the work of `Instant` on every row."""
    return sa.type_coerce(column, sa.DateTime()) if isinstance(column.type, Instant) else column


def unindexed(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """A condition that most rows meet, said so that no index is chosen for it.

    SQLite would take one on a night that all the years before meet, rather than the one that leads
    to the few episodes that are open.
    """
    return sa.case((condition, 1), else_=0) == 1
