"""Take in the sources of a night: pull, conform, gate; what fails is held, and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import polars as pl

from config.reference import Reference
from config.sentences import say
from config.settings import Settings, Source
from expectations.night import Night
from jobs.conform import REJECTS, Conformed, SourceMapping, kept_raw
from jobs.gates import QUALITY, GateResult
from jobs.ledger import Ledger
from jobs.night.folder import write_frame
from jobs.night.one_source import Taken, examine, far_back
from jobs.pull import Delivery
from jobs.trace import Progress, log


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
        """The tables any of whose sources does not take part, with the reasons."""
        found: dict[str, dict[str, None]] = {}
        for t in self.taken:
            if t.night.outcome != "accepted":
                said = [str(say("night.source_held", source=t.source.name)), t.night.reason or ""]
                for table in t.mapping.tables:
                    found.setdefault(table.table.name, {})["; ".join(filter(None, said))] = None
        return {table: "; ".join(reasons) for table, reasons in found.items()}

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
    def quality(self) -> pl.DataFrame:
        """What was read of each source and what was not, `QUALITY`."""
        return pl.concat([QUALITY.to_frame(), *(t.quality.frame for t in self.taken if t.quality)])

    @property
    def told(self) -> list[str]:
        """What was lost of each source, from the first row on, and what its reader noticed."""
        return [
            f"{t.source.name}: {said}"
            for t in self.taken
            if t.quality
            for said in t.quality.said
            # What a gate says of the same rows says it too.
            if not (said.code == "gates.rows_lost" and _says(t, "gates.rows_unread"))
        ]

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
                    "rows": t.quality.sent if t.quality else None,
                    "accepted": t.conformed.tables[t.conformed.main].height
                    if t.conformed and t.night.outcome == "accepted"
                    else 0,
                    "rejects": t.conformed.rejects.height if t.conformed else 0,
                    "reason": t.night.reason,
                    "figures_from": t.night.business_date
                    if t.night.outcome == "accepted"
                    else t.last,
                    "tables": [table.table.name for table in t.mapping.tables],
                    "left_out": t.quality.left_out if t.quality else None,
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
                "tables": pl.List(pl.String),
                "left_out": pl.Int64,
            },
        )


def _says(taken: Taken, code: str) -> bool:
    """Whether a gate said a sentence of a source."""
    return any(said.code == code for result in taken.results for said in result.said)


def take_in(
    settings: Settings,
    reference: Reference,
    mappings: Mapping[str, SourceMapping],
    night: Night,
    ledger: Ledger,
    folder: Path,
    progress: Progress,
    *,
    read: Callable[[Source], Delivery] | None = None,
) -> Intake:
    """Pull, conform and gate every source.

    Args:
        settings: The settings.
        reference: The reference data.
        mappings: How each source is read, by name.
        night: The night.
        ledger: For what the sources delivered before.
        folder: The night's folder, which keeps what was read of each source.
        progress: Where to tell what is being done.
        read: What pulls a source; a process for each where nothing is given.
    """
    taken = []
    for source in settings.sources:
        with progress.step("pull", source.name) as step:
            one = _take(
                settings, source, mappings[source.name], reference, night, ledger, folder, read
            )
            said = "not read" if one.night.rows is None else f"{one.night.rows:,} rows"
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
    settings: Settings,
    source: Source,
    mapping: SourceMapping,
    reference: Reference,
    night: Night,
    ledger: Ledger,
    folder: Path,
    read: Callable[[Source], Delivery] | None,
) -> Taken:
    past = ledger.past_nights(source.name, night.business_date, nights=far_back(night))
    accepted = ledger.accepted_gates(source.name, night.business_date)
    taken = examine(settings, reference, mapping, source, night, past, accepted, read=read)
    if taken.delivery is None:
        return taken
    write_frame(kept_raw(taken.delivery, mapping), folder / "raw" / f"{source.name}.parquet")
    return replace(taken, delivery=None)
