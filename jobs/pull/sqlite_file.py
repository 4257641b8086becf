"""SQLite files, opened so that nothing can be written to them or beside them."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

from config.errors import SourceError
from config.sentences import say
from config.settings import Limits
from jobs.pull.answer import Answer, Unreadable, from_values, too_slow
from jobs.pull.refusals import from_sqlite

_CHUNK = 20_000
#: Instructions of SQLite's machine between two looks at the clock.
_STEPS = 10_000
#: Seconds to wait for a program that is writing to it.
_BUSY_S = 30

#: All that a statement may do; the rest is refused before it runs (ATTACH would make a file).
_MAY = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
    }
)
_NOT_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"})


def read_sqlite(path: Path, statement: str, limits: Limits, seconds: float) -> Answer:
    """Run a statement that reads.

    Args:
        path: The file.
        statement: One statement.
        limits: What the answer may be.
        seconds: How long it may take.

    Raises:
        SourceError: There is no such file, it refuses, or the answer is too large or too slow.
    """
    if not path.is_file():
        raise SourceError(say("pull.no_database_file"))
    deadline = time.monotonic() + seconds
    try:
        with contextlib.closing(_connect(path, seconds)) as connection:
            connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
            return _read(connection, statement, limits, deadline, seconds)
    except (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError) as error:
        raise SourceError(from_sqlite(error, seconds)) from None


def _connect(path: Path, seconds: float) -> sqlite3.Connection:
    # Read only, so that nothing can be written and no empty database be made by a wrong path.
    address = f"{path.resolve().as_uri()}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=min(_BUSY_S, seconds))
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.set_authorizer(_authorize)
    connection.text_factory = _decode
    return connection


def _authorize(
    action: int, _one: str | None, two: str | None, _database: str | None, _trigger: str | None
) -> int:
    if action not in _MAY:
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and (two or "").lower() in _NOT_FUNCTIONS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK


def _decode(text: bytes) -> str | Unreadable:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return Unreadable()


def _read(
    connection: sqlite3.Connection,
    statement: str,
    limits: Limits,
    deadline: float,
    seconds: float,
) -> Answer:
    cursor = connection.execute(statement)
    answer = Answer((column[0] for column in cursor.description or ()), limits)
    while rows := cursor.fetchmany(_CHUNK):
        answer.add([from_values(values) for values in zip(*rows, strict=True)])
        if len(rows) == _CHUNK and time.monotonic() > deadline:
            raise SourceError(too_slow(seconds))
    return answer
