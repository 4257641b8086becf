"""One night's rules over one night's records: what fails, what passes, what could not be run.

Great Expectations validates; this module decides which rules can run, works out the facts that
they read, and turns failing rows into exceptions. What stands behind the validation is
`validate.py`: a frame and a suite in, failing rows and an outcome for each rule out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl

from config.records import Records
from expectations.catalogue import SOURCES, Catalogue, Rule, coverage
from expectations.evaluation.exceptions import (
    EXCEPTION_SCHEMA,
    KEY,
    exceptions_of,
    hide,
    instant_of,
    still_to_come,
)
from expectations.evaluation.outcomes import (
    SET_ASIDE,
    Outcome,
    broken_facts,
    can_run,
    outcome_frame,
    owned,
)
from expectations.evaluation.validate import validate
from expectations.extract import Extract
from expectations.facts import Column, FactBook, compute
from expectations.night import Night

_ROW = "__row"


@dataclass(frozen=True)
class Evaluation:
    """What the rules found on a night.

    Attributes:
        failing: Exceptions, columns of `EXCEPTION_SCHEMA`; one row a rule and record.
        due_soon: Records not yet right that are due within `due_soon_h`; same columns.
        outcomes: One row a rule, columns of `OUTCOME_SCHEMA`.
        tables: The tables with their facts, for the measures.
        covered: For each kind of record, `record_key`, `set_aside` and a column for each rule
            that ran: whether it covered the record; empty where it did not look at it.
    """

    failing: pl.DataFrame
    due_soon: pl.DataFrame
    outcomes: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]
    covered: Mapping[str, pl.DataFrame]

    def status_of(self, exceptions: pl.DataFrame) -> pl.DataFrame:
        """What became of exceptions known before.

        Args:
            exceptions: Columns `rule_id`, `records`, `record_key`.

        Returns:
            The same rows and order with `status`: `failing`, `passing`, `not_covered`, `void`
            (entered in error, or a test), `absent` (no such record tonight) or `unknown` (the
            rule did not run).
        """
        parts = [
            self._status(str(records), part)
            for (records,), part in exceptions.with_row_index(_ROW).group_by("records")
        ]
        if not parts:
            return exceptions.with_columns(pl.lit(None, pl.String).alias("status"))
        return pl.concat(parts).sort(_ROW).drop(_ROW)

    def _status(self, records: str, part: pl.DataFrame) -> pl.DataFrame:
        ran = self.outcomes.filter(pl.col("outcome") == "ran").get_column("rule_id")
        failing = self.failing.select("rule_id", "records", KEY).unique()
        known = self.covered.get(records)
        if known is None:
            return part.with_columns(pl.lit("unknown").alias("status"))
        rules = [name for name in known.columns if name not in (KEY, SET_ASIDE)]
        mine = part.select(KEY).unique().join(known, on=KEY, how="inner")
        long = mine.unpivot(
            rules, index=[KEY, SET_ASIDE], variable_name="rule_id", value_name="covered"
        )
        status = (
            pl.when(~pl.col("rule_id").is_in(ran.implode()))
            .then(pl.lit("unknown"))
            .when(pl.col("present").is_null())
            .then(pl.lit("absent"))
            .when(pl.col("covered").is_null())  # the rule ran, but not on this one
            .then(pl.lit("unknown"))
            .when(pl.col("fails"))
            .then(pl.lit("failing"))
            .when(pl.col(SET_ASIDE))
            .then(pl.lit("void"))
            .when(pl.col("covered"))
            .then(pl.lit("passing"))
            .otherwise(pl.lit("not_covered"))
        )
        return (
            part.join(mine.select(KEY, pl.lit(True).alias("present")), on=KEY, how="left")
            .join(long, on=[KEY, "rule_id"], how="left")
            .join(
                failing.with_columns(pl.lit(True).alias("fails")),
                on=["rule_id", "records", KEY],
                how="left",
            )
            .select(*part.columns, status.alias("status"))
        )


def evaluate(
    extract: Extract,
    catalogue: Catalogue,
    records: Records,
    book: FactBook,
    night: Night,
    *,
    also: Collection[Column] = (),
) -> Evaluation:
    """Test the records of a night with every rule that is not retired.

    Args:
        extract: The canonical records.
        catalogue: The rules.
        records: The field dictionary.
        book: The book of facts.
        night: The night.
        also: Facts to work out beside those that the rules read.
    """
    outcomes = {
        rule.id: Outcome(rule)
        for rule in catalogue
        if rule.status != "retired" and rule.records != SOURCES
    }
    for outcome in outcomes.values():
        can_run(outcome, extract, records, book)
    runnable = [o.rule for o in outcomes.values() if o.outcome == "ran"]
    computed = compute(
        extract.tables,
        {*_wanted(runnable, book), *also},
        book,
        night,
        extract.supplied,
        extract.lacking,
    )
    broken_facts(outcomes, computed, book)
    failing: list[pl.DataFrame] = []
    due_soon: list[pl.DataFrame] = []
    covered: dict[str, pl.DataFrame] = {}
    for table in sorted({o.rule.records for o in outcomes.values()}):
        mine = [o for o in outcomes.values() if o.rule.records == table and o.outcome == "ran"]
        if table in extract.held:
            continue
        frame = _keyed(computed.tables[table], records[table].key)
        masks = _covered(frame, mine, night)
        found = _validated(table, frame, mine, night)
        covered[table] = masks
        for outcome in mine:
            if outcome.outcome != "ran":
                continue
            rows = frame.filter(pl.col(_ROW).is_in(found[outcome.rule.id].implode()))
            late, soon, waiting = _by_due(rows, outcome.rule, night)
            failing.append(exceptions_of(late, outcome.rule, records))
            due_soon.append(exceptions_of(soon, outcome.rule, records))
            outcome.evaluated = int(masks.get_column(outcome.rule.id).sum()) - waiting.height
            covered[table] = _uncover(covered[table], outcome.rule.id, waiting)
            outcome.failed = failing[-1].height
    causes = _causes(outcomes)
    hidden = hide(_stack(failing, EXCEPTION_SCHEMA), catalogue, causes)
    return Evaluation(
        failing=hidden,
        due_soon=still_to_come(_stack(due_soon, EXCEPTION_SCHEMA), hidden, catalogue, causes),
        outcomes=outcome_frame(outcomes.values(), hidden),
        tables=computed.tables,
        covered=covered,
    )


def _causes(outcomes: Mapping[str, Outcome]) -> set[str]:
    """Rules whose failure may stand for another's: a trial rule hides nothing."""
    return {
        o.rule.id for o in outcomes.values() if o.outcome == "ran" and o.rule.status == "active"
    }


