"""Tell the person who waits what is being done, on standard error."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console


@dataclass
class Step:
    """One step of a night, while it runs.

    Attributes:
        said: What came of it, added to its line when it ends.
    """

    said: str = ""


@dataclass
class Progress:
    """Prints a line for each step as it ends, and a spinner while it runs on a terminal.

    Attributes:
        quiet: Print nothing.
        console: Where it prints.
    """

    quiet: bool = False
    console: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))

    @contextmanager
    def step(self, stage: str, what: str = "") -> Iterator[Step]:
        """Run a step under a name; what it says is printed with the seconds it took."""
        step = Step()
        if self.quiet:
            yield step
            return
        began = time.perf_counter()
        label = f"  {stage:<9} {what}".rstrip()
        with self.console.status(label):
            yield step
        took = time.perf_counter() - began
        self.console.print(f"{label}  {step.said}".rstrip() + f"  ({took:.1f} s)", markup=False)

    def say(self, text: str) -> None:
        """Print one line."""
        if not self.quiet:
            self.console.print(text, markup=False)
