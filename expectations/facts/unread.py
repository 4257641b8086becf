"""What could not be read tonight, followed through the facts to the records that a rule reads.

A cell that stood there and could not be read is neither empty nor a value, so every fact that reads
it is unread too, on that record and on every record that the row is joined to. A fact may say that
it takes such a cell as empty (`lenient`). Rows that were rejected as a whole are rows of which
nothing could be read but what is left of their key and of their references.

Only columns with something unread are followed: a clean night costs a look at each table.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce

import polars as pl

from config.records import UNREADABLE, Records
from expectations.facts.book import Column, Fact, FactBook, Join
from expectations.facts.closures import ANCESTOR, Closure

_ROW, _ID = "__row", "__id"

#: A row that could not be tied to a record: its table, and its number; below 0 a rejected row.
Loose = tuple[str, int]


@dataclass(frozen=True)
class Unread:
    """The columns of a night's tables that hold something unread.

    Attributes:
        cells: For a column with something unread, whether it is unread, a value a row.
        rows: For a table with rows of which everything is in doubt, whether a row is one.
        loose: For a fact taken from another table, the unread rows there that name no record.
    """

    cells: Mapping[Column, pl.Series] = field(default_factory=dict)
    rows: Mapping[str, pl.Series] = field(default_factory=dict)
    loose: Mapping[Column, frozenset[Loose]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.cells or self.rows or self.loose)

    def any(self, table: str, names: Iterable[str]) -> pl.Series | None:
        """Whether any of some columns is unread, a value a row; None where none is at all."""
        found = [self.cells[table, name] for name in names if (table, name) in self.cells]
        if table in self.rows:
            found.append(self.rows[table])
        return reduce(operator.or_, found) if found else None

    def untied(self, wanted: Iterable[Column], book: FactBook) -> int:
        """How many unread rows the facts behind `wanted` read that name no record."""
        if not self.loose:
            return 0
        none = frozenset[Loose]()
        return len(none.union(*(self.loose.get(f.column, none) for f in book.closure(wanted))))


def unread(
    tables: Mapping[str, pl.DataFrame],
    rejected: Mapping[str, pl.DataFrame],
    wanted: Iterable[Column],
    book: FactBook,
    records: Records,
) -> Unread:
    """What rules that read `wanted` cannot read tonight.

    Args:
        tables: The tables of the night with their facts.
        rejected: By table, the rows that were rejected as a whole, as `Extract.rejected`.
        wanted: Columns (table, name).
        book: The book of facts.
        records: The field dictionary.
    """
    cells: dict[Column, pl.Series] = {}
    for name, table in records.tables.items():
        frame = tables.get(name)
        if frame is None or UNREADABLE not in frame.columns:
            continue
        listed = frame.get_column(UNREADABLE)
        if listed.dtype != pl.List(pl.String):
            continue
        for known in listed.explode().drop_nulls().unique().sort():
            mask = listed.list.contains(known).fill_null(False)
            cells[name, known] = mask
            spec = table.fields.get(known)
            if spec and spec.time_known:
                cells[name, spec.time_known] = mask
    spare = {name: frame for name, frame in rejected.items() if not frame.is_empty()}
    return _followed(tables, cells, {}, spare, wanted, book, records)


def doubted(
    tables: Mapping[str, pl.DataFrame],
    rows: Mapping[str, pl.Series],
    wanted: Iterable[Column],
    book: FactBook,
    records: Records,
) -> Unread:
    """What hangs on rows that are in doubt as a whole.

    Args:
        tables: The tables of the night with their facts.
        rows: By table, whether a row is in doubt, a value a row.
        wanted: Columns (table, name).
        book: The book of facts.
        records: The field dictionary.
    """
    return _followed(tables, {}, rows, {}, wanted, book, records)


def _followed(
    tables: Mapping[str, pl.DataFrame],
    cells: dict[Column, pl.Series],
    rows: Mapping[str, pl.Series],
    spare: Mapping[str, pl.DataFrame],
    wanted: Iterable[Column],
    book: FactBook,
    records: Records,
) -> Unread:
    if not (cells or rows or spare):
        return Unread()
    wanted = list(wanted)
    way = _Way(tables, book, records, cells, dict(rows), spare)
    for name in sorted(book.tables(wanted) & book.closures.keys() & tables.keys()):
        way.closure(book.closures[name])
    for fact in book.closure(wanted):
        if fact.name in tables[fact.table].columns:
            way.fact(fact)
    return Unread(way.cells, way.rows, way.loose)


@dataclass
class _Way:
    """What is unread, while it is being followed; see `Unread`."""

    tables: Mapping[str, pl.DataFrame]
    book: FactBook
    records: Records
    cells: dict[Column, pl.Series]
    rows: dict[str, pl.Series]
    spare: Mapping[str, pl.DataFrame]
    loose: dict[Column, frozenset[Loose]] = field(default_factory=dict)
    #: The same of a table of descent.
    adrift: dict[str, frozenset[Loose]] = field(default_factory=dict)

    def any(self, table: str, names: Iterable[str]) -> pl.Series | None:
        return Unread(self.cells, self.rows).any(table, names)

    def fact(self, fact: Fact) -> None:
        """Follow what is unread through one fact."""
        read = {name for table, name in self.book.reads(fact) if table == fact.table}
        masks: list[pl.Series | None] = []
        if fact.join:
            mine = {*fact.join.match.values()}.union(*(f.this_names for f in fact.join.formulas))
            masks.append(self._cells(fact.table, mine - fact.lenient))
            masks.append(self._joined(fact, fact.join))
        else:
            masks.append(self._cells(fact.table, read - fact.lenient))
        if fact.cluster:
            masks.append(self._clustered(fact))
        found = [mask for mask in masks if mask is not None and mask.any()]
        if found:
            self.cells[fact.column] = reduce(operator.or_, found)

    def _cells(self, table: str, names: Iterable[str]) -> pl.Series | None:
        """Whether cells of a record itself are unread; that its row is in doubt is known anyway."""
        return Unread(self.cells).any(table, names)

    def _joined(self, fact: Fact, join: Join) -> pl.Series | None:
        """The records that an unread row of the other table belongs to."""
        names = {name for formula in join.formulas for name in formula.names} - self.book.known
        bad = self._bad_rows(join, names - fact.lenient)
        loose = self.adrift.get(join.table, frozenset())
        hit: list[pl.Series] = []
        if bad is not None:
            this = self.tables[fact.table].select(
                *(
                    pl.col(name).alias(key)
                    for key, name in zip(_keys(join), join.match.values(), strict=True)
                ),
                pl.int_range(pl.len(), dtype=pl.UInt32).alias(_ROW),
            )
            flags = [_open(key) for key in _keys(join)]
            for pattern, part in bad.group_by(flags):
                known = [
                    (key, name)
                    for key, name, open_ in zip(_keys(join), join.match, pattern, strict=True)
                    if not open_
                ]
                if any(self._names_one(join, name) for _, name in known):
                    keys = [key for key, _ in known]
                    tied = this.join(part.select(keys).unique(), on=keys, how="semi")
                    hit.append(tied.get_column(_ROW))
                else:
                    loose |= {(join.table, number) for number in part.get_column(_ID)}
        if loose:
            self.loose[fact.column] = loose
        if not hit:
            return None
        height = self.tables[fact.table].height
        return _mask(height, pl.concat(hit))

    def _bad_rows(self, join: Join, names: Collection[str]) -> pl.DataFrame | None:
        """The unread rows of a joined table: what they match by, and what of that is unread."""
        other, parts = self.tables[join.table], []
        masks = [self.any(join.table, names), self._cells(join.table, join.match)]
        found = [mask for mask in masks if mask is not None]
        if found:
            parts.append(
                other.with_row_index(_ID)
                .with_columns(pl.col(_ID).cast(pl.Int64))
                .with_columns(
                    self.cells.get((join.table, name), pl.lit(value=False)).alias(_open(key))
                    for key, name in zip(_keys(join), join.match, strict=True)
                )
                .filter(reduce(operator.or_, found))
                .select(_ID, *_aliased(join), *map(_open, _keys(join)))
            )
        if join.table in self.spare:
            spare = self.spare[join.table]
            values = [
                pl.col(name).cast(other.schema[name]).alias(key)
                if name in spare.columns and (join.table, name) not in self.book.facts
                else pl.lit(None, other.schema[name]).alias(key)
                for key, name in zip(_keys(join), join.match, strict=True)
            ]
            parts.append(
                spare.select(
                    (-1 - pl.int_range(pl.len(), dtype=pl.Int64)).alias(_ID), *values
                ).with_columns(pl.col(key).is_null().alias(_open(key)) for key in _keys(join))
            )
        return pl.concat(parts) if parts else None

    def _names_one(self, join: Join, name: str) -> bool:
        """Whether a column that rows are matched by names a record; a type or a kind does not."""
        spec = self.records.field(join.table, name)
        return len(join.match) == 1 or (spec is not None and spec.type == "text")

    def _clustered(self, fact: Fact) -> pl.Series | None:
        """The rows that an unread row may stand in one cluster with."""
        cluster = fact.cluster
        assert cluster is not None  # noqa: S101 - the caller chose a fact with a cluster
        rows, by = self.tables[fact.table], list(cluster.by)
        names = set(cluster.names(self.book.known)) - {*by} - fact.lenient
        apart = self._cells(fact.table, by)
        loose = frozenset(
            (fact.table, -1 - number)
            for number in range(self.spare.get(fact.table, pl.DataFrame()).height)
        )
        if apart is not None:
            loose |= {(fact.table, number) for number in apart.arg_true()}
        if loose:
            self.loose[fact.column] = loose
        bad = self.any(fact.table, names)
        if bad is None:
            return None
        group = rows.filter(bad).select(by).unique()
        found = rows.with_row_index(_ROW).join(group, on=by, how="semi").get_column(_ROW)
        return _mask(rows.height, found)

    def closure(self, closure: Closure) -> None:
        """Put in doubt every line of descent that runs into something unread."""
        rows, records = self.tables[closure.name], self.tables[closure.table]
        key, parent = closure.key, closure.parent
        broken = []
        mask = self.any(closure.table, [key, parent])
        if mask is not None:
            broken.append(records.filter(mask).get_column(key))
        if closure.table in self.spare:
            spare = self.spare[closure.table]
            lost = spare.get_column(key).cast(records.schema[key])
            broken += [
                lost,
                records.filter(pl.col(parent).is_in(lost.drop_nulls().implode())).get_column(key),
            ]
            self.adrift[closure.name] = frozenset(
                (closure.table, -1 - number) for number in lost.is_null().arg_true()
            )
        if not broken:
            return
        ends = pl.concat(broken).drop_nulls().unique()
        hit = rows.filter(pl.col(ANCESTOR).is_in(ends.implode())).get_column(key).unique()
        self.rows[closure.name] = rows.get_column(key).is_in(hit.implode())


def _keys(join: Join) -> list[str]:
    return [f"__key{number}" for number in range(len(join.match))]


def _open(key: str) -> str:
    return f"{key}_unread"


def _aliased(join: Join) -> Iterable[pl.Expr]:
    return (pl.col(name).alias(key) for key, name in zip(_keys(join), join.match, strict=True))


def _mask(height: int, rows: pl.Series) -> pl.Series:
    return pl.int_range(height, dtype=pl.UInt32, eager=True).is_in(rows.unique().implode())
