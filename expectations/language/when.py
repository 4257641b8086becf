"""Which records a rule covers: `when` and `exempt`, as Polars and as Great Expectations read them.

Both readings come from the same tests, so that what Great Expectations evaluates and what the
ledger calls covered are the same records.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from functools import reduce
from typing import TYPE_CHECKING, Any

import polars as pl

from expectations.night import Night

if TYPE_CHECKING:
    from great_expectations.expectations.row_conditions import Condition

_ORDER: Mapping[str, Callable[[Any, Any], Any]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}

#: What a test may say beside a value, a list, `present` and `absent`.
OPERATORS = frozenset([*_ORDER, "ne"])

Value = str | int | float | bool | date | datetime


@dataclass(frozen=True)
class Test:
    """What one field must be.

    Attributes:
        field: The field or fact.
        op: `is`, `in`, `present`, `absent`, `gt`, `ge`, `lt`, `le` or `ne`.
        value: What it is compared with, settings already in place.
    """

    #: pytest must not collect this class.
    __test__ = False

    field: str
    op: str
    value: Value | tuple[Value, ...] | None = None

    @property
    def listed(self) -> tuple[Value, ...]:
        """The values of a list."""
        return self.value if isinstance(self.value, tuple) else ()

    def expression(self) -> pl.Expr:
        """True or false, never empty: an empty field meets only `absent`."""
        column = pl.col(self.field)
        match self.op:
            case "present":
                return column.is_not_null()
            case "absent":
                return column.is_null()
            case "in":
                return column.is_in(list(self.listed)).fill_null(False)
            case "is":
                return (column == pl.lit(self.value)).fill_null(False)
            case "ne":
                return (column != pl.lit(self.value)).fill_null(False)
        return _ORDER[self.op](column, pl.lit(self.value)).fill_null(False)  # type: ignore[no-any-return]

    def condition(self) -> Condition:
        """The test as a row condition of Great Expectations."""
        from great_expectations.expectations.row_conditions import Column

        column = Column(self.field)
        match self.op:
            case "present":
                return column.is_not_null()
            case "absent":
                return column.is_null()
            case "in":
                return column.is_in(list(self.listed))
            case "is":
                return column == self.value
            case "ne":
                return (column != self.value) & column.is_not_null()
        return _ORDER[self.op](column, self.value)  # type: ignore[no-any-return]

    @property
    def sayable(self) -> bool:
        """Whether a row condition can say it: its lists hold words and numbers only."""
        return all(type(value) in (str, int, float) for value in self.listed)


@dataclass(frozen=True)
class Coverage:
    """The records that a rule covers.

    Attributes:
        when: Tests that must all hold.
        exempt: Groups of tests; a record that meets all of any group is left out.
    """

    when: tuple[Test, ...]
    exempt: tuple[tuple[Test, ...], ...] = ()

    def expression(self) -> pl.Expr:
        """True for the records covered."""
        covered = reduce(operator.and_, (t.expression() for t in self.when), pl.lit(True))
        for group in self.exempt:
            covered &= ~reduce(operator.and_, (test.expression() for test in group))
        return covered

    @property
    def sayable(self) -> bool:
        """Whether a row condition can say it: Great Expectations takes no `or` within an `and`."""
        return not self.exempt and all(test.sayable for test in self.when)

    def condition(self, column: str) -> Condition | None:
        """The coverage as a row condition, or None where every record is covered.

        Args:
            column: The name of the column that holds `expression()`, for a coverage that a row
                condition cannot say.
        """
        if not self.sayable:
            return Test(column, "is", True).condition()
        parts = [test.condition() for test in self.when]
        return reduce(operator.and_, parts) if parts else None

    @property
    def fields(self) -> frozenset[str]:
        """The fields that it reads."""
        tests = (*self.when, *(test for group in self.exempt for test in group))
        return frozenset(test.field for test in tests)


def read_tests(mapping: Mapping[str, Any], night: Night) -> tuple[Test, ...]:
    """The tests that a `when` or an `exempt` mapping says.

    Raises:
        ValueError: A test is not one of the forms allowed, or names no setting.
    """
    return tuple(test for field, spec in mapping.items() for test in _tests(field, spec, night))


def _tests(field: str, spec: Any, night: Night) -> Iterable[Test]:
    match spec:
        case "present" | "absent":
            yield Test(field, spec)
        case []:
            raise ValueError(f"`{field}: []` allows nothing; say which values")
        case list() if any(isinstance(value, list | dict) for value in spec):
            raise ValueError(f"`{field}`: a list holds plain values, such as [a, b]")
        case list():
            yield Test(field, "in", tuple(spec))
        case {"setting": name} if len(spec) == 1:
            value = setting(name, night)
            yield (
                Test(field, "in", tuple(value))
                if isinstance(value, list | tuple)
                else Test(field, "is", value)
            )
        case dict() if not spec:
            raise ValueError(f"`{field}: {{}}` says nothing; say `present` or `absent`")
        case dict():
            for op, value in spec.items():
                if op not in OPERATORS:
                    allowed = ", ".join(sorted(OPERATORS))
                    raise ValueError(f"`{field}: {{{op}: ...}}`; allowed: {allowed}, setting")
                if value is None or isinstance(value, list):
                    raise ValueError(f"`{field}: {{{op}: ...}}` needs one value")
                yield Test(field, op, _value(value, night))
        case None:
            raise ValueError(f"`{field}` has no value; say `present` or `absent`")
        case _:
            yield Test(field, "is", _value(spec, night))


def _value(value: Any, night: Night) -> Any:
    if isinstance(value, dict) and set(value) == {"setting"}:
        return setting(value["setting"], night)
    return {"today": night.business_date, "asof": night.asof}.get(value, value)


def setting(name: str, night: Night) -> Any:
    """The value of a named threshold.

    Raises:
        ValueError: There is none of that name.
    """
    if name not in night.thresholds:
        near = get_close_matches(name, night.thresholds, n=2, cutoff=0.6)
        meant = f"; did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else ""
        raise ValueError(f"there is no setting `{name}` in thresholds.toml{meant}")
    return night.thresholds[name].value
