"""One field of one source: from the text of its columns to typed values, and what went wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from expectations.extract import FILE
from jobs.conform.mapping import FieldMapping
from jobs.conform.times import from_1904, join_time, read_dates, read_instants

_TRUE = ("true", "t", "yes", "y", "1", "1.0")
_FALSE = ("false", "f", "no", "n", "0", "0.0")
_WHOLE = r"^[+-]?\d+(?:\.0+)?$"
#: Offence classes are written with three digits, a stroke and two.
_HO_CLASS = r"^(\d{1,3})\s*[/.]\s*(\d{1,2})$"
_FINGERPRINT = 16


@dataclass(frozen=True)
class Read:
    """A field that was read.

    Attributes:
        mapping: How it was mapped.
        raw: The text that it was read from, empty where that means nothing.
        value: The typed values.
        time_known: For instants, whether they have a time of day.
        faults: For each reason of a reject, the rows that it holds for.
    """

    mapping: FieldMapping
    raw: pl.Series
    value: pl.Series
    time_known: pl.Series | None
    faults: Mapping[str, pl.Series]


def read_field(
    frame: pl.DataFrame,
    mapping: FieldMapping,
    columns: Mapping[str, str],
    *,
    null_words: Sequence[str],
    sentinels: Collection[date],
    salt: str,
    since_1904: Collection[str] = (),
) -> Read:
    """Read one field of every row.

    Args:
        frame: The delivery, every column text.
        mapping: How the field is filled.
        columns: The delivered column of each name that the mapping uses; a column that was not
            delivered is not there.
        null_words: Words that mean nothing, in lower case.
        sentinels: Dates that systems write where there is none.
        salt: Goes into every fingerprint of a person.
        since_1904: The files whose day numbers count from 1904.
    """
    raw = frame.select(_raw(mapping, columns, null_words).alias("raw")).to_series()
    field = mapping.field
    if mapping.values and field.type != "code":
        raw = raw.str.to_lowercase().replace_strict(
            mapping.values, default=raw, return_dtype=pl.String
        )
    if field.type in ("timestamp", "date"):
        if mapping.how == "date_time" and all(name in columns for name in mapping.columns):
            day, time = (
                frame.select(_clean(columns[name], null_words, mapping)).to_series()
                for name in mapping.columns
            )
            text = join_time(_days(day, frame, since_1904), time, mapping.formats)
        else:
            text = _days(raw, frame, since_1904)
        read = _instants if field.type == "timestamp" else _dates
        return read(mapping, raw, text, sentinels)
    if mapping.vocabulary is not None and field.type in ("code", "text"):
        return _coded(mapping, raw)
    value = pl.DataFrame({"raw": raw}).select(_plain(field.type, mapping)).to_series()
    if mapping.pseudonym:
        value = _pseudonyms(value, salt)
    unreadable = raw.is_not_null() & value.is_null()
    return Read(mapping, raw, value, None, {"unreadable": unreadable})


def _days(text: pl.Series, frame: pl.DataFrame, since_1904: Collection[str]) -> pl.Series:
    """Text of days with their numbers counted alike, whatever file they come from."""
    if not since_1904:
        return text
    return from_1904(text, frame.get_column(FILE).is_in(list(since_1904)))


def _dates(
    mapping: FieldMapping, raw: pl.Series, text: pl.Series, sentinels: Collection[date]
) -> Read:
    value = read_dates(text, mapping.formats, mapping.time_zone)
    placeholder = value.is_in(list(sentinels)).fill_null(False)
    unreadable = raw.is_not_null() & value.is_null()
    # What a placeholder stood for is decided with the whole record.
    return Read(mapping, raw, value, None, {"unreadable": unreadable, "sentinel": placeholder})


def _instants(
    mapping: FieldMapping, raw: pl.Series, text: pl.Series, sentinels: Collection[date]
) -> Read:
    found = read_instants(
        text, mapping.formats, mapping.time_zone, midnight_real=mapping.midnight_real
    )
    placeholder = found.day.is_in(list(sentinels)).fill_null(False)
    none = pl.Series([None], dtype=pl.Boolean)
    return Read(
        mapping,
        raw,
        found.instant.zip_with(~placeholder, none.cast(found.instant.dtype)),
        found.time_known.zip_with(~placeholder, none),
        {
            "unreadable": raw.is_not_null() & found.instant.is_null(),
            "ambiguous_time": found.ambiguous.fill_null(False),
            "nonexistent_time": found.nonexistent.fill_null(False),
            "sentinel": placeholder,
        },
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
    return Read(mapping, raw, value, None, {"unmapped": unmapped})


def _plain(kind: str, mapping: FieldMapping) -> pl.Expr:
    raw = pl.col("raw")
    match kind:
        case "boolean":
            word = raw.str.to_lowercase()
            return (
                pl.when(word.is_in(_TRUE))
                .then(pl.lit(True))
                .when(word.is_in(_FALSE))
                .then(pl.lit(False))
            )
        case "integer":
            whole = pl.when(raw.str.contains(_WHOLE)).then(raw.str.replace(r"\.0+$", ""))
            return whole.cast(pl.Int64, strict=False)
        case "text_list":
            parts = raw.str.split(mapping.split).list.eval(pl.element().str.strip_chars())
            return parts.list.eval(pl.element().filter(pl.element() != ""))
    text = raw
    if mapping.field.name == "ho_class":
        captured = raw.str.extract_groups(_HO_CLASS)
        text = pl.when(raw.str.contains(_HO_CLASS)).then(
            captured.struct[0].str.zfill(3) + "/" + captured.struct[1].str.zfill(2)
        )
    return text.str.zfill(mapping.digits) if mapping.digits else text


def _raw(mapping: FieldMapping, columns: Mapping[str, str], null_words: Sequence[str]) -> pl.Expr:
    """The text that a field is read from, empty where it means nothing."""
    if mapping.constant is not None:
        made: pl.Expr = pl.lit(mapping.constant)
    else:
        parts = [
            _clean(columns[name], null_words, mapping)
            for name in mapping.columns
            if name in columns
        ]
        if not parts:
            made = pl.lit(None, pl.String)
        elif mapping.how in ("join", "date_time"):
            made = pl.concat_str(parts, separator=mapping.separator, ignore_nulls=True)
            made = pl.when(pl.any_horizontal(p.is_not_null() for p in parts)).then(made)
        elif mapping.how == "hash":  # one empty part leaves no whole key
            made = pl.concat_str(parts, separator="\x1f").map_batches(
                _short_hashes, return_dtype=pl.String, is_elementwise=True
            )
        else:
            made = pl.coalesce(parts)
    if mapping.when is not None:
        column, words = mapping.when
        if column not in columns:
            return pl.lit(None, pl.String)
        word = pl.col(columns[column]).str.strip_chars().str.to_lowercase()
        made = pl.when(word.is_in(words)).then(made)
    if mapping.prefix or mapping.suffix:
        made = pl.concat_str(pl.lit(mapping.prefix), made, pl.lit(mapping.suffix))
    # A literal has one row; the frame decides how many there are.
    return pl.when(pl.int_range(pl.len()) >= 0).then(made)


def _clean(column: str, null_words: Sequence[str], mapping: FieldMapping) -> pl.Expr:
    text = pl.col(column).str.replace_all("\u00a0", " ").str.strip_chars(" \t\r\n\0")
    nothing = text.str.to_lowercase().is_in(list(null_words))
    words = mapping.vocabulary
    if words is not None:  # "n/a" may be a value of the vocabulary
        spoken = words.map_frame(text).is_not_null()
        nothing = nothing & ~(spoken & (text != ""))
    return pl.when(~nothing).then(text)


def _short_hashes(texts: pl.Series) -> pl.Series:
    return _fingerprints(texts, "")


def _pseudonyms(values: pl.Series, salt: str) -> pl.Series:
    """Fingerprints in the place of what names a person, or of each member of a list."""
    plain = values.list.explode() if values.dtype == pl.List else values
    known = plain.drop_nulls().unique()
    # One person is written in many ways: `n 123 ` is `N123`.
    same = known.str.to_uppercase().str.replace_all(r"\s+", "")
    made = _fingerprints(same, salt)
    if values.dtype != pl.List:
        return values.replace_strict(known, made, default=None, return_dtype=pl.String)
    member = pl.element().replace_strict(known, made, default=None, return_dtype=pl.String)
    return values.list.eval(member)


def _fingerprints(texts: pl.Series, salt: str) -> pl.Series:
    """A short SHA-256 of each text; each distinct text is worked out once."""
    known = texts.drop_nulls().unique()
    made = [
        hashlib.sha256(f"{salt}\x1f{text}".encode()).hexdigest()[:_FINGERPRINT] for text in known
    ]
    return texts.replace_strict(
        known, pl.Series(made, dtype=pl.String), default=None, return_dtype=pl.String
    )


def measured_text(raw: pl.Series, placeholders: Collection[str]) -> pl.DataFrame:
    """What is kept of a wording: its length, a fingerprint, and whether it says nothing.

    A blank wording has the length 0 and no fingerprint.
    """
    words = raw.fill_null("").str.replace_all(r"\s+", " ").str.strip_chars()
    bare = words.str.to_lowercase().str.strip_chars(" .,:;!?-_'\"()[]*")
    blank = pl.Series([None], dtype=pl.String)
    return pl.DataFrame(
        {
            "text_len": words.str.len_chars().cast(pl.Int64),
            "text_hash": _fingerprints(words.zip_with(words != "", blank), ""),
            "text_placeholder": bare.is_in(list(placeholders)),
        }
    )
