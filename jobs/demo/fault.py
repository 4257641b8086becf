"""What a fault is: the records it is planted on, what is done to them, and on which nights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

#: Nights by number, 1 to 3, on which a fault is there.
Nights = tuple[int, ...]

ALL: Nights = (1, 2, 3)
#: For most faults: two that stay, one that is put right, one that comes on each later night.
USUAL: tuple[Nights, ...] = (ALL, ALL, (1,), (2, 3), (3,))
#: As usual, and one that is put right and comes back.
RETURNING: tuple[Nights, ...] = (*USUAL, (1, 3))
#: For faults in a statutory time: they are there from the first night, because a statutory time
#: that changes late is a finding of its own (ORD-REC-024).
STATUTORY: tuple[Nights, ...] = (ALL, ALL, (1,), (1, 2))
#: For what cannot be undone.
STAYS: tuple[Nights, ...] = (ALL, ALL, ALL)


@dataclass(frozen=True)
class Beside:
    """What is done to rows beside the record.

    Attributes:
        table: The table of the rows.
        on: Its column that holds the record's reference; `order` of a breach with `order_of`.
        where: Only these rows.
        set: What they are changed to; None takes them out.
        order_of: The rows belong to the breach's order, not to the breach.
    """

    table: str
    on: str
    where: pl.Expr | None = None
    set: Mapping[str, Any] | None = None
    order_of: bool = False


@dataclass(frozen=True)
class Clone:
    """A second record made from the chosen one, with its rows.

    Attributes:
        set: How the copy differs.
        rows: Tables of rows that are copied with it, by the column that refers to the record, and
            how the copies differ.
        fails: Whether the exception is on the copy, not on the record it was made from.
    """

    set: Mapping[str, Any]
    rows: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    fails: bool = True


@dataclass(frozen=True)
class Added:
    """A row that is put beside the record.

    Attributes:
        table: The table of the row.
        set: Its fields; expressions read the record's own fields.
    """

    table: str
    set: Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """One kind of fault.

    Attributes:
        rule: The rule that must find it.
        what: What was done, in words.
        table: The table of the record it is planted on.
        pool: Which records of the first night it can be planted on.
        set: Fields of the record that are changed; expressions read the record's own fields.
        beside: What is done to rows beside it.
        add: Rows that are put beside it.
        clone: A copy that is made instead.
        cure: How it is put right where undoing it would itself be a finding: set beside `set`.
        nights: One entry for each time that it is planted: the nights on which it is there.
        also: Other rules that the same record cannot but break.
        records: The kind of record of the exception, where it is not `table`.
        quiet: Only on records of which no breach, or no second breach, is known.
        after: What becomes of the exception once the fault is gone.
        leaves: The record and its rows are gone from the source after the last of its nights.
    """

    rule: str
    what: str
    table: str
    pool: pl.Expr
    set: Mapping[str, Any] = field(default_factory=dict)
    beside: tuple[Beside, ...] = ()
    add: tuple[Added, ...] = ()
    clone: Clone | None = None
    cure: Mapping[str, Any] | None = None
    nights: tuple[Nights, ...] = USUAL
    also: tuple[str, ...] = ()
    records: str | None = None
    quiet: bool = True
    after: str = "fixed"
    leaves: bool = False


@dataclass(frozen=True)
class Plant:
    """A fault on a record.

    Attributes:
        fault: The fault.
        key: The record that is changed.
        failing: The record that the exception is on.
        nights: The nights on which it is there.
        order: For a breach, its order.
        number: Which of the plants of its fault it is, from 0.
    """

    fault: Fault
    key: str
    failing: str
    nights: Nights
    order: str | None = None
    number: int = 0
