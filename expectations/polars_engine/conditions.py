"""Row conditions of GX as Polars expressions.

An empty field matches only a test for being empty: it does not meet `!=` or not-in, as in SQL.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import polars as pl

from .batch import require_name
from .errors import BadArgument, WrongType
from .hooks import (
    AndCondition,
    ComparisonCondition,
    Condition,
    NullityCondition,
    Operator,
    OrCondition,
    PassThroughCondition,
    deserialize_row_condition,
)
from .literals import bound, is_text, literal, members, ordered, plain

_SIGNS: dict[str, Callable[[Any, Any], pl.Expr]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def to_expression(condition: Any, schema: pl.Schema) -> pl.Expr:
    """The rows that meet a condition.

    Args:
        condition: A `Condition`, its JSON dictionary, or a Polars SQL string.
        schema: Columns and types of the frame.

    Returns:
        A Boolean expression, null where an empty field leaves the condition open.

    Raises:
        MissingColumn: It reads a column that the frame does not have.
        WrongType: It compares a column with a constant of another kind.
        BadArgument: It is a string that is not SQL, or of a kind that is not known.
    """
    if not isinstance(condition, (str, Condition)):
        condition = deserialize_row_condition(condition)
    match condition:
        case str():
            return _sql(condition, schema)
        case PassThroughCondition():
            return _sql(condition.pass_through_filter, schema)
        case AndCondition() | OrCondition():
            join = operator.and_ if isinstance(condition, AndCondition) else operator.or_
            return reduce(join, (to_expression(c, schema) for c in condition.conditions))
        case NullityCondition():
            column, _ = _column(condition.column.name, schema)
            return column.is_null() if condition.is_null else column.is_not_null()
        case ComparisonCondition():
            return _comparison(condition, schema)
    raise BadArgument(f"a row condition of a kind that is not known: {type(condition).__name__}")


def _comparison(condition: ComparisonCondition, schema: pl.Schema) -> pl.Expr:
    name, sign = condition.column.name, Operator(condition.operator)
    column, dtype = _column(name, schema)
    if sign in (Operator.IN, Operator.NOT_IN):
        text = column.cast(pl.String) if is_text(dtype) and dtype != pl.String else column
        found = text.is_in(members(condition.parameter, dtype, name).implode())
        return found if sign == Operator.IN else ~found
    same = sign in (Operator.EQUAL, Operator.NOT_EQUAL)
    constant = (literal if same else bound)(condition.parameter, dtype, name)
    return _SIGNS[sign.value]((plain if same else ordered)(column, dtype), constant)


def _column(name: str, schema: pl.Schema) -> tuple[pl.Expr, pl.DataType]:
    require_name(name, schema)
    return pl.col(name), schema[name]


def _sql(text: str, schema: pl.Schema) -> pl.Expr:
    try:
        expr = pl.sql_expr(text)
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise BadArgument(f"row condition {text!r} does not read as Polars SQL: {reason}") from None
    for name in expr.meta.root_names():
        _column(name, schema)
    try:
        found = pl.LazyFrame(schema=schema).select(expr.alias("condition")).collect_schema()
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise WrongType(f"row condition {text!r} cannot be computed: {reason}") from None
    if found["condition"] not in (pl.Boolean, pl.Null):
        raise BadArgument(f"row condition {text!r} is {found['condition']}, not true or false")
    return expr
