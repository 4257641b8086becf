"""Workbooks and Parquet files, read as text in one way."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from config.errors import SourceError
from config.settings import Source
from jobs.pull import Delivery, pull

MADE = datetime(2026, 11, 23, 14, 30, 15)


def read(kind: str, **where: object) -> Delivery:
    return pull(Source.model_validate({"name": "rms", "records": "orders", "kind": kind, **where}))


def workbook(path: Path, rows: list[list[Any]], title: str = "Orders") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for cells in sheet.iter_rows():
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    book.save(path)
    return path


def test_a_workbook_is_text_and_keeps_its_leading_noughts(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["Ref", "Ref", "Made", "Day", "Serial", "Big", "Yes", "Unit", None],
        ["00123", "=1+1", MADE, date(2026, 11, 23), 46349, 21260000001, True, 31.0, None],
        [None] * 9,
        ["z", "l1\nl2", None, None, 46349.5, 2.126e10, False, 8.31, None],
    ]
    delivery = read("excel", path=str(workbook(tmp_path / "o.xlsx", rows)))
    assert delivery.frame.drop("_file", "_row").rows() == [
        ("00123", "=1+1", "2026-11-23 14:30:15", "2026-11-23 00:00:00", "46349", "21260000001",
         "true", "31"),
        ("z", "l1\nl2", None, None, "46349.5", "21260000000", "false", "8.31"),
    ]  # fmt: skip
    assert delivery.frame.columns[1:3] == ["Ref (1)", "Ref (2)"]
    assert delivery.frame["_row"].to_list() == [1, 3]
    assert delivery.types == {}


def test_a_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "o.xlsx", [["Ref"], ["1"]], title="Live orders")
    assert read("excel", path=str(path), sheet="Live orders").rows == 1
    with pytest.raises(SourceError, match=r"no sheet 'Orders'; it has 'Live orders'.*`sheet`"):
        read("excel", path=str(path), sheet="Orders")


@pytest.mark.parametrize("kind", ["excel", "parquet"])
def test_a_file_of_another_kind_is_named(tmp_path: Path, kind: str) -> None:
    (tmp_path / "o.dat").write_text("Ref\n1\n")
    with pytest.raises(SourceError, match=r"o\.dat is not a .*delivered whole.*`kind`"):
        read(kind, path=str(tmp_path / "o.dat"))


def test_a_workbook_with_a_password_is_named(tmp_path: Path) -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le")
    (tmp_path / "o.xlsx").write_bytes(data)
    with pytest.raises(SourceError, match=r"o\.xlsx is protected with a password"):
        read("excel", path=str(tmp_path / "o.xlsx"))


def test_a_workbook_without_a_header_is_empty(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is empty, without even a header"):
        read("excel", path=str(workbook(tmp_path / "o.xlsx", [])))


def test_the_lock_file_of_an_open_workbook_is_passed_over(tmp_path: Path) -> None:
    workbook(tmp_path / "o.xlsx", [["Ref"], ["1"]])
    (tmp_path / "~$o.xlsx").write_bytes(b"\x00")
    assert read("excel", path=str(tmp_path / "*.xlsx")).rows == 1


TYPED = pl.DataFrame(
    {
        "ref": ["007", None],
        "made": [MADE.replace(tzinfo=UTC), None],
        "local": [MADE, MADE.replace(second=0, microsecond=500_000)],
        "day": [date(2026, 11, 23), None],
        "whole": [31.0, 8.31],
        "count": [7, None],
        "yes": [True, False],
        "many": [["a", "b"], None],
        "money": [Decimal("8.310"), Decimal("31.000")],
    }
)
AS_TEXT = [
    (
        "007",
        "2026-11-23T14:30:15Z",
        "2026-11-23T14:30:15",
        "2026-11-23",
        "31",
        "7",
        "true",
        *("a;b", "8.31"),
    ),
    (None, None, "2026-11-23T14:30:00.500", None, "8.31", None, "false", None, "31"),
]


def test_parquet_becomes_text_and_says_its_types(tmp_path: Path) -> None:
    TYPED.write_parquet(tmp_path / "o.parquet")
    delivery = read("parquet", path=str(tmp_path / "o.parquet"))
    assert delivery.frame.drop("_file", "_row").rows() == AS_TEXT
    assert [delivery.types[name] for name in ("ref", "made", "local", "day", "whole", "yes")] == [
        *("text", "timestamp", "timestamp", "date", "number", "boolean"),
    ]


def test_a_parquet_column_that_holds_nothing_and_has_no_type_says_none(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"ref": ["1"], "never": [None], "day": [None]}, schema_overrides={"day": pl.Date}
    )
    frame.write_parquet(tmp_path / "o.parquet")
    assert read("parquet", path=str(tmp_path / "o.parquet")).types == {"ref": "text", "day": "date"}
