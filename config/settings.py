"""Settings: `orderwatch.toml`, with environment variables over it.

Secrets come from the environment only: `ORDERWATCH_LEDGER_URL` for the ledger's whole address and
`ORDERWATCH_SOURCE_<NAME>_URL` for a source's. Every other setting can be overridden the same way
(`ORDERWATCH_DATA_DIR`, `ORDERWATCH_FORCE_CODE`, ...).
"""

from __future__ import annotations

import os
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from config.errors import ConfigFaults, Fault
from config.toml_lines import TomlFile, read_toml

#: The settings that come with Orderwatch.
SETTINGS_FILE = Path(__file__).with_name("orderwatch.toml")

#: Clock changes happen between 01:00 and 02:00: a daily job there runs twice or not at all.
_CLOCK_CHANGE_HOUR = 1

_PREFIX = "ORDERWATCH_"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Where(_Strict):
    """A condition of the rows that are records of a source; values compare trimmed, without case.

    Attributes:
        column: The delivered column that is looked at.
        is_: Its value is one of these (`is` in the file).
        is_not: Its value is none of these.
        filled: Whether it has a value at all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    column: Annotated[str, Field(min_length=1)]
    is_: Annotated[tuple[str, ...] | None, Field(alias="is", min_length=1)] = None
    is_not: Annotated[tuple[str, ...] | None, Field(min_length=1)] = None
    filled: bool | None = None

    @field_validator("is_", "is_not", mode="before")
    @classmethod
    def _as_text(cls, values: Any) -> Any:
        """One word may stand alone, and a number is the word that it is written as."""
        listed = [values] if isinstance(values, str | int | float) else values
        if not isinstance(listed, list | tuple):
            return listed
        return [
            str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
            for value in listed
        ]

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        if sum(asked is not None for asked in (self.is_, self.is_not, self.filled)) != 1:
            raise ValueError("a condition has one of `is`, `is_not` and `filled`")
        return self


class Source(_Strict):
    """One source of records: where they are and how they are read.

    Attributes:
        name: Its name in every report and file; letters, digits and underscores.
        records: The canonical table that its rows become.
        kind: What it is.
        path: The file or a glob of files (files).
        url: The database's SQLAlchemy address (database).
        query: The query to run, or
        table: the table to read (database).
        sheet: The sheet to read (excel); the first by default.
        mapping: `canonical`, or a file of `config/sources`.
        delivery: `snapshot` holds what is current; `append` holds all before it and more.
        stamp: Where the moment of the extract is: `mtime`, `column:NAME`, `filename:REGEX`,
            `manifest:FILE`.
        may_be_empty: No rows is a normal delivery.
        weekdays_only: The extract is not made at weekends and on bank holidays.
        encoding: The encoding of text files, where it must not be detected.
        delimiter: The delimiter of CSV files, where it must not be detected.
        header_row: Which row holds the headers, from 1; those above it are left out (csv, excel).
        skip_rows: Rows above that are left out before it is counted (csv, excel).
        skip_footer: How many of the last rows are no records, or what such a row begins with: texts
            or regular expressions (csv, excel).
        where: Conditions of the rows that are records; all must hold.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
    records: str
    kind: Literal["csv", "excel", "parquet", "database"]
    path: str | None = None
    url: str | None = None
    query: str | None = None
    table: str | None = None
    sheet: str | None = None
    mapping: str = "canonical"
    delivery: Literal["snapshot", "append"] = "snapshot"
    stamp: Annotated[str, Field(pattern=r"^(mtime|(column|filename|manifest):.+)$")] | None = None
    may_be_empty: bool = False
    weekdays_only: bool = False
    encoding: str | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    header_row: Annotated[int, Field(ge=1, le=1_000, strict=True)] = 1
    skip_rows: Annotated[int, Field(ge=0, le=1_000, strict=True)] = 0
    skip_footer: Annotated[int, Field(ge=0, le=1_000, strict=True)] | tuple[str, ...] = 0
    where: tuple[Where, ...] = ()

    @field_validator("encoding")
    @classmethod
    def _is_encoding(cls, encoding: str | None) -> str | None:
        try:
            "".encode(encoding or "utf-8")
        except LookupError:
            raise ValueError(
                "there is no such encoding; usual ones are utf-8, cp1252, cp850 and utf-16"
            ) from None
        return encoding

    @field_validator("delimiter")
    @classmethod
    def _parts(cls, delimiter: str | None) -> str | None:
        if delimiter in ('"', "\n", "\r"):
            raise ValueError("a quote or a line break cannot part columns")
        return delimiter

    @field_validator("skip_footer")
    @classmethod
    def _are_patterns(cls, footer: int | tuple[str, ...]) -> int | tuple[str, ...]:
        for pattern in () if isinstance(footer, int) else footer:
            fault = _pattern_fault(pattern)
            if fault:
                raise ValueError(f"`{pattern}` {fault}")
        return footer

    @model_validator(mode="after")
    def _reads_something(self) -> Self:
        if self.kind == "database":
            if not self.url:
                raise ValueError(
                    "a database needs `url` (or the environment variable "
                    f"{_PREFIX}SOURCE_{self.name.upper()}_URL)"
                )
            if bool(self.query) == bool(self.table):
                raise ValueError("a database needs either `query` or `table`")
        elif not self.path:
            raise ValueError(f"a source of kind {self.kind} needs `path`")
        return self


