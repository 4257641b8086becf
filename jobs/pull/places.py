"""The files of a source: where they are, and what stands in the way where they are not."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from config.errors import SourceError
from config.sentences import say


def find_files(pattern: str) -> Sequence[Path]:
    """The files that a path or pattern names, in the order of their names.

    Folders that a pattern matches beside files are passed over, as is the lock file that Excel
    keeps beside a workbook that is open. Anything else that is no file, such as a link that leads
    nowhere, is a part of the delivery that cannot be read.

    Raises:
        SourceError: There is none, or what is there cannot be read.
    """
    try:
        found = sorted(Path(name) for name in glob.glob(pattern, recursive=True))
    except (ValueError, OSError) as error:  # a NUL in the path, a name that is too long
        raise SourceError(say("pull.path_unusable", kind=error)) from None
    found = [path for path in found if not path.name.startswith("~$")]
    if not found:
        raise SourceError(say(_nothing(pattern)))
    kinds = {path: _kind(path) for path in found}
    files = [path for path, kind in kinds.items() if kind == "file"]
    wrong = [kind for kind in kinds.values() if kind not in ("file", "folder")]
    if wrong or not files:
        raise SourceError(say(f"pull.is_{wrong[0] if wrong else 'folder'}"))
    return files


def _nothing(pattern: str) -> str:
    """Why nothing is there: no file, no folder for it, or a folder that may not be looked into."""
    folder = Path(glob.escape(pattern) if not glob.has_magic(pattern) else pattern)
    while glob.has_magic(str(folder)) or folder == Path(pattern):
        folder = folder.parent
    try:
        os.scandir(folder).close()
    except PermissionError:
        return "pull.no_access"
    except OSError:
        return "pull.no_folder"
    return "pull.no_file"


def _kind(path: Path) -> str:
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "dangling_link"
    except PermissionError as error:
        raise SourceError(say("pull.no_access")) from error
    except OSError as error:  # links in a circle
        raise SourceError(say("pull.cannot_read", kind=error)) from None
    if stat.S_ISREG(mode):
        return "file"
    return "folder" if stat.S_ISDIR(mode) else "no_file"
