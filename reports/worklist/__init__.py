"""Worklists: what each unit is to put right."""

from reports.worklist.worklists import write_worklists

__all__ = ["write_worklists"]
