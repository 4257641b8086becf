"""Values observed of a column, as GX can compare them with a bound and no message quotes them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any


class Moment(dt.datetime):
    """A date or time that compares with bounds of either kind; a date is its first instant.

    GX makes a date of a bound that has no time, whatever the column holds, and Python refuses to
    compare a date with a time.
    """

    def _other(self, other: Any) -> Any:
        if isinstance(other, dt.date) and not isinstance(other, dt.datetime):
            return dt.datetime(other.year, other.month, other.day, tzinfo=self.tzinfo)
        return other

    def __lt__(self, other: Any) -> bool:
        return super().__lt__(self._other(other))

    def __le__(self, other: Any) -> bool:
        return super().__le__(self._other(other))

    def __gt__(self, other: Any) -> bool:
        return super().__gt__(self._other(other))

    def __ge__(self, other: Any) -> bool:
        return super().__ge__(self._other(other))


class _Unquoted:
    """A value that no message quotes.

    Where GX cannot compare a column's extreme with a bound, it says the extreme in its message, and
    writes the message into results and Data Docs whatever the result format.
    """

    def __format__(self, spec: str) -> str:
        return super().__format__(spec) if spec else "a value of the column"


class _Text(_Unquoted, str):
    def __str__(self) -> str:  # dateutil quotes what it cannot read
        return f"{self}"


class _Whole(_Unquoted, int):
    pass


class _Float(_Unquoted, float):
    pass


class _Span(_Unquoted, dt.timedelta):
    pass


class _Clock(_Unquoted, dt.time):
    pass


_UNQUOTED: dict[type, type] = {
    str: _Text, int: _Whole, float: _Float, dt.timedelta: _Span, dt.time: _Clock,
}  # fmt: skip
for _plain, _unquoted in _UNQUOTED.items():
    _unquoted.__name__ = _plain.__name__  # what messages say


def extreme(value: Any) -> Any:
    """The least or the most of a column, or a middle that may be one of its values."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, dt.timedelta):
        return _Span(value.days, value.seconds, value.microseconds)
    if isinstance(value, dt.time):
        return _Clock(value.hour, value.minute, value.second, value.microsecond)
    unquoted = _UNQUOTED.get(type(value))
    return native(value) if unquoted is None else unquoted(value)


def native(value: Any) -> Any:
    """A value as GX's expectations can compare it."""
    if isinstance(value, dt.datetime):
        parts = (value.hour, value.minute, value.second, value.microsecond, value.tzinfo)
        return Moment(value.year, value.month, value.day, *parts, fold=value.fold)
    if isinstance(value, dt.date):
        return Moment(value.year, value.month, value.day)
    return value


def number(value: Any) -> Any:
    """A figure of a column as GX can compare it."""
    return float(value) if isinstance(value, Decimal) else native(value)
