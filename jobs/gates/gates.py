"""Dataset gates: what must hold of a whole source before its records are used.

Each gate has a name, which rules refer to; what it does with a source that fails is its own:
`hold` keeps the source out of the night, `quarantine` keeps some rows out, `warn` says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

import polars as pl

from config.settings import Source
from expectations.extract import ROW, SOURCE_COLUMN
from expectations.language import weekday_hours
from jobs.conform import Conformed, reject_rows
from jobs.ledger import SourceNight
from jobs.pull import Delivery

_HOUR = 3600
_PLACE, _WHY = "_place", "_why"
_INSTANT = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class GateResult:
    """What a gate found of one source, or of one part of it.

    Attributes:
        gate: The gate.
        source: The source.
        part: The unit that it tested, for a gate that tests parts.
        outcome: `ran`, `not_covered` (nothing to compare with yet), `not_supplied` or
            `could_not_run` (what it reads is held).
        failed: It failed.
        action: What follows: `none`, `warn`, `quarantine` or `hold`.
        evidence: What it saw: counts, column names and times.
        message: What to tell the operator, where it failed or warns.
    """

    gate: str
    source: str
    part: str | None = None
    outcome: str = "ran"
    failed: bool = False
    action: str = "none"
    evidence: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""

    @property
    def key(self) -> str:
        """What names the exception: the source, or source and part."""
        return f"{self.source}:{self.part}" if self.part else self.source


@dataclass(frozen=True)
class GateInput:
    """What the gates of one source look at.

    Attributes:
        source: The source, as settings say.
        delivery: What it delivered.
        conformed: What became of that.
        past: Its accepted nights, the oldest first.
        asof: The instant of the night.
        business_date: The night.
        thresholds: The named figures.
        bank_holidays: Days that are no working days.
        active_units: Units that are active on the night; None where units are not supplied.
        accepted: Gates that an operator accepted for this source and night.
        personal: Fields of the main table that may identify a person.
    """

    source: Source
    delivery: Delivery
    conformed: Conformed
    past: Sequence[SourceNight]
    asof: datetime
    business_date: date
    thresholds: Mapping[str, Any]
    bank_holidays: Collection[date]
    active_units: frozenset[str] | None
    accepted: frozenset[str]
    personal: frozenset[str] = frozenset()

    @property
    def frame(self) -> pl.DataFrame:
        """The records of the source's main table."""
        return self.conformed.tables[self.conformed.main]

    @property
    def name(self) -> str:
        """The source's name."""
        return self.source.name


def run_gates(given: GateInput, key: Sequence[str]) -> tuple[list[GateResult], Conformed]:
    """Run every gate on a source, in order.

    Args:
        given: What they look at.
        key: The key of the main table.

    Returns:
        The results, and the source without the rows that are quarantined.
    """
    results = _schema(given)
    kept, found = _key(given, key)
    results += [*found, *_freshness(given), *_row_count(given), *_unit_rows(given)]
    return unless_accepted(given, results), kept


def unless_accepted(given: GateInput, results: Iterable[GateResult]) -> list[GateResult]:
    """What the gates found; one that an operator accepted for the night passes."""
    return [
        replace(result, failed=False, action="none", message="")
        if result.gate in given.accepted
        else result
        for result in results
    ]


def _schema(given: GateInput) -> list[GateResult]:
    """Columns missing, renamed or of another type."""
    limits = given.thresholds
    columns = given.conformed.columns
    last = given.past[-1].columns if given.past else None
    retyped: list[str] = []
    missing, new = list(given.conformed.missing), list(given.conformed.new)
    if last is not None and not last.is_empty():
        new = [name for name in new if name not in set(last.get_column("column"))]
        # A mapping by name names no columns: one is missing that was there the night before.
        named = last.filter(pl.col("field").is_in(list(given.conformed.by_name)))
        gone = named.join(columns, on="field", how="anti").get_column("column")
        missing = sorted({*missing, *gone})
        both = columns.join(last, on="field", suffix="_before")
        typed = both.filter((pl.col("type") != "") & (pl.col("type_before") != ""))
        retyped += (
            typed.filter(pl.col("type") != pl.col("type_before")).get_column("column").to_list()
        )
        share, before = (
            pl.col("unreadable") / pl.col("cells"),
            pl.col("unreadable_before") / pl.col("cells_before"),
        )
        retyped += (
            both.filter(
                (pl.col("type") == "")
                & (pl.col("cells") >= limits["gate_min_cells"])
                & (share >= limits["retype_share"])
                & (before.fill_nan(0.0).fill_null(0.0) < limits["retype_before"])
            )
            .get_column("column")
            .to_list()
        )
    failed, arrived = bool(missing or retyped), bool(new and last is not None)
    said = [f"columns missing: {', '.join(missing)}"] if missing else []
    said += [f"columns of another type: {', '.join(retyped)}"] if retyped else []
    said += ["see what changed in the extract, or correct the mapping"] if failed else []
    said += [f"new columns that no mapping reads: {', '.join(new)}"] if arrived else []
    return [
        GateResult(
            "schema",
            given.name,
            failed=failed,
            action="hold" if failed else "warn" if arrived else "none",
            evidence={
                "missing_columns": ", ".join(missing),
                "retyped_columns": ", ".join(retyped),
                "new_columns": ", ".join(new),
            },
            message="; ".join(said),
        )
    ]


