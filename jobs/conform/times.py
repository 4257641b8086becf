"""Dates and times out of text: many formats, several kinds of clock, Excel's numbers.

A text is read by the first format whose shape it has, so `04/11/26` is never the year 26. Distinct
texts are read once, and a format is only tried on what those before it left.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import polars as pl

#: Formats that cannot be mistaken for others; tried whatever a mapping says.
_ISO = (
    *("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d", "%Y-%m-%dT%H:%M"),
    *("%Y-%m-%d %H:%M", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S%.f", "%Y/%m/%d %H:%M"),
    *("%Y%m%d", "%Y%m%dT%H%M%S", "%Y%m%d%H%M%S"),
)
_DAYS = (
    *("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d-%m-%y", "%d.%m.%y"),
    *("%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %y", "%d%b%Y"),
)
_CLOCKS = ("%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I:%M%p")
#: Formats that are tried where a mapping names none: the day before the month.
FORMATS = (
    *_ISO,
    *_DAYS,
    *(f"{day} {clock}" for day in _DAYS for clock in _CLOCKS),
    *(f"{day}T{clock}" for day in _DAYS for clock in _CLOCKS[:2]),
)

#: What each part of a format looks like; a pattern that a text must match before it is read.
_SHAPES = {
    "%Y": r"[1-9]\d{3}",
    **dict.fromkeys(("%y", "%M", "%S"), r"\d{2}"),
    **dict.fromkeys(("%d", "%m", "%H", "%I"), r"\d{1,2}"),
    "%.f": r"(?:\.\d{1,9})?",
    "%b": r"[A-Za-z]{3}",
    "%B": r"[A-Za-z]{3,9}",
    "%p": r"[AaPp][Mm]",
}
_COMPACT = {**_SHAPES, **dict.fromkeys(("%d", "%m", "%H", "%I"), r"\d{2}")}
_CODE = re.compile(r"%\.f|%[A-Za-z]")

#: An offset behind a time of day. British summer time and Greenwich time are the only names.
_OFFSET = r"^(.*\d{2}(?:\.\d+)?)\s*(?:(Z|z|UTC|GMT)|(BST)|([+-])(\d{2}):?(\d{2})?)$"
_CLOCK_THERE = r"\d[T ]\d{1,2}:\d{2}|T\d{6}"

#: Excel counts days from here; the 29 February 1900 that it believes in is before any record.
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIAL = r"^\d{5}(?:\.\d+)?$"
#: Workbooks of old Macintosh computers count so many days fewer.
_FROM_1904 = 1_462
_EARLIEST, _LATEST = 20_000, 80_000  # 1954 to 2119
#: What Excel puts before a time that has no date.
_NO_DAY = r"^(?:1899-12-3[01]|1900-01-0[01])[T ]"

_LOCAL = pl.Datetime("us")


class Instants(NamedTuple):
    """Text read as instants, each a column.

    Attributes:
        instant: In UTC, empty where it could not be read.
        time_known: Whether it came with a time of day.
        ambiguous: The local time happens twice; the earlier is taken.
        nonexistent: The local time does not happen; an hour later is taken.
        day: The local date, also of what is a placeholder.
    """

    instant: pl.Series
    time_known: pl.Series
    ambiguous: pl.Series
    nonexistent: pl.Series
    day: pl.Series


def format_fault(form: str) -> str | None:
    """What is wrong with a format of a mapping, if anything is."""
    unknown = [code for code in _CODE.findall(form) if code not in _SHAPES]
    if unknown:
        return f"{form!r} has {', '.join(unknown)}; allowed: {', '.join(_SHAPES)}"
    codes = set(_CODE.findall(form))
    if not ({"%d"} <= codes and codes & {"%m", "%b", "%B"} and codes & {"%Y", "%y"}):
        return f"{form!r} does not hold a day, a month and a year"
    return None


def read_dates(texts: pl.Series, formats: Sequence[str], zone: str) -> pl.Series:
    """Text as dates; of a time only the local date."""
    return read_instants(texts, formats, zone, midnight_real=True).day


def read_instants(
    texts: pl.Series, formats: Sequence[str], zone: str, *, midnight_real: bool
) -> Instants:
    """Text as instants.

    A value with an offset is taken at its word; one without is local time of the source's zone. A
    date alone has no time of day, and neither has local midnight unless the mapping says so.

    Args:
        texts: The text of each row.
        formats: The mapping's own formats. Where there are some, the usual ones that could
            contradict them are not tried.
        zone: The zone of times without an offset, and of the local date.
        midnight_real: Local midnight is a time like any other.
    """
    distinct = texts.drop_nulls().unique()
    found = _distinct(distinct, formats, zone, midnight_real=midnight_real)
    rows = texts.alias("text").to_frame().join(found, on="text", how="left", maintain_order="left")
    return Instants(*(rows.get_column(name) for name in Instants._fields))


def from_1904(texts: pl.Series, where: pl.Series) -> pl.Series:
    """Day numbers that count from 1904 as those that count from 1900; other text as it is.

    Args:
        texts: The text of each row.
        where: The rows whose file counts from 1904.
    """
    number = pl.col("text").cast(pl.Float64, strict=False) + _FROM_1904
    whole = number == number.floor()
    shifted = pl.when(whole).then(number.cast(pl.Int64, strict=False).cast(pl.String))
    return (
        pl.DataFrame({"text": texts, "where": where})
        .select(
            pl.when(pl.col("where") & pl.col("text").str.contains(_SERIAL))
            .then(shifted.otherwise(number.cast(pl.String)))
            .otherwise("text")
            .alias(texts.name)
        )
        .to_series()
    )


def join_time(days: pl.Series, times: pl.Series, formats: Sequence[str]) -> pl.Series:
    """A column of dates and a column of times as one ISO text; empty where either has no such form.

    A time that has lost its leading zeros (`45` for 00:45) gets them back; a time of day that
    stands in the column of dates (`8/6/2020 0:00`) counts for nothing. Without a time the date
    stands alone.
    """
    day = read_dates(days, formats, "UTC").dt.strftime("%Y-%m-%d")
    clean = (
        times.str.replace(_NO_DAY, "").str.replace(r"^(\d+)\.0+$", "$1").str.replace_all(r"\.", ":")
    )
    frame = pl.DataFrame({"day": day, "time": clean})
    digits = pl.col("time").str.zfill(4)
    clock = (
        pl.when(pl.col("time").str.contains(r"^\d{1,4}$"))
        .then(digits.str.slice(0, 2) + ":" + digits.str.slice(2, 2))
        .when(pl.col("time").str.contains(r"^\d{1,2}:\d{2}(?::\d{2}(?::\d+)?)?$"))
        .then(
            pl.col("time").str.replace(r"^(\d:)", "0$1").str.replace(r"(:\d{2}:\d{2}):\d+$", "$1")
        )
    )
    whole = pl.when(pl.col("time").is_null()).then("day").otherwise(pl.col("day") + " " + clock)
    return frame.select(whole.alias("text")).to_series()


def _distinct(
    texts: pl.Series, formats: Sequence[str], zone: str, *, midnight_real: bool
) -> pl.DataFrame:
    """Each distinct text with what it stands for."""
    offset = pl.col("text").str.extract_groups(_OFFSET)
    minutes = pl.col("hours").cast(pl.Int64) * 60 + pl.col("minutes").cast(pl.Int64).fill_null(0)
    marked = (
        texts.alias("text")
        .to_frame()
        .with_columns(
            pl.when(pl.col("text").str.contains(_CLOCK_THERE))
            .then(offset)
            .struct.rename_fields(["bare", "utc", "bst", "sign", "hours", "minutes"])
            .alias("parts")
        )
        .unnest("parts")
        .with_columns(
            pl.when(pl.col("utc").is_not_null())
            .then(0)
            .when(pl.col("bst").is_not_null())
            .then(60)
            .when(pl.col("sign") == "-")
            .then(-minutes)
            .otherwise(minutes)
            .alias("offset"),
            pl.coalesce("bare", "text"),
        )
        .select("text", "bare", "offset")
    )
    naive = _naive(marked.get_column("bare").unique().drop_nulls(), formats)
    local = pl.col("naive")
    # An offset settles what a local time leaves open.
    own = pl.when(pl.col("offset").is_null()).then(local)
    certain = own.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
    earliest = own.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    moved = own.dt.offset_by("1h").dt.replace_time_zone(
        zone, ambiguous="earliest", non_existent="null"
    )
    told = (local - pl.duration(minutes=pl.col("offset"))).dt.replace_time_zone("UTC")
    here = pl.col("instant").dt.convert_time_zone(zone)
    midnight = here.dt.time() == pl.time(0, 0, 0)
    known = pl.col("timed") & (pl.lit(midnight_real) | ~midnight)
    return (
        marked.join(naive, on="bare", how="left", maintain_order="left")
        .with_columns(
            instant=pl.coalesce(told, pl.coalesce(earliest, moved).dt.convert_time_zone("UTC")),
            ambiguous=own.is_not_null() & certain.is_null() & earliest.is_not_null(),
            # A date alone needs no time of day that there is.
            nonexistent=own.is_not_null() & earliest.is_null() & pl.col("timed"),
        )
        .select(
            "text",
            "instant",
            pl.when(pl.col("instant").is_not_null()).then(known).alias("time_known"),
            "ambiguous",
            "nonexistent",
            # A date alone is that date, also on a day that began an hour late.
            pl.when(pl.col("offset").is_null()).then(local).otherwise(here.dt.replace_time_zone(None))
            .dt.date()
            .alias("day"),
        )
    )  # fmt: skip


def _naive(texts: pl.Series, formats: Sequence[str]) -> pl.DataFrame:
    """Each text with the local time that it says, and whether that has a time of day."""
    left = texts.alias("bare").to_frame()
    read = [left.clear().with_columns(naive=pl.lit(None, _LOCAL), timed=pl.lit(None, pl.Boolean))]
    for form in _tried(formats):
        if left.is_empty():
            break
        timed = "%H" in form or "%I" in form
        shape = left.filter(pl.col("bare").str.contains(_shape(form)))
        kind = _LOCAL if timed else pl.Date
        told = shape.with_columns(
            naive=pl.col("bare").str.strptime(kind, form, strict=False).cast(_LOCAL),
            timed=pl.lit(timed),
        ).drop_nulls("naive")
        read.append(told)
        left = left.join(told, on="bare", how="anti")
    read.append(_serials(left))
    return pl.concat(read)


def _tried(formats: Sequence[str]) -> Sequence[str]:
    if not formats:
        return FORMATS
    days = [form for form in formats if not ("%H" in form or "%I" in form)]
    # A mapping's own date format is also tried with a time behind it.
    own = (*formats, *(f"{day} {clock}" for day in days for clock in _CLOCKS))
    return tuple(dict.fromkeys((*own, *_ISO)))


def _shape(form: str) -> str:
    shapes = _COMPACT if re.search(r"%[A-Za-z]%[A-Za-z]", form) else _SHAPES
    pieces: list[str] = []
    end = 0
    for code in _CODE.finditer(form):
        pieces += [re.escape(form[end : code.start()]), shapes[code.group()]]
        end = code.end()
    return f"^{''.join(pieces)}{re.escape(form[end:])}$"


def _serials(left: pl.DataFrame) -> pl.DataFrame:
    """Excel's numbers for a moment, in a range that a record can have."""
    number = pl.col("bare").cast(pl.Float64, strict=False)
    # To the second: the fraction of a day is a rounded number.
    microseconds = (number * 86_400).round().cast(pl.Int64) * 1_000_000
    return left.filter(pl.col("bare").str.contains(_SERIAL)).filter(
        number.is_between(_EARLIEST, _LATEST)
    ).with_columns(
        naive=pl.lit(_EXCEL_EPOCH).cast(_LOCAL) + microseconds.cast(pl.Duration("us")),
        timed=number != number.floor(),
    )  # fmt: skip
