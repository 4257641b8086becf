"""The rule catalogue: every rule as data, read from `expectations/rules/*.yaml` and checked.

Loading collects every fault of every file and reports all of them at once, with file and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from config.errors import Fault
from config.models import read_model
from config.records import Records
from expectations.facts import Column, FactBook
from expectations.language import Entry, WrittenRule, read_entries, yaml_files

#: The rules that come with Orderwatch.
RULES_FOLDER = Path(__file__).parents[1] / "rules"

THEMES = (
    "application_governance",
    "recording",
    "information_sharing",
    "supervision",
    "breach_response",
)
#: The six dimensions of the Government Data Quality Framework.
DIMENSIONS = ("completeness", "uniqueness", "consistency", "timeliness", "validity", "accuracy")
SEVERITIES = ("critical", "high", "medium", "low")
STATUSES = ("active", "trial", "retired")

#: Record kind of the dataset gates, which test a source and not its records.
SOURCES = "sources"

_PENDING = ("not_covered", "passes")
_UNDATED = ("not_covered", "fails")
#: Arguments of an expectation that name columns.
COLUMN_ARGUMENTS = ("column", "column_A", "column_B", "column_list", "column_set")


@dataclass(frozen=True)
class Basis:
    """Where a rule comes from.

    Attributes:
        document: The law, guidance or policy.
        item: Section or paragraph.
        says: What it says.
        verified: Whether the text itself was read; where not, legal services should check it.
    """

    document: str
    item: str
    says: str
    verified: bool


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        id: Its name for good.
        version: Raised when its meaning changes.
        title: What is wrong when it fails, in a few words.
        theme: One of `THEMES`.
        dimension: One of `DIMENSIONS`.
        severity: One of `SEVERITIES`.
        severity_by: The fact that gives another severity for some records, where it is filled.
        records: The table that it tests, or `sources` for a dataset gate.
        status: `active`, `trial` (counted apart) or `retired`.
        order_types: The order types that it covers; empty for all.
        when: What a record must be for the rule to cover it.
        exempt: Groups of tests that leave a record out.
        expect: The expectation: its `type` and arguments.
        gate: The dataset gate, instead of an expectation.
        due: The field that says by when it had to be right.
        pending: What a failing record is before it is due: `not_covered`, `passes`, or a fact: it
            passes where that holds and is not covered elsewhere.
        undated: What a failing record is whose `due` is empty: `not_covered` or `fails`.
        shows: The evidence, fields of the record.
        needs: Fields without which it cannot be run; alternatives are joined by `|`.
        unless: Rules whose failure on the same record is the root cause.
        unit: The field that names the unit, where it is not the table's own.
        basis: Where it comes from.
        says: The predicate in plain words.
        fix: What the data owner does.
        entry: Where it is written.
    """

    id: str
    version: int
    title: str
    theme: str
    dimension: str
    severity: str
    records: str
    status: str
    order_types: tuple[str, ...]
    when: Mapping[str, Any]
    exempt: tuple[Mapping[str, Any], ...]
    expect: Mapping[str, Any]
    gate: str | None
    due: str | None
    pending: str
    undated: str
    shows: tuple[str, ...]
    needs: tuple[tuple[Column, ...], ...]
    unless: tuple[str, ...]
    unit: str | None
    severity_by: str | None
    basis: tuple[Basis, ...]
    says: str
    fix: str
    entry: Entry = field(repr=False, compare=False)

    @property
    def expected_columns(self) -> tuple[str, ...]:
        """The columns that the expectation names."""
        columns: list[str] = []
        for argument in COLUMN_ARGUMENTS:
            value = self.expect.get(argument)
            columns += value if isinstance(value, list) else [value] if value else []
        return tuple(columns)

    @property
    def tested(self) -> frozenset[str]:
        """The columns of `when` and `expect`."""
        types = ("order_type",) if self.order_types else ()
        return frozenset((*self.when, *types, *self.expected_columns))

    @property
    def settled_by(self) -> str | None:
        """The fact that says whether a failing record passes before it is due."""
        return None if self.pending in _PENDING else self.pending

    @property
    def read(self) -> frozenset[str]:
        """The columns that decide what the rule says of a record; those it only shows are none."""
        exempt = (name for group in self.exempt for name in group)
        return self.tested | {*exempt, *(name for name in (self.due, self.settled_by) if name)}

    @property
    def columns(self) -> frozenset[str]:
        """Every column of its table that the rule reads or shows."""
        named = (name for name in (self.unit, self.severity_by) if name)
        return self.read | {*named, *self.shows}


