"""How the fields of records are shown: their names in words, and the words of their codes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from config.records import Records
from reports.text import sentence


@dataclass(frozen=True)
class FieldLabel:
    """How a field of the evidence is shown to a reader.

    Attributes:
        label: Its name in words.
        means: What it holds.
        codes: Its codes in words, where they have any.
        personal: May identify a person: never shown, even if the evidence holds it.
    """

    label: str
    means: str
    codes: Mapping[str, str] = field(default_factory=dict)
    personal: bool = False


def field_labels(
    records: Records,
    codes: Mapping[str, Mapping[str, str]] | None = None,
    facts: Mapping[str, str] | None = None,
) -> dict[tuple[str, str], FieldLabel]:
    """Labels for every field of the dictionary, and for facts that rules work out.

    Args:
        records: The field dictionary.
        codes: The codes of each vocabulary in words.
        facts: What each derived field holds, by its name.
    """
    known = codes or {}
    names = {*(facts or {}), *(name for table in records.tables.values() for name in table.fields)}
    types = known.get("order_type", {})
    labels = {
        ("", name): FieldLabel(
            label_of(name, names), means, types if name.endswith("order_type") else {}
        )
        for name, means in (facts or {}).items()
    }
    for table in records.tables.values():
        for name, entry in table.fields.items():
            if entry.personal:
                # A name that is personal in one table is never shown of any other kind of record.
                labels["", name] = FieldLabel(label_of(name, names), entry.means, personal=True)
            labels[table.name, name] = FieldLabel(
                label_of(name, names),
                entry.means,
                known.get(entry.vocabulary or name, {}),
                entry.personal,
            )
    return labels


_SUFFIXES: Final = {"_ts": "time", "_date": "date", "_flag": "flag", "_code": "code"}
_SHORT: Final = {
    "lpt": "Local policing team",
    "ho class": "Home Office class",
    "hocr outcome": "Home Office outcome",
    "crime ref present": "Crime reference present",
    "oic unit": "Unit of the officer in the case",
    "text len": "Characters of reasoning",
    "seq": "Number of the condition",
    "psd due": "Professional standards due",
    "marac due": "MARAC due",
    "visor due": "ViSOR due",
    "rms flag": "Warning flag set",
    "rms flag removed": "Warning flag removed",
    "rms flag type": "Kind of warning flag",
    "incidents 12m": "Incidents in the year",
    "incidents 28d": "Incidents in the weeks before",
}


def label_of(name: str, others: Collection[str] = ()) -> str:
    """A field's name in words: `notice_served_ts` is "Notice served".

    Args:
        name: The field.
        others: The names of all fields: `status_ts` is "Status time" where there is a `status`.
    """
    words = name
    for suffix, last in _SUFFIXES.items():
        if name.endswith(suffix):
            words = name.removesuffix(suffix)
            words = f"{words} {last}" if words in others else words
            break
    words = words.replace("_", " ")
    if words.endswith(" n"):
        words = f"number of {words.removesuffix(' n')}"
    if words.endswith(" id"):
        words = f"{words.removesuffix(' id')} reference"
    return _SHORT.get(words, sentence(words))
