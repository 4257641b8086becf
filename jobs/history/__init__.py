"""The history: every record as it was on every night, a row where something of it changed."""

from jobs.history.changes import TABLE, field_changes
from jobs.history.store import History
from jobs.history.versions import GONE, tonight

__all__ = ["GONE", "TABLE", "History", "field_changes", "tonight"]
