"""Records that a rule looked away from; keys of any length in PostgreSQL.

An index of PostgreSQL takes no value of more than a third of a page: a key of 40,000 letters would
stop every night.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns, and keep keys apart by their hash."""
    op.add_column("rule_outcomes", sa.Column("looked_away", sa.BigInteger(), nullable=True))
    op.add_column("rule_outcomes", sa.Column("unreferenced", sa.BigInteger(), nullable=True))
    if op.get_bind().dialect.name != "postgresql":
        return
    op.drop_constraint("uq_exceptions_rule_id_records_record_key", "exceptions", type_="unique")
    op.execute(
        "ALTER TABLE exceptions ADD CONSTRAINT uq_exceptions_rule_id_records_record_key EXCLUDE "
        "USING hash ((rule_id || chr(31) || records || chr(31) || record_key) WITH =)"
    )
    op.create_index(
        "ix_exceptions_record_key", "exceptions", ["record_key"], postgresql_using="hash"
    )
    op.drop_index("ix_waivers_rule_id_record_key", "waivers")
    op.create_index("ix_waivers_rule_id_record_key", "waivers", ["rule_id"])
