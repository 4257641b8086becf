"""Links that lead nowhere, over the records of the whole night."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from config.errors import ANYTHING
from config.identity import folded
from config.records import Records
from config.sentences import say
from expectations.extract import Extract
from jobs.gates.model import GateResult

#: Links whose table another field names: child, field that names the kind, link, kind -> parent.
_BY_KIND: Sequence[tuple[str, str, str, Mapping[str, str]]] = (
    ("reviews", "object_type", "object_id", {"order": "orders", "breach": "breaches"}),
    ("shares", "object_type", "object_id", {"order": "orders", "breach": "breaches"}),
)


def link_gates(
    extract: Extract, records: Records, thresholds: Mapping[str, Any]
) -> list[GateResult]:
    """Links that lead nowhere.

    Args:
        extract: The canonical tables.
        records: The field dictionary, which says what refers to what.
        thresholds: The named figures.

    Returns:
        A result a link. One that went wrong could not be run, and says so; the others are tested.
    """
    results: list[GateResult] = []
    for child, column, parents, kinds in _links(extract, records):
        try:
            results.append(_link(extract, child, column, parents, kinds, thresholds))
        except ANYTHING as error:
            said = (say("gates.fell", gate="links", error=type(error)),)
            results.append(
                GateResult(
                    "links",
                    child,
                    part=column,
                    outcome="could_not_run",
                    action="warn",
                    said=said,
                )
            )
    return results


def _links(
    extract: Extract, records: Records
) -> Iterator[tuple[str, str, Mapping[str, str], tuple[str, Mapping[str, str]] | None]]:
    """Every link that is supplied: its table and field, its parents, and what tells them apart."""
    for table in records.tables.values():
        for field in table.fields.values():
            if field.foreign is not None and field.name in extract.supplied.get(table.name, ()):
                parent, _, key = field.foreign.partition(".")
                yield table.name, field.name, {parent: key}, None
    for child, kind, link, parents in _BY_KIND:
        if link in extract.supplied.get(child, ()):
            keys = {parent: records[parent].key[0] for parent in parents.values()}
            yield child, link, keys, (kind, parents)


def _link(
    extract: Extract,
    child: str,
    column: str,
    parents: Mapping[str, str],
    kinds: tuple[str, Mapping[str, str]] | None,
    thresholds: Mapping[str, Any],
) -> GateResult:
    """One link: its values that no parent has."""
    there = [parent for parent in parents if extract.supplied.get(parent)]
    if child in extract.held or any(parent in extract.held for parent in parents):
        return GateResult("links", child, part=column, outcome="could_not_run")
    values = orphans = 0
    for parent in there:
        rows = extract.tables[child].filter(pl.col(column).is_not_null())
        if kinds is not None:
            named = [kind for kind, table in kinds[1].items() if table == parent]
            rows = rows.filter(pl.col(kinds[0]).is_in(named))
        values += rows.height
        known = _known(extract, parent, parents[parent])
        orphans += int((~_same(rows, column).is_in(known.implode())).sum())
    if not values:
        return GateResult("links", child, part=column, outcome="not_covered")
    failed = orphans / values > thresholds["orphan_rate"]
    said = say("gates.orphans", orphans=orphans, values=values, fields=f"{child}.{column}")
    return GateResult(
        "links",
        child,
        part=column,
        failed=failed,
        action="warn" if failed else "none",
        evidence={"orphans": orphans, "values": values, "rate": round(orphans / values, 6)},
        said=(said,) if failed else (),
    )


def _known(extract: Extract, parent: str, key: str) -> pl.Series:
    """The keys of a table; those of rows that were rejected as a whole are there too."""
    frames = [extract.tables[parent]]
    if parent in extract.rejected:
        frames.append(extract.rejected[parent])
    return pl.concat([_same(frame, key) for frame in frames if key in frame.columns]).drop_nulls()


def _same(frame: pl.DataFrame, column: str) -> pl.Series:
    """A key or reference as identity compares it."""
    return frame.select(folded(pl.col(column)).alias("same")).to_series()
