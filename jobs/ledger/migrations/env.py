"""What Alembic runs: the migrations, over the connection that `jobs.ledger.migrate` opened."""

from __future__ import annotations

from alembic import context

from jobs.ledger.migrate import VERSION_TABLE
from jobs.ledger.models import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
