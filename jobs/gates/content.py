"""Gates that warn: what the cells of a source hold, and where its links lead.

They run on what was accepted, hold nothing and keep nothing out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from statistics import median
from typing import Any

import polars as pl

from config.records import Field, Records
from expectations.extract import Extract
from jobs.conform import FieldMapping, SourceMapping
from jobs.gates.gates import GateInput, GateResult, unless_accepted

_DAMAGED = "[\ufffd\\x00]"
_MOJIBAKE = "\u00c3[\u0080-\u00bf]|\u00c2[\u0080-\u00bf]|\u00e2\u20ac|\u00ef\u00bb\u00bf"
_FORMULA = r"^[=+\-@\t\r]"
_HARMLESS = r"^[+-]?[\d ().,/-]+$"
#: Words that are listed for an operator to add to a vocabulary. A word of a code list comes often;
#: what came less often may be a name in a column that was mapped wrongly.
_MOST, _OFTEN = 10, 5


def content_gates(given: GateInput, mapping: SourceMapping) -> list[GateResult]:
    """The gates on one source's cells.

    Args:
        given: What the gates look at.
        mapping: How the source is read.
    """
    found = [*_text(given, mapping), *_columns(given, mapping), *_dates(given, mapping)]
    return unless_accepted(given, found)


def _text(given: GateInput, mapping: SourceMapping) -> Iterator[GateResult]:
    """Damaged or dangerous text, in the cells of mapped columns as delivered."""
    frame = given.delivery.frame
    delivered = {name.strip().casefold(): name for name in frame.columns}
    mapped = [
        delivered[n.strip().casefold()]
        for n in mapping.columns
        if n.strip().casefold() in delivered
    ]
    counts = {"replacement_n": 0, "mojibake_n": 0, "formula_n": 0}
    places = []
    for name in dict.fromkeys(mapped):
        if given.delivery.types.get(name, "text") != "text":
            continue
        cell = pl.col(name)
        trimmed = cell.str.strip_chars()
        harmless = trimmed.str.contains(_HARMLESS) | trimmed.str.to_lowercase().is_in(
            list(mapping.null_words)
        )
        found = frame.select(
            cell.str.contains(_DAMAGED).sum().alias("replacement_n"),
            cell.str.contains(_MOJIBAKE).sum().alias("mojibake_n"),
            (cell.str.contains(_FORMULA) & ~harmless).sum().alias("formula_n"),
        ).row(0, named=True)
        if any(found.values()):
            places.append(name)
        counts = {kind: counts[kind] + int(found[kind] or 0) for kind in counts}
    failed = bool(places)
    yield GateResult(
        "text",
        given.name,
        failed=failed,
        action="warn" if failed else "none",
        evidence={"columns": ", ".join(places), **counts},
        message=f"damaged or dangerous text in {', '.join(places)}" if failed else "",
    )


def _columns(given: GateInput, mapping: SourceMapping) -> Iterator[GateResult]:
    """A column newly empty, or words that no vocabulary knows."""
    limits, rows = given.thresholds, given.delivery.rows
    read = {**{mapped.field.name: mapped for mapped in mapping.main.fields}, **mapping.beside}
    worded = {name for name, mapped in read.items() if mapped.vocabulary is not None}
    nights = given.past[-limits["rowcount_nights"] :]
    before: dict[str, list[float]] = {}
    for night in nights:
        for field, cells, empty in night.columns.select("field", "cells", "empty").iter_rows():
            if cells + empty:
                before.setdefault(field, []).append(empty / (cells + empty))
    for column in given.conformed.columns.iter_rows(named=True):
        cells, empty, unmapped = column["cells"], column["empty"], column["unmapped"]
        usual = median(before[column["field"]]) if column["field"] in before else None
        share = empty / (cells + empty) if cells + empty else 0.0
        compared = usual is not None and rows >= limits["gate_min_rows"]
        looked_up = cells > 0 and column["field"] in worded
        if not compared and not looked_up:
            continue
        newly = compared and share > limits["null_share"] and usual <= limits["null_before"]
        unknown = looked_up and unmapped / cells > limits["unmapped_rate"]
        fault = "empty" if newly else "unmapped" if unknown else ""
        message = ""
        if newly:
            message = f"{column['column']} is newly empty"
        elif unknown:
            message = f"{unmapped:,} of {cells:,} words of {column['column']} are not known"
            message += _words(given, read[column["field"]])
        yield GateResult(
            "columns",
            given.name,
            part=column["field"],
            failed=bool(fault),
            action="warn" if fault else "none",
            evidence={
                "fault": fault,
                "empty_share": round(share, 4),
                "baseline_share": None if usual is None else round(usual, 4),
                "unmapped_n": unmapped,
                "values_n": cells,
            },
            message=message,
        )


def _words(given: GateInput, mapped: FieldMapping) -> str:
    """The words that no vocabulary knows, the commonest first; never those of a personal field."""
    rejects = given.conformed.rejects.filter(
        pl.col("reason") == "unmapped", pl.col("column") == ", ".join(mapped.columns)
    )
    if mapped.field.personal or mapped.pseudonym or rejects.is_empty():
        return ""
    common = (
        rejects.group_by("raw")
        .len()
        .filter(pl.col("len") >= _OFTEN)
        .sort("len", "raw", descending=[True, False])
        .head(_MOST)
    )
    listed = ", ".join(f'"{word}"' for word in common.get_column("raw"))
    return f": {listed}" if listed else "; see the rejects of the night"


def _dates(given: GateInput, mapping: SourceMapping) -> Iterator[GateResult]:
    """Placeholder or future dates common in a column."""
    limits, frame = given.thresholds, given.frame
    # An end in the year 9999 is a way to say that there is none.
    endless = pl.col("field").str.ends_with(".end_date") & pl.col("raw").str.contains("9999")
    placed_there = (pl.col("reason") == "sentinel") & ~endless.fill_null(False)
    rejects = given.conformed.rejects.filter(placed_there)
    sentinels = dict(rejects.group_by("field").len().iter_rows())
    cells = dict(given.conformed.columns.select("field", "cells").iter_rows())
    for mapped in mapping.main.fields:
        field = mapped.field
        total = cells.get(field.name, 0)
        if field.type not in ("date", "timestamp") or total < limits["gate_min_cells"]:
            continue
        placed = int(sentinels.get(f"{given.conformed.main}.{field.name}", 0))
        ahead = 0 if field.future else _ahead(frame, field, given)
        failed = (placed + ahead) / total > limits["bad_date_rate"]
        yield GateResult(
            "dates",
            given.name,
            part=field.name,
            failed=failed,
            action="warn" if failed else "none",
            evidence={"sentinels": placed, "futures": ahead, "cells": total},
            message=f"{placed + ahead} of {total} dates of {field.name} are no dates of events"
            if failed
            else "",
        )


def _ahead(frame: pl.DataFrame, field: Field, given: GateInput) -> int:
    soon = given.asof + timedelta(minutes=given.thresholds["tolerance_min"])
    column = pl.col(field.name)
    later = column > given.business_date if field.type == "date" else column > soon
    return int(frame.select(later.sum()).item() or 0)


#: Links whose table another field names: child, field that names the kind, link, kind -> parent.
_BY_KIND: Sequence[tuple[str, str, str, Mapping[str, str]]] = (
    ("reviews", "object_type", "object_id", {"order": "orders", "breach": "breaches"}),
    ("shares", "object_type", "object_id", {"order": "orders", "breach": "breaches"}),
)


def link_gates(
    extract: Extract, records: Records, thresholds: Mapping[str, Any]
) -> list[GateResult]:
    """Links that lead nowhere, over the records of the whole night.

    Args:
        extract: The canonical tables.
        records: The field dictionary, which says what refers to what.
        thresholds: The named figures.
    """
    results: list[GateResult] = []
    for table in records.tables.values():
        for field in table.fields.values():
            if field.foreign is not None and field.name in extract.supplied.get(table.name, ()):
                parent, _, key = field.foreign.partition(".")
                results += _link(extract, table.name, field.name, {parent: key}, None, thresholds)
    for child, kind, link, parents in _BY_KIND:
        if link in extract.supplied.get(child, ()):
            keys = {parent: records[parent].key[0] for parent in parents.values()}
            results += _link(extract, child, link, keys, (kind, parents), thresholds)
    return results


def _link(
    extract: Extract,
    child: str,
    column: str,
    parents: Mapping[str, str],
    kinds: tuple[str, Mapping[str, str]] | None,
    thresholds: Mapping[str, Any],
) -> Iterator[GateResult]:
    """One link: its values that no parent has."""
    there = [parent for parent in parents if extract.supplied.get(parent)]
    if child in extract.held or any(parent in extract.held for parent in parents):
        yield GateResult("links", child, part=column, outcome="could_not_run")
        return
    if not there:
        yield GateResult("links", child, part=column, outcome="not_covered")
        return
    values = orphans = 0
    for parent in there:
        rows = extract.tables[child].filter(pl.col(column).is_not_null())
        if kinds is not None:
            named = [kind for kind, table in kinds[1].items() if table == parent]
            rows = rows.filter(pl.col(kinds[0]).is_in(named))
        known = extract.tables[parent].get_column(parents[parent])
        values += rows.height
        orphans += int((~rows.get_column(column).is_in(known.implode())).sum())
    if not values:
        yield GateResult("links", child, part=column, outcome="not_covered")
        return
    failed = orphans / values > thresholds["orphan_rate"]
    yield GateResult(
        "links",
        child,
        part=column,
        failed=failed,
        action="warn" if failed else "none",
        evidence={"orphans": orphans, "values": values, "rate": round(orphans / values, 6)},
        message=f"{orphans:,} of {values:,} values of {column} lead nowhere" if failed else "",
    )
