"""Workbooks, read as text."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from config.errors import SourceError
from config.settings import Limits, Source
from jobs.pull import Delivery, pull, read_workbook
from tests.jobs.pull.damage_typed import HEADERS, book, old_workbook, records
from tests.places import SHARED

MADE = datetime(2026, 11, 23, 14, 30, 15)
CASES = SHARED / "cases"


def read(path: Path, **settings: object) -> Delivery:
    return pull(
        Source.model_validate(
            {"name": "rms", "records": "orders", "kind": "excel", "path": str(path), **settings}
        )
    )


def workbook(path: Path, rows: list[list[Any]], title: str = "Orders") -> Path:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for cells in sheet.iter_rows():
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"
    made.save(path)
    return path


def case(name: str) -> Path:
    if not CASES.is_dir():
        pytest.skip("the shared cases are not beside this checkout")
    return CASES / name


def codes(delivery: Delivery) -> list[str]:
    return [note.code.removeprefix("pull.") for note in delivery.notes if not isinstance(note, str)]


def refused(path: Path, **settings: object) -> str:
    with pytest.raises(SourceError) as raised:
        read(path, **settings)
    return str(raised.value)


def test_a_workbook_is_text_and_keeps_its_leading_noughts(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        ["Ref", "Ref", "Made", "Day", "Serial", "Big", "Yes", "Unit", None],
        ["00123", "=1+1", MADE, date(2026, 11, 23), 46349, 21260000001, True, 31.0, None],
        [None] * 9,
        ["z", "l1\nl2", None, None, 46349.5, 2.126e10, False, 8.31, None],
    ]
    delivery = read(workbook(tmp_path / "o.xlsx", rows))
    assert delivery.frame.drop("_file", "_row").rows() == [
        ("00123", "=1+1", "2026-11-23 14:30:15", "2026-11-23 00:00:00", "46349", "21260000001",
         "true", "31"),
        ("z", "l1\nl2", None, None, "46349.5", "21260000000", "false", "8.31"),
    ]  # fmt: skip
    assert delivery.frame.columns[1:3] == ["Ref (1)", "Ref (2)"]
    assert delivery.frame["_row"].to_list() == [1, 3]
    assert delivery.types == {}
    assert delivery.left_out == 1


def test_a_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "o.xlsx", [["Ref"], ["1"]], title="Live orders")
    assert read(path, sheet="Live orders").rows == 1
    assert "1 sheets and none of the name that `sheet` gives" in refused(path, sheet="Orders")


def test_the_lock_file_of_an_open_workbook_is_passed_over(tmp_path: Path) -> None:
    workbook(tmp_path / "o.xlsx", [["Ref"], ["1"]])
    (tmp_path / "~$o.xlsx").write_bytes(b"\x00")
    assert read(tmp_path / "*.xlsx").rows == 1


@pytest.mark.parametrize(
    "settings", [{"header_row": 4}, {"skip_rows": 3}, {"skip_rows": 1, "header_row": 3}]
)
def test_the_header_is_where_the_settings_say(tmp_path: Path, settings: dict[str, int]) -> None:
    rows: list[list[Any]] = [
        ["Orders"],
        [],
        ["made", "in", "November"],
        ["Ref", "Unit"],
        ["1", "A"],
    ]
    delivery = read(workbook(tmp_path / "o.xlsx", rows), **settings)
    assert delivery.frame.drop("_file").rows() == [("1", "A", 1)]


def test_where_filters_the_rows_of_a_workbook(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["Ref", "Unit"], ["1", "A"], ["Total", None], ["2", "B"]]
    delivery = read(workbook(tmp_path / "o.xlsx", rows), where=[{"column": "unit", "filled": True}])
    assert delivery.frame["Ref"].to_list() == ["1", "2"]
    assert delivery.frame["_row"].to_list() == [1, 3]
    assert delivery.left_out == 1


def test_a_merged_header_names_every_column_that_holds_something(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (["Ref", "Seen", None, "Wide", None], ["1", "a", "b", "c", None]):
        sheet.append(row)
    sheet.merge_cells("B1:C1")
    sheet.merge_cells("D1:E1")
    made.save(tmp_path / "o.xlsx")
    delivery = read(tmp_path / "o.xlsx")
    assert delivery.frame.columns[1:-1] == ["Ref", "Seen (1)", "Seen (2)", "Wide"]


def test_two_rows_of_header_take_what_is_merged_down(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (["Ref", "Seen", None], [None, "Day", "Time"], ["1", "a", "b"]):
        sheet.append(row)
    sheet.merge_cells("A1:A2")
    sheet.merge_cells("B1:C1")
    made.save(tmp_path / "o.xlsx")
    delivery = read(tmp_path / "o.xlsx", header_row=2)
    assert delivery.frame.drop("_file", "_row").columns == ["Ref", "Day", "Time"]


def test_cells_merged_over_rows_that_hold_nothing_make_no_records(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (["Ref", "Unit"], ["1", "a"], [], ["2", "b"], []):
        sheet.append(row)
    for ranged in ("A2:A3", "B2:B3", "A4:A5", "B4:B5"):
        sheet.merge_cells(ranged)
    made.save(tmp_path / "o.xlsx")
    for merged in ("reject", "fill"):
        delivery = read(tmp_path / "o.xlsx", merged=merged)
        assert delivery.frame["Ref"].to_list() == ["1", "2"]
        assert delivery.bad_cells.is_empty()


def test_an_error_on_top_of_merged_cells_is_theirs_too(tmp_path: Path) -> None:
    made = book(("x", [HEADERS, *records(3)]))
    sheet = made.worksheets[0]
    sheet["D2"].value, sheet["D2"].data_type = "#N/A", "e"
    sheet.merge_cells("D2:D3")
    made.save(tmp_path / "o.xlsx")
    delivery = read(tmp_path / "o.xlsx", merged="fill")
    assert delivery.bad_cells.drop("_file").rows() == [
        (1, "Unit", "error_cell"),
        (2, "Unit", "error_cell"),
    ]


def test_old_workbooks_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "o.xls").write_bytes(
        old_workbook([["Ref", "Made", "Unit"], ["A1", 46_349.5, "PPU"], ["A2", ValueError(), "x"]])
    )
    delivery = read(tmp_path / "o.xls")
    assert delivery.frame.drop("_file").rows() == [
        ("A1", "46349.5", "PPU", 1),
        ("A2", None, "x", 2),
    ]
    assert delivery.bad_cells.drop("_file").rows() == [(2, "Made", "error_cell")]


def test_a_workbook_that_somebody_sent_is_read_within_bounds(tmp_path: Path) -> None:
    path = tmp_path / "answers.xlsx"
    book(("Lists", [["a"]]), ("Answers", [HEADERS, *records(2)])).save(path)
    sheet = read_workbook(path, sheet="answers")
    assert sheet.cells.columns == ["1", "2", "3", "4", "5"]
    assert sheet.cells.row(0) == tuple(HEADERS)
    assert sheet.sheets == 2
    with pytest.raises(SourceError):
        read_workbook(path, Limits(rows=2), sheet="answers")


def test_case_1904_the_number_is_read_as_the_day_that_the_workbook_means() -> None:
    delivery = read(case("xl_1904_serial.xlsx"))
    assert delivery.since_1904 == {"xl_1904_serial.xlsx"}
    assert codes(delivery) == ["since_1904"]


def test_case_error_cells_and_formulas_without_value() -> None:
    delivery = read(case("xl_err.xlsx"))
    assert delivery.bad_cells.drop("_file").rows() == [
        (1, "occurrence_no", "error_cell"),
        (1, "rms_flag_type", "formula_without_value"),
    ]


def test_case_merged_cells_are_rejected_or_filled() -> None:
    delivery = read(case("xl_merged.xlsx"))
    assert delivery.bad_cells.drop("_file").rows() == [(2, "oic_unit", "merged_cell")]
    assert delivery.frame["oic_unit"].to_list() == ["PPU", None]
    assert codes(delivery) == ["merged_rejected"]
    delivery = read(case("xl_merged.xlsx"), merged="fill")
    assert delivery.bad_cells.is_empty()
    assert delivery.frame["oic_unit"].to_list() == ["PPU", "PPU"]
    assert codes(delivery) == ["merged_filled"]


def test_case_title_rows_and_cover_are_refused_with_a_hint() -> None:
    assert "say `header_row`" in refused(case("xl_title_rows.xlsx"))
    assert read(case("xl_title_rows.xlsx"), header_row=3).frame["order_id"].to_list() == ["O1"]
    assert "2 sheets: say `sheet`" in refused(case("x_sheets.xlsx"))
    assert read(case("x_sheets.xlsx"), sheet="Data").rows == 40


def test_case_blank_rows_at_the_end_are_left_out_and_told() -> None:
    delivery = read(case("x_trail.xlsx"))
    assert delivery.rows == 40
    assert delivery.left_out == 18
    assert codes(delivery) == ["blank_rows"]
    assert delivery.frame.select(pl.col("Ref").null_count()).item() == 0


def test_case_a_total_is_told_and_left_out_by_the_settings() -> None:
    delivery = read(case("x_total.xlsx"))
    assert delivery.rows == 41
    assert codes(delivery) == ["perhaps_footer"]
    for settings in (
        {"skip_footer": 1},
        {"skip_footer": ["Total"]},
        {"where": [{"column": "Ref", "is_not": ["total"]}]},
    ):
        delivery = read(case("x_total.xlsx"), **settings)
        assert delivery.rows == 40
        assert delivery.left_out == 1
