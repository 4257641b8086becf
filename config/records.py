"""The field dictionary: every canonical table and field, its type, meaning and allowed values.

The dictionary is `config/records.toml`. It decides what a mapping may fill, what a rule may read,
what may be shown, and the types of every frame of a night.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from config.errors import ConfigFaults, Fault
from config.toml_lines import TomlFile, read_toml

#: The dictionary that comes with Orderwatch.
RECORDS_FILE = Path(__file__).with_name("records.toml")

#: The fields that conform makes for every record of a table that has them: those whose placeholder
#: date was emptied, whose cell could not be read, and whose word is in no vocabulary.
SENTINELS, UNREADABLE, UNMAPPED = "sentinel_fields", "unreadable_fields", "unmapped_fields"
LISTED = (SENTINELS, UNREADABLE, UNMAPPED)

#: An instant: microseconds, UTC.
TIMESTAMP = pl.Datetime("us", "UTC")

#: The Polars type of each field type of the dictionary.
DTYPES: Mapping[str, pl.DataType] = {
    "text": pl.String(),
    "code": pl.String(),
    "boolean": pl.Boolean(),
    "integer": pl.Int64(),
    "date": pl.Date(),
    "timestamp": TIMESTAMP,
    "text_list": pl.List(pl.String()),
}

_FIELD_KEYS = frozenset(
    "type means values vocabulary personal future made_by_conform foreign watched "
    "identity min max".split()
)
_TABLE_KEYS = frozenset("means key unit fields".split())


@dataclass(frozen=True)
class Field:
    """One field of a canonical table.

    Attributes:
        name: The column's name, everywhere.
        type: `text`, `code`, `boolean`, `integer`, `date`, `timestamp` or `text_list`.
        means: What it holds, in plain English.
        values: The codes allowed, where the dictionary lists them.
        vocabulary: The vocabulary that lists the codes, where one does.
        personal: May identify a person: never shown.
        future: May rightly lie in the future.
        made_by_conform: Filled by Orderwatch, not by a mapping.
        foreign: The `table.field` that it refers to.
        watched: Its changes from night to night are kept, with what the source wrote.
        identity: What it names one of: a `table.field`, or a kind such as `person`. Two names of
            one kind are the same where they differ only in case and outer spaces
            (`config.identity`), and a word that elsewhere means nothing may be one.
        identity_by: Where the kind hangs on another field: that field, and the kind for each of
            its values.
        minimum: The least that an integer can be.
        maximum: The most that an integer can be.
    """

    name: str
    type: str
    means: str
    values: tuple[str, ...] = ()
    vocabulary: str | None = None
    personal: bool = False
    future: bool = False
    made_by_conform: bool = False
    foreign: str | None = None
    watched: bool = False
    identity: str | None = None
    identity_by: tuple[str, Mapping[str, str]] | None = None
    minimum: int | None = None
    maximum: int | None = None

    @property
    def identifies(self) -> bool:
        """Whether it names one of something: a key, or a reference."""
        return self.identity is not None or self.identity_by is not None

    @property
    def bounds(self) -> str:
        """What an integer can be, in words; nothing where it has no bounds."""
        if self.minimum is not None and self.maximum is not None:
            return f"from {self.minimum} to {self.maximum}"
        if self.minimum is not None:
            return f"{self.minimum} or more"
        return "" if self.maximum is None else f"at most {self.maximum}"

    @property
    def dtype(self) -> pl.DataType:
        """The Polars type of the column."""
        return DTYPES[self.type]

    @property
    def time_known(self) -> str | None:
        """The column that says whether a timestamp came with a time of day."""
        return f"{self.name.removesuffix('_ts')}_time_known" if self.type == "timestamp" else None

    @property
    def raw(self) -> str | None:
        """The column that holds a watched field as the source wrote it; not in the schema."""
        return f"_raw_{self.name}" if self.watched else None


@dataclass(frozen=True)
class Table:
    """One canonical table.

    Attributes:
        name: The kind of record.
        means: What a row is.
        key: The fields that identify a row.
        unit: The field that names the unit that owns the record, where there is one.
        fields: The fields by name.
    """

    name: str
    means: str
    key: tuple[str, ...]
    unit: str | None
    fields: Mapping[str, Field]

    @cached_property
    def watched(self) -> tuple[Field, ...]:
        """The fields whose changes from night to night are kept."""
        return tuple(field for field in self.fields.values() if field.watched)

    @cached_property
    def schema(self) -> pl.Schema:
        """Columns and types, with the `*_time_known` column of every timestamp."""
        columns: dict[str, pl.DataType] = {}
        for field in self.fields.values():
            columns[field.name] = field.dtype
            if field.time_known:
                columns[field.time_known] = pl.Boolean()
        return pl.Schema(columns)

    def empty(self) -> pl.DataFrame:
        """The table with no rows."""
        return pl.DataFrame(schema=self.schema)

    def complete(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` with every column of the table, those that it lacks being empty.

        Columns that the dictionary does not name are kept, after the named ones.
        """
        have = frame.schema
        columns = [
            pl.col(name).cast(dtype) if name in have else pl.lit(None, dtype).alias(name)
            for name, dtype in self.schema.items()
        ]
        others = [pl.col(name) for name in have if name not in self.schema]
        return frame.select(*columns, *others)


