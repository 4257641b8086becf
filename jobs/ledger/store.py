"""The ledger: every exception from the night it appears to the night it is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal, Self

import polars as pl
import sqlalchemy as sa

from config.errors import LedgerError, NightError
from jobs.ledger import listing, merge, runs, sources, waivers
from jobs.ledger.engine import NoLedger, connect, reading, shown, writing
from jobs.ledger.frames import OUTCOMES, RULES, fit
from jobs.ledger.listing import Movements
from jobs.ledger.migrate import is_current, migrate
from jobs.ledger.models import nights, rule_outcomes
from jobs.ledger.reconcile import reconcile
from jobs.ledger.runs import Run
from jobs.ledger.sources import GateAcceptance, SourceNight
from jobs.ledger.waivers import MAX_DAYS, Waiver


class Ledger:
    """The ledger at an address; `Ledger.open` makes one.

    Every method is a transaction of its own. It holds no connection between calls, so it may be
    kept for as long as a process lives.
    """

    def __init__(self, engine: sa.Engine) -> None:
        #: The database.
        self.engine = engine

    @classmethod
    def open(cls, url: str, *, create: bool = True) -> Self:
        """Open the ledger at a SQLAlchemy address and bring its schema up to date.

        Args:
            url: `sqlite:///FILE` or `postgresql://USER@HOST/DATABASE`.
            create: Make a ledger where there is none; False for what only asks. An empty file or
                database is none.

        Raises:
            NoLedger: There is none, and none is to be made.
            LedgerError: It cannot be read or written, it is damaged, or a newer Orderwatch wrote
                it.
        """
        engine = connect(url, create=create)
        migrate(engine, create=create)
        return cls(engine)

    @classmethod
    def peek(cls, url: str) -> Self | None:
        """The ledger at an address for one who only reads: it is neither made nor altered.

        Returns:
            The ledger, or None where there is none, or one of another schema.

        Raises:
            LedgerError: It cannot be read.
        """
        try:
            engine = connect(url, create=False)
            return cls(engine) if is_current(engine) else None
        except NoLedger:
            return None

    @property
    def address(self) -> str:
        """Where it is, without a password."""
        return shown(self.engine.url)

    # Runs

    def start_run(
        self,
        run_id: str,
        business_date: date,
        *,
        started: datetime,
        versions: Mapping[str, str],
        hashes: Mapping[str, str],
    ) -> None:
        """Record that a run of a night began; the caller holds the lock of the data directory."""
        run = Run(run_id, business_date, "running", started, versions=versions, hashes=hashes)
        with writing(self.engine) as connection:
            runs.start(connection, run)

    def finish_run(
        self,
        run_id: str,
        *,
        finished: datetime,
        state: Literal["done", "failed"],
        exit_code: int,
        counts: Mapping[str, int] | None = None,
        hashes: Mapping[str, str] | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Record how a run ended; `hashes` takes the place of those it began with."""
        values: dict[str, Any] = {
            "finished": finished,
            "state": state,
            "exit_code": exit_code,
            "counts": None if counts is None else dict(counts),
            "detail": None if detail is None else dict(detail),
        }
        if hashes is not None:
            values["hashes"] = dict(hashes)
        with writing(self.engine) as connection:
            runs.finish(connection, run_id, values)

    def runs(self, limit: int = 100) -> tuple[Run, ...]:
        """The last runs, the newest night and its newest run first."""
        with reading(self.engine) as connection:
            return runs.last(connection, limit=limit)

    def last_good_night(self) -> Run | None:
        """The run that last finished the newest good night: one on which something was measured."""
        with reading(self.engine) as connection:
            return runs.last_good(connection)

    def latest_night(self) -> date | None:
        """The newest night that is recorded, whether or not its reports were written."""
        with reading(self.engine) as connection:
            return runs.latest_night(connection)

    def check_night(self, business_date: date) -> None:
        """Refuse a night earlier than the latest, before any work is done for it.

        Raises:
            NightError: It is earlier.
        """
        with reading(self.engine) as connection:
            _check_order(connection, business_date)

    # A night

    def open_keys(self, *, before: date) -> pl.DataFrame:
        """The keys of the exceptions open when that night began: `rule_id, records, record_key`.

        On a re-run these are the keys of the first run too, whatever that one opened or closed.
        """
        with reading(self.engine) as connection:
            return merge.keys_open_before(connection, before)

    def record_night(
        self,
        business_date: date,
        run_id: str,
        *,
        failing: pl.DataFrame,
        statuses: pl.DataFrame,
        outcomes: pl.DataFrame,
        rules: pl.DataFrame,
        delivered: Sequence[SourceNight] = (),
    ) -> Movements:
        """Reconcile a night with the ledger, in one transaction.

        The latest night may be recorded again: what it did before is undone first.

        Args:
            business_date: The night.
            run_id: Its run, which must have been started.
            failing: Tonight's failing records (`frames.FAILING`; more columns do no harm).
            statuses: `open_keys(before=business_date)` with `status`.
            outcomes: One row a rule (`frames.OUTCOMES`).
            rules: The catalogue (`frames.RULES`).
            delivered: What each source delivered.

        Returns:
            What the night did.

        Raises:
            NightError: A later night is recorded already.
            LedgerError: The database refused; nothing was changed.
        """
        with writing(self.engine) as connection:
            _check_order(connection, business_date)
            if not runs.is_started(connection, run_id):
                raise LedgerError(f"The ledger knows no run {run_id!r}: start it before its night")
            merge.undo(connection, business_date)
            transitions = reconcile(
                business_date=business_date,
                open_=merge.open_before(connection, business_date),
                failing=failing,
                statuses=statuses,
                outcomes=outcomes,
                rules=rules,
                waivers=waivers.in_force(connection, business_date),
            )
            connection.execute(
                sa.insert(nights), {"business_date": business_date, "run_id": run_id}
            )
            _record_outcomes(connection, business_date, outcomes, rules)
            sources.record(connection, business_date, delivered)
            merge.apply(connection, business_date, transitions)
            return listing.movements(connection, business_date)

    def check_withdrawal(self, business_date: date, *, by: str, reason: str) -> None:
        """Refuse to withdraw a night, before anything is done; see `withdraw_night`."""
        with reading(self.engine) as connection:
            _check_withdrawal(connection, business_date, by, reason)

    def withdraw_night(
        self, business_date: date, *, by: str, reason: str, moment: datetime | None = None
    ) -> None:
        """Take the latest night out again: the ledger is what it was before that night.

        Its runs stay, marked as withdrawn with who did it and why. Waivers and accepted gates are
        people's words and stay too.

        Raises:
            NightError: It is not the latest, or there is no such night.
            LedgerError: `by` or `reason` is empty, or the database refused; nothing was changed.
        """
        with writing(self.engine) as connection:
            _check_withdrawal(connection, business_date, by, reason)
            merge.undo(connection, business_date)
            said_of = {"withdrawn_by": by.strip(), "reason": reason.strip()}
            runs.withdraw(connection, business_date, moment or datetime.now(UTC), said_of)

    # What it says

    def exceptions_on(self, business_date: date) -> pl.DataFrame:
        """The exceptions of a night, as `frames.LISTING`, in the order of their keys.

        Those open when it ended (`open` or `waived`; unlisted where `hidden_by` is not null) and
        those it closed, with what they closed as. Any recorded night can be asked for.

        Raises:
            NightError: That night is not in the ledger.
        """
        with reading(self.engine) as connection:
            _check_known(connection, business_date)
            return listing.exceptions_on(connection, business_date)

    def failures(self, *, before: date) -> pl.DataFrame:
        """What was failing, and from when until when, as known when a night began.

        One row an episode, those behind another rule's exception among them: `records`,
        `record_key`, `rule_id`, `from_date`, `until_date`. On a re-run nothing of the first run
        is in it.
        """
        with reading(self.engine) as connection:
            return listing.failures(connection, before)

    def movements(self, business_date: date) -> Movements:
        """What a night did to the exceptions."""
        with reading(self.engine) as connection:
            _check_known(connection, business_date)
            return listing.movements(connection, business_date)

    def movements_by(self, business_date: date, *columns: str) -> pl.DataFrame:
        """The same, counted by some of `listing.DIMENSIONS`."""
        return listing.movements_by(self.exceptions_on(business_date), business_date, columns)

    def history(self, since: date) -> pl.DataFrame:
        """What each night opened, closed and left open, by theme, unit and severity."""
        with reading(self.engine) as connection:
            return listing.history(connection, since)

    def outcomes_on(self, business_date: date) -> pl.DataFrame:
        """What became of each rule on a night, with the rule's status, theme and severity."""
        with reading(self.engine) as connection:
            _check_known(connection, business_date)
            return listing.outcomes_on(connection, business_date)

    def past_rules(self, since: date, before: date) -> pl.DataFrame:
        """What became of each active rule on earlier nights: business_date, rule_id, outcome."""
        with reading(self.engine) as connection:
            return listing.past_rules(connection, since, before)

    # Sources

    def past_sources(self, since: date, before: date) -> pl.DataFrame:
        """Which sources took part in earlier nights: business_date, source, records, state."""
        with reading(self.engine) as connection:
            return sources.states(connection, since, before)

    def past_nights(
        self, source: str, before: date, *, nights: int = 28
    ) -> tuple[SourceNight, ...]:
        """The last accepted nights of a source before a date, the oldest first."""
        with reading(self.engine) as connection:
            return sources.past(connection, source, before, nights)

    def accept_gate(self, acceptance: GateAcceptance, *, recorded: datetime | None = None) -> None:
        """Record that an operator accepts what a gate found on a night.

        Raises:
            LedgerError: Something of it is empty.
        """
        with writing(self.engine) as connection:
            sources.accept(connection, acceptance, recorded or datetime.now(UTC))

    def accepted_gates(self, source: str, business_date: date) -> frozenset[str]:
        """The gates of a source that were accepted for a night."""
        with reading(self.engine) as connection:
            return sources.accepted(connection, source, business_date)

    # Waivers

    def grant_waivers(
        self, asked: Sequence[Waiver], *, today: date, max_days: int = MAX_DAYS
    ) -> None:
        """Record waivers, all of them or none; they hold from the next night that is recorded.

        Raises:
            WaiverRefused: Some break the policy.
        """
        with writing(self.engine) as connection:
            waivers.grant(connection, asked, today=today, max_days=max_days)

    def waivers(self) -> tuple[Waiver, ...]:
        """All waivers ever granted."""
        with reading(self.engine) as connection:
            return waivers.everything(connection)


