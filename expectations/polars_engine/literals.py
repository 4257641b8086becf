"""Constants of a rule, in the type of the column that they are compared with.

A rule is often written as text (YAML, JSON), so a date or a time may be given as text to a column
that holds dates or times. A constant of a kind that can never equal or order with the column is
refused: comparing it would fail every row, or none.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import polars as pl
from dateutil.parser import parse  # type: ignore[import-untyped]

from .errors import BadArgument, WrongType

#: What dateutil takes for the parts of a date that its text leaves out.
_DEFAULTS = (dt.datetime(2000, 1, 1), dt.datetime(2004, 1, 1))
_ISO_TIME = re.compile(r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?")


def kind(dtype: pl.DataType) -> str:
    """What a column can be compared with: others of its kind."""
    if dtype.is_numeric() or dtype == pl.Boolean:
        return "number"
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return "text"
    if dtype in (pl.Date, pl.Datetime):
        return "date"
    return str(dtype.base_type())


def is_text(dtype: pl.DataType) -> bool:
    """Whether the values are text, however it is stored."""
    return kind(dtype) == "text"


def plain(expr: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A column as something that can be ordered: text for categories, 0 and 1 for Booleans."""
    if dtype in (pl.Categorical, pl.Enum):
        return expr.cast(pl.String)
    if dtype == pl.Boolean:
        return expr.cast(pl.Int8)
    return expr


