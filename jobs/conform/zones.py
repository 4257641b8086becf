"""Days of a source in another zone than Europe/London, where every rule counts its days.

An instant of such a source can fall on another day in London than where it happened: 20:00 on 1
January in New York is 2 January in London. Beside a date of the same record, which has no time of
day, it would be a day late. In a record that holds a date or a time of unknown hour, such an
instant is therefore put at the nearest moment of its own day in London (here: 23:59:59.999999 on 1
January), and it compares with the dates of its record as at the source. It moves by less than the
zones lie apart. Records of which every hour is known keep their instants, and so do all records of
the zone Europe/London.
"""

from __future__ import annotations

import polars as pl

from expectations.language import end_of_day, local_date, start_of_day

LONDON = "Europe/London"


def on_own_day(instant: pl.Series, day: pl.Series, dated: pl.Series) -> pl.Series:
    """Instants that fall on the day in London that they have at the source.

    Args:
        instant: Instants, UTC.
        day: The day of each at the source.
        dated: The rows whose record holds a date, or a time of unknown hour.
    """
    moved = pl.max_horizontal(
        pl.min_horizontal("instant", end_of_day(pl.col("day"))), start_of_day(pl.col("day"))
    )
    other = local_date(pl.col("instant")) != pl.col("day")
    return (
        pl.DataFrame({"instant": instant, "day": day, "dated": dated})
        .select(pl.when(other & pl.col("dated")).then(moved).otherwise("instant").alias("instant"))
        .to_series()
    )
