"""What a map metric is asked about: its columns, and the rows it covers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from .errors import WrongType
from .literals import bound, is_text, kind, ordered, plain
from .text import as_text


@dataclass(frozen=True)
class Domain:
    """The columns of one expectation and the rows it covers, as a Polars form sees them.

    Attributes:
        names: The columns, in the order the expectation gives them.
        dtypes: Their types.
        where: Rows that meet the row condition; None when there is none.
        covered: Rows that are judged: those of `where`, without the rows left out for empty fields;
            None when every row is.
    """

    names: tuple[str, ...]
    dtypes: tuple[pl.DataType, ...]
    where: pl.Expr | None = None
    covered: pl.Expr | None = None

    @cached_property
    def columns(self) -> tuple[pl.Expr, ...]:
        """The columns as expressions."""
        return tuple(pl.col(name) for name in self.names)

    @property
    def x(self) -> pl.Expr:
        """The column of a column metric, or the first of several."""
        return self.columns[0]

    @property
    def name(self) -> str:
        """The name of `x`."""
        return self.names[0]

    @property
    def dtype(self) -> pl.DataType:
        """The type of `x`."""
        return self.dtypes[0]

    @property
    def text(self) -> pl.Expr:
        """`x` as text, as GX on pandas would write it."""
        return as_text(self.x, self.dtype, self.name)

    @property
    def ordered(self) -> pl.Expr:
        """`x` as something that compares: categories by their text, Booleans as 0 and 1.

        An Enum compares in the order of its categories.
        """
        return ordered(self.x, self.dtype)

    @property
    def judged(self) -> pl.Expr:
        """`x` on covered rows, empty elsewhere: what a statistic of the column is taken over."""
        return self.x if self.covered is None else pl.when(self.covered).then(self.x)

    def constant(self, value: Any) -> pl.Expr:
        """A constant to compare `ordered` with.

        Raises:
            WrongType: The column cannot be compared with it.
        """
        return bound(value, self.dtype, self.name)

    def require_text(self) -> None:
        """Refuse a column that does not hold text.

        Raises:
            WrongType: It holds something else.
        """
        if not is_text(self.dtype):
            raise WrongType(f'column "{self.name}" is {self.dtype}; this rule reads text')

    def require_number(self) -> None:
        """Refuse columns that do not hold numbers.

        Raises:
            WrongType: One holds something else.
        """
        for name, dtype in zip(self.names, self.dtypes, strict=True):
            if kind(dtype) != "number":
                raise WrongType(f'column "{name}" is {dtype}; this rule reads numbers')

    def comparable(self, i: int, j: int) -> tuple[pl.Expr, pl.Expr]:
        """Two columns in a form in which they compare.

        Raises:
            WrongType: They are of different kinds, or only one has a time zone.
        """
        (a, b), (p, q) = (self.columns[i], self.columns[j]), (self.dtypes[i], self.dtypes[j])
        if kind(p) != kind(q) and pl.Null not in (p, q):
            raise WrongType(
                f'columns "{self.names[i]}" ({p}) and "{self.names[j]}" ({q}) cannot be compared'
            )
        zones = {getattr(t, "time_zone", None) for t in (p, q) if t in (pl.Date, pl.Datetime)}
        if len(zones) > 1:
            if None in zones:
                raise WrongType(
                    f'columns "{self.names[i]}" ({p}) and "{self.names[j]}" ({q}) cannot be '
                    "compared: only one has a time zone"
                )
            a, b = a.dt.convert_time_zone("UTC"), b.dt.convert_time_zone("UTC")
        if p == q:
            return ordered(a, p), ordered(b, q)
        return plain(a, p), plain(b, q)