@dataclass(frozen=True)
class Records:
    """The whole dictionary.

    Attributes:
        tables: The tables by name.
    """

    tables: Mapping[str, Table]

    def __getitem__(self, table: str) -> Table:
        return self.tables[table]

    def field(self, table: str, name: str) -> Field | None:
        """The field, or None where the table has none of that name."""
        found = self.tables.get(table)
        return found.fields.get(name) if found else None


def load_records(path: Path = RECORDS_FILE) -> Records:
    """Read the field dictionary.

    Raises:
        ConfigFaults: With every fault of the file.
    """
    file = read_toml(path, name=path.name)
    faults: list[Fault] = []
    tables = {name: _table(file, name, body, faults) for name, body in file.data.items()}
    _check_references(file, tables, faults)
    if faults:
        raise ConfigFaults(faults)
    return Records(tables)


def _table(file: TomlFile, name: str, body: Any, faults: list[Fault]) -> Table:
    if not isinstance(body, dict):
        faults.append(file.fault(f"`{name}` must be a table with `means`, `key`, `fields`", name))
        return Table(name, "", (), None, {})
    for key in sorted(set(body) - _TABLE_KEYS):
        faults.append(
            file.fault(f"unknown key `{key}`; allowed: {', '.join(sorted(_TABLE_KEYS))}", name, key)
        )
    if not body.get("means"):
        faults.append(file.fault(f"table `{name}` has no `means`", name))
    key = tuple(body.get("key", ()))
    fields = {
        field: _field(file, name, field, spec, key, faults)
        for field, spec in body.get("fields", {}).items()
    }
    table = Table(name, body.get("means", ""), key, body.get("unit"), fields)
    for part in (*table.key, *([table.unit] if table.unit else [])):
        if part not in fields:
            faults.append(file.fault(f"`{part}` is not a field of `{name}`", name))
    if not table.key:
        faults.append(file.fault(f"table `{name}` has no `key`", name))
    return table


