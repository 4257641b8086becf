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
from config.thresholds import load_thresholds
from expectations.catalogue import RULES_FOLDER, Catalogue, load_catalogue
from expectations.facts import FactBook, compute, load_facts
from expectations.night import Night, Threshold


@dataclass(frozen=True)
class Expectations:
    """The rules of one night and all that they read beside the records.

    Attributes:
        records: The field dictionary.
        order_types: The statutory catalogue, one row a type.
        book: The facts.
        catalogue: The rules.
        night: The night.
    """

    records: Records
    order_types: pl.DataFrame
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
    types = load_order_types()
    frame = types.frame()
    named = load_thresholds(overrides=thresholds)
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
    book = load_facts(records, night.thresholds, {"order_types": tuple(frame.columns)})
    faults = fact_faults(records, frame, book, night)
    if faults:
        raise ConfigFaults(faults)
    catalogue = load_catalogue(
        records, book, frame.get_column("order_type").to_list(), rules or RULES_FOLDER
    )
    unknown = [
        Fault("orderwatch.toml", 0, f"`rules.{name}`: there is no such rule")
        for name in sorted(set(status) - set(catalogue.rules))
    ]
    if unknown:
        raise ConfigFaults(unknown)
    return Expectations(records, frame, book, catalogue.with_status(status), night)


def fact_faults(
    records: Records, order_types: pl.DataFrame, book: FactBook, night: Night
) -> list[Fault]:
    """Facts that cannot be worked out even over no records: wrong types, wrong functions."""
    empty = {name: table.empty() for name, table in records.tables.items()}
    computed = compute({**empty, "order_types": order_types}, book.facts, book, night)
    return [
        book.facts[column].entry.fault(reason)
        for column, reason in computed.broken.items()
        if reason.startswith(f"fact `{column[1]}`")
    ]
