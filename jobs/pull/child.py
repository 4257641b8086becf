"""The process that reads sources, from the inside.

It is told over its standard input what to read and answers over its standard output; it ends when
its input does, so that no night leaves it behind. Whatever the libraries print goes nowhere: it
could quote what stood in a file.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import json
import os
import pickle
import queue
import signal
import struct
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any

from config.errors import SourceError
from config.sentences import Said, say
from config.settings import Limits, Source
from jobs.pull.delivery import Delivery
from jobs.pull.parcel import pack, pack_said

#: Before each part of a message stands how many bytes it has.
LENGTH = struct.Struct("<Q")

#: How much later than the night this process stops itself, where the night no longer can.
_LATE_S = 30


@dataclass(frozen=True)
class Order:
    """What the reading process is told to do.

    Attributes:
        reads: The function that reads, as `module:name`.
        source: The source.
        limits: What it may cost.
    """

    reads: str
    source: Source
    limits: Limits


def send(stream: IO[bytes], head: object, parts: Sequence[bytes] = ()) -> None:
    """Write a message: a head that is JSON, and parts that are bytes."""
    words = json.dumps({"head": head, "parts": len(parts)}).encode()
    for part in (words, *parts):
        stream.write(LENGTH.pack(len(part)))
        stream.write(part)
    stream.flush()


def receive(stream: IO[bytes]) -> tuple[Any, list[bytes]]:
    """Read a message.

    Raises:
        EOFError: The other side is gone.
    """
    message = json.loads(_part(stream))
    return message["head"], [_part(stream) for _ in range(message["parts"])]


def _part(stream: IO[bytes]) -> bytes:
    (length,) = LENGTH.unpack(_exactly(stream, LENGTH.size))
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], length: int) -> bytes:
    found = stream.read(length)
    if len(found) < length:
        raise EOFError
    return found


def serve() -> None:
    """Read what is asked for until there is nobody left who asks."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the night decides what Ctrl-C means
    os.umask(0o077)
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    orders: queue.SimpleQueue[Order] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, orders), daemon=True).start()
    baseline = _taken()
    send(out, "ready")
    while True:
        order = orders.get()
        _hold_to(order.limits, baseline)
        # A reader that keeps the interpreter to itself is stopped even so, and without the night.
        faulthandler.dump_traceback_later(order.limits.seconds + _LATE_S, exit=True)
        head, parts = _answer(order)
        faulthandler.cancel_dump_traceback_later()
        send(out, head, parts)


def _listen(stream: IO[bytes], orders: queue.SimpleQueue[Order]) -> None:
    """Pass orders on; end the process when nobody can give any more, whatever it is doing."""
    with contextlib.suppress(Exception):
        while True:
            # From the night that started this process, over a pipe that is theirs alone.
            orders.put(pickle.loads(_part(stream)))  # noqa: S301
    os._exit(0)


def _answer(order: Order) -> tuple[dict[str, Any], list[bytes]]:
    try:
        module, _, name = order.reads.partition(":")
        read: Callable[[Source, Limits], Delivery]
        read = getattr(importlib.import_module(module), name)
        facts, frames = pack(read(order.source, order.limits))
    except SourceError as error:
        return {"refused": pack_said(error.said)}, []
    except MemoryError:
        return {"refused": pack_said(too_much_memory(order.limits)), "spent": True}, []
    except BaseException as error:  # a panic of Polars is no Exception
        said = say("pull.failed", error=error)
        return {"refused": pack_said(said), "spent": not isinstance(error, Exception)}, []
    return {"delivery": facts}, frames


def too_much_memory(limits: Limits) -> Said:
    """That a source needs more memory than it may have."""
    return say("pull.too_much_memory", megabytes=limits.memory / 1e6)


def _taken() -> int:
    """Bytes of address space that this process has, where the system tells."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _hold_to(limits: Limits, baseline: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hardest = resource.getrlimit(resource.RLIMIT_AS)
    most = baseline + limits.memory
    if hardest != resource.RLIM_INFINITY:
        most = min(most, hardest)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (most, hardest))
        # What it held in memory is nobody's to find on the disk.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
