"""Rules become Great Expectations suites, one for each kind of record."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from config.errors import Fault
from expectations.catalogue.catalogue import Rule
from expectations.language import Coverage, Test, read_tests, setting
from expectations.night import Night

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite

#: Great Expectations knows three severities.
_SEVERITY = {"critical": "critical", "high": "warning", "medium": "warning", "low": "info"}

#: Expectations that are about emptiness itself: an empty field does not leave them out.
ABOUT_EMPTY = frozenset(["expect_column_values_to_be_null", "expect_column_values_to_not_be_null"])

#: Arguments that say what is right. Great Expectations takes some of them as all-embracing where
#: they are missing: the rule would then pass every record.
_SAYING = frozenset(
    "regex regex_list like_pattern like_pattern_list strftime_format json_schema value_set "
    "value_pairs_set type_ type_list".split()
)
_PATTERNS = ("regex", "regex_list")


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
    kwargs = {key: argument(v, night) for key, v in rule.expect.items() if key != "type"}
    condition = coverage(rule, night).condition(coverage_column(rule))
    if condition is not None:
        kwargs["row_condition"] = condition
    return {
        "type": rule.expect["type"],
        "kwargs": kwargs,
        # Suites drop an expectation equal to another but for its meta: the id is in both.
        "description": rule.id,
        "meta": {"rule": rule.id, "version": rule.version},
        "severity": _SEVERITY.get(rule.severity, "info"),
    }


def suite(records: str, rules: Iterable[Rule], night: Night) -> ExpectationSuite:
    """The suite of one kind of record.

    Raises:
        ValueError: As `coverage`, or Great Expectations does not know an expectation.
    """
    import great_expectations as gx

    # What it does not know, it leaves out and logs at length: `wanting` says it in a sentence.
    logging.getLogger("great_expectations.core.expectation_suite").setLevel(logging.CRITICAL)
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
            arguments = expectation(rule, night)["kwargs"]
            if found := list(wanting(rule.expect["type"], arguments)):
                raise ValueError("; ".join(found))
            if not suite(rule.records, [rule], night).expectations:
                # Great Expectations leaves out, and only logs, what it does not know.
                raise ValueError(f"Great Expectations has no `{rule.expect['type']}`")
        except Exception as error:
            yield Unsayable(rule.id, key, " ".join(str(error).split()))


def wanting(name: str, arguments: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with an expectation and its arguments, in plain words.

    Args:
        name: The expectation.
        arguments: Its arguments, settings in place.
    """
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    known = [n for n in list_registered_expectation_implementations() if n.startswith("expect_")]
    if name not in known:
        near = get_close_matches(name, known, n=2, cutoff=0.75)
        meant = f"; did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else ""
        yield f"Great Expectations has no `{name}`{meant}"
        return
    form = get_expectation_impl(name)
    if not getattr(form, "map_metric", None):
        yield f"`{name}` judges a whole table; a rule needs one that judges each record"
        return
    if "mostly" in arguments:
        yield "`mostly` is not for rules: every record that fails is an exception"
    for argument in sorted(_SAYING & form.__fields__.keys() - arguments.keys()):
        yield f"`expect` has no `{argument}`"
    for pattern in (p for key in _PATTERNS for p in _listed(arguments.get(key, ()))):
        if amiss := _unreadable(pattern):
            yield f"`{pattern}` is not a pattern that can be read: {amiss}"
    try:
        form(**arguments)
    except Exception as error:
        yield from _plainly(error, form.__fields__)


def _unreadable(pattern: str) -> str:
    """Why a rule may not have a regex; nothing where it may.

    Polars ends with a text in a time that its length bounds. Python, which the engine takes for
    what Polars does not read, may run for ever on a text of forty letters: rules do without.
    """
    from expectations.polars_engine import BadArgument
    from expectations.polars_engine.forms.patterns import is_native

    try:
        if is_native(pattern):
            return ""
    except BadArgument:
        return "a bracket or a sign is amiss"
    return "look-ahead, look-behind, back-references and sets within sets are not for rules"


def _listed(value: Any) -> Iterator[str]:
    yield from (str(item) for item in (value if isinstance(value, list | tuple) else [value]))


def _plainly(error: Exception, fields: Iterable[str]) -> Iterator[str]:
    problems: Iterable[Mapping[str, Any]] = getattr(error, "errors", list)()
    said: dict[str, None] = {}
    for problem in problems:
        key = str(problem["loc"][0])
        match str(problem["type"]):
            case "value_error.missing" if key not in _SAYING:
                said[f"`expect` has no `{key}`"] = None
            case "value_error.missing":
                pass  # told already
            case "value_error.extra":
                near = get_close_matches(key, fields, n=2, cutoff=0.6)
                meant = f"; did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else ""
                said[f"`expect` has an unknown argument `{key}`{meant}"] = None
            case "type_error.list" | "type_error.dict":
                said[f"`{key}` must be a list, in square brackets"] = None
            case "type_error.str":
                said[f"`{key}` must be one word, not a list"] = None
            case "value_error" if "cannot both be None" in problem["msg"]:
                said["`expect` needs `min_value`, `max_value` or both"] = None
            case _:
                words = problem["msg"] if key == "__root__" else f"`{key}`: {problem['msg']}"
                said[str(words)] = None
    yield from said or ([] if problems else [" ".join(str(error).split())])


def expectation_faults(rules: Iterable[Rule], night: Night) -> list[Fault]:
    """Rules that Great Expectations would not take, as faults of their files."""
    by_id = {rule.id: rule for rule in rules}
    return [
        by_id[found.rule].entry.fault(f"{found.rule}: {found.reason}", found.key)
        for found in unsayable(by_id.values(), night)
    ]


def argument(value: Any, night: Night) -> Any:
    """An argument of an expectation, settings in place.

    Raises:
        ValueError: There is no setting of that name.
    """
    if isinstance(value, Mapping) and set(value) == {"setting"}:
        return setting(str(value["setting"]), night)
    return (
        {"today": night.business_date, "asof": night.asof}.get(value, value)
        if isinstance(value, str)
        else value
    )
