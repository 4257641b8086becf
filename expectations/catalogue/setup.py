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
from config.toml_lines import TomlFile
from expectations.catalogue.catalogue import RULES_FOLDER, Catalogue, read_catalogue
from expectations.catalogue.slips import Slips, code_words, plain
from expectations.facts import FACTS_FOLDER, FactBook, compute, read_facts
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
    settings: TomlFile | None = None,
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
        settings: The file that `status` stands in, for the lines of faults.

    Raises:
        ConfigFaults: With every fault of every file.
    """
    expectations, faults = read_expectations(
        reference,
        business_date=business_date,
        asof=asof,
        pulled_at=pulled_at,
        status=status,
        rules=rules,
        settings=settings,
    )
    if faults:
        raise ConfigFaults(faults)
    return expectations


def read_expectations(
    reference: Reference,
    *,
    business_date: date,
    asof: datetime,
    pulled_at: datetime,
    status: Mapping[str, str] | None = None,
    rules: Path | None = None,
    settings: TomlFile | None = None,
) -> tuple[Expectations, list[Fault]]:
    """The facts and rules that could be read, and every fault of every file.

    The arguments are those of `load_expectations`.
    """
    night = night_of(reference, business_date=business_date, asof=asof, pulled_at=pulled_at)
    lookups = lookup_tables(reference)
    book, faults = read_facts(
        reference.records,
        night.thresholds,
        {name: tuple(table.columns) for name, table in lookups.items()},
        (FACTS_FOLDER, rules / "facts") if rules else (FACTS_FOLDER,),
    )
    empty = {name: table.empty() for name, table in reference.records.tables.items()}
    computed = compute({**empty, **lookups}, book.sound, book, night, {})
    faults += (
        book.facts[column].entry.fault(plain(words)) for column, words in computed.words.items()
    )
    catalogue, unread = read_catalogue(
        reference.records,
        book,
        reference.order_types.types,
        (RULES_FOLDER, rules) if rules else (RULES_FOLDER,),
    )
    faults += unread
    slips = Slips(computed.tables, book, night, code_words(reference))
    found = [
        *(f for c in book.sound - computed.broken.keys() for f in slips.of_fact(book.facts[c])),
        *(f for rule in catalogue for f in slips.of_rule(rule)),
    ]
    told = {(fault.file, fault.line) for fault in faults}
    faults += (fault for fault in dict.fromkeys(found) if (fault.file, fault.line) not in told)
    file = settings or TomlFile("settings", {})
    faults += [
        file.fault(f"`rule_status`: there is no rule `{name}`", "rule_status", name)
        for name in sorted(set(status or {}) - set(catalogue.rules))
    ]
    catalogue = catalogue.with_status(status or {})
    return Expectations(reference.records, lookups, book, catalogue, night), faults


def night_of(
    reference: Reference, *, business_date: date, asof: datetime, pulled_at: datetime
) -> Night:
    """The night, with the calendar and the figures that hold on it; see `load_expectations`."""
    return Night(
        business_date=business_date,
        asof=asof,
        calendar=reference.calendar,
        thresholds={
            t.name: Threshold(t.value, t.unit, t.means) for t in reference.thresholds.values()
        },
        pulled_at=pulled_at,
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
        **reference.court_codes.frames(),
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
