"""One spelling for each name of a night, so that plain equality is identity.

Names of one kind (`Field.identity`) are the same where they differ only in case and outer spaces
(`config.identity.folded`). Here every spelling of a name is replaced by one of them, in all tables,
so that joins, keys and the ledger's record keys need not think of it: the spelling that the force
already knows from earlier nights, else that of the record itself in the first source of the
settings that delivers it, else (names that no record bears) the first in the alphabet. What a
person finds in the source system is thereby what is shown, and a key whose case changes overnight
stays the key of its exceptions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from config.identity import folded
from config.records import Records

_NAME, _FOLD, _RANK, _KEPT = "__name", "__fold", "__rank", "__kept"
#: Which spelling is kept: the record's own of before, one of before, the record's own tonight.
_KNOWN, _KNOWN_PART, _OWN, _OTHER = range(4)

Tables = Mapping[str, pl.DataFrame]


class _Spot(NamedTuple):
    """A column that holds names of a kind: in every row, or where another column says so."""

    table: str
    column: str
    listed: bool
    by: str | None = None
    says: tuple[str, ...] = ()


def unify(
    tables: Tables, records: Records, known: Tables | None = None, *beside: Tables
) -> tuple[Tables, ...]:
    """Tables in which each name has one spelling.

    Args:
        tables: The canonical tables of a night; of each the sources in the order of the settings.
        records: The field dictionary.
        known: The keys of the records of earlier nights, by table, whose spelling is kept.
        beside: Further frames by table whose names are spelled alike, such as rejected rows.

    Returns:
        `tables`, and each of `beside`, with the same rows in the same order.
    """
    sets = [dict(one) for one in (tables, *beside)]
    for kind, spots in _kinds(records).items():
        spellings = _spellings(kind, spots, sets, records, known or {})
        if spellings is None:
            continue
        for frames in sets:
            for spot in spots:
                frame = frames.get(spot.table)
                if frame is not None and spot.column in frame.columns:
                    frames[spot.table] = _respelt(frame, spot, spellings)
    return tuple(sets)


def _kinds(records: Records) -> dict[str, list[_Spot]]:
    """Where names of each kind stand."""
    found: dict[str, list[_Spot]] = {}
    for table in records.tables.values():
        for field in table.fields.values():
            listed = field.type == "text_list"
            if field.identity is not None:
                found.setdefault(field.identity, []).append(_Spot(table.name, field.name, listed))
            elif field.identity_by is not None:
                by, told = field.identity_by
                for kind in dict.fromkeys(told.values()):
                    says = tuple(value for value, of in told.items() if of == kind)
                    spot = _Spot(table.name, field.name, listed, by, says)
                    found.setdefault(kind, []).append(spot)
    return found


def _spellings(
    kind: str, spots: Sequence[_Spot], sets: Sequence[Tables], records: Records, known: Tables
) -> pl.DataFrame | None:
    """Every spelling of a kind that is not the one that is kept, with that; None where all are."""
    parts = [*_tonight(kind, spots, sets), *_known(kind, spots, records, known)]
    if not parts:
        return None
    names = (
        pl.concat(parts)
        .drop_nulls(_NAME)
        .group_by(_NAME, maintain_order=True)
        .agg(pl.col(_RANK).min())
        .with_columns(folded(pl.col(_NAME)).alias(_FOLD))
        .drop_nulls(_FOLD)
        .with_row_index("__place")
    )
    # Of the record's own spellings the first source's is kept; of all others none is first.
    place = pl.when(pl.col(_RANK) == _OWN).then(pl.col("__place")).otherwise(0)
    kept = (
        names.sort(_FOLD, _RANK, place, _NAME)
        .group_by(_FOLD, maintain_order=True)
        .agg(pl.col(_NAME).first().alias(_KEPT))
    )
    other = names.join(kept, on=_FOLD).filter(pl.col(_NAME) != pl.col(_KEPT)).select(_NAME, _KEPT)
    return None if other.is_empty() else other


def _tonight(kind: str, spots: Sequence[_Spot], sets: Sequence[Tables]) -> Iterator[pl.DataFrame]:
    # A record's own names come first: which of them is first is what the sources' order decides.
    for frames in sets:
        for spot in sorted(spots, key=lambda spot: not _is_own(spot, kind)):
            frame = frames.get(spot.table)
            if frame is None or spot.column not in frame.columns:
                continue
            rank = _OWN if _is_own(spot, kind) and frames is sets[0] else _OTHER
            yield _names(frame.filter(_holds(spot)).get_column(spot.column), rank)


def _is_own(spot: _Spot, kind: str) -> bool:
    """Whether a column is the key of the records that bear the names."""
    return f"{spot.table}.{spot.column}" == kind


def _holds(spot: _Spot) -> pl.Expr:
    """The rows in which a column holds names of the kind."""
    if spot.by is None:
        return pl.lit(value=True)
    return pl.col(spot.by).is_in(list(spot.says)).fill_null(value=False)


def _known(
    kind: str, spots: Sequence[_Spot], records: Records, known: Tables
) -> Iterator[pl.DataFrame]:
    """The names in the keys of earlier nights."""
    for spot in spots:
        if spot.by is not None or spot.table not in known:
            continue
        if spot.column in records[spot.table].key and spot.column in known[spot.table].columns:
            names = known[spot.table].get_column(spot.column)
            yield _names(names, _KNOWN if _is_own(spot, kind) else _KNOWN_PART)


def _names(column: pl.Series, rank: int) -> pl.DataFrame:
    names = column.list.explode() if column.dtype == pl.List else column
    return pl.DataFrame(
        {_NAME: names.cast(pl.String).drop_nulls().unique(maintain_order=True)}
    ).with_columns(pl.lit(rank).alias(_RANK))


def _respelt(frame: pl.DataFrame, spot: _Spot, spellings: pl.DataFrame) -> pl.DataFrame:
    old, new = spellings.get_column(_NAME), spellings.get_column(_KEPT)
    if spot.listed:
        made = pl.col(spot.column).list.eval(pl.element().replace(old, new))
    else:
        made = pl.col(spot.column).replace(old, new)
    return frame.with_columns(
        pl.when(_holds(spot)).then(made).otherwise(spot.column).alias(spot.column)
    )
