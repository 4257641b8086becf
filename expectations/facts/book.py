"""The book of facts: what each derived column is, and what it reads.

A fact is either a `formula` over the fields and facts of its own table, or a value taken `from`
the rows of another table that `match` the record (and meet `where`)::

    - fact: active_conditions
      of: orders
      means: Number of conditions in force tonight
      from: order_conditions
      match: {order_id: order_id}      # field of the other table: field of this one
      where: condition_active
      take: count

`take` is `count`, `any`, or one of `min(x)`, `max(x)`, `sum(x)`, `any_true(x)`, `all_true(x)`,
`list(x)`, `distinct(x)`, `first(x, by, ...)`, `last(x, by, ...)`. An entry `set` names a list of
codes that formulas may use; an entry `closure` makes a table of descent (`closures.py`). A fact may
also be a `cluster` of rows that come many at a time (`clusters.py`).

A cell that could not be read makes every fact that reads it unread, and the rules that read the
fact look away from the record (`unread.py`). `lenient: [created_ts]` says that the fact takes such
a cell of that column as empty instead: what only decides whether a record is looked at, or what
fails safe.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from expectations.facts.closures import Closure
from expectations.facts.clusters import Cluster
from expectations.language import CONSTANTS, Entry, Formula

#: The folder of the facts that come with Orderwatch.
FACTS_FOLDER = Path(__file__).parent

#: A column of a table: (table, name).
Column = tuple[str, str]


@dataclass(frozen=True)
class Take:
    """What is taken of the matching rows.

    Attributes:
        how: `count`, `any`, `min`, `first`, ...
        parts: The formulas in its brackets.
    """

    how: str
    parts: tuple[Formula, ...] = ()


@dataclass(frozen=True)
class Join:
    """Rows of another table that belong to a record.

    Attributes:
        table: The other table.
        match: Its fields, and the fields of the record that they must equal.
        where: What a row must meet.
        take: What is taken of those rows.
    """

    table: str
    match: Mapping[str, str]
    where: Formula | None
    take: Take

    @property
    def formulas(self) -> tuple[Formula, ...]:
        """The formulas that run on the joined rows."""
        return (*self.take.parts, *([self.where] if self.where else []))


@dataclass(frozen=True)
class Fact:
    """One derived column.

    Attributes:
        table: The table that it belongs to.
        name: The column's name.
        means: What it says, in plain English.
        formula: Its formula, or
        join: the rows that it is taken from, or
        cluster: the cluster that it tells the rows of.
        personal: Whether it may identify a person; None where that follows from what it reads.
        entry: Where it is written.
        lenient: What it reads and takes as empty where it could not be read; another unread cell
            makes the fact unread too.
    """

    table: str
    name: str
    means: str
    formula: Formula | None
    join: Join | None
    personal: bool | None
    entry: Entry = field(repr=False, compare=False)
    cluster: Cluster | None = None
    lenient: frozenset[str] = frozenset()

    @property
    def column(self) -> Column:
        """Its table and name."""
        return self.table, self.name

    @property
    def formulas(self) -> Iterator[tuple[str, Formula]]:
        """Its formulas, each with the table that it runs on."""
        if self.formula:
            yield self.table, self.formula
        if self.cluster:
            yield from ((self.table, formula) for formula in self.cluster.formulas)
        if self.join:
            yield from ((self.join.table, formula) for formula in self.join.formulas)

    @property
    def stray(self) -> frozenset[str]:
        """Fields that it reads of `this`, where no row is joined to a record."""
        alone = [self.formula] if self.formula else self.cluster.formulas if self.cluster else ()
        return frozenset[str]().union(*(formula.this_names for formula in alone))

    def reads(self, known: Collection[str]) -> Iterator[Column]:
        """The columns that it reads; `known` are names that are not columns."""
        if self.formula:
            for name in self.formula.names - set(known):
                yield self.table, name
        if self.cluster:
            yield from ((self.table, name) for name in self.cluster.names(known))
        if self.join:
            yield from ((self.join.table, name) for name in self.join.match)
            yield from ((self.table, name) for name in self.join.match.values())
            for formula in self.join.formulas:
                yield from ((self.join.table, name) for name in formula.names - set(known))
                yield from ((self.table, name) for name in formula.this_names)


@dataclass(frozen=True)
class FactBook:
    """Every fact, and the columns that they start from.

    Attributes:
        facts: The facts by table and name.
        sets: The named lists of codes.
        fields: The columns that are not facts, by table.
        thresholds: The names of thresholds.
        closures: The tables of descent, by name.
        wrong: The facts that have a fault; nothing is known of them but their names.
    """

    facts: Mapping[Column, Fact]
    sets: Mapping[str, tuple[str, ...]]
    fields: Mapping[str, Collection[str]]
    thresholds: frozenset[str]
    closures: Mapping[str, Closure] = field(default_factory=dict)
    wrong: frozenset[Column] = frozenset()

    @cached_property
    def known(self) -> frozenset[str]:
        """Names of formulas that are no columns, unless a table has a column of that name."""
        return CONSTANTS | self.thresholds | frozenset(self.sets)

    @cached_property
    def sound(self) -> frozenset[Column]:
        """The facts that have no fault and read none that has."""
        bad: set[Column] = set(self.wrong)
        for fact in self.closure(self.facts):
            if self.reads(fact) & bad:
                bad.add(fact.column)
        return frozenset(self.facts) - bad

    def has(self, table: str, name: str) -> bool:
        """Whether the table has a field or fact of that name."""
        return (table, name) in self.facts or name in self.fields.get(table, ())

    def like(self, table: str, name: str) -> str:
        """The names of the table that a wrong name may stand for, as the end of a message."""
        names = {*self.fields.get(table, ()), *(n for t, n in self.facts if t == table)}
        near = get_close_matches(name, names, n=3, cutoff=0.75)
        return f"; did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else ""

    def reads(self, fact: Fact) -> frozenset[Column]:
        """The columns that a fact reads directly."""
        if fact.column not in self._read:
            self._read[fact.column] = frozenset(fact.reads(self.known))
        return self._read[fact.column]

    @cached_property
    def _read(self) -> dict[Column, frozenset[Column]]:
        """What has been asked of `reads` before."""
        return {}

    def closure(self, wanted: Iterable[Column]) -> list[Fact]:
        """The facts that `wanted` needs, each after those that it reads."""
        ordered: dict[Column, Fact] = {}

        def visit(column: Column) -> None:
            fact = self.facts.get(column)
            if fact is None or column in ordered:
                return
            for read in sorted(self.reads(fact)):
                visit(read)
            ordered[column] = fact

        for column in wanted:
            visit(column)
        return list(ordered.values())

    def base(self, wanted: Iterable[Column]) -> set[Column]:
        """The fields of records that `wanted` comes down to."""
        wanted = list(wanted)
        read = {c for fact in self.closure(wanted) for c in self.reads(fact)}
        base = {c for c in read | set(wanted) if c not in self.facts}
        made = {c for c in base if c[0] in self.closures}
        return (base - made).union(*(self.closures[table].reads for table, _ in made))

    def figures(self, wanted: Iterable[Column]) -> set[str]:
        """The thresholds that `wanted` comes down to."""
        return {
            name
            for fact in self.closure(wanted)
            for table, formula in fact.formulas
            for name in formula.names & self.thresholds
            if not self.has(table, name)
        }

    def tables(self, wanted: Iterable[Column]) -> set[str]:
        """Every table that `wanted` reads."""
        wanted = list(wanted)
        tables = {table for table, _ in wanted} | {
            table for fact in self.closure(wanted) for table, _ in self.reads(fact)
        }
        return tables | {self.closures[t].table for t in tables & self.closures.keys()}
