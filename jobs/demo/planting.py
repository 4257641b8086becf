"""Choose records for the faults, and plant the faults of a night in its tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from config.records import Records, load_records
from config.thresholds import load_thresholds
from jobs.demo.fault import Clone, Fault, Plant
from jobs.demo.order_rows import text_facts
from jobs.demo.view import breach_view, order_view
from jobs.demo.world import World

_Tables = dict[str, pl.DataFrame]

#: References that the demo gives to copies start with this digit.
_COPY = "9"
_ROW = "_row"


class NoRecord(LookupError):
    """No record of the force can carry a fault: the force or the fault must change."""


def choose(
    world: World, tables: Mapping[str, pl.DataFrame], faults: Iterable[Fault]
) -> list[Plant]:
    """A record for each plant of each fault, no case with two, spread over units.

    Raises:
        NoRecord: A fault has fewer suitable records than plants.
    """
    views = _views(world, dict(tables))
    used: set[str] = set()
    plants: list[Plant] = []
    numbers: dict[str, int] = {}
    short: list[str] = []
    # Those with the fewest records choose first.
    columns = ["_key", "case", "oic_unit"]
    counted = [
        (
            views[fault.table]
            .lazy()
            .filter(_suitable(fault))
            .select([*columns, *(["order_id"] if fault.table == "breaches" else [])])
            .collect(),
            fault,
        )
        for fault in faults
    ]
    for pool, fault in sorted(counted, key=lambda item: item[0].height):
        rows = _spread(pool.filter(~pl.col("case").is_in(sorted(used))), fault)
        wanted = len(fault.nights)
        if rows.height < wanted:
            short.append(f"{fault.rule} ({fault.what}): {rows.height} of {wanted}")
        for nights, row in zip(fault.nights, rows.head(wanted).to_dicts(), strict=False):
            used.add(row["case"])
            key = row["_key"]
            failing = key
            if fault.records == "orders":
                failing = row["order_id"]
            elif fault.clone and fault.clone.fails:
                failing = copy_of(key)
            number = numbers.get(fault.rule, 0)
            numbers[fault.rule] = number + 1
            order = row.get("order_id") if fault.table == "breaches" else None
            plants.append(Plant(fault, key, failing, nights, order, number))
    if short:
        raise NoRecord("; ".join(short))
    return sorted(plants, key=lambda plant: (plant.fault.rule, plant.number))


def copy_of(key: str) -> str:
    """The reference of a record's copy."""
    prefix, _, number = key.partition("-")
    return f"{prefix}-{_COPY}{number}"


def _views(world: World, tables: _Tables) -> _Tables:
    orders = order_view(world, tables)
    breaches = breach_view(world, tables, orders)
    of_order = orders.select(
        "order_id",
        "case",
        "quiet",
        "oic_unit",
        pl.col("steady").alias("o_steady"),
        pl.col("over").alias("o_over"),
        pl.col("order_type").alias("o_order_type"),
    )
    reviews = tables["reviews"].join(of_order, left_on="object_id", right_on="order_id")
    feed = tables["court_feed"].join(
        orders.select(
            "court_case_ref",
            "case",
            "quiet",
            "oic_unit",
            pl.col("over").alias("o_over"),
            pl.col("steady").alias("o_steady"),
        ),
        on="court_case_ref",
    )
    occurrences = tables["occurrences"].with_columns(case="occurrence_id", quiet=pl.lit(True))
    views = {
        "orders": orders,
        "breaches": breaches.with_columns(quiet=pl.lit(True)),
        "order_conditions": tables["order_conditions"].join(of_order, on="order_id"),
        "reviews": reviews,
        "court_feed": feed,
        "occurrences": occurrences,
    }
    records = load_records()
    return {
        name: view.with_columns(_key=pl.col(records[name].key[0])) for name, view in views.items()
    }


def _suitable(fault: Fault) -> pl.Expr:
    return (fault.pool & pl.col("quiet")) if fault.quiet else fault.pool


def _spread(pool: pl.DataFrame, fault: Fault) -> pl.DataFrame:
    """One record a case, in an order that takes a unit's second only after every unit's first."""
    mixed = pool.with_columns(_mixed=pl.format("{}{}", pl.lit(fault.rule), "_key").hash(7))
    once = mixed.sort("_mixed", "_key").unique("case", keep="first", maintain_order=True)
    turn = pl.int_range(pl.len()).over("oic_unit")
    return once.with_columns(_turn=turn).sort("_turn", "_mixed", "_key")


@dataclass
class _Bench:
    """A night's tables while faults are planted in them: no row is changed twice."""

    tables: Mapping[str, pl.DataFrame]
    gone: dict[str, list[pl.Series]] = field(default_factory=lambda: defaultdict(list))
    new: dict[str, list[pl.DataFrame]] = field(default_factory=lambda: defaultdict(list))

    def replace(self, table: str, rows: pl.DataFrame, by: pl.DataFrame | None) -> None:
        """Take rows out, and put others in their place."""
        self.gone[table].append(rows.get_column(_ROW))
        if by is not None:
            self.add(table, by)

    def add(self, table: str, rows: pl.DataFrame) -> None:
        """Put rows in."""
        columns = [name for name in self.tables[table].columns if name != _ROW]
        self.new[table].append(rows.select(columns))

    def new_schema(self, table: str) -> pl.Schema:
        """Columns and types of the rows that may be put in."""
        schema = self.tables[table].schema
        return pl.Schema({name: kind for name, kind in schema.items() if name != _ROW})

    def done(self) -> _Tables:
        """The tables as they are now."""
        out: _Tables = {}
        for name, frame in self.tables.items():
            gone = pl.concat(self.gone[name]) if self.gone[name] else pl.Series(dtype=pl.UInt32)
            kept = frame.filter(~pl.col(_ROW).is_in(gone.implode())).drop(_ROW)
            out[name] = pl.concat([kept, *self.new[name]])
        return out


