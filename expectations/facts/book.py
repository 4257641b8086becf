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
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from config.errors import ConfigFaults, Fault
from config.models import read_model
from config.records import Records
from expectations.facts.closures import Closure, read_closure
from expectations.facts.clusters import Cluster
from expectations.formula import CONSTANTS, Formula, FormulaError
from expectations.written import WrittenFact, WrittenSet
from expectations.yaml_lines import Entry, read_entries, yaml_files

#: The folder of the facts that come with Orderwatch.
FACTS_FOLDER = Path(__file__).parent

#: A column of a table: (table, name).
Column = tuple[str, str]

_TAKES = {
    "min": 1, "max": 1, "sum": 1, "any_true": 1, "all_true": 1, "list": 1, "distinct": 1,
    "first": 2, "last": 2,
}  # fmt: skip


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
    """

    table: str
    name: str
    means: str
    formula: Formula | None
    join: Join | None
    personal: bool | None
    entry: Entry = field(repr=False, compare=False)
    cluster: Cluster | None = None

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


def load_facts(
    records: Records,
    thresholds: Iterable[str],
    extra: Mapping[str, Collection[str]],
    folders: Sequence[Path] = (FACTS_FOLDER,),
) -> FactBook:
    """Read every `*.yaml` of the folders.

    Args:
        records: The field dictionary.
        thresholds: The names of thresholds.
        extra: Tables that are not records (`order_types`), with their columns.
        folders: The folders of facts.

    Raises:
        ConfigFaults: With every fault of every file.
    """
    book, faults = read_facts(records, thresholds, extra, folders)
    if faults:
        raise ConfigFaults(faults)
    return book


def read_facts(
    records: Records,
    thresholds: Iterable[str],
    extra: Mapping[str, Collection[str]],
    folders: Sequence[Path] = (FACTS_FOLDER,),
) -> tuple[FactBook, list[Fault]]:
    """The facts, and every fault of every file.

    A fact with a fault is in the book without what it reads (`FactBook.wrong` names it), so that
    what reads it can still be checked.
    """
    faults: list[Fault] = []
    facts: dict[Column, Fact] = {}
    sets: dict[str, tuple[str, ...]] = {}
    fields: dict[str, Collection[str]] = {
        **{name: tuple(table.schema) for name, table in records.tables.items()},
        **extra,
    }
    paths = list(yaml_files(folders, faults))
    entries = [entry for path in paths for entry in read_entries(path, faults)]
    closures: dict[str, Closure] = {}
    for entry in (entry for entry in entries if "closure" in entry.values):
        if closure := read_closure(entry, fields, faults):
            closures[closure.name] = closure
            fields[closure.name] = closure.columns
    for entry in entries:
        if "set" in entry.values:
            _add_set(entry, sets, faults)
        elif "closure" not in entry.values and (fact := _fact(entry, fields, faults)):
            if fact.column in facts or fact.name in fields[fact.table]:
                faults.append(_taken(fact, facts))
            else:
                facts[fact.column] = fact
    wrong = {
        fact.column: fact
        for fact in map(_nameless, entries)
        if fact and fact.column not in facts and fact.name not in fields.get(fact.table, ())
    }
    book = FactBook({**wrong, **facts}, sets, fields, frozenset(thresholds), closures)
    found = [*_wrong_names(book), *_circles(book)]
    faults += (fault for _, fault in found)
    bad = {fact.column: _blank(fact) for fact, _ in found} | wrong
    return replace(book, facts={**book.facts, **bad}, wrong=frozenset(bad)), faults


def _taken(fact: Fact, facts: Mapping[Column, Fact]) -> Fault:
    """A fact of a name that is not free."""
    first = facts.get(fact.column)
    what = f"the fact at {first.entry.file}:{first.entry.line}" if first else "a field"
    return fact.entry.fault(
        f"`{fact.name}` is the name of {what} of `{fact.table}` already; choose another", "fact"
    )


def _nameless(entry: Entry) -> Fact | None:
    """A fact of which only the name is taken to be right."""
    table, name = entry.values.get("of"), entry.values.get("fact")
    if not isinstance(table, str) or not isinstance(name, str):
        return None
    return _blank(Fact(table, name, "", None, None, None, entry))


def _blank(fact: Fact) -> Fact:
    return replace(fact, formula=Formula("empty"), join=None, cluster=None, personal=False)


def _add_set(entry: Entry, sets: dict[str, tuple[str, ...]], faults: list[Fault]) -> None:
    if written := read_model(entry, WrittenSet, entry.values, faults):
        sets[written.set] = tuple(str(value) for value in written.values)


def _fact(entry: Entry, fields: Mapping[str, Collection[str]], faults: list[Fault]) -> Fact | None:
    written = read_model(entry, WrittenFact, entry.values, faults)
    if written is None:
        return None
    if written.of not in fields:
        faults.append(entry.fault(f"there is no table `{written.of}`", "of"))
        return None
    if sum(made is not None for made in (written.formula, written.from_, written.cluster)) != 1:
        faults.append(
            entry.fault("a fact has one of `formula`, `cluster`, or `from`, `match` and `take`")
        )
        return None
    if written.from_ is None and (written.match or written.where is not None or written.take):
        faults.append(entry.fault("`match`, `where` and `take` are of a fact that is taken `from`"))
        return None
    join = _join(entry, written, fields, faults)
    if written.from_ is not None and join is None:
        return None
    return Fact(
        table=written.of,
        name=written.fact,
        means=written.means,
        formula=None if written.formula is None else Formula(str(written.formula)),
        join=join,
        personal=written.personal,
        entry=entry,
        cluster=None if written.cluster is None else Cluster.of(written.cluster),
    )


def _join(
    entry: Entry,
    written: WrittenFact,
    fields: Mapping[str, Collection[str]],
    faults: list[Fault],
) -> Join | None:
    if written.from_ is None:
        return None
    if written.from_ not in fields:
        faults.append(entry.fault(f"there is no table `{written.from_}`", "from"))
        return None
    if not written.match:
        faults.append(entry.fault("`match` must say which fields are equal", "match"))
        return None
    where = None if written.where is None else Formula(str(written.where))
    take = _take(entry, written.take or "", faults)
    return Join(written.from_, written.match, where, take) if take else None


def _take(entry: Entry, text: str, faults: list[Fault]) -> Take | None:
    if text in ("count", "any"):
        return Take(text)
    try:
        tree = Formula(text).tree
    except FormulaError as error:
        faults.append(entry.fault(str(error), "take"))
        return None
    if isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name):
        least = _TAKES.get(tree.func.id)
        if least is not None and len(tree.args) >= least:
            return Take(tree.func.id, tuple(Formula(ast.unparse(arg)) for arg in tree.args))
    allowed = ", ".join(f"{name}(...)" for name in _TAKES)
    faults.append(entry.fault(f"`take: {text}`; allowed: count, any, {allowed}", "take"))
    return None


def _wrong_names(book: FactBook) -> list[tuple[Fact, Fault]]:
    faults = []
    for fact in book.facts.values():
        try:
            for name in sorted(fact.stray):
                fault = fact.entry.fault(
                    f"`{fact.name}`: `this.{name}`: only `where` and `take` of a fact that is "
                    f"taken `from` another table know `this`; say `{name}`"
                )
                faults.append((fact, fault))
            for table, name in sorted(book.reads(fact)):
                if not book.has(table, name):
                    fault = fact.entry.fault(
                        f"`{fact.name}` reads `{name}`, which is no field or fact of "
                        f"`{table}`, threshold or set{book.like(table, name)}"
                    )
                    faults.append((fact, fault))
        except FormulaError as error:
            faults.append((fact, fact.entry.fault(f"`{fact.name}`: {error}")))
    return faults


def _circles(book: FactBook) -> list[tuple[Fact, Fault]]:
    """Facts that read themselves by way of others."""
    done: set[Column] = set()
    faults: list[tuple[Fact, Fault]] = []

    def visit(column: Column, way: tuple[Column, ...]) -> None:
        if column in way:
            fact, circle = book.facts[column], (*way[way.index(column) :], column)
            names = " -> ".join(name for _, name in circle)
            said = "facts read each other" if len(circle) > 2 else "the fact reads itself"
            faults.append((fact, fact.entry.fault(f"{said}: {names}")))
            return
        if column in done or column not in book.facts:
            return
        for read in sorted(book.reads(book.facts[column])):
            visit(read, (*way, column))
        done.add(column)

    for column in book.facts:
        try:
            visit(column, ())
        except FormulaError:  # reported with the names
            done.add(column)
    return faults


__all__ = ["Fact", "FactBook", "Join", "Take", "load_facts"]
