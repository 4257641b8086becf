"""What became of each rule: it ran, or it could not, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from .batch import PolarsBatchData
from .errors import CouldNotCompute
from .hooks import Batch
from .keys import RuleName, data_of, failing_of, is_row_level, named, rule_of


@dataclass(frozen=True)
class RuleResult:
    """The outcome of one expectation.

    Attributes:
        rule: The name of the rule.
        status: `ran`, or `could_not_run`: then nothing is known of the records.
        success: GX's verdict (with `mostly`); None when it could not run.
        evaluated: How many rows were judged: those that meet the row condition, without the empty
            fields that the expectation leaves out. None when it does not judge rows.
        failed: How many of those broke the rule; None when it does not judge rows.
        reason: Why it could not run.
    """

    rule: str
    status: Literal["ran", "could_not_run"]
    success: bool | None
    evaluated: int | None
    failed: int | None
    reason: str | None = None


def outcomes(
    batch: Batch | PolarsBatchData, suite: Any, result: Any, name: RuleName = rule_of
) -> list[RuleResult]:
    """The outcome of each expectation of a suite that was validated.

    Args:
        batch: The batch that was validated.
        suite: The suite, or its expectations.
        result: GX's `ExpectationSuiteValidationResult`.
        name: Gives the name of an expectation's rule.

    Returns:
        One result a rule, in the order of the suite.
    """
    data, rules = data_of(batch), named(suite, name)
    verdicts = {name(r.expectation_config.to_domain_obj()): r for r in result.results}
    return [_outcome(data, rule, e, verdicts.get(rule)) for rule, e in rules.items()]


def _outcome(data: PolarsBatchData, rule: str, expectation: Any, verdict: Any) -> RuleResult:
    def could_not_run(reason: str) -> RuleResult:
        return RuleResult(rule, "could_not_run", None, None, None, reason)

    if verdict is None:
        return could_not_run("GX gave no result for it: does another expectation equal it?")
    if reasons := list(_reasons(verdict.exception_info)):
        return could_not_run("; ".join(dict.fromkeys(reasons)))
    if not is_row_level(expectation):
        return RuleResult(rule, "ran", bool(verdict.success), None, None)
    try:
        failing = failing_of(data, expectation)
        failed = int(failing.unexpected.value.sum())
        evaluated = int(failing.evaluated.value)
    except CouldNotCompute as error:
        return could_not_run(str(error))
    return RuleResult(rule, "ran", bool(verdict.success), evaluated, failed)


def _reasons(exception_info: Any) -> Iterable[str]:
    """What GX caught, in one of the two shapes in which it tells."""
    if not exception_info:
        return
    if "raised_exception" in exception_info:
        if exception_info["raised_exception"]:
            yield str(exception_info["exception_message"])
        return
    for info in exception_info.values():
        yield str(info["exception_message"])
