"""Everything that Orderwatch raises on purpose.

::

    OrderwatchError
    ├── ConfigFaults (ValueError)     a file that people may change says something wrong
    ├── SourceError (OSError)         a source could not be read: it is held, the night goes on
    ├── LedgerError (RuntimeError)    the ledger cannot be opened, migrated or written
    ├── NightError (RuntimeError)     a night cannot be run or finished
    └── AnotherRunHoldsTheLock (RuntimeError)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from polars.exceptions import PanicException

if TYPE_CHECKING:
    from config.sentences import Said

#: Whatever may go wrong with one source, gate, rule or sheet, so that it stays where it is. A panic
#: of Polars is no `Exception`; being stopped is none of these.
ANYTHING: tuple[type[BaseException], ...] = (Exception, PanicException)


class OrderwatchError(Exception):
    """The base of every error that Orderwatch raises on purpose."""


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong with a file that people may change.

    Attributes:
        file: The file, as the reader knows it.
        line: Line number from 1, or 0 where the fault has no line of its own.
        message: What was wrong, what was supplied, what is allowed.
    """

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.message}"


class ConfigFaults(OrderwatchError, ValueError):
    """Every fault found in the files that people may change, all at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        #: The faults, in the order of file and line.
        self.faults = tuple(sorted(faults))
        count = len(self.faults)
        lines = "\n".join(f"  {fault}" for fault in self.faults)
        super().__init__(
            f"{count} fault{'s' if count != 1 else ''} in the configuration:\n{lines}\n"
            "Put them right, then run: orderwatch check"
        )


class SourceError(OrderwatchError, OSError):
    """A source could not be read; nothing of it is opened or closed.

    Its words are a sentence of `config.sentences`, so that nothing of the source is in them.
    """

    def __init__(self, said: Said | str) -> None:
        #: The sentence.
        self.said = said
        super().__init__(str(said))


class LedgerError(OrderwatchError, RuntimeError):
    """The ledger could not be opened, brought up to date or written."""


class NightError(OrderwatchError, RuntimeError):
    """A night could not be run to its end; it can be run again."""


class AnotherRunHoldsTheLock(OrderwatchError, RuntimeError):
    """Another process is running a night over the same data directory."""
