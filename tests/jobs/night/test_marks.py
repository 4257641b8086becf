"""Nothing that stood in a file is a message: marked values are searched for in all that is said."""

from __future__ import annotations

import json
import sqlite3
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from config.records import load_records
from jobs import cli
from tests.jobs.night.marks import MARK, PERSON, channels, leaks
from tests.small_force import NIGHT, orders, settings_file

RECORDS = load_records()


def mark_of(table: str, field: str, number: int) -> str:
    known = RECORDS.field(table, field)
    return f"{PERSON if known and known.personal else MARK} {field} {number}"


def source(name: str, records: str, kind: str, where: str) -> str:
    return f'[[source]]\nname = "{name}"\nrecords = "{records}"\nkind = "{kind}"\n{where}\n'


def csv(folder: Path, name: str, frame: pl.DataFrame) -> str:
    path = folder / "in" / name
    frame.write_csv(path, datetime_format="%Y-%m-%dT%H:%M:%SZ")
    return f'path = "in/{name}"'


def texts() -> pl.DataFrame:
    """Orders whose dates are good and whose every word is a mark: rules have much to say."""
    frame = orders()
    words = [
        pl.concat_str(pl.lit(f"{mark_of('orders', name, 0)} "), pl.int_range(pl.len())).alias(name)
        for name, field in RECORDS["orders"].fields.items()
        if field.type in ("text", "code", "text_list")
        and name not in ("order_id", "order_type", "status", "force_role")
        and not field.made_by_conform
    ]
    return frame.with_columns(words)


def everything() -> pl.DataFrame:
    """Orders whose every cell is a mark, but for two rows in three of the keys."""
    frame = orders()
    return frame.select(
        pl.concat_str(pl.lit(f"{mark_of('orders', name, 1)} "), pl.int_range(pl.len())).alias(name)
        for name in frame.columns
    )


def cells(folder: Path) -> str:
    return source("words", "orders", "csv", csv(folder, "words.csv", texts()))


def all_cells(folder: Path) -> str:
    return source("all_cells", "orders", "csv", csv(folder, "all.csv", everything()))


def half_read(folder: Path) -> str:
    """One cell of every column holds a mark, so that each is a reject and nothing is held."""
    frame = orders(120).with_columns(pl.all().cast(pl.String))
    spoilt = [
        pl.when(pl.int_range(pl.len()) == 20 + place)
        .then(pl.lit(mark_of("orders", name, 2)))
        .otherwise(pl.col(name))
        .alias(name)
        for place, name in enumerate(frame.columns)
        if name != "order_id"
    ]
    return source("half_read", "orders", "csv", csv(folder, "half.csv", frame.with_columns(spoilt)))


def headers(folder: Path) -> str:
    frame = orders().with_columns(
        pl.lit("x").alias(f"{MARK} A"), pl.lit(PERSON).alias(f"{PERSON} B")
    )
    return source("headers", "orders", "csv", csv(folder, "headers.csv", frame))


def no_header(folder: Path) -> str:
    where = csv(folder, "headless.csv", texts())
    path = folder / "in" / "headless.csv"
    path.write_text("\n".join(path.read_text().splitlines()[1:]) + "\n")
    return source("headless", "orders", "csv", where)


def broken_rows(folder: Path) -> str:
    where = csv(folder, "broken.csv", texts())
    path = folder / "in" / "broken.csv"
    lines = path.read_text().splitlines()
    lines[5] += f",{MARK} more"
    lines[9] = lines[9].replace(",", f',"{MARK} open ', 1)
    path.write_text("\n".join(lines) + "\n")
    return source("broken", "orders", "csv", where)


def bad_bytes(folder: Path) -> str:
    where = csv(folder, "bytes.csv", texts())
    path = folder / "in" / "bytes.csv"
    path.write_bytes(path.read_bytes().replace(b"0", b"\xff", 3) + "caf\u00e9".encode())
    return source("bytes", "orders", "csv", where)


def file_name(folder: Path) -> str:
    orders().write_csv(folder / "in" / f"{MARK} x.csv", datetime_format="%Y-%m-%dT%H:%M:%SZ")
    (folder / "in" / f"{MARK} y.csv").write_text("order_id\n")
    return source("names", "orders", "csv", f'path = "in/{MARK}*.csv"')


def workbook(folder: Path) -> str:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = f"{MARK} sheet"
    frame = texts().cast(pl.String)
    sheet.append([*frame.columns, f"{MARK} C"])
    for row in frame.iter_rows():
        sheet.append([*row, f"{MARK} cell"])
    book.create_sheet(f"{PERSON} other")
    book.properties.title = f"{MARK} title"
    book.save(folder / "in" / "book.xlsx")
    return source("book", "orders", "excel", 'path = "in/book.xlsx"')


def wrong_sheet(folder: Path) -> str:
    workbook(folder)
    return source("sheet", "orders", "excel", 'path = "in/book.xlsx"\nsheet = "Data"')


