"""What a database refused, said in sentences of ours: by class and SQLSTATE, never in its words."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping

from config.sentences import Said, say

#: By SQLSTATE, or by its class.
_STATES: Mapping[str, str] = {
    "08": "database_not_reached",
    "0A": "database_cannot",
    "22": "database_bad_value",
    "22021": "database_encoding",
    "22P05": "database_encoding",
    "25": "statement_may_write",
    "28": "database_no_entry",
    "3D": "database_not_there",
    "3F": "database_no_table",
    "42": "database_bad_statement",
    "42501": "database_no_rights",
    "42601": "database_bad_statement",
    "42703": "database_no_column",
    "42P01": "database_no_table",
    "42883": "database_bad_statement",
    "53": "database_short",
    "54": "database_short",
    "55": "database_locked",
    "57": "database_stopped",
    "58": "database_damaged",
    "XX": "database_damaged",
}
#: Those that many things may cause: the SQLSTATE stands in the sentence.
_WITH_STATE = frozenset({"database_bad_value", "database_bad_statement", "database_cannot"})
#: What a connection that was refused says, where the driver keeps its SQLSTATE to itself.
_AT_THE_DOOR = (
    ("password authentication failed", "database_no_entry"),
    ("no password supplied", "database_no_entry"),
    ("pg_hba.conf", "database_no_entry"),
    ("role ", "database_no_entry"),
    ("too many", "database_short"),
    ("remaining connection slots", "database_short"),
    ("database ", "database_not_there"),
    ("starting up", "database_stopped"),
    ("shutting down", "database_stopped"),
)
_SQLITE: Mapping[str, str] = {
    "SQLITE_AUTH": "statement_may_write",
    "SQLITE_BUSY": "database_locked",
    "SQLITE_CANTOPEN": "database_cannot_open",
    "SQLITE_CORRUPT": "database_damaged",
    "SQLITE_FULL": "database_short",
    "SQLITE_IOERR": "database_damaged",
    "SQLITE_LOCKED": "database_locked",
    "SQLITE_NOMEM": "database_short",
    "SQLITE_NOTADB": "database_no_database",
    "SQLITE_PERM": "database_no_rights",
    "SQLITE_READONLY": "statement_may_write",
    "SQLITE_READONLY_ROLLBACK": "database_half_written",
    "SQLITE_READONLY_RECOVERY": "database_half_written",
    "SQLITE_READONLY_CANTINIT": "database_half_written",
    "SQLITE_TOOBIG": "database_short",
}
#: SQLite has one code for all that is wrong with a statement; its own words tell which.
_SQLITE_WORDS = (
    ("no such table", "database_no_table"),
    ("no such column", "database_no_column"),
    ("prohibited", "statement_may_write"),
    ("not authorized", "statement_may_write"),
    ("malformed", "database_damaged"),
    ("one statement", "statement_not_one"),
)


def from_postgres(error: Exception, seconds: float) -> Said:
    """Why PostgreSQL refused."""
    state = str(getattr(error, "sqlstate", None) or "")
    if state == "57014":
        return say("pull.query_too_slow", seconds=seconds)
    if state:
        return _of_state(state, error)
    words = str(error)
    if "connection option" in words:
        return say("pull.no_address")
    if "connection" not in words:
        return say("pull.database_failed", error=error)
    _, fatal, reason = words.partition("FATAL:")
    found = (said for mark, said in _AT_THE_DOOR if fatal and mark in reason)
    return say(f"pull.{next(found, 'database_not_reached')}")


def from_sqlite(error: Exception, seconds: float) -> Said:
    """Why SQLite refused."""
    code = str(getattr(error, "sqlite_errorname", ""))
    if code == "SQLITE_INTERRUPT":
        return say("pull.query_too_slow", seconds=seconds)
    name = _SQLITE.get(code) or _SQLITE.get("_".join(code.split("_")[:2]))
    if name is None and isinstance(error, sqlite3.Error | sqlite3.Warning):
        words = str(error).lower()
        name = next((said for mark, said in _SQLITE_WORDS if mark in words), None)
    if name is None and code == "SQLITE_ERROR":
        return say("pull.database_bad_statement", state="42000")  # the standard's own for it
    return say(f"pull.{name}") if name else say("pull.database_failed", error=error)


def from_other(error: Exception) -> Said:
    """Why another database refused; drivers of ODBC give the SQLSTATE as their first argument."""
    original = getattr(error, "orig", None) or error
    state = getattr(original, "sqlstate", None) or next(iter(getattr(original, "args", ())), "")
    return _of_state(state if isinstance(state, str) else "", original)


def _of_state(state: str, error: BaseException) -> Said:
    if not re.fullmatch(r"[0-9A-Z]{5}", state):
        return say("pull.database_failed", error=error)
    name = _STATES.get(state) or _STATES.get(state[:2])
    if name is None:
        return say("pull.database_refused", state=state, error=error)
    if name in _WITH_STATE:
        return say(f"pull.{name}", state=state)
    return say(f"pull.{name}")
