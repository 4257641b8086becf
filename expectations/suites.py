"""Rules become Great Expectations suites, one for each kind of record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

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


def expectation_faults(rules: Iterable[Rule], night: Night) -> list[Fault]:
    """Rules whose tests or expectation Great Expectations would not take."""
    faults = []
    for rule in rules:
        if not rule.expect:
            continue
        key = "expect"
        try:
            key = "when"
            coverage(rule, night)
            key = "expect"
            suite(rule.records, [rule], night)
        except Exception as error:
            reason = str(error).strip().split("\n", 1)[0]
            faults.append(rule.entry.fault(f"{rule.id}: {reason}", key))
    return faults


def _argument(value: Any, night: Night) -> Any:
    if isinstance(value, Mapping) and set(value) == {"setting"}:
        return setting(str(value["setting"]), night)
    return (
        {"today": night.business_date, "asof": night.asof}.get(value, value)
        if isinstance(value, str)
        else value
    )
