"""The ledger's schema, brought up to date when a ledger is opened."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import sqlalchemy as sa

from config.errors import LedgerError
from jobs.ledger.engine import NoLedger, reading, shown, writing

#: The schema that this code reads and writes: the newest of `migrations/versions`.
SCHEMA = "0003"

#: Where a ledger keeps which schema it has; a name of its own, since a database may be shared.
VERSION_TABLE = "ledger_schema"

_SCRIPTS = Path(__file__).with_name("migrations")


def migrate(engine: sa.Engine, *, create: bool = True) -> None:
    """Bring the ledger's schema up to date; a ledger that is gets only read.

    Args:
        engine: The database.
        create: Make the tables where there are none: an empty file or database is no ledger yet.

    Raises:
        LedgerError: A newer Orderwatch wrote the ledger, or the database refused.
        NoLedger: There is no ledger and none is to be made.
    """
    found = _schema(engine)
    if found == SCHEMA:
        return
    if found is None and not create:
        raise NoLedger(engine.url)
    with writing(engine) as connection:
        found = _current(connection)
        if found is not None and found not in _known():
            raise LedgerError(
                f"The ledger {shown(engine.url)} was written by a newer Orderwatch (schema "
                f"{found}; this one knows up to {SCHEMA}). Nothing was changed. Install that "
                "version or a later one, or restore the copy made before the upgrade"
            )
        _upgrade(connection)
    if engine.dialect.name == "sqlite":
        # Readers then see the former night while one is being written. It stays with the file and
        # cannot be set in a transaction.
        with reading(engine) as connection:
            cursor = connection.connection.cursor()
            connection.rollback()
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.close()


def is_current(engine: sa.Engine) -> bool:
    """Whether the ledger has the schema of this code; nothing is changed.

    Raises:
        NoLedger: There is none.
    """
    found = _schema(engine)
    if found is None:
        raise NoLedger(engine.url)
    return found == SCHEMA


def _schema(engine: sa.Engine) -> str | None:
    with reading(engine) as connection:
        return _current(connection)


def _current(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - our own name
    return None if found is None else str(found)


def _known() -> frozenset[str]:
    from alembic.script import ScriptDirectory

    return frozenset(script.revision for script in ScriptDirectory(_SCRIPTS).walk_revisions())


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    # Alembic tells each step at INFO; a night's log is not the place.
    logger = logging.getLogger("alembic")
    level = logger.level
    logger.setLevel(max(level, logging.WARNING))
    config = Config(stdout=io.StringIO(), output_buffer=io.StringIO())
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, SCHEMA)
    finally:
        logger.setLevel(level)
