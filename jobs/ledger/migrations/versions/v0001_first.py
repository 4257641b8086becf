"""The first ledger: runs, nights, outcomes, exceptions and their episodes, sources, waivers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True)
_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "exceptions",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("records", sa.Text(), nullable=False),
        sa.Column("record_key", sa.Text(), nullable=False),
        sa.Column("first_opened", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_exceptions"),
        sa.UniqueConstraint(
            "rule_id", "records", "record_key", name="uq_exceptions_rule_id_records_record_key"
        ),
    )
    op.create_index("ix_exceptions_first_opened", "exceptions", ["first_opened"], unique=False)
    op.create_table(
        "gate_acceptances",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("recorded", _INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("source", "business_date", "gate", name="pk_gate_acceptances"),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started", _INSTANT, nullable=False),
        sa.Column("finished", _INSTANT, nullable=True),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("versions", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("hashes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("counts", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint("state IN ('running', 'done', 'failed')", name="ck_runs_state"),
        sa.PrimaryKeyConstraint("run_id", name="pk_runs"),
    )
    op.create_index("ix_runs_business_date", "runs", ["business_date"], unique=False)
    op.create_table(
        "waivers",
        sa.Column("waiver_id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("record_key", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("waiver_id", name="pk_waivers"),
    )
    op.create_index("ix_waivers_expires_on", "waivers", ["expires_on"], unique=False)
    op.create_index(
        "ix_waivers_rule_id_record_key", "waivers", ["rule_id", "record_key"], unique=False
    )
    op.create_table(
        "episodes",
        sa.Column("exception_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_as", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "closed_as IN ('fixed', 'withdrawn_from_source', 'no_longer_applies', 'rule_retired')",
            name="ck_episodes_closed_as",
        ),
        sa.CheckConstraint("(closed_on IS NULL) = (closed_as IS NULL)", name="ck_episodes_closed"),
        sa.ForeignKeyConstraint(
            ["exception_id"], ["exceptions.id"], name="fk_episodes_exception_id_exceptions"
        ),
        sa.PrimaryKeyConstraint("exception_id", "number", name="pk_episodes"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_episodes_closed_on", "episodes", ["closed_on"], unique=False)
    op.create_index(
        "ix_episodes_open",
        "episodes",
        ["exception_id"],
        unique=True,
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_index("ix_episodes_opened_on", "episodes", ["opened_on"], unique=False)
    op.create_table(
        "nights",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name="fk_nights_run_id_runs"),
        sa.PrimaryKeyConstraint("business_date", name="pk_nights"),
    )
    op.create_table(
        "episode_details",
        sa.Column("exception_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("from_night", sa.Date(), nullable=False),
        sa.Column("until_night", sa.Date(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("hidden_by", sa.Text(), nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=True),
        sa.Column("lpt", sa.Text(), nullable=True),
        sa.Column("order_type", sa.Text(), nullable=True),
        sa.Column("due_ts", _INSTANT, nullable=True),
        sa.Column("evidence", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'waived')", name="ck_episode_details_state"),
        sa.ForeignKeyConstraint(
            ["exception_id", "number"],
            ["episodes.exception_id", "episodes.number"],
            name="fk_episode_details_exception_id_number_episodes",
        ),
        sa.PrimaryKeyConstraint("exception_id", "number", "from_night", name="pk_episode_details"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_episode_details_from_night", "episode_details", ["from_night"], unique=False
    )
    op.create_index(
        "ix_episode_details_until_night", "episode_details", ["until_night"], unique=False
    )
    op.create_table(
        "rule_outcomes",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("dimension", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("records", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("evaluated", sa.BigInteger(), nullable=True),
        sa.Column("failed", sa.BigInteger(), nullable=True),
        sa.Column("hidden", sa.BigInteger(), nullable=True),
        sa.Column("unsupplied_exempt", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('ran', 'could_not_run', 'held', 'not_supplied')",
            name="ck_rule_outcomes_outcome",
        ),
        sa.ForeignKeyConstraint(
            ["business_date"],
            ["nights.business_date"],
            name="fk_rule_outcomes_business_date_nights",
        ),
        sa.PrimaryKeyConstraint("business_date", "rule_id", name="pk_rule_outcomes"),
    )
    op.create_table(
        "source_nights",
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("records", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("columns", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("units", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'held', 'not_pulled')", name="ck_source_nights_outcome"
        ),
        sa.ForeignKeyConstraint(
            ["business_date"],
            ["nights.business_date"],
            name="fk_source_nights_business_date_nights",
        ),
        sa.PrimaryKeyConstraint("business_date", "source", name="pk_source_nights"),
    )
