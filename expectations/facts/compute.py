"""Work out facts over the tables of a night."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl
from polars.exceptions import PanicException

from config.sentences import Said, say
from expectations.facts.book import Column, Fact, FactBook, Join
from expectations.language import FormulaError, Scope
from expectations.night import Night

_ROW = "__row"
_VALUE = "__value"
#: Whatever may go wrong in one fact; a panic of Polars is no `Exception`.
_ANY = (Exception, PanicException)


@dataclass(frozen=True)
class Computed:
    """The tables of a night with their facts.

    Attributes:
        tables: Each table with the columns of its facts added.
        broken: The facts that could not be worked out, and why, as may be told to anyone.
        words: Of those that are wrong themselves what Polars said, which may quote values: only for
            whoever writes facts, on tables without records.
    """

    tables: Mapping[str, pl.DataFrame]
    broken: Mapping[Column, Said]
    words: Mapping[Column, str]


@dataclass(frozen=True)
class _Scopes:
    """What names mean on each table."""

    frames: Mapping[str, pl.DataFrame]
    book: FactBook
    night: Night
    supplied: Mapping[str, Collection[str]]
    lacking: Mapping[str, Mapping[str, Collection[str]]]

    def of(self, table: str) -> Scope:
        columns = self.frames[table].columns
        return Scope(
            columns,
            self.night,
            self.book.sets,
            self.supplied.get(table, ()),
            self.lacking.get(table, {}),
        )


def compute(
    tables: Mapping[str, pl.DataFrame],
    wanted: Iterable[Column],
    book: FactBook,
    night: Night,
    supplied: Mapping[str, Collection[str]],
    lacking: Mapping[str, Mapping[str, Collection[str]]] | None = None,
) -> Computed:
    """Add the facts that `wanted` needs to the tables.

    A fact that cannot be worked out takes down only what reads it.

    Args:
        tables: Every table that a fact may read, complete, one frame a table.
        wanted: Columns (table, name).
        book: The book of facts.
        night: The night.
        supplied: The fields that some source supplies, by table.
        lacking: By table and field, the sources that deliver the table without that field.
    """
    wanted = list(wanted)
    frames = dict(tables)
    broken: dict[Column, Said] = {}
    words: dict[Column, str] = {}
    for name in sorted(book.tables(wanted) & book.closures.keys()):
        closure = book.closures[name]
        try:
            frames[name] = closure.rows(frames[closure.table])
        except _ANY as error:
            why = say("rules.descent_broken", table=closure.table, error=error)
            broken |= dict.fromkeys(((name, column) for column in closure.columns), why)
    pending = {fact.column: fact for fact in book.closure(wanted)}
    while pending:
        ready = [f for f in pending.values() if not book.reads(f) & pending.keys()]
        for fact in ready:
            del pending[fact.column]
        sound = []
        for fact in ready:
            bad = sorted(book.reads(fact) & broken.keys())
            if bad:
                broken[fact.column] = broken[bad[0]]
            else:
                sound.append(fact)
        scopes = _Scopes(frames, book, night, supplied, lacking or {})
        for fact, stopped in _add(frames, sound, scopes):
            broken[fact.column] = say("rules.fact_broken", fact=fact.name.strip("_"), error=stopped)
            words[fact.column] = f"fact `{fact.name}`: {_first_line(stopped)}"
    return Computed(frames, broken, words)


def _add(
    frames: dict[str, pl.DataFrame], facts: list[Fact], scopes: _Scopes
) -> Iterator[tuple[Fact, BaseException]]:
    """Add facts that are ready: the formulas of a table in one pass, joins one by one.

    Returns:
        The facts that could not be added, and what stopped them. That is any error, so that one
        fact takes down only what reads it.
    """
    for table in sorted({fact.table for fact in facts if fact.formula}):
        formulas = [fact for fact in facts if fact.table == table and fact.formula]
        try:
            scope = scopes.of(table)
            frames[table] = frames[table].with_columns(_formula(f, scope) for f in formulas)
        except _ANY:
            for fact in formulas:
                try:
                    frames[table] = frames[table].with_columns(_formula(fact, scopes.of(table)))
                except _ANY as error:
                    yield fact, error
    for fact in facts:
        try:
            if fact.cluster:
                value = fact.cluster.value(frames[fact.table], scopes.of(fact.table))
                frames[fact.table] = frames[fact.table].with_columns(value.alias(fact.name))
            if fact.join:
                frames[fact.table] = _joined(frames, fact, fact.join, scopes.of(fact.join.table))
        except _ANY as error:
            yield fact, error


def _formula(fact: Fact, scope: Scope) -> pl.Expr:
    assert fact.formula is not None  # noqa: S101 - the caller chose facts with a formula
    return fact.formula.expression(scope).alias(fact.name)


def _joined(
    frames: Mapping[str, pl.DataFrame], fact: Fact, join: Join, scope: Scope
) -> pl.DataFrame:
    """The fact's table with what is taken of the matching rows."""
    this, other = frames[fact.table], frames[join.table]
    seen = sorted({name for formula in join.formulas for name in formula.this_names})
    needed = sorted(
        {*join.match, *(n for f in join.formulas for n in f.names if n in other.columns)}
    )
    keys = [f"__key{number}" for number in range(len(join.match))]
    left = this.lazy().select(
        *(pl.col(mine).alias(key) for mine, key in zip(join.match.values(), keys, strict=True)),
        *(pl.col(name).alias(f"this.{name}") for name in seen),
        pl.int_range(pl.len(), dtype=pl.UInt32).alias(_ROW),
    )
    right = other.lazy().select(
        *(pl.col(theirs).alias(key) for theirs, key in zip(join.match, keys, strict=True)),
        *needed,
    )
    rows = left.join(right, on=keys, how="inner")
    if join.where:
        rows = rows.filter(join.where.condition(scope))
    value = rows.group_by(_ROW).agg(_taken(join, scope).alias(_VALUE))
    found = left.select(_ROW).join(value, on=_ROW, how="left", maintain_order="left").collect()
    column = found.get_column(_VALUE)
    match join.take.how:
        case "count" | "distinct" | "sum":
            column = column.fill_null(0).cast(pl.Int64)
        case "any" | "any_true":
            column = column.fill_null(False)
    return this.with_columns(column.alias(fact.name))


def _taken(join: Join, scope: Scope) -> pl.Expr:
    take = join.take
    parts = [part.expression(scope) for part in take.parts]
    match take.how:
        case "count":
            return pl.len()
        case "any":
            return pl.len() > 0
        case "any_true":
            return take.parts[0].condition(scope).any()
        case "all_true":
            return take.parts[0].condition(scope).all()
        case "min":
            return parts[0].min()
        case "max":
            return parts[0].max()
        case "sum":
            return parts[0].sum()
        case "distinct":
            return parts[0].drop_nulls().n_unique()
        case "list":
            return parts[0].drop_nulls().unique().sort()
        case "first":
            return parts[0].sort_by(parts[1:], nulls_last=True).first()
        case "last":
            return parts[0].sort_by(parts[1:], nulls_last=False).last()
    raise FormulaError(f"`{take.how}` is not a way to take a value")


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n", 1)[0]
