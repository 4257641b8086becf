"""The primary key twice, or empty. One row a key stays; the others go no further."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from config.identity import folded
from config.records import UNREADABLE, Table
from config.sentences import Said, say
from expectations.extract import ROW, SOURCE_COLUMN
from jobs.conform import Conformed, reject_rows
from jobs.gates.model import GateInput, GateResult

#: Why a row does not go on: its key is empty, could not be read, or is another row's.
NO_KEY, KEY_UNREAD, SURPLUS = "no_key", "unreadable", "duplicate_key"
#: The rows that do not go on: their place among the records, their row of the delivery, why.
#: No field of a record has the name of one of these columns.
OUT = pl.Schema({"_place": pl.UInt32(), ROW: pl.UInt32(), "_why": pl.String()})
WHY = "_why"

_PLACE = "_place"
_FOLD = "_folded_"
#: Fields that name the kind of record that another field refers to.
_KINDS = ("object_type", "object_id")


def key(given: GateInput) -> tuple[list[GateResult], Conformed, pl.DataFrame]:
    """No two rows have the same key, and none has an empty one.

    Keys that differ only in case or outer blanks are one key. A key whose cell could not be read
    is no empty one: the gate on unreadable cells counts it.

    Returns:
        The result; the source without the rows that do not go on, which it names in `rejects`,
        `rejected` and `doubted`; and those rows, `OUT`.
    """
    out = _out(given)
    reasons = out.get_column(WHY)
    surplus, empty = int((reasons == SURPLUS).sum()), int((reasons == NO_KEY).sum())
    keyed = given.frame.height - empty - int((reasons == KEY_UNREAD).sum())
    limit, least = given.thresholds["dup_hold_rate"], given.thresholds["dup_hold_min"]
    hold = (surplus >= least and surplus / keyed >= limit) or (
        empty >= least and empty / (keyed + empty) >= limit
    )
    failed = surplus > 0 or empty > 0
    rate = max(surplus / keyed if keyed else 0.0, empty / (keyed + empty) if keyed + empty else 0.0)
    result = GateResult(
        "key",
        given.name,
        failed=failed,
        action="hold" if hold else "quarantine" if failed else "none",
        evidence={
            "surplus_rows": surplus,
            "empty_key_rows": empty,
            "rate": round(rate, 6),
            "held": hold,
        },
        said=_said(surplus, empty),
    )
    return [result], _without(given, out), out


def _said(surplus: int, empty: int) -> tuple[Said, ...]:
    said = [say("gates.keys_twice", rows=surplus)] if surplus else []
    return (*said, *([say("gates.keys_empty", rows=empty)] if empty else []))


def _out(given: GateInput) -> pl.DataFrame:
    """The rows that do not go on.

    Of rows with one key the one changed last stays; else the one whose text has the smallest
    SHA-256, so that the order of the rows decides nothing.
    """
    frame, parts = given.frame, given.key
    placed = frame.with_row_index(_PLACE).with_columns(
        folded(pl.col(part)).alias(f"{_FOLD}{part}") for part in parts
    )
    unread = {part: _unread(part, frame) for part in parts}
    empty = pl.any_horizontal(pl.col(part).is_null() & ~unread[part] for part in parts)
    lacking = pl.any_horizontal(pl.col(part).is_null() for part in parts)
    found = [
        placed.filter(empty).select(_PLACE, ROW, pl.lit(NO_KEY).alias(WHY)),
        placed.filter(lacking & ~empty).select(_PLACE, ROW, pl.lit(KEY_UNREAD).alias(WHY)),
    ]
    same = [f"{_FOLD}{part}" for part in parts]
    twice = placed.filter(~lacking).filter(pl.struct(same).is_duplicated())
    if not twice.is_empty():
        changed = [pl.col("updated_ts")] if "updated_ts" in frame.columns else []
        found.append(
            twice.with_columns(_tie_break(twice.drop(same)).alias("_tie"))
            .sort(*changed, "_tie", descending=[*[True for _ in changed], False], nulls_last=True)
            .filter(~pl.struct(same).is_first_distinct())
            .select(_PLACE, ROW, pl.lit(SURPLUS).alias(WHY))
        )
    return pl.concat([OUT.to_frame(), *(part.cast(OUT) for part in found)])


def _unread(part: str, frame: pl.DataFrame) -> pl.Expr:
    """Whether something stood in the key's cell that could not be read."""
    if UNREADABLE not in frame.columns:
        return pl.lit(value=False)
    return pl.col(UNREADABLE).list.contains(part).fill_null(value=False)


