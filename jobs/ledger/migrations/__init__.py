"""Alembic's scripts: how a ledger of an earlier Orderwatch becomes one of this."""
