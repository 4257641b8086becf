"""The data owners of a force: units and teams, their parents and the dates they existed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Self

import polars as pl
from pydantic import Field, model_validator

from config.errors import ConfigFaults, Fault
from config.models import Strict, read_models
from config.toml_lines import TomlFile, read_toml
from config.vocabularies import Vocabulary

#: The units that come with Orderwatch: a force that looks like Staffordshire.
UNITS_FILE = Path(__file__).with_name("units.toml")

#: Columns of `Units.frame`: the canonical `units` table.
_SCHEMA: Mapping[str, pl.DataType] = {
    "unit_code": pl.String(),
    "name": pl.String(),
    "kind": pl.String(),
    "parent": pl.String(),
    "active_from": pl.Date(),
    "active_to": pl.Date(),
    "mailbox_alias": pl.String(),
    "restricted": pl.Boolean(),
}


class Unit(Strict):
    """One unit or team.

    Attributes:
        unit_code: Its code.
        name: Its name, as people in the force say it.
        kind: What kind of unit it is.
        parent: The unit it belongs to, which takes over its records when it closes.
        active_from: First day it existed; empty when it has always been there.
        active_to: Last day it existed; empty while it exists.
        mailbox_alias: Name of the shared mailbox its digest goes to.
        restricted: Only named people may see its records.
        aliases: Other spellings that sources use.
    """

    unit_code: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
    name: Annotated[str, Field(min_length=1)]
    kind: Annotated[str, Field(min_length=1)]
    parent: str | None = None
    active_from: date | None = None
    active_to: date | None = None
    mailbox_alias: str | None = None
    restricted: bool = False
    aliases: Annotated[tuple[str, ...], Field(strict=False)] = ()

    @model_validator(mode="after")
    def _dates_in_order(self) -> Self:
        if self.active_from and self.active_to and self.active_to < self.active_from:
            raise ValueError(
                f"`active_to` ({self.active_to}) is before `active_from` ({self.active_from})"
            )
        return self

    def active(self, on: date) -> bool:
        """Whether the unit exists on a day."""
        return (self.active_from is None or self.active_from <= on) and (
            self.active_to is None or on <= self.active_to
        )


@dataclass(frozen=True)
class Units:
    """All the units.

    Attributes:
        units: The units by code, in the file's order.
    """

    units: Mapping[str, Unit]

    def __getitem__(self, code: str) -> Unit:
        return self.units[code]

    def __contains__(self, code: object) -> bool:
        return code in self.units

    def heir(self, code: str, on: date) -> str | None:
        """The unit itself if it exists on a day, else its nearest parent that does."""
        unit = self.units.get(code)
        while unit is not None and not unit.active(on):
            unit = self.units.get(unit.parent) if unit.parent else None
        return unit.unit_code if unit else None

    def frame(self) -> pl.DataFrame:
        """The units as the canonical `units` table, one row a unit, keyed by `unit_code`."""
        rows = [unit.model_dump(include=set(_SCHEMA)) for unit in self.units.values()]
        return pl.DataFrame(rows, schema=dict(_SCHEMA))

    def vocabulary(self) -> Vocabulary:
        """The words for units that sources use, mapped to unit codes."""
        return Vocabulary.of(
            "unit",
            self.units,
            means="Units by code, name and other spellings",
            aliases={code: (unit.name, *unit.aliases) for code, unit in self.units.items()},
        )


def load_units(path: Path = UNITS_FILE) -> Units:
    """Read the units.

    Raises:
        ConfigFaults: With every fault of the file.
    """
    file = read_toml(path, name=path.name)
    faults: list[Fault] = []
    units = read_models(file, Unit, faults, name_field="unit_code")
    for code, unit in units.items():
        if unit.parent is not None and unit.parent not in file.data:
            faults.append(
                file.fault(
                    f"`{code}`: `parent` is {unit.parent!r}, which is no unit of this file",
                    code,
                    "parent",
                )
            )
    _check_circles(file, units, faults)
    _check_spellings(file, units, faults)
    if faults:
        raise ConfigFaults(faults)
    return Units(units)


def _check_circles(file: TomlFile, units: Mapping[str, Unit], faults: list[Fault]) -> None:
    for code in units:
        seen: list[str] = []
        above = units[code].parent
        while above is not None and above in units and above not in seen:
            seen.append(above)
            above = units[above].parent
        if code in seen:
            faults.append(
                file.fault(f"`{code}` is, by its parents, its own parent", code, "parent")
            )


def _check_spellings(file: TomlFile, units: Mapping[str, Unit], faults: list[Fault]) -> None:
    owners: dict[str, str] = {}
    for code, unit in units.items():
        for word in {" ".join(w.split()).casefold() for w in (code, unit.name, *unit.aliases)}:
            other = owners.setdefault(word, code)
            if other != code:
                faults.append(
                    file.fault(f"{word!r} stands for both `{other}` and `{code}`; keep one", code)
                )
