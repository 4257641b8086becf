"""Rules become Great Expectations suites, one for each kind of record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from config.errors import Fault
from expectations.catalogue import Rule
from expectations.night import Night
from expectations.when import Coverage, Test, read_tests, setting

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite

#: Great Expectations knows three severities.
_SEVERITY = {"critical": "critical", "high": "warning", "medium": "warning", "low": "info"}

#: Expectations that are about emptiness itself: an empty field does not leave them out.
ABOUT_EMPTY = frozenset(["expect_column_values_to_be_null", "expect_column_values_to_not_be_null"])


def coverage(rule: Rule, night: Night) -> Coverage:
    """The records that a rule covers.

    A record with an empty field in the expectation is not covered, unless emptiness is what the
    expectation is about.

    Raises:
        ValueError: A test is not one of the forms allowed, or names no setting.
    """
    tests = list(read_tests(rule.when, night))
    if rule.order_types:
        tests.append(Test("order_type", "in", rule.order_types))
    if rule.expect.get("type") not in ABOUT_EMPTY:
        tests += [Test(name, "present") for name in rule.expected_columns]
    exempt = tuple(read_tests(group, night) for group in rule.exempt)
    return Coverage(tuple(dict.fromkeys(tests)), exempt)


def coverage_column(rule: Rule) -> str:
    """The column of a rule's coverage, where a row condition cannot say it."""
    return f"covered by {rule.id}"


def expectation(rule: Rule, night: Night) -> dict[str, Any]:
    """The rule as the configuration of an expectation.

    Raises:
        ValueError: As `coverage`.
    """
    kwargs = {key: _argument(v, night) for key, v in rule.expect.items() if key != "type"}
    condition = coverage(rule, night).condition(coverage_column(rule))
    if condition is not None:
        kwargs["row_condition"] = condition
    return {
        "type": rule.expect["type"],
        "kwargs": kwargs,
        # Suites drop an expectation equal to another but for its meta: the id is in both.
        "description": rule.id,
        "meta": {"rule": rule.id, "version": rule.version},
        "severity": _SEVERITY[rule.severity],
    }


def suite(records: str, rules: Iterable[Rule], night: Night) -> ExpectationSuite:
    """The suite of one kind of record.

    Raises:
        ValueError: As `coverage`, or Great Expectations does not know an expectation.
    """
    import great_expectations as gx

    configurations = [expectation(rule, night) for rule in rules]
    return gx.ExpectationSuite(name=records, expectations=configurations)


class Unsayable(NamedTuple):
    """A rule that Great Expectations would not take.

    Attributes:
        rule: The rule.
        key: The key of the rule that is wrong.
        reason: Why.
    """

    rule: str
    key: str
    reason: str


def unsayable(rules: Iterable[Rule], night: Night) -> Iterator[Unsayable]:
    """Rules whose tests or expectation Great Expectations would not take."""
    for rule in rules:
        if not rule.expect:
            continue
        key = "when"
        try:
            coverage(rule, night)
            key = "expect"
            if not suite(rule.records, [rule], night).expectations:
                # Great Expectations leaves out, and only logs, what it does not know.
                raise ValueError(f"Great Expectations has no `{rule.expect['type']}`")
        except Exception as error:
            yield Unsayable(rule.id, key, " ".join(str(error).split()))


def expectation_faults(rules: Iterable[Rule], night: Night) -> list[Fault]:
    """Rules that Great Expectations would not take, as faults of their files."""
    by_id = {rule.id: rule for rule in rules}
    return [
        by_id[found.rule].entry.fault(f"{found.rule}: {found.reason}", found.key)
        for found in unsayable(by_id.values(), night)
    ]


def _argument(value: Any, night: Night) -> Any:
    if isinstance(value, Mapping) and set(value) == {"setting"}:
        return setting(str(value["setting"]), night)
    return (
        {"today": night.business_date, "asof": night.asof}.get(value, value)
        if isinstance(value, str)
        else value
    )
