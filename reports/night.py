"""What the reports are written from: the frames of one night, and the words that explain them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

import polars as pl

from config.records import Records
from reports.text import sentence

#: Severities, the gravest first.
SEVERITIES: Final = ("critical", "high", "medium", "low")

#: Themes, in the order of every table, and how a reader knows them.
THEMES: Final[Mapping[str, str]] = {
    "application_governance": "Governance of applications",
    "recording": "Quality of recording",
    "information_sharing": "Information sharing",
    "supervision": "Supervision",
    "breach_response": "Response to breaches",
}

_TIMESTAMP: Final = pl.Datetime("us", "UTC")

#: The columns that are read of each frame, and their types. A frame may hold more; a column that it
#: lacks is read as empty, except those of `_MUST`.
COLUMNS: Final[Mapping[str, Mapping[str, pl.DataType]]] = {
    "exceptions": {
        "rule_id": pl.String(),
        "theme": pl.String(),
        "dimension": pl.String(),
        "severity": pl.String(),
        "records": pl.String(),
        "record_key": pl.String(),
        "unit_code": pl.String(),
        "lpt": pl.String(),
        "order_type": pl.String(),
        "due_ts": _TIMESTAMP,
        "evidence": pl.String(),
        "state": pl.String(),
        "first_seen": pl.Date(),
        "days_open": pl.Int64(),
        "episode": pl.Int64(),
        "hidden_by": pl.String(),
        "restricted": pl.Boolean(),
    },
    "due_soon": {
        "rule_id": pl.String(),
        "severity": pl.String(),
        "records": pl.String(),
        "record_key": pl.String(),
        "unit_code": pl.String(),
        "lpt": pl.String(),
        "order_type": pl.String(),
        "due_ts": _TIMESTAMP,
        "evidence": pl.String(),
        "restricted": pl.Boolean(),
    },
    "outcomes": {
        "rule_id": pl.String(),
        "records": pl.String(),
        "outcome": pl.String(),
        "reason": pl.String(),
        "evaluated": pl.Int64(),
        "failed": pl.Int64(),
    },
    "movements": {
        "rule_id": pl.String(),
        "unit_code": pl.String(),
        "movement": pl.String(),
        "n": pl.Int64(),
    },
    "history": {
        "business_date": pl.Date(),
        "open": pl.Int64(),
        "critical": pl.Int64(),
        "opened": pl.Int64(),
        "reopened": pl.Int64(),
        "fixed": pl.Int64(),
        "withdrawn_from_source": pl.Int64(),
        "no_longer_applies": pl.Int64(),
        "rule_retired": pl.Int64(),
        "waived": pl.Int64(),
    },
    "sources": {
        "source": pl.String(),
        "records": pl.String(),
        "state": pl.String(),
        "rows": pl.Int64(),
        "accepted": pl.Int64(),
        "rejects": pl.Int64(),
        "reason": pl.String(),
        "figures_from": pl.Date(),
    },
    "rules": {
        "rule_id": pl.String(),
        "title": pl.String(),
        "theme": pl.String(),
        "dimension": pl.String(),
        "severity": pl.String(),
        "records": pl.String(),
        "status": pl.String(),
        "fix": pl.String(),
        "restricted": pl.Boolean(),
    },
    "units": {
        "unit_code": pl.String(),
        "name": pl.String(),
        "kind": pl.String(),
        "restricted": pl.Boolean(),
    },
    "order_counts": {
        "order_type": pl.String(),
        "name": pl.String(),
        "granted": pl.Int64(),
        "live": pl.Int64(),
    },
    "measures": {
        "measure": pl.String(),
        "cut": pl.String(),
        "value": pl.Float64(),
        "numerator": pl.Int64(),
        "denominator": pl.Int64(),
        "excluded": pl.Int64(),
        "unit": pl.String(),
        "night": pl.Date(),
    },
}

_MUST: Final[Mapping[str, frozenset[str]]] = {
    "exceptions": frozenset("rule_id records record_key unit_code severity state".split()),
    "due_soon": frozenset("rule_id records record_key unit_code due_ts".split()),
    "outcomes": frozenset("rule_id outcome".split()),
    "movements": frozenset("rule_id movement n".split()),
    "history": frozenset("business_date open".split()),
    "sources": frozenset("source state rows".split()),
    "rules": frozenset("rule_id title theme severity".split()),
    "units": frozenset("unit_code name".split()),
    "order_counts": frozenset("order_type granted".split()),
    "measures": frozenset("measure cut value numerator denominator".split()),
}


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


@dataclass(frozen=True)
class ReportSettings:
    """What the reports take from the settings and from the run.

    Attributes:
        force_name: The force.
        oversight_body: The body that the scrutiny pack is for, by its display name.
        contact: The role (never a person) that answers questions.
        pcc_marking: Protective marking of the scrutiny pack.
        worklist_marking: Protective marking of the worklists.
        suppress_below: Counts from 1 to one less than this are `[c]` in the pack.
        minimum_denominator: Percentages of fewer than this are `[c]` in the pack.
        status: Draft until someone signs the pack off.
        run_id: The run that wrote the reports, for the trail.
        version: The version of Orderwatch, for the trail.
    """

    force_name: str
    oversight_body: str
    contact: str = "Force data team"
    pcc_marking: str = "OFFICIAL"
    worklist_marking: str = "OFFICIAL-SENSITIVE"
    suppress_below: int = 5
    minimum_denominator: int = 10
    status: Literal["Draft", "Final"] = "Draft"
    run_id: str = ""
    version: str = ""


@dataclass(frozen=True)
class ReportNight:
    """One night, as the reports see it. Columns and types of every frame are in `COLUMNS`.

    Attributes:
        business_date: The date that names the night.
        asof: The instant that records were judged at.
        settings: What the reports take from the settings.
        exceptions: One row for each exception that is `open` or `waived` tonight (other states are
            left out), those of held sources as the last night left them. `hidden_by`: the rule
            whose exception on the same record stands for this one; such a row is not listed.
            `restricted`: only for the units that are restricted.
        due_soon: One row for each record and rule that will fail unless something is done.
        outcomes: One row for each rule and kind of record: `ran`, `could_not_run`, `held` or
            `not_supplied`, and why.
        movements: Counts of exceptions by rule, unit and movement: `opened` (for the first time),
            `reopened`, `fixed`, `withdrawn_from_source`, `no_longer_applies`, `rule_retired`.
        history: One row for each night, tonight the last: what was open at its end (`critical` of
            it), what was waived, and the night's movements (`opened` with the `reopened` ones).
        sources: One row for each source: `accepted`, `held` or `failed`; rows delivered, rows that
            went on, values rejected; for one that is not accepted why, and the night that its
            figures are from.
        rules: The catalogue; `status` is `active`, `trial` or `retired`.
        units: The data owners.
        order_counts: For each type of order, those granted on the force's own application in the
            last 12 months, and those live tonight.
        measures: What `measures` gives.
        fields: How each field of the evidence is shown, by kind of record and field, or by `""` and
            field where every kind means the same.
    """

    business_date: date
    asof: datetime
    settings: ReportSettings
    exceptions: pl.DataFrame
    due_soon: pl.DataFrame
    outcomes: pl.DataFrame
    movements: pl.DataFrame
    history: pl.DataFrame
    sources: pl.DataFrame
    rules: pl.DataFrame
    units: pl.DataFrame
    order_counts: pl.DataFrame
    measures: pl.DataFrame
    fields: Mapping[tuple[str, str], FieldLabel] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, columns in COLUMNS.items():
            frame: pl.DataFrame = getattr(self, name)
            missing = _MUST[name] - set(frame.columns)
            if missing:
                raise ValueError(f"`{name}` lacks the columns {sorted(missing)}")
            object.__setattr__(self, name, _complete(frame, columns))

    def label(self, records: str, name: str) -> FieldLabel:
        """How a field is shown; one that nobody explained is shown by its name in words."""
        found = self.fields.get((records, name)) or self.fields.get(("", name))
        return found or FieldLabel(label_of(name), "A figure worked out from the record")


def _complete(frame: pl.DataFrame, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in columns.items()
    )


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


def exception_ids(rows: pl.DataFrame) -> pl.Series:
    """The identifier of each exception: the same for ever, and safe from any spreadsheet's guesses.

    It is made from rule, kind of record and record key, so that an answer given in a worklist finds
    its exception again. The letters in front keep it from being read as a number.

    Args:
        rows: A frame with `rule_id`, `records` and `record_key`.
    """
    keys = rows.select(
        pl.concat_str(["rule_id", "records", "record_key"], separator="\x1f", ignore_nulls=True)
    ).to_series()
    ids = [f"OW-{hashlib.sha256(key.encode()).hexdigest()[:16].upper()}" for key in keys]
    return pl.Series("exception_id", ids, pl.String())
