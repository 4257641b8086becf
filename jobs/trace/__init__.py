"""What a run says while it runs: the log, and the lines on the screen."""

from jobs.trace.log import log, log_to
from jobs.trace.progress import Progress

__all__ = ["Progress", "log", "log_to"]
