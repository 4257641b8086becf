"""Who answers for an exception: the field that says so, and the units that it falls back on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from config.errors import Fault
from config.records import Records
from config.thresholds import THRESHOLDS_FILE, Threshold
from config.toml_lines import TomlFile, read_toml
from expectations.catalogue.catalogue import Catalogue, Rule
from expectations.facts import FactBook

#: The fact of a table that names who owns a record.
OWNER = "owner_unit"


def unit_column(rule: Rule, columns: Collection[str], records: Records) -> str | None:
    """The column that names the unit of a rule's exceptions.

    Args:
        rule: The rule, on records.
        columns: The columns of its table, facts among them.
        records: The field dictionary.
    """
    return rule.unit or (OWNER if OWNER in columns else records[rule.records].unit)


def unit_faults(
    catalogue: Catalogue,
    book: FactBook,
    records: Records,
    thresholds: Mapping[str, Threshold],
    settings: TomlFile,
    *,
    defaults: Path = THRESHOLDS_FILE,
) -> list[Fault]:
    """Thresholds that name no unit although an active rule sends its exceptions to that unit.

    Args:
        catalogue: The rules as they stand tonight.
        book: The facts.
        records: The field dictionary.
        thresholds: The figures by name.
        settings: The settings, where a force names its units.
        defaults: The figures that come with Orderwatch.
    """
    empty = {f.name for f in thresholds.values() if f.of == "unit" and not f.codes()}
    waiting: dict[str, list[str]] = {}
    for rule in catalogue:
        if rule.status != "active" or rule.records not in records.tables:
            continue
        facts = [name for table, name in book.facts if table == rule.records]
        unit = unit_column(rule, facts, records)
        for name in empty & book.figures([(rule.records, unit)] if unit else []):
            waiting.setdefault(name, []).append(rule.id)
    return [_fault(name, rules, settings, defaults) for name, rules in waiting.items()]


def _fault(name: str, rules: list[str], settings: TomlFile, defaults: Path) -> Fault:
    message = (
        f"threshold `{name}` names no unit, and {', '.join(rules)} may send exceptions to it; "
        f"name a unit of units.toml under [thresholds] of {settings.name}, or switch off "
        f"{'this rule' if len(rules) == 1 else 'these rules'} under [rule_status]"
    )
    if name in settings.data.get("thresholds", {}):
        return settings.fault(message, "thresholds", name)
    return read_toml(defaults, name=defaults.name).fault(message, name, "value")
