"""Columns missing, renamed or of another type."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import polars as pl

from config.sentences import Said, say
from jobs.gates.fields import by_statistic, fields_of
from jobs.gates.model import GateInput, GateResult

_FINGERPRINT = 16


def schema(given: GateInput) -> list[GateResult]:
    """Every column that the mapping reads is there, of the type that it had before."""
    last = given.past[-1].columns if given.past else None
    missing = list(fields_of(given.mapping, given.conformed.missing))
    retyped: list[str] = []
    new = len(given.conformed.new)
    if last is not None and not last.is_empty():
        new = _new(given, last.get_column("column").to_list())
        # A mapping by name names no columns: one is missing that was there the night before.
        named = last.filter(pl.col("field").is_in(list(given.conformed.by_name)))
        gone = named.join(given.conformed.columns, on="field", how="anti").get_column("field")
        main = given.conformed.main
        missing += [f"{main}.{name}" for name in gone.unique().sort()]
        retyped = _retyped(given, last)
    missing = list(dict.fromkeys(missing))
    keyed = set(given.key) <= set(given.supplied)
    headless = given.delivery.headless and (bool(missing) or not keyed)
    failed, arrived = bool(missing or retyped or headless), bool(new and last is not None)
    return [
        GateResult(
            "schema",
            given.name,
            failed=failed,
            action="hold" if failed else "warn" if arrived else "none",
            evidence={
                "missing_columns": ", ".join(missing),
                "retyped_columns": ", ".join(retyped),
                "new_columns": new,
            },
            said=_said(missing, retyped, new if arrived else 0, headless=headless),
        )
    ]


def _said(missing: list[str], retyped: list[str], new: int, *, headless: bool) -> tuple[Said, ...]:
    said = []
    if headless:
        said.append(say("gates.headless"))
    elif missing:
        said.append(say("gates.columns_missing", fields=missing))
    if retyped:
        said.append(say("gates.columns_retyped", fields=retyped))
    if new and not headless:  # without its header row all columns are new
        said.append(say("gates.columns_new", columns=new))
    return tuple(said)


def _retyped(given: GateInput, last: pl.DataFrame) -> list[str]:
    """Fields whose column has another type, or has become unreadable where it was not."""
    limits, known = given.thresholds, by_statistic(given.mapping)
    both = given.conformed.columns.filter(pl.col("field") != "").join(
        last.unique("field", keep="first"), on="field", suffix="_before"
    )
    share, before = (
        pl.col("unreadable") / pl.col("cells"),
        pl.col("unreadable_before") / pl.col("cells_before"),
    )
    typed = (
        (pl.col("type") != "")
        & (pl.col("type_before") != "")
        & (pl.col("type") != pl.col("type_before"))
    )
    unread = (
        (pl.col("type") == "")
        & (pl.col("cells") >= limits["gate_min_cells"])
        & (share >= limits["retype_share"])
        & (before.fill_nan(0.0).fill_null(0.0) < limits["retype_before"])
    )
    found = both.filter(typed | unread).select("field", "column").rows()
    return list(dict.fromkeys(known[row].name for row in found if row in known))


def _new(given: GateInput, before: Collection[str]) -> int:
    """How many columns that no mapping reads were not there before."""
    seen = set(before)
    return sum(
        name not in seen and fingerprint(name, given.salt) not in seen
        for name in given.conformed.new
    )


def fingerprint(column: str, salt: str) -> str:
    """What is kept of the name of a column that no mapping reads: it may be a person's."""
    text = f"{salt}\x1f{column.strip().casefold()}"
    return hashlib.sha256(text.encode()).hexdigest()[:_FINGERPRINT]


def kept_statistics(columns: pl.DataFrame, salt: str) -> pl.DataFrame:
    """The statistics of columns as the ledger keeps them, without names that were delivered."""
    named = [
        name if field else fingerprint(name, salt)
        for name, field in columns.select("column", "field").iter_rows()
    ]
    return columns.with_columns(pl.Series("column", named, dtype=pl.String))
