"""Day numbers of workbooks that count from 1904 are read as the days that were meant."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from config.reference import load_reference
from config.settings import Source
from jobs.conform import Conformed, conform, load_mapping
from jobs.conform.times import from_1904
from jobs.pull import pull
from tests.places import SHARED


def conformed(path: Path) -> Conformed:
    reference = load_reference()
    source = Source.model_validate(
        {"name": "rms", "records": "orders", "kind": "excel", "path": str(path)}
    )
    return conform(pull(source), load_mapping(source, None, reference), reference)


def write(path: Path, *, since_1904: bool) -> None:
    """A date as a bare number, a date as a date, a count that looks like a day."""
    book = openpyxl.Workbook()
    if since_1904:
        book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    sheet.append(["order_id", "order_type", "made_date", "issued_ts", "received_ts", "version_no"])
    number = 46_349 - (1_462 if since_1904 else 0)
    sheet.append(["A1", "NMO", number, number + 0.5, datetime(2026, 11, 23, 9, 30), 44_887])
    book.save(path)


@pytest.mark.parametrize("since_1904", [True, False])
def test_a_number_is_the_day_that_the_workbook_means(tmp_path: Path, since_1904: bool) -> None:
    write(tmp_path / "o.xlsx", since_1904=since_1904)
    found = conformed(tmp_path / "o.xlsx")
    assert found.rejects.is_empty()
    assert found.tables["orders"].select("made_date", "issued_ts", "received_ts", "version_no").row(
        0
    ) == (
        date(2026, 11, 23),
        datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 9, 30, tzinfo=UTC),
        44_887,
    )


def test_workbooks_of_both_kinds_may_be_one_delivery(tmp_path: Path) -> None:
    write(tmp_path / "a.xlsx", since_1904=True)
    write(tmp_path / "b.xlsx", since_1904=False)
    days = conformed(tmp_path / "*.xlsx").tables["orders"].get_column("made_date")
    assert days.to_list() == [date(2026, 11, 23)] * 2


def test_only_day_numbers_of_those_rows_are_moved() -> None:
    texts = pl.Series("raw", ["44887", "44887.5", "44887", "2026-11-23", "448870", None])
    where = pl.Series([True, True, False, True, True, True])
    assert from_1904(texts, where).to_list() == [
        *("46349", "46349.5", "44887", "2026-11-23", "448870", None),
    ]


def test_case_1904() -> None:
    path = SHARED / "cases" / "xl_1904_serial.xlsx"
    if not path.exists():
        pytest.skip("the shared cases are not beside this checkout")
    order = conformed(path).tables["orders"].row(0, named=True)
    assert order["made_date"] == order["start_date"] == date(2026, 11, 1)
