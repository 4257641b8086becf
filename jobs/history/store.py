"""The files of the history: one a table and night, holding only what that night changed.

A file is put in its place whole and never altered by a later night, so a run that dies anywhere
leaves a history that can be read, and running its night again gives the same file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from config.errors import NightError
from config.records import Records
from jobs.history.changes import last_readable
from jobs.history.versions import COPY, GONE, changed, identity, tonight, with_marks

_DAY = timedelta(days=1)
_NIGHT = "__night"


class History:
    """The history in a folder.

    Args:
        folder: Its folder, made when the first night is recorded.
        records: The field dictionary.
    """

    def __init__(self, folder: Path, records: Records) -> None:
        self.folder = folder
        self.records = records

    def nights(self, table: str) -> tuple[date, ...]:
        """The nights that changed something of a table, the oldest first."""
        names = (path.stem for path in (self.folder / table).glob("[0-9]*.parquet"))
        return tuple(sorted(date.fromisoformat(name) for name in names))

    def rebuild(self, table: str, business_date: date) -> pl.DataFrame:
        """A table as it was on a night, or on the last one before it that changed it.

        Returns:
            The complete table with `_source` and, for watched fields, `_raw_<field>`. `updated_ts`
            and `_source` are those of the night on which something else of the row last changed.

        Raises:
            NightError: A file of the history cannot be read.
        """
        last = self.last(table, business_date)
        return last.filter(~pl.col(GONE)).drop(COPY, GONE)

    def last(self, table: str, business_date: date, *, readable: bool = False) -> pl.DataFrame:
        """The last version of every row that was ever known until a night, gone ones included.

        Args:
            table: The table.
            business_date: The night.
            readable: Give of each watched field what it last held where it could be read.
        """
        spec = self.records[table]
        parts = [
            pl.scan_parquet(self._file(table, night)).with_columns(pl.lit(night).alias(_NIGHT))
            for night in self.nights(table)
            if night <= business_date
        ]
        if not parts:
            return with_marks(spec, spec.empty())
        names = identity(spec)
        try:
            rows = pl.concat(parts, how="diagonal_relaxed").sort(*names, _NIGHT, nulls_last=True)
            if readable:
                rows = last_readable(spec, rows)
            found = rows.unique(names, keep="last", maintain_order=True).drop(_NIGHT).collect()
        except (PolarsError, OSError) as error:
            raise NightError(
                f"The history of `{table}` in {self.folder / table} cannot be read "
                f"({type(error).__name__}). Put back that folder from a backup, then run the "
                "night again"
            ) from error
        return with_marks(spec, found)

    def before(self, table: str, business_date: date, *, readable: bool = False) -> pl.DataFrame:
        """The last version of every row that was known when a night began; see `last`."""
        return self.last(table, business_date - _DAY, readable=readable)

    def record(
        self,
        business_date: date,
        frames: Mapping[str, pl.DataFrame],
        rejected: Mapping[str, pl.DataFrame] | None = None,
    ) -> Mapping[str, int]:
        """Keep what a night changed, in the place of what an earlier run of it kept.

        What later nights kept is set aside: the ledger refuses a night before its latest, so those
        are runs that died before they reached it. The name of such a file says which night did so.

        Args:
            business_date: The night.
            frames: The tables whose sources were all accepted. Of the others nothing is kept.
            rejected: By table, the rows that were rejected as a whole: what they may be is not
                gone.

        Returns:
            The rows kept of each of those tables.
        """
        kept = {}
        for name in self.records.tables:
            for night in self.nights(name):
                if night > business_date:
                    file = self._file(name, night)
                    file.replace(_aside(file, business_date))
            if name in frames:
                unread = (rejected or {}).get(name)
                kept[name] = self._append(name, business_date, frames[name], unread)
            else:
                self._file(name, business_date).unlink(missing_ok=True)
        return kept

    def withdraw(self, business_date: date, folder: Path) -> int:
        """Take a night out: its files go to `folder`, and what it set aside comes back.

        It may be called again for a night that was taken out by halves.

        Returns:
            How many files went.

        Raises:
            OSError: A file cannot be moved.
        """
        moved = 0
        for name in self.records.tables:
            file = self._file(name, business_date)
            if file.exists():
                folder.mkdir(parents=True, exist_ok=True)
                file.replace(folder / f"{name}.parquet")
                moved += 1
            for aside in file.parent.glob(f".*.aside-{business_date}"):
                aside.replace(
                    file.with_name(aside.name[1:].removesuffix(f".aside-{business_date}"))
                )
        return moved

    def _append(
        self, table: str, business_date: date, frame: pl.DataFrame, rejected: pl.DataFrame | None
    ) -> int:
        spec = self.records[table]
        before = self.before(table, business_date)
        rows = changed(spec, before, tonight(spec, frame), rejected)
        file = self._file(table, business_date)
        if rows.is_empty():
            file.unlink(missing_ok=True)
        else:
            _write(rows, file)
        return rows.height

    def keys(self, table: str, business_date: date) -> pl.DataFrame:
        """The names in the keys of all records known when a night began, gone ones included.

        Raises:
            NightError: A file of the history cannot be read.
        """
        spec = self.records[table]
        names = [part for part in spec.key if spec.fields[part].identity]
        parts = [
            pl.scan_parquet(self._file(table, night)).select(names)
            for night in self.nights(table)
            if night < business_date
        ]
        if not parts or not names:
            return spec.empty().select(names)
        try:
            return pl.concat(parts, how="diagonal_relaxed").unique(maintain_order=True).collect()
        except (PolarsError, OSError) as error:
            raise NightError(
                f"The history of `{table}` in {self.folder / table} cannot be read "
                f"({type(error).__name__}). Put back that folder from a backup, then run the "
                "night again"
            ) from error

    def _file(self, table: str, night: date) -> Path:
        return self.folder / table / f"{night.isoformat()}.parquet"


def _aside(file: Path, by: date) -> Path:
    return file.with_name(f".{file.name}.aside-{by}")


def _write(rows: pl.DataFrame, file: Path) -> None:
    """Write a file; it is there whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    with partial.open("wb") as stream:
        rows.write_parquet(stream)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(file)