def _key(given: GateInput, key: Sequence[str]) -> tuple[Conformed, list[GateResult]]:
    """The primary key twice, or empty: one row a key stays, the others are quarantined."""
    out = _surplus(given.frame, key)
    e = out.filter(pl.col(_WHY) == "no_key").height
    s = out.height - e
    r = given.frame.height - e
    limit, least = given.thresholds["dup_hold_rate"], given.thresholds["dup_hold_min"]
    hold = (s >= least and s / r >= limit) or (e >= least and e / (r + e) >= limit)
    rate = max(s / r if r else 0.0, e / (r + e) if r + e else 0.0)
    result = GateResult(
        "key",
        given.name,
        failed=s > 0 or e > 0,
        action="hold" if hold else "quarantine" if s or e else "none",
        evidence={
            "surplus_rows": s,
            "empty_key_rows": e,
            "rate": round(rate, 6),
            "held": hold,
        },
        message=f"{s} rows repeat a key and {e} have none" if s or e else "",
    )
    return _without(given, out, key), [result]


def _surplus(frame: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The rows that do not go on, by their place in the frame, and why.

    Of rows with one key the one changed last stays; else the one whose text has the smallest
    SHA-256, so that the order of the rows decides nothing.
    """
    placed = frame.with_row_index(_PLACE)
    empty = pl.any_horizontal(pl.col(part).is_null() for part in key)
    none = placed.filter(empty).select(_PLACE, pl.lit("no_key").alias(_WHY))
    twice = placed.filter(~empty).filter(pl.struct(key).is_duplicated())
    if twice.is_empty():
        return none
    changed = [pl.col("updated_ts")] if "updated_ts" in frame.columns else []
    surplus = (
        twice.with_columns(_tie_break(twice).alias("_tie"))
        .sort(*changed, "_tie", descending=[*[True for _ in changed], False], nulls_last=True)
        .filter(~pl.struct(key).is_first_distinct())
        .select(_PLACE, pl.lit("duplicate_key").alias(_WHY))
    )
    return pl.concat([none, surplus])


def _without(given: GateInput, out: pl.DataFrame, key: Sequence[str]) -> Conformed:
    """The records that go on; a row that does not takes with it what else was made of it."""
    conformed, main = given.conformed, given.conformed.main
    if out.is_empty():
        return conformed
    placed = given.frame.with_row_index(_PLACE)
    gone = placed.join(out, on=_PLACE, maintain_order="left")
    tables = {
        name: placed.join(out, on=_PLACE, how="anti").drop(_PLACE)
        if name == main
        else frame.join(gone, on=ROW, how="anti")
        for name, frame in conformed.tables.items()
    }
    # A key that is a person's is not shown.
    named = pl.concat_str([pl.col(part) for part in key], separator="|", ignore_nulls=True)
    hidden = bool(set(key) & given.personal)
    keys = None if hidden else gone.select(named.alias("named")).get_column("named")
    rejects = reject_rows(
        given.delivery,
        gone.get_column(ROW),
        gone.get_column(_WHY),
        field=f"{main}.{', '.join(key)}",
        keys=keys,
    )
    return replace(conformed, tables=tables, rejects=pl.concat([conformed.rejects, rejects]))


def _tie_break(frame: pl.DataFrame) -> pl.Series:
    """A fingerprint of each row's canonical text: the same whatever the order of the rows."""
    columns = [name for name in frame.columns if name not in (_PLACE, ROW, SOURCE_COLUMN)]
    texts = frame.select(pl.struct(columns).struct.json_encode().alias("text")).to_series()
    return pl.Series("tie", [hashlib.sha256(text.encode()).hexdigest() for text in texts])


def _freshness(given: GateInput) -> list[GateResult]:
    """The extract is stale."""
    delivery, limits = given.delivery, given.thresholds
    supplied = given.conformed.supplied.get(given.conformed.main, frozenset())
    newest: datetime | None = None
    if "updated_ts" in supplied:
        usable = given.frame.get_column("updated_ts")
        usable = usable.filter(
            (usable <= given.asof + timedelta(minutes=limits["tolerance_min"])).fill_null(False)
        )
        newest = usable.max()  # type: ignore[assignment]
    if not delivery.stamped and "updated_ts" not in supplied:
        return [GateResult("freshness", given.name, outcome="not_supplied")]
    moment = delivery.stamp if delivery.stamped else newest
    allowed = limits["extract_max_age_h" if delivery.stamped else "updated_max_age_h"]
    age = None if moment is None else _age(given, moment)
    failed = age is None or age > allowed
    what = "the extract's stamp" if delivery.stamped else "the newest change in it"
    message = ""
    if failed:
        message = (
            f"{what} is empty"
            if age is None
            else f"{what} is {_old(age)} old, more than {allowed} hours"
        )
    stale = bool(
        delivery.stamped
        and not failed
        and newest is not None
        and _age(given, newest) > limits["updated_max_age_h"]
    )
    if stale and newest is not None:
        old = _old(_age(given, newest))
        message = f"the extract is fresh, but the newest change in it is {old} old"
    return [
        GateResult(
            "freshness",
            given.name,
            failed=failed,
            action="hold" if failed else "warn" if stale else "none",
            evidence={
                "newest_ts": None if newest is None else f"{newest:%Y-%m-%dT%H:%M:%SZ}",
                "stamp": None if delivery.stamp is None else f"{delivery.stamp:%Y-%m-%dT%H:%M:%SZ}",
                "age_h": None if age is None else round(age, 2),
            },
            message=message,
        )
    ]


def _old(hours: float) -> str:
    """An age in words: to the minute where that may decide, in days where it is long."""
    whole, minutes = divmod(round(hours * 60), 60)
    if whole >= 72:
        return f"{whole // 24:,} days"
    rest = f" and {minutes} minute{'s' if minutes != 1 else ''}" if minutes else ""
    return f"{whole} hours{rest}"


def _age(given: GateInput, moment: datetime) -> float:
    """Hours from a moment to the night; at weekends the clock stands for sources that rest."""
    if not given.source.weekdays_only:
        return (given.asof - moment).total_seconds() / _HOUR
    frame = pl.DataFrame(
        {"start": [moment], "end": [given.asof]}, schema=dict.fromkeys(("start", "end"), _INSTANT)
    )
    hours = weekday_hours(pl.col("start"), pl.col("end"), given.bank_holidays)
    return float(frame.select(hours).item())


def _row_count(given: GateInput) -> list[GateResult]:
    """The number of rows is far from its own past."""
    limits, n = given.thresholds, given.delivery.rows
    nights = [night.rows for night in given.past if night.rows is not None]
    nights = nights[-limits["rowcount_nights"] :]
    base = median(nights) if nights else None
    failed = n == 0 and not given.source.may_be_empty
    if base is not None and base >= limits["rowcount_min_n"]:
        share = limits["rowcount_tolerance"]
        # Whole numbers: 700 of 1,000 is not less than 0.7 of it, whatever floating point says.
        low, high = round((1 - share) * base, 6), round((1 + share) * base, 6)
        failed = failed or n < low or (n > high and given.source.delivery == "snapshot")
    return [
        GateResult(
            "row_count",
            given.name,
            failed=failed,
            action="hold" if failed else "none",
            evidence={"rows": n, "baseline_rows": base, "history_nights": len(nights)},
            message=(
                f"{n:,} rows were delivered, where {base:,.0f} are usual"
                if failed and base is not None
                else "no rows were delivered"
                if failed
                else ""
            ),
        )
    ]


def unit_counts(conformed: Conformed) -> dict[str, int]:
    """Rows of each unit; empty where the source names no units."""
    frame = conformed.tables[conformed.main]
    if "oic_unit" not in conformed.supplied.get(conformed.main, ()):
        return {}
    counted = frame.filter(pl.col("oic_unit").is_not_null()).group_by("oic_unit").len()
    return {unit: int(rows) for unit, rows in counted.iter_rows()}


def _unit_rows(given: GateInput) -> list[GateResult]:
    """A unit's rows have gone: part of the extract is missing."""
    limits = given.thresholds
    if given.conformed.main not in ("orders", "breaches"):
        return []
    today = unit_counts(given.conformed)
    if not today and "oic_unit" not in given.conformed.supplied.get(given.conformed.main, ()):
        return [GateResult("unit_rows", given.name, outcome="not_supplied")]
    if len(given.past) < limits["unit_history_nights"]:
        return [GateResult("unit_rows", given.name, outcome="not_covered")]
    results = []
    nights = given.past[-limits["rowcount_nights"] :]
    for unit in sorted({unit for night in nights for unit in night.units}):
        base = median([night.units.get(unit, 0) for night in nights])
        closed = given.active_units is not None and unit not in given.active_units
        if base < limits["rowcount_min_n"]:
            continue
        n = today.get(unit, 0)
        failed = not closed and n < round((1 - limits["unit_drop"]) * base, 6)
        results.append(
            GateResult(
                "unit_rows",
                given.name,
                part=unit,
                failed=failed,
                action="warn" if failed else "none",
                evidence={"rows": n, "baseline_rows": base},
                message=f"{n:,} rows of unit {unit}, where {base:,.0f} are usual" if failed else "",
            )
        )
    return results
