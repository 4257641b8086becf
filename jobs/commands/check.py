"""Find every fault in the files that people may change, all at once; try the sources if asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from config.errors import ConfigFaults, Fault
from config.reference import Reference
from config.settings import Settings, load_settings
from expectations.catalogue import Expectations, expectation_faults, read_expectations
from expectations.night import Night
from jobs.conform import load_mapping
from jobs.ledger import Ledger
from jobs.night import (
    Taken,
    calendar_warnings,
    examine,
    far_back,
    load_mappings,
    open_to_others,
    owner_only,
    read_reference,
    sources_wanting,
    today,
    tonight,
    units_wanting,
)
from jobs.pull import Reader

#: So many kinds of rejects are told of each source.
_TOLD = 12


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        text: What to tell the operator.
        held: A night would hold a source.
    """

    text: str
    held: bool = False


def check_everything(
    settings_file: Path, *, connect: bool, data_dir: Path | None = None
) -> Checked:
    """Check settings, mappings, dictionary, facts and rules.

    Args:
        settings_file: The settings.
        connect: Also read every source, and do what a night does up to the gates. Nothing is
            written, and no ledger is made; one that is there is asked for the past.
        data_dir: The data folder, over the settings.

    Returns:
        What was found in order.

    Raises:
        ConfigFaults: With every fault of every file.
        LedgerError: The ledger that is there cannot be read.
    """
    settings = load_settings(settings_file, data_dir=data_dir)
    faults: list[Fault] = sources_wanting(settings)
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
    if faults:
        raise ConfigFaults(faults)
    if reference is None or expectations is None:  # they are there where no fault was found
        raise ConfigFaults([])
    rules = list(expectations.catalogue)
    active = sum(rule.status == "active" for rule in rules)
    lines = [
        f"No fault found in {settings_file}: {len(settings.sources)} sources, "
        f"{len(rules)} rules ({active} active), {len(expectations.book.facts)} facts, "
        f"{len(reference.units.frame())} units.",
        *(f"Warning: {said}" for said in open_to_others(settings)),
        *(f"Warning: {said}" for said in calendar_warnings(today(settings), reference)),
    ]
    if not connect:
        return Checked("\n".join(lines))
    tried, held = _tried(settings, reference, expectations.night)
    return Checked("\n".join([*lines, *tried]), held=held > 0)


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


def _tried(settings: Settings, reference: Reference, night: Night) -> tuple[list[str], int]:
    """What a night would make of every source, and how many it would hold."""
    mappings = load_mappings(settings, reference)
    ledger = Ledger.peek(settings.ledger_url)
    day = night.business_date
    lines, held = [""], 0
    with owner_only(), Reader(settings.limits) as reader:
        for source in settings.sources:
            past = ledger.past_nights(source.name, day, nights=far_back(night)) if ledger else ()
            accepted = ledger.accepted_gates(source.name, day) if ledger else frozenset[str]()
            mapping = mappings[source.name]
            taken = examine(
                settings, reference, mapping, source, night, past, accepted, read=reader.pull
            )
            lines += _said(taken)
            held += taken.night.outcome != "accepted"
    many = len(settings.sources)
    lines.append("")
    if ledger is None:
        lines.append("There is no past to compare with: no ledger was found, or an older one.")
    if held:
        lines.append(
            f"A night would hold {held} of {many} sources and end with 4. Nothing was written."
        )
    else:
        lines.append(f"A night would take all {many} sources. Nothing was written.")
    return lines, held


def _said(taken: Taken) -> list[str]:
    """A source in lines: what it gave, why it is held, what of it could not be read."""
    rows = "not read" if taken.night.rows is None else f"{taken.night.rows:,} rows"
    lines = [f"  {taken.source.name}: {rows}"]
    if taken.night.outcome != "accepted":
        lines.append(f"    HELD: {taken.night.reason}")
    lines += [
        f"    warning: {result.message}"
        for result in taken.results
        if result.action in ("warn", "quarantine") and result.message
    ]
    if taken.conformed is None:
        return lines
    kinds = (
        taken.conformed.rejects.group_by("field", "reason")
        .agg(pl.len().alias("n"))
        .sort("n", "field", "reason", descending=[True, False, False], nulls_last=True)
    )
    for field, reason, n in kinds.head(_TOLD).iter_rows():
        lines.append(f"    rejects: {n:,} {str(reason).replace('_', ' ')}: {field or 'whole rows'}")
    if kinds.height > _TOLD:
        lines.append(f"    rejects: {kinds.height - _TOLD} more kinds")
    return lines
