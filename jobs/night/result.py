"""What a night came to: for the person who waits, for the log, and what the command ends with."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from jobs.ledger import Movements
from jobs.trace import log

#: What may become of a rule.
_OUTCOMES = ("ran", "held", "could_not_run", "not_supplied")


@dataclass(frozen=True)
class NightResult:
    """What a night came to.

    Attributes:
        business_date: The night.
        folder: Where its files are.
        movements: What it did to the ledger.
        open: Exceptions that are open and listed.
        sources: How many sources there are.
        held_sources: Sources that are held or could not be read, with the reason.
        not_run: Rules that could not be run, with the reason.
        rules: How many rules had each outcome; gates are not among them.
        warnings: What the gates would have the operator know.
        rejects: Values and rows that could not be read.
        reports_failed: Reports, or sheets of them, that could not be made, in words.
    """

    business_date: date
    folder: Path
    movements: Movements
    open: int
    sources: int
    held_sources: dict[str, str]
    not_run: dict[str, str]
    rules: dict[str, int]
    warnings: list[str]
    rejects: int
    reports_failed: tuple[str, ...] = ()

    @property
    def measured(self) -> bool:
        """Whether a source took part and a rule ran; a night of nothing is no good night."""
        return len(self.held_sources) < self.sources and self.rules.get("ran", 0) > 0

    @property
    def held(self) -> bool:
        """Whether something was held, unable to run or not made.

        A rule that no source supplies is neither: a force need not keep every record there is.
        """
        rules = self.not_run or self.rules.get("held")
        return bool(self.held_sources or rules or self.reports_failed or not self.measured)

    @property
    def exit_code(self) -> int:
        """What the command ends with: 4 where something was held or unable to run, else 0."""
        return 4 if self.held else 0

    @property
    def counts(self) -> dict[str, int]:
        """What the ledger's run keeps, and `orderwatch status` reads."""
        return {
            "sources": self.sources,
            "sources_held": len(self.held_sources),
            **{f"rules_{name}": self.rules.get(name, 0) for name in _OUTCOMES},
        }

    def _rules(self) -> str:
        named = ((self.rules.get(name, 0), name.replace("_", " ")) for name in _OUTCOMES)
        return ", ".join(f"{n} {name}" for n, name in named if n or name == "ran")

    def summary(self) -> str:
        """What to tell the operator."""
        moved = self.movements
        lines = [
            "",
            f"Night of {self.business_date:%-d %B %Y} done.",
            *([] if self.measured else ["  NOTHING WAS MEASURED: this is no good night."]),
            f"  Rules: {self._rules()}.",
            f"  Exceptions: {moved.opened:,} opened, {moved.reopened:,} reopened, "
            f"{moved.fixed:,} fixed, "
            f"{moved.withdrawn_from_source:,} withdrawn from source, {self.open:,} open.",
        ]
        if self.rejects:
            lines.append(
                f"  {self.rejects:,} values or rows could not be read: "
                f"{self.folder / 'rejects.parquet'}"
            )
        lines += [f"  Held: {name}: {why}" for name, why in self.held_sources.items()]
        lines += [f"  Could not run: {name}: {why}" for name, why in self.not_run.items()]
        lines += [f"  Not made: {line}" for line in self.reports_failed]
        lines += [f"  Warning: {line}" for line in self.warnings]
        lines += [
            f"  Scrutiny pack: {self.folder / 'pcc'}",
            f"  Worklists:     {self.folder / 'worklists'}",
        ]
        return "\n".join(lines)


def log_result(result: NightResult, run_id: str, started: datetime, finished: datetime) -> None:
    """What the operator was told, once more in the log."""
    warn = logging.WARNING
    for name, why in result.held_sources.items():
        log("source held", level=warn, source=name, reason=why)
    for name, why in result.not_run.items():
        log("rule could not run", level=warn, rule=name, reason=why)
    for line in result.warnings:
        log("warning", level=warn, said=line)
    log(
        "night done",
        level=logging.INFO if result.measured else warn,
        business_date=result.business_date,
        run_id=run_id,
        started=started,
        finished=finished,
        exit_code=result.exit_code,
        **result.counts,
    )
