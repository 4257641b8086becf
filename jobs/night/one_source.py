"""One source up to the gates: pulled, conformed and gated, and nothing written anywhere.

The night does this for every source, and `orderwatch check --connect` does it to say what a night
would hold. Whatever goes wrong with a source is that source's outcome.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from config.errors import ANYTHING, SourceError
from config.reference import Reference
from config.sentences import Said, joined, say
from config.settings import Settings, Source
from expectations.night import Night
from jobs.conform import SALT, Conformed, SourceMapping, conform
from jobs.gates import (
    GateInput,
    GateResult,
    Quality,
    cut_short,
    kept_statistics,
    quality,
    run_gates,
    unit_counts,
)
from jobs.ledger import SourceNight
from jobs.pull import Delivery, Reader, apply_where


@dataclass(frozen=True)
class Taken:
    """What became of one source.

    Attributes:
        source: The source.
        mapping: How it is read.
        conformed: Its records; None where it could not be pulled or conformed.
        results: What the gates found.
        night: What the ledger keeps of it.
        last: The last night before on which it was accepted.
        pulled_at: When it was read; None where it could not be pulled.
        delivery: What it delivered; None where it could not be pulled, and once it is kept.
        quality: What was read of it and what was not; None where no records could be made of it.
    """

    source: Source
    mapping: SourceMapping
    conformed: Conformed | None
    results: Sequence[GateResult]
    night: SourceNight
    last: date | None = None
    pulled_at: datetime | None = None
    delivery: Delivery | None = None
    quality: Quality | None = None


def far_back(night: Night) -> int:
    """How many accepted nights before this one the gates may look at."""
    names = ("rowcount_nights", "unit_history_nights")
    return int(max(night.thresholds[name].value for name in names))


def examine(
    settings: Settings,
    reference: Reference,
    mapping: SourceMapping,
    source: Source,
    night: Night,
    past: Sequence[SourceNight] = (),
    accepted: Collection[str] = (),
    *,
    read: Callable[[Source], Delivery] | None = None,
) -> Taken:
    """Pull, conform and gate a source as the night does, without writing.

    Args:
        settings: The settings.
        reference: The reference data.
        mapping: How the source is read.
        source: The source.
        night: The night.
        past: Its accepted nights, the oldest first (`Ledger.past_nights`); none without a ledger.
        accepted: Gates that an operator accepted for this source and night.
        read: What pulls a source; a reader of its own where nothing is given.

    Returns:
        What became of it: `night.outcome` is `accepted`, `held` or `not_pulled`, `night.reason`
        why, in sentences. Nothing that goes wrong with the source is raised.
    """
    last = past[-1].business_date if past else None
    try:
        delivery = apply_where(_pull(settings, source, read), mapping.where)
    except SourceError as error:
        return _failed(source, mapping, night, last, error.said)
    except ANYTHING as error:
        return _failed(source, mapping, night, last, say("night.not_pulled", error=type(error)))
    try:
        return _gated(reference, mapping, source, night, past, accepted, delivery)
    except ANYTHING as error:
        return Taken(
            source,
            mapping,
            None,
            (),
            SourceNight(
                night.business_date,
                source.name,
                source.records,
                "held",
                reason=str(say("night.not_conformed", error=type(error))),
                sha256=delivery.sha256,
            ),
            last,
            delivery.pulled_at,
            delivery,
        )


def _pull(
    settings: Settings, source: Source, read: Callable[[Source], Delivery] | None
) -> Delivery:
    if read is not None:
        return read(source)
    with Reader(settings.limits) as reader:
        return reader.pull(source)


def _failed(
    source: Source, mapping: SourceMapping, night: Night, last: date | None, said: Said | str
) -> Taken:
    none = SourceNight(
        night.business_date, source.name, source.records, "not_pulled", reason=str(said)
    )
    # A file that ends too soon gives nothing to a gate, and yet is the finding of one.
    cut = isinstance(said, Said) and said.code == "pull.truncated"
    results = (cut_short(source.name),) if cut else ()
    return Taken(source, mapping, None, results, none, last)


def _gated(
    reference: Reference,
    mapping: SourceMapping,
    source: Source,
    night: Night,
    past: Sequence[SourceNight],
    accepted: Collection[str],
    delivery: Delivery,
) -> Taken:
    business_date = night.business_date
    salt = os.environ.get(SALT, "")
    conformed = conform(delivery, mapping, reference, salt=salt)
    units = reference.units
    given = GateInput(
        source=source,
        mapping=mapping,
        delivery=delivery,
        conformed=conformed,
        past=past,
        asof=night.asof,
        business_date=business_date,
        thresholds={name: t.value for name, t in night.thresholds.items()},
        bank_holidays=night.calendar.bank_holidays,
        units=frozenset(units.units),
        active_units=frozenset(u for u in units.units if units[u].active(business_date)),
        accepted=frozenset(accepted),
        salt=salt,
    )
    gated = run_gates(given)
    return Taken(
        source,
        mapping,
        gated.kept,
        gated.results,
        SourceNight(
            business_date,
            source.name,
            source.records,
            "held" if gated.is_held else "accepted",
            reason=joined(gated.held) or None,
            rows=gated.read,
            sha256=delivery.sha256,
            columns=kept_statistics(gated.columns, salt),
            units=unit_counts(gated.kept, units.units),
        ),
        past[-1].business_date if past else None,
        delivery.pulled_at,
        delivery,
        quality(delivery, gated.kept),
    )
