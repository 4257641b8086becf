"""Seeded draws: the same seed and label give the same force on every machine."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import timedelta

import polars as pl

#: Durations of every draw are whole minutes, as records systems keep them.
DURATION = pl.Duration("us")


class Dice:
    """Draws for one part of the force.

    Each part has a label of its own, so that a change in one part leaves the others as they were.

    Args:
        seed: The seed of the whole force.
        label: The part that draws.
    """

    def __init__(self, seed: int, label: str) -> None:
        self._random = random.Random(f"{seed}/{label}")  # noqa: S311

    def hours(self, n: int, low: float, high: float) -> pl.Series:
        """`n` durations of at least `low` and at most `high` hours."""
        draw = self._random.randint
        first, last = round(low * 60), round(high * 60)
        return pl.Series([timedelta(minutes=draw(first, last)) for _ in range(n)], dtype=DURATION)

    def whole(self, n: int, low: int, high: int) -> pl.Series:
        """`n` whole numbers from `low` to `high`, both included."""
        draw = self._random.randint
        return pl.Series([draw(low, high) for _ in range(n)], dtype=pl.Int64)

    def share(self, n: int) -> pl.Series:
        """`n` numbers from 0 to less than 1."""
        draw = self._random.random
        return pl.Series([draw() for _ in range(n)], dtype=pl.Float64)

    def chance(self, n: int, share: float) -> pl.Series:
        """`n` answers of which `share` are true."""
        return self.share(n) < share

    def pick(self, n: int, weights: Mapping[str, float]) -> pl.Series:
        """`n` of the keys, drawn by weight."""
        drawn = self._random.choices(list(weights), weights=list(weights.values()), k=n)
        return pl.Series(drawn, dtype=pl.String)

    def of(self, values: Sequence[str], n: int) -> pl.Series:
        """`n` of the values, each as likely as another."""
        return pl.Series(self._random.choices(values, k=n), dtype=pl.String)
