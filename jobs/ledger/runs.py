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
        state: What has become of it.
        started: When it began.
        finished: When it ended; None while it runs.
        exit_code: What it ended with.
        versions: Of Orderwatch and what it stands on.
        hashes: Of the settings, the catalogue and each source's delivery.
        counts: How many rules had each outcome, and what else was counted.
        detail: Anything more; for a run that failed, why.
    """

    run_id: str
    business_date: date
    state: Literal["running", "done", "failed"]
    started: datetime
    finished: datetime | None = None
    exit_code: int | None = None
    versions: Mapping[str, str] | None = None
    hashes: Mapping[str, str] | None = None
    counts: Mapping[str, int] | None = None
    detail: Mapping[str, Any] | None = None


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


def last(connection: sa.Connection, *, state: str | None, limit: int) -> tuple[Run, ...]:
    """The runs, the newest night and its newest run first."""
    query = sa.select(runs).order_by(runs.c.business_date.desc(), runs.c.started.desc())
    if state is not None:
        query = query.where(runs.c.state == state)
    rows = connection.execute(query.limit(limit))
    return tuple(Run(**row) for row in rows.mappings())


def latest_night(connection: sa.Connection) -> date | None:
    """The newest night that was recorded."""
    found: date | None = connection.execute(sa.select(sa.func.max(nights.c.business_date))).scalar()
    return found
