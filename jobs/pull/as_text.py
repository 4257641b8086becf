"""Typed values as text, in one way whatever they come from.

| type | text |
|---|---|
| text, categories | as it is |
| whole numbers, decimals | digits, without noughts at the end of a fraction |
| floating numbers | the shortest digits that say the same; a whole one has no decimals |
| dates, times, instants | ISO 8601; instants keep their offset as `Z` where the type has one |
| durations | ISO 8601 (`PT1H30M`) |
| truth values | `true`, `false` |
| bytes | hexadecimal |
| lists, arrays of such | their members parted by `;`, empty ones left out |
| deeper: structs, maps, lists of lists | JSON whose members are such texts |

A floating number that is none (NaN) is empty: whoever writes it says that nothing is there. What
has no text is null and told by `not_text`: infinities, days outside of the years 1 to 9999,
objects, and whatever a type holds that is not in this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

_LONGEST = 10_000_000  # letters of one cell, as in text files
_FIRST, _LAST = (day.toordinal() - date(1970, 1, 1).toordinal() for day in (date.min, date.max))
_UNITS = {"ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def type_class(dtype: pl.DataType) -> str:
    """`text`, `number`, `date`, `timestamp` or `boolean`."""
    if dtype.is_numeric():
        return "number"
    if dtype == pl.Date:
        return "date"
    if isinstance(dtype, pl.Datetime):
        return "timestamp"
    return "boolean" if dtype == pl.Boolean else "text"


def as_text(frame: pl.DataFrame) -> tuple[pl.DataFrame, Mapping[str, str]]:
    """Every column as text, and the class that each had; one that holds nothing may have none."""
    classes = {name: type_class(dtype) for name, dtype in frame.schema.items() if dtype != pl.Null}
    return pl.DataFrame([_column(series)[0] for series in frame.get_columns()]), classes


def not_text(frame: pl.DataFrame) -> pl.DataFrame:
    """The cells that hold something and have no text.

    Returns:
        Their place in the frame from 0 as `row`, their `column`, and the `reason`: `no_text`, or
        `too_long`.
    """
    found = [
        pl.DataFrame({"row": places, "column": [series.name] * len(places), "reason": reason})
        for series in frame.get_columns()
        for places, reason in _reasons(series)
        if len(places)
    ]
    schema = {"row": pl.UInt32, "column": pl.String, "reason": pl.String}
    return pl.concat([pl.DataFrame(schema=schema), *found])


def _reasons(series: pl.Series) -> list[tuple[pl.Series, str]]:
    _, unfit = _column(series)
    reasons = [(unfit.arg_true().cast(pl.UInt32), "no_text")]
    if series.dtype == pl.String:
        long = (series.str.len_bytes() > _LONGEST).fill_null(False)
        reasons.append((long.arg_true().cast(pl.UInt32), "too_long"))
    return reasons


def _column(series: pl.Series) -> tuple[pl.Series, pl.Series]:
    """A column as text, and where it holds something that has none."""
    name, dtype = series.name, series.dtype
    if dtype == pl.Object:
        return pl.Series(name, [None] * series.len(), pl.String), series.is_not_null()
    x = pl.col(name)
    text = _text(x, dtype)
    bad = _unfit(x, dtype)
    if dtype == pl.String:
        text = pl.when(x.str.len_bytes() <= _LONGEST).then(x)
    try:
        made = series.to_frame().select(
            pl.when(~bad).then(text).cast(pl.String).alias(name), bad.alias("unfit")
        )
        return made.get_column(name), made.get_column("unfit")
    except BaseException as error:
        # Polars panics where it has not foreseen something; a panic is no `Exception`.
        if not isinstance(error, Exception | pl.exceptions.PanicException):
            raise
        return pl.Series(name, [None] * series.len(), pl.String), series.is_not_null()


def _opened(x: pl.Expr, dtype: object) -> tuple[pl.Expr, pl.DataType]:
    """A value and what its type is made of: arrays and maps are lists, own types what they hold."""
    assert isinstance(dtype, pl.DataType)  # noqa: S101 - a type that has come with data
    if isinstance(dtype, pl.BaseExtension):
        return _opened(x.ext.storage(), dtype.ext_storage())
    if isinstance(dtype, pl.Array):
        return x.arr.to_list(), pl.List(dtype.inner)
    if isinstance(dtype, pl.Map):
        return x.map.entries(), pl.List(pl.Struct({"key": dtype.key, "value": dtype.value}))
    return x, dtype


def _text(x: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    x, dtype = _opened(x, dtype)
    if isinstance(dtype, pl.List):
        member, inner = _opened(pl.element(), dtype.inner)
        if not inner.is_nested():
            return x.list.eval(_scalar(member, inner)).list.join(";", ignore_nulls=True)
    if dtype.is_nested():
        wrapped = pl.struct(_plain(x, dtype).alias("v")).struct.json_encode()
        return pl.when(x.is_not_null()).then(wrapped.str.slice(5).str.strip_suffix("}"))
    return _scalar(x, dtype)


def _plain(x: pl.Expr, dtype: object) -> pl.Expr:
    """A nested value with every member of it as text."""
    x, known = _opened(x, dtype)
    if isinstance(known, pl.Struct):
        parts = [_plain(x.struct.field(f.name), f.dtype).alias(f.name) for f in known.fields]
        return pl.when(x.is_not_null()).then(pl.struct(parts)) if parts else x
    if isinstance(known, pl.List):
        return x.list.eval(_plain(pl.element(), known.inner))
    return _scalar(x, known)


def _scalar(x: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    fit = pl.when(~_unfit(x, dtype)).then(x)
    if isinstance(dtype, pl.Datetime):
        if dtype.time_zone:
            return fit.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
        return fit.dt.strftime("%Y-%m-%dT%H:%M:%S%.f")
    if dtype == pl.Date:
        return fit.dt.strftime("%Y-%m-%d")
    if dtype == pl.Time:
        return fit.dt.strftime("%H:%M:%S%.f")
    if isinstance(dtype, pl.Duration):
        return fit.dt.to_string("iso")
    if dtype.is_float():
        whole = fit.cast(pl.Int64, strict=False)
        text = pl.when(fit == whole).then(whole.cast(pl.String)).otherwise(fit.cast(pl.String))
        return pl.when(fit.is_not_nan()).then(text)
    if dtype.is_decimal():
        return fit.cast(pl.String).str.replace(r"(\.\d*?)0+$", "$1").str.strip_suffix(".")
    if dtype == pl.Binary:
        return fit.bin.encode("hex")
    return fit.cast(pl.String)


def _unfit(x: pl.Expr, dtype: object) -> pl.Expr:
    """Where a value holds something, anywhere within it, that has no text."""
    x, known = _opened(x, dtype)
    if isinstance(known, pl.Struct) and known.fields:
        parts = [_unfit(x.struct.field(f.name), f.dtype) for f in known.fields]
        return pl.any_horizontal(parts).fill_null(False)
    if isinstance(known, pl.List):
        return x.list.eval(_unfit(pl.element(), known.inner)).list.any().fill_null(False)
    if known.is_float():
        return x.is_infinite().fill_null(False)
    if known == pl.Date:
        return ~x.to_physical().is_between(_FIRST, _LAST).fill_null(True)
    if isinstance(known, pl.Datetime):
        second = _UNITS[known.time_unit]
        first, last = _FIRST * 86_400 * second, (_LAST + 1) * 86_400 * second - 1
        bounds = max(first, -(2**63)), min(last, 2**63 - 1)
        return ~x.to_physical().is_between(*bounds).fill_null(True)
    return x.is_null() & False
