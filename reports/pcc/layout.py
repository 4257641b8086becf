"""What stands on every sheet of the scrutiny pack: marking, moment, what is held, the signs."""

from __future__ import annotations

import polars as pl

from reports.excel import NOT_APPLICABLE, Column, Link, Sheet, Value
from reports.night import ReportNight
from reports.pcc.counts import (
    active_rules,
)
from reports.pcc.measured import measured
from reports.pcc.words import shorthand
from reports.text import uk_date, uk_time

#: The sheet that links to all others.
CONTENTS = "Contents"


def standing(night: ReportNight) -> str:
    """The marking, status and moment, as they stand on every sheet."""
    settings = night.settings
    return f"{settings.pcc_marking}. {settings.status}. Position at {uk_time(night.asof)}."


def held(night: ReportNight) -> list[str]:
    """What is held tonight, and which night its figures are from; nothing where all is well."""
    lines = []
    rows = night.sources.filter(pl.col("state") != "accepted").sort("source")
    for row in rows.iter_rows(named=True):
        since = row["figures_from"]
        from_when = (
            f"as it was on the night of {uk_date(since)}"
            if since
            else "as it was on the last night on which it was accepted, if any"
        )
        state = "could not be read" if row["state"] == "failed" else "is held"
        lines.append(
            f"Source {row['source']} {state} tonight: what is open of it stands {from_when}"
            " [note 7]."
        )
    return lines


def table_sheet(
    night: ReportNight,
    name: str,
    title: str,
    table: str,
    columns: list[Column],
    rows: list[tuple[Value, ...]],
    *lines: str,
    counts: bool = True,
    totals: bool = False,
) -> Sheet:
    """A sheet of the pack, with what stands above every table."""
    if not rows:
        rows = [("None", *[NOT_APPLICABLE] * (len(columns) - 1))]
    before: list[str | Link] = [standing(night), *lines]
    if counts:
        before += [*measured(night).lines(), *held(night), shorthand(night.settings)]
    before.append(Link("Back to contents", CONTENTS))
    return Sheet(name, title, before, table, columns, rows, len(rows), totals=totals)


def outcome_counts(night: ReportNight) -> dict[str, int]:
    """How many rules ran, and how many sources were accepted; not about people, always shown."""
    active = active_rules(night)["rule_id"].implode()
    outcomes = night.outcomes.filter(pl.col("rule_id").is_in(active))
    ran = outcomes.group_by("rule_id").agg(ran=(pl.col("outcome") == "ran").all())
    accepted = night.sources.filter(pl.col("state") == "accepted").height
    return {
        "Rules that ran": int(ran["ran"].sum()),
        "Rules that did not run": int((~ran["ran"]).sum()),
        "Sources accepted": accepted,
        "Sources held or not read": night.sources.height - accepted,
    }
