"""A small force that lives for many nights, and its deliveries, whole or damaged."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

FIRST = date(2026, 2, 2)
#: Tables: the key, the fields that name records of other tables, and dates that a pen may spoil.
KEYS = {"orders": "order_id", "order_conditions": "condition_id", "breaches": "breach_id"}
NAMES = {"order_conditions": {"order_id": "orders"}, "orders": {}, "breaches": {}}
DATES = {"orders": "end_date", "order_conditions": "to_ts", "breaches": "recorded_ts"}
UNITS = ("HANLEY", "STAFFORD", "PPU")
Row = dict[str, str]

SOURCES = "".join(
    f'[[source]]\nname = "rms_{name}"\nrecords = "{name}"\nkind = "csv"\npath = "in/{name}.csv"\n'
    for name in KEYS
)


def _moment(day: date, hour: int, minute: int = 0) -> str:
    return f"{day.isoformat()} {hour:02}:{minute:02}"


@dataclass
class Force:
    """The truth: every record as the systems have it."""

    chance: random.Random
    tables: dict[str, dict[str, Row]] = field(default_factory=lambda: {name: {} for name in KEYS})
    made: int = 0

    def begin(self, day: date, orders: int = 60) -> None:
        for _ in range(orders):
            self.new_order(day - timedelta(days=10))
        for _ in range(orders // 2):
            self.new_breach(day - timedelta(days=10))
        self.save(day)

    def night(self, day: date) -> None:
        """A day goes by: records are put right, go wrong, are made and are taken out."""
        roll = self.chance
        for table, rows in self.tables.items():
            for key in roll.sample(sorted(rows), k=max(1, len(rows) // 20)):
                self.turn(table, rows[key], day)
        for _ in range(roll.randint(0, 2)):
            self.new_order(day - timedelta(days=3))
            self.new_breach(day - timedelta(days=3))
        if len(self.tables["orders"]) > 60:
            gone = roll.choice(sorted(self.tables["orders"]))
            del self.tables["orders"][gone]
            for key in [k for k, r in self.tables["order_conditions"].items()
                        if r["order_id"] == gone]:  # fmt: skip
                del self.tables["order_conditions"][key]
        if len(self.tables["breaches"]) > 30:
            del self.tables["breaches"][roll.choice(sorted(self.tables["breaches"]))]
        self.save(day)

    def save(self, day: date) -> None:
        """Something was saved in every system in the evening before a night."""
        for rows in self.tables.values():
            rows[self.chance.choice(sorted(rows))]["updated_ts"] = _moment(
                day - timedelta(days=1), 22
            )

    def turn(self, table: str, row: Row, day: date) -> None:
        """A record that is right goes wrong, or one that is wrong is put right."""
        row["updated_ts"] = _moment(day - timedelta(days=1), 21)
        roll = self.chance.random()
        if table == "orders" and roll < 0.5:
            start = date.fromisoformat(row["start_date"])
            wrong = row["end_date"] < row["start_date"]
            row["end_date"] = (start + timedelta(days=400 if wrong else -3)).isoformat()
        elif table == "orders":
            row["court_code"] = "" if row["court_code"] else "B21ST00"
        elif table == "order_conditions":
            row["text_len"] = "0" if row["text_len"] != "0" else "40"
        elif roll < 0.5:
            row["crime_ref"] = "" if row["crime_ref"] else f"CR/{row['breach_id'][2:]}"
        else:
            row["supervisor_id"] = "" if row["supervisor_id"] else "S-1"

    def new_order(self, day: date) -> None:
        self.made += 1
        key = f"ORD-{self.made:04}"
        start = day + timedelta(days=2)
        wrong = self.chance.random() < 0.2
        self.tables["orders"][key] = {
            "order_id": key,
            "order_type": self.chance.choice(["NMO", "RO_CONV"]),
            "force_role": "enforcing",
            "status": "in_force",
            "subject_key": f"subject-{self.made}",
            "court_code": "B21ST00",
            "made_date": start.isoformat(),
            "start_date": start.isoformat(),
            "end_date": (start + timedelta(days=-4 if wrong else 400)).isoformat(),
            "received_ts": _moment(start, 12, self.made % 60),
            "created_ts": _moment(start, 13, self.made % 60),
            "updated_ts": _moment(start, 14),
            "oic_unit": UNITS[self.made % 3],
        }
        if self.chance.random() < 0.8:
            self.tables["order_conditions"][f"C-{self.made:04}"] = {
                "condition_id": f"C-{self.made:04}",
                "order_id": key,
                "kind": "no_contact",
                "active": "yes",
                "to_ts": _moment(start + timedelta(days=390), 12),
                "text_len": "40" if self.chance.random() < 0.8 else "0",
                "updated_ts": _moment(start, 14),
            }

    def new_breach(self, day: date) -> None:
        self.made += 1
        key = f"B-{self.made:04}"
        self.tables["breaches"][key] = {
            "breach_id": key,
            "status": "reported",
            "occurred_from_ts": _moment(day, 9),
            "reported_ts": _moment(day, 10),
            "recorded_ts": _moment(day, 11) if self.chance.random() < 0.7 else "",
            "arrested_ts": _moment(day, 12) if self.chance.random() < 0.7 else "",
            "crime_ref": f"CR/{self.made:04}",
            "supervisor_id": "S-1",
            "oic_id": "S-2",
            "created_ts": _moment(day, 11),
            "updated_ts": _moment(day, 12),
            "oic_unit": UNITS[self.made % 3],
        }

    def delivery(self, table: str) -> Delivered:
        """What a system would deliver tonight, whole."""
        rows = [dict(row) for row in self.tables[table].values()]
        return Delivered(table, list(rows[0]), rows)


@dataclass
class Delivered:
    """What is delivered of one table, and what of it cannot be trusted.

    Attributes:
        table: The table.
        columns: Its header.
        rows: Its rows.
        touched: Keys of the records whose row is not as it should be.
        whole: Every row can be told by its key.
        held: The source must be held.
        data: The bytes, where they are not simply those of the rows; None for no file at all.
        gone: No file is delivered.
    """

    table: str
    columns: list[str]
    rows: list[Row]
    touched: set[str] = field(default_factory=set)
    whole: bool = True
    held: bool = False
    data: bytes | None = None
    gone: bool = False

    @property
    def keys(self) -> set[str]:
        return {row[KEYS[self.table]] for row in self.rows}

    def text(self) -> str:
        out = io.StringIO()
        writer = csv.DictWriter(out, self.columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return out.getvalue()

    def written(self) -> bytes:
        return self.text().encode() if self.data is None else self.data

    def write(self, folder: Path) -> None:
        path = folder / "in" / f"{self.table}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        if not self.gone:
            path.write_bytes(self.written())


Damage = Callable[[Delivered, random.Random], Delivered]


def _lines(given: Delivered) -> list[str]:
    return given.text().split("\n")[:-1]


def _line(change: Callable[[str], str], *, last: bool = False) -> Damage:
    """Change the line of one record so that its row cannot be read."""

    def damage(given: Delivered, chance: random.Random) -> Delivered:
        lines = _lines(given)
        place = len(lines) - 1 if last else chance.randrange(1, len(lines) - 1)
        key = given.rows[place - 1][KEYS[given.table]]
        lines[place] = change(lines[place])
        return replace(
            given, data=("\n".join(lines) + "\n").encode(), touched={key}, whole=False, held=last
        )

    return damage


def _cell(text: str | bytes, column: Callable[[Delivered], str]) -> Damage:
    """Put something unreadable into cells of a few records."""

    def damage(given: Delivered, chance: random.Random) -> Delivered:
        name = column(given)
        key = KEYS[given.table]
        filled = [row for row in given.rows if row[name]]
        spoilt = chance.sample(filled, k=min(len(filled), 3))
        touched = {row[key] for row in spoilt}
        rows = [
            {**row, name: "\ue000" if isinstance(text, bytes) else text}
            if row[key] in touched
            else row
            for row in given.rows
        ]
        made = replace(given, rows=rows, touched=touched)
        if isinstance(text, bytes):
            made.data = made.text().encode().replace("\ue000".encode(), text)
        return made

    return damage


def _date_of(given: Delivered) -> str:
    return DATES[given.table]


def _no_key(given: Delivered, chance: random.Random) -> Delivered:
    key = KEYS[given.table]
    lost = chance.choice(given.rows)[key]
    rows = [{**row, key: ""} if row[key] == lost else row for row in given.rows]
    return replace(given, rows=rows, touched={lost}, whole=False)


def _twice(given: Delivered, chance: random.Random) -> Delivered:
    row = chance.choice(given.rows)
    return replace(given, rows=[*given.rows, dict(row)])


def _twice_otherwise(given: Delivered, chance: random.Random) -> Delivered:
    row = chance.choice(given.rows)
    other = {**row, DATES[given.table]: "", "updated_ts": row["updated_ts"]}
    place = chance.randrange(len(given.rows))
    rows = [*given.rows[:place], other, *given.rows[place:]]
    return replace(given, rows=rows, touched={row[KEYS[given.table]]})


def _bytes(change: Callable[[bytes], bytes]) -> Damage:
    """Change the whole file so that nothing of it may be used."""

    def damage(given: Delivered, chance: random.Random) -> Delivered:
        return replace(given, data=change(given.written()), held=True)

    return damage


def _harmless(change: Callable[[Delivered, random.Random], bytes | Delivered]) -> Damage:
    """Change the form of the file and nothing that it says."""

    def damage(given: Delivered, chance: random.Random) -> Delivered:
        made = change(given, chance)
        return made if isinstance(made, Delivered) else replace(given, data=made)

    return damage


def _shuffled(given: Delivered, chance: random.Random) -> Delivered:
    rows, columns = list(given.rows), list(given.columns)
    chance.shuffle(rows)
    chance.shuffle(columns)
    return replace(given, rows=rows, columns=columns)


def _quoted(given: Delivered, chance: random.Random) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, given.columns, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(given.rows)
    return out.getvalue().encode("utf-8-sig")


def _missing_column(given: Delivered, chance: random.Random) -> Delivered:
    lost = "updated_ts"
    rows = [{name: cell for name, cell in row.items() if name != lost} for row in given.rows]
    return replace(given, rows=rows, columns=[c for c in given.columns if c != lost], held=True)


def _gone(given: Delivered, chance: random.Random) -> Delivered:
    return replace(given, gone=True, held=True)


#: What may befall a delivery, by a name that says it.
DAMAGES: dict[str, Damage] = {
    "one cell too many": _line(lambda line: line + ",x"),
    "one cell too few": _line(lambda line: line.rpartition(",")[0]),
    "a quote that never closes": _line(lambda line: line.replace(",", ',"', 1)),
    "two lines run together": _line(lambda line: line + line),
    "the last row cut off": _line(lambda line: line[: len(line) // 2], last=True),
    "dates that are none": _cell("2026-..-?", _date_of),
    "dates of words": _cell("soon", _date_of),
    "bytes of another code page": _cell(b"2026-1\xa3-01", _date_of),
    "a row without its key": _no_key,
    "a row twice": _twice,
    "two rows for one record": _twice_otherwise,
    "cut in the middle": _bytes(lambda data: data[: len(data) // 2].rpartition(b",")[0]),
    "only a header": _bytes(lambda data: data[: data.index(b"\n") + 1]),
    "without its header": _bytes(lambda data: data[data.index(b"\n") + 1 :]),
    "every row one comma longer": _bytes(
        lambda data: (
            data[: data.index(b"\n")] + data[data.index(b"\n") :].replace(b"\n", b",\n")[1:]
        )
    ),
    "empty": _bytes(lambda data: b""),
    "not text at all": _bytes(lambda data: bytes(range(256)) * 40),
    "a workbook of the same name": _bytes(lambda data: b"PK\x03\x04" + data[:500]),
    "a column missing": _missing_column,
    "no file": _gone,
    "UTF-16": _harmless(lambda given, _: given.text().encode("utf-16")),
    "quoted, with a mark, Windows line ends": _harmless(_quoted),
    "semicolons": _harmless(lambda given, _: given.text().replace(",", ";").encode()),
    "rows and columns in another order": _harmless(_shuffled),
}
