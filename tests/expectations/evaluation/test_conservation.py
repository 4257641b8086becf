"""Nothing closes because it could not be read: random damage on the night after a whole one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.evaluation import Evaluation
from jobs.ledger import reconcile
from jobs.ledger.frames import OPEN, WAIVERS
from tests.expectations.evaluation.small_night import breach, expectations, extract_of, found, order

LATE = datetime(2026, 11, 20, 10, tzinfo=UTC)
TABLES = ("orders", "breaches", "breach_orders", "order_conditions")
#: What is put right, ended or taken away between the nights, by table.
MOVES: dict[str, list[dict[str, Any]]] = {
    "orders": [{"start_date": date(2026, 11, 2)}, {"status": "void"}, {"status": "discharged"}],
    "breaches": [{"arrested_ts": LATE}, {"status": "void"}, {"suspect_state": "in_custody"}],
    "breach_orders": [{"unlinked_ts": LATE}],
    "order_conditions": [{"active": False}],
}
#: Cells that a rule of the night reads or shows.
CELLS = {
    "orders": ["start_date", "end_date", "status", "order_type", "made_date", "received_ts"],
    "breaches": ["reported_ts", "status", "arrested_ts", "suspect_state", "recorded_ts"],
    "breach_orders": ["unlinked_ts"],
    "order_conditions": ["active", "order_id"],
}
#: What of a rejected row could still be read.
REFERENCES = {"breach_orders": ["breach_id", "order_id"], "order_conditions": ["order_id"]}


def whole_night() -> dict[str, list[dict[str, Any]]]:
    """Records of two sources, some of which fail every rule of the night."""
    source = ["rms", "legal"]
    bad = {"start_date": date(2026, 11, 11), "end_date": date(2026, 11, 4)}
    return {
        "orders": [
            order(f"O{n}", _source=source[n % 2], **(bad if n < 4 else {})) for n in range(6)
        ],
        "breaches": [breach(f"B{n}", _source=source[n % 2]) for n in range(5)],
        "breach_orders": [
            {"breach_id": b, "order_id": o, "_source": "rms"}
            for b, o in (("B0", "O0"), ("B1", "O9"), ("B1", "O1"), ("B2", "O5"), ("B3", "O8"))
        ],
        "order_conditions": [
            {"condition_id": f"C{n}", "order_id": f"O{n}", "active": n != 2, "_source": "rms"}
            for n in range(1, 5)
        ],
    }


@dataclass
class Damaged:
    """The second night: what was sent, and what of it was read."""

    sent: dict[str, list[dict[str, Any]]]
    read: dict[str, list[dict[str, Any]]]
    rejected: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    doubted: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    touched: set[tuple[str, str]] = field(default_factory=set)


def key_of(table: str, row: dict[str, Any]) -> str:
    return "|".join(str(row[part]) for part in expectations().records[table].key)


@st.composite
def damaged_nights(draw: st.DrawFn) -> Damaged:
    sent: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for table, rows in whole_night().items():
        for row in rows:
            move = draw(st.integers(0, 9))
            if move == 0:
                continue  # taken away at the source
            change = draw(st.sampled_from(MOVES[table])) if move == 1 else {}
            sent[table].append({**row, **change})
    night = Damaged(sent, {table: [] for table in TABLES})
    for table in TABLES:
        key = expectations().records[table].key
        for row in sent[table]:
            what = draw(st.sampled_from(["whole"] * 6 + ["cell", "known", "unknown", "twice"]))
            if what == "whole":
                night.read[table].append(row)
                continue
            night.touched.add((table, key_of(table, row)))
            if what == "cell":
                name = draw(st.sampled_from(CELLS[table]))
                night.read[table].append({**row, name: None, "unreadable_fields": [name]})
            elif what == "known":
                kept = {*key, *REFERENCES.get(table, ())}
                night.rejected.setdefault(table, []).append(
                    {name: row[name] for name in (*kept, "_source")}
                )
            elif what == "unknown":
                kept = draw(st.sets(st.sampled_from(REFERENCES.get(table, key)))) - {*key[-1:]}
                night.rejected.setdefault(table, []).append(
                    {**{name: row[name] for name in kept}, "_source": row["_source"]}
                )
            else:
                night.read[table].append({**row, **draw(st.sampled_from(MOVES[table]))})
                night.doubted.setdefault(table, []).append({part: row[part] for part in key})
    return night


def closed(first: Evaluation, then: Evaluation) -> dict[tuple[str, str, str], str]:
    """What the ledger closes on the second night of all that failed on the first."""
    opened = first.failing.with_row_index("exception_id").with_columns(
        number=pl.lit(1), state=pl.lit("open")
    )
    rules = pl.DataFrame(
        [
            {
                "rule_id": row["rule_id"],
                "version": 1,
                "theme": "t",
                "dimension": "d",
                "severity": "high",
                "status": "active",
            }
            for row in then.outcomes.to_dicts()
        ]
    )
    found_ = reconcile(
        business_date=date(2026, 11, 24),
        open_=opened.select(pl.col(n).cast(dtype) for n, dtype in OPEN.items()),
        failing=then.failing,
        statuses=then.status_of(opened.select("rule_id", "records", "record_key")),
        outcomes=then.outcomes,
        rules=rules,
        waivers=pl.DataFrame(schema=WAIVERS),
    )
    names = ("rule_id", "records", "record_key")
    return dict(zip(found_.closed.select(names).rows(), found_.closed["closed_as"], strict=True))


@settings(max_examples=25, deadline=None)
@given(damaged_nights())
def test_nothing_closes_because_it_could_not_be_read(night: Damaged) -> None:
    records = expectations().records
    first = found(extract_of(whole_night()))
    last = {
        table: extract_of(whole_night()).tables[table].select(*records[table].key, "_source")
        for table in TABLES
    }
    tonight = found(
        extract_of(night.read, rejected=night.rejected, doubted=night.doubted, last_sources=last)
    )
    control = closed(first, found(extract_of(night.sent)))
    lost = {
        (table, row["_source"])
        for table, rows in night.rejected.items()
        for row in rows
        if any(part not in row for part in records[table].key)
    }
    sent = {table: {key_of(table, row) for row in rows} for table, rows in night.sent.items()}
    loose = {row["rule_id"] for row in tonight.outcomes.to_dicts() if row["unreferenced"]}
    sources = {
        (table, key_of(table, row)): row["_source"]
        for table, rows in whole_night().items()
        for row in rows
    }
    for (rule, table, key), how in closed(first, tonight).items():
        said = (rule, key, how, night)
        if how == "withdrawn_from_source" and key not in {
            key_of(table, row) for row in night.read[table]
        }:
            assert key not in sent[table], said
            assert (table, sources[table, key]) not in lost, said
        if how == "fixed" and (table, key) in night.touched:
            # only a cell that the rule does not read
            assert control.get((rule, table, key)) == how, said
        if rule not in loose:  # what is told apart closes as it would have with nothing damaged
            assert control.get((rule, table, key)) == how, said
    told = tonight.outcomes.filter(pl.col("outcome") == "ran")
    assert told.filter(pl.col("evaluated") < pl.col("failed")).is_empty()
