"""Formulas: what a fact says of a record, in a small language that reads like a sentence.

A formula names fields, other facts, thresholds and the functions of `functions.py`::

    force_role == "applicant" and absent(authoriser_id)
    first(received_ts, end_of_day(made_date), created_ts)
    asof > known_ts + hours(pnc_h)

Logic has two values: a comparison that meets an empty field is false, so `not` and `!=` do what
a reader expects: `x != "a"` is false where `x` is empty, `not x == "a"` is true. A condition that
is empty is false. `this.field` reads the record that a joined row belongs to.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property, reduce
from typing import Any

import polars as pl

from expectations.language.functions import FUNCTIONS, TELL_ONLY, Call
from expectations.night import Night

#: Names that every formula knows beside fields, facts, thresholds and sets.
CONSTANTS = frozenset(["asof", "today", "pulled_at", "true", "false", "empty"])

_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_MIRROR: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
#: Signs that other languages have and this one has not, and what stands for them here.
_FOREIGN = {
    r"&&": "say `and` for `&&`",
    r"\|\|": "say `or` for `||`",
    r"<>": "say `!=` for `<>`",
    r"(?i)\bthen\b": "a choice is written `x if condition else y`",
    r"(?<![=!<>])=(?!=)": "things are compared with `==`, not with `=`",
    r"!(?!=)": "say `not` for `!`",
}
_DURATIONS = frozenset(["minutes", "hours", "days"])


class FormulaError(ValueError):
    """A formula that cannot be read, or names something that does not exist."""


@dataclass(frozen=True)
class Scope:
    """What the names of a formula mean.

    Attributes:
        columns: The columns of the frame that the formula runs on.
        night: The night, for `asof`, `today`, thresholds and clocks.
        sets: Named lists of codes.
        supplied: The fields that some source supplies tonight.
        lacking: The sources that deliver the table without one of those fields, by field.
    """

    columns: Collection[str]
    night: Night
    sets: Mapping[str, tuple[str, ...]]
    supplied: Collection[str]
    lacking: Mapping[str, Collection[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Formula:
    """A formula as written.

    Attributes:
        text: The words.
    """

    text: str

    @cached_property
    def tree(self) -> ast.expr:
        """The parsed words.

        Raises:
            FormulaError: They do not make a formula.
        """
        try:
            return ast.parse(self.text.strip().replace("\n", " "), mode="eval").body
        except SyntaxError as error:
            raise FormulaError(f"`{self.text.strip()}` {self._unread(error)}") from None

    def _unread(self, error: SyntaxError) -> str:
        """Why the words do not make a formula, as far as that can be guessed."""
        for sign, instead in _FOREIGN.items():
            if re.search(sign, self.text):
                return f"cannot be read: {instead}"
        place = self.text.strip()[max((error.offset or 1) - 1, 0) :].split()
        return f"cannot be read from `{place[0]}` on" if place else "breaks off before its end"

    @cached_property
    def names(self) -> frozenset[str]:
        """Names that the formula reads, fields of `this` and functions apart."""
        called = {id(n.func) for n in ast.walk(self.tree) if isinstance(n, ast.Call)}
        of_this = {id(n.value) for n in ast.walk(self.tree) if isinstance(n, ast.Attribute)}
        return frozenset(
            node.id
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Name) and id(node) not in called | of_this
        )

    @cached_property
    def hands_on(self) -> frozenset[str]:
        """Names whose values may come out of the formula: those that it only tests are left out."""
        return frozenset(_handed_on(self.tree))

    @cached_property
    def this_names(self) -> frozenset[str]:
        """Fields that the formula reads of the record that a joined row belongs to."""
        return frozenset(
            node.attr
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "this"
        )

    def expression(self, scope: Scope) -> pl.Expr:
        """The formula over the columns of a frame.

        Raises:
            FormulaError: It names something that does not exist, or calls a function wrongly.
        """
        value = _Compiler(scope).value(self.tree)
        return value if isinstance(value, pl.Expr) else pl.lit(value)

    def condition(self, scope: Scope) -> pl.Expr:
        """The formula as true or false, never empty."""
        return _Compiler(scope).truth(self.tree)


@dataclass(frozen=True)
class _Compiler:
    scope: Scope

    def truth(self, node: ast.expr) -> pl.Expr:
        value = self.value(node)
        return (value if isinstance(value, pl.Expr) else pl.lit(value)).fill_null(False)

    def value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self.name(name)
            case ast.Attribute(value=ast.Name(id="this"), attr=name):
                return pl.col(f"this.{name}")
            case ast.List(elts=items) | ast.Tuple(elts=items):
                return [self.value(item) for item in items]
            case ast.BoolOp(op=op, values=parts):
                join = operator.and_ if isinstance(op, ast.And) else operator.or_
                return reduce(join, (self.truth(part) for part in parts))
            case ast.UnaryOp(op=ast.Not(), operand=part):
                return ~self.truth(part)
            case ast.UnaryOp(op=ast.USub(), operand=part):
                return -self.value(part)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                return _ARITHMETIC[type(op)](_expr(self.value(left)), _expr(self.value(right)))
            case ast.Compare(left=left, ops=ops, comparators=rights):
                lefts = [left, *rights[:-1]]
                pairs = zip(lefts, ops, rights, strict=True)
                return reduce(operator.and_, (self.compare(*pair) for pair in pairs))
            case ast.IfExp(test=test, body=yes, orelse=no):
                return (
                    pl.when(self.truth(test))
                    .then(_expr(self.value(yes)))
                    .otherwise(_expr(self.value(no)))
                )
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                return self.call(name, args)
        raise FormulaError(f"`{ast.unparse(node)}` is not something that a formula can say")

    def name(self, name: str) -> Any:
        scope = self.scope
        if name in scope.columns:
            return pl.col(name)
        if name in scope.sets:
            return list(scope.sets[name])
        if name in scope.night.thresholds:
            return scope.night.thresholds[name].value
        match name:
            case "asof":
                return pl.lit(scope.night.asof, pl.Datetime("us", "UTC"))
            case "pulled_at":
                return pl.lit(scope.night.pulled_at, pl.Datetime("us", "UTC"))
            case "today":
                return pl.lit(scope.night.business_date, pl.Date)
            case "true" | "false":
                return name == "true"
            case "empty":
                return None
        raise FormulaError(f"`{name}` is no field, fact, threshold or set")

    def compare(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> pl.Expr:
        a, b = self.value(left), self.value(right)
        if isinstance(op, ast.In | ast.NotIn):
            if isinstance(b, pl.Expr):
                found = b.list.contains(_expr(a))
            elif isinstance(b, list | tuple):
                found = _expr(a).is_in(list(b))
            else:
                said = ast.unparse(right)
                raise FormulaError(
                    f"`{said}` is not a list; after `in` say `[{said}]`, or use `==`"
                )
            return (~found if isinstance(op, ast.NotIn) else found).fill_null(False)
        if type(op) not in _COMPARE:
            raise FormulaError(f"`{ast.unparse(left)} ... {ast.unparse(right)}`: say `==` or `!=`")
        a, b, way = _expr(a), _expr(b), type(op)
        if not a.meta.root_names():
            # Polars gives one row for a constant compared with a column of one value, unless the
            # column stands on the left.
            a, b, way = b, a, _MIRROR.get(way, way)
        return _COMPARE[way](a, b).fill_null(False)  # type: ignore[no-any-return]

    def call(self, name: str, args: list[ast.expr]) -> pl.Expr:
        if name not in FUNCTIONS:
            near = get_close_matches(name, FUNCTIONS, n=3, cutoff=0.6)
            meant = f"; did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else ""
            raise FormulaError(f"there is no function `{name}`{meant}; docs/functions.md has all")
        function = FUNCTIONS[name]
        if not function.least <= len(args) <= function.most:
            raise FormulaError(f"`{name}` takes {function.arguments}, not {len(args)}")
        if name in _DURATIONS:
            self.check_unit(name, args[0])
        words = tuple(ast.unparse(arg) for arg in args)
        values = (
            [self.truth(arg) for arg in args]
            if function.conditions
            else [self.value(arg) for arg in args]
        )
        scope = self.scope
        call = Call(scope.night, words, tuple(values), scope.supplied, scope.lacking)
        try:
            return function.build(call)
        except FormulaError:
            raise
        except Exception as error:  # whatever a builder makes of arguments that it cannot use
            said = f"`{name}({', '.join(words)})` cannot be worked out: {function.means}"
            raise FormulaError(said) from error

    def check_unit(self, name: str, node: ast.expr) -> None:
        """`hours(x)` of a threshold counted in days is a mistake that nothing else would find."""
        if not isinstance(node, ast.Name) or node.id in self.scope.columns:
            return
        threshold = self.scope.night.thresholds.get(node.id)
        if threshold and threshold.unit in _DURATIONS and threshold.unit != name:
            raise FormulaError(f"`{name}({node.id})`: `{node.id}` is counted in {threshold.unit}")


def _handed_on(node: ast.expr) -> set[str]:
    match node:
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return set()
        case ast.IfExp(body=yes, orelse=no):
            return _handed_on(yes) | _handed_on(no)
        case ast.Call(func=ast.Name(id=name), args=args):
            return set() if name in TELL_ONLY else set().union(*map(_handed_on, args))
        case ast.Name(id=name):
            return {name}
    return set().union(
        *(_handed_on(part) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr))
    )


def _expr(value: Any) -> pl.Expr:
    return value if isinstance(value, pl.Expr) else pl.lit(value)
