"""Find every fault in the files that people may change, all at once."""

from __future__ import annotations

from pathlib import Path

from config.errors import ConfigFaults, Fault, SourceError
from config.reference import Reference
from config.settings import Settings, load_settings
from expectations.catalogue import Expectations, expectation_faults, read_expectations
from jobs.conform import load_mapping
from jobs.night import read_reference, today, tonight, units_wanting
from jobs.pull import pull


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
        expectations, wrong = read_expectations(reference, **tonight(settings, today(settings)))
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
