"""Everything that people may change without Python, read together and checked against each other.

Each file has its own loader; here all are read, and every fault of all of them is raised at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from config.calendar import CALENDAR_FILE, Calendar, load_calendar
from config.court_codes import COURT_CODES_FILE, CourtCodes, load_court_codes
from config.errors import ConfigFaults, Fault
from config.order_types import ORDER_TYPES_FILE, UNKNOWN_TYPE, OrderTypes, load_order_types
from config.records import RECORDS_FILE, Records, load_records
from config.thresholds import THRESHOLDS_FILE, Threshold, read_thresholds
from config.toml_lines import TomlFile, read_toml
from config.units import UNITS_FILE, Units, load_units
from config.vocabularies import VOCABULARIES_FILE, Vocabulary, load_vocabularies

_Loaded = TypeVar("_Loaded")


@dataclass(frozen=True)
class Reference:
    """The reference data of a force.

    Attributes:
        records: The field dictionary.
        vocabularies: The words of sources, by name.
        order_types: The statutory catalogue.
        thresholds: The figures that rules compare with, by name.
        units: The data owners.
        calendar: The days that the clocks skip.
        court_codes: What the codes of court results and applications say.
    """

    records: Records
    vocabularies: Mapping[str, Vocabulary]
    order_types: OrderTypes
    thresholds: Mapping[str, Threshold]
    units: Units
    calendar: Calendar
    court_codes: CourtCodes


def load_reference(
    *,
    records: Path = RECORDS_FILE,
    vocabularies: Path = VOCABULARIES_FILE,
    order_types: Path = ORDER_TYPES_FILE,
    thresholds: Path = THRESHOLDS_FILE,
    units: Path = UNITS_FILE,
    calendar: Path = CALENDAR_FILE,
    court_codes: Path = COURT_CODES_FILE,
    overrides: Mapping[str, Any] | None = None,
    settings: TomlFile | None = None,
) -> Reference:
    """Read all reference data.

    Args:
        records: The field dictionary.
        vocabularies: The words of sources.
        order_types: The statutory catalogue.
        thresholds: The figures that come with Orderwatch.
        units: The data owners.
        calendar: The days that the clocks skip.
        court_codes: What the codes of court results and applications say.
        overrides: The force's own thresholds by name.
        settings: The file that the overrides stand in, for the lines of faults.

    Raises:
        ConfigFaults: With every fault of every file, and of what they say of each other.
    """
    faults: list[Fault] = []
    found_records = _try(lambda: load_records(records), faults)
    found_words = _try(lambda: load_vocabularies(vocabularies), faults)
    found_types = _try(lambda: load_order_types(order_types), faults)
    found_figures = _try(
        lambda: read_thresholds(thresholds, faults, overrides=overrides, settings=settings), faults
    )
    found_units = _try(lambda: load_units(units), faults)
    found_calendar = _try(lambda: load_calendar(calendar), faults)
    found_codes = _try(lambda: load_court_codes(found_types, court_codes), faults)
    if found_words is not None:
        if found_records is not None:
            faults.extend(_unknown_vocabularies(records, found_records, found_words))
        if found_types is not None:
            faults.extend(_types_and_words(order_types, vocabularies, found_types, found_words))
        if found_units is not None:
            faults.extend(_unknown_kinds(units, found_units, found_words))
            if found_figures is not None:
                faults.extend(
                    _unknown_codes(thresholds, settings, found_figures, found_words, found_units)
                )
    if (
        faults
        or found_records is None
        or found_words is None
        or found_types is None
        or found_figures is None
        or found_units is None
        or found_calendar is None
        or found_codes is None
    ):
        raise ConfigFaults(faults)
    return Reference(
        found_records,
        found_words,
        found_types,
        found_figures,
        found_units,
        found_calendar,
        found_codes,
    )


def _try(load: Callable[[], _Loaded], faults: list[Fault]) -> _Loaded | None:
    try:
        return load()
    except ConfigFaults as error:
        faults.extend(error.faults)
        return None


def _unknown_vocabularies(
    path: Path, records: Records, words: Mapping[str, Vocabulary]
) -> Iterable[Fault]:
    file = read_toml(path, name=path.name)
    for table in records.tables.values():
        for field in table.fields.values():
            if field.vocabulary is not None and field.vocabulary not in words:
                yield file.fault(
                    f"`{field.name}`: there is no vocabulary `{field.vocabulary}`",
                    table.name,
                    "fields",
                    field.name,
                )


def _types_and_words(
    types_path: Path, words_path: Path, types: OrderTypes, words: Mapping[str, Vocabulary]
) -> Iterable[Fault]:
    types_file = read_toml(types_path, name=types_path.name)
    words_file = read_toml(words_path, name=words_path.name)
    if "order_type" not in words or "rank" not in words:
        missing = ", ".join(name for name in ("order_type", "rank") if name not in words)
        yield words_file.fault(f"there is no vocabulary `{missing}`")
        return
    for code in types.types:
        if code not in words["order_type"].values:
            yield types_file.fault(f"`{code}` is not in the vocabulary `order_type`", code)
    for code in words["order_type"].values:
        if code not in types and code != UNKNOWN_TYPE:
            yield words_file.fault(
                f"`{code}` is no order type of {types_path.name}", "order_type", "values", code
            )
    ranks = words["rank"].values
    for code, kind in types.types.items():
        if kind.min_rank is not None and kind.min_rank not in ranks:
            yield types_file.fault(
                f"`{code}`: `min_rank` is {kind.min_rank!r}; allowed: {', '.join(ranks)}",
                code,
                "min_rank",
            )


def _unknown_kinds(path: Path, units: Units, words: Mapping[str, Vocabulary]) -> Iterable[Fault]:
    file = read_toml(path, name=path.name)
    kinds = words["unit_kind"].values if "unit_kind" in words else ()
    for code, unit in units.units.items():
        if unit.kind not in kinds:
            yield file.fault(
                f"`{code}`: `kind` is {unit.kind!r}; allowed: {', '.join(kinds)}", code, "kind"
            )


def _unknown_codes(
    path: Path,
    settings: TomlFile | None,
    figures: Mapping[str, Threshold],
    words: Mapping[str, Vocabulary],
    units: Units,
) -> Iterable[Fault]:
    file = read_toml(path, name=path.name)
    for figure in figures.values():
        if figure.of is None:
            continue
        where = (
            (settings or TomlFile("settings", {}), ("thresholds", figure.name))
            if figure.changed
            else (file, (figure.name, "value"))
        )
        if figure.of != "unit" and figure.of not in words:
            yield file.fault(f"there is no vocabulary `{figure.of}`", figure.name, "of")
            continue
        allowed = tuple(units.units) if figure.of == "unit" else words[figure.of].values
        for code in figure.codes():
            if code not in allowed:
                yield where[0].fault(
                    f"threshold `{figure.name}` names {code!r}; allowed: {', '.join(allowed)}",
                    *where[1],
                )
