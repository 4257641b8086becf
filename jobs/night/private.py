"""What a night writes is for its own account only: files 0600, folders 0700."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from config.sentences import Said, say
from config.settings import Settings

#: Of what is made, other accounts get nothing.
_OWNER_ONLY = 0o077


@contextmanager
def owner_only() -> Iterator[None]:
    """Whatever is made in the block, by any library, can be read by this account only.

    The command line sets the same for its whole life; libraries and tests that call a night get
    back what they had.
    """
    before = os.umask(_OWNER_ONLY)
    try:
        yield
    finally:
        os.umask(before)


def open_to_others(settings: Settings) -> list[Said]:
    """What stood there before and can be read by other accounts; it is told, never changed."""
    if os.name != "posix":
        return []
    folder = settings.data_dir
    said = []
    if _open(folder):
        said.append(say("night.data_folder_open"))
    file = make_url(settings.ledger_url).database or ""
    ledger = Path(file)
    shielded = folder in ledger.parents and not said
    if settings.ledger_url.startswith("sqlite") and not shielded and _open(ledger):
        said.append(say("night.ledger_open"))
    return said


def _open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _OWNER_ONLY)
    except OSError:
        return False