def _tie_break(frame: pl.DataFrame) -> pl.Series:
    """A fingerprint of each row's canonical text: the same whatever the order of the rows."""
    columns = [name for name in frame.columns if name not in (_PLACE, ROW, SOURCE_COLUMN)]
    texts = frame.select(pl.struct(columns).struct.json_encode().alias("text")).to_series()
    return pl.Series("tie", [hashlib.sha256(text.encode()).hexdigest() for text in texts])


def _without(given: GateInput, out: pl.DataFrame) -> Conformed:
    """The records that go on; a row that does not takes with it what else was made of it."""
    conformed, main = given.conformed, given.conformed.main
    if out.is_empty():
        return conformed
    placed = given.frame.with_row_index(_PLACE)
    gone = placed.join(out.drop(ROW), on=_PLACE, maintain_order="left")
    known = {part.table.name: part.table for part in given.mapping.tables}
    tables, rejected, doubted = dict(conformed.tables), {}, {}
    for name, frame in conformed.tables.items():
        table = known[name]
        if name == main:
            stays = placed.join(out, on=_PLACE, how="anti").drop(_PLACE)
            left = gone.drop(_PLACE, WHY)
        else:
            stays = frame.join(gone, on=ROW, how="anti")
            left = frame.join(gone, on=ROW, how="semi")
        tables[name] = stays
        lost, twice = _lost(table, stays, left)
        if not lost.is_empty():
            rejected[name] = lost
        if not twice.is_empty():
            doubted[name] = twice
    return replace(
        conformed,
        tables=tables,
        rejects=pl.concat([conformed.rejects, _rejects(given, gone)]),
        rejected=_added(conformed.rejected, rejected),
        doubted=_added(conformed.doubted, doubted),
    )


def _lost(
    table: Table, stays: pl.DataFrame, left: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of rows that do not go on: those of which no record stays, and keys of doubtful records.

    Two rows that say the same of one record leave no doubt, nor a loss.
    """
    parts = table.key
    same = [f"{_FOLD}{part}" for part in parts]
    ours = [folded(pl.col(part)).alias(f"{_FOLD}{part}") for part in parts]
    staying, leaving = stays.with_columns(ours), left.with_columns(ours)
    lost = leaving.join(staying, on=same, how="anti")
    both = leaving.join(staying.select(same).unique(), on=same, how="semi")
    said = [
        name
        for name in table.schema
        if name in stays.columns and name not in parts and name in left.columns
    ]
    text = pl.struct([*same, *said]).struct.json_encode().alias("_text")
    differ = both.with_columns(text).join(
        staying.with_columns(text).select("_text"), on="_text", how="anti"
    )
    twice = staying.join(differ.select(same), on=same, how="semi").select(parts)
    keep = [
        name
        for name, field in table.fields.items()
        if name in parts or field.identifies or name in _KINDS
    ]
    rows = table.complete(lost.select(*[n for n in keep if n in lost.columns], SOURCE_COLUMN))
    return rows, twice.unique(maintain_order=True)


def _added(
    before: Mapping[str, pl.DataFrame], more: Mapping[str, pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    return {
        name: pl.concat(
            [part[name] for part in (before, more) if name in part], how="diagonal_relaxed"
        )
        for name in {**before, **more}
    }


def _rejects(given: GateInput, gone: pl.DataFrame) -> pl.DataFrame:
    """The rows that do not go on, but for those whose key's cell is among the rejects already."""
    told, parts = gone.filter(pl.col(WHY) != KEY_UNREAD), given.key
    # A key that is a person's is not shown.
    hidden = any(given.mapping.main.table.fields[part].personal for part in parts)
    named = pl.concat_str([pl.col(part) for part in parts], separator="|", ignore_nulls=True)
    return reject_rows(
        given.delivery,
        told.get_column(ROW),
        told.get_column(WHY),
        field=f"{given.conformed.main}.{', '.join(parts)}",
        keys=None if hidden else told.select(named.alias("named")).get_column("named"),
    )
