"""When the last good night was, what the last night lacked, and whether that is too long ago."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from config.settings import Settings
from expectations.language import LONDON, as_of
from jobs.ledger import Ledger, Run

_NAMED = 5


class Status(NamedTuple):
    """The state of the nightly job.

    Attributes:
        good: The last good night is recent enough, and no night is of the future.
        text: What to tell the operator.
    """

    good: bool
    text: str


def read_status(settings: Settings, now: datetime | None = None) -> Status:
    """Look in the ledger for the last good night: one that ran to its end and measured something.

    Raises:
        LedgerError: The ledger cannot be opened.
    """
    moment = (now or datetime.now(LONDON)).astimezone(LONDON)
    ledger = Ledger.open(settings.ledger_url, create=False)
    good_run = ledger.last_good_night()
    latest = next((run for run in ledger.runs() if run.state != "withdrawn"), None)
    good, lines = _last_good(settings, good_run, moment)
    if latest is not None:
        lines += _last_night(latest)
    recorded = ledger.latest_night()
    if recorded is not None and as_of(recorded, settings.as_of_time) > moment:
        good = False
        lines.append(
            f"The night of {_day(recorded)} is in the future, and every night before it is refused "
            f"until then. Take it out again: orderwatch ledger withdraw-night {recorded} "
            "--by NAME --reason WHY"
        )
    return Status(good, "\n".join(lines))


def _last_good(settings: Settings, run: Run | None, moment: datetime) -> tuple[bool, list[str]]:
    if run is None:
        return False, ["No good night has been run to its end. Next: orderwatch run"]
    age = moment - as_of(run.business_date, settings.as_of_time)
    limit = settings.schedule.stale_after_h
    if age < timedelta(0):
        return False, [f"The newest night that was run to its end is {_day(run.business_date)}"]
    lines = [f"Last good night: {_day(run.business_date)}, {age // timedelta(hours=1)} hours ago"]
    if age > timedelta(hours=limit):
        lines.append(
            f"That is more than {limit} hours. Look at "
            f"{settings.data_dir / 'logs' / 'orderwatch.jsonl'}, then: orderwatch run"
        )
    return age <= timedelta(hours=limit), lines


def _last_night(run: Run) -> list[str]:
    """What became of the last night, and what it lacked."""
    counts, held = run.counts or {}, list((run.detail or {}).get("held", ()))
    said = [f"Last night: {_day(run.business_date)}", run.state]
    if held:
        more = ", ..." if len(held) > _NAMED else ""
        names = ", ".join(map(str, held[:_NAMED])) + more
        said.append(f"{len(held)} of {counts.get('sources', len(held))} sources held ({names})")
    if not_run := counts.get("rules_could_not_run", 0) + counts.get("rules_held", 0):
        said.append(f"{not_run} rules not run")
    lines = [", ".join(said)]
    if run.state == "done" and not run.good:
        lines.append("Nothing was measured that night: it is no good night")
    if run.state in ("failed", "running"):
        lines.append(f"Run it again: orderwatch run --business-date {run.business_date}")
    return lines


def _day(day: date) -> str:
    return f"{day:%-d %B %Y}"
