"""When an extract was made, as its source declares it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from config.errors import SourceError
from config.sentences import say
from config.settings import Source
from jobs.pull.delivery import Delivery

_LONDON = ZoneInfo("Europe/London")
_PARTS = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T_ -]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?")


def read_stamp(source: Source, delivery: Delivery, folder: Path | None) -> datetime | None:
    """The moment of the extract: the latest that the source declares, or None where it is empty.

    A day without a time counts as its end: an extract of 23 November was cut that evening.

    Raises:
        SourceError: The declared column, pattern or manifest is not there.
    """
    kind, _, what = (source.stamp or "").partition(":")
    match kind:
        case "mtime":
            return max(file.modified for file in delivery.files)
        case "column":
            column = delivery.columns.get(what.strip().casefold())
            if column is None:
                raise SourceError(say("pull.stamp_unknown"))
            return _latest(delivery.frame.get_column(column).drop_nulls().unique().to_list())
        case "filename":
            names = [found.group(0) for f in delivery.files if (found := re.search(what, f.name))]
            return _latest(names)
        case "manifest":
            path = (folder or Path()) / what
            try:
                return _latest([path.read_text(encoding="utf-8")])
            except (OSError, ValueError) as error:
                raise SourceError(say("pull.manifest_unreadable", kind=error)) from None
    return None


def _latest(texts: list[str]) -> datetime | None:
    moments = [moment for text in texts if (moment := _moment(text)) is not None]
    return max(moments, default=None)


def _moment(text: str) -> datetime | None:
    found = _PARTS.search(text)
    if not found:
        return None
    year, month, day, hour, minute, second = found.groups()
    try:
        if hour is None:
            last = date(int(year), int(month), int(day))
            end = datetime(last.year, last.month, last.day, tzinfo=_LONDON) + timedelta(days=1)
            return (end - timedelta(microseconds=1)).astimezone(UTC)
        local = datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            int(second or 0),
            tzinfo=_LONDON,
        )
    except ValueError:
        return None
    return local.astimezone(UTC)
