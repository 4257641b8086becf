"""The same night from CSV, Excel, Parquet, SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import polars as pl
import pytest
import sqlalchemy as sa

from config.settings import load_settings
from jobs.night.run import run_night
from jobs.trace.progress import Progress
from tests.small_force import NIGHT, conditions, orders, settings_file

TABLES = {"orders": orders, "order_conditions": conditions}


def as_csv(folder: Path) -> Iterator[str]:
    for name, table in TABLES.items():
        table().write_csv(folder / f"{name}.csv", datetime_format="%Y-%m-%dT%H:%M:%SZ")
        yield f'kind = "csv"\npath = "{folder / name}.csv"'


def as_semicolon_cp1252(folder: Path) -> Iterator[str]:
    """Local times and UK dates, as a spreadsheet saves them."""
    for name, table in TABLES.items():
        frame = table().with_columns(
            pl.col(pl.Datetime).dt.convert_time_zone("Europe/London").dt.strftime("%d/%m/%Y %H:%M"),
            pl.col(pl.Date).dt.strftime("%d/%m/%Y"),
            pl.lit("Café “closed”").alias("remark"),
        )
        text = frame.write_csv(separator=";")
        (folder / f"{name}.csv").write_bytes(text.encode("cp1252"))
        yield f'kind = "csv"\npath = "{folder / name}.csv"'


def as_excel(folder: Path) -> Iterator[str]:
    """Typed cells, as a person's workbook has them: times without zone, real dates."""
    for name, table in TABLES.items():
        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        frame = table()
        sheet.append(frame.columns)
        naive = frame.with_columns(pl.col(pl.Datetime).dt.replace_time_zone(None))
        for row in naive.rows():
            sheet.append(row)
        book.save(folder / f"{name}.xlsx")
        yield f'kind = "excel"\npath = "{folder / name}.xlsx"'


def as_parquet(folder: Path) -> Iterator[str]:
    for name, table in TABLES.items():
        table().write_parquet(folder / f"{name}.parquet")
        yield f'kind = "parquet"\npath = "{folder / name}.parquet"'


def into_database(url: str) -> Iterator[str]:
    engine = sa.create_engine(url)
    types = {pl.Datetime: sa.DateTime(timezone=True), pl.Date: sa.Date(), pl.Boolean: sa.Boolean()}
    metadata = sa.MetaData()
    with engine.begin() as connection:
        for name, table in TABLES.items():
            frame = table()
            columns = [
                sa.Column(column, types.get(dtype.base_type(), sa.Text()))
                for column, dtype in frame.schema.items()
            ]
            made = sa.Table(name, metadata, *columns)
            made.drop(connection, checkfirst=True)
            made.create(connection)
            connection.execute(
                sa.insert(made), frame.with_columns(pl.col(pl.Int64).cast(pl.String)).to_dicts()
            )
            yield f'kind = "database"\nurl = "{url}"\ntable = "{name}"'
    engine.dispose()


def as_sqlite(folder: Path) -> Iterator[str]:
    return into_database(f"sqlite:///{folder / 'rms.sqlite'}")


def exceptions(folder: Path, kinds: Iterator[str]) -> pl.DataFrame:
    names = zip(TABLES, list(kinds), strict=True)
    sources = "".join(
        f'[[source]]\nname = "rms_{name}"\nrecords = "{name}"\n{kind}\n' for name, kind in names
    )
    settings = load_settings(settings_file(folder, sources=sources))
    result = run_night(settings, NIGHT, Progress(quiet=True))
    assert not result.held_sources, result.held_sources
    return pl.read_parquet(result.folder / "exceptions.parquet").drop("first_seen")


@pytest.fixture(scope="module")
def from_csv(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    folder = tmp_path_factory.mktemp("csv")
    found = exceptions(folder, as_csv(folder))
    assert found.height > 10
    return found


@pytest.mark.parametrize("written", [as_semicolon_cp1252, as_excel, as_parquet, as_sqlite])
def test_the_same_night_from_every_kind_of_source(
    tmp_path: Path, from_csv: pl.DataFrame, written: Callable[[Path], Iterator[str]]
) -> None:
    assert exceptions(tmp_path, written(tmp_path)).equals(from_csv)


def test_the_same_night_from_postgresql(
    tmp_path: Path, server: sa.URL, from_csv: pl.DataFrame
) -> None:
    url = server.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    assert exceptions(tmp_path, into_database(url)).equals(from_csv)
