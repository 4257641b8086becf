"""Find every fault in the files that people may change, all at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypedDict

from config.errors import ConfigFaults, Fault, SourceError
from config.reference import Reference
from config.settings import Settings, load_settings
from config.toml_lines import TomlFile, read_toml
from expectations.catalogue.owners import unit_faults
from expectations.catalogue.setup import Expectations, load_expectations, read_expectations
from expectations.catalogue.suites import expectation_faults
from expectations.language.clock import as_of
from jobs.conform import load_mapping
from jobs.night.reference import read_reference
from jobs.night.today import today
from jobs.pull import pull


class Tonight(TypedDict):
    """What `load_expectations` wants to know of a night and of a force."""

    business_date: date
    asof: datetime
    pulled_at: datetime
    status: Mapping[str, str]
    rules: Path | None
    settings: TomlFile


def check_everything(settings_file: Path, *, connect: bool) -> str:
    """Check settings, mappings, dictionary, facts and rules.

    Args:
        settings_file: The settings.
        connect: Also read every source.

    Returns:
        What was found in order.

    Raises:
        ConfigFaults: With every fault of every file.
    """
    settings = load_settings(settings_file)
    faults: list[Fault] = []
    reference: Reference | None = None
    expectations: Expectations | None = None
    try:
        reference = read_reference(settings)
        expectations, wrong = read_expectations(reference, **_tonight(settings))
        faults += wrong
        told = {(fault.file, fault.line) for fault in wrong}
        found = expectation_faults(expectations.catalogue, expectations.night)
        faults += (fault for fault in found if (fault.file, fault.line) not in told)
        faults += units_wanting(settings, reference, expectations)
    except ConfigFaults as error:
        faults += error.faults
    if reference is not None:
        faults += _mapping_faults(settings, reference)
    said = [] if faults or not connect else _read(settings, faults)
    if faults:
        raise ConfigFaults(faults)
    if reference is None or expectations is None:  # they are there where no fault was found
        raise ConfigFaults([])
    rules = list(expectations.catalogue)
    active = sum(rule.status == "active" for rule in rules)
    return "\n".join(
        [
            f"No fault found in {settings_file}: {len(settings.sources)} sources, "
            f"{len(rules)} rules ({active} active), {len(expectations.book.facts)} facts, "
            f"{len(reference.units.frame())} units.",
            *said,
        ]
    )


def expectations_of(settings: Settings, reference: Reference) -> Expectations:
    """The rules as they stand tonight.

    Raises:
        ConfigFaults: With every fault of facts and rules.
    """
    return load_expectations(reference, **_tonight(settings))


def _tonight(settings: Settings) -> Tonight:
    night = today(settings)
    return Tonight(
        business_date=night,
        asof=as_of(night, settings.as_of_time),
        pulled_at=datetime.now(UTC),
        status=settings.rule_status,
        rules=settings.rules,
        settings=read_toml(settings.file, name=settings.file.name),
    )


def units_wanting(
    settings: Settings, reference: Reference, expectations: Expectations
) -> list[Fault]:
    """Units that active rules send exceptions to and that the settings do not name."""
    return unit_faults(
        expectations.catalogue,
        expectations.book,
        reference.records,
        reference.thresholds,
        read_toml(settings.file, name=settings.file.name),
    )


def _mapping_faults(settings: Settings, reference: Reference) -> list[Fault]:
    faults: list[Fault] = []
    for source in settings.sources:
        if source.records not in reference.records.tables:
            faults.append(
                Fault(
                    settings.file.name,
                    0,
                    f"source `{source.name}`: there is no table `{source.records}`; there are "
                    f"{', '.join(reference.records.tables)}",
                )
            )
            continue
        try:
            load_mapping(source, settings.mapping_file(source), reference)
        except ConfigFaults as error:
            faults += error.faults
    return list(dict.fromkeys(faults))


def _read(settings: Settings, faults: list[Fault]) -> list[str]:
    """Read every source once, and say what it gave."""
    said = []
    for source in settings.sources:
        try:
            delivery = pull(source)
        except SourceError as error:
            faults.append(Fault(settings.file.name, 0, f"source `{source.name}`: {error}"))
        else:
            said.append(f"  {source.name}: {delivery.frame.height:,} rows")
    return said
