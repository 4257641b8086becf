"""What a database answers, gathered chunk by chunk within limits, as text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

import polars as pl

from config.errors import SourceError
from config.sentences import Said, say
from config.settings import Limits
from expectations.extract import FILE, ROW
from jobs.pull.as_text import as_text
from jobs.pull.delivery import BAD_CELLS, unique_headers

#: Letters that one cell may have, as in files.
_LONGEST = 10_000_000
#: Above this a floating number no longer tells whole numbers apart: its digits would look exact.
_EXACT = 2.0**53


class Unreadable:
    """Stands for a cell whose text is not of the database's encoding."""


class Column(NamedTuple):
    """One column of a chunk.

    Attributes:
        text: Its cells; null where there is nothing, or nothing that can be taken.
        kind: Its class, as in `Delivery.types`; None where it holds nothing that would tell.
        bad: By reason, where a cell holds something that cannot be taken.
    """

    text: pl.Series
    kind: str | None
    bad: dict[str, pl.Series]


class Answer:
    """The rows of a query, put together from chunks."""

    def __init__(self, names: Iterable[str], limits: Limits) -> None:
        """Begin.

        Args:
            names: The columns, as the database calls them.
            limits: What the answer may be.

        Raises:
            SourceError: It has no columns, or too many.
        """
        self.headers, self.notes = unique_headers(names)
        if not self.headers:
            raise SourceError(say("pull.no_columns"))
        if len(self.headers) > limits.columns:
            raise SourceError(say("pull.too_many_columns", limit=limits.columns))
        self.rows = 0
        self.bytes = 0
        self._limits = limits
        self._frames: list[pl.DataFrame] = []
        self._bad: list[pl.DataFrame] = []
        self._kinds: dict[str, set[str]] = {name: set() for name in self.headers}

    def add(self, columns: Sequence[Column]) -> None:
        """Take a chunk in.

        Raises:
            SourceError: With it the answer has too many rows or bytes.
        """
        taken = []
        for name, column in zip(self.headers, columns, strict=True):
            text = column.text.alias(name)
            long = (text.str.len_bytes() > _LONGEST).fill_null(False)
            if long.any():
                text = text.zip_with(~long, pl.Series([None], dtype=pl.String))
            taken.append(text)
            if column.kind:
                self._kinds[name].add(column.kind)
            for reason, places in ({**column.bad, "too_long": long}).items():
                if places.any():
                    self._note(name, reason, places)
        frame = pl.DataFrame(taken)
        self.rows += frame.height
        self.bytes += int(frame.estimated_size())
        if self.rows > self._limits.rows:
            raise SourceError(say("pull.too_many_rows", limit=self._limits.rows))
        if self.bytes > self._limits.bytes:
            raise SourceError(say("pull.too_many_bytes", megabytes=self._limits.bytes / 1e6))
        self._frames.append(frame)

    def _note(self, name: str, reason: str, places: pl.Series) -> None:
        rows = places.arg_true().cast(pl.UInt32) + self.rows + 1
        self._bad.append(
            pl.DataFrame({ROW: rows}).with_columns(
                pl.lit(name).alias("column"), pl.lit(reason).alias("reason")
            )
        )

    @property
    def frame(self) -> pl.DataFrame:
        """Every row, without its number."""
        nothing = pl.DataFrame(schema=dict.fromkeys(self.headers, pl.String))
        return pl.concat([nothing, *self._frames])

    @property
    def bad_cells(self) -> pl.DataFrame:
        """`BAD_CELLS` without the file."""
        return pl.concat([BAD_CELLS.to_frame().drop(FILE), *self._bad])

    @property
    def types(self) -> dict[str, str]:
        """The class of each column that holds something; of several kinds it is text."""
        return {
            name: next(iter(kinds)) if len(kinds) == 1 else "text"
            for name, kinds in self._kinds.items()
            if kinds
        }


def from_values(values: Sequence[Any]) -> Column:
    """A column of Python's values, of one type or of several."""
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return Column(pl.Series(values, dtype=pl.String), None, {})
    if kinds == {str}:
        return Column(pl.Series(values, dtype=pl.String, strict=False), "text", {})
    if kinds == {int}:
        return Column(pl.Series([v if v is None else str(v) for v in values]), "number", {})
    texts: list[str | None] = []
    bad: dict[str, list[int]] = {}
    for place, value in enumerate(values):
        text, reason = _one(value)
        texts.append(text)
        if reason:
            bad.setdefault(reason, []).append(place)
    return Column(
        pl.Series(texts, dtype=pl.String),
        _kind(kinds - {Unreadable}),
        {reason: _places(places, len(values)) for reason, places in bad.items()},
    )


def _places(places: list[int], rows: int) -> pl.Series:
    return pl.int_range(rows, eager=True).is_in(places)


def _kind(kinds: set[type]) -> str:
    for name, members in (
        ("boolean", {bool}),
        ("number", {int, float, Decimal}),
        ("date", {date}),
        ("timestamp", {datetime}),
    ):
        if kinds and kinds <= members:
            return name
    return "text"


def _one(value: Any) -> tuple[str | None, str | None]:
    """A value as text, or why it has none."""
    if value is None or isinstance(value, str):
        return value, None
    if isinstance(value, Unreadable):
        return None, "undecodable"
    try:
        return _texts(type(value))(value), None
    except Exception:  # a type of the driver's own may do anything
        return None, "no_text"


def _texts(kind: type) -> Callable[[Any], str | None]:
    if kind is bool:
        return lambda value: str(value).lower()
    if issubclass(kind, int):
        return lambda value: str(int(value))
    if issubclass(kind, float):
        return _float
    if issubclass(kind, Decimal):
        return _decimal
    if issubclass(kind, bytes | bytearray | memoryview):
        return lambda value: bytes(value).hex()
    if issubclass(kind, date | time):
        return _as_parquet
    return str


def _float(value: float) -> str | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        raise ValueError
    if value.is_integer() and abs(value) <= _EXACT:
        return str(int(value))
    text = repr(value)
    return text if "e" in text or not value.is_integer() else f"{Decimal(text).normalize():e}"


def _decimal(value: Decimal) -> str | None:
    if value.is_nan():
        return None
    if value.is_infinite():
        raise ValueError
    _, digits, exponent = value.as_tuple()
    if len(digits) + abs(int(exponent)) > 2_000:
        return str(value)
    return _plain(f"{value:f}")


def _plain(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _as_parquet(value: Any) -> str | None:
    text, _ = as_text(pl.Series("value", [value]).to_frame())
    found: str | None = text.item()
    return found


def float_text(numbers: pl.Series) -> pl.Series:
    """Floating numbers as text; null where they are not finite."""
    whole = pl.col("n").cast(pl.Int64, strict=False)
    exact = (pl.col("n") == whole) & (pl.col("n").abs() <= _EXACT)
    return (
        numbers.alias("n")
        .to_frame()
        .select(
            pl.when(pl.col("n").is_finite()).then(
                pl.when(exact).then(whole.cast(pl.String)).otherwise(pl.col("n").cast(pl.String))
            )
        )
        .to_series()
    )


def too_slow(seconds: float) -> Said:
    """That a query takes too long."""
    return say("pull.query_too_slow", seconds=seconds)