def ordered(expr: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A column as something that is put in order: an Enum in the order of its categories."""
    return expr if dtype == pl.Enum else plain(expr, dtype)


def convert(value: Any, dtype: pl.DataType, column: str) -> Any:
    """A constant in a Python type that the column can be compared with.

    Raises:
        WrongType: The constant is of another kind than the column.
        BadArgument: It is text that does not read as the date or time the column holds.
    """
    wanted = kind(dtype)
    if wanted == "number" and isinstance(value, (int, float, Decimal)):
        return int(value) if isinstance(value, bool) else value
    if wanted == "text" and isinstance(value, str):
        return value
    if wanted == "date":
        return _date(value, dtype, column)
    if dtype == pl.Time and isinstance(value, (dt.time, str)):
        return value if isinstance(value, dt.time) else _time(value, column)
    if dtype == pl.Duration and isinstance(value, dt.timedelta):
        return value
    if dtype == pl.Binary and isinstance(value, bytes):
        return value
    raise WrongType(f'column "{column}" is {dtype}: it cannot be compared with {_shown(value)}')


def literal(value: Any, dtype: pl.DataType, column: str) -> pl.Expr:
    """A constant as an expression to compare the column with."""
    value = convert(value, dtype, column)
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        # by instant, in the column's own zone: Polars orders only times of one zone
        zone = getattr(dtype, "time_zone", None)
        utc = value.astimezone(dt.UTC).replace(tzinfo=None)
        return pl.lit(utc).dt.replace_time_zone("UTC").dt.convert_time_zone(str(zone))
    return pl.lit(value)


def bound(value: Any, dtype: pl.DataType, column: str) -> pl.Expr:
    """A constant as an expression that a column, as `ordered`, is before or after.

    Raises:
        WrongType: The constant is of another kind than the column.
        BadArgument: It is no category of an Enum, and so has no place among them.
    """
    if not isinstance(dtype, pl.Enum):
        return literal(value, dtype, column)
    if convert(value, dtype, column) not in dtype.categories:
        raise BadArgument(f'column "{column}" has no category {_shown(value)}')
    return pl.lit(value, dtype=dtype)


def members(values: Iterable[Any], dtype: pl.DataType, column: str) -> pl.Series:
    """The values of a set that the column can hold.

    Raises:
        WrongType: Values are given, and the column can hold none of them.
    """
    return told_apart(values, dtype, column)[0]


def told_apart(
    values: Iterable[Any], dtype: pl.DataType, column: str
) -> tuple[pl.Series, list[Any]]:
    """The values of a set that the column can hold, and those that it never holds.

    Raises:
        WrongType: Values are given, and all are of another kind than the column.
    """
    fit: list[Any] = []
    rest: list[Any] = []
    refused: Exception | None = None
    of_kind = False
    for value in values:
        if value is None:
            rest.append(value)
            continue
        try:
            converted = convert(value, dtype, column)
        except (WrongType, BadArgument) as error:
            refused = error
            rest.append(value)
            continue
        of_kind = True
        held = _held(converted, dtype)
        (rest if held is None else fit).append(value if held is None else held)
    if refused is not None and not of_kind:
        raise refused
    return pl.Series(fit, dtype=_set_type(fit, dtype), strict=False), rest


def _held(value: Any, dtype: pl.DataType) -> Any:
    """A constant exactly as the column would hold it, or None where it cannot."""
    if dtype == pl.Boolean:
        return value == 1 if value in (0, 1) else None
    if dtype.is_integer():
        whole = value == value and abs(value) != float("inf") and value == int(value)
        return int(value) if whole and -(2**63) <= value < 2**64 else None
    if isinstance(dtype, pl.Decimal):
        return _decimal(value, dtype)
    if dtype == pl.Date and isinstance(value, dt.datetime):
        return value.date() if value.time() == dt.time() else None
    if dtype == pl.Datetime and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)
    if getattr(dtype, "time_unit", None) == "ms":
        small = value.microseconds if isinstance(value, dt.timedelta) else value.microsecond
        return None if small % 1000 else value
    return value


def _decimal(value: Any, dtype: pl.Decimal) -> Decimal | None:
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not exact.is_finite() or abs(exact) >= Decimal(10) ** (dtype.precision - dtype.scale):
        return None
    return exact if exact == round(exact, dtype.scale) else None


def _set_type(values: list[Any], dtype: pl.DataType) -> pl.DataType:
    if is_text(dtype):
        return pl.String()
    if dtype.is_integer():
        return pl.Int128() if any(v >= 2**63 for v in values if v == v) else pl.Int64()
    return dtype


def _date(value: Any, dtype: pl.DataType, column: str) -> dt.date | dt.datetime:
    if isinstance(value, str):
        value = _read(value, dtype, column)
    if not isinstance(value, dt.date):
        raise WrongType(f'column "{column}" is {dtype}: it cannot be compared with {_shown(value)}')
    zone = getattr(dtype, "time_zone", None)
    if isinstance(value, dt.datetime):
        if (value.tzinfo is None) != (zone is None):
            raise WrongType(
                f'column "{column}" has {"no time zone" if zone is None else f"time zone {zone}"} '
                f"and {value.isoformat()} has {'none' if value.tzinfo is None else 'one'}: "
                "give both or neither"
            )
        return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value
    if zone is not None:
        raise WrongType(
            f'column "{column}" has time zone {zone} and {value.isoformat()} has none: give both '
            "or neither"
        )
    return value


def _read(text: str, dtype: pl.DataType, column: str) -> dt.date | dt.datetime:
    """A date or time given as text; without a day or a month it is the first, as in pandas."""
    found: dt.datetime | None = None
    with suppress(ValueError, OverflowError):
        first, second = (parse(text, default=default) for default in _DEFAULTS)
        found = first if first.year == second.year else None  # no part is taken from today
    if found is None:
        raise BadArgument(f'column "{column}" is {dtype}: {text!r} does not read as a date or time')
    return found.date() if dtype == pl.Date and found.time() == dt.time() else found


def _time(value: str, column: str) -> dt.time:
    if not _ISO_TIME.fullmatch(value):
        raise BadArgument(f'column "{column}" holds times: {value!r} does not read as one')
    return dt.time.fromisoformat(value.zfill(5) if value[1] == ":" else value)


def _shown(value: Any) -> str:
    return f"{value!r} ({type(value).__name__})"
