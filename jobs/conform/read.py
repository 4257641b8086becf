"""One field of one source: from the text of its columns to typed values, and what went wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from config.errors import ANYTHING
from expectations.extract import FILE
from jobs.conform.cells import (
    bad_reason,
    clean_text,
    delivered,
    emptied,
    has_bad_cells,
    is_bad,
    raw_text,
)
from jobs.conform.day_order import date_shapes, undecided
from jobs.conform.mapping import FieldMapping
from jobs.conform.plain import ROUNDED, plain_values
from jobs.conform.prints import pseudonyms
from jobs.conform.times import from_1904, join_time, read_dates, read_instants

#: Reasons of rejects under which a field has its value all the same, or is empty as a whole: the
#: cell was read. Under every other reason it is unreadable where the field has no value.
READ_ALL_THE_SAME = ("unmapped", "sentinel", "out_of_range", "malformed", "ambiguous_time")
_DATES = ("timestamp", "date")


@dataclass(frozen=True)
class Read:
    """A field that was read.

    Attributes:
        mapping: How it was mapped.
        raw: The text that it was read from, empty where that means nothing.
        value: The typed values.
        time_known: For instants, whether they have a time of day.
        faults: For each reason of a reject, the rows that it holds for.
        unreadable: The rows in which something stood that gave no value, as it should have.
        day: For instants, the day of each at the source.
        shapes: For dates and times that no mapping names formats of: in how many shapes they are
            written.
    """

    mapping: FieldMapping
    raw: pl.Series
    value: pl.Series
    time_known: pl.Series | None
    faults: Mapping[str, pl.Series]
    unreadable: pl.Series
    day: pl.Series | None = None
    shapes: int = 0

    @property
    def filled(self) -> pl.Series:
        """The rows in which something stood."""
        return self.raw.is_not_null() | self.unreadable


def read_field(
    frame: pl.DataFrame,
    mapping: FieldMapping,
    columns: Mapping[str, str],
    *,
    sentinels: Collection[date],
    salt: str,
    since_1904: Collection[str] = (),
) -> Read:
    """Read one field of every row.

    Whatever goes wrong that is not foreseen is this field's alone: none of its cells was read.

    Args:
        frame: The delivery, every column text, as `with_bad_cells` gives it.
        mapping: How the field is filled.
        columns: The delivered column of each name that the mapping uses; a column that was not
            delivered is not there.
        sentinels: Dates that systems write where there is none.
        salt: Goes into every fingerprint of a person.
        since_1904: The files whose day numbers count from 1904.
    """
    try:
        found = _read(frame, mapping, columns, sentinels, salt, since_1904)
        if not has_bad_cells(frame):
            return found
        return _with_bad_cells(found, bad_reason(frame, mapping, columns, found.raw))
    except ANYTHING:
        return _none_read(frame, mapping, columns)


def _read(
    frame: pl.DataFrame,
    mapping: FieldMapping,
    columns: Mapping[str, str],
    sentinels: Collection[date],
    salt: str,
    since_1904: Collection[str],
) -> Read:
    raw = raw_text(frame, mapping, columns)
    field = mapping.field
    if mapping.values and field.type != "code":
        raw = raw.str.to_lowercase().replace_strict(
            mapping.values, default=raw, return_dtype=pl.String
        )
    if field.type in _DATES:
        paired = mapping.how == "date_time" and all(name in columns for name in mapping.columns)
        days = clean_text(frame, columns[mapping.columns[0]], mapping) if paired else raw
        days = _counted_from_1900(days, frame, since_1904)
        shapes = 0
        if not mapping.formats and mapping.constant is None:
            shapes = date_shapes(days)
            days = emptied(days, undecided(days))
        text = days
        if paired:
            time = clean_text(frame, columns[mapping.columns[1]], mapping)
            text = join_time(days, time, mapping.formats)
        found = (_instants if field.type == "timestamp" else _dates)(mapping, raw, text, sentinels)
        return replace(found, shapes=shapes)
    if mapping.vocabulary is not None and field.type in ("code", "text"):
        return _coded(mapping, raw)
    plain = plain_values(mapping, raw)
    value, faults = plain.value, dict(plain.faults)
    if field.identifies and mapping.how == "join":
        rounded = frame.select(
            pl.any_horizontal(
                pl.lit(value=False),
                *(
                    pl.col(columns[name]).str.strip_chars().str.contains(ROUNDED)
                    for name in mapping.columns
                    if name in columns
                ),
            ).fill_null(value=False)
        ).to_series()
        value = emptied(value, rounded)
        faults["unreadable"] |= rounded & raw.is_not_null()
    if mapping.pseudonym:
        value = pseudonyms(value, salt)
    return _found(mapping, raw, value, faults)


def _found(
    mapping: FieldMapping,
    raw: pl.Series,
    value: pl.Series,
    faults: Mapping[str, pl.Series],
    time_known: pl.Series | None = None,
    day: pl.Series | None = None,
) -> Read:
    """A field that was read; it is unreadable in the rows of every fault that says so."""
    unreadable = pl.repeat(value=False, n=raw.len(), dtype=pl.Boolean, eager=True)
    for reason, rows in faults.items():
        if reason not in READ_ALL_THE_SAME:
            unreadable |= rows
    return Read(mapping, raw, value, time_known, faults, unreadable, day)


def _counted_from_1900(
    text: pl.Series, frame: pl.DataFrame, since_1904: Collection[str]
) -> pl.Series:
    """Text of days with their numbers counted alike, whatever file they come from."""
    if not since_1904:
        return text
    return from_1904(text, frame.get_column(FILE).is_in(list(since_1904)))


def _dates(
    mapping: FieldMapping, raw: pl.Series, text: pl.Series, sentinels: Collection[date]
) -> Read:
    value = read_dates(text, mapping.formats, mapping.time_zone)
    placeholder = value.is_in(list(sentinels)).fill_null(value=False)
    unreadable = raw.is_not_null() & value.is_null()
    # What a placeholder stood for is decided with the whole record.
    return _found(mapping, raw, value, {"unreadable": unreadable, "sentinel": placeholder})


def _instants(
    mapping: FieldMapping, raw: pl.Series, text: pl.Series, sentinels: Collection[date]
) -> Read:
    found = read_instants(
        text, mapping.formats, mapping.time_zone, midnight_real=mapping.midnight_real
    )
    placeholder = found.day.is_in(list(sentinels)).fill_null(value=False)
    never = found.nonexistent.fill_null(value=False) & ~placeholder
    gone = placeholder | never
    return _found(
        mapping,
        raw,
        emptied(found.instant, gone),
        {
            "unreadable": raw.is_not_null() & found.instant.is_null(),
            "ambiguous_time": found.ambiguous.fill_null(value=False),
            "nonexistent_time": never,
            "sentinel": placeholder,
        },
        emptied(found.time_known, gone),
        emptied(found.day, gone),
    )


def _coded(mapping: FieldMapping, raw: pl.Series) -> Read:
    """Codes by the mapping's own words, then by the vocabulary; never guessed."""
    words = mapping.vocabulary
    assert words is not None  # noqa: S101 - the caller saw it
    own = raw.str.strip_chars().str.to_lowercase()
    told = (
        own.replace_strict(mapping.values, default=None, return_dtype=pl.String)
        if mapping.values
        else pl.Series(own.name, [None] * own.len(), pl.String)
    )
    exact = told.is_null()
    # A code that went through a spreadsheet as a number comes back as `31.0`.
    plain = raw.str.replace(r"^(\d+)\.0+$", "$1")
    known = words.map_frame(raw)
    spelt = plain.zip_with(known.is_null(), raw)
    known = words.map_frame(spelt)
    unmapped = raw.is_not_null() & exact & known.is_null()
    value = told.zip_with(~exact, words.map_frame(spelt, fill_unmapped=True))
    if mapping.field.type == "text":  # a reference such as a unit: an unknown one is kept
        value = value.zip_with(value.is_not_null(), raw)
    return _found(mapping, raw, value, {"unmapped": unmapped})


