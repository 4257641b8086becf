"""Read the facts from their files, with every fault at its line."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from config.errors import Fault
from config.models import read_model
from config.records import Records
from expectations.facts.book import FACTS_FOLDER, Column, Fact, FactBook, Join, Take
from expectations.facts.closures import Closure, read_closure
from expectations.facts.clusters import Cluster
from expectations.language import (
    Entry,
    Formula,
    FormulaError,
    WrittenFact,
    WrittenSet,
    read_entries,
    yaml_files,
)

_TAKES = {
    "min": 1, "max": 1, "sum": 1, "any_true": 1, "all_true": 1, "list": 1, "distinct": 1,
    "first": 2, "last": 2,
}  # fmt: skip


def read_facts(
    records: Records,
    thresholds: Iterable[str],
    extra: Mapping[str, Collection[str]],
    folders: Sequence[Path] = (FACTS_FOLDER,),
) -> tuple[FactBook, list[Fault]]:
    """The facts of every `*.yaml` of the folders, and every fault of every file.

    A fact with a fault is in the book without what it reads (`FactBook.wrong` names it), so that
    what reads it can still be checked.

    Args:
        records: The field dictionary.
        thresholds: The names of thresholds.
        extra: Tables that are not records (`order_types`), with their columns.
        folders: The folders of facts.
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
        lenient=frozenset(written.lenient),
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
            for name in sorted(fact.lenient - {name for _, name in book.reads(fact)}):
                fault = fact.entry.fault(
                    f"`{fact.name}` is lenient with `{name}`, which it does not read", "lenient"
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
