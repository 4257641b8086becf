"""Slips of the pen that nothing else would notice: a word that no field holds, values of two kinds.

A rule that asks for `status: in_forse` covers no record, and a formula that compares a time with a
number is never true: both would be silent for good. Here they are found before the night.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from config.errors import Fault
from config.reference import Reference
from expectations.catalogue.catalogue import Rule
from expectations.catalogue.suites import argument
from expectations.facts import Column, Fact, FactBook
from expectations.language import Formula, FormulaError, Scope, read_tests
from expectations.night import Night

#: The type of every column of a table.
Types = Mapping[str, pl.DataType]

_KINDS = {
    "text": "text",
    "number": "a number",
    "flag": "true or false",
    "date": "a date",
    "instant": "a time",
    "length": "a length of time",
}
#: Functions that ask whether their arguments are filled.
_ASKING = frozenset(["present", "absent", "any_present", "any_absent"])


@dataclass(frozen=True)
class Slips:
    """Looks for slips.

    Attributes:
        tables: The tables with their facts, with no rows.
        book: The facts.
        night: The night, for settings.
        codes: The words that a field may hold, where they are listed.
    """

    tables: Mapping[str, pl.DataFrame]
    book: FactBook
    night: Night
    codes: Mapping[Column, Collection[str]]

    @cached_property
    def types(self) -> Mapping[str, Types]:
        """The type of every column, by table."""
        return {name: dict(table.schema) for name, table in self.tables.items()}

    def of_rule(self, rule: Rule) -> Iterator[Fault]:
        """The slips of a rule."""
        types = self.types.get(rule.records)
        if types is None:
            return
        yield from self._unreadable(rule)
        for key, name, values in self._said(rule):
            for value in values:
                if name in types and (found := self._amiss((rule.records, name), value)):
                    yield rule.entry.fault(f"{rule.id}: {found}", key)
        due = types.get(rule.due or "")
        if due is not None and _kind(due) not in ("date", "instant"):
            held = _KINDS.get(_kind(due), "a list")
            yield rule.entry.fault(
                f"{rule.id}: `due` names `{rule.due}`, which holds {held}; it must name a date or "
                "a time",
                "due",
            )

    def _unreadable(self, rule: Rule) -> Iterator[Fault]:
        """Tests that are none."""
        for key, groups in (("when", [rule.when]), ("exempt", rule.exempt)):
            for group in groups:
                try:
                    read_tests(group, self.night)
                except ValueError as error:
                    yield rule.entry.fault(f"{rule.id}: {error}", key)

    def _said(self, rule: Rule) -> Iterator[tuple[str, str, Iterable[Any]]]:
        """The key, the field and the values of every test of a rule."""
        for key, groups in (("when", [rule.when]), ("exempt", rule.exempt)):
            for group in groups:
                try:
                    tests = read_tests(group, self.night)
                except ValueError:  # told elsewhere
                    continue
                for test in tests:
                    if test.op not in ("present", "absent"):
                        yield key, test.field, test.listed if test.op == "in" else [test.value]
        column = rule.expect.get("column")
        if not isinstance(column, str):
            return
        names = ["value_set"]
        if rule.expect.get("type") == "expect_column_values_to_be_between":
            names += ["min_value", "max_value"]
        for name in names:
            try:
                value = argument(rule.expect.get(name), self.night)
            except ValueError:  # told elsewhere
                continue
            yield "expect", column, value if isinstance(value, list | tuple) else [value]

    def _amiss(self, column: Column, value: Any) -> str | None:
        """What is wrong with a value that a field is compared with."""
        held, given = _kind(self.types[column[0]][column[1]]), _kind_of(value)
        if held not in _KINDS or given not in _KINDS:
            return None
        if held != given:
            return f"`{column[1]}` holds {_KINDS[held]}, and {_shown(value)} is {_KINDS[given]}"
        return self._unknown(column, value)

    def _unknown(self, column: Column, value: Any) -> str | None:
        known = self.codes.get(column)
        if known is None or not isinstance(value, str) or value in known:
            return None
        near = get_close_matches(value, known, n=2, cutoff=0.6)
        words = " or ".join(f"`{word}`" for word in near) if near else None
        said = f"did you mean {words}?" if words else f"it may hold: {', '.join(sorted(known))}"
        return f"`{column[1]}` never holds `{value}`; {said}"

    def of_fact(self, fact: Fact) -> Iterator[Fault]:
        """The slips of a fact."""
        for table, formula in fact.formulas:
            this = {
                f"this.{name}": self.types[fact.table][name]
                for name in sorted(formula.this_names)
                if name in self.types[fact.table]
            }
            types = {**self.types[table], **this}
            scope = Scope(types, self.night, self.book.sets, (), {})
            for node in ast.walk(formula.tree):
                found: Iterable[str] = ()
                if isinstance(node, ast.Compare):
                    found = self._compared(node, fact.table, table, types, scope)
                elif isinstance(node, ast.Call):
                    found = _quoted(node)
                for said in found:
                    yield fact.entry.fault(f"`{fact.name}`: {said}")

    def _compared(
        self,
        node: ast.Compare,
        this: str,
        table: str,
        types: Types,
        scope: Scope,
    ) -> Iterator[str]:
        sides = [node.left, *node.comparators]
        for left, op, right in zip(sides, node.ops, sides[1:], strict=False):
            kinds = [_side(side, types, scope) for side in (left, right)]
            if isinstance(op, ast.In | ast.NotIn) or not set(kinds) <= _KINDS.keys():
                pass
            elif kinds[0] != kinds[1]:
                yield (
                    f"`{ast.unparse(left)}` is {_KINDS[kinds[0]]}, and `{ast.unparse(right)}` is "
                    f"{_KINDS[kinds[1]]}: they cannot be compared"
                )
                continue
            for field, others in ((left, right), (right, left)):
                column = _column(field, this, table)
                for word in _words(others) if column else ():
                    if column and (said := self._unknown(column, word)):
                        yield said


def code_words(reference: Reference) -> dict[Column, frozenset[str]]:
    """The words that fields may hold, where the dictionary or a vocabulary lists all of them."""
    found: dict[Column, frozenset[str]] = {}
    for table in reference.records.tables.values():
        for field in table.fields.values():
            if field.values:
                found[table.name, field.name] = frozenset(field.values)
            elif field.vocabulary:
                words = reference.vocabularies[field.vocabulary]
                if words.accept is None:
                    more = [words.unmapped] if words.unmapped else []
                    found[table.name, field.name] = frozenset([*words.values, *more])
    return found


#: What Polars calls things, and what a person calls them.
_PLAIN = (
    (
        r"datatypes of join keys don't match - `.*?`: (\S+(?:, \w+\])?) on left does not match "
        r"`.*?`: (\S+(?:, \w+\])?) on right.*",
        r"`match` sets \2 equal to \1",
    ),
    (r"cannot compare string with numeric type \(\w+\)", "text is compared with a number"),
    (r"; valid columns: .*", ""),
    (r"unable to find column", "there is no field"),
    (r"regex error: .*", "the pattern cannot be read: a bracket or a sign is amiss"),
    (
        r"got invalid or ambiguous dtypes: '\[(.*?)\]' in expression '\w+'",
        r"\1 do not fit together",
    ),
    (r"expected Datetime, got (\w+)", r"a time is needed, not a \1"),
    (r"expected integer or float dtype, \(got (\w+)\).*", r"a number is needed, not `\1`"),
    (r"expected List data type for list operation, got: (\w+)", r"a list is needed, not `\1`"),
    (r"`bitand` operation", "`and`"),
    (r"`bitor` operation", "`or`"),
    (r"`neg` operation", "`-`"),
    (r"\boperation not supported for dtype `(\S+)`", r"is not for `\1`"),
    (r"\bnot supported for dtype `(\S+)`", r"is not for `\1`"),
    (r"\bdyn (int|float)\b|\bi(32|64)\b|\bf64\b", "number"),
    (r"datetime\[μs(, UTC)?\]", "time"),
    (r"\bduration\[μs\]", "length of time"),
    (r"(?i)\bstr(ing)?\b", "text"),
    (r"\bbool\b", "true or false"),
)


def plain(reason: str) -> str:
    """Why a fact cannot be worked out, without the words of a data frame."""
    for pattern, words in _PLAIN:
        reason = re.sub(pattern, words, reason)
    return reason


def _quoted(node: ast.Call) -> Iterator[str]:
    """A text where the name of a field belongs."""
    if isinstance(node.func, ast.Name) and node.func.id in _ASKING:
        for arg in node.args:
            if isinstance(arg, ast.Constant) and isinstance(arg.value, str):
                yield (
                    f"`{ast.unparse(node)}`: name a field, without quotation marks: "
                    f"`{node.func.id}({arg.value})`"
                )


def _side(node: ast.expr, types: Types, scope: Scope) -> str:
    match node:
        case ast.Constant(value=value):
            return _kind_of(value)
        case ast.Name(id=name) if name in types:
            return _kind(types[name])
    try:
        said = Formula(ast.unparse(node)).expression(scope)
        read = pl.LazyFrame(schema={name: types[name] for name in said.meta.root_names()})
        return _kind(read.select(said.alias("side")).collect_schema()["side"])
    except (PolarsError, FormulaError, KeyError, TypeError):  # a list, or told elsewhere
        return ""


def _column(node: ast.expr, this: str, table: str) -> Column | None:
    match node:
        case ast.Name(id=name):
            return table, name
        case ast.Attribute(value=ast.Name(id="this"), attr=name):
            return this, name
    return None


def _words(node: ast.expr) -> Iterator[str]:
    items = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    yield from (
        item.value
        for item in items
        if isinstance(item, ast.Constant) and isinstance(item.value, str)
    )


def _kind(dtype: pl.DataType) -> str:
    if dtype == pl.String:
        return "text"
    if dtype.is_numeric():
        return "number"
    plain = {pl.Boolean: "flag", pl.Date: "date", pl.Datetime: "instant", pl.Duration: "length"}
    return plain.get(dtype.base_type(), "")


def _kind_of(value: Any) -> str:
    match value:
        case bool():
            return "flag"
        case int() | float():
            return "number"
        case str():
            return "text"
        case datetime():
            return "instant"
        case date():
            return "date"
    return ""


def _shown(value: Any) -> str:
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"
