"""The boundary cases of the rules: read from `cases/*.yaml`, evaluated all together.

A block names a rule and what its records start from; each case says what differs and what must
come out. A record's `unreadable_fields` are cells that stood there and could not be read;
`rejected` holds rows, by table, that were rejected as a whole, with what is left of their key and
their references. Every case gets references of its own, so that all of them are one night's
records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
from ruamel.yaml import YAML

from config.records import Table
from config.reference import load_reference
from expectations.catalogue.catalogue import Catalogue, Rule
from expectations.catalogue.setup import (
    PAST_FAILURES,
    Expectations,
    load_expectations,
    lookup_tables,
    night_of,
)
from expectations.evaluation.evaluate import evaluate
from expectations.extract import Extract

FOLDER = Path(__file__).with_name("cases")
LONDON = ZoneInfo("Europe/London")
AS_OF = "2026-11-24 02:30"
KINDS = ("breaks", "inside", "outside", "exempt", "empty")
#: Beside those that every rule has.
UNREAD = "unread"
VERDICTS = ("fails", "passes", "not_covered", "hidden", "looked_away")
_EXPECTED = ("due", "shows", "hidden_by", "unit", "soon", "severity")
_CASE_KEYS = frozenset(
    ["case", "kind", "then", "asof", "pulled", "settings", "unsupplied", "disputed", *_EXPECTED]
) | {"rejected"}
#: Fields that hold a reference although the dictionary does not say of what.
_REFERENCES = frozenset(
    ["object_id", "court_case_ref", "parent_application_id", "linked_breach_id"]
) | {"record_key", "matched_order_id"}
#: The ledger's earlier findings, as a case may give them.
PAST = "past_failures"
#: References whose own form is tested.
_FORMED = frozenset(["pncid", "asn", "cro_no", "home_force", "lsoa21", "status_raw"])


@dataclass(frozen=True)
class Case:
    """One boundary case."""

    number: int
    file: str
    rule: str
    text: str
    kind: str
    then: str
    asof: str
    pulled: str | None
    disputed: tuple[str, ...]
    settings: tuple[tuple[str, str], ...]
    unsupplied: frozenset[str]
    tables: Mapping[str, list[dict[str, Any]]]
    rejected: Mapping[str, list[dict[str, Any]]]
    expected: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.rule}-{self.kind}-{self.number}"

    @property
    def group(self) -> tuple[Any, ...]:
        return self.asof, self.pulled, self.disputed, self.settings, self.unsupplied


@dataclass(frozen=True)
class Verdict:
    """What came out of a case."""

    then: str
    exception: dict[str, Any] | None
    outcome: dict[str, Any]
    soon: bool


@cache
def cases() -> tuple[Case, ...]:
    """Every case of every file."""
    found: list[Case] = []
    for path in sorted(FOLDER.glob("*.yaml")):
        found += _file(path, len(found))
    return tuple(found)


def _file(path: Path, first: int) -> Iterator[Case]:
    defaults: dict[str, dict[str, Any]] = {}
    number = first
    for block in YAML(typ="safe").load(path.read_text(encoding="utf-8")) or []:
        if "defaults" in block:
            defaults = block["defaults"]
            continue
        base = block.get("records", {})
        for item in block["cases"]:
            number += 1
            tables = {
                table: rows
                for table in {*base, *(set(item) - _CASE_KEYS)}
                if (rows := _rows(table, base.get(table), item.get(table), defaults))
            }
            assert item["kind"] in (*KINDS, UNREAD), (path.name, item)
            assert item["then"] in VERDICTS, (path.name, item)
            settings = {**block.get("settings", {}), **item.get("settings", {})}
            yield Case(
                number=number,
                file=path.name,
                rule=block["rule"],
                text=item["case"],
                kind=item["kind"],
                then=item["then"],
                asof=str(item.get("asof", block.get("asof", AS_OF))),
                pulled=item.get("pulled", block.get("pulled")),
                disputed=tuple(str(d) for d in item.get("disputed", block.get("disputed", ()))),
                settings=tuple(sorted((k, repr(v)) for k, v in settings.items())),
                unsupplied=frozenset(item.get("unsupplied", block.get("unsupplied", ()))),
                tables=tables,
                rejected=item.get("rejected", {}),
                expected={k: item[k] for k in _EXPECTED if k in item},
            )


def _rows(
    table: str, base: Any, own: Any, defaults: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The rows of a table: defaults, then the block's, then the case's.

    A mapping alters the first row; a list replaces the rows after it, its first item altering
    the first row where the block has one.
    """
    basis = list(base) if isinstance(base, list) else [base] if base else []
    mine = list(own) if isinstance(own, list) else [own] if own is not None else []
    if isinstance(own, list):
        rows = [{**(basis[0] if basis and i == 0 else {}), **row} for i, row in enumerate(mine)]
    elif mine:
        rows = [{**(basis[0] if basis else {}), **mine[0]}, *basis[1:]]
    else:
        rows = basis
    return [{**defaults.get(table, {}), **row} for row in rows]


@cache
def verdicts() -> Mapping[int, Verdict]:
    """The verdict of every case, by number: one evaluation for each night that they ask for."""
    out: dict[int, Verdict] = {}
    groups: dict[tuple[Any, ...], list[Case]] = {}
    for case in cases():
        groups.setdefault(case.group, []).append(case)
    for members in groups.values():
        out |= _evaluated(members)
    return out