def _pattern_fault(pattern: str) -> str | None:
    """What is wrong with a pattern of a trailer; it is run by a matcher whose time is bounded."""
    if not pattern.strip():
        return "is empty, and would leave out every row"
    try:
        everything = pl.Series([""]).str.contains(f"(?i)^(?:{pattern})")
    except pl.exceptions.PolarsError:
        return (
            "is no regular expression that can be run (look-around and back-references cannot); "
            "a backslash before a sign takes it as it is"
        )
    return "fits every row, and would leave all of them out" if everything.item() else None


class Schedule(_Strict):
    """When the nightly job runs.

    Attributes:
        at: Local time in Europe/London; not between 01:00 and 02:00, when the clocks change.
        stale_after_h: Hours since the last good night after which `status` fails.
        catch_up_days: How many missed nights are made good when the scheduler starts.
    """

    at: time = time(2, 30)
    stale_after_h: Annotated[int, Field(gt=0)] = 36
    catch_up_days: Annotated[int, Field(ge=0)] = 1

    @field_validator("at")
    @classmethod
    def _not_when_clocks_change(cls, at: time) -> time:
        if at.hour == _CLOCK_CHANGE_HOUR:
            raise ValueError(
                "between 01:00 and 02:00 a daily job runs twice in October and not at all in "
                "March; choose a time outside that hour"
            )
        return at


class Reports(_Strict):
    """How the reports are written.

    Attributes:
        suppress_below: Counts from 1 to one less than this are shown as `[c]` in the PCC pack.
        minimum_denominator: Percentages of fewer than this are shown as `[c]`.
        pcc_marking: Protective marking of the scrutiny pack.
        worklist_marking: Protective marking of the worklists.
        contact: The role (never a person) that answers questions.
    """

    suppress_below: Annotated[int, Field(ge=1)] = 5
    minimum_denominator: Annotated[int, Field(ge=1)] = 10
    pcc_marking: str = "OFFICIAL"
    worklist_marking: str = "OFFICIAL-SENSITIVE"
    contact: str = "Force data team"


