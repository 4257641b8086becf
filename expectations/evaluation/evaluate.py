"""One night's rules over one night's records: what fails, what passes, what could not be run.

Great Expectations validates; this module decides which rules can run, works out the facts that
they read, and turns failing rows into exceptions. What stands behind the validation is
`validate.py`: a frame and a suite in, failing rows and an outcome for each rule out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import polars as pl
from polars.exceptions import PanicException

from config.records import Records
from config.sentences import say
from expectations.catalogue import SOURCES, Catalogue, Rule, coverage
from expectations.evaluation.exceptions import (
    EXCEPTION_SCHEMA,
    KEY,
    exceptions_of,
    hide,
    instant_of,
    key_text,
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
from expectations.evaluation.status import Evaluation
from expectations.evaluation.unseen import UNSURE_SCHEMA, Unseen
from expectations.evaluation.validate import validate
from expectations.extract import Extract
from expectations.facts import Column, FactBook, Unread, compute
from expectations.night import Night

_ROW = "__row"
#: Whatever may go wrong in one rule or kind of record; a panic of Polars is no `Exception`.
_ANY = (Exception, PanicException)


@dataclass
class _Found:
    """What the rules find, while they are run one kind of record after another."""

    records: Records
    night: Night
    book: FactBook
    unseen: Unseen
    failing: list[pl.DataFrame] = field(default_factory=list)
    due_soon: list[pl.DataFrame] = field(default_factory=list)
    unsure: list[pl.DataFrame] = field(default_factory=list)
    covered: dict[str, pl.DataFrame] = field(default_factory=dict)

    def kind(self, table: str, frame: pl.DataFrame, outcomes: Sequence[Outcome]) -> None:
        """Run the rules of one kind of record."""
        frame = _keyed(frame, self.records[table].key)
        masks = _covered(frame, outcomes, self.night)
        found = _validated(table, frame, outcomes, self.night)
        columns: list[pl.Series] = []
        for outcome in outcomes:
            if outcome.outcome != "ran":
                continue
            try:
                rows = frame.filter(pl.col(_ROW).is_in(found[outcome.rule.id].implode()))
                columns.append(self._rule(outcome.rule, frame, rows, masks))
            except _ANY as error:
                outcome.stopped(say("rules.rule_broken", error=error))
        self.covered[table] = masks = _one_a_key(masks.with_columns(columns))
        for outcome in outcomes:
            if outcome.outcome == "ran":
                mask = masks.get_column(outcome.rule.id)
                outcome.evaluated = int(mask.sum())
                outcome.looked_away = mask.null_count() + self._not_there(table, masks)
                outcome.unreferenced = self._untied(outcome.rule)

    def _rule(
        self, rule: Rule, frame: pl.DataFrame, rows: pl.DataFrame, masks: pl.DataFrame
    ) -> pl.Series:
        """Keep what a rule found; whether it covers each row, empty where it looks away."""
        away = self.unseen.away(rule, frame, self.night)
        if away is not None:
            rows = rows.filter(~pl.col(KEY).is_in(away.implode()))
        late, soon, waiting = _by_due(rows, rule, self.night)
        fails, comes = (exceptions_of(part, rule, self.records) for part in (late, soon))
        unsure = self.unseen.unsure(rule, frame)
        mask = masks.get_column(rule.id)
        if not waiting.is_empty():
            mask &= ~frame.get_column(_ROW).is_in(waiting.get_column(_ROW).implode())
        if away is not None:
            seen = pl.col(KEY).is_in(away.implode()).not_()
            mask = frame.select(pl.when(seen).then(mask).alias(rule.id)).get_column(rule.id)
        self.failing.append(fails)
        self.due_soon.append(comes)
        if unsure is not None:
            self.unsure.append(unsure)
        return mask

    def _not_there(self, table: str, masks: pl.DataFrame) -> int:
        """Records whose row was rejected and that no other row gives."""
        absence = self.unseen.absences.get(table)
        if absence is None:
            return 0
        return int((~absence.rejected.is_in(masks.get_column(KEY).implode())).sum())

    def _untied(self, rule: Rule) -> int:
        return self.unseen.unread.untied([(rule.records, name) for name in rule.read], self.book)


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
        try:
            can_run(outcome, extract, records, book)
        except _ANY as error:
            outcome.stopped(say("rules.rule_broken", error=error))
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
    read = {(rule.records, name) for rule in runnable for name in rule.read}
    try:
        unseen = Unseen.of(extract, computed.tables, read, book, records)
    except _ANY as error:  # what is unread is not known: nothing can be looked at
        unseen = Unseen(Unread(), Unread(), {})
        for outcome in outcomes.values():
            if outcome.outcome == "ran":
                outcome.stopped(say("rules.unread_broken", table=outcome.rule.records, error=error))
    found = _Found(records, night, book, unseen)
    for table in sorted({o.rule.records for o in outcomes.values()} - extract.held.keys()):
        mine = [o for o in outcomes.values() if o.rule.records == table and o.outcome == "ran"]
        try:
            found.kind(table, computed.tables[table], mine)
        except _ANY as error:
            for outcome in mine:
                outcome.stopped(say("rules.records_broken", table=table, error=error))
    ran = {o.rule.id for o in outcomes.values() if o.outcome == "ran"}
    failing, due_soon = (
        pl.concat([EXCEPTION_SCHEMA.to_frame(), *parts]).filter(pl.col("rule_id").is_in(ran))
        for parts in (found.failing, found.due_soon)
    )
    failed = dict(failing.group_by("rule_id").len().iter_rows())
    for outcome in outcomes.values():
        outcome.failed = failed.get(outcome.rule.id, 0)
    causes = _causes(outcomes)
    hidden = hide(failing, catalogue, causes)
    return Evaluation(
        failing=hidden,
        due_soon=still_to_come(due_soon, hidden, catalogue, causes),
        outcomes=outcome_frame(outcomes.values(), hidden),
        tables=computed.tables,
        covered=found.covered,
        unsure=pl.concat([UNSURE_SCHEMA.to_frame(), *found.unsure]),
        absences=unseen.absences,
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
    return frame.with_columns(key_text(key)).with_row_index(_ROW)


def _covered(frame: pl.DataFrame, outcomes: Sequence[Outcome], night: Night) -> pl.DataFrame:
    """`record_key`, `set_aside` and whether each rule covers the row."""
    aside = pl.col(SET_ASIDE) if SET_ASIDE in frame.columns else pl.lit(value=False)
    first = [pl.col(KEY), aside.alias(SET_ASIDE)]

    def mask(outcome: Outcome) -> pl.Expr:
        return coverage(outcome.rule, night).expression().alias(outcome.rule.id)

    try:
        return frame.lazy().select(*first, *(mask(o) for o in outcomes)).collect()
    except _ANY:  # one rule's coverage must not take the others down
        table = frame.select(first)
        for outcome in outcomes:
            try:
                table = table.with_columns(frame.select(mask(outcome)).get_columns())
            except _ANY as error:
                outcome.stopped(say("rules.rule_broken", error=error))
        return table


def _one_a_key(masks: pl.DataFrame) -> pl.DataFrame:
    """One row a record: covered where any of its rows is, empty where it is not looked at."""
    if not masks.get_column(KEY).is_duplicated().any():
        return masks
    rules = [name for name in masks.columns if name not in (KEY, SET_ASIDE)]
    return masks.group_by(KEY, maintain_order=True).agg(
        pl.col(SET_ASIDE).all(), *(pl.col(name).max() for name in rules)
    )


def _validated(
    table: str, frame: pl.DataFrame, outcomes: Sequence[Outcome], night: Night
) -> dict[str, pl.Series]:
    """The failing rows of each rule by Great Expectations; rules that could not run are marked."""
    outcomes = [outcome for outcome in outcomes if outcome.outcome == "ran"]
    if not outcomes:
        return {}
    try:
        result = validate(frame, table, [o.rule for o in outcomes], night, row=_ROW)
    except _ANY as error:
        if len(outcomes) == 1:
            outcomes[0].stopped(say("rules.rule_broken", error=error))
            return {}
        # Whichever rule it was, it is the only one that does not run.
        parts = [_validated(table, frame, [outcome], night) for outcome in outcomes]
        return {rule: rows for part in parts for rule, rows in part.items()}
    for outcome in outcomes:
        reason = result.could_not_run.get(outcome.rule.id)
        if reason is not None:
            outcome.stopped(reason)
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