def _wanted(rules: Iterable[Rule], book: FactBook) -> set[tuple[str, str]]:
    return {(rule.records, name) for rule in rules for name in rule.columns | owned(rule, book)}


def _keyed(frame: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The frame with a row number and the record's key as one text."""
    text = pl.concat_str([pl.col(part) for part in key], separator="|", ignore_nulls=True)
    return frame.with_columns(text.alias(KEY)).with_row_index(_ROW)


def _covered(frame: pl.DataFrame, outcomes: Sequence[Outcome], night: Night) -> pl.DataFrame:
    """`record_key`, `set_aside` and whether each rule covers the record."""
    aside = pl.col(SET_ASIDE) if SET_ASIDE in frame.columns else pl.lit(False)
    masks = [coverage(o.rule, night).expression().alias(o.rule.id) for o in outcomes]
    table = frame.lazy().select(KEY, aside.alias(SET_ASIDE), *masks).collect()
    if table.get_column(KEY).is_duplicated().any():
        table = table.group_by(KEY, maintain_order=True).agg(
            pl.col(SET_ASIDE).all(), *(pl.col(o.rule.id).any() for o in outcomes)
        )
    return table


def _validated(
    table: str, frame: pl.DataFrame, outcomes: Sequence[Outcome], night: Night
) -> dict[str, pl.Series]:
    """The failing rows of each rule by Great Expectations; rules that could not run are marked."""
    if not outcomes:
        return {}
    result = validate(frame, table, [o.rule for o in outcomes], night, row=_ROW)
    for outcome in outcomes:
        reason = result.could_not_run.get(outcome.rule.id)
        if reason is not None:
            outcome.outcome, outcome.reason = "could_not_run", reason
    return dict(result.failing)


def _by_due(
    rows: pl.DataFrame, rule: Rule, night: Night
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Failing rows that are past due, those due soon, and those not covered until they are due.

    `asof = due` is still in time. A row whose due time is empty is never due, unless the rule says
    that there is nothing to wait for.
    """
    if rule.due is None:
        return rows, rows.clear(), rows.clear()
    at = instant_of(pl.col(rule.due), rows.schema[rule.due])
    horizon = night.asof + timedelta(hours=night.thresholds["due_soon_h"].value)
    late = (at < night.asof).fill_null(rule.undated == "fails")
    passes = pl.col(rule.settled_by) if rule.settled_by else pl.lit(rule.pending == "passes")
    return (
        rows.filter(late),
        rows.filter((at >= night.asof) & (at <= horizon)),
        rows.filter(~late & (at.is_null() | ~passes.fill_null(False))),
    )


def _uncover(masks: pl.DataFrame, rule_id: str, waiting: pl.DataFrame) -> pl.DataFrame:
    """The rule does not cover records that wait until they are due."""
    if waiting.is_empty():
        return masks
    waits = pl.col(KEY).is_in(waiting.get_column(KEY).implode())
    return masks.with_columns((pl.col(rule_id) & ~waits).alias(rule_id))


def _stack(frames: Sequence[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    return pl.concat(frames) if frames else schema.to_frame()
