"""A night of a few records and a few rules, which tests of the evaluation damage at will."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from expectations.catalogue import Catalogue
from expectations.evaluation import Evaluation, evaluate
from expectations.extract import Extract
from tests.expectations.policy.policy_night import expectations, rules

#: Rules on one record, on its links, on the other end of a link, and on a missing row.
RULES = ("ORD-REC-004", "ORD-REC-012", "BRE-REC-001", "BRE-REC-002", "BRE-RSP-001", "ORD-GOV-004")
EARLY = datetime(2026, 11, 2, 10, tzinfo=UTC)
DAY = date(2026, 11, 2)

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def order(key: str, **more: Any) -> dict[str, Any]:
    """An order that passes but for its conditions."""
    return {
        "order_id": key,
        "order_type": "NMO",
        "force_role": "applicant",
        "status": "in_force",
        "received_ts": EARLY,
        "created_ts": EARLY,
        "made_date": DAY,
        "start_date": DAY,
        "end_date": date(2027, 6, 1),
        "oic_unit": "HANLEY",
        "_source": "rms",
        **more,
    }


def breach(key: str, **more: Any) -> dict[str, Any]:
    """A breach with no link, no arrest and no reason."""
    return {
        "breach_id": key,
        "status": "recorded",
        "breach_kind": "contact",
        "occurred_from_ts": EARLY,
        "reported_ts": EARLY,
        "recorded_ts": EARLY,
        "created_ts": EARLY,
        "oic_unit": "HANLEY",
        "_source": "rms",
        **more,
    }


def frames(rows: Rows) -> dict[str, pl.DataFrame]:
    """The canonical tables of some rows."""
    records = expectations().records
    return {
        name: table.complete(
            pl.DataFrame(
                list(rows[name]),
                schema={**table.schema, "_source": pl.String},
            )
        )
        if rows.get(name)
        else table.empty().with_columns(pl.lit(None, pl.String).alias("_source"))
        for name, table in records.tables.items()
    }


def extract_of(
    rows: Rows, *, rejected: Rows | None = None, doubted: Rows | None = None, **more: Any
) -> Extract:
    """An extract of rows; of `rejected` and `doubted` rows as conform would give them."""
    setup = expectations()
    records = setup.records
    supplied = {name: frozenset(table.fields) for name, table in records.tables.items()}
    given = {name: frame for name, frame in frames(rejected or {}).items() if not frame.is_empty()}
    twice = {
        name: pl.DataFrame(list(keys), schema=dict.fromkeys(records[name].key, pl.String))
        for name, keys in (doubted or {}).items()
    }
    return Extract(
        {**frames(rows), **setup.lookups}, supplied, rejected=given, doubted=twice, **more
    )


def found(extract: Extract, *names: str, catalogue: Catalogue | None = None) -> Evaluation:
    """What some rules find."""
    setup = expectations()
    listed = {rule.id: rule for rule in rules() if rule.id in (names or RULES)}
    return evaluate(extract, catalogue or Catalogue(listed), setup.records, setup.book, setup.night)


def known(*keys: tuple[str, str, str]) -> pl.DataFrame:
    """Exceptions known before: rule, kind of record, key."""
    schema = {"rule_id": pl.String, "records": pl.String, "record_key": pl.String}
    return pl.DataFrame(keys, schema=schema, orient="row")


def statuses(evaluation: Evaluation, *keys: tuple[str, str, str]) -> list[str]:
    """What became of them."""
    return evaluation.status_of(known(*keys)).get_column("status").to_list()


def outcome(evaluation: Evaluation, rule: str) -> dict[str, Any]:
    """What became of a rule."""
    return evaluation.outcomes.filter(pl.col("rule_id") == rule).to_dicts()[0]
