"""Exceptions: failing records as the ledger and the reports take them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from config.records import TIMESTAMP, Records
from expectations.catalogue import Catalogue, Rule, unit_column
from expectations.language import end_of_day

#: Columns of the exceptions of a night.
EXCEPTION_SCHEMA = pl.Schema(
    {
        "rule_id": pl.String(),
        "rule_version": pl.Int64(),
        "theme": pl.String(),
        "dimension": pl.String(),
        "severity": pl.String(),
        "status": pl.String(),
        "records": pl.String(),
        "record_key": pl.String(),
        "unit_code": pl.String(),
        "lpt": pl.String(),
        "order_type": pl.String(),
        "due_ts": TIMESTAMP,
        "evidence": pl.String(),
        "hidden_by": pl.String(),
    }
)

#: The column of a record's key as one text.
KEY = "record_key"


def key_text(key: Iterable[str]) -> pl.Expr:
    """The fields of a record's key as one text."""
    parts = [pl.col(part) for part in key]
    return pl.concat_str(parts, separator="|", ignore_nulls=True).alias(KEY)


@dataclass(frozen=True)
class Finding:
    """An exception that does not come from a frame of records: a source that failed a gate."""

    rule: Rule
    record_key: str
    unit_code: str
    evidence: str


def finding_frame(findings: Iterable[Finding]) -> pl.DataFrame:
    """Findings as exceptions, columns of `EXCEPTION_SCHEMA`."""
    return pl.DataFrame(
        [
            {
                **_rule_columns(finding.rule),
                "record_key": finding.record_key,
                "unit_code": finding.unit_code,
                "evidence": finding.evidence,
            }
            for finding in findings
        ],
        schema=EXCEPTION_SCHEMA,
    )


def _rule_columns(rule: Rule) -> dict[str, str | int]:
    """The columns of an exception that its rule decides."""
    return {
        "rule_id": rule.id,
        "rule_version": rule.version,
        "theme": rule.theme,
        "dimension": rule.dimension,
        "severity": rule.severity,
        "status": rule.status,
        "records": rule.records,
    }


def instant_of(expr: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A due field as an instant: of a date the end of the day."""
    return end_of_day(expr) if dtype == pl.Date else expr


def exceptions_of(rows: pl.DataFrame, rule: Rule, records: Records) -> pl.DataFrame:
    """Failing rows as exceptions, one a record."""
    if rows.is_empty():
        return EXCEPTION_SCHEMA.to_frame()
    has = rows.schema
    unit = unit_column(rule, has, records)
    due = instant_of(pl.col(rule.due), has[rule.due]) if rule.due else pl.lit(None)
    columns: dict[str, pl.Expr] = {
        **{name: pl.lit(value) for name, value in _rule_columns(rule).items()},
        "severity": pl.coalesce(pl.col(rule.severity_by), pl.lit(rule.severity))
        if rule.severity_by
        else pl.lit(rule.severity),
        "record_key": pl.col(KEY),
        "unit_code": pl.col(unit) if unit else pl.lit(None),
        "lpt": pl.col("lpt") if "lpt" in has else pl.lit(None),
        "order_type": pl.col("order_type") if "order_type" in has else pl.lit(None),
        "due_ts": due,
        "evidence": _evidence(rule, has),
        "hidden_by": pl.lit(None),
    }
    return rows.select(
        expr.cast(EXCEPTION_SCHEMA[name]).alias(name) for name, expr in columns.items()
    ).unique("record_key", keep="first", maintain_order=True)


def _evidence(rule: Rule, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    """The shown fields as JSON text; instants in ISO 8601, UTC."""
    if not rule.shows:
        return pl.lit("{}")
    parts = [
        pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias(name)
        if isinstance(schema[name], pl.Datetime)
        else pl.col(name)
        for name in rule.shows
    ]
    return pl.struct(parts).struct.json_encode()


def still_to_come(
    soon: pl.DataFrame, failing: pl.DataFrame, catalogue: Catalogue, causes: Collection[str]
) -> pl.DataFrame:
    """What is due soon, less what another rule will stand for when it is due.

    That is a rule of its `unless` whose failure on the same record is an exception already, or
    becomes one no later.

    Args:
        soon: Records that are due soon, as exceptions.
        failing: Exceptions.
        catalogue: The rules.
        causes: Rules that may stand for others: active, and run tonight.
    """
    roots = pl.DataFrame(
        [(rule.id, other) for rule in catalogue for other in rule.unless if other in causes],
        schema={"rule_id": pl.String, "cause": pl.String},
        orient="row",
    )
    known = pl.concat([failing, soon]).select(
        pl.col("rule_id").alias("cause"), "records", KEY, pl.col("due_ts").alias("cause_due_ts")
    )
    stood_for = (
        soon.join(roots, on="rule_id")
        .join(known, on=["cause", "records", KEY])
        .filter(pl.col("cause_due_ts").is_null() | (pl.col("cause_due_ts") <= pl.col("due_ts")))
    )
    return soon.join(stood_for, on=["rule_id", "records", KEY], how="anti", maintain_order="left")


def hide(failing: pl.DataFrame, catalogue: Catalogue, causes: Collection[str]) -> pl.DataFrame:
    """Name the rule that reports the root cause.

    Args:
        failing: Exceptions.
        catalogue: The rules.
        causes: Rules that may stand for others: active, and run tonight.
    """
    pairs = [
        (rule.id, other, rank)
        for rule in catalogue
        for rank, other in enumerate(rule.unless)
        if other in causes
    ]
    if failing.is_empty() or not pairs:
        return failing
    roots = pl.DataFrame(
        pairs, schema={"rule_id": pl.String, "cause": pl.String, "rank": pl.Int64}, orient="row"
    )
    found = (
        failing.select("rule_id", "records", KEY)
        .join(roots, on="rule_id")
        .join(
            failing.select(pl.col("rule_id").alias("cause"), "records", KEY),
            on=["cause", "records", KEY],
        )
        .sort("rank")
        .unique(["rule_id", "records", KEY], keep="first")
        .select("rule_id", "records", KEY, pl.col("cause").alias("hidden_by"))
    )
    return failing.drop("hidden_by").join(
        found, on=["rule_id", "records", KEY], how="left", maintain_order="left"
    )
