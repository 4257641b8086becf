"""The measures as the scrutiny pack may show them."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from reports.excel import NOT_APPLICABLE, NOT_AVAILABLE
from reports.night import ReportNight
from reports.pcc.rates import percentage, rounded
from reports.routing import SOURCES
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
    scored = _scored(night)
    shown = []
    for row in rows:
        measure, cut, unit = row["measure"], row["cut"], row["unit"]
        if row["denominator"] is None or (measure == "M26" and cut not in scored):
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
            value = _value(row["value"], unit, n, d)
        known: float | str = CONFIDENTIAL
        if unit != "%" or measure == "M26" or d + x == 0:
            known = NOT_APPLICABLE
        elif CONFIDENTIAL not in (denominator, excluded) and not rate_is_hidden(
            d, d + x, below=settings.suppress_below, minimum=settings.minimum_denominator
        ):
            known = percentage(d, d + x)
        shown.append(MeasureRow(measure, cut, value, unit, numerator, denominator, excluded, known))
    return shown


def _scored(night: ReportNight) -> set[str]:
    """The cuts of the data quality score of which at least one rule on records ran."""
    records = night.rules.filter(pl.col("records") != SOURCES).select("rule_id", "dimension")
    ran = night.outcomes.filter(pl.col("outcome") == "ran").join(records, on="rule_id")
    return {"all", *ran["dimension"].drop_nulls()} if ran.height else set()


def _value(value: float, unit: str, numerator: int, denominator: int) -> float | str:
    if unit == "%":
        return percentage(numerator, denominator)
    return rounded(value, 2 if unit == "index" else 1)


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
    _of_the_same_records(counts, sums, silent)
    return hidden_cells(counts, sums, below=below, never_shown=silent)


def _of_the_same_records(counts: dict[_Key, int], sums: list[Sum[_Key]], silent: set[_Key]) -> None:
    """What a reader knows across measures: which of them count the same records.

    The definitions say it: the outcomes of the notices add up to the notices; a current review and
    a separate supervisor are asked of the same orders; the median and the 90th percentile are of
    the same breaches; so are the variety index and the number of types, of the same orders.
    """

    def same(*keys: _Key) -> None:
        there = [key for key in keys if key in counts]
        sums.extend(Sum(there[0], (key,)) for key in there[1:])

    for period in ("12 months", "latest quarter"):
        outcomes = [c for m, c, name in counts if m == "M02" and name == "n" and _is_of(c, period)]
        same(*(("M02", cut, "d") for cut in outcomes))
        served, parts = ("M02", period, "d"), tuple(("M02", cut, "n") for cut in outcomes)
        if served in counts and counts[served] == sum(counts[part] for part in parts):
            sums.append(Sum(served, parts))
        middle, late = f"{period}, median", f"{period}, 90th percentile"
        same(*(("M17", cut, name) for cut in (middle, late) for name in ("n", "d")))
        same(("M17", middle, "x"), ("M17", late, "x"))
        for name in ("d", "x"):
            same(("M05", period, name), ("M05", f"{period}, types used", name))
    asked = [m for m in ("M14", "M15") if (m, "live orders", "d") in counts]
    wholes = {
        measure: counts[measure, "live orders", "d"] + counts[measure, "live orders", "x"]
        for measure in asked
    }
    if len(set(wholes.values())) == 1:
        orders: _Key = ("M14", "live orders", "all")
        counts[orders] = wholes[asked[0]]
        silent.add(orders)
        sums.extend(
            Sum(orders, ((measure, "live orders", "d"), (measure, "live orders", "x")))
            for measure in asked
        )
    _breaches_by_type(counts, sums, silent)


def _breaches_by_type(counts: dict[_Key, int], sums: list[Sum[_Key]], silent: set[_Key]) -> None:
    """Breaches by type of order add up to all of them, those of two types counted twice."""
    total: _Key = ("M16", "12 months", "n")
    parts = tuple(k for k in counts if k[0] == "M16" and k[2] == "n" and k != total)
    if total not in counts or not parts:
        return
    twice = sum(counts[part] for part in parts) - counts[total]
    if twice < 0:
        return
    every: _Key = ("M16", "12 months", "n, by type")
    counts[every] = counts[total] + twice
    silent.add(every)
    sums.append(Sum(every, parts))
    both: _Key = ("M16", "12 months", "n, twice")
    if twice:
        counts[both] = twice
        silent.add(both)
    sums.append(Sum(every, (total, both) if twice else (total,)))


def _is_of(cut: str, period: str) -> bool:
    return cut == period or cut.startswith(f"{period}, ")
