"""The history: every record as it was on every night, a row where something of it changed."""

from jobs.history.store import History

__all__ = ["History"]