@dataclass(frozen=True)
class Catalogue:
    """The rules by id, in the order of the files."""

    rules: Mapping[str, Rule]

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())

    def __getitem__(self, rule_id: str) -> Rule:
        return self.rules[rule_id]

    @property
    def gates(self) -> Mapping[str, Rule]:
        """The dataset gates that are on, by gate."""
        return {r.gate: r for r in self if r.gate and r.status != "retired"}

    def frame(self) -> pl.DataFrame:
        """One row a rule, for reports and the ledger."""
        return pl.DataFrame(
            [
                {
                    "rule_id": rule.id,
                    "version": rule.version,
                    "title": rule.title,
                    "theme": rule.theme,
                    "dimension": rule.dimension,
                    "severity": rule.severity,
                    "records": rule.records,
                    "status": rule.status,
                    "fix": rule.fix,
                    "order_types": list(rule.order_types),
                    "shows": list(rule.shows),
                    "unless": list(rule.unless),
                    "basis": "; ".join(f"{b.document}, {b.item}" for b in rule.basis),
                }
                for rule in self
            ],
            schema={
                "rule_id": pl.String,
                "version": pl.Int64,
                "title": pl.String,
                "theme": pl.String,
                "dimension": pl.String,
                "severity": pl.String,
                "records": pl.String,
                "status": pl.String,
                "fix": pl.String,
                "order_types": pl.List(pl.String),
                "shows": pl.List(pl.String),
                "unless": pl.List(pl.String),
                "basis": pl.String,
            },
        )

    def with_status(self, changes: Mapping[str, str]) -> Catalogue:
        """The catalogue with some rules switched on, off or to trial by the settings."""
        return Catalogue(
            {
                rule.id: replace(rule, status=changes[rule.id]) if rule.id in changes else rule
                for rule in self
            }
        )


def read_catalogue(
    records: Records,
    book: FactBook,
    order_types: Iterable[str],
    folders: Sequence[Path] = (RULES_FOLDER,),
) -> tuple[Catalogue, list[Fault]]:
    """The rules of every `*.yaml` that could be read, and every fault of every file."""
    faults: list[Fault] = []
    rules: dict[str, Rule] = {}
    types = frozenset(order_types)
    for folder in folders:
        if not any(folder.glob("*.yaml")):
            faults.append(Fault(str(folder), 0, "there is no rule file (*.yaml) in this folder"))
    for path in yaml_files(folders, faults):
        for entry in read_entries(path, faults):
            rule = _rule(entry, faults)
            if rule is None:
                continue
            if rule.id in rules:
                first = rules[rule.id].entry
                faults.append(
                    entry.fault(f"rule {rule.id} is also at {first.file}:{first.line}", "id")
                )
            rules[rule.id] = rule
            faults += _check(rule, records, book, types)
    faults += [
        rule.entry.fault(f"{rule.id}: `unless` names {other}, which is no rule", "unless")
        for rule in rules.values()
        for other in rule.unless
        if other not in rules
    ]
    return Catalogue(rules), faults


def _rule(entry: Entry, faults: list[Fault]) -> Rule | None:
    written = read_model(entry, WrittenRule, entry.values, faults)
    if written is None:
        return None
    values = dict(written)
    lists = {key: tuple(value) for key, value in values.items() if isinstance(value, list)}
    needs = tuple(_need(need, written.records) for need in written.needs)
    basis = tuple(Basis(**dict(item)) for item in written.basis)
    return Rule(**values | lists | {"needs": needs, "basis": basis, "entry": entry})


