"""Whole rules as YAML, as Orderwatch reads them and as a person does, on random records.

The YAML is read twice: by the catalogue, whose rule Great Expectations then judges, and by a
plain reader, whose words are judged here record by record. Every row-level expectation that a rule
may use has its sentence of Python below.
"""

from __future__ import annotations

import json
import operator
import random
import re
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from config.records import Records
from expectations.catalogue.catalogue import Rule, read_catalogue
from expectations.catalogue.suites import coverage
from expectations.evaluation.validate import validate
from expectations.facts.book import FactBook
from tests.expectations.language.test_when import ASOF, NIGHT, SCHEMA, TODAY, VALUES, covers, spec

RECORD = Mapping[str, Any]
KEPT_SCHEMA = SCHEMA | {
    "word_2": pl.String,
    "number_2": pl.Int64,
    "day_2": pl.Date,
    "share": pl.Float64,
    "text": pl.String,
}
CHOICES: dict[str, list[Any]] = {
    "word": ["a", "b", "c", ""],
    "number": list(range(-3, 4)),
    "flag": [True, False],
    "day": [TODAY + timedelta(days=n) for n in range(-3, 4)],
    "moment": [ASOF + timedelta(hours=h) for h in (-2, -1, 0, 1)],
    "share": [-1.5, 0.0, 0.25, 2.0, 30.0],
    "text": ["2026-01-31", "31/01/2026", "{}", '{"a": 1}', "AB-12", "a_b", "12%"],
}
#: Short enough for a column to be unique on some rows, long enough to leave few tests idle.
HEIGHTS = (1, 6, 40)
WHEN = st.lists(st.sampled_from(sorted(VALUES)), max_size=2, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: spec(name) for name in names})
)
EXEMPT = st.lists(WHEN.filter(bool), max_size=1)


def random_rows(rng: random.Random) -> list[dict[str, Any]]:
    """Records with about one field in eight empty."""
    return [
        {
            name: None if rng.random() < 0.12 else rng.choice(CHOICES[name.removesuffix("_2")])
            for name in KEPT_SCHEMA
        }
        for _ in range(rng.choice(HEIGHTS))
    ]


Judge = Callable[[Sequence[RECORD], RECORD], Sequence[bool]]


class Reading(NamedTuple):
    """An expectation: the arguments that a rule may give it, and which records are right."""

    arguments: st.SearchStrategy[dict[str, Any]]
    right: Judge
    about_empty: bool = False


def each(right: Callable[[Any, RECORD], bool]) -> Judge:
    """Judge the column of each record."""
    return lambda rows, said: [right(row[said["column"]], said) for row in rows]


def pair(right: Callable[[Any, Any, RECORD], bool]) -> Judge:
    """Judge two columns of each record."""
    return lambda rows, said: [
        right(row[said["column_A"]], row[said["column_B"]], said) for row in rows
    ]


def several(right: Callable[[list[Any], RECORD], bool]) -> Judge:
    """Judge the columns of a list, of each record."""
    return lambda rows, said: [right([row[c] for c in said["column_list"]], said) for row in rows]


def column(*names: str) -> st.SearchStrategy[str]:
    return st.sampled_from(names)