def parquet(folder: Path) -> str:
    frame = texts().with_columns(pl.Series(f"{MARK} list", [[[MARK]]] * 60))
    frame.write_parquet(folder / "in" / "orders.parquet")
    return source("parquet", "orders", "parquet", 'path = "in/orders.parquet"')


def database(folder: Path) -> str:
    """A cell that SQLite cannot decode, with a name beside it."""
    path = folder / "in" / "orders.sqlite"
    connection = sqlite3.connect(path)
    frame = texts().cast(pl.String)
    names = ", ".join(f'"{name}" TEXT' for name in frame.columns)
    connection.execute(f"create table t ({names})")
    marks = ", ".join("?" * frame.width)
    connection.executemany(f"insert into t values ({marks})", frame.rows())
    connection.execute(f"update t set court_code = cast(x'ff{PERSON.encode().hex()}' as text)")
    connection.commit()
    connection.close()
    return source("database", "orders", "database", f'url = "sqlite:///{path}"\ntable = "t"')


def refused(folder: Path) -> str:
    database(folder)
    path = folder / "in" / "orders.sqlite"
    query = f"select * from t where {MARK}_column = '{PERSON}'"
    return source("refused", "orders", "database", f'url = "sqlite:///{path}"\nquery = "{query}"')


def unreachable(folder: Path) -> str:
    url = f"postgresql://127.0.0.1:1/{MARK}?application_name={PERSON}"
    return source("unreachable", "orders", "database", f'url = "{url}"\ntable = "t"')


VARIANTS: list[Callable[[Path], str]] = [
    cells,
    all_cells,
    half_read,
    headers,
    no_header,
    broken_rows,
    bad_bytes,
    file_name,
    workbook,
    wrong_sheet,
    parquet,
    database,
    refused,
    unreachable,
]


def command(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Call the command line as a person does, in this process."""
    monkeypatch.setattr(sys, "argv", ["orderwatch", *arguments])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.__name__)
def test_what_stood_in_a_file_is_in_nothing_that_is_said(
    variant: Callable[[Path], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "in").mkdir()
    sources = variant(tmp_path)
    settings = settings_file(tmp_path, sources=sources)
    inputs = [p.read_bytes() + p.name.encode() for p in (tmp_path / "in").iterdir()]
    joined = b"".join(_unpacked(data) for data in inputs) + sources.encode()
    assert MARK.encode() in joined or PERSON.encode() in joined, "no mark was put in"
    codes = [
        command(monkeypatch, "check", "--connect", "--config", str(settings)),
        command(monkeypatch, "run", "--config", str(settings), "--business-date", str(NIGHT)),
    ]
    later = str(NIGHT + timedelta(days=1))
    codes.append(command(monkeypatch, "run", "--config", str(settings), "--business-date", later))
    command(monkeypatch, "status", "--config", str(settings))
    said = "".join(capfd.readouterr())
    assert set(codes) <= {0, 4}, said
    assert leaks(tmp_path / "var", console=said) == {}


def _unpacked(data: bytes) -> bytes:
    if not data.startswith(b"PK\x03\x04"):
        return data
    import io

    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return b"".join(book.read(name) for name in book.namelist())


PLACES = ("console", "log", "run.json", "pack", "ledger", "measures", "file name")


@pytest.mark.parametrize("place", PLACES)
def test_a_leak_in_any_channel_is_found(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The search itself is tried: a mark that is put anywhere is seen."""
    (tmp_path / "in").mkdir()
    settings = settings_file(
        tmp_path, sources=source("good", "orders", "csv", csv(tmp_path, "good.csv", orders()))
    )
    command(monkeypatch, "run", "--config", str(settings), "--business-date", str(NIGHT))
    said = "".join(capfd.readouterr())
    var = tmp_path / "var"
    assert leaks(var, console=said) == {}
    folder = var / "nights" / str(NIGHT)
    match place:
        case "console":
            said += MARK
        case "log":
            log = next((var / "logs").glob("*.jsonl"))
            log.write_text(log.read_text() + json.dumps({"x": PERSON}) + "\n")
        case "run.json":
            run = json.loads((folder / "run.json").read_text())
            (folder / "run.json").write_text(json.dumps({**run, "warnings": [MARK]}))
        case "pack":
            path = next((folder / "pcc").glob("*.xlsx"))
            book = openpyxl.load_workbook(path)
            book.worksheets[3]["B7"] = f"x {MARK}"
            book.save(path)
        case "ledger":
            connection = sqlite3.connect(var / "ledger.sqlite")
            connection.execute("update source_nights set reason = ?", (f"no {PERSON}",))
            connection.commit()
            connection.close()
        case "measures":
            pl.DataFrame({"measure": [MARK]}).write_parquet(folder / "measures.parquet")
        case "file name":
            (folder / "pcc" / f"{PERSON}.txt").write_text("")
    assert sum(leaks(var, console=said).values()) >= 1
    assert len(list(channels(var, console=said))) > 20
