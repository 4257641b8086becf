"""Take in the sources of a night: pull, conform, gate; what fails is held, and the rest goes on."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import polars as pl

from config.errors import SourceError
from config.reference import Reference
from config.settings import Settings, Source
from expectations.night import Night
from jobs.conform import REJECTS, SALT, Conformed, SourceMapping, conform, kept_raw
from jobs.gates import GateInput, GateResult, content_gates, run_gates, unit_counts
from jobs.ledger import Ledger, SourceNight
from jobs.night.folder import write_frame
from jobs.pull import apply_where, pull
from jobs.trace import Progress, log


@dataclass(frozen=True)
class Taken:
    """What became of one source.

    Attributes:
        source: The source.
        mapping: How it is read.
        conformed: Its records; None where it could not be pulled.
        results: What the gates found.
        night: What the ledger keeps of it.
        last: The last night before on which it was accepted.
        pulled_at: When it was read; None where it could not be pulled.
    """

    source: Source
    mapping: SourceMapping
    conformed: Conformed | None
    results: Sequence[GateResult]
    night: SourceNight
    last: date | None = None
    pulled_at: datetime | None = None


@dataclass(frozen=True)
class Intake:
    """The sources of a night.

    Attributes:
        taken: Each source, in the order of the settings.
    """

    taken: Sequence[Taken]

    @property
    def accepted(self) -> list[Conformed]:
        """The records of the sources that take part."""
        return [t.conformed for t in self.taken if t.conformed and t.night.outcome == "accepted"]

    @property
    def held_sources(self) -> dict[str, str]:
        """The sources that do not take part, with the reason."""
        return {
            t.source.name: t.night.reason or "" for t in self.taken if t.night.outcome != "accepted"
        }

    @property
    def held_tables(self) -> dict[str, str]:
        """The tables any of whose sources does not take part, with the reason."""
        return {
            table.table.name: f"source {t.source.name} is held: {t.night.reason}"
            for t in self.taken
            if t.night.outcome != "accepted"
            for table in t.mapping.tables
        }

    @property
    def pulled_at(self) -> datetime | None:
        """When the last source was read; None where none was."""
        return max((t.pulled_at for t in self.taken if t.pulled_at), default=None)

    @property
    def results(self) -> list[GateResult]:
        """What the gates found."""
        return [result for t in self.taken for result in t.results]

    @property
    def rejects(self) -> pl.DataFrame:
        """What could not be read."""
        return pl.concat(
            [REJECTS.to_frame(), *(t.conformed.rejects for t in self.taken if t.conformed)]
        )

    @property
    def sources(self) -> pl.DataFrame:
        """One row a source, for the reports."""
        states = {"accepted": "accepted", "held": "held", "not_pulled": "failed"}
        return pl.DataFrame(
            [
                {
                    "source": t.source.name,
                    "records": t.source.records,
                    "state": states[t.night.outcome],
                    "rows": t.night.rows,
                    "accepted": t.conformed.tables[t.conformed.main].height
                    if t.conformed and t.night.outcome == "accepted"
                    else 0,
                    "rejects": t.conformed.rejects.height if t.conformed else 0,
                    "reason": t.night.reason,
                    "figures_from": t.night.business_date
                    if t.night.outcome == "accepted"
                    else t.last,
                }
                for t in self.taken
            ],
            schema={
                "source": pl.String,
                "records": pl.String,
                "state": pl.String,
                "rows": pl.Int64,
                "accepted": pl.Int64,
                "rejects": pl.Int64,
                "reason": pl.String,
                "figures_from": pl.Date,
            },
        )


def take_in(
    settings: Settings,
    reference: Reference,
    mappings: Mapping[str, SourceMapping],
    night: Night,
    ledger: Ledger,
    folder: Path,
    progress: Progress,
) -> Intake:
    """Pull, conform and gate every source.

    Args:
        settings: The settings.
        reference: The reference data.
        mappings: How each source is read, by name.
        night: The night.
        ledger: For what the sources delivered before.
        folder: The night's folder, which keeps each source as delivered.
        progress: Where to tell what is being done.
    """
    taken = []
    for source in settings.sources:
        with progress.step("pull", source.name) as step:
            one = _take(source, mappings[source.name], reference, night, ledger, folder)
            said = "not pulled" if one.night.rows is None else f"{one.night.rows:,} rows"
            step.said = said if one.night.outcome == "accepted" else f"{said}; HELD"
        log(
            "source taken in",
            source=source.name,
            outcome=one.night.outcome,
            rows=one.night.rows,
            reason=one.night.reason,
        )
        taken.append(one)
    return Intake(taken)


def _take(
    source: Source,
    mapping: SourceMapping,
    reference: Reference,
    night: Night,
    ledger: Ledger,
    folder: Path,
) -> Taken:
    business_date = night.business_date
    far_back = max(
        night.thresholds[name].value for name in ("rowcount_nights", "unit_history_nights")
    )
    past = ledger.past_nights(source.name, business_date, nights=far_back)
    last = past[-1].business_date if past else None
    try:
        delivery = apply_where(pull(source), mapping.where)
    except SourceError as error:
        failed = SourceNight(
            business_date, source.name, source.records, "not_pulled", reason=str(error)
        )
        return Taken(source, mapping, None, (), failed, last)
    write_frame(kept_raw(delivery, mapping), folder / "raw" / f"{source.name}.parquet")
    conformed = conform(delivery, mapping, reference, salt=os.environ.get(SALT, ""))
    units = reference.units
    given = GateInput(
        source=source,
        delivery=delivery,
        conformed=conformed,
        past=past,
        asof=night.asof,
        business_date=business_date,
        thresholds={name: t.value for name, t in night.thresholds.items()},
        bank_holidays=night.calendar.bank_holidays,
        active_units=frozenset(u for u in units.units if units[u].active(business_date)),
        accepted=ledger.accepted_gates(source.name, business_date),
        personal=frozenset(f.name for f in mapping.main.table.fields.values() if f.personal),
    )
    results, kept = run_gates(given, mapping.main.table.key)
    held = [result.message for result in results if result.action == "hold"]
    if not held:
        results += content_gates(given, mapping)
    return Taken(
        source,
        mapping,
        kept,
        results,
        SourceNight(
            business_date,
            source.name,
            source.records,
            "held" if held else "accepted",
            reason="; ".join(held) or None,
            rows=delivery.rows,
            sha256=delivery.sha256,
            columns=conformed.columns,
            units=unit_counts(conformed),
        ),
        last,
        delivery.pulled_at,
    )
