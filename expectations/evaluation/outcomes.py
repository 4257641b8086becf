"""What became of each rule on a night: it ran, or it could not, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import polars as pl

from config.records import LISTED, Records
from config.sentences import Said, joined, say
from expectations.catalogue import OWNER, Rule
from expectations.extract import Extract
from expectations.facts import Computed, FactBook

#: Columns of the outcomes of a night, one row a rule. `looked_away` is the number of records that
#: the rule did not look at because something that it reads of them could not be read;
#: `unreferenced` the number of unread rows of other tables that name no record.
OUTCOME_SCHEMA = pl.Schema(
    {
        "rule_id": pl.String(),
        "records": pl.String(),
        "outcome": pl.String(),
        "reason": pl.String(),
        "evaluated": pl.Int64(),
        "failed": pl.Int64(),
        "hidden": pl.Int64(),
        "unsupplied_exempt": pl.List(pl.String),
        "looked_away": pl.Int64(),
        "unreferenced": pl.Int64(),
    }
)

#: The fact of a table that says that a record was entered in error or is a test.
SET_ASIDE = "set_aside"


@dataclass
class Outcome:
    """What became of one rule, while it is being found out."""

    rule: Rule
    outcome: str = "ran"
    reason: str | None = None
    evaluated: int | None = None
    failed: int | None = None
    unsupplied: list[str] = field(default_factory=list)
    looked_away: int = 0
    unreferenced: int = 0

    def stopped(self, why: Said) -> None:
        """The rule could not be run."""
        self.outcome, self.reason = "could_not_run", str(why)


def can_run(outcome: Outcome, extract: Extract, records: Records, book: FactBook) -> None:
    """Whether tonight's sources allow the rule to run."""
    rule = outcome.rule
    wanted = [(rule.records, name) for name in rule.columns]
    held = sorted(book.tables(wanted) & extract.held.keys())
    if held:
        outcome.outcome, outcome.reason = "held", extract.held[held[0]]
        return
    needs = rule.needs or tuple(((rule.records, name),) for name in sorted(rule.tested))
    missing = [need for need in needs if not any(_supplied(c, extract, records) for c in need)]
    if missing:
        outcome.outcome = "not_supplied"
        names = sorted([".".join(column) for column in need] for need in missing)
        alone = [need[0] for need in names if len(need) == 1]
        said = [say("rules.not_supplied", fields=alone)] if alone else []
        said += [say("rules.none_supplied", fields=need) for need in names if len(need) > 1]
        outcome.reason = joined(said)
        return
    named = {column for need in needs for column in need}
    outcome.unsupplied = sorted(
        ".".join(column)
        for column in book.base((rule.records, name) for name in (*rule.columns,)) - named
        if not _supplied(column, extract, records)
    )


def _supplied(column: tuple[str, str], extract: Extract, records: Records) -> bool:
    table, name = column
    if table not in records.tables:
        return True
    if records.field(table, name) is None or name in LISTED:  # made for every source
        return bool(extract.supplied.get(table))
    return name in extract.supplied.get(table, ())


def owned(rule: Rule, book: FactBook) -> set[str]:
    """The facts that every exception of the table reads."""
    return {
        name
        for name in (OWNER, SET_ASIDE, "lpt", "order_type")
        if (rule.records, name) in book.facts
    }


def broken_facts(outcomes: Mapping[str, Outcome], computed: Computed, book: FactBook) -> None:
    """Rules that read a fact which could not be worked out."""
    for outcome in outcomes.values():
        rule = outcome.rule
        bad = sorted(
            (rule.records, name)
            for name in rule.columns | owned(rule, book)
            if (rule.records, name) in computed.broken
        )
        if bad and outcome.outcome == "ran":
            outcome.stopped(computed.broken[bad[0]])


def outcome_frame(outcomes: Iterable[Outcome], failing: pl.DataFrame) -> pl.DataFrame:
    """The outcomes as a frame, columns of `OUTCOME_SCHEMA`.

    Args:
        outcomes: What became of each rule.
        failing: The exceptions, for those that another rule stands for.
    """
    hidden = dict(
        failing.filter(pl.col("hidden_by").is_not_null()).group_by("rule_id").len().iter_rows()
    )
    return pl.DataFrame(
        [
            {
                "rule_id": o.rule.id,
                "records": o.rule.records,
                "outcome": o.outcome,
                "reason": o.reason,
                "evaluated": o.evaluated if o.outcome == "ran" else None,
                "failed": o.failed if o.outcome == "ran" else None,
                "hidden": hidden.get(o.rule.id, 0) if o.outcome == "ran" else None,
                "unsupplied_exempt": o.unsupplied,
                "looked_away": o.looked_away if o.outcome == "ran" else None,
                "unreferenced": o.unreferenced if o.outcome == "ran" else None,
            }
            for o in outcomes
        ],
        schema=OUTCOME_SCHEMA,
    )
