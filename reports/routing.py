"""Which exceptions go to which unit, and in what order.

A record that is restricted goes to a restricted unit and to no other, with all of its exceptions.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from reports.night import SEVERITIES, ReportNight, known_units

#: The unit of records whose unit is not known.
UNALLOCATED: Final = "UNALLOCATED"

#: The kind of record of exceptions that are about a whole source.
SOURCES: Final = "sources"


def routed(night: ReportNight, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows that go into worklists, the most urgent first.

    Args:
        night: The night.
        frame: Its exceptions or what is due soon.

    Returns:
        The rows that are listed and whose rule is active, with `title` and `fix` of the rule,
        `_unit` (the unit that they go to), `_restricted`, `_overdue`, and `_grave` (0: critical).
    """
    rules = (
        night.rules.filter(pl.col("status").fill_null("active") == "active")
        .unique("rule_id", keep="first", maintain_order=True)
        .select(
            "rule_id",
            "title",
            "fix",
            pl.col("severity").alias("_severity"),
        )
    )
    if "hidden_by" in frame.columns:
        frame = frame.filter(pl.col("hidden_by").is_null())
    # What a whole source has wrong is the operator's, and told where the run is told.
    frame = frame.filter(pl.col("records") != SOURCES)
    grave = {severity: place for place, severity in enumerate(SEVERITIES)}
    return (
        with_unit(night, frame.join(rules, on="rule_id"), unknown=fallback_unit(night))
        .with_columns(
            severity=pl.coalesce("_severity", "severity"),
            _overdue=(pl.col("due_ts") < night.asof).fill_null(False),
        )
        .with_columns(_grave=pl.col("severity").replace_strict(grave, default=9))
        .sort(
            ["_overdue", "_grave", "due_ts", "rule_id", "record_key"],
            descending=[True, False, False, False, False],
            nulls_last=True,
        )
    )


def fallback_unit(night: ReportNight) -> str:
    """The unit that puts right what belongs to no known unit, if the settings name one."""
    named = known_units(pl.DataFrame({"unit_code": [night.settings.fallback_unit]}), night.units)
    return named["unit_code"][0] or UNALLOCATED


def with_unit(
    night: ReportNight, frame: pl.DataFrame, *, unknown: str = UNALLOCATED
) -> pl.DataFrame:
    """The rows of `frame` with `_unit`, the unit that they go to, and `_restricted`.

    Restricted records of a unit that is not restricted go to the first unit that is.

    Args:
        night: The night.
        frame: Its exceptions or what is due soon.
        unknown: Where the records go whose unit is not known.
    """
    codes = night.units.filter(pl.col("restricted").fill_null(False))["unit_code"].sort()
    first = str(codes[0]) if codes.len() else UNALLOCATED
    frame = frame.with_columns(_unit=pl.col("unit_code").fill_null(unknown))
    own = pl.col("_unit").is_in(codes.implode()).fill_null(False)
    secret = pl.col("_secret").fill_null(False)
    return (
        frame.join(_restricted_records(night), on=["records", "record_key"], how="left")
        .with_columns(
            _restricted=secret | own,
            _unit=pl.when(secret & ~own).then(pl.lit(first)).otherwise(pl.col("_unit")),
        )
        .drop("_secret")
    )


def _restricted_records(night: ReportNight) -> pl.DataFrame:
    """The records of which anything is restricted: all of their exceptions are, then.

    Returns:
        records, record_key, _secret (true).
    """
    by_rule = night.rules.filter(pl.col("restricted").fill_null(False))["rule_id"].implode()
    parts = [
        frame.filter(pl.col("restricted").fill_null(False) | pl.col("rule_id").is_in(by_rule))
        for frame in (night.exceptions, night.due_soon)
    ]
    found = pl.concat([part.select("records", "record_key") for part in parts]).unique()
    return found.with_columns(_secret=pl.lit(True))