def _with_bad_cells(read: Read, bad: pl.Series) -> Read:
    """The field without the values of rows in which a cell could not be taken as delivered."""
    lost = bad.is_not_null()
    if not lost.any():
        return read
    reasons = {
        str(reason): (bad == reason).fill_null(value=False)
        for reason in bad.drop_nulls().unique().sort()
    }
    return replace(
        read,
        raw=emptied(read.raw, lost),
        value=emptied(read.value, lost),
        time_known=None if read.time_known is None else emptied(read.time_known, lost),
        day=None if read.day is None else emptied(read.day, lost),
        faults={**{name: rows & ~lost for name, rows in read.faults.items()}, **reasons},
        unreadable=read.unreadable | lost,
    )


def _none_read(frame: pl.DataFrame, mapping: FieldMapping, columns: Mapping[str, str]) -> Read:
    """A field of which nothing could be read, by an error that nobody foresaw."""
    height = frame.height
    said = pl.repeat(mapping.constant is not None, n=height, dtype=pl.Boolean, eager=True)
    stood = frame.select(
        pl.any_horizontal(
            *(
                _something(frame, name) | is_bad(frame, name)
                for name in delivered(mapping, columns)
            ),
            said.alias("constant"),
        ).alias("stood")
    ).to_series()
    field = mapping.field
    timed = field.type == "timestamp"
    return Read(
        mapping,
        pl.Series("raw", [None] * height, pl.String),
        pl.Series(field.name, [None] * height, field.dtype),
        pl.Series([None] * height, dtype=pl.Boolean) if timed else None,
        {"unreadable": stood},
        stood,
        pl.Series([None] * height, dtype=pl.Date) if timed else None,
    )


def _something(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Whether a cell is not blank; a column that is no text says nothing of it."""
    if frame.schema[name] != pl.String:
        return pl.col(name).is_not_null()
    return (pl.col(name).str.strip_chars() != "").fill_null(value=False)


def unread_names(reads: Sequence[Read]) -> Mapping[str, pl.Series]:
    """The rows of each field that are unreadable, for fields where some are."""
    found: dict[str, pl.Series] = {}
    for read in reads:
        name = read.mapping.field.name
        if read.unreadable.any():
            found[name] = found[name] | read.unreadable if name in found else read.unreadable
    return found
