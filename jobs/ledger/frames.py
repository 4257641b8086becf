"""The frames that go into the ledger and come out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from jobs.ledger.storable import restored_series

#: What names an exception; it never changes.
KEY = ("rule_id", "records", "record_key")

_TEXT = pl.String()
_INSTANT = pl.Datetime("us", "UTC")

#: The key's columns with their types.
KEY_SCHEMA: dict[str, pl.DataType] = dict.fromkeys(KEY, _TEXT)

#: What is known of an open exception and may change from night to night.
DETAILS: dict[str, pl.DataType] = {
    "hidden_by": _TEXT,
    "rule_version": pl.Int64(),
    "theme": _TEXT,
    "dimension": _TEXT,
    "severity": _TEXT,
    "unit_code": _TEXT,
    "lpt": _TEXT,
    "order_type": _TEXT,
    "due_ts": _INSTANT,
    "evidence": _TEXT,
}

#: Tonight's failing records.
FAILING: dict[str, pl.DataType] = {**KEY_SCHEMA, **DETAILS}

#: What became tonight of each exception that was open: `failing`, `passing`, `not_covered`, `void`,
#: `absent` or `unknown`.
STATUSES: dict[str, pl.DataType] = {**KEY_SCHEMA, "status": _TEXT}

#: What became of each rule tonight.
OUTCOMES: dict[str, pl.DataType] = {
    "rule_id": _TEXT,
    "records": _TEXT,
    "outcome": _TEXT,
    "reason": _TEXT,
    "evaluated": pl.Int64(),
    "failed": pl.Int64(),
    "hidden": pl.Int64(),
    "unsupplied_exempt": pl.List(pl.String()),
    "looked_away": pl.Int64(),
    "unreferenced": pl.Int64(),
}

#: Columns that a frame may lack: they are empty then.
_OPTIONAL = frozenset(["looked_away", "unreferenced"])

#: The catalogue, as far as the ledger needs it.
RULES: dict[str, pl.DataType] = {
    "rule_id": _TEXT,
    "version": pl.Int64(),
    "theme": _TEXT,
    "dimension": _TEXT,
    "severity": _TEXT,
    "status": _TEXT,
}

#: Waivers as the reconciliation needs them.
WAIVERS: dict[str, pl.DataType] = {
    "rule_id": _TEXT,
    "record_key": _TEXT,
    "granted_on": pl.Date(),
    "expires_on": pl.Date(),
}

#: The episodes that were open when a night began.
OPEN: dict[str, pl.DataType] = {
    "exception_id": pl.Int64(),
    "number": pl.Int64(),
    **KEY_SCHEMA,
    "state": _TEXT,
    **DETAILS,
}

#: A night's exceptions as its file and its reports carry them.
LISTING: dict[str, pl.DataType] = {
    "rule_id": _TEXT,
    "rule_version": pl.Int64(),
    "theme": _TEXT,
    "dimension": _TEXT,
    "severity": _TEXT,
    "records": _TEXT,
    "record_key": _TEXT,
    "unit_code": _TEXT,
    "lpt": _TEXT,
    "order_type": _TEXT,
    "due_ts": _INSTANT,
    "evidence": _TEXT,
    "state": _TEXT,
    "first_seen": pl.Date(),
    "days_open": pl.Int64(),
    "episode": pl.Int64(),
    "hidden_by": _TEXT,
}


def fit(frame: pl.DataFrame, schema: Mapping[str, pl.DataType], *, what: str) -> pl.DataFrame:
    """The columns of `schema` and no others, in its order and types.

    Raises:
        ValueError: The frame lacks a column; the message names `what` and the columns.
    """
    lacking = [name for name in schema if name in _OPTIONAL - {*frame.columns}]
    frame = frame.with_columns(pl.lit(None, schema[name]).alias(name) for name in lacking)
    missing = [name for name in schema if name not in frame.columns]
    if missing:
        raise ValueError(
            f"the frame of {what} lacks {', '.join(missing)}; it has {', '.join(frame.columns)}"
        )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def from_rows(rows: Sequence[Sequence[Any]], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """A frame of what a query returned, whose columns are those of `schema` in its order."""
    if not rows:
        return pl.DataFrame(schema=dict(schema))
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        [
            _series(name, values, dtype)
            for (name, dtype), values in zip(schema.items(), columns, strict=True)
        ]
    )


def _series(name: str, values: Sequence[Any], dtype: pl.DataType) -> pl.Series:
    """A column; moments without a zone are SQLite's, which are UTC."""
    if dtype == pl.String:
        return restored_series(pl.Series(name, values, dtype=dtype))
    if dtype != _INSTANT:
        return pl.Series(name, values, dtype=dtype)
    some = next((value for value in values if value is not None), None)
    if some is None or some.tzinfo is not None:
        return pl.Series(name, values, dtype=_INSTANT)
    return pl.Series(name, values, dtype=pl.Datetime("us")).dt.replace_time_zone("UTC")
