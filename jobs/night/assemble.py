"""Put the sources of a night together: one table a kind of record."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from config.records import Records
from expectations.extract import Extract
from jobs.conform import Conformed
from jobs.night.identity import unify


def assemble(
    conformed: Sequence[Conformed],
    held: Mapping[str, str],
    records: Records,
    lookups: Mapping[str, pl.DataFrame],
    units: pl.DataFrame,
    known: Mapping[str, pl.DataFrame] | None = None,
) -> Extract:
    """The records of a night from its sources, each name in one spelling (`jobs.night.identity`).

    Args:
        conformed: What each accepted source gave.
        held: Tables of the sources that are held, each with the reason.
        records: The field dictionary.
        lookups: Tables that formulas may look up.
        units: The data owners of the settings, which stand in where no source supplies units.
        known: The keys of the records of earlier nights, by table, whose spelling is kept.

    Returns:
        Every canonical table, complete; the fields that some source supplies; what is held.
    """
    tables: dict[str, pl.DataFrame] = {}
    supplied: dict[str, frozenset[str]] = {}
    lacking: dict[str, dict[str, list[str]]] = {}
    for name, table in records.tables.items():
        parts = [part.tables[name] for part in conformed if name in part.tables]
        whole = pl.concat(parts, how="diagonal_relaxed") if parts else table.empty()
        tables[name] = table.complete(whole)
        fields = [part.supplied[name] for part in conformed if name in part.supplied]
        if fields:
            supplied[name] = frozenset().union(*fields)
            lacking[name] = _lacking(name, supplied[name], conformed)
    if "units" not in supplied and "units" not in held:
        tables["units"] = records["units"].complete(units)
        supplied["units"] = frozenset(units.columns)
    named, rejected, doubted = unify(
        tables,
        records,
        known,
        _together(records, [part.rejected for part in conformed]),
        _together(records, [part.doubted for part in conformed]),
    )
    return Extract(
        {**named, **lookups}, supplied, dict(held), lacking, rejected=rejected, doubted=doubted
    )


def _together(
    records: Records, parts: Sequence[Mapping[str, pl.DataFrame]]
) -> dict[str, pl.DataFrame]:
    """The frames of each table put together, where any source has one."""
    return {
        name: pl.concat(found, how="diagonal_relaxed")
        for name in records.tables
        if (found := [part[name] for part in parts if name in part])
    }


def _lacking(
    table: str, supplied: Collection[str], conformed: Sequence[Conformed]
) -> dict[str, list[str]]:
    """The sources of a table that lack a field which another source supplies, by field."""
    found: dict[str, list[str]] = {}
    for part in conformed:
        for name in frozenset(supplied) - part.supplied.get(table, frozenset(supplied)):
            found.setdefault(name, []).append(part.source)
    return found
