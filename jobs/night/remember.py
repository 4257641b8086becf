"""The history's step of a night: keep what changed, and say which statutory times did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time

import polars as pl

from expectations.catalogue import PAST_FAILURES
from expectations.extract import SOURCE_COLUMN, Extract
from expectations.language import as_of
from expectations.night import Night
from jobs.history import GONE, TABLE, History, field_changes, tonight
from jobs.ledger import Ledger
from jobs.night.intake import Intake


def remember(
    extract: Extract,
    intake: Intake,
    history: History,
    ledger: Ledger,
    night: Night,
    as_of_time: time,
) -> tuple[Extract, int]:
    """Append a night to the history, and complete its extract from the past.

    Args:
        extract: The records of the night.
        intake: The sources that they came from.
        history: The history.
        ledger: For the columns that sources delivered before, and for failures of the past.
        night: The night.
        as_of_time: The time of day that nights are judged at.

    Returns:
        The extract with `past_failures`, and with `field_changes` from the history where no source
        supplies them, and which source records last came from where a row of unknown key was
        rejected; and how many rows changed.
    """
    records, today = history.records, night.business_date
    filled = {name for part in intake.accepted for name in part.tables}
    frames = {name: extract.tables[name] for name in filled if name not in extract.held}
    supplied = dict(extract.supplied)
    if TABLE not in filled and TABLE not in extract.held:
        comparable = _comparable(intake, ledger, today)
        known = (
            history.before(TABLE, today).filter(~pl.col(GONE)).select(records[TABLE].schema.names())
        )
        new = [
            field_changes(
                records,
                records[name],
                history.before(name, today, readable=True),
                tonight(records[name], frame),
                changed_ts=night.asof,
                comparable=comparable,
                doubted=extract.doubted.get(name),
            )
            for name, frame in sorted(frames.items())
            if records[name].watched
        ]
        frames[TABLE] = pl.concat([known, *new])
        supplied[TABLE] = frozenset(records[TABLE].fields)
    last_sources = {
        name: history.before(name, today).filter(~pl.col(GONE)).select(*spec.key, SOURCE_COLUMN)
        for name, rows in extract.rejected.items()
        if (spec := records[name])
        and rows.select(pl.any_horizontal(pl.col(part).is_null() for part in spec.key).any()).item()
    }
    kept = history.record(today, frames, extract.rejected)
    tables = {**extract.tables, "past_failures": past_failures(ledger, today, as_of_time)}
    if TABLE in frames:
        tables[TABLE] = frames[TABLE]
    found = replace(extract, tables=tables, supplied=supplied, last_sources=last_sources)
    return found, sum(kept.values())


def past_failures(ledger: Ledger, before: date, as_of_time: time) -> pl.DataFrame:
    """The rows of `past_failures` when a night begins."""
    found = ledger.failures(before=before)
    nights = sorted({*found["from_date"], *found["until_date"]} - {None})
    instants = pl.DataFrame(
        {"night": nights, "ts": [as_of(day, as_of_time) for day in nights]},
        schema={"night": pl.Date, "ts": PAST_FAILURES["from_ts"]},
    )
    for edge in ("from", "until"):
        found = found.join(
            instants.rename({"night": f"{edge}_date", "ts": f"{edge}_ts"}),
            on=f"{edge}_date",
            how="left",
            maintain_order="left",
        )
    return found.select(PAST_FAILURES.names())


def _comparable(intake: Intake, ledger: Ledger, today: date) -> Mapping[str, frozenset[str]]:
    """For each source, the fields that it delivers in the same column and type as last time."""
    same = {}
    for taken in intake.taken:
        if taken.conformed is None:
            continue
        past = ledger.past_nights(taken.source.name, today, nights=1)
        last = _columns(past[-1].columns) if past else {}
        now = _columns(taken.conformed.columns)
        same[taken.source.name] = frozenset(f for f in now if now[f] == last.get(f))
    return same


def _columns(columns: pl.DataFrame) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for name, column, kind in columns.select("field", "column", "type").iter_rows():
        found.setdefault(name, []).append((column, kind))
    return found
