"""The history: every record as it was on every night, a row where something of it changed.

`History` keeps and rebuilds; `remember` is the step of a night that appends to it and says which
statutory times have changed.
"""

from jobs.history.store import History

__all__ = ["History"]