def plant(tables: Mapping[str, pl.DataFrame], plants: Sequence[Plant], night: int) -> _Tables:
    """The tables of a night with its faults.

    Args:
        tables: What the force's records say, in order.
        plants: All the plants.
        night: The night's number, from 1.

    Raises:
        NoRecord: A record that carries a fault is not there.
    """
    records = load_records()
    bench = _Bench({name: frame.with_row_index(_ROW) for name, frame in tables.items()})
    groups: dict[tuple[int, bool], list[Plant]] = defaultdict(list)
    for one in plants:
        if one.fault.leaves and night > max(one.nights):
            _left(bench, one, records)
            continue
        # What was wrong and is put right by a reason stays as it was, with the reason.
        cured = one.fault.cure is not None and night > max(one.nights)
        if night in one.nights or cured:
            groups[id(one.fault), cured].append(one)
    for (_, cured), members in groups.items():
        _planted(bench, members, records, cured=cured)
    return bench.done()


def _left(bench: _Bench, one: Plant, records: Records) -> None:
    """Take the record out of the source, with everything that refers to it."""
    for name, frame in bench.tables.items():
        mine = pl.lit(False)
        for column in ("order_id", "breach_id", "object_id"):
            if column in records[name].schema:
                mine = mine | (pl.col(column) == one.key)
        gone = frame.filter(mine)
        if not gone.is_empty():
            bench.replace(name, gone, None)


def _planted(bench: _Bench, members: list[Plant], records: Records, *, cured: bool) -> None:
    fault = members[0].fault
    key = records[fault.table].key[0]
    chosen = pl.DataFrame(
        {key: [one.key for one in members], "_order": [one.order for one in members]},
        schema={key: pl.String, "_order": pl.String},
    )
    record = bench.tables[fault.table].join(chosen, on=key)
    if record.height != len(members):
        raise NoRecord(f"{fault.rule} ({fault.what}): a record is not there on this night")
    if fault.table == "breaches":
        orders = bench.tables["orders"].select(pl.all().name.prefix("o_"))
        record = record.join(orders, left_on="_order", right_on="o_order_id", how="left")
    if fault.clone:
        _copied(bench, fault, fault.clone, record, records)
        return
    changes = {**fault.set, **(fault.cure or {})} if cured else fault.set
    if changes:
        changed = record.with_columns(**_typed(fault.table, changes, records))
        bench.replace(fault.table, record, changed)
    for added in fault.add:
        fields = {name: pl.lit(None) for name in bench.tables[added.table].columns if name != _ROW}
        row = {**fields, **_typed(added.table, added.set, records)}
        bench.add(added.table, record.select(**row).cast(bench.new_schema(added.table)))
    for beside in fault.beside:
        rows = _rows_of(
            bench, beside.table, beside.on, record, "_order" if beside.order_of else key
        )
        if beside.where is not None:
            rows = rows.filter(beside.where)
        instead: pl.DataFrame | None = None
        if beside.set is not None:
            instead = rows.with_columns(**_typed(beside.table, beside.set, records))
        bench.replace(beside.table, rows, instead)


def _rows_of(
    bench: _Bench, table: str, on: str, record: pl.DataFrame, reference: str
) -> pl.DataFrame:
    """Rows that refer to the records, with the records' fields under `r_`."""
    mine = record.with_columns(_on=pl.col(reference)).select(pl.all().name.prefix("r_"))
    return bench.tables[table].join(mine, left_on=on, right_on="r__on")


def _copied(
    bench: _Bench, fault: Fault, clone: Clone, record: pl.DataFrame, records: Records
) -> None:
    """A second record beside each, with rows of its own."""
    key = records[fault.table].key[0]
    copy = record.with_columns(**_typed(fault.table, clone.set, records))
    bench.add(fault.table, copy.with_columns(_copy_key(key)))
    for name, (on, changes) in clone.rows.items():
        rows = _rows_of(bench, name, on, record, key)
        rows = rows.with_columns(**_typed(name, changes, records)).with_columns(_copy_key(on))
        own = records[name].key[0]
        bench.add(name, rows.with_columns(_copy_key(own)) if own != on else rows)


def _copy_key(column: str) -> pl.Expr:
    return pl.col(column).str.replace("-", f"-{_COPY}", literal=True).alias(column)


def _typed(table: str, changes: Mapping[str, Any], records: Records) -> dict[str, pl.Expr]:
    """Changes as expressions of the fields' types."""
    schema = records[table].schema
    return {
        name: (value if isinstance(value, pl.Expr) else pl.lit(value)).cast(
            schema.get(name, pl.String())
        )
        for name, value in changes.items()
    }


def measured(tables: Mapping[str, pl.DataFrame]) -> _Tables:
    """The tables with what conform works out of wordings, worked out again."""
    out = dict(tables)
    words = load_thresholds()["condition_placeholders"].value
    plain = pl.col("text").str.to_lowercase().str.strip_chars(" .,;:")
    out["reviews"] = out["reviews"].with_columns(*text_facts())
    out["order_conditions"] = out["order_conditions"].with_columns(
        *text_facts(), text_placeholder=plain.is_in(list(words))
    )
    return out
