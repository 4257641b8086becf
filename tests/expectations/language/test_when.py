"""`when`, `exempt` and the expectation, against a plain Python reading of the same YAML."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.language.when import Coverage, read_tests
from expectations.night import Night, Threshold

TODAY = date(2026, 11, 24)
ASOF = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
NIGHT = Night(
    business_date=TODAY,
    asof=ASOF,
    calendar=SimpleNamespace(excluded=(), disputed=(), bank_holidays=()),
    thresholds={"limit": Threshold(2, "count"), "kinds": Threshold(("a", "b"), "list")},
    pulled_at=ASOF,
)
SCHEMA = {
    "word": pl.String,
    "number": pl.Int64,
    "flag": pl.Boolean,
    "day": pl.Date,
    "moment": pl.Datetime("us", "UTC"),
}
VALUES = {
    "word": st.sampled_from(["a", "b", "c", ""]),
    "number": st.integers(-3, 3),
    "flag": st.booleans(),
    "day": st.dates(TODAY - timedelta(days=3), TODAY + timedelta(days=3)),
    "moment": st.sampled_from([ASOF + timedelta(hours=h) for h in (-2, -1, 0, 1)]),
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, values in VALUES.items()}),
    min_size=1,
    max_size=12,
)
_COMPARE = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "ne": operator.ne,
}


def spec(name: str) -> st.SearchStrategy[Any]:
    """One way of saying what a field must be."""
    values = VALUES[name]
    ways: list[st.SearchStrategy[Any]] = [
        st.just("present"),
        st.just("absent"),
        values.filter(lambda v: v not in ("present", "absent")),
        st.lists(values, min_size=1, max_size=3),
    ]
    if name != "flag":
        ways.append(st.builds(lambda op, v: {op: v}, st.sampled_from(sorted(_COMPARE)), values))
    if name == "number":
        ways += [st.just({"setting": "limit"}), st.just({"ge": {"setting": "limit"}})]
    if name == "word":
        ways.append(st.just({"setting": "kinds"}))
    if name == "day":
        ways += [st.just({"le": "today"}), st.just({"gt": "today"})]
    if name == "moment":
        ways.append(st.just({"lt": "asof"}))
    return st.one_of(ways)


MAPPINGS = st.lists(st.sampled_from(sorted(VALUES)), max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: spec(name) for name in names})
)
GROUPS = st.lists(MAPPINGS.filter(bool), max_size=2)


def holds(value: Any, said: Any) -> bool:
    """One field of one record, as a person reads the rule."""
    if said == "absent":
        return value is None
    if value is None:
        return False
    if said == "present":
        return True
    if isinstance(said, Mapping):
        if set(said) == {"setting"}:
            wanted = NIGHT.thresholds[said["setting"]].value
            return value in wanted if isinstance(wanted, tuple) else value == wanted
        return all(_COMPARE[op](value, meant(limit)) for op, limit in said.items())
    return value in said if isinstance(said, list) else value == said


def meant(limit: Any) -> Any:
    if isinstance(limit, Mapping):
        return NIGHT.thresholds[limit["setting"]].value
    return {"today": TODAY, "asof": ASOF}.get(limit, limit) if isinstance(limit, str) else limit


def covers(row: Mapping[str, Any], when: Mapping[str, Any], exempt: Sequence[Any]) -> bool:
    return all(holds(row[n], said) for n, said in when.items()) and not any(
        all(holds(row[n], said) for n, said in group.items()) for group in exempt
    )


@settings(max_examples=120)
@given(rows=ROWS, when=MAPPINGS, exempt=GROUPS)
def test_coverage_is_what_a_person_reads(
    rows: list[dict[str, Any]], when: dict[str, Any], exempt: list[dict[str, Any]]
) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA)
    coverage = Coverage(read_tests(when, NIGHT), tuple(read_tests(g, NIGHT) for g in exempt))
    found = frame.select(pl.lit(True).and_(coverage.expression()).alias("c")).to_series()
    expected = [covers(row, when, exempt) for row in rows]
    assert (found.to_list() * len(rows))[: len(rows)] == expected or found.to_list() == expected


def test_a_test_that_is_none_of_the_forms_is_refused() -> None:
    for wrong in ({"word": None}, {"number": {"above": 3}}, {"number": {"setting": "nothing"}}):
        with pytest.raises(ValueError, match=r"present|allowed|no setting"):
            read_tests(wrong, NIGHT)
