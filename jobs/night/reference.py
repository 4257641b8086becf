"""The reference data of a force, with the settings over it."""

from __future__ import annotations

from config.reference import Reference, load_reference
from config.settings import Settings
from config.toml_lines import read_toml
from config.units import UNITS_FILE


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