class Settings(BaseSettings):
    """All settings of a force.

    Attributes:
        force_code: The force's own two-digit code.
        force_name: The force's name in reports.
        oversight_body: The body that the scrutiny pack is for.
        data_dir: Where nights, reports and the embedded ledger are kept.
        ledger_url: SQLAlchemy address of the ledger.
        as_of_time: The instant of a night, local time on its business date.
        units: The file of data owners; by default the one beside the settings file, else the one
            that comes with Orderwatch.
        rules: A folder of the force's own rules, read beside those that come with Orderwatch; its
            folder `facts` holds own facts.
        sources: The sources, in the file's order.
        rule_status: Rules that are switched to `active`, `trial` or `retired` here.
        thresholds: Thresholds that differ from `config/thresholds.toml`.
        schedule: When the job runs.
        reports: How the reports are written.
    """

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=_PREFIX, env_nested_delimiter="__"
    )

    force_code: Annotated[str, Field(pattern=r"^\d{2}$")] = "21"
    force_name: str = "Staffordshire Police"
    oversight_body: str = "Staffordshire Commissioner"
    data_dir: Path = Path("var")
    ledger_url: str = "sqlite:///var/ledger.sqlite"
    as_of_time: time = time(2, 30)
    units: Path | None = None
    rules: Path | None = None
    sources: tuple[Source, ...] = ()
    rule_status: dict[str, Literal["active", "trial", "retired"]] = {}
    thresholds: dict[str, Any] = {}
    schedule: Schedule = Schedule()
    reports: Reports = Reports()

    #: The folder that relative paths start from.
    base: Path = Path()
    #: The file that was read.
    file: Path = SETTINGS_FILE

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment comes before the file, which arrives as initial values."""
        return env_settings, init_settings

    def source(self, name: str) -> Source | None:
        """The source of that name."""
        return next((source for source in self.sources if source.name == name), None)

    def mapping_file(self, source: Source) -> Path | None:
        """The mapping file of a source, or None for the canonical mapping."""
        if source.mapping == "canonical":
            return None
        own = self.file.parent / "sources" / source.mapping
        return own if own.exists() else SETTINGS_FILE.parent / "sources" / source.mapping


def load_settings(path: Path = SETTINGS_FILE, *, data_dir: Path | None = None) -> Settings:
    """Read the settings file, the environment over it and `data_dir` over both.

    Relative paths start from the folder that holds the settings file, or from the folder above
    where that folder is called `config`; those of the settings that come along, from where the
    command is called.

    Raises:
        ConfigFaults: With every fault of the file.
    """
    file = read_toml(path, name=path.name)
    resolved = path.resolve()
    base = resolved.parent.parent if resolved.parent.name == "config" else resolved.parent
    if resolved == SETTINGS_FILE.resolve():
        base = Path.cwd()
    values = _flat(file)
    try:
        settings = Settings(**values, base=base, file=resolved)
    except ValidationError as error:
        raise ConfigFaults([*_faults(file, error), *_secrets(file)]) from None
    faults = [*_secrets(file), *_repeated_names(file, settings)]
    if faults:
        raise ConfigFaults(faults)
    return _resolve(settings, base, data_dir, ledger_given=_ledger_given(file))


def _ledger_given(file: TomlFile) -> bool:
    return "ledger_url" in file.data.get("orderwatch", {}) or f"{_PREFIX}LEDGER_URL" in os.environ


def _flat(file: TomlFile) -> dict[str, Any]:
    """The document as arguments of `Settings`, with the addresses that the environment holds."""
    data = dict(file.data)
    values = dict(data.pop("orderwatch", {}))
    sources = []
    for source in data.pop("source", []):
        name = str(source.get("name", "")).upper()
        url = os.environ.get(f"{_PREFIX}SOURCE_{name}_URL")
        sources.append({**source, "url": url} if url else source)
    return {**values, **data, "sources": sources}


def _faults(file: TomlFile, error: ValidationError) -> list[Fault]:
    faults = []
    for item in error.errors():
        where = tuple(item["loc"])
        path = ("source", *where[1:]) if where[:1] == ("sources",) else where
        line = file.line(*path) or file.line("orderwatch", *path)
        name = ".".join(str(part) for part in path) or "settings"
        supplied = item.get("input")
        shown = f" (supplied: {supplied!r})" if isinstance(supplied, str | int | float) else ""
        if path[-1:] == ("url",) or path[-1:] == ("ledger_url",):
            shown = ""
        message = item["msg"].removeprefix("Value error, ")
        faults.append(Fault(file.name, line, f"`{name}`: {message}{shown}"))
    return faults


def _secrets(file: TomlFile) -> list[Fault]:
    """A password in the file is a fault: secrets come from the environment only."""
    places: list[tuple[tuple[str | int, ...], str, str]] = [
        (("orderwatch", "ledger_url"), f"{_PREFIX}LEDGER_URL", _text(file, "ledger_url"))
    ]
    for number, source in enumerate(file.data.get("source", [])):
        variable = f"{_PREFIX}SOURCE_{str(source.get('name', '')).upper()}_URL"
        places.append((("source", number, "url"), variable, str(source.get("url", ""))))
    faults = []
    for path, variable, address in places:
        if not address:
            continue
        try:
            secret = make_url(address).password
        except ArgumentError:
            faults.append(file.fault("this is not a database address (SQLAlchemy URL)", *path))
            continue
        if secret:
            faults.append(
                file.fault(
                    f"a password does not belong in this file; put the whole address into the "
                    f"environment variable {variable}",
                    *path,
                )
            )
    return faults


def _text(file: TomlFile, key: str) -> str:
    return str(file.data.get("orderwatch", {}).get(key, ""))


def _repeated_names(file: TomlFile, settings: Settings) -> list[Fault]:
    seen: set[str] = set()
    faults = []
    for number, source in enumerate(settings.sources):
        if source.name.upper() in seen:
            faults.append(file.fault(f"two sources are called `{source.name}`", "source", number))
        seen.add(source.name.upper())
    return faults


def _resolve(
    settings: Settings, base: Path, data_dir: Path | None, *, ledger_given: bool
) -> Settings:
    folder = data_dir.resolve() if data_dir else base / settings.data_dir
    url = settings.ledger_url
    if not ledger_given or (data_dir and url.startswith("sqlite")):
        url = f"sqlite:///{folder / 'ledger.sqlite'}"
    else:
        url = _from_base(url, base)
    sources = tuple(
        source.model_copy(
            update={
                "path": str(base / source.path) if source.path else None,
                "url": _from_base(source.url, base) if source.url else None,
            }
        )
        for source in settings.sources
    )
    return settings.model_copy(
        update={
            "data_dir": folder,
            "ledger_url": url,
            "sources": sources,
            "units": base / settings.units if settings.units else None,
            "rules": base / settings.rules if settings.rules else None,
        }
    )


def _from_base(url: str, base: Path) -> str:
    """A database address with the path of an SQLite file made absolute."""
    prefix, found, path = url.partition(":///")
    if not prefix.startswith("sqlite") or not found or not path or Path(path).is_absolute():
        return url
    return f"{prefix}:///{base / path}"
