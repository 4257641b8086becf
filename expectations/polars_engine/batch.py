"""A batch: a Polars frame, what has been asked of it, and the one pass that answers.

Metrics ask while GX hands them over, and nothing is read until the first answer is looked at. Then
everything that waits is computed in one `select`: masks (a Boolean a row) and figures (one value)
side by side. Row conditions are columns of that select's input, so each is computed once however
many expectations share it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Literal

import polars as pl

from .errors import BadArgument, ComputationFailed, CouldNotCompute, MissingColumn
from .hooks import BatchData

Kind = Literal["mask", "figure", "values"]
_NOTHING = object()  # an answer that is null, apart from one not yet given
CONDITION = "\0condition "  # cannot be the name of a column that came from anywhere


class Asked:
    """An expression asked of a batch; its answer is computed with all others when first read."""

    __slots__ = ("_batch", "_value", "expr", "kind")

    def __init__(self, batch: PolarsBatchData, expr: pl.Expr, kind: Kind) -> None:
        self._batch = batch
        self._value: Any = None
        self.expr = expr
        self.kind = kind

    @property
    def value(self) -> Any:
        """The answer: a Boolean for every row, one figure, or a Series of values."""
        if self._value is None:
            self._batch.compute()
        if isinstance(self._value, CouldNotCompute):
            raise self._value.again() from None
        return None if self._value is _NOTHING else self._value

    def settle(self, value: Any) -> None:
        """Record the answer, or the reason why there is none."""
        self._value = _NOTHING if value is None else value

    def forget(self) -> None:
        """Have it computed anew."""
        self._value = None


class PolarsBatchData(BatchData):
    """The frame of a batch, and the answers computed on it so far.

    Args:
        execution_engine: The engine that loads the batch.
        source: The frame. A LazyFrame is collected when first read, with only the columns that are
            asked for (and `keep`).
        keep: Columns of a LazyFrame to collect although no expectation reads them, such as keys.
        shows_values: Whether results hold values of failing rows without being asked for them.
    """

    def __init__(
        self,
        execution_engine: Any,
        source: pl.DataFrame | pl.LazyFrame,
        keep: Iterable[str] = (),
        shows_values: bool = False,
    ) -> None:
        super().__init__(execution_engine)
        self.source = source
        self.schema = source.collect_schema()
        self.shows_values = shows_values
        #: Rows that break a rule, or why they could not be found, by metric and arguments.
        self.failing: dict[Hashable, Any] = {}
        #: Row conditions, each a column of the input that all who use it share.
        self.conditions: dict[str, pl.Expr] = {}
        self.collections = 0  # how often a LazyFrame was collected; a test holds it at one
        self.passes = 0
        self._frame = source if isinstance(source, pl.DataFrame) else None
        self._needed: set[str] = set(keep) & set(self.schema)
        self._asked: dict[Hashable, Asked] = {}
        self._waiting: list[Asked] = []
        self._nan_seen: dict[str, bool] = {}

    def mask(self, key: Hashable, expr: pl.Expr) -> Asked:
        """Ask for a Boolean for every row; the same key always gives the same answer."""
        return self._ask(key, expr.fill_null(value=False), "mask")

    def figure(self, key: Hashable, expr: pl.Expr) -> Asked:
        """Ask for one value; the same key always gives the same answer."""
        return self._ask(key, expr, "figure")

    def values(self, key: Hashable, expr: pl.Expr) -> Asked:
        """Ask for values that are not one a row; the same key always gives the same answer."""
        return self._ask(key, expr.implode(), "values")

    def _ask(self, key: Hashable, expr: pl.Expr, kind: Kind) -> Asked:
        found = self._asked.get(key)
        if found is None:
            found = self._asked[key] = Asked(self, expr, kind)
            self._waiting.append(found)
        return found

    def condition(self, name: str, build: Callable[[], pl.Expr]) -> pl.Expr:
        """A row condition as a column that is computed once for all who use it."""
        if CONDITION + name not in self.conditions:
            self.conditions[CONDITION + name] = build()
        return pl.col(CONDITION + name)

    def spelled_out(self, expr: pl.Expr) -> str:
        """An expression as text, with the row conditions that it uses."""
        text = str(expr)
        for name, condition in self.conditions.items():
            text = text.replace(str(pl.col(name)), str(condition))
        return text

    def need(self, columns: Iterable[str]) -> None:
        """Have these columns collected with the rest.

        Raises:
            MissingColumn: The frame does not have one of them.
            BadArgument: Polars would read the name as a pattern, of other columns too.
        """
        for column in columns:
            require_name(column, self.schema)
            self._needed.add(column)

    def frame(self, columns: Iterable[str] = ()) -> pl.DataFrame:
        """The rows, with at least these columns (all of them when the source is a DataFrame)."""
        wanted = set(columns)
        self.need(wanted)
        if isinstance(self.source, pl.DataFrame):
            return self.source
        if self._frame is None or not wanted <= set(self._frame.columns):
            self._frame = self._collect(self.source)
        return self._frame

    def _collect(self, source: pl.LazyFrame) -> pl.DataFrame:
        """Collect the LazyFrame; what was answered on an earlier collection is asked anew.

        A lazy source need not give its rows twice in the same order, so a mask is only ever laid
        over the frame that it was computed on.
        """
        self._waiting = list(self._asked.values())
        for asked in self._waiting:
            asked.forget()
            self._needed |= self._columns(asked.expr)
        names = [name for name in self.schema if name in self._needed]
        self._nan_seen.clear()
        self.collections += 1
        try:
            # where nothing but the number of rows is asked for, any column will do
            return source.select(names or pl.first()).collect()
        except Exception as error:
            raise ComputationFailed(error) from None

    def _columns(self, expr: pl.Expr) -> set[str]:
        """The columns of the frame that an expression reads, by way of conditions too."""
        found: set[str] = set()
        for name in expr.meta.root_names():
            if name in self.conditions:
                found |= self._columns(self.conditions[name])
            else:
                found.add(name)
        return found & set(self.schema)

    def compute(self) -> None:
        """Answer everything that waits, in one pass."""
        needed = set().union(*(self._columns(asked.expr) for asked in self._waiting))
        try:
            frame = self.frame(needed)
        except CouldNotCompute as error:
            waiting, self._waiting = self._waiting, []
            for asked in waiting:
                asked.settle(error)
            return
        waiting, self._waiting = self._waiting, []
        self.passes += 1
        try:
            answers = self._select(frame, waiting)
        except Exception:
            self._compute_apart(frame, waiting)
        else:
            for asked, answer in zip(waiting, answers, strict=True):
                asked.settle(answer)

    def _select(self, frame: pl.DataFrame, wanted: list[Asked]) -> list[Any]:
        used: dict[str, pl.Expr] = {}
        for asked in wanted:
            for name in asked.expr.meta.root_names():
                if name in self.conditions:
                    used[name] = self.conditions[name]
        lazy = frame.lazy()
        if unclean := self._with_nan(frame, wanted):
            lazy = lazy.with_columns(pl.col(unclean).fill_nan(None))
        if used:
            lazy = lazy.with_columns(expr.alias(name) for name, expr in used.items())
        # Masks and figures in one select: a figure becomes as long as the masks, and is read once.
        # Values would be repeated for every row there, and so are a row of their own.
        short = {i for i, asked in enumerate(wanted) if asked.kind == "values"}
        named = [asked.expr.alias(str(i)) for i, asked in enumerate(wanted)]
        parts = [
            [expr for i, expr in enumerate(named) if (i in short) == is_short]
            for is_short in (False, True)
        ]
        tables = pl.collect_all([lazy.select(part) for part in parts if part], engine="streaming")
        found = {name: table for table in tables for name in table.columns}
        heads = {name: table.head(1) for table in tables for name in table.columns[:1]}
        return [
            _mask(found[str(i)].get_column(str(i)), frame.height)
            if asked.kind == "mask"
            else heads[found[str(i)].columns[0]].get_column(str(i)).item()
            for i, asked in enumerate(wanted)
        ]

    def _with_nan(self, frame: pl.DataFrame, wanted: list[Asked]) -> list[str]:
        """The columns read that hold a NaN, which counts as an empty field everywhere."""
        read = set().union(*(self._columns(asked.expr) for asked in wanted))
        floats = [c for c in read if self.schema[c].is_float()]
        if new := [c for c in floats if c not in self._nan_seen]:
            self._nan_seen |= frame.select(pl.col(new).is_nan().any()).row(0, named=True)
        return [c for c in floats if self._nan_seen[c]]

    def _compute_apart(self, frame: pl.DataFrame, waiting: list[Asked]) -> None:
        """Find what stopped the pass, and answer the rest without it."""
        well: list[Asked] = []
        empty = frame.clear()
        for asked in waiting:
            try:
                self._select(empty, [asked])
            except Exception as error:  # of the plan, so it names types and columns, not values
                asked.settle(CouldNotCompute(_first_line(error)))
            else:
                well.append(asked)
        try:
            for asked, answer in zip(well, self._select(frame, well), strict=True):
                asked.settle(answer)
        except Exception:
            for asked in well:
                try:
                    asked.settle(self._select(frame, [asked])[0])
                except Exception as error:
                    asked.settle(ComputationFailed(error))


def require_name(column: str, schema: pl.Schema) -> None:
    """Refuse a column that the frame does not have, or whose name stands for others.

    Raises:
        MissingColumn: The frame does not have it.
        BadArgument: Polars would read its name as a pattern, of other columns too.
    """
    if column not in schema:
        raise MissingColumn(column, schema)
    if column == "*" or (column.startswith("^") and column.endswith("$")):
        raise BadArgument(f'Polars reads the name of column "{column}" as a pattern: rename it')


def _mask(found: pl.Series, height: int) -> pl.Series:
    """A mask as long as the frame, also where the expression was a constant."""
    return found if found.len() == height else found.new_from_index(0, height)


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
