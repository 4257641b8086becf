"""Everything that the rules of one night need, loaded and checked together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from config.calendar import load_calendar
from config.errors import ConfigFaults, Fault
from config.order_types import load_order_types
from config.records import Records, load_records
from config.thresholds import Threshold as NamedThreshold
from config.thresholds import load_thresholds
from config.vocabularies import load_vocabularies
from expectations.catalogue import RULES_FOLDER, Catalogue, load_catalogue
from expectations.facts import FactBook, compute, load_facts
from expectations.night import Night, Threshold


@dataclass(frozen=True)
class Expectations:
    """The rules of one night and all that they read beside the records.

    Attributes:
        records: The field dictionary.
        reference: Tables that formulas may look up: `order_types` (the statutory catalogue),
            `ranks` (`rank`, `rank_order`), and every threshold that is a map (`key`, `value`).
        book: The facts.
        catalogue: The rules.
        night: The night.
    """

    records: Records
    reference: Mapping[str, pl.DataFrame]
    book: FactBook
    catalogue: Catalogue
    night: Night


def load_expectations(
    *,
    business_date: date,
    asof: datetime,
    pulled_at: datetime,
    thresholds: Mapping[str, Any],
    status: Mapping[str, str],
    rules: Path | None = None,
    disputed: Collection[date] | None = None,
) -> Expectations:
    """Load the dictionary, the catalogue, the facts and the rules for one night.

    Args:
        business_date: The date that names the night.
        asof: The instant that the records are judged at.
        pulled_at: When the sources were read.
        thresholds: Thresholds that differ from `thresholds.toml`.
        status: Rules that the settings switch on, off or to trial.
        rules: A folder of rules instead of those that come with Orderwatch.
        disputed: Days whose status is in doubt, instead of those of `calendar.toml`.

    Raises:
        ConfigFaults: With every fault of every file.
    """
    records = load_records()
    named = load_thresholds(overrides=thresholds)
    reference = reference_tables(named)
    calendar = load_calendar()
    if disputed is not None:
        calendar = replace(calendar, disputed=frozenset(disputed))
    night = Night(
        business_date=business_date,
        asof=asof,
        calendar=calendar,
        thresholds={t.name: Threshold(t.value, t.unit) for t in named.values()},
        pulled_at=pulled_at,
    )
    book = load_facts(
        records, night.thresholds, {name: tuple(t.columns) for name, t in reference.items()}
    )
    faults = fact_faults(records, reference, book, night)
    if faults:
        raise ConfigFaults(faults)
    catalogue = load_catalogue(
        records,
        book,
        reference["order_types"].get_column("order_type").to_list(),
        rules or RULES_FOLDER,
    )
    unknown = [
        Fault("orderwatch.toml", 0, f"`rules.{name}`: there is no such rule")
        for name in sorted(set(status) - set(catalogue.rules))
    ]
    if unknown:
        raise ConfigFaults(unknown)
    return Expectations(records, reference, book, catalogue.with_status(status), night)


def reference_tables(thresholds: Mapping[str, NamedThreshold]) -> dict[str, pl.DataFrame]:
    """The tables that formulas may look up beside the records."""
    ranks = load_vocabularies()["rank"].order()
    tables = {
        "order_types": load_order_types().frame(),
        "ranks": pl.DataFrame(
            {"rank": list(ranks), "rank_order": list(ranks.values())},
            schema={"rank": pl.String, "rank_order": pl.Int64},
        ),
    }
    for threshold in thresholds.values():
        if threshold.unit == "map":
            tables[threshold.name] = _pairs(threshold.value)
    return tables


def _pairs(mapping: Mapping[str, Any]) -> pl.DataFrame:
    """A map as rows of `key` and `value`, one for each member of a list."""
    rows = [
        (key, value)
        for key, values in mapping.items()
        for value in (values if isinstance(values, list | tuple) else [values])
    ]
    return pl.DataFrame(rows, schema=["key", "value"], orient="row")


def fact_faults(
    records: Records, reference: Mapping[str, pl.DataFrame], book: FactBook, night: Night
) -> list[Fault]:
    """Facts that cannot be worked out even over no records: wrong types, wrong functions."""
    empty = {name: table.empty() for name, table in records.tables.items()}
    computed = compute({**empty, **reference}, book.facts, book, night, {})
    return [
        book.facts[column].entry.fault(reason)
        for column, reason in computed.broken.items()
        if reason.startswith(f"fact `{column[1]}`")
    ]