@cache
def _loaded() -> Expectations:
    """The rules and facts, which are read and checked once for all nights."""
    asof = _instant(AS_OF)
    return load_expectations(load_reference(), business_date=asof.date(), asof=asof, pulled_at=asof)


def _evaluated(members: list[Case]) -> dict[int, Verdict]:
    first = members[0]
    settings = {name: YAML(typ="safe").load(value) for name, value in first.settings}
    asof = _instant(first.asof)
    reference = load_reference(overrides=settings)
    if first.disputed:
        days = frozenset(date.fromisoformat(day) for day in first.disputed)
        reference = replace(reference, calendar=replace(reference.calendar, disputed=days))
    setup = _loaded()
    setup = replace(
        setup,
        lookups=lookup_tables(reference),
        catalogue=setup.catalogue.with_status({case.rule: "active" for case in members}),
        night=night_of(
            reference,
            business_date=asof.astimezone(LONDON).date(),
            asof=asof,
            pulled_at=_instant(first.pulled) if first.pulled else asof,
        ),
    )
    records = setup.records
    tables = {
        name: _frame(table, [(c.number, row) for c in members for row in c.tables.get(name, [])])
        for name, table in records.tables.items()
    }
    supplied = {
        name: frozenset(f for f in table.fields if f"{name}.{f}" not in first.unsupplied)
        for name, table in records.tables.items()
        if name not in first.unsupplied
    }
    failures = {PAST: _past_failures(members)}
    rejected = {
        name: _frame(table, [(c.number, row) for c in members for row in c.rejected.get(name, [])])
        for name, table in records.tables.items()
        if any(name in case.rejected for case in members)
    }
    extract = Extract({**tables, **setup.lookups, **failures}, supplied, rejected=rejected)
    found = evaluate(extract, _needed(setup, members), records, setup.book, setup.night)
    return {case.number: _verdict(case, found, setup) for case in members}


def _needed(setup: Expectations, members: list[Case]) -> Catalogue:
    """The rules of some cases, and those that may stand for them."""
    wanted: dict[str, Rule] = {}
    waiting = [case.rule for case in members]
    while waiting:
        rule = setup.catalogue[waiting.pop()]
        if rule.id not in wanted:
            wanted[rule.id] = rule
            waiting += rule.unless
    return Catalogue({rule.id: rule for rule in setup.catalogue if rule.id in wanted})


def _past_failures(members: list[Case]) -> pl.DataFrame:
    """What the ledger would say of earlier nights."""
    rows = [
        {
            **row,
            "record_key": f"{case.number:04}{row['record_key']}",
            **{name: _instant(row[name]) for name in ("from_ts", "until_ts") if row.get(name)},
        }
        for case in members
        for row in case.tables.get(PAST, [])
    ]
    return pl.DataFrame(rows, schema=PAST_FAILURES)


def _verdict(case: Case, found: Any, setup: Expectations) -> Verdict:
    rule = setup.catalogue[case.rule]
    table = setup.records[rule.records]
    row = _marked(table, case.number, case.tables[rule.records][0])
    key = "|".join(str(row[part]) for part in table.key)
    mine = (pl.col("rule_id") == case.rule) & (pl.col("record_key") == key)
    failing = found.failing.filter(mine).to_dicts()
    outcome = found.outcomes.filter(pl.col("rule_id") == case.rule).to_dicts()[0]
    soon = found.due_soon.filter(mine).height > 0
    if failing:
        return Verdict("hidden" if failing[0]["hidden_by"] else "fails", failing[0], outcome, soon)
    covered = found.covered.get(rule.records)
    if covered is None or case.rule not in covered.columns or outcome["outcome"] != "ran":
        return Verdict("not_covered", None, outcome, soon)
    is_covered = covered.filter(pl.col("record_key") == key).get_column(case.rule).to_list()
    said = {(True,): "passes", (None,): "looked_away"}.get(tuple(is_covered), "not_covered")
    return Verdict(said, None, outcome, soon)


def _frame(table: Table, rows: list[tuple[int, dict[str, Any]]]) -> pl.DataFrame:
    if not rows:
        return table.empty()
    typed = [_marked(table, number, row) for number, row in rows]
    names = dict.fromkeys(name for row in typed for name in row)
    unknown = set(names) - set(table.schema)
    assert not unknown, f"{table.name} has no {sorted(unknown)}"
    data = {name: [row.get(name) for row in typed] for name in names}
    schema = {name: table.schema[name] for name in names}
    return table.complete(pl.DataFrame(data, schema=schema))


def _marked(table: Table, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with typed values and references of its own."""
    return {name: _value(table, name, value, number) for name, value in row.items()}


def _value(table: Table, name: str, value: Any, number: int) -> Any:
    field = table.fields.get(name)
    if value is None or field is None:
        return value
    match field.type:
        case "timestamp":
            return _instant(value)
        case "date":
            return value if isinstance(value, date) else date.fromisoformat(str(value))
        case "text_list":
            personal = field.personal
            return [f"{number:04}{item}" if personal else str(item) for item in value]
        case "text":
            refers = name in table.key or field.foreign or field.personal or name in _REFERENCES
            marked = refers and name not in _FORMED
            return f"{number:04}{value}" if marked else str(value)
    return value


def _instant(value: Any) -> datetime:
    """A local time; with an offset where the clock change makes it doubtful."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return (moment if moment.tzinfo else moment.replace(tzinfo=LONDON)).astimezone(ZoneInfo("UTC"))


__all__ = ["AS_OF", "KINDS", "Case", "Verdict", "cases", "verdicts"]
