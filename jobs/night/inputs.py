"""What a night is run with: the reference data, the mappings and the rules of a force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypedDict

from config.errors import Fault
from config.reference import Reference, load_reference
from config.sentences import Said, say
from config.settings import Settings
from config.toml_lines import TomlFile, read_toml
from config.units import UNITS_FILE
from expectations.catalogue import Expectations, load_expectations, unit_faults
from expectations.language import as_of
from jobs.conform import SourceMapping, load_mapping

#: So long ahead it is said that bank holidays run out.
_YEAR = timedelta(days=366)


class Tonight(TypedDict):
    """What the rules want to know of a night and of a force."""

    business_date: date
    asof: datetime
    pulled_at: datetime
    status: Mapping[str, str]
    rules: Path | None
    settings: TomlFile


def sources_wanting(settings: Settings) -> list[Fault]:
    """Settings that name no source: nothing would be read, and nothing wrong would be found."""
    if settings.sources:
        return []
    message = (
        "there is no [[source]]: a night would read nothing and find nothing wrong; name at least "
        "one (docs/sources.md)"
    )
    return [Fault(settings.file.name, 0, message)]


def calendar_warnings(business_date: date, reference: Reference) -> list[Said]:
    """Bank holidays that end within a year of a night, before a deadline may need them."""
    until = reference.calendar.published_until
    return [] if until >= business_date + _YEAR else [say("night.holidays_end", day=until)]


def read_reference(settings: Settings) -> Reference:
    """Everything that people may change, as this force has it.

    The force's own code stands in for the threshold `our_force`.

    Raises:
        ConfigFaults: With every fault of every file.
    """
    beside = settings.file.parent / UNITS_FILE.name
    units = settings.units or (beside if beside.exists() else UNITS_FILE)
    return load_reference(
        units=units,
        overrides={"our_force": settings.force_code, **settings.thresholds},
        settings=read_toml(settings.file, name=settings.file.name),
    )


def load_mappings(settings: Settings, reference: Reference) -> dict[str, SourceMapping]:
    """The mapping of every source.

    Raises:
        ConfigFaults: One of them is wrong.
    """
    return {
        source.name: load_mapping(source, settings.mapping_file(source), reference)
        for source in settings.sources
    }


def tonight(settings: Settings, business_date: date, pulled_at: datetime | None = None) -> Tonight:
    """What the rules want to know of the night of a business date."""
    return Tonight(
        business_date=business_date,
        asof=as_of(business_date, settings.as_of_time),
        pulled_at=pulled_at or datetime.now(UTC),
        status=settings.rule_status,
        rules=settings.rules,
        settings=read_toml(settings.file, name=settings.file.name),
    )


def expectations_of(
    settings: Settings,
    reference: Reference,
    business_date: date,
    pulled_at: datetime | None = None,
) -> Expectations:
    """The rules as they stand on a night.

    Raises:
        ConfigFaults: With every fault of facts and rules.
    """
    return load_expectations(reference, **tonight(settings, business_date, pulled_at))


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
