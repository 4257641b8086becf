"""The log: one JSON object a line, without personal data, in `<data_dir>/logs/orderwatch.jsonl`."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

#: What Orderwatch logs to.
LOGGER = logging.getLogger("orderwatch")

_MEGABYTE = 1_000_000


class _JsonLines(logging.Formatter):
    """A line is when, how grave and what; its facts never take the place of those."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            entry["error"] = record.exc_info[0].__name__
        facts: dict[str, Any] = getattr(record, "facts", {})
        apart = {name: value for name, value in facts.items() if name in entry}
        entry.update((name, value) for name, value in facts.items() if name not in apart)
        if apart:
            entry["facts"] = apart
        return json.dumps(entry, ensure_ascii=False, default=str)


def log_to(data_dir: Path) -> None:
    """Write the log below `data_dir` from now on; five files of ten megabytes are kept."""
    folder = data_dir / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "orderwatch.jsonl"
    for handler in list(LOGGER.handlers):
        handler.close()
        LOGGER.removeHandler(handler)
    handler = RotatingFileHandler(path, maxBytes=10 * _MEGABYTE, backupCount=5, encoding="utf-8")
    handler.setFormatter(_JsonLines())
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False


def log(event: str, *, level: int = logging.INFO, **facts: object) -> None:
    """Log an event with what is to be known of it: counts, names of sources and rules, times.

    A fact that is called as a part of the line is (`at`) stands below `facts`.
    """
    LOGGER.log(level, event, extra={"facts": facts})
