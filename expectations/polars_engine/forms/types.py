"""The type of a column, by its name in Polars, numpy, pandas or Python."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from ..domain import Domain
from ..errors import BadArgument
from ..map_metrics import polars_form

_NUMPY = {
    **{name: (getattr(pl, name.capitalize()),) for name in ("int8", "int16", "int32", "int64")},
    **{f"uint{n}": (getattr(pl, f"UInt{n}"),) for n in (8, 16, 32, 64)},
    "float32": (pl.Float32,),
    "float64": (pl.Float64,),
}
_SIGNED = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.Int128)
_UNSIGNED = (pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64)
_TEXT = (pl.String, pl.Categorical, pl.Enum)

#: Names that GX's users know and the Polars types that they stand for; Polars' own come on top.
NAMES: dict[str, tuple[type[pl.DataType], ...]] = {
    **_NUMPY,
    "int": _SIGNED + _UNSIGNED,
    "integer": _SIGNED + _UNSIGNED,
    "int_": (pl.Int64,),
    "long": (pl.Int64,),
    "float": (pl.Float32, pl.Float64),
    "float_": (pl.Float64,),
    "double": (pl.Float64,),
    "number": (*_SIGNED, *_UNSIGNED, pl.Float32, pl.Float64, pl.Decimal),
    "bool": (pl.Boolean,),
    "bool_": (pl.Boolean,),
    "boolean": (pl.Boolean,),
    "str": _TEXT,
    "str_": _TEXT,
    "string": _TEXT,
    "bytes": (pl.Binary,),
    "date": (pl.Date,),
    "time": (pl.Time,),
    "datetime": (pl.Datetime,),
    "datetime64": (pl.Datetime,),
    "datetime64[ns]": (pl.Datetime,),
    "Timestamp": (pl.Datetime,),
    "timedelta": (pl.Duration,),
    "timedelta64": (pl.Duration,),
    "category": (pl.Categorical, pl.Enum),
    "decimal": (pl.Decimal,),
    "list": (pl.List, pl.Array),
    "dict": (pl.Struct,),
    "object": (pl.Object,),
    "object_": (pl.Object,),
    "O": (pl.Object,),
    "NoneType": (pl.Null,),
}
POLARS = {
    name: (found,)
    for name in dir(pl)
    if isinstance(found := getattr(pl, name), type) and issubclass(found, pl.DataType)
}


def stands_for(name: str) -> tuple[type[pl.DataType], ...]:
    """The Polars types that a type's name stands for.

    Raises:
        BadArgument: It is no name of a type.
    """
    found = POLARS.get(name) or NAMES.get(name) or NAMES.get(name.rpartition(".")[2])
    if found is None:
        raise BadArgument(f"{name!r} is not the name of a type in Polars, numpy, pandas or Python")
    return found


@polars_form("column_values.of_type")
def of_type(d: Domain, type_: str) -> pl.Expr:
    """A value in a column of the type."""
    return pl.lit(value=d.dtype.base_type() in stands_for(type_))


@polars_form("column_values.in_type_list")
def in_type_list(d: Domain, type_list: Iterable[str] | None = None) -> pl.Expr:
    """A value in a column of one of the types; without a list, of any."""
    if type_list is None:
        return pl.lit(value=True)
    return pl.lit(value=any(d.dtype.base_type() in stands_for(name) for name in type_list))
