"""How a file is to be read that is being looked at, as the options of the command say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config.errors import NightError, SourceError, WrongUsage
from config.settings import Source
from jobs.pull import Delivery, pull

_KINDS = {
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "excel"),
    **dict.fromkeys((".parquet", ".pq"), "parquet"),
}
_DATABASES = (".sqlite", ".sqlite3", ".db", ".db3", ".mdb", ".accdb")


@dataclass(frozen=True)
class Reading:
    """How a file is read; what is not given is as for any source.

    Attributes:
        sheet: The sheet of a workbook.
        header_row: The row that the headings stand on.
        skip_rows: Rows above the headings that are left out.
        encoding: The encoding of a text file.
        delimiter: What parts the cells of its lines.
        where: Conditions of rows: `COLUMN=VALUE`, `COLUMN!=VALUE`, or `COLUMN` for a filled cell.
    """

    sheet: str | None = None
    header_row: int | None = None
    skip_rows: int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    where: Sequence[str] = ()

    @property
    def given(self) -> Mapping[str, Any]:
        """What was given, as the keys of a source."""
        named = ("sheet", "header_row", "skip_rows", "encoding", "delimiter")
        found = {name: getattr(self, name) for name in named if getattr(self, name) is not None}
        conditions = [_condition(text) for text in self.where]
        return {**found, "where": conditions} if conditions else found

    @property
    def words(self) -> str:
        """What was given, for a person; nothing where nothing was."""
        said = [
            f"{name} {value}"
            for name, value in self.given.items()
            if name not in ("where", "encoding", "delimiter")
        ]
        return ", ".join([*said, *(f"rows with {text}" for text in self.where)])


def read(path: str, records: str, reading: Reading) -> Delivery:
    """Read the file.

    Raises:
        WrongUsage: There is no such file, it is none that is looked at, or an option will not do.
        NightError: It cannot be read; the words name the file as it was given.
    """
    _refuse(path)
    kind = _KINDS.get(Path(path).suffix.lower(), "csv")
    described = {"name": "new", "records": records, "kind": kind, "path": path, **reading.given}
    try:
        source = Source.model_validate(described)
    except ValidationError as error:
        wrong = {str(item["loc"][0]).replace("_", "-") for item in error.errors() if item["loc"]}
        named = ", ".join(f"--{name}" for name in sorted(wrong)) or "the options"
        raise WrongUsage(f"{named} cannot be meant for {path}") from None
    try:
        return pull(source)
    except SourceError as error:
        raise NightError(f"{path}: {error}") from error


def _refuse(path: str) -> None:
    database = "://" in path or Path(path).suffix.lower() in _DATABASES
    if database:
        raise WrongUsage(
            "a database is not looked at: write what the query gives to a CSV or Parquet file, and "
            "look at that; then name the database as a source (docs/sources.md)"
        )
    if Path(path).is_dir():
        raise WrongUsage(
            f"{path} is a folder: name a file in it, or a pattern such as {path}/*.csv"
        )
    if not any(sign in path for sign in "*?[") and not Path(path).exists():
        raise WrongUsage(f"{path}: there is no such file")


def _condition(text: str) -> Mapping[str, Any]:
    """`Count!=-1` as a condition of a source."""
    for sign, key in (("!=", "is_not"), ("=", "is")):
        column, found, value = text.partition(sign)
        if found:
            return {"column": column.strip(), key: [value.strip()]}
    return {"column": text.strip(), "filled": True}
