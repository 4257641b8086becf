"""Waivers: who let which exception stand, why and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa

from config.errors import OrderwatchError
from jobs.ledger.frames import WAIVERS, from_rows
from jobs.ledger.models import waivers
from jobs.ledger.storable import restored, storable

#: How long a waiver may last, unless a threshold says otherwise.
MAX_DAYS = 90


class WaiverRefused(OrderwatchError, ValueError):
    """Waivers that break the policy: every fault of all of them; none was recorded."""

    def __init__(self, faults: Sequence[str]) -> None:
        #: What is wrong, a line a fault.
        self.faults = tuple(faults)
        lines = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(f"No waiver was recorded:\n{lines}\nPut them right and hand them in again")


@dataclass(frozen=True)
class Waiver:
    """A decision that an exception may stand for a while.

    Attributes:
        rule_id: The rule that the record breaks.
        record_key: The record.
        reason: Why it may.
        requested_by: Who asked.
        approved_by: Who decided; not who asked.
        granted_on: The first night that it holds on.
        expires_on: The last night that it holds on.
    """

    rule_id: str
    record_key: str
    reason: str
    requested_by: str
    approved_by: str
    granted_on: date
    expires_on: date


def faults_of(waiver: Waiver, *, today: date, max_days: int = MAX_DAYS) -> list[str]:
    """What is wrong with a waiver; nothing where it may be granted."""
    name = f"{waiver.rule_id or '(no rule)'} on {waiver.record_key or '(no record)'}"
    texts = ("rule_id", "record_key", "reason", "requested_by", "approved_by")
    faults = [
        f"{name}: `{field}` is empty" for field in texts if not str(getattr(waiver, field)).strip()
    ]
    approver = waiver.approved_by.strip().casefold()
    if approver and approver == waiver.requested_by.strip().casefold():
        faults.append(f"{name}: `approved_by` must be someone other than `requested_by`")
    if waiver.granted_on > today:
        faults.append(f"{name}: `granted_on` {waiver.granted_on} is after today, {today}")
    if waiver.expires_on <= today:
        faults.append(f"{name}: `expires_on` {waiver.expires_on} is not after today, {today}")
    latest = waiver.granted_on + timedelta(days=max_days)
    if waiver.expires_on > latest:
        faults.append(
            f"{name}: `expires_on` {waiver.expires_on} is more than {max_days} days after it was "
            f"granted; {latest} at the latest"
        )
    return faults


def grant(
    connection: sa.Connection, asked: Sequence[Waiver], *, today: date, max_days: int
) -> None:
    """Record waivers, all of them or none.

    Raises:
        WaiverRefused: Some break the policy.
    """
    faults = [
        fault for waiver in asked for fault in faults_of(waiver, today=today, max_days=max_days)
    ]
    if faults:
        raise WaiverRefused(faults)
    if asked:
        connection.execute(sa.insert(waivers), [_stored(waiver) for waiver in asked])


def in_force(connection: sa.Connection, business_date: date) -> pl.DataFrame:
    """The waivers that hold on a night, as the reconciliation needs them."""
    query = sa.select(*(waivers.c[name] for name in WAIVERS)).where(
        waivers.c.granted_on <= business_date, waivers.c.expires_on >= business_date
    )
    return from_rows(connection.execute(query).fetchall(), WAIVERS)


def everything(connection: sa.Connection) -> tuple[Waiver, ...]:
    """All waivers ever granted, in the order of their granting."""
    columns = [column for column in waivers.c if column.name != "waiver_id"]
    rows = connection.execute(
        sa.select(*columns).order_by(waivers.c.granted_on, waivers.c.waiver_id)
    )
    return tuple(Waiver(**_restored(row)) for row in rows.mappings())


def _restored(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row of the database as a waiver was."""
    return {k: restored(v) if isinstance(v, str) else v for k, v in row.items()}


def _stored(waiver: Waiver) -> dict[str, Any]:
    """A waiver as a database can hold it."""
    return {k: storable(v) if isinstance(v, str) else v for k, v in asdict(waiver).items()}
