"""What the reports are written from: the frames of one night, and the words that explain them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

import polars as pl

from reports.labels import FieldLabel, label_of
from reports.said import shown_reason

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
        "unit_stated": pl.Boolean(),
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
        "looked_away": pl.Int64(),
        "unreferenced": pl.Int64(),
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
        "tables": pl.List(pl.String()),
        "left_out": pl.Int64(),
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
    "quality": {
        "source": pl.String(),
        "records": pl.String(),
        "field": pl.String(),
        "reason": pl.String(),
        "count": pl.Int64(),
    },
    "past_rules": {
        "business_date": pl.Date(),
        "rule_id": pl.String(),
        "records": pl.String(),
        "outcome": pl.String(),
    },
    "past_sources": {
        "business_date": pl.Date(),
        "source": pl.String(),
        "records": pl.String(),
        "state": pl.String(),
    },
    "printed": {
        "business_date": pl.Date(),
        "figure": pl.List(pl.String()),
        "n": pl.Int64(),
        "sign": pl.String(),
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
    "quality": frozenset("source reason count".split()),
    "past_rules": frozenset("business_date rule_id outcome".split()),
    "past_sources": frozenset("business_date source state".split()),
    "printed": frozenset("business_date figure n sign".split()),
}


def _nothing(name: str) -> pl.DataFrame:
    return pl.DataFrame(schema=dict(COLUMNS[name]))


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
        fallback_unit: The unit that the records of units not known go to.
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
    fallback_unit: str = ""


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
            `restricted`: only for the units that are restricted. `unit_stated`: the record names
            a unit, be it one of `units` or not. A unit that is none of `units` is read as empty.
        due_soon: One row for each record and rule that will fail unless something is done.
        outcomes: One row for each rule and kind of record: `ran`, `could_not_run`, `held` or
            `not_supplied`, and why; where it ran, the records that it looked away from because
            something of them could not be read, and the rows of which no record is known.
        movements: Counts of exceptions by rule, unit and movement: `opened` (for the first time),
            `reopened`, `fixed`, `withdrawn_from_source`, `no_longer_applies`, `rule_retired`.
        history: One row for each night, tonight the last: what was open at its end (`critical` of
            it), what was waived, and the night's movements (`opened` with the `reopened` ones).
        sources: One row for each source: `accepted`, `held` or `failed`; rows delivered, rows that
            went on, values rejected; for one that is not accepted why, and the night that its
            figures are from; the tables that it fills; rows left out by the settings.
        rules: The catalogue; `status` is `active`, `trial` or `retired`.
        units: The data owners.
        order_counts: For each type of order, those granted on the force's own application in the
            last 12 months, and those live tonight.
        measures: What `measures` gives.
        fields: How each field of the evidence is shown, by kind of record and field, or by `""` and
            field where every kind means the same.
        quality: What could not be read, counted by source, kind of record, field and reason (a
            code).
        warnings: What the night would have the data manager know.
        past_rules: What became of each rule on earlier nights.
        past_sources: What became of each source on earlier nights.
        printed: The figures of the packs of earlier nights: their number, and the sign that stood
            in its place.

    Reasons and warnings that are no sentences are replaced, so that no report can show them.
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
    quality: pl.DataFrame = field(default_factory=lambda: _nothing("quality"))
    warnings: Sequence[str] = ()
    past_rules: pl.DataFrame = field(default_factory=lambda: _nothing("past_rules"))
    past_sources: pl.DataFrame = field(default_factory=lambda: _nothing("past_sources"))
    printed: pl.DataFrame = field(default_factory=lambda: _nothing("printed"))

    def __post_init__(self) -> None:
        for name, columns in COLUMNS.items():
            frame: pl.DataFrame = getattr(self, name)
            missing = _MUST[name] - set(frame.columns)
            if missing:
                raise ValueError(f"`{name}` lacks the columns {sorted(missing)}")
            object.__setattr__(self, name, _complete(frame, columns))
        for name in ("exceptions", "due_soon", "movements"):
            object.__setattr__(self, name, _of_known_units(getattr(self, name), self.units))
        for name in ("outcomes", "sources"):
            object.__setattr__(self, name, _with_sentences(getattr(self, name), self.names))
        said = tuple(shown_reason(warning, self.names) for warning in self.warnings)
        object.__setattr__(self, "warnings", said)

    @property
    def names(self) -> frozenset[str]:
        """The names that may stand before a reason: of sources and of kinds of record."""
        kinds = {*self.rules["records"].drop_nulls(), *self.sources["records"].drop_nulls()}
        return frozenset(kinds | set(self.sources["source"]))

    def label(self, records: str, name: str) -> FieldLabel:
        """How a field is shown; one that nobody explained is shown by its name in words."""
        found = self.fields.get((records, name)) or self.fields.get(("", name))
        return found or FieldLabel(label_of(name), "A figure worked out from the record")


def _complete(frame: pl.DataFrame, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return frame.select(
        pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype).alias(name)
        for name, dtype in columns.items()
    )


def known_units(frame: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """The frame with `unit_code` as `units` has it, and empty where it is none of them.

    What a source delivered as a unit may be anything, a name among it; codes compare without
    regard to case and outer spaces.
    """
    codes = {str(code).strip().lower(): code for code in units["unit_code"]}
    known = pl.col("unit_code").str.strip_chars().str.to_lowercase()
    return frame.with_columns(
        unit_code=known.replace_strict(codes, default=None, return_dtype=pl.String)
    )


def _of_known_units(frame: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    if "unit_stated" in frame.columns:
        # Kept when a night is made of a night: there the units are the known ones already.
        stated = pl.col("unit_stated").fill_null(pl.col("unit_code").is_not_null())
        frame = frame.with_columns(unit_stated=stated)
    return known_units(frame, units)


def _with_sentences(frame: pl.DataFrame, names: Collection[str]) -> pl.DataFrame:
    reasons = frame["reason"].drop_nulls().unique()
    said = {reason: shown_reason(reason, names) for reason in reasons}
    return frame.with_columns(
        reason=pl.col("reason").replace_strict(said, default=None, return_dtype=pl.String)
    )


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
