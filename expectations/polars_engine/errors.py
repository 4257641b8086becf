"""What can stop an expectation from being evaluated.

    CouldNotCompute         one metric of one expectation; the others of the suite go on
      MissingColumn         a column that the frame does not have
      WrongType             a column or a value of a kind that the metric cannot compare
      BadArgument           a regex, pattern, format or condition that cannot be read
      NoPolarsForm          a metric that nobody has said in Polars
      ComputationFailed     Polars itself gave up on the data

Messages name columns, types and the arguments of the rule. They never hold a value of the data,
because GX writes them into validation results and Data Docs.
"""

from __future__ import annotations

from collections.abc import Iterable


class CouldNotCompute(Exception):
    """A metric that cannot be computed on this batch."""

    def again(self) -> CouldNotCompute:
        """The same error to raise once more; one that was raised holds on to its traceback."""
        return type(self).__new__(type(self), *self.args)


class MissingColumn(CouldNotCompute, KeyError):
    """A column that the frame does not have."""

    def __init__(self, column: str, present: Iterable[str]) -> None:
        self.column = column
        shown = ", ".join(sorted(present)[:20])
        super().__init__(f'column "{column}" is not in the frame; it has: {shown}')

    def __str__(self) -> str:
        return str(self.args[0])


class WrongType(CouldNotCompute, TypeError):
    """A column or a value of a kind that the metric cannot compare."""


class BadArgument(CouldNotCompute, ValueError):
    """A regex, pattern, format or condition that cannot be read."""


class NoPolarsForm(CouldNotCompute, NotImplementedError):
    """A metric that nobody has said in Polars."""

    def __init__(self, metric: str) -> None:
        self.metric = metric
        super().__init__(
            f'metric "{metric}" has no Polars form; give it one with '
            f'polars_form("{metric}", lambda d, ...: <expression>)'
        )


class ComputationFailed(CouldNotCompute, RuntimeError):
    """Polars itself gave up on the data; its own message may quote values and is left out."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"Polars stopped with {type(error).__name__} while reading the data")
