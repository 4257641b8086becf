"""The folder of a night: written beside the last one, and put in its place only when whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from config.errors import NightError, OrderwatchError


def night_path(data_dir: Path, business_date: date) -> Path:
    """Where a night's files are."""
    return data_dir / "nights" / business_date.isoformat()


@contextmanager
def night_folder(data_dir: Path, business_date: date) -> Iterator[Path]:
    """A folder to write a night into; it becomes the night's folder when the block ends well.

    What an earlier attempt left half written is removed first. The folder of an earlier whole run
    of the same night stays until the new one is whole.

    Raises:
        NightError: The folder cannot be written: no space, no permission.
    """
    whole = night_path(data_dir, business_date)
    partial = whole.with_name(f".{whole.name}.partial")
    former = whole.with_name(f".{whole.name}.former")
    try:
        if former.exists() and not whole.exists():  # a run died between the two renames
            former.rename(whole)
        for left in (partial, former):
            shutil.rmtree(left, ignore_errors=True)
        partial.mkdir(parents=True)
    except OSError as error:
        raise NightError(unwritable(partial, error)) from error
    yield partial
    try:
        if whole.exists():
            whole.rename(former)
        partial.rename(whole)
        shutil.rmtree(former, ignore_errors=True)
    except OSError as error:
        raise NightError(unwritable(whole, error)) from error


def unwritable(path: Path, error: OSError, *, again: str = "run the night again") -> str:
    """What to tell the operator of a file or folder that cannot be written."""
    return (
        f"{path} cannot be written: {error.strerror or type(error).__name__}. Make room or give "
        f"the account leave to write there, then {again}: what was there before is unchanged"
    )


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """What a command writes beside the night; a path that cannot be written is told in words.

    Raises:
        NightError: Something in the block could not be written.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, OrderwatchError):
            raise
        where = Path(str(error.filename)) if error.filename else path
        raise NightError(unwritable(where, error, again="give the command again")) from error


def write_frame(frame: pl.DataFrame, path: Path) -> None:
    """Write a frame as Parquet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path)


def write_json(document: Mapping[str, Any], path: Path) -> None:
    """Write a document as JSON with keys in their own order."""
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    path.write_text(text + "\n", encoding="utf-8")