def _field(
    file: TomlFile, table: str, name: str, spec: Any, key: tuple[str, ...], faults: list[Fault]
) -> Field:
    where = (table, "fields", name)
    if not isinstance(spec, dict):
        faults.append(file.fault(f"`{name}` must be {{ type = ..., means = ... }}", *where))
        return Field(name, "text", "")
    for key in sorted(set(spec) - _FIELD_KEYS):
        faults.append(
            file.fault(
                f"`{name}` has an unknown key `{key}`; allowed: {', '.join(sorted(_FIELD_KEYS))}",
                *where,
            )
        )
    kind = str(spec.get("type"))
    if kind not in DTYPES:
        faults.append(
            file.fault(f"`{name}` has type {kind!r}; allowed: {', '.join(DTYPES)}", *where)
        )
        kind = "text"
    if not spec.get("means"):
        faults.append(file.fault(f"`{name}` has no `means`", *where))
    if kind == "code" and not (spec.get("values") or spec.get("vocabulary")):
        faults.append(file.fault(f"`{name}` is a code without `values` or `vocabulary`", *where))
    if kind == "timestamp" and not name.endswith("_ts"):
        faults.append(file.fault(f"`{name}` is a timestamp: its name must end in `_ts`", *where))
    if spec.get("watched") and kind not in ("date", "timestamp"):
        faults.append(file.fault(f"`{name}` is watched: only a date or a timestamp can be", *where))
    least, most = _bounds(spec, name, kind, lambda said: faults.append(file.fault(said, *where)))
    identity, by = _identity(spec, name, kind, lambda said: faults.append(file.fault(said, *where)))
    if identity is None and by is None and kind == "text":
        # A reference names what it refers to, a key of one field the record itself.
        identity = spec.get("foreign") or (f"{table}.{name}" if key == (name,) else None)
    return Field(
        name=name,
        type=kind,
        means=spec.get("means", ""),
        values=tuple(spec.get("values", ())),
        vocabulary=spec.get("vocabulary"),
        personal=bool(spec.get("personal", False)),
        future=bool(spec.get("future", False)),
        made_by_conform=bool(spec.get("made_by_conform", False)),
        foreign=spec.get("foreign"),
        watched=bool(spec.get("watched", False)),
        identity=identity,
        identity_by=by,
        minimum=least,
        maximum=most,
    )


def _bounds(
    spec: Mapping[str, Any], name: str, kind: str, fault: Callable[[str], None]
) -> tuple[int | None, int | None]:
    """The bounds of an integer."""
    found: dict[str, int | None] = {}
    for key in ("min", "max"):
        value = spec.get(key)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if value is not None and not whole:
            fault(f"`{key}` of `{name}` must be a whole number")
        found[key] = value if whole else None
    if kind != "integer" and ("min" in spec or "max" in spec):
        fault(f"`{name}` is {kind}: only an integer has `min` and `max`")
        return None, None
    least, most = found["min"], found["max"]
    if least is not None and most is not None and least > most:
        fault(f"`{name}` has a `min` above its `max`")
    return least, most


def _identity(
    spec: Mapping[str, Any], name: str, kind: str, fault: Callable[[str], None]
) -> tuple[str | None, tuple[str, Mapping[str, str]] | None]:
    """What a field names one of, or what decides it."""
    said = spec.get("identity")
    if said is None:
        return None, None
    if kind not in ("text", "text_list"):
        fault(f"`{name}` is {kind}: only a text names one of something (`identity`)")
        return None, None
    if isinstance(said, str):
        return said, None
    if not isinstance(said, dict) or not isinstance(said.get("by"), str) or len(said) < 2:
        fault(f"`identity` of `{name}` must be a kind, or {{ by = a field, its value = a kind }}")
        return None, None
    return None, (said["by"], {str(k): str(v) for k, v in said.items() if k != "by"})


def _check_references(file: TomlFile, tables: Mapping[str, Table], faults: list[Fault]) -> None:
    for table in tables.values():
        for field in table.fields.values():
            if field.foreign is None:
                continue
            target, _, column = field.foreign.partition(".")
            if target not in tables or column not in tables[target].fields:
                faults.append(
                    file.fault(
                        f"`{field.name}` refers to `{field.foreign}`, which is not a field",
                        table.name,
                        "fields",
                        field.name,
                    )
                )
    for table in tables.values():
        for field in table.fields.values():
            kinds = [field.identity] if field.identity else []
            if field.identity_by is not None:
                by, told = field.identity_by
                kinds += told.values()
                if by not in table.fields:
                    faults.append(
                        file.fault(
                            f"`identity` of `{field.name}` hangs on `{by}`, which is not a field",
                            table.name,
                            "fields",
                            field.name,
                        )
                    )
            for kind in kinds:
                target, _, column = kind.partition(".")
                if column and (target not in tables or column not in tables[target].fields):
                    faults.append(
                        file.fault(
                            f"`{field.name}` names one of `{kind}`, which is not a field",
                            table.name,
                            "fields",
                            field.name,
                        )
                    )
