"""A night that was taken out again says so on its runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add when a run's night was withdrawn."""
    op.add_column("runs", sa.Column("withdrawn", sa.DateTime(timezone=True), nullable=True))
