"""Dates and times out of text: many formats, two kinds of clock, Excel's numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import polars as pl

#: Formats of dates, day first, tried in this order after a mapping's own.
DATE_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y",
                "%Y%m%d", "%d/%m/%y")  # fmt: skip
#: Formats of local times.
TIME_FORMATS = (
    "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M:%S%.f", "%d/%m/%Y %H:%M", "%d/%m/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M %p",
    "%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d.%m.%Y %H:%M", "%d %b %Y %H:%M:%S",
    "%d %b %Y %H:%M", "%d %B %Y %H:%M", "%d-%b-%Y %H:%M:%S", "%d-%b-%Y %H:%M",
)  # fmt: skip
#: Formats of times with an offset.
_OFFSET_FORMATS = ("%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%d %H:%M:%S%.f%z", "%Y-%m-%dT%H:%M%z")
_OFFSET = r"\d[Zz]$|:\d{2}(?:\.\d+)?\s?[+-]\d{2}:?\d{2}$"

#: Excel counts days from here; the 29 February 1900 that it believes in is before any record.
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIAL = r"^\d{5}(?:\.\d+)?$"
_EARLIEST, _LATEST = 20_000, 80_000  # 1954 to 2119


class Instants(NamedTuple):
    """Text read as instants, each an expression.

    Attributes:
        instant: In UTC, empty where it could not be read.
        time_known: Whether it came with a time of day.
        ambiguous: The local time happens twice; the earlier is taken.
        nonexistent: The local time does not happen; an hour later is taken.
        day: The local date, also of what is a placeholder.
    """

    instant: pl.Expr
    time_known: pl.Expr
    ambiguous: pl.Expr
    nonexistent: pl.Expr
    day: pl.Expr


def read_date(text: pl.Expr, formats: Sequence[str]) -> pl.Expr:
    """Text as dates; of a date with a time only the date."""
    given = [text.str.strptime(pl.Date, f, strict=False) for f in (*formats, *DATE_FORMATS)]
    naive = _naive(text, formats).dt.date()
    offset = _with_offset(text).dt.convert_time_zone("Europe/London").dt.date()
    return pl.coalesce(*given, naive, offset, _serial(text).dt.date())


def read_instant(
    text: pl.Expr, formats: Sequence[str], zone: str, *, midnight_real: bool
) -> Instants:
    """Text as instants.

    A value with an offset is taken at its word; one without is local time of the source's zone. A
    date alone has no time of day, and neither has local midnight unless the mapping says so.
    """
    offset = _with_offset(text)
    timed = pl.coalesce(_naive(text, formats), _serial(text))
    dated = pl.coalesce(
        *(text.str.strptime(pl.Date, f, strict=False) for f in (*formats, *DATE_FORMATS))
    ).cast(pl.Datetime("us"))
    naive = pl.coalesce(timed, dated)
    certain = naive.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
    earliest = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    moved = naive.dt.offset_by("1h").dt.replace_time_zone(
        zone, ambiguous="earliest", non_existent="null"
    )
    local = pl.coalesce(earliest, moved).dt.convert_time_zone("UTC")
    instant = pl.coalesce(offset, local)
    midnight = instant.dt.convert_time_zone(zone).dt.time() == pl.time(0, 0, 0)
    has_time = offset.is_not_null() | timed.is_not_null()
    known = has_time if midnight_real else has_time & ~midnight
    return Instants(
        instant=instant,
        time_known=pl.when(instant.is_not_null()).then(known),
        ambiguous=offset.is_null() & certain.is_null() & earliest.is_not_null(),
        nonexistent=offset.is_null() & naive.is_not_null() & earliest.is_null(),
        day=instant.dt.convert_time_zone(zone).dt.date(),
    )


def join_time(day: pl.Expr, time: pl.Expr) -> pl.Expr:
    """A column of dates and a column of times as one text.

    A time that has lost its leading zeros (`45` for 00:45) gets them back. What stands behind a
    date (`8/6/2020 0:00`) is dropped.
    """
    date_part = day.str.strip_chars().str.replace(r"[T ]0?0:00(?::00)?(?:\.0+)?$", "")
    clean = time.str.strip_chars().str.replace(r"\.0+$", "")
    digits = clean.str.zfill(4)
    hours = (
        pl.when(clean.str.contains(r"^\d{1,4}$"))
        .then(digits.str.slice(0, 2) + ":" + digits.str.slice(2, 2))
        .otherwise(clean)
    )
    return pl.when(time.is_not_null()).then(date_part + " " + hours).otherwise(date_part)


def _naive(text: pl.Expr, formats: Sequence[str]) -> pl.Expr:
    own = [f for f in formats if "%H" in f or "%I" in f]
    # A mapping's own date format is also tried with a time behind it.
    own += [f"{f} %H:%M" for f in formats if f not in own]
    return pl.coalesce(
        text.str.strptime(pl.Datetime("us"), f, strict=False) for f in (*own, *TIME_FORMATS)
    )


def _with_offset(text: pl.Expr) -> pl.Expr:
    marked = pl.when(text.str.contains(_OFFSET)).then(text.str.replace(r"[Zz]$", "+0000"))
    tidy = marked.str.replace(r"\s([+-]\d{2}:?\d{2})$", "$1").str.replace(
        r"([+-]\d{2}):(\d{2})$", "$1$2"
    )
    return pl.coalesce(
        tidy.str.strptime(pl.Datetime("us", "UTC"), f, strict=False) for f in _OFFSET_FORMATS
    )


def _serial(text: pl.Expr) -> pl.Expr:
    """Excel's number for a moment, in a range that a record can have."""
    number = pl.when(text.str.contains(_SERIAL)).then(text).cast(pl.Float64, strict=False)
    sane = pl.when(number.is_between(_EARLIEST, _LATEST)).then(number)
    # To the second: the fraction of a day is a rounded number.
    microseconds = (sane * 86_400).round().cast(pl.Int64) * 1_000_000
    return pl.lit(_EXCEL_EPOCH).cast(pl.Datetime("us")) + microseconds.cast(pl.Duration("us"))