def of(**arguments: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Arguments, each a strategy or the value itself."""
    return st.fixed_dictionaries(
        {k: v if isinstance(v, st.SearchStrategy) else st.just(v) for k, v in arguments.items()}
    )


def within(value: Any, said: RECORD) -> bool:
    least, most = read(said.get("min_value")), read(said.get("max_value"))
    above = operator.gt if said.get("strict_min") else operator.ge
    below = operator.lt if said.get("strict_max") else operator.le
    return (least is None or above(value, least)) and (most is None or below(value, most))


def read(said: Any) -> Any:
    """An argument as the night reads it."""
    if isinstance(said, Mapping):
        return NIGHT.thresholds[said["setting"]].value
    return {"today": TODAY, "asof": ASOF}.get(said, said) if isinstance(said, str) else said


def like(value: str, pattern: str) -> bool:
    """A LIKE pattern of SQL: `%` for anything, `_` for one character."""
    words = {"%": ".*", "_": "."}
    return bool(re.fullmatch("".join(words.get(c, re.escape(c)) for c in pattern), value))


def once(values: list[Any]) -> list[bool]:
    seen = Counter(values)
    return [seen[value] == 1 for value in values]


def steps(compare: Callable[[Any, Any], bool]) -> Judge:
    """Judge each record by the one before it; the first is right."""

    def judge(rows: Sequence[RECORD], said: RECORD) -> list[bool]:
        values = [row[said["column"]] for row in rows]
        strictly = {operator.ge: operator.gt, operator.le: operator.lt}[compare]
        right = strictly if said.get("strictly") else compare
        return [True, *(right(b, a) for a, b in pairwise(values))][: len(values)]

    return judge


def parses(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def z_scores(rows: Sequence[RECORD], said: RECORD) -> list[bool]:
    values = [row[said["column"]] for row in rows]
    if len(values) < 2 or statistics.stdev(values) == 0:
        return [True] * len(values)
    middle, spread = statistics.mean(values), statistics.stdev(values)
    return [abs((v - middle) / spread) < said["threshold"] for v in values]


def near(rows: Sequence[RECORD], said: RECORD) -> list[bool]:
    values = [row[said["column"]] for row in rows]
    if len(values) < 2:
        return [True] * len(values)
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    reach = said["multiplier"] * (high - low)
    return [low - reach <= v <= high + reach for v in values]


def is_day(value: str, form: str) -> bool:
    try:
        datetime.strptime(value, form)
    except ValueError:
        return False
    return True


WORDS = column("word", "word_2", "text")
REGEX = st.sampled_from(["^[ab]$", r"\d", "^$", r"-\d{2}$", r"^(?!a)"])
LIKE = st.sampled_from(["%", "a%", "_", "__-12", "12%"])
ALIKE = st.sampled_from([["word", "word_2"], ["number", "number_2"], ["day", "day_2"]])
ORDERED = st.sampled_from([("number", "number_2"), ("day", "day_2")])
BETWEEN = st.one_of(
    of(column=column("number", "number_2", "share"), min_value=st.integers(-2, 1), max_value=1),
    of(column="number", min_value={"setting": "limit"}),
    of(column="number", min_value=-2, max_value=2, strict_min=st.booleans(), strict_max=True),
    of(column="day", max_value="today", strict_max=st.booleans()),
    of(column="day", min_value=st.dates(TODAY - timedelta(days=2), TODAY)),
    of(column="moment", min_value="asof"),
)
IN_SET = st.one_of(
    of(column=WORDS, value_set=st.lists(VALUES["word"], min_size=1, max_size=3)),
    of(column=column("number"), value_set=st.lists(VALUES["number"], min_size=1, max_size=4)),
    of(column="flag", value_set=[True]),
    of(column="word", value_set={"setting": "kinds"}),
)
PAIR = st.builds(lambda names: {"column_A": names[0], "column_B": names[1]}, ALIKE)

READINGS: dict[str, Reading] = {
    "expect_column_values_to_be_null": Reading(
        of(column=column(*KEPT_SCHEMA)), each(lambda v, _: v is None), about_empty=True
    ),
    "expect_column_values_to_not_be_null": Reading(
        of(column=column(*KEPT_SCHEMA)), each(lambda v, _: v is not None), about_empty=True
    ),
    "expect_column_values_to_be_in_set": Reading(
        IN_SET, each(lambda v, said: v in read(said["value_set"]))
    ),
    "expect_column_values_to_not_be_in_set": Reading(
        IN_SET, each(lambda v, said: v not in read(said["value_set"]))
    ),
    "expect_column_values_to_be_between": Reading(BETWEEN, each(within)),
    "expect_column_values_to_match_regex": Reading(
        of(column=WORDS, regex=REGEX), each(lambda v, said: bool(re.search(said["regex"], v)))
    ),
    "expect_column_values_to_not_match_regex": Reading(
        of(column=WORDS, regex=REGEX), each(lambda v, said: not re.search(said["regex"], v))
    ),
    "expect_column_values_to_match_regex_list": Reading(
        of(
            column=WORDS,
            regex_list=st.lists(REGEX, min_size=1, max_size=2),
            match_on=st.sampled_from(["any", "all"]),
        ),
        each(
            lambda v, said: {"any": any, "all": all}[said["match_on"]](
                re.search(r, v) for r in said["regex_list"]
            )
        ),
    ),
    "expect_column_values_to_not_match_regex_list": Reading(
        of(column=WORDS, regex_list=st.lists(REGEX, min_size=1, max_size=2)),
        each(lambda v, said: not any(re.search(r, v) for r in said["regex_list"])),
    ),
    "expect_column_values_to_match_like_pattern": Reading(
        of(column=WORDS, like_pattern=LIKE), each(lambda v, said: like(v, said["like_pattern"]))
    ),
    "expect_column_values_to_not_match_like_pattern": Reading(
        of(column=WORDS, like_pattern=LIKE),
        each(lambda v, said: not like(v, said["like_pattern"])),
    ),
    "expect_column_values_to_match_like_pattern_list": Reading(
        of(column=WORDS, like_pattern_list=st.lists(LIKE, min_size=1, max_size=2), match_on="all"),
        each(lambda v, said: all(like(v, p) for p in said["like_pattern_list"])),
    ),
    "expect_column_values_to_not_match_like_pattern_list": Reading(
        of(column=WORDS, like_pattern_list=st.lists(LIKE, min_size=1, max_size=2)),
        each(lambda v, said: not any(like(v, p) for p in said["like_pattern_list"])),
    ),
    "expect_column_value_lengths_to_be_between": Reading(
        of(column=WORDS, min_value=st.integers(0, 1), max_value=st.integers(1, 8)),
        each(lambda v, said: said["min_value"] <= len(v) <= said["max_value"]),
    ),
    "expect_column_value_lengths_to_equal": Reading(
        of(column=WORDS, value=st.integers(0, 5)), each(lambda v, said: len(v) == said["value"])
    ),
    "expect_column_values_to_be_unique": Reading(
        of(column=column("word", "number", "day", "text")),
        lambda rows, said: once([row[said["column"]] for row in rows]),
    ),
    "expect_column_values_to_be_increasing": Reading(
        of(column=column("number", "day"), strictly=st.booleans()), steps(operator.ge)
    ),
    "expect_column_values_to_be_decreasing": Reading(
        of(column=column("number", "day"), strictly=st.booleans()), steps(operator.le)
    ),
    "expect_column_values_to_be_of_type": Reading(
        of(column="number", type_=st.sampled_from(["Int64", "String"])),
        each(lambda _, said: said["type_"] == "Int64"),
    ),
    "expect_column_values_to_be_in_type_list": Reading(
        of(column="word", type_list=st.sampled_from([["String", "Date"], ["Int64"]])),
        each(lambda _, said: "String" in said["type_list"]),
    ),
    "expect_column_values_to_be_dateutil_parseable": Reading(
        of(column="text"), each(lambda v, _: "/" in v or v.startswith("2026"))
    ),
    "expect_column_values_to_match_strftime_format": Reading(
        of(column="text", strftime_format=st.sampled_from(["%Y-%m-%d", "%d/%m/%Y"])),
        each(lambda v, said: is_day(v, said["strftime_format"])),
    ),
    "expect_column_values_to_be_json_parseable": Reading(
        of(column="text"), each(lambda v, _: parses(v))
    ),
    "expect_column_values_to_match_json_schema": Reading(
        of(column="text", json_schema={"type": "object", "required": ["a"]}),
        each(lambda v, _: parses(v) and "a" in json.loads(v)),
    ),
    "expect_column_value_z_scores_to_be_less_than": Reading(
        of(column=column("number", "share"), threshold=1.0, double_sided=True), z_scores
    ),
    "expect_column_values_to_not_be_outliers": Reading(
        of(column=column("number", "share"), method="iqr", multiplier=1.0), near
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": Reading(
        st.builds(
            lambda names, equal: {
                "column_A": names[0], "column_B": names[1], "or_equal": equal,
            },
            ORDERED,
            st.booleans(),
        ),
        pair(lambda a, b, said: a >= b if said["or_equal"] else a > b),
    ),
    "expect_column_pair_values_to_be_equal": Reading(PAIR, pair(lambda a, b, _: a == b)),
    "expect_column_pair_values_to_be_in_set": Reading(
        of(column_A="word", column_B="word_2", value_pairs_set=[["a", "b"], ["c", "c"]]),
        pair(lambda a, b, said: [a, b] in said["value_pairs_set"]),
    ),
    "expect_compound_columns_to_be_unique": Reading(
        of(column_list=ALIKE),
        lambda rows, said: once([tuple(row[c] for c in said["column_list"]) for row in rows]),
    ),
    "expect_multicolumn_sum_to_equal": Reading(
        of(column_list=["number", "number_2"], sum_total=st.integers(-2, 2)),
        several(lambda values, said: sum(values) == said["sum_total"]),
    ),
    "expect_multicolumn_values_to_be_equal": Reading(
        of(column_list=ALIKE), several(lambda values, _: len(set(values)) == 1)
    ),
    "expect_select_column_values_to_be_unique_within_record": Reading(
        of(column_list=ALIKE), several(lambda values, _: len(set(values)) == len(values))
    ),
}  # fmt: skip

RULE = {
    "id": "OWN-001",
    "version": 1,
    "title": "A rule",
    "theme": "recording",
    "dimension": "validity",
    "severity": "low",
    "records": "things",
    "basis": [{"document": "Law", "item": "s.1", "says": "so", "verified": True}],
    "fix": "Mend it.",
}


def written(said: Mapping[str, Any]) -> str:
    """A rule as YAML."""
    text = StringIO()
    YAML(typ="safe").dump([said], text)
    return text.getvalue()


def catalogued(text: str, folder: Path) -> Rule:
    """The rule that the catalogue reads."""
    (folder / "own.yaml").write_text(text, encoding="utf-8")
    plain = SimpleNamespace(personal=False)
    records = SimpleNamespace(tables={"things": None}, field=lambda *_: plain)
    book = SimpleNamespace(has=lambda _, name: name in KEPT_SCHEMA, facts={})
    rules, faults = read_catalogue(cast("Records", records), cast("FactBook", book), (), (folder,))
    assert not faults
    return rules["OWN-001"]


def expected(rows: Sequence[RECORD], said: Mapping[str, Any]) -> tuple[list[int], list[int]]:
    """The records that the rule covers and those of them that fail, as a person reads it."""
    arguments = {k: v for k, v in said["expect"].items() if k != "type"}
    reading = READINGS[said["expect"]["type"]]
    named = [
        name
        for key in ("column", "column_A", "column_B", "column_list")
        for name in (
            [arguments[key]] if isinstance(arguments.get(key), str) else arguments.get(key, [])
        )
    ]
    covered = [
        number
        for number, row in enumerate(rows)
        if covers(row, said.get("when", {}), said.get("exempt", []))
        and (reading.about_empty or all(row[name] is not None for name in named))
    ]
    right = reading.right([rows[number] for number in covered], arguments)
    return covered, [number for number, ok in zip(covered, right, strict=True) if not ok]


@pytest.mark.parametrize("name", sorted(READINGS))
def test_a_rule_is_judged_as_a_person_reads_it(name: str, tmp_path: Path) -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=12, derandomize=True, database=None)
    @given(
        rng=st.randoms(use_true_random=True),
        when=WHEN,
        exempt=EXEMPT,
        arguments=READINGS[name].arguments,
    )
    def judged(
        rng: random.Random,
        when: dict[str, Any],
        exempt: list[dict[str, Any]],
        arguments: dict[str, Any],
    ) -> None:
        rows = random_rows(rng)
        said = RULE | {"when": when, "exempt": exempt, "expect": {"type": name, **arguments}}
        text = written(said)
        rule = catalogued(text, tmp_path)
        frame = pl.DataFrame(rows, schema=KEPT_SCHEMA).with_row_index("row")
        found = validate(frame, "things", [rule], NIGHT, row="row")
        assert not found.could_not_run
        covered, failing = expected(rows, YAML(typ="safe").load(text)[0])
        mask = frame.select(pl.col("row"), coverage(rule, NIGHT).expression().alias("c"))
        assert mask.filter("c").get_column("row").to_list() == covered
        assert sorted(found.failing["OWN-001"].to_list()) == failing
        seen["failing"] += len(failing)
        seen["right"] += len(covered) - len(failing)
        seen["left out"] += len(rows) - len(covered)

    judged()
    assert min(seen["failing"], seen["right"], seen["left out"]) > 0, seen


def test_every_row_level_expectation_has_its_reading() -> None:
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    known = {
        name
        for name in list_registered_expectation_implementations()
        if getattr(get_expectation_impl(name), "map_metric", None)
        and get_expectation_impl(name).__module__.startswith("great_expectations.")
        and not name.startswith("quick_")  # the engine's own subclasses of the same
    }
    assert set(READINGS) == known


def test_a_date_in_a_rule_is_a_date(tmp_path: Path) -> None:
    said = RULE | {
        "when": {"day": {"ge": date(2026, 11, 24)}},
        "expect": {"type": "expect_column_values_to_not_be_null", "column": "word"},
    }
    rows = [{"day": TODAY + timedelta(days=n), "word": None} for n in (-1, 0, 1)]
    frame = pl.DataFrame(rows, schema_overrides={"word": pl.String}).with_row_index("row")
    rule = catalogued(written(said), tmp_path)
    found = validate(frame, "things", [rule], NIGHT, row="row")
    assert found.failing["OWN-001"].to_list() == [1, 2]
