"""A connection to the ledger's database, and errors that a reader can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from config.errors import LedgerError

#: How long a writer waits for another before it gives up.
BUSY_TIMEOUT_S = 30

#: PostgreSQL's advisory lock that the ledger's writers take, one at a time.
_WRITERS_LOCK = 0x6F7264657277

_WRITES = "ledger_writes"


class NoLedger(LedgerError):
    """There is no ledger at an address: no file, or an empty file or database.

    Attributes:
        what: That there is none, and where.
    """

    def __init__(self, address: str | URL) -> None:
        self.what = f"There is no ledger at {shown(address)}, or it is empty"
        super().__init__(f"{self.what}. The first night makes it: orderwatch run")


def shown(address: str | URL) -> str:
    """An address for people: no password, nor options, which may hold one."""
    try:
        url = make_url(address)
    except ArgumentError:
        return "the address given"
    return url.set(query={}).render_as_string(hide_password=True)


def connect(address: str, *, create: bool) -> sa.Engine:
    """An engine over the address; SQLite's folder is made where `create` allows it.

    Its errors do not quote the values of a statement, which are of records.

    Raises:
        LedgerError: The address is none that a ledger can be kept at, or there is nothing there.
    """
    url = _url(address)
    if url.get_backend_name() == "sqlite":
        _prepare_file(url, create=create)
        return _sqlite(url)
    return _postgresql(url)


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection in a transaction that only reads: it sees one state of the ledger."""
    with translated(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection in a transaction that writes, alone: all of it comes to be, or nothing."""
    with (
        translated(engine),
        engine.connect().execution_options(**{_WRITES: True}) as connection,
        connection.begin(),
    ):
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_WRITERS_LOCK)))
        yield connection


@contextmanager
def translated(engine: sa.Engine) -> Iterator[None]:
    """Turn the database's errors into one that says which ledger and what to do.

    The database's own is left out of the chain: PostgreSQL quotes the row it refused.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise LedgerError(_said(engine.url, error)) from None


def _url(address: str) -> URL:
    try:
        url = make_url(address)
    except ArgumentError:
        raise LedgerError(
            "`ledger_url` is not a database address; write it as "
            "sqlite:///var/ledger.sqlite or postgresql://user@host/database"
        ) from None
    backend = url.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise LedgerError(
            f"A ledger cannot be kept in {backend} ({shown(url)}); "
            "`ledger_url` may be a sqlite or a postgresql address"
        )
    if backend == "sqlite" and url.database in (None, "", ":memory:"):
        raise LedgerError(
            f"A ledger in memory would forget every night ({shown(url)}); "
            "give a file, as in sqlite:///var/ledger.sqlite"
        )
    return url.set(drivername="sqlite" if backend == "sqlite" else "postgresql+psycopg")


def _prepare_file(url: URL, *, create: bool) -> None:
    file = Path(str(url.database))
    try:
        there = file.exists()
    except OSError as error:
        raise LedgerError(
            f"The folder of the ledger {shown(url)} cannot be read: {error.strerror}. Give the "
            "account leave to read it, or change `data_dir` or `ledger_url`"
        ) from error
    if there:
        return
    if not create:
        raise NoLedger(url)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(
            f"The folder of the ledger {shown(url)} cannot be made: {error.strerror}. "
            "Make it writable, or change `data_dir` or `ledger_url`"
        ) from error


def _sqlite(url: URL) -> sa.Engine:
    engine = sa.create_engine(
        url,
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={"timeout": BUSY_TIMEOUT_S, "isolation_level": None},
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("PRAGMA cache_size = -65536")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # The driver itself would begin late and never for a change of schema; a writer asks at
        # once, so that it never finds half-way that another was quicker.
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(url: URL) -> sa.Engine:
    try:
        return sa.create_engine(url, poolclass=NullPool, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise LedgerError(
            f"The ledger {shown(url)} needs PostgreSQL's driver: pip install 'orderwatch[postgres]'"
        ) from error


def _said(url: URL, error: SQLAlchemyError) -> str:
    reason = _reason(url, error)
    start = f"The ledger {shown(url)} could not be used: {reason}."
    if url.get_backend_name() == "sqlite":
        return f"{start} {_sqlite_advice(reason, url)}"
    if isinstance(error, OperationalError):
        return (
            f"{start} See that the server runs, that the database exists and that the user may "
            "make tables in it; the address is `ledger_url` or ORDERWATCH_LEDGER_URL"
        )
    return f"{start} Nothing was changed; run the night again: orderwatch run"


def _reason(url: URL, error: SQLAlchemyError) -> str:
    """The database's own words, the first line of them, without values of the statement."""
    original: Any = error.orig if isinstance(error, DatabaseError) else error
    diagnosis = getattr(getattr(original, "diag", None), "message_primary", None)
    text = str(diagnosis or original).strip().splitlines() or [type(error).__name__]
    reason = text[0].rstrip(". ")
    return reason.replace(str(url.password), "***") if url.password else reason


def _sqlite_advice(reason: str, url: URL) -> str:
    file = url.database
    if "locked" in reason or "busy" in reason:
        return (
            f"Another process has been writing to it for over {BUSY_TIMEOUT_S} seconds: let it end"
        )
    if "not a database" in reason or "malformed" in reason:
        return (
            f"Put the file aside and restore {file} from its last copy; the nights after the copy "
            "can be run again"
        )
    if "readonly" in reason or "unable to open" in reason:
        return f"Make {file} and its folder writable for this user, or change `ledger_url`"
    if "full" in reason:
        return "Make room on its disk, then run the night again: orderwatch run"
    return "Nothing was changed; run the night again: orderwatch run"
