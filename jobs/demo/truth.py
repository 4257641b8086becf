"""What the demo's nights must come to: which exceptions are open, and how each came and went."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from jobs.demo.bulk import BULKS
from jobs.demo.christmas import BREACH as CHRISTMAS_BREACH
from jobs.demo.christmas import RULE as CHRISTMAS_RULE
from jobs.demo.fault import ALL, Nights, Plant
from jobs.demo.staged import Staged

#: Columns of the truth of a night.
TRUTH = pl.Schema({"rule_id": pl.String(), "records": pl.String(), "record_key": pl.String()})
#: Columns of the movements of a night.
MOVEMENTS = pl.Schema({**TRUTH, "movement": pl.String()})
#: Rules that read each table that is held on some night: they open and close nothing on it.
READERS: Mapping[str, tuple[str, ...]] = {
    "reviews": (
        *("ORD-SUP-003", "ORD-SUP-003b", "ORD-SUP-004", "ORD-SUP-005", "ORD-SUP-007"),
        *("ORD-SUP-010", "ORD-SUP-012", "ORD-SUP-013", "BRE-RSP-006"),
        *("BRE-SUP-001", "BRE-SUP-002", "BRE-SUP-003", "BRE-SUP-004"),
    ),
    "occurrences": ("ORD-GOV-013",),
    "court_feed": ("ORD-INF-013", "ORD-INF-014", "ORD-INF-016"),
}
_GATES = "sources"


@dataclass(frozen=True)
class Outage:
    """Something wrong with a whole source.

    Attributes:
        rule: The dataset gate that finds it.
        key: The source, or source and column.
        what: What was done, in words.
        nights: The nights on which it is so.
        held: The table that is held, where the source is.
    """

    rule: str
    key: str
    what: str
    nights: Nights
    held: str | None = None


OUTAGES: tuple[Outage, ...] = (
    Outage(
        "DAT-REC-001",
        "rms_reviews",
        "the extract of reviews stopped after six tenths of its rows",
        (2,),
        "reviews",
    ),
    Outage(
        "DAT-REC-002",
        "rms_occurrences",
        "the column `risk_grade` of the occurrences was renamed",
        (3,),
        "occurrences",
    ),
    Outage(
        "DAT-REC-003",
        "court_inbox",
        "last night's file of the court feed was delivered again",
        (3,),
        "court_feed",
    ),
    Outage("DAT-REC-004", "rms_parties", "three rows of the parties came twice", (2,)),
    Outage(
        "DAT-REC-005",
        "order_parties:order_id",
        "parties of 200 orders that are not in the extract of orders",
        (3,),
    ),
    Outage("DAT-REC-007", "rms_shares", "a reason that begins like a formula", (2,)),
    Outage(
        "DAT-REC-008",
        "rms_reviews:outcome",
        "one outcome in forty is a word that nobody has mapped",
        (3,),
    ),
)


def held(night: int) -> frozenset[str]:
    """The rules that are held on a night."""
    tables = [outage.held for outage in OUTAGES if outage.held and night in outage.nights]
    return frozenset(rule for table in tables for rule in READERS[table])


@dataclass(frozen=True)
class Story:
    """One exception: on which nights the record fails, and what it is otherwise."""

    rule: str
    records: str
    key: str
    nights: Nights
    ends: Mapping[int, str] = field(default_factory=dict)
    after: str = "fixed"


def stories(
    plants: Iterable[Plant], staged: Iterable[Staged], names: Mapping[str, str]
) -> list[Story]:
    """Every exception of the demo.

    Args:
        plants: The faults that were planted.
        staged: The cases under way.
        names: References of the orders by the demo's names.
    """
    return [
        *(
            Story(rule, _records(plant), plant.failing, plant.nights, after=plant.fault.after)
            for plant in plants
            for rule in (plant.fault.rule, *plant.fault.also)
        ),
        *(Story(case.rule, "orders", names[case.name], case.nights, case.ends) for case in staged),
        *(Story("ORD-SUP-010", "reviews", bulk.key, bulk.nights) for bulk in BULKS if bulk.nights),
        Story(CHRISTMAS_RULE, "breaches", CHRISTMAS_BREACH, ALL),
        *(Story(outage.rule, _GATES, outage.key, outage.nights) for outage in OUTAGES),
    ]


def _records(plant: Plant) -> str:
    return plant.fault.records or plant.fault.table


def findings(told: Sequence[Story], night: int) -> pl.DataFrame:
    """What the rules that run on a night must find, and nothing else; columns of `TRUTH`."""
    quiet = held(night)
    rows = [
        (story.rule, story.records, story.key)
        for story in told
        if night in story.nights and story.rule not in quiet
    ]
    return _frame(rows, TRUTH)


def movements(told: Sequence[Story], night: int) -> pl.DataFrame:
    """What a night must do to the ledger, columns of `MOVEMENTS`.

    `opened`, `reopened` (it was open once before), `still_open`, `fixed`, `withdrawn_from_source`
    or `no_longer_applies`. A rule that is held moves nothing: what was open is still open.
    """
    rows = [
        (story.rule, story.records, story.key, moved)
        for story in told
        for at, moved in _moves(story)
        if at == night
    ]
    return _frame(rows, MOVEMENTS)


def _moves(story: Story) -> Iterator[tuple[int, str]]:
    open_, before = False, False
    for night in (1, 2, 3):
        if story.rule in held(night):
            if open_:
                yield night, "still_open"
        elif night in story.nights:
            yield night, "still_open" if open_ else ("reopened" if before else "opened")
            open_, before = True, True
        elif open_:
            yield night, story.ends.get(night, story.after)
            open_ = False


def still_open(told: Sequence[Story], night: int) -> pl.DataFrame:
    """The exceptions that must be open when a night is done, columns of `TRUTH`."""
    moved = movements(told, night)
    here = ["opened", "reopened", "still_open"]
    return moved.filter(pl.col("movement").is_in(here)).drop("movement")


def _frame(rows: Sequence[tuple[str, ...]], schema: pl.Schema) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row").sort(schema.names())
