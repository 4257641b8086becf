"""The attempts at a night, and which nights there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa

from config.errors import LedgerError
from jobs.ledger.models import nights, runs


@dataclass(frozen=True)
class Run:
    """One attempt at a night.

    Attributes:
        run_id: Its name.
        business_date: The night.
        state: What has become of it; `withdrawn` where its night was taken out again.
        started: When it began.
        finished: When it ended; None while it runs.
        exit_code: What it ended with.
        versions: Of Orderwatch and what it stands on.
        hashes: Of the settings, the catalogue and each source's delivery.
        counts: How many rules had each outcome, and what else was counted.
        detail: Anything more; for a run that failed, why; for one that was withdrawn, by whom and
            why.
        withdrawn: When its night was taken out of the ledger again.
    """

    run_id: str
    business_date: date
    state: Literal["running", "done", "failed", "withdrawn"]
    started: datetime
    finished: datetime | None = None
    exit_code: int | None = None
    versions: Mapping[str, str] | None = None
    hashes: Mapping[str, str] | None = None
    counts: Mapping[str, int] | None = None
    detail: Mapping[str, Any] | None = None
    withdrawn: datetime | None = None

    @property
    def good(self) -> bool:
        """Whether it ran to its end and measured something: a source was read and a rule ran."""
        counts = self.counts or {}
        read = counts.get("sources_held", 0) < counts.get("sources", 1)
        return self.state == "done" and read and counts.get("rules_ran", 1) > 0


def start(connection: sa.Connection, run: Run) -> None:
    """Record that a run began.

    Whoever starts one holds the lock of the data directory, so a run that still says `running`
    was killed: it is recorded as failed.
    """
    connection.execute(
        sa.update(runs)
        .where(runs.c.state == "running")
        .values(
            state="failed",
            finished=run.started,
            detail={"error": "ended without saying so: killed, or the machine stopped"},
        )
    )
    connection.execute(
        sa.insert(runs),
        {
            "run_id": run.run_id,
            "business_date": run.business_date,
            "state": "running",
            "started": run.started,
            "versions": dict(run.versions or {}),
            "hashes": dict(run.hashes or {}),
        },
    )


def is_started(connection: sa.Connection, run_id: str) -> bool:
    """Whether the ledger knows the run."""
    known = sa.select(runs.c.run_id).where(runs.c.run_id == run_id)
    return connection.execute(known).scalar() is not None


def finish(connection: sa.Connection, run_id: str, values: Mapping[str, Any]) -> None:
    """Record how a run ended."""
    found = connection.execute(sa.update(runs).where(runs.c.run_id == run_id).values(**values))
    if found.rowcount != 1:
        raise LedgerError(f"The ledger knows no run {run_id!r}, so it cannot be finished")


_NEWEST_FIRST = sa.select(runs).order_by(runs.c.business_date.desc(), runs.c.started.desc())


def last(connection: sa.Connection, *, limit: int) -> tuple[Run, ...]:
    """The runs, the newest night and its newest run first."""
    rows = connection.execute(_NEWEST_FIRST.limit(limit))
    return tuple(_run(row) for row in rows.mappings())


def last_good(connection: sa.Connection) -> Run | None:
    """The last run of the newest night whose last finished run is a good one."""
    query = _NEWEST_FIRST.where(runs.c.state == "done", runs.c.withdrawn.is_(None))
    seen: set[date] = set()
    for row in connection.execute(query).mappings():
        run = _run(row)
        if run.good and run.business_date not in seen:
            return run
        seen.add(run.business_date)
    return None


def withdraw(
    connection: sa.Connection, business_date: date, moment: datetime, said: Mapping[str, str]
) -> None:
    """Mark every run of a night as withdrawn, with who did it and why."""
    mine = sa.and_(runs.c.business_date == business_date, runs.c.withdrawn.is_(None))
    found = connection.execute(sa.select(runs.c.run_id, runs.c.detail).where(mine)).fetchall()
    for run_id, detail in found:
        connection.execute(
            sa.update(runs)
            .where(runs.c.run_id == run_id)
            .values(withdrawn=moment, detail={**(detail or {}), **said})
        )


def _run(row: Mapping[Any, Any]) -> Run:
    state = "withdrawn" if row["withdrawn"] is not None else row["state"]
    return Run(**{**row, "state": state})


def latest_night(connection: sa.Connection) -> date | None:
    """The newest night that was recorded."""
    found: date | None = connection.execute(sa.select(sa.func.max(nights.c.business_date))).scalar()
    return found
