"""When an extract was made, as its source declares it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from config.errors import SourceError
from config.settings import Source
from jobs.pull.delivery import DeliveredFile

_LONDON = ZoneInfo("Europe/London")
_PARTS = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[T_ -]?(\d{2}):?(\d{2})(?::?(\d{2}))?)?")


def read_stamp(
    source: Source, frame: pl.DataFrame, files: tuple[DeliveredFile, ...], folder: Path | None
) -> datetime | None:
    """The moment of the extract: the latest that the source declares, or None where it is empty.

    A day without a time counts as its end: an extract of 23 November was cut that evening.

    Raises:
        SourceError: The declared column, pattern or manifest is not there.
    """
    kind, _, what = (source.stamp or "").partition(":")
    match kind:
        case "mtime":
            return max(file.modified for file in files)
        case "column":
            if what not in frame.columns:
                raise SourceError(f"`stamp` names the column {what!r}, which was not delivered")
            return _latest(frame.get_column(what).drop_nulls().unique().to_list())
        case "filename":
            # Polars ends in a time that the length of the name bounds; Python's own might not.
            named = pl.Series([file.name for file in files]).str.extract(f"({what})", 1)
            return _latest(named.drop_nulls().to_list())
        case "manifest":
            path = (folder or Path()) / what
            try:
                return _latest([path.read_text(encoding="utf-8")])
            except OSError as error:
                raise SourceError(
                    f"the manifest {path.name} cannot be read: {error.strerror}"
                ) from None
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
