"""The measures as the scrutiny pack may show them."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from reports.excel import NOT_APPLICABLE, NOT_AVAILABLE
from reports.night import ReportNight
from reports.suppression import CONFIDENTIAL, Sum, hidden_cells, rate_is_hidden

#: Numerators that count types of order or wholes, not people or their records.
_NOT_RECORDS = ("index", "count")


class MeasureRow(NamedTuple):
    """A measure as it may be shown; `known` is the percentage of records that could be measured."""

    measure: str
    cut: str
    value: float | str
    unit: str
    numerator: int | str
    denominator: int | str
    excluded: int | str
    known: float | str


_Key = tuple[str, str, str]


def shown_measures(night: ReportNight) -> list[MeasureRow]:
    """Every measure, with the figures that must not be shown replaced by `[c]`.

    The rest of a denominator is protected as the numerator is, and so is what is left of the 12
    months beside the latest quarter.
    """
    settings = night.settings
    rows = list(night.measures.iter_rows(named=True))
    hidden = _hidden(rows, settings.suppress_below)
    shown = []
    for row in rows:
        measure, cut, unit = row["measure"], row["cut"], row["unit"]
        if row["denominator"] is None:
            shown.append(MeasureRow(measure, cut, NOT_AVAILABLE, unit, *[NOT_AVAILABLE] * 4))
            continue
        n, d, x = (int(row[name]) for name in ("numerator", "denominator", "excluded"))
        numerator, denominator, excluded = (
            CONFIDENTIAL if (measure, cut, name) in hidden else count
            for name, count in (("n", n), ("d", d), ("x", x))
        )
        unsafe = CONFIDENTIAL in (numerator, denominator) or d < settings.minimum_denominator
        value: float | str = CONFIDENTIAL
        if d == 0 or row["value"] is None:
            value = NOT_APPLICABLE
        elif not unsafe:
            value = round(row["value"], 2 if unit == "index" else 1)
        known: float | str = CONFIDENTIAL
        if unit != "%" or measure == "M26" or d + x == 0:
            known = NOT_APPLICABLE
        elif CONFIDENTIAL not in (denominator, excluded) and not rate_is_hidden(
            d, d + x, below=settings.suppress_below, minimum=settings.minimum_denominator
        ):
            known = round(100 * d / (d + x), 1)
        shown.append(MeasureRow(measure, cut, value, unit, numerator, denominator, excluded, known))
    return shown


def _hidden(rows: list[dict[str, object]], below: int) -> frozenset[_Key]:
    counts: dict[_Key, int] = {}
    sums: list[Sum[_Key]] = []
    silent: set[_Key] = set()

    def rest(total: _Key, part: _Key, name: str) -> None:
        left = counts[total] - counts[part]
        if left <= 0:
            return
        key = (part[0], part[1], f"{part[2]} {name}")
        counts[key] = left
        silent.add(key)
        sums.append(Sum(total, (part, key)))

    figures = pl.DataFrame(rows, infer_schema_length=None) if rows else None
    if figures is None:
        return frozenset()
    for row in figures.drop_nulls("denominator").iter_rows(named=True):
        measure, cut = row["measure"], row["cut"]
        for name, column in (("n", "numerator"), ("d", "denominator"), ("x", "excluded")):
            counts[measure, cut, name] = int(row[column])
        if measure == "M26":
            # What is left out of the score are rules, not people or their records.
            del counts[measure, cut, "x"]
        if row["unit"] in _NOT_RECORDS:
            # Types of order are few and are not people.
            del counts[measure, cut, "n"]
        elif row["unit"] == "%":
            rest((measure, cut, "d"), (measure, cut, "n"), "rest")
    for measure, cut, name in list(counts):
        year = (measure, cut.replace("latest quarter", "12 months"), name)
        if "latest quarter" in cut and year in counts:
            rest(year, (measure, cut, name), "earlier")
    return hidden_cells(counts, sums, below=below, never_shown=silent)
