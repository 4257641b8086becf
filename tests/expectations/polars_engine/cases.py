"""Random expectations over the columns of `frames`."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.expectations.row_conditions import Column

from .frames import CATEGORIES, WORDS

NUMBERS = ["int", "int_empty", "int_b", "small", "whole32", "float", "float_b", "float32"]
#: Where the difference of two values is right in pandas: it wraps round in unsigned columns.
SIGNED = [name for name in NUMBERS if name != "small"]
TEXTS = ["text", "text_b", "text_full", "category", "enum", "id"]
DAYS = ["day", "day_b", "time_us", "time_ns"]
#: Types that can be empty or not, and no more than that.
OPAQUE = ["list", "struct", "bytes", "nothing"]
ANY = [*NUMBERS, *TEXTS, *DAYS, "flag", "flag_empty", "time_zoned", "span", "decimal", "clock"]
#: Columns with a text that pandas and Polars write alike.
WRITTEN = [*TEXTS, "int", "int_empty", "small", "float_b", "flag"]
REGEXES = [
    "a",
    "^$",
    r"^[A-Z]{4}-\d+$",
    "^.{1,2}$",
    "1",
    r"\.",
    "(?i)A",
    "^-",
    "é|日",
    r"^(?!D)",
    r"\<a",
    "[[a]",
    "x$",
]
PAIRS = [
    ("int", "int_b"), ("int_empty", "int_b"), ("float", "float_b"), ("int", "float"),
    ("text", "text_b"), ("day", "day_b"), ("day", "time_us"), ("span", "span_b"),
    ("small", "whole32"), ("decimal", "decimal_b"),
]  # fmt: skip

Make = Callable[[random.Random], dict[str, Any]]


def _one(rng: random.Random, *lists: list[str]) -> str:
    return rng.choice([name for names in lists for name in names])


def _bound(rng: random.Random, column: str) -> Any:
    if column in NUMBERS or column == "decimal":
        return rng.choice([rng.randint(-6, 9), rng.randint(-20, 20) / 2])
    if column in DAYS:
        return dt.datetime(2024, 3, 30) + dt.timedelta(hours=rng.randint(-5, 110))
    zoned = dt.datetime(2024, 3, 30, tzinfo=dt.UTC)
    return zoned + dt.timedelta(hours=rng.randint(-5, 110))


def _between(rng: random.Random, column: str) -> dict[str, Any]:
    low, high = sorted([_bound(rng, column), _bound(rng, column)])
    given = {"min_value": low, "max_value": high}
    if rng.random() < 0.4:
        del given[rng.choice(list(given))]
    return given | {key: True for key in ("strict_min", "strict_max") if rng.random() < 0.3}


def _set_of(rng: random.Random, column: str) -> list[Any]:
    if column in NUMBERS:
        values: list[Any] = [rng.randint(-5, 8) for _ in range(4)]
        return values + ([0.5, 1.25] if column.startswith("float") else [])
    if column == "decimal":
        return [Decimal(rng.randint(-80, 80)) / 8 for _ in range(20)]
    if column in ("category", "enum"):
        return rng.sample([*CATEGORIES, "elsewhere"], k=2)
    if column in ("flag", "flag_empty"):
        return [rng.random() < 0.5]
    return rng.sample(WORDS, k=rng.randint(1, 6))


def _column(names: list[str]) -> Make:
    return lambda rng: {"column": rng.choice(names)}


def _in_set(rng: random.Random) -> dict[str, Any]:
    column = _one(
        rng, NUMBERS, ["text", "text_b", "text_full", "category", "enum", "flag", "decimal"]
    )
    return {"column": column, "value_set": _set_of(rng, column)}


def _column_between(rng: random.Random) -> dict[str, Any]:
    column = _one(rng, NUMBERS, DAYS, ["time_zoned", "decimal"])
    return {"column": column, **_between(rng, column)}


def _lengths(rng: random.Random) -> dict[str, Any]:
    low, high = sorted([rng.randint(0, 4), rng.randint(1, 8)])
    given: dict[str, Any] = {"min_value": low, "max_value": high}
    if rng.random() < 0.3:
        del given[rng.choice(list(given))]
    return {
        "column": _one(rng, WRITTEN),
        **given,
        **{key: True for key in ("strict_min", "strict_max") if rng.random() < 0.3},
    }


def _pair(rng: random.Random) -> dict[str, Any]:
    a, b = rng.choice(PAIRS)
    ignore = rng.choice(["both_values_are_missing", "either_value_is_missing", "neither"])
    return {"column_A": a, "column_B": b, "ignore_row_if": ignore}


def _pair_in_set(rng: random.Random) -> dict[str, Any]:
    a, b = rng.choice(
        [("int", "int_b"), ("int_empty", "int_b"), ("text", "text_b"), ("float", "int")]
    )
    values = {
        "int": range(-5, 9), "int_b": range(-5, 9), "int_empty": range(-5, 9), "text": WORDS,
        "text_b": WORDS, "float": [0.0, 0.25, 1.0, -3.0],
    }  # fmt: skip

    def value(column: str) -> Any:
        return None if rng.random() < 0.15 else rng.choice(list(values[column]))

    ignore = rng.choice(["both_values_are_missing", "either_value_is_missing", "neither"])
    return {
        "column_A": a, "column_B": b, "ignore_row_if": ignore,
        "value_pairs_set": [(value(a), value(b)) for _ in range(rng.randint(1, 12))],
    }  # fmt: skip


def _many(groups: list[list[str]], least: int = 2) -> Make:
    def make(rng: random.Random) -> dict[str, Any]:
        names = rng.choice(groups)
        ignore = rng.choice(["all_values_are_missing", "any_value_is_missing", "never"])
        chosen = rng.sample(names, k=rng.randint(least, len(names)))
        return {"column_list": chosen, "ignore_row_if": ignore}

    return make


ALIKE = [
    ["int", "int_b", "int_empty", "whole32"], ["text", "text_b", "text_full"], ["day", "day_b"],
    ["float", "float_b"],
]  # fmt: skip


def _sum(rng: random.Random) -> dict[str, Any]:
    found = _many([["int", "int_b", "int_empty", "whole32", "small"], ["float", "float_b", "int"]])(
        rng
    )
    return {**found, "sum_total": rng.randint(-5, 9)}


def _typed(names: list[str]) -> list[str]:
    types = {
        "int": "int64", "whole32": "int32", "small": "uint8", "float_b": "float64",
        "float32": "float32", "text_full": "str",
    }  # fmt: skip
    return [types[name] for name in names]


#: Each row-level expectation of GX that its pandas engine can compute, and its arguments.
EXPECTATIONS: dict[str, Make] = {
    "ExpectColumnValuesToNotBeNull": _column(ANY + OPAQUE),
    "ExpectColumnValuesToBeNull": _column(ANY + OPAQUE),
    "ExpectColumnValuesToBeInSet": _in_set,
    "ExpectColumnValuesToNotBeInSet": _in_set,
    "ExpectColumnValuesToBeBetween": _column_between,
    "ExpectColumnValueLengthsToBeBetween": _lengths,
    "ExpectColumnValueLengthsToEqual": lambda rng: {
        "column": _one(rng, WRITTEN), "value": rng.randint(0, 6),
    },
    "ExpectColumnValuesToMatchRegex": lambda rng: {
        "column": _one(rng, WRITTEN), "regex": rng.choice(REGEXES),
    },
    "ExpectColumnValuesToNotMatchRegex": lambda rng: {
        "column": _one(rng, WRITTEN), "regex": rng.choice(REGEXES),
    },
    "ExpectColumnValuesToMatchRegexList": lambda rng: {
        "column": _one(rng, WRITTEN), "match_on": rng.choice(["any", "all"]),
        "regex_list": rng.sample(REGEXES, k=rng.randint(1, 3)),
    },
    "ExpectColumnValuesToNotMatchRegexList": lambda rng: {
        "column": _one(rng, WRITTEN), "regex_list": rng.sample(REGEXES, k=rng.randint(1, 3)),
    },
    "ExpectColumnValuesToBeUnique": _column(ANY),
    "ExpectColumnValuesToBeIncreasing": lambda rng: {
        "column": _one(rng, SIGNED, DAYS, ["span", "time_zoned"]), "strictly": rng.random() < 0.5,
    },
    "ExpectColumnValuesToBeDecreasing": lambda rng: {
        "column": _one(rng, SIGNED, DAYS, ["span", "time_zoned"]), "strictly": rng.random() < 0.5,
    },
    "ExpectColumnValuesToBeOfType": lambda rng: (
        lambda name: {"column": name, "type_": rng.choice(_typed([name, "int", "text_full"]))}
    )(rng.choice(["int", "whole32", "small", "float_b", "text_full"])),
    "ExpectColumnValuesToBeInTypeList": lambda rng: (
        lambda name: {"column": name, "type_list": _typed([rng.choice(["int", name]), "small"])}
    )(rng.choice(["int", "whole32", "small", "float_b", "text_full"])),
    "ExpectColumnValuesToBeDateutilParseable": _column(["when", "text", "text_full"]),
    "ExpectColumnValuesToBeJsonParseable": _column(["json", "when", "text"]),
    "ExpectColumnValuesToMatchJsonSchema": lambda rng: {
        "column": "json",
        "json_schema": rng.choice([
            {"type": "object", "properties": {"a": {"type": "integer"}}}, {"type": "array"}, {},
        ]),
    },
    "ExpectColumnValuesToMatchStrftimeFormat": lambda rng: {
        "column": _one(rng, ["when", "text"]),
        "strftime_format": rng.choice(["%Y-%m-%d", "%d/%m/%Y"]),
    },
    "ExpectColumnValueZScoresToBeLessThan": lambda rng: {
        "column": _one(rng, NUMBERS), "threshold": rng.choice([0.5, 1, 2]),
        "double_sided": rng.random() < 0.5,
    },
    "ExpectColumnValuesToNotBeOutliers": lambda rng: {
        "column": _one(rng, NUMBERS), "method": rng.choice(["iqr", "std"]),
        "multiplier": rng.choice([0.5, 1.0, 1.5]),
    },
    "ExpectColumnPairValuesAToBeGreaterThanB": lambda rng: {
        **_pair(rng), "or_equal": rng.random() < 0.5,
    },
    "ExpectColumnPairValuesToBeEqual": _pair,
    "ExpectColumnPairValuesToBeInSet": _pair_in_set,
    "ExpectCompoundColumnsToBeUnique": _many(
        [["int", "int_b"], ["text", "text_b", "int"], ["day", "flag"], ["float", "flag", "text"]]
    ),
    "ExpectMulticolumnSumToEqual": _sum,
    "ExpectMulticolumnValuesToBeEqual": _many(ALIKE),
    "ExpectSelectColumnValuesToBeUniqueWithinRecord": _many(ALIKE),
}  # fmt: skip


def random_condition(rng: random.Random) -> Any:
    """A row condition that pandas can compute, or none.

    `!=` and not-in over a column with empty fields are left out: there the engines differ by what
    they are (see the README), and a test of its own holds the difference.
    """
    if rng.random() < 0.45:
        return None

    def simple() -> Any:
        return rng.choice([
            lambda: Column("int") > rng.randint(-5, 8),
            lambda: Column("int") != rng.randint(-5, 8),
            lambda: Column("int_empty") <= rng.randint(-5, 8),
            lambda: Column("float") >= rng.randint(-9, 9) / 2,
            lambda: Column("text") == rng.choice(WORDS[1:]),
            lambda: Column("text_full") != rng.choice(WORDS[1:]),
            lambda: Column("text").is_in(rng.sample(WORDS, k=3)),
            lambda: Column("int").is_not_in([rng.randint(-5, 8) for _ in range(3)]),
            lambda: Column("int_b").is_in([rng.randint(-5, 8) for _ in range(5)]),
            lambda: Column("flag") == (rng.random() < 0.5),
            lambda: Column("enum") < rng.choice(CATEGORIES),
            lambda: Column("enum") >= rng.choice(CATEGORIES),
            lambda: Column(rng.choice(DAYS)) > _bound(rng, "day"),
            lambda: Column(rng.choice(DAYS)) <= _bound(rng, "day").isoformat(),
            lambda: Column(rng.choice(DAYS)) >= rng.choice(["2024-03", "2024-04", "2024-04-01"]),
            lambda: Column("day") == _bound(rng, "day").date(),
            lambda: Column("time_zoned") < _bound(rng, "time_zoned"),
            lambda: Column("decimal") >= rng.randint(-40, 40) / 4,
            lambda: Column("category").is_in(rng.sample([*CATEGORIES, "elsewhere"], k=2)),
            lambda: Column(rng.choice(ANY + OPAQUE)).is_null(),
            lambda: Column(rng.choice(ANY)).is_not_null(),
        ])()  # fmt: skip

    shape = rng.random()
    if shape < 0.6:
        return simple()
    if shape < 0.8:
        return simple() & simple()
    return (simple() & simple()) | simple() if shape < 0.9 else simple() | simple()


def random_expectation(rng: random.Random, rule: str, name: str | None = None) -> Any:
    """An expectation with random arguments, condition and `mostly`; of any kind, unless named."""
    name = name or rng.choice(list(EXPECTATIONS))
    given = EXPECTATIONS[name](rng)
    if rng.random() < 0.3:
        given["mostly"] = rng.choice([0.5, 0.8, 0.95])
    if (condition := random_condition(rng)) is not None:
        given["row_condition"] = condition
    return getattr(gxe, name)(**given, meta={"rule": rule})
