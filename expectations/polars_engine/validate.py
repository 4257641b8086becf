"""A frame and a suite in; an outcome for each rule and the failing keys out."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl

from .batch import PolarsBatchData
from .errors import CouldNotCompute
from .hooks import BatchDefinition, Expectation, ExpectationSuite, ephemeral_context
from .keys import RuleName, data_of, failing_keys, failing_of, named, rule_of
from .map_metrics import columns_of
from .quick import quick
from .results import RuleResult, outcomes

_lock = threading.Lock()
_local = threading.local()
_numbers = itertools.count()
_contexts: list[Any] = []


class Validation(NamedTuple):
    """The outcome of each rule, and the keys of the rows that broke it (`rule`, key columns)."""

    results: list[RuleResult]
    failing_keys: pl.DataFrame


@dataclass(frozen=True)
class Run:
    """A validation and what can still be asked of it.

    Attributes:
        results: The outcome of each rule, in the order of the suite.
        failing_keys: `rule` and the key columns: a row for each rule and record that broke it.
        gx_result: GX's own result, in BOOLEAN_ONLY: it holds nothing of a record.
        data: The frame, and what was asked of it.
    """

    results: list[RuleResult]
    failing_keys: pl.DataFrame
    gx_result: Any
    data: PolarsBatchData
    _rules: dict[str, Any]
    _key_columns: tuple[str, ...]

    def covered(self, rule: str) -> pl.Series:
        """The rows that a row-level rule judged, as a Boolean for every row of the frame.

        Raises:
            KeyError: No rule of that name is in the suite.
            CouldNotCompute: The rule could not run, or does not judge rows.
        """
        return failing_of(self.data, self._rules[rule]).covered_mask()

    def covered_keys(self, rule: str) -> pl.DataFrame:
        """The keys of the rows that a row-level rule judged."""
        frame = self.data.frame(self._key_columns).select(self._key_columns)
        return frame.filter(self.covered(rule))


def run(
    frame: pl.DataFrame | pl.LazyFrame,
    suite: Any,
    key_columns: Sequence[str],
    name: RuleName = rule_of,
) -> Run:
    """Validate a frame through GX, in a context of its own that stores nothing.

    Args:
        frame: The records. A LazyFrame is collected once, with the columns that are needed.
        suite: An `ExpectationSuite`, or expectations.
        key_columns: Columns that tell a record from others.
        name: Gives the name of an expectation's rule; by default `meta["rule"]`.

    Raises:
        MissingColumn: The frame does not have a key column.
        BadArgument: Two expectations share the name of a rule.
    """
    rules = named(suite, name)
    quickened = [_named_copy(expectation, rule) for rule, expectation in rules.items()]
    gx_suite = ExpectationSuite(name="suite", expectations=quickened)
    whole = _batches()
    engine = whole.data_asset.datasource.get_execution_engine()
    engine.keep = tuple(key_columns)
    try:
        batch = whole.get_batch(batch_parameters={"dataframe": frame})
        data_of(batch).need(key_columns)
        refused: dict[str, RuleResult] = {}
        try:
            found = batch.validate(gx_suite, result_format="BOOLEAN_ONLY")
        except Exception:
            refused = _refused(quickened, data_of(batch))
            if not refused:
                raise
            gx_suite.expectations = [e for e in quickened if rule_of(e) not in refused]
            found = batch.validate(gx_suite, result_format="BOOLEAN_ONLY")
        data = data_of(batch)
    finally:
        engine.forget()  # the frame is the caller's to keep or to let go
    results = [refused.get(one.rule, one) for one in outcomes(data, quickened, found)]
    keys = failing_keys(data, quickened, key_columns)
    return Run(results, keys, found, data, rules, tuple(key_columns))


def validate(
    frame: pl.DataFrame | pl.LazyFrame,
    suite: Any,
    key_columns: Sequence[str],
    name: RuleName = rule_of,
) -> Validation:
    """The outcome of each rule and the keys of the rows that broke it; see `run`."""
    done = run(frame, suite, key_columns, name)
    return Validation(done.results, done.failing_keys)


def _refused(expectations: Sequence[Expectation], data: PolarsBatchData) -> dict[str, RuleResult]:
    """The expectations that GX fails to plan, each of which would take the suite down."""
    found: dict[str, RuleResult] = {}
    for expectation in expectations:
        try:
            expectation.get_validation_dependencies(execution_engine=data.execution_engine)
        except Exception as error:  # may quote values, so it is not told
            reason = f"Great Expectations stopped with {type(error).__name__} while planning it"
            try:
                data.need(columns_of(expectation.configuration.kwargs))
            except CouldNotCompute as missing:
                reason = str(missing)
            rule = rule_of(expectation)
            found[rule] = RuleResult(rule, "could_not_run", None, None, None, reason)
    return found


def _named_copy(expectation: Expectation, rule: str) -> Expectation:
    made = quick(expectation)
    made.id, made.meta = None, (made.meta or {}) | {"rule": rule}
    return made


def _batches() -> BatchDefinition[Any]:
    """The batch definition of this thread.

    Two threads that validate on one asset of GX get one another's results, so each has its own.
    """
    found: BatchDefinition[Any] | None = getattr(_local, "batches", None)
    if found is None:
        with _lock:
            if not _contexts:
                os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
                _contexts.append(ephemeral_context())
            source = _contexts[0].data_sources.add_polars(
                f"polars {next(_numbers)}",
                shows_values=True,  # to no one: nothing is asked for but verdicts
            )
            asset = source.add_dataframe_asset("frame")
            found = asset.add_batch_definition_whole_dataframe("whole")
        _local.batches = found
    return found
