"""The extract is stale."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

import polars as pl

from config.records import TIMESTAMP
from config.sentences import Said, say
from expectations.language import weekday_hours
from jobs.gates.model import GateInput, GateResult

_HOUR = 3600


def freshness(given: GateInput) -> list[GateResult]:
    """The extract was made lately, or what it holds was changed lately."""
    delivery, limits = given.delivery, given.thresholds
    newest = _newest(given)
    if not delivery.stamped and "updated_ts" not in given.supplied:
        return [GateResult("freshness", given.name, outcome="not_supplied")]
    moment = delivery.stamp if delivery.stamped else newest
    allowed = limits["extract_max_age_h" if delivery.stamped else "updated_max_age_h"]
    age = None if moment is None else _age(given, moment)
    failed = age is None or age > allowed
    said: tuple[Said, ...] = ()
    if failed:
        what = "stamp" if delivery.stamped else "change"
        said = (
            say(f"gates.no_{what}")
            if age is None
            else say(f"gates.old_{what}", age=age, allowed=float(allowed)),
        )
    stale = not failed and delivery.stamped and newest is not None
    if stale and newest is not None:
        old = _age(given, newest)
        stale = old > limits["updated_max_age_h"]
        said = (say("gates.quiet", age=old),) if stale else ()
    return [
        GateResult(
            "freshness",
            given.name,
            failed=failed,
            action="hold" if failed else "warn" if stale else "none",
            evidence={
                "newest_ts": None if newest is None else f"{newest:%Y-%m-%dT%H:%M:%SZ}",
                "stamp": None if delivery.stamp is None else f"{delivery.stamp:%Y-%m-%dT%H:%M:%SZ}",
                "age_h": None if age is None else round(age, 2),
            },
            said=said,
        )
    ]


def _newest(given: GateInput) -> datetime | None:
    """The latest change that does not lie in the future."""
    if "updated_ts" not in given.supplied:
        return None
    soon = given.asof + timedelta(minutes=given.thresholds["tolerance_min"])
    changed = given.frame.get_column("updated_ts")
    return cast("datetime | None", changed.filter((changed <= soon).fill_null(False)).max())


def _age(given: GateInput, moment: datetime) -> float:
    """Hours from a moment to the night; at weekends the clock stands for sources that rest."""
    if not given.source.weekdays_only:
        return (given.asof - moment).total_seconds() / _HOUR
    frame = pl.DataFrame(
        {"start": [moment], "end": [given.asof]}, schema=dict.fromkeys(("start", "end"), TIMESTAMP)
    )
    hours = weekday_hours(pl.col("start"), pl.col("end"), given.bank_holidays)
    return float(frame.select(hours).item())
