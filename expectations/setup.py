"""Everything that the rules of one night need, loaded and checked together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from config.errors import ConfigFaults, Fault
from config.records import TIMESTAMP, Records
from config.reference import Reference
from expectations.catalogue import RULES_FOLDER, Catalogue, load_catalogue
from expectations.facts import FactBook, compute, load_facts
from expectations.facts.book import FACTS_FOLDER
from expectations.night import Night, Threshold

#: What was failing on nights before, from the ledger: one row each time that a record failed a
#: rule, `from` the night that found it `until` the night that no longer did (empty: it still did
#: when tonight began). Empty until a night fills it.
PAST_FAILURES = pl.Schema(
    {
        **dict.fromkeys(("records", "record_key", "rule_id"), pl.String()),
        **dict.fromkeys(("from_date", "until_date"), pl.Date()),
        **dict.fromkeys(("from_ts", "until_ts"), TIMESTAMP),
    }
)


@dataclass(frozen=True)
class Expectations:
    """The rules of one night and all that they read beside the records.

    Attributes:
        records: The field dictionary.
        lookups: Tables that formulas may look up: `order_types` (the statutory catalogue),
            `ranks` (`rank`, `rank_order`), `past_failures` (`PAST_FAILURES`, with no rows), and
            every threshold that is a map (`key`, `value`).
        book: The facts.
        catalogue: The rules.
        night: The night.
    """

    records: Records
    lookups: Mapping[str, pl.DataFrame]
    book: FactBook
    catalogue: Catalogue
    night: Night


def load_expectations(
    reference: Reference,
    *,
    business_date: date,
    asof: datetime,
    pulled_at: datetime,
    status: Mapping[str, str] | None = None,
    rules: Path | None = None,
) -> Expectations:
    """Load the facts and the rules for one night.

    Args:
        reference: The field dictionary, thresholds, calendar and the rest.
        business_date: The date that names the night.
        asof: The instant that the records are judged at.
        pulled_at: When the sources were read.
        status: Rules that the settings switch on, off or to trial.
        rules: A folder of the force's own rules, read beside those that come with Orderwatch; its
            folder `facts` holds own facts.

    Raises:
        ConfigFaults: With every fault of every file.
    """
    night = Night(
        business_date=business_date,
        asof=asof,
        calendar=reference.calendar,
        thresholds={t.name: Threshold(t.value, t.unit) for t in reference.thresholds.values()},
        pulled_at=pulled_at,
    )
    lookups = lookup_tables(reference)
    book = load_facts(
        reference.records,
        night.thresholds,
        {name: tuple(table.columns) for name, table in lookups.items()},
        (FACTS_FOLDER, rules / "facts") if rules else (FACTS_FOLDER,),
    )
    faults = fact_faults(reference.records, lookups, book, night)
    catalogue = None
    try:
        catalogue = load_catalogue(
            reference.records,
            book,
            reference.order_types.types,
            (RULES_FOLDER, rules) if rules else (RULES_FOLDER,),
        )
    except ConfigFaults as error:
        faults += error.faults
    if catalogue is not None:
        faults += [
            Fault("orderwatch.toml", 0, f"`rule_status`: there is no rule `{name}`")
            for name in sorted(set(status or {}) - set(catalogue.rules))
        ]
    if faults or catalogue is None:
        raise ConfigFaults(faults)
    return Expectations(
        reference.records, lookups, book, catalogue.with_status(status or {}), night
    )


def lookup_tables(reference: Reference) -> dict[str, pl.DataFrame]:
    """The tables that formulas may look up beside the records."""
    ranks = reference.vocabularies["rank"].order()
    tables = {
        "order_types": reference.order_types.frame(),
        "ranks": pl.DataFrame(
            {"rank": list(ranks), "rank_order": list(ranks.values())},
            schema={"rank": pl.String, "rank_order": pl.Int64},
        ),
        "past_failures": PAST_FAILURES.to_frame(),
    }
    for threshold in reference.thresholds.values():
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
    records: Records, lookups: Mapping[str, pl.DataFrame], book: FactBook, night: Night
) -> list[Fault]:
    """Facts that cannot be worked out even over no records: wrong types, wrong functions."""
    empty = {name: table.empty() for name, table in records.tables.items()}
    computed = compute({**empty, **lookups}, book.facts, book, night, {})
    return [
        book.facts[column].entry.fault(reason)
        for column, reason in computed.broken.items()
        if reason.startswith(f"fact `{column[1]}`")
    ]
