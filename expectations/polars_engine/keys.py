"""The keys of the rows that broke each rule, as one frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, cast

import polars as pl

from .auxiliary import Failing
from .batch import PolarsBatchData
from .errors import BadArgument, CouldNotCompute
from .hooks import Batch, Expectation
from .map_metrics import form_of

RuleName = Callable[[Expectation], str]


def rule_of(expectation: Expectation) -> str:
    """The rule's name: `meta["rule"]`, or failing that the expectation's id or type."""
    meta = expectation.meta or {}
    return str(meta.get("rule") or expectation.id or expectation.expectation_type)


def expectations_of(suite: Any) -> list[Expectation]:
    """The expectations of a suite, or of a list of them.

    Raises:
        BadArgument: Two share the name of a rule, so that their keys could not be told apart.
    """
    return list(getattr(suite, "expectations", suite))


def named(suite: Any, name: RuleName) -> dict[str, Expectation]:
    """The expectations of a suite by the name of their rule.

    Raises:
        BadArgument: Two share a name.
    """
    found: dict[str, Expectation] = {}
    for expectation in expectations_of(suite):
        rule = name(expectation)
        if rule in found:
            raise BadArgument(
                f'two expectations are called "{rule}": give each its own meta["rule"]'
            )
        found[rule] = expectation
    return found


def data_of(batch: Batch | PolarsBatchData) -> PolarsBatchData:
    """The data of a batch, with what was answered when it was last validated."""
    if isinstance(batch, PolarsBatchData):
        return batch
    data = cast("PolarsBatchData", batch.data)
    engine = data.execution_engine
    loaded = engine.batch_manager.batch_data_cache.get(batch.id)
    if isinstance(loaded, PolarsBatchData) and loaded.source is data.source:
        return loaded
    return data


def is_row_level(expectation: Expectation) -> bool:
    """Whether an expectation judges rows one by one."""
    return bool(getattr(expectation, "map_metric", None))


def failing_of(data: PolarsBatchData, expectation: Expectation) -> Failing:
    """The rows that break a row-level expectation.

    Raises:
        CouldNotCompute: The expectation does not fit the frame, or has no Polars form.
    """
    form = form_of(str(getattr(expectation, "map_metric", None)))
    domain = {key: getattr(expectation, key, None) for key in form.domain_keys}
    values = {key: getattr(expectation, key, None) for key in form.value_keys}
    return form.ask(data, domain, values)


def failing_keys(
    batch: Batch | PolarsBatchData,
    suite: Any,
    key_columns: Sequence[str],
    name: RuleName = rule_of,
) -> pl.DataFrame:
    """The keys of the rows that broke each row-level rule, whatever the result format was.

    After a validation the rows are known and are only looked up; without one they are found here.
    A rule that could not be computed has no rows: see `outcomes` for which those are.

    Args:
        batch: A batch of a Polars asset.
        suite: An `ExpectationSuite`, or expectations.
        key_columns: Columns that tell a record from others.
        name: Gives the name of an expectation's rule.

    Returns:
        A row for each rule and record that broke it: `rule` (an Enum of the rules in the order of
        the suite) and the key columns; records in the order of the frame.

    Raises:
        MissingColumn: The frame does not have a key column.
        BadArgument: Two expectations share the name of a rule, or a key column is called "rule".
    """
    if "rule" in key_columns:
        raise BadArgument('a key column cannot be called "rule": that is the name of the rule')
    data, rules = data_of(batch), named(suite, name)
    data.need(key_columns)
    planned: dict[str, Failing] = {}
    for rule, expectation in rules.items():
        if is_row_level(expectation):
            try:
                planned[rule] = failing_of(data, expectation)
            except CouldNotCompute:
                continue
    return keys_frame(data, planned, list(rules), key_columns)


def keys_frame(
    data: PolarsBatchData,
    planned: dict[str, Failing],
    rules: Iterable[str],
    key_columns: Sequence[str],
) -> pl.DataFrame:
    """The keys of planned rules as one frame."""
    masks: dict[str, pl.Series] = {}
    for rule, failing in planned.items():
        with suppress(CouldNotCompute):
            masks[rule] = failing.unexpected.value
    names = pl.Series("rule", list(masks), pl.Enum(list(rules)))
    if not masks:
        types = {"rule": names.dtype} | {key: data.schema[key] for key in key_columns}
        return pl.DataFrame(schema=types)
    keys = data.frame(key_columns).select(key_columns)
    # a Series at a time: a frame's own filter costs a query plan for every rule
    counts = [int(mask.sum()) for mask in masks.values()]
    rule_column = pl.concat([names.new_from_index(i, n) for i, n in enumerate(counts)])
    found = (pl.concat([key.filter(m) for m in masks.values()]) for key in keys)
    return pl.DataFrame([rule_column, *found])
