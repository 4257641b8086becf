"""The sheets of a worklist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import polars as pl

from reports.excel import NOT_APPLICABLE, NOT_AVAILABLE, Column, Kind, Maker, Sheet, Value
from reports.night import ReportNight, exception_ids
from reports.text import counted, sentence, uk_date, uk_time
from reports.worklist.evidence import EvidenceReader, label_line

#: The answers that a unit can choose from, as they stand in the drop-down list, and their codes.
ANSWERS: Final = {
    "Put right at source": "fixed_at_source",
    "Record is right, rule does not fit": "rule_does_not_fit",
    "Cannot be put right, see comment": "cannot_be_fixed",
    "Belongs to another unit, see comment": "other_unit",
    "Being worked on": "in_progress",
}

#: The columns that a unit fills in.
ANSWER, CORRECTED, COMMENT = "Answer", "Corrected value or date", "Comment"

#: The columns that tie an answer to its exception.
EXCEPTION_ID, RULE, RECORD = "Exception id", "Rule", "Record"

#: What stands for a unit or an area that is none of the settings, whatever a source calls it.
NOT_KNOWN: Final = "Not known"

_ANSWER_LIST: Final = "AnswerList"

_HANDLING: Final = (
    "Handle with care: keep it in the force's own systems, do not forward it, delete it when it is"
    " answered. Do not write names, addresses or dates of birth into it."
)


class Unit(NamedTuple):
    """A unit as its worklist names it."""

    code: str
    name: str
    restricted: bool


def worklist_sheets(
    night: ReportNight,
    unit: Unit,
    title: str,
    rows: pl.DataFrame,
    soon: pl.DataFrame,
    maker: Maker | None = None,
) -> list[Sheet]:
    """The sheets of one workbook, in order.

    Args:
        night: The night.
        unit: The unit that it is for.
        title: What the workbook is called.
        rows: What is open, as `routed` gives it.
        soon: What is due soon, as `routed` gives it.
        maker: What makes the sheets one by one; without it, the first failure is raised.
    """
    reader = EvidenceReader(night)
    makers: dict[str, Callable[[], Sheet]] = {
        # The dictionary lists the fields that the evidence holds, so the evidence is read first.
        "Worklist": lambda: _worklist(night, unit, title, rows, reader),
        "Due soon": lambda: _due_soon(night, unit, soon, reader),
        "How to use": lambda: _how_to(night, unit, title, rows, soon),
        "Summary": lambda: _by_rule(night, unit, rows),
        "Fields": lambda: _fields(night, unit, reader),
        "Lists": lambda: _lists(night, unit),
    }
    if maker is None:
        made = [make() for make in makers.values()]
    else:
        made = maker.sheets(makers, standing(night, unit))
    worklist, ahead, how_to, *others = made
    return [how_to, worklist, ahead, *others]


def standing(night: ReportNight, unit: Unit) -> str:
    """The marking and moment, as they stand on every sheet."""
    kind = " RESTRICTED UNIT." if unit.restricted else ""
    return f"{night.settings.worklist_marking}.{kind} Position at {uk_time(night.asof)}."


def not_looked_at(night: ReportNight, rows: pl.DataFrame) -> list[str]:
    """What of the rows was not looked at tonight, so that a fix made since cannot show yet."""
    lines = []
    kinds = set(rows["records"])
    held = night.sources.filter(pl.col("state") != "accepted").sort("source")
    for row in held.iter_rows(named=True):
        if not kinds & {row["records"], *(row["tables"] or [])}:
            continue
        since = row["figures_from"]
        when = f"of {uk_date(since)}" if since else "of the last night that it was read"
        lines.append(
            f"Source {row['source']} was not read tonight: its rows are as {when}; a fix made since"
            " will show when it is."
        )
    ran = night.outcomes.group_by("rule_id").agg(ran=(pl.col("outcome") == "ran").all())
    unseen = rows.join(ran.filter("ran"), on="rule_id", how="anti")
    if unseen.height:
        rules = unseen["rule_id"].n_unique()
        lines.append(
            f"{counted(unseen.height, 'row')} of {counted(rules, 'rule')} that did not run tonight"
            " stand as they were; a fix made since will show when they do."
        )
    return lines


def _how_to(
    night: ReportNight, unit: Unit, title: str, rows: pl.DataFrame, soon: pl.DataFrame
) -> Sheet:
    overdue = int(rows["_overdue"].sum())
    critical = int((rows["severity"] == "critical").sum())
    steps: list[tuple[Value, ...]] = [
        (
            "What is in it",
            f"{counted(rows.height, 'exception')} of {unit.name}: {critical:,} critical,"
            f" {overdue:,} overdue. {counted(soon.height, 'more', 'more')} due soon.",
        ),
        (
            "1. Read",
            "Each row of the sheet Worklist is one thing that is wrong with one record. The most"
            " urgent come first: overdue, then critical.",
        ),
        (
            "2. Put it right",
            "Open the record in its own system and do what the column What to do says. Nothing is"
            " changed in any system by this workbook.",
        ),
        (
            "3. Answer",
            f"Choose an {ANSWER}. If you changed something, give the {CORRECTED.lower()} as"
            f" 23/11/2026 14:30. Add a {COMMENT.lower()} where the answer asks for one.",
        ),
        (
            "4. Send back",
            f"Save the workbook and return it to: {night.settings.contact}. You may sort, filter"
            f" and leave rows out; do not change the column {EXCEPTION_ID}.",
        ),
        (
            "What happens then",
            "The next night looks at the record again. If it passes, its row is gone from the next"
            " worklist. An answer alone does not close an exception.",
        ),
        ("Due soon", "Records that will become exceptions within 72 hours unless you act."),
        ("Signs", "[x] not available. [z] does not apply. Empty answer cells are for you to fill."),
        ("Handling", _HANDLING),
    ]
    return Sheet(
        "How to use",
        title,
        [standing(night, unit)],
        "how_to_use",
        [Column("Step", 22), Column("What to do", 100)],
        steps,
        len(steps),
    )


def _worklist(
    night: ReportNight, unit: Unit, title: str, rows: pl.DataFrame, reader: EvidenceReader
) -> Sheet:
    columns = [
        Column(RECORD, 20),
        Column("What is wrong", 36),
        Column("What the record shows", 48),
        Column("What to do", 48),
        Column("Severity", 11),
        Column("Due", 18, Kind.TIME),
        Column("Urgency", 19),
        Column("Days open", 8, Kind.COUNT),
        Column(
            ANSWER,
            30,
            Kind.ENTRY,
            choices=_ANSWER_LIST,
            help="Choose an answer from the list. Leave it empty if you have nothing to say yet.",
        ),
        Column(
            CORRECTED,
            24,
            Kind.ENTRY,
            help="What the record says now. Dates as 23/11/2026, times as 23/11/2026 14:30.",
        ),
        Column(
            COMMENT,
            34,
            Kind.ENTRY,
            help="Anything we should know. No names, addresses or dates of birth.",
        ),
        Column("First found", 13, Kind.LONG_DATE),
        Column("Times opened", 9, Kind.COUNT),
        Column("Kind of record", 14),
        Column("Type of order", 12),
        Column("Area", 18),
        Column(RULE, 15),
        Column(EXCEPTION_ID, 23),
    ]
    return Sheet(
        "Worklist",
        title,
        [
            standing(night, unit),
            f"{counted(rows.height, 'exception')}, the most urgent first. Fill in the columns"
            f" {ANSWER}, {CORRECTED} and {COMMENT}.",
            *not_looked_at(night, rows),
            "[x] not available. [z] does not apply. Times are local.",
        ],
        "worklist",
        columns,
        list(_worklist_rows(night, rows, reader)) or [_nothing("Nothing is open.", columns)],
        max(1, rows.height),
        working=True,
    )


def _worklist_rows(
    night: ReportNight, rows: pl.DataFrame, reader: EvidenceReader
) -> Iterator[tuple[Value, ...]]:
    names = dict(night.units.select("unit_code", "name").iter_rows())
    ids = exception_ids(rows)
    picked = rows.select(
        "record_key", "title", "records", "evidence", "fix", "severity", "due_ts", "days_open",
        "first_seen", "episode", "order_type", "lpt", "rule_id",
    )  # fmt: skip
    for exception_id, row in zip(ids, picked.iter_rows(), strict=True):
        (key, title, records, evidence, fix, severity, due, days, first, episode, kind, area,
         rule) = row  # fmt: skip
        yield (
            key,
            title,
            reader.read(records, evidence),
            fix or NOT_APPLICABLE,
            sentence(severity),
            NOT_APPLICABLE if due is None else due,
            _urgency(due, night.asof),
            _or_absent(days),
            None,
            None,
            None,
            _or_absent(first),
            _or_absent(episode),
            sentence(records.replace("_", " ")),
            kind or NOT_APPLICABLE,
            NOT_APPLICABLE if area is None else names.get(area, NOT_KNOWN),
            rule,
            exception_id,
        )


def _or_absent(value: Value) -> Value:
    return NOT_AVAILABLE if value is None else value


def _urgency(due: datetime | None, asof: datetime) -> str:
    """How far off the due time is, in words."""
    if due is None:
        return "No set time"
    late = asof - due
    if late > timedelta(0):
        if late >= timedelta(days=1):
            return f"Overdue by {counted(late.days, 'day')}"
        return f"Overdue by {counted(max(1, int(late.total_seconds() // 3600)), 'hour')}"
    return f"Due in {counted(max(1, int(-late.total_seconds() // 3600)), 'hour')}"


def _nothing(words: str, columns: list[Column]) -> tuple[Value, ...]:
    rest = (None if column.kind is Kind.ENTRY else NOT_APPLICABLE for column in columns[1:])
    return (words, *rest)


def _due_soon(night: ReportNight, unit: Unit, soon: pl.DataFrame, reader: EvidenceReader) -> Sheet:
    columns = [
        Column(RECORD, 20),
        Column("What will be wrong", 38),
        Column("What the record shows", 48),
        Column("What to do", 48),
        Column("Severity", 11),
        Column("Due", 18, Kind.TIME),
        Column("Urgency", 18),
        Column("Kind of record", 14),
        Column(RULE, 15),
    ]
    ordered = soon.sort(["due_ts", "_grave", "rule_id", "record_key"], nulls_last=True)
    rows: list[tuple[Value, ...]] = [
        (
            key,
            title,
            reader.read(records, evidence),
            fix or NOT_APPLICABLE,
            sentence(severity),
            NOT_APPLICABLE if due is None else due,
            _urgency(due, night.asof),
            sentence(records.replace("_", " ")),
            rule,
        )
        for key, title, records, evidence, fix, severity, due, rule in ordered.select(
            "record_key", "title", "records", "evidence", "fix", "severity", "due_ts", "rule_id"
        ).iter_rows()
    ] or [_nothing("Nothing is due soon.", columns)]
    return Sheet(
        "Due soon",
        "Due soon: act now and these never become exceptions",
        [standing(night, unit), "[x] not available. [z] does not apply. Times are local."],
        "due_soon",
        columns,
        rows,
        len(rows),
        working=True,
    )


def _by_rule(night: ReportNight, unit: Unit, rows: pl.DataFrame) -> Sheet:
    columns = [
        Column("What is wrong", 60),
        Column("Severity", 12),
        Column("Open", 11, Kind.COUNT),
        Column("Of which overdue", 12, Kind.COUNT),
        Column("Oldest (days)", 12, Kind.COUNT),
        Column(RULE, 16),
    ]
    groups = (
        rows.group_by("rule_id", "title", "severity", "_grave")
        .agg(pl.len(), overdue=pl.col("_overdue").sum(), oldest=pl.col("days_open").max())
        .sort("_grave", "len", "rule_id", descending=[False, True, False])
    )
    found: list[tuple[Value, ...]] = [
        (title, sentence(severity), n, overdue, _or_absent(oldest), rule)
        for title, severity, n, overdue, oldest, rule in groups.select(
            "title", "severity", "len", "overdue", "oldest", "rule_id"
        ).iter_rows()
    ] or [_nothing("Nothing is open.", columns)]
    return Sheet(
        "Summary",
        "Open exceptions by rule",
        [
            standing(night, unit),
            "Number of open exceptions. [x] not available. [z] does not apply.",
        ],
        "summary_by_rule",
        columns,
        found,
        len(found),
        working=True,
    )


def _fields(night: ReportNight, unit: Unit, reader: EvidenceReader) -> Sheet:
    columns = [Column("Kind of record", 18), Column("Field", 34), Column("What it holds", 90)]
    rows: list[tuple[Value, ...]] = [
        label_line(records, label) for (records, _), label in sorted(reader.met.items())
    ] or [_nothing("No fields are shown.", columns)]
    return Sheet(
        "Fields",
        "The fields in the column What the record shows",
        [standing(night, unit), "[z] does not apply."],
        "fields_shown",
        columns,
        rows,
        len(rows),
    )


def _lists(night: ReportNight, unit: Unit) -> Sheet:
    rows: list[tuple[Value, ...]] = [(answer,) for answer in ANSWERS]
    return Sheet(
        "Lists",
        "The answers to choose from",
        [standing(night, unit)],
        "answers",
        [Column(ANSWER, 44)],
        rows,
        len(rows),
        defines=_ANSWER_LIST,
    )
