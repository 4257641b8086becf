"""Read sources in a process of their own, within limits, so that one source costs only itself.

A file may be made to need more memory than there is, a query may never end, a library may crash:
then the process is stopped or gone, that source is not read, and the next one finds a new process.
The process is started once a night and is given no address but that of the source it reads: the
settings of the environment (`ORDERWATCH_...`) are not handed on.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from types import TracebackType
from typing import IO, Any, Self

from config.errors import SourceError
from config.sentences import say
from config.settings import Limits, Source
from jobs.pull.child import LENGTH, Order, receive, too_much_memory
from jobs.pull.delivery import Delivery
from jobs.pull.parcel import unpack, unpack_said

_PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from jobs.pull.child import serve; serve()"
#: Seconds in which a process must have started, on however busy a machine.
_START_S = 120
#: Seconds that it is given to end by itself.
_END_S = 2


class Reader:
    """A process that reads sources, one after the other.

    ::

        with Reader(settings.limits) as reader:
            delivery = reader.pull(source)

    It is started when the block is entered and gets ready while other things are done.
    """

    def __init__(self, limits: Limits | None = None, *, reads: str = "jobs.pull.pull:pull") -> None:
        """Prepare a reader.

        Args:
            limits: What the reading of each source may cost.
            reads: The function that reads, as `module:name`; takes the source and the limits.
        """
        self._limits = limits or Limits()
        self._reads = reads
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def pull(self, source: Source) -> Delivery:
        """Read a source as delivered.

        Raises:
            SourceError: It cannot be read, it costs more than it may, or the reading broke off.
        """
        try:
            head, parts = self._ask(source)
        except BaseException:
            self._stop()  # whatever it is at, nobody waits for its answer any more
            raise
        if head.get("spent"):
            self._stop()
        try:
            if "refused" not in head:
                return unpack(head["delivery"], parts)
            said = unpack_said(head["refused"])
        except (KeyError, TypeError, ValueError, LookupError) as error:
            self._stop()
            raise SourceError(say("pull.failed", error=error)) from None
        raise SourceError(said)

    def close(self) -> None:
        """End the process; a reader that is closed can be used again."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(OSError):
            _pipe(process.stdin).close()  # which is what tells it to end
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _pipe(process.stdout).close()

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            kept = {k: v for k, v in os.environ.items() if not k.upper().startswith("ORDERWATCH_")}
            paths = [path or os.getcwd() for path in sys.path]
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter and our own words
                [sys.executable, "-P", "-c", _PROGRAM, *paths],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=kept,
            )
            self._ready = False
        return self._process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self.close()

    def _ask(self, source: Source) -> tuple[Any, list[bytes]]:
        """The process's answer.

        Raises:
            SourceError: There came none, or not in time.
        """
        process = self._start()
        answers = _pipe(process.stdout)
        try:
            if not self._ready:
                with _Stopwatch(process, _START_S):
                    receive(answers)
                self._ready = True
            order = pickle.dumps(Order(self._reads, source, self._limits))
            with _Stopwatch(process, self._limits.seconds) as watch:
                pipe = _pipe(process.stdin)
                pipe.write(LENGTH.pack(len(order)) + order)
                pipe.flush()
                return receive(answers)
        except MemoryError:
            raise SourceError(too_much_memory(self._limits)) from None
        except (OSError, EOFError, ValueError):
            if self._ready and watch.rang:
                said = say("pull.took_too_long", seconds=self._limits.seconds)
                raise SourceError(said) from None
            raise SourceError(say("pull.reader_died")) from None


class _Stopwatch:
    """Kills a process that takes too long, whatever it and whoever waits for it are doing.

    Attributes:
        rang: Whether it had to.
    """

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.rang = False
        self._process = process
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def _ring(self) -> None:
        self.rang = True
        self._process.kill()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None  # noqa: S101 - it was asked for
    return stream
