"""When an extract was made, as its source declares it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from config.errors import SourceError
from config.sentences import say
from config.settings import Source
from jobs.pull.delivery import Delivery

#: A day, and a time of day with its offset where there is one.
_PARTS = (
    r"(?<day>\d{4}-?\d{2}-?\d{2})(?:[T_ -]?(?<hour>\d{2}):?(?<minute>\d{2})(?::?(?<second>\d{2}))?"
    r"(?:\.\d+)?(?:\s?(?<offset>Z|[+-]\d{2}:?\d{2}))?)?"
)
#: A manifest is a few lines; what is longer is something else.
_MANIFEST_BYTES = 65_536


def read_stamp(source: Source, delivery: Delivery, folder: Path | None) -> datetime | None:
    """The moment of the extract: the latest that the source declares, or None where it is empty.

    A day without a time counts as its end: an extract of 23 November was cut that evening. An
    offset is heeded in a column only: in a name `-0001` is a number.

    Raises:
        SourceError: The declared column or manifest is not there.
    """
    kind, _, what = (source.stamp or "").partition(":")
    match kind:
        case "mtime":
            return max(file.modified for file in delivery.files)
        case "column":
            column = delivery.columns.get(what.strip().casefold())
            if column is None:
                raise SourceError(say("pull.stamp_unknown"))
            return _latest(delivery.frame.get_column(column), offsets=True)
        case "filename":
            names = pl.Series([file.name for file in delivery.files])
            # Polars' matcher takes a time that is bounded by the pattern and the name.
            return _latest(names.str.extract(f"({what})", 1))
        case "manifest":
            return _latest(pl.Series([_manifest((folder or Path()) / what)]))
    return None


def _manifest(path: Path) -> str:
    try:
        if not path.is_file():  # a pipe would be waited for without end
            raise FileNotFoundError
        with path.open("rb") as file:
            data = file.read(_MANIFEST_BYTES + 1)
        if len(data) > _MANIFEST_BYTES:
            raise SourceError(say("pull.manifest_long", most=_MANIFEST_BYTES))
        return data.decode()
    except SourceError:
        raise
    except (OSError, ValueError) as error:
        raise SourceError(say("pull.manifest_unreadable", kind=error)) from None


def _latest(texts: pl.Series, *, offsets: bool = False) -> datetime | None:
    part = pl.col("t").str.extract_groups(_PARTS).struct
    day = part.field("day").str.replace_all("-", "", literal=True)
    hour = part.field("hour")
    clock = hour + part.field("minute") + part.field("second").fill_null("00")
    written = (day + clock.fill_null("000000")).str.to_datetime(
        "%Y%m%d%H%M%S", time_unit="us", strict=False
    )
    whole_day = hour.is_null()
    local = written + pl.when(whole_day).then(timedelta(days=1)).otherwise(timedelta())
    instant = local.dt.replace_time_zone(
        "Europe/London", ambiguous="earliest", non_existent="null"
    ).dt.convert_time_zone("UTC")
    if offsets:
        offset = part.field("offset").str.replace_all(":", "", literal=True)
        away = (
            offset.str.slice(1, 2).cast(pl.Int64, strict=False).fill_null(0) * 60
            + offset.str.slice(3, 2).cast(pl.Int64, strict=False).fill_null(0)
        ) * pl.when(offset.str.starts_with("-")).then(-1).otherwise(1)
        known = written.dt.replace_time_zone("UTC") - pl.duration(minutes=away)
        instant = pl.when(offset.is_not_null()).then(known).otherwise(instant)
    found = instant - pl.when(whole_day).then(timedelta(microseconds=1)).otherwise(timedelta())
    moments = texts.alias("t").drop_nulls().unique().to_frame()
    latest: datetime | None = moments.select(found.max()).item()
    return None if latest is None else latest.astimezone(UTC)
