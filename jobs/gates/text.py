"""Damaged or dangerous text."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from config.sentences import say
from jobs.gates.fields import fields_of
from jobs.gates.model import GateInput, GateResult

_DAMAGED = "[\ufffd\\x00]"
_MOJIBAKE = "\u00c3[\u0080-\u00bf]|\u00c2[\u0080-\u00bf]|\u00e2\u20ac|\u00ef\u00bb\u00bf"
_FORMULA = r"^[=+\-@\t\r]"
_HARMLESS = r"^[+-]?[\d ().,/-]+$"


def text(given: GateInput) -> list[GateResult]:
    """Damaged or dangerous text in the cells of mapped columns, as delivered."""
    frame, mapping = given.delivery.frame, given.mapping
    delivered = {name.strip().casefold(): name for name in frame.columns}
    read = [delivered[n] for n in _folded(mapping.columns) if n in delivered]
    counts = {"replacement_n": 0, "mojibake_n": 0, "formula_n": 0}
    places = []
    for name in dict.fromkeys(read):
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
    fields = fields_of(mapping, places)
    return [
        GateResult(
            "text",
            given.name,
            failed=bool(places),
            action="warn" if places else "none",
            evidence={"columns": ", ".join(fields), **counts},
            said=(say("gates.text", cells=sum(counts.values()), fields=fields),) if places else (),
        )
    ]


def _folded(names: Iterable[str]) -> list[str]:
    return [name.strip().casefold() for name in names]
