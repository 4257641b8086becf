"""Whether the day or the month stands first, as the whole column tells; and in how many shapes.

`04/11/2026` is read day first. A column tells that this is wrong: cells that have 13 or more in the
second place can only be month first. Of one shape (what parts the numbers, digits of the year, the
kind of clock behind) such cells are weighed against those that can only be day first; a shape
without any of either is judged by the whole column. Where more than one in twenty can only be month
first, the cells of that shape that can be both are not read: nobody knows which they are. One in
twenty or fewer are slips, and the others are read day first. A mapping that names `formats` has
said which it is, and nothing is weighed.
"""

from __future__ import annotations

import polars as pl

#: Day and month as numbers before the year: what parts them, and what stands behind.
_NUMBERS = r"^(\d{1,2})([/.\-])(\d{1,2})[/.\-](\d{4}|\d{2})(?:[T ]+(\S.*))?$"
_AM_PM = r"(?i)[ap]m$"
#: How many cells that can only be day first outweigh one that can only be month first.
_OUTWEIGH = 20
#: Other shapes of a date, by name.
_OTHERS = {
    "year first -": r"^\d{4}-\d",
    "year first /": r"^\d{4}/\d",
    "compact": r"^\d{8}(?:T?\d{6})?$",
    "day number": r"^\d{5}(?:\.\d+)?$",
    "month in letters": r"^\d{1,2}[ \-]?[A-Za-z]{3,9}[ \-]?\d{2,4}\b",
}


def undecided(texts: pl.Series) -> pl.Series:
    """The cells that could be day or month first in a column that tells against day first."""
    counted = _counted(texts)
    if not counted.get_column("month_first").any():
        return pl.repeat(value=False, n=texts.len(), dtype=pl.Boolean, eager=True)
    doubtful = counted.filter(pl.col("either") & _told_against()).get_column("text")
    return texts.is_in(doubtful.implode()).fill_null(value=False)


def date_shapes(texts: pl.Series) -> int:
    """In how many shapes the dates of a column are written.

    What parts the numbers, where the year stands and how long it is make a shape; the time of day
    and noughts in front do not. A shape with cells that can only be day first and cells that can
    only be month first counts as two.
    """
    counted = _counted(texts)
    ways = counted.group_by("sign", "year").agg(
        (pl.col("day_first").any() & pl.col("month_first").any()).alias("both")
    )
    numbers = ways.height + int(ways.get_column("both").sum())
    known = texts.drop_nulls().unique()
    return numbers + sum(bool(known.str.contains(form).any()) for form in _OTHERS.values())


def _counted(texts: pl.Series) -> pl.DataFrame:
    """Each distinct text of numbers with what it tells and how many cells have it."""
    parts = pl.col("text").str.extract_groups(_NUMBERS)
    named = ("first", "sign", "second", "year", "clock")
    first, second = pl.col("first"), pl.col("second")
    clock = pl.col("clock")
    return (
        texts.alias("text")
        .drop_nulls()
        .value_counts(name="cells")
        .filter(pl.col("text").str.contains(_NUMBERS))
        .with_columns(parts.struct.rename_fields(named).alias("parts"))
        .unnest("parts")
        .with_columns(
            first.cast(pl.Int64),
            second.cast(pl.Int64),
            year=pl.col("year").str.len_chars(),
            clock=pl.when(clock.str.contains(_AM_PM))
            .then(pl.lit("12"))
            .when(clock.is_not_null())
            .then(pl.lit("24"))
            .otherwise(pl.lit("")),
        )
        .with_columns(
            day_first=first.is_between(13, 31) & second.is_between(1, 12),
            month_first=second.is_between(13, 31) & first.is_between(1, 12),
            # 5 May is 5 May either way.
            either=first.is_between(1, 12) & second.is_between(1, 12) & (first != second),
        )
    )


def _told_against() -> pl.Expr:
    """Whether the cells that tell say that the shape of a cell is month first."""
    shape = ["sign", "year", "clock"]

    def cells(name: str) -> pl.Expr:
        return pl.col("cells").filter(pl.col(name)).sum()

    own = cells("day_first").over(shape), cells("month_first").over(shape)
    day, month = (
        pl.when(own[0] + own[1] > 0).then(mine).otherwise(cells(name))
        for mine, name in zip(own, ("day_first", "month_first"), strict=True)
    )
    return month * _OUTWEIGH > day