def _check_order(connection: sa.Connection, business_date: date) -> None:
    latest = runs.latest_night(connection)
    if latest is not None and business_date < latest:
        raise NightError(
            f"The night of {business_date} is earlier than the latest in the ledger, {latest}, and "
            "a past night is never rewritten. Run the latest again with: orderwatch run "
            f"--business-date {latest}; or go on with a later one. What was known on "
            f"{business_date} is in the ledger and in the folder of that night"
        )


def _check_withdrawal(connection: sa.Connection, business_date: date, by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise LedgerError("A night is withdrawn by someone and for a reason: say both")
    latest = runs.latest_night(connection)
    if latest != business_date:
        said = f"the latest is {latest}" if latest else "the ledger has no night"
        raise NightError(
            f"Only the latest night can be withdrawn, and that of {business_date} is not: {said}. "
            "Nothing was changed"
        )


def _check_known(connection: sa.Connection, business_date: date) -> None:
    known = connection.execute(
        sa.select(nights.c.business_date).where(nights.c.business_date == business_date)
    ).scalar()
    if known is None:
        latest = runs.latest_night(connection)
        said = f"the latest is {latest}" if latest else "it has no night yet"
        raise NightError(
            f"The night of {business_date} is not in the ledger: {said}. "
            f"To run it: orderwatch run --business-date {business_date}"
        )


def _record_outcomes(
    connection: sa.Connection, business_date: date, outcomes: pl.DataFrame, rules: pl.DataFrame
) -> None:
    catalogue = fit(rules, RULES, what="rules").rename({"version": "rule_version"})
    rows = fit(outcomes, OUTCOMES, what="outcomes").join(catalogue, on="rule_id", how="left")
    if not rows.is_empty():
        connection.execute(
            sa.insert(rule_outcomes),
            rows.with_columns(pl.lit(business_date).alias("business_date")).to_dicts(),
        )
