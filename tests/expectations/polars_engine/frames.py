"""Random frames of every Polars type, and the same rows as GX on pandas would get them."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd
import polars as pl

LONDON = ZoneInfo("Europe/London")
WORDS = [
    "",
    "a",
    "B",
    "ab",
    "DVPN-1",
    "DVPN-22",
    "x" * 300,
    "é",
    "日本",
    "1",
    "2024-01-31",
    "null",
    "<a",
    "[a]",
]
CATEGORIES = ["north", "south", "east", "west"]
SIZES = (0, 1, 2, 3, 5, 12, 40)


def random_frame(rng: random.Random) -> pl.DataFrame:
    """A frame of a random size with a column of each kind; "id" tells rows apart."""
    n = rng.choice(SIZES)

    def column(make, dtype, empty: float = 0.0):
        values = [None if rng.random() < empty else make() for _ in range(n)]
        return pl.Series(values, dtype=dtype, strict=False)

    some = rng.choice([0.1, 0.3, 1.0] if rng.random() < 0.1 else [0.1, 0.3])
    text = rng.sample(WORDS, k=rng.randint(2, len(WORDS)))
    start = dt.datetime(2024, 3, 30)

    def moment():
        return start + dt.timedelta(minutes=30 * rng.randint(0, 200))

    def floating():
        return float("nan") if rng.random() < 0.15 else rng.randint(-40, 40) / 4

    return pl.DataFrame(
        {
            "id": pl.Series([f"r{i}" for i in range(n)], dtype=pl.String),
            "int": column(lambda: rng.randint(-5, 8), pl.Int64),
            "int_empty": column(lambda: rng.randint(-5, 8), pl.Int64, some),
            "int_b": column(lambda: rng.randint(-5, 8), pl.Int64, some),
            "small": column(lambda: rng.randint(0, 255), pl.UInt8),
            "whole32": column(lambda: rng.randint(-9, 9), pl.Int32),
            "float": column(floating, pl.Float64, some),
            "float_b": column(lambda: rng.randint(-40, 40) / 4, pl.Float64, some),
            "float32": column(lambda: rng.randint(-8, 8) / 2, pl.Float32, some),
            "text": column(lambda: rng.choice(text), pl.String, some),
            "text_b": column(lambda: rng.choice(text), pl.String, some),
            "text_full": column(lambda: rng.choice(text), pl.String),
            "flag": column(lambda: rng.random() < 0.5, pl.Boolean),
            "flag_empty": column(lambda: rng.random() < 0.5, pl.Boolean, some),
            "day": column(lambda: moment().date(), pl.Date, some),
            "day_b": column(lambda: moment().date(), pl.Date, some),
            "time_us": column(moment, pl.Datetime("us"), some),
            "time_ns": column(moment, pl.Datetime("ns"), some),
            "time_zoned": column(
                lambda: moment().replace(tzinfo=dt.UTC),
                pl.Datetime("us", "UTC"),
                some,
            ).dt.convert_time_zone("Europe/London"),
            "span": column(lambda: dt.timedelta(hours=rng.randint(-9, 9)), pl.Duration("us"), some),
            "category": column(lambda: rng.choice(CATEGORIES), pl.Categorical, some),
            "enum": column(lambda: rng.choice(CATEGORIES), pl.Enum(CATEGORIES), some),
            "decimal": column(lambda: Decimal(rng.randint(-40, 40)) / 4, pl.Decimal(10, 2), some),
            "decimal_b": column(lambda: Decimal(rng.randint(-40, 40)) / 4, pl.Decimal(10, 2), some),
            "span_b": column(
                lambda: dt.timedelta(hours=rng.randint(-9, 9)), pl.Duration("us"), some
            ),
            "list": column(lambda: [rng.randint(0, 3)], pl.List(pl.Int64), some),
            "struct": column(lambda: {"a": 1}, pl.Struct({"a": pl.Int64}), some),
            "bytes": column(lambda: b"x", pl.Binary, some),
            "nothing": pl.Series([None] * n, dtype=pl.Null),
            "clock": column(lambda: dt.time(rng.randint(0, 23)), pl.Time, some),
            "json": column(
                lambda: rng.choice(['{"a": 1}', '{"a": "x"}', "[1]", "3", '"s"', "null"]),
                pl.String,
                some,
            ),
            "when": column(
                lambda: rng.choice(["2024-01-31", "31/01/2024", "later", "2024-02-30", "1"]),
                pl.String,
                some,
            ),
        }
    )


def to_pandas(frame: pl.DataFrame, whole_numbers: bool) -> pd.DataFrame:
    """The same rows in pandas.

    Args:
        frame: The rows.
        whole_numbers: Whether integers with empty fields stay whole (pandas' Int64) or become
            floats, which is what pandas does of itself and what comparisons of it are made for.
    """
    found = frame.to_pandas()
    for name, dtype in frame.schema.items():
        if whole_numbers and dtype.is_integer() and frame[name].null_count():
            found[name] = pd.array(frame[name].to_list(), dtype="Int64")
    return found
