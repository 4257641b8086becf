"""Worklists: what each unit is to put right; and what the data manager is to know."""

from reports.worklist.data_manager import DATA_TEAM, write_data_manager
from reports.worklist.worklists import write_worklists

__all__ = ["DATA_TEAM", "write_data_manager", "write_worklists"]