def _need(text: str, records: str) -> tuple[Column, ...]:
    """`a | table.b` as the fields that either will do."""
    columns = []
    for part in text.split("|"):
        table, dot, name = part.strip().partition(".")
        columns.append((table, name) if dot else (records, table))
    return tuple(columns)


def _check(rule: Rule, records: Records, book: FactBook, types: frozenset[str]) -> Iterator[Fault]:
    """What a rule says that is not so."""

    def wrong(message: str, key: str) -> Fault:
        return rule.entry.fault(f"{rule.id}: {message}", key)

    for key, value, allowed in (
        ("theme", rule.theme, THEMES),
        ("dimension", rule.dimension, DIMENSIONS),
        ("severity", rule.severity, SEVERITIES),
        ("status", rule.status, STATUSES),
        ("undated", rule.undated, _UNDATED),
    ):
        if value not in allowed:
            yield wrong(f"`{key}: {value}`; allowed: {', '.join(allowed)}", key)
    for code in sorted(set(rule.order_types) - types):
        yield wrong(f"`{code}` is no order type of order_types.toml", "order_types")
    if rule.records == SOURCES:
        if not rule.gate or rule.expect:
            yield wrong("a rule on sources has a `gate` and no `expect`", "records")
        return
    if rule.records not in records.tables:
        yield wrong(f"there is no table `{rule.records}` in records.toml", "records")
        return
    if rule.gate:
        yield wrong("a `gate` is for rules on `sources`; others have `expect`", "gate")
    if not isinstance(rule.expect.get("type"), str):
        yield wrong("`expect` must have a `type`", "expect")
    for key, value in (("pending", rule.pending), ("undated", rule.undated)):
        if rule.due is None and value != "not_covered":
            yield wrong(f"`{key}` says what a record is that is not yet due: it needs `due`", key)
    sections = {
        "when": rule.when,
        "exempt": [name for group in rule.exempt for name in group],
        "expect": rule.expected_columns,
        "due": [rule.due] if rule.due else [],
        "pending": [rule.settled_by] if rule.settled_by else [],
        "unit": [rule.unit] if rule.unit else [],
        "severity_by": [rule.severity_by] if rule.severity_by else [],
        "shows": rule.shows,
    }
    for key, names in sections.items():
        for name in names:
            if not book.has(rule.records, name):
                near = book.like(rule.records, name)
                yield wrong(f"`{name}` is no field or fact of `{rule.records}`{near}", key)
    for name in rule.shows:
        if is_personal(rule.records, name, records, book):
            yield wrong(f"`{name}` is personal and must not be shown", "shows")
    for column in (column for need in rule.needs for column in need):
        if records.field(*column) is None:
            yield wrong(f"`{'.'.join(column)}` is no field of records.toml", "needs")
    if not rule.needs and any((rule.records, name) in book.facts for name in rule.tested):
        yield wrong("a rule that reads facts must say which fields it `needs`", "needs")


def is_personal(table: str, name: str, records: Records, book: FactBook) -> bool:
    """Whether a column may identify a person.

    A fact is personal when it hands on a personal field: conditions, instants and counts do not.
    """
    field_ = records.field(table, name)
    if field_ is not None:
        return field_.personal
    fact = book.facts.get((table, name))
    if fact is None:
        return False
    if fact.personal is not None:
        return fact.personal
    if fact.cluster:
        return is_personal(table, fact.cluster.key, records, book)
    if fact.join:
        handed = {n for part in fact.join.take.parts for n in part.names}
        if fact.join.take.how in ("count", "any", "distinct", "any_true", "all_true"):
            return False
        return any(is_personal(fact.join.table, n, records, book) for n in handed)
    assert fact.formula is not None  # noqa: S101 - a fact has one of the three
    return any(is_personal(table, n, records, book) for n in fact.formula.hands_on)
