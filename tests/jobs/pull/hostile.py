"""Readers that do harm, run in the reading process by `test_worker`."""

from __future__ import annotations

import ctypes
import os
import re
import sys
import time
from dataclasses import replace

import polars as pl

from config.settings import Limits, Source
from jobs.pull import Delivery, pull


def leave(source: Source, limits: Limits) -> Delivery:
    os._exit(0)


def abort(source: Source, limits: Limits) -> Delivery:
    sys.stderr.write("ZZMARK\n")
    os.abort()


def crash(source: Source, limits: Limits) -> Delivery:
    ctypes.string_at(0)
    raise AssertionError


def system_exit(source: Source, limits: Limits) -> Delivery:
    raise SystemExit("ZZMARK")


def interrupt(source: Source, limits: Limits) -> Delivery:
    raise KeyboardInterrupt


def fail(source: Source, limits: Limits) -> Delivery:
    raise ValueError("ZZMARK")


def recurse(source: Source, limits: Limits) -> Delivery:
    return recurse(source, limits)


def no_memory(source: Source, limits: Limits) -> Delivery:
    raise MemoryError


def hang(source: Source, limits: Limits) -> Delivery:
    while True:
        time.sleep(60)


def spin(source: Source, limits: Limits) -> Delivery:
    while True:
        pass


def hold(source: Source, limits: Limits) -> Delivery:
    """Keep the interpreter to itself, as a bad regular expression does."""
    re.match(r"^(a+)+$", "a" * 60 + "!")
    raise AssertionError


def nothing(source: Source, limits: Limits) -> Delivery:
    return None  # type: ignore[return-value]


def speak(source: Source, limits: Limits) -> Delivery:
    """Print what stood in a file, into whatever is there."""
    sys.stdout.write("ZZMARK\n")
    sys.stdout.flush()
    os.write(1, b"ZZMARK")
    os.write(2, b"ZZMARK")
    raise LookupError("ZZMARK")


def bomb(source: Source, limits: Limits) -> Delivery:
    kept = [bytearray(50_000_000) for _ in range(100)]
    raise AssertionError(len(kept))


def polars_bomb(source: Source, limits: Limits) -> Delivery:
    frame = pl.DataFrame({"a": pl.repeat("x" * 100, 200_000_000, eager=True)})
    raise AssertionError(frame.select(pl.col("a") + "y").height)


def environment(source: Source, limits: Limits) -> Delivery:
    mask = os.umask(0)
    os.umask(mask)
    secrets = sum(name.startswith("ORDERWATCH_") for name in os.environ)
    frame = pl.DataFrame({"secrets": [str(secrets)], "umask": [str(mask)]})
    return replace(pull(source), frame=frame)
