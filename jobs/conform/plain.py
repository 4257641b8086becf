"""Values that no vocabulary and no clock reads: yes and no, whole numbers, lists, texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import polars as pl

from config.records import Field
from jobs.conform.cells import emptied
from jobs.conform.mapping import FieldMapping

_TRUE = ("true", "t", "yes", "y", "1", "1.0")
_FALSE = ("false", "f", "no", "n", "0", "0.0")
_WHOLE = r"^[+-]?\d+(?:\.0+)?$"
#: Offence classes are written with three digits, a stroke and two.
_HO_CLASS = r"^(\d{1,3})\s*[/.]\s*(\d{1,2})$"
#: What a spreadsheet makes of a long number. The digits it left out are gone: two references can
#: have come to the same.
ROUNDED = r"^[+-]?(?:\d+(?:\.\d+)?[eE]\+\d+|\d+\.\d+[eE]-?\d+)$"


class Plain(NamedTuple):
    """Values that were read.

    Attributes:
        value: The typed values.
        faults: For each reason of a reject, the rows that it holds for.
    """

    value: pl.Series
    faults: Mapping[str, pl.Series]


def plain_values(mapping: FieldMapping, raw: pl.Series) -> Plain:
    """Read a field that is neither a code nor a date.

    Args:
        mapping: How the field is filled.
        raw: The text that it is read from.
    """
    field, frame = mapping.field, raw.alias("raw").to_frame()
    match field.type:
        case "boolean":
            value = frame.select(_yes_or_no()).to_series()
        case "integer":
            return _whole_numbers(field, frame)
        case "text_list":
            return _members(mapping, frame)
        case _:
            return _texts(mapping, frame)
    return Plain(value, {"unreadable": raw.is_not_null() & value.is_null()})


def _yes_or_no() -> pl.Expr:
    word = pl.col("raw").str.to_lowercase()
    return (
        pl.when(word.is_in(_TRUE)).then(pl.lit(True)).when(word.is_in(_FALSE)).then(pl.lit(False))
    )


def _whole_numbers(field: Field, frame: pl.DataFrame) -> Plain:
    """Whole numbers within the bounds of the field; one outside was read, and is no value."""
    raw = pl.col("raw")
    number = (
        pl.when(raw.str.contains(_WHOLE))
        .then(raw.str.replace(r"\.0+$", ""))
        .cast(pl.Int64, strict=False)
    )
    bounded = field.minimum is not None or field.maximum is not None
    read = frame.select(
        number.alias("number"), raw.str.contains(_WHOLE).fill_null(value=False).alias("whole")
    )
    low = pl.col("number") < field.minimum if field.minimum is not None else pl.lit(value=False)
    high = pl.col("number") > field.maximum if field.maximum is not None else pl.lit(value=False)
    # A number with more digits than fit is outside any bounds.
    huge = pl.col("number").is_null() & pl.col("whole") & bounded
    outside = read.select(((low | high).fill_null(value=False) | huge).alias("out")).to_series()
    value = emptied(read.get_column("number"), outside)
    unreadable = frame.get_column("raw").is_not_null() & value.is_null() & ~outside
    return Plain(value, {"unreadable": unreadable, "out_of_range": outside})


def _members(mapping: FieldMapping, frame: pl.DataFrame) -> Plain:
    """The members of a list; one that could not be read is left out, and the list is unreadable."""
    parts = pl.col("raw").str.split(mapping.split).list.eval(pl.element().str.strip_chars())
    filled = parts.list.eval(pl.element().filter(pl.element() != ""))
    value = frame.select(filled.alias("list")).to_series()
    if not mapping.field.identifies:
        return Plain(value, {"unreadable": frame.get_column("raw").is_not_null() & value.is_null()})
    rounded = value.list.eval(pl.element().str.contains(ROUNDED)).list.any()
    whole = value.list.eval(pl.element().filter(~pl.element().str.contains(ROUNDED)))
    return Plain(whole, {"unreadable": rounded.fill_null(value=False)})


def _texts(mapping: FieldMapping, frame: pl.DataFrame) -> Plain:
    raw = frame.get_column("raw")
    text = pl.col("raw")
    none = pl.repeat(value=False, n=raw.len(), dtype=pl.Boolean, eager=True)
    faults = {"unreadable": none}
    if mapping.field.name == "ho_class":
        captured = text.str.extract_groups(_HO_CLASS)
        text = pl.when(text.str.contains(_HO_CLASS)).then(
            captured.struct[0].str.zfill(3) + "/" + captured.struct[1].str.zfill(2)
        )
        read = frame.select(text.alias("raw")).to_series()
        faults["malformed"] = raw.is_not_null() & read.is_null()
    elif mapping.field.identifies and mapping.constant is None:
        bare = pl.col("raw").str.strip_prefix(mapping.prefix).str.strip_suffix(mapping.suffix)
        rounded = bare.str.contains(ROUNDED).fill_null(value=False)
        faults["unreadable"] = frame.select(rounded.alias("rounded")).to_series()
        text = pl.when(~rounded).then(text)
    text = text.str.zfill(mapping.digits) if mapping.digits else text
    return Plain(frame.select(text.alias("value")).to_series(), faults)
