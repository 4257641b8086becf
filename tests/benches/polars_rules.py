"""Rules over a wide frame of synthetic orders, each as an expectation and as Polars by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import count as count_from
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import polars as pl

KINDS = [f"K{i}" for i in range(100)]
START = dt.date(2020, 1, 1)


def orders(rows: int, columns: int = 40, seed: int = 1) -> pl.DataFrame:
    """A frame with about one value in a hundred out of place in each column.

    Args:
        rows: Its height.
        columns: Its width; the columns are of eight kinds in turn, after the key.
        seed: Of the random values.
    """
    rng = np.random.default_rng(seed)
    codes = pl.Series(KINDS)
    made: dict[str, pl.Series] = {
        "order_id": pl.Series(np.arange(rows)).cast(pl.String).str.zfill(9)
    }

    def sometimes_empty(values: pl.Series) -> pl.Series:
        return values.set(pl.Series(rng.random(rows) < 0.01), None)

    def column(kind: int) -> pl.Series:
        match kind:
            case 0:
                return pl.Series(rng.integers(0, 1000, rows))
            case 1:
                return codes.gather(rng.integers(0, 100, rows))
            case 2:
                return pl.Series(rng.random(rows) * 100)
            case 3:
                return pl.Series(rng.integers(18000, 19800, rows).astype("int32")).cast(pl.Date)
            case 4:
                number = pl.Series(rng.integers(0, rows * 50, rows)).cast(pl.String)
                return "REF-" + number.str.zfill(10)
            case 5:
                days = pl.Series(rng.integers(19800, 20000, rows).astype("int32"))
                return sometimes_empty(days.cast(pl.Date))
            case 6:
                return sometimes_empty(codes.gather(rng.integers(0, 99, rows)))
        seconds = pl.Series(rng.integers(0, 10**8, rows) * 10**6)
        return (seconds + 1_577_836_800_000_000).cast(pl.Datetime("us"))

    for i in range(columns - 1):
        made[f"c{i}"] = column(i % 8)
    return pl.DataFrame(made)


class Rule(NamedTuple):
    """One rule: what GX is given, and the failing rows as one would write them in Polars."""

    expectation: str
    kwargs: dict[str, Any]
    failing: pl.Expr
    condition: tuple[str, int] | None


def rules(count: int, columns: int) -> list[Rule]:
    """Different rules over `orders`, of ten kinds in turn; about half have a row condition.

    Conditions are shared by some five rules each, as rules on one kind of order would share theirs.
    """
    found = list(islice(_rules(columns), count))
    if len({(r.expectation, str(r.kwargs), r.condition) for r in found}) < count:
        raise ValueError(f"{columns} columns are too few for {count} different rules")
    return found


def _rules(columns: int) -> Iterator[Rule]:
    of = [[f"c{i}" for i in range(kind, columns - 1, 8)] for kind in range(8)]
    for turn in count_from(0):
        names = [kind[turn % len(kind)] for kind in of]
        for i, make in enumerate(MAKERS):
            again = turn // len(of[-1])  # the same columns come round again, under a condition
            condition = (of[0][turn % 2], 50 + 100 * again) if again or i % 2 else None
            where = None if condition is None else pl.col(condition[0]) > condition[1]
            expectation, kwargs, failing = make(names, turn, where)
            failing = failing if where is None else failing & where
            yield Rule(expectation, kwargs, failing, condition)


Made = tuple[str, dict[str, Any], pl.Expr]


def _between(c: list[str], n: int, where: pl.Expr | None) -> Made:
    x = pl.col(c[0])
    given = {"column": c[0], "min_value": 4 + n % 4, "max_value": 994 + n % 4}
    return "ExpectColumnValuesToBeBetween", given, ~x.is_between(4 + n % 4, 994 + n % 4)


def _in_set(c: list[str], n: int, where: pl.Expr | None) -> Made:
    kept = KINDS[1 + n % 3 :]
    given = {"column": c[1], "value_set": kept}
    return "ExpectColumnValuesToBeInSet", given, ~pl.col(c[1]).is_in(kept)


def _filled(c: list[str], n: int, where: pl.Expr | None) -> Made:
    return "ExpectColumnValuesToNotBeNull", {"column": c[6]}, pl.col(c[6]).is_null()


def _regex(c: list[str], n: int, where: pl.Expr | None) -> Made:
    regex = rf"^REF-\d{{9}}[{n % 3}-9]$"
    failing = ~pl.col(c[4]).str.contains(regex)
    return "ExpectColumnValuesToMatchRegex", {"column": c[4], "regex": regex}, failing


def _after(c: list[str], n: int, where: pl.Expr | None) -> Made:
    given = {"column_A": c[5], "column_B": c[3], "ignore_row_if": "either_value_is_missing"}
    failing = pl.col(c[5]) <= pl.col(c[3])
    return "ExpectColumnPairValuesAToBeGreaterThanB", given, failing


def _not_in_set(c: list[str], n: int, where: pl.Expr | None) -> Made:
    left_out = KINDS[n % 20 : n % 20 + 1]
    given = {"column": c[6], "value_set": left_out}
    return "ExpectColumnValuesToNotBeInSet", given, pl.col(c[6]).is_in(left_out)


def _length(c: list[str], n: int, where: pl.Expr | None) -> Made:
    x = pl.col(c[1]).str.len_chars()
    given = {"column": c[1], "min_value": 2, "max_value": 3}
    return "ExpectColumnValueLengthsToBeBetween", given, ~x.is_between(2, 3)


def _recent(c: list[str], n: int, where: pl.Expr | None) -> Made:
    bound = START + dt.timedelta(days=10 + n % 10 - 800)
    given = {"column": c[3], "min_value": bound}
    return "ExpectColumnValuesToBeBetween", given, pl.col(c[3]) < bound


def _unique(c: list[str], n: int, where: pl.Expr | None) -> Made:
    x = pl.col(c[4]) if where is None else pl.when(where).then(pl.col(c[4]))
    return "ExpectColumnValuesToBeUnique", {"column": c[4]}, x.is_duplicated()


def _share(c: list[str], n: int, where: pl.Expr | None) -> Made:
    given = {"column": c[2], "max_value": 99.0 + (n % 5) / 10, "strict_max": True}
    return "ExpectColumnValuesToBeBetween", given, pl.col(c[2]) >= 99.0 + (n % 5) / 10


MAKERS: list[Callable[[list[str], int, pl.Expr | None], Made]] = [
    _between, _in_set, _filled, _regex, _after, _not_in_set, _length, _recent, _unique, _share,
]  # fmt: skip


def expectations(made: list[Rule]) -> list[Any]:
    """The rules as expectations of GX."""
    import great_expectations.expectations as gxe
    from great_expectations.expectations.row_conditions import Column

    found = []
    for i, rule in enumerate(made):
        given = dict(rule.kwargs)
        if rule.condition is not None:
            given["row_condition"] = Column(rule.condition[0]) > rule.condition[1]
        found.append(getattr(gxe, rule.expectation)(**given, meta={"rule": f"R{i:02}"}))
    return found


def by_hand(frame: pl.DataFrame, made: list[Rule]) -> pl.DataFrame:
    """The floor: one select of the same expressions, then the keys as one frame."""
    names = [f"R{i:02}" for i in range(len(made))]
    masks = (
        frame.lazy()
        .select(r.failing.fill_null(value=False).alias(n) for n, r in zip(names, made, strict=True))
        .collect()
    )
    keys, rule_type = frame.select("order_id"), pl.Enum(names)
    return pl.concat(
        keys.filter(masks[name]).select(pl.lit(name, rule_type).alias("rule"), "order_id")
        for name in names
    )
