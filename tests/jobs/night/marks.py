"""Marked values in everything that a night takes in, and a search for them in all that it says.

A mark is a word that stands nowhere else. `MARK` stands in what identifies nobody; `PERSON` stands
in fields that the dictionary calls personal. What people are told (pack, log, console, run record,
errors, what the ledger says of sources and rules) may hold neither.
"""

from __future__ import annotations

import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

MARK, PERSON = "ZZMARK", "ZZPERSON"

#: Where values of records may stand: what could not be read, what the records said, the sources as
#: delivered, and what a unit is told of its own records.
RECORDS = ("rejects.parquet", "exceptions.parquet", "history", "raw", "worklists", "in", "config")
#: Columns of the ledger that hold values of records by design: which record, and what it shows.
SHOWN = {"record_key", "evidence"}


def channels(folder: Path, *, console: str = "") -> Iterator[tuple[str, str]]:
    """Every place where people read what a night says, with its text.

    Args:
        folder: The data folder.
        console: What was printed.
    """
    yield "console", console
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or set(path.relative_to(folder).parts) & set(RECORDS):
            continue
        name = str(path.relative_to(folder))
        yield f"name of {path.suffix or 'a file'}", name
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                for member in book.namelist():
                    yield f"{name}:{member}", member + book.read(member).decode("utf-8", "replace")
        elif path.suffix == ".parquet":
            yield name, repr(pl.read_parquet(path).to_dicts())
        elif path.suffix == ".sqlite":
            yield from ((f"{name}:{place}", text) for place, text in ledger_texts(path))
        else:
            yield name, path.read_bytes().decode("utf-8", "replace")


def ledger_texts(path: Path) -> Iterator[tuple[str, str]]:
    """Every text of the ledger but the keys of records and what they show."""
    connection = sqlite3.connect(path)
    tables = [
        row[0] for row in connection.execute("select name from sqlite_master where type='table'")
    ]
    for table in tables:
        cursor = connection.execute(f'select * from "{table}"')
        names = [column[0] for column in cursor.description]
        for row in cursor:
            for name, value in zip(names, row, strict=True):
                if name not in SHOWN and isinstance(value, str | bytes):
                    text = value if isinstance(value, str) else value.decode("utf-8", "replace")
                    yield f"{table}.{name}", text
    connection.close()


def record_places(folder: Path) -> Iterator[tuple[str, str]]:
    """Where values of records may stand, but not those of persons."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if not path.is_file() or not set(parts) & {
            "rejects.parquet",
            "exceptions.parquet",
            "worklists",
            "raw",
        }:
            continue
        if path.suffix == ".parquet":
            yield str(path.relative_to(folder)), repr(pl.read_parquet(path).to_dicts())
        else:
            with zipfile.ZipFile(path) as book:
                for member in book.namelist():
                    yield f"{path.name}:{member}", book.read(member).decode("utf-8", "replace")


def leaks(folder: Path, *, console: str = "") -> dict[str, int]:
    """Where a mark stands that may not stand there, and how often."""
    found = {}
    for place, text in channels(folder, console=console):
        if times := text.count(MARK) + text.count(PERSON):
            found[place] = times
    for place, text in record_places(folder):
        if times := text.count(PERSON):
            found[place] = times
    return found
