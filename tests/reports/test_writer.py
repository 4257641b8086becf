"""One fault stays where it is: what cannot be made costs that report or sheet only."""

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from config.sentences import is_said
from reports import writer
from reports.night import ReportNight
from reports.pcc import findings, pack
from reports.worklist import data_manager, sheets, worklists
from reports.writer import write_reports
from tests.reports.reports_night import make_night


@pytest.fixture(scope="module")
def night() -> ReportNight:
    return make_night(300, nasty=False)


def broken(*args, **kwargs):
    raise ValueError("ZZMARK: what went wrong quotes a record")


def texts(folder: Path) -> str:
    """All text of all workbooks, with their paths and properties."""
    found = []
    for path in folder.rglob("*.xlsx"):
        with zipfile.ZipFile(path) as archive:
            found += [str(path), *(archive.read(n).decode("utf-8", "replace") for n in
                                   archive.namelist())]  # fmt: skip
    return "\n".join(found)


def rows_of(path, sheet):
    ws = openpyxl.load_workbook(path)[sheet]
    (table,) = ws.tables.values()
    head, *rows = ([cell.value for cell in row] for row in ws[table.ref])
    return [dict(zip(head, row, strict=True)) for row in rows]


def manager(folder):
    (path,) = (folder / "worklists" / "data_team").iterdir()
    return path


def test_a_sheet_that_cannot_be_made_says_so_in_its_place(night, tmp_path, monkeypatch):
    monkeypatch.setattr(findings, "by_unit", broken)
    monkeypatch.setattr(sheets, "_fields", broken)
    found = write_reports(night, tmp_path)
    whole = write_reports(night, tmp_path / "again")
    assert len(found.files) == len(whole.files)
    (path,) = (tmp_path / "pcc").iterdir()
    book = openpyxl.load_workbook(path)
    assert "could not be made tonight" in book["By unit"].cell(4, 1).value
    assert book["By unit"]["A2"].value.startswith("OFFICIAL. Draft.")
    assert book["By theme"].tables
    assert {f.sheet for f in found.failed} == {"By unit", "Fields"}
    told = rows_of(manager(tmp_path), "Reports")
    assert {row["Sheet"] for row in told} == {"By unit", "Fields"}
    assert all(is_said(str(failure.said())) for failure in found.failed)
    assert "ZZMARK" not in texts(tmp_path)


def test_a_worklist_that_cannot_be_written_costs_that_one_only(night, tmp_path, monkeypatch):
    real = worklists.write_workbook

    def but_one(path, *args):
        return broken() if "LPT_LEEK" in str(path) else real(path, *args)

    monkeypatch.setattr(worklists, "write_workbook", but_one)
    found = write_reports(night, tmp_path)
    assert not (tmp_path / "worklists" / "LPT_LEEK").exists()
    assert (tmp_path / "worklists" / "PPU").exists()
    assert [(f.report, f.sheet, f.error) for f in found.failed] == [("LPT_LEEK", None, ValueError)]
    (told,) = rows_of(manager(tmp_path), "Reports")
    assert (told["Report"], told["Sheet"]) == ("LPT_LEEK", "The whole report")


def test_a_pack_that_cannot_be_made_leaves_the_worklists(night, tmp_path, monkeypatch):
    monkeypatch.setattr(pack, "pack_counts", broken)
    found = write_reports(night, tmp_path)
    assert found.printed is None
    assert [f.report for f in found.failed] == ["scrutiny_pack"]
    assert len(found.files) > 5
    assert not (tmp_path / "pcc").exists()


def test_the_data_manager_s_workbook_may_fail_too(night, tmp_path, monkeypatch):
    monkeypatch.setattr(data_manager, "write_workbook", broken)
    found = write_reports(night, tmp_path)
    assert [f.report for f in found.failed] == ["data_team"]


def test_a_disk_that_is_full_is_no_fault_of_a_report(night, tmp_path, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer, "write_worklists", full)
    with pytest.raises(OSError, match="No space"):
        write_reports(night, tmp_path)


HOSTILE = "ZZMARK\x07\ufffe\u202e[]:*?/\\'=1+1 " + "L" * 300


def test_nothing_that_stood_in_a_file_names_a_folder_a_sheet_or_a_title(night, tmp_path):
    marked = pl.lit(HOSTILE)
    hostile = replace(
        night,
        settings=replace(night.settings, fallback_unit="PPU"),
        exceptions=night.exceptions.with_columns(
            unit_code=marked, lpt=marked, state=pl.lit("open")
        ),
        due_soon=night.due_soon.with_columns(unit_code=marked, lpt=marked),
        movements=night.movements.with_columns(unit_code=marked),
        outcomes=night.outcomes.with_columns(reason=marked),
        sources=night.sources.with_columns(reason=marked),
        quality=night.quality.with_columns(field=marked, reason=marked, records=marked),
        warnings=[HOSTILE, f"rms_orders: {HOSTILE}"],
    )
    found = write_reports(hostile, tmp_path)
    assert found.failed == ()
    assert "ZZMARK" not in texts(tmp_path)
    folders = {p.parent.name for p in tmp_path.rglob("*.xlsx")}
    assert folders == {"pcc", "data_team", "PPU", "PSD"}
    rows = rows_of(manager(tmp_path), "Units")
    assert rows[0]["Exceptions"] > 200
    assert rows[0]["Where they went"] == "Public protection unit"


@pytest.mark.parametrize("place", ["key", "title", "unit name", "unit code", "evidence"])
def test_hostile_texts_of_records_and_settings_stop_no_report(night, tmp_path, place):
    text = HOSTILE
    changes = {
        "key": {"exceptions": night.exceptions.with_columns(
            record_key=pl.lit(text) + pl.int_range(pl.len()).cast(pl.String))},
        "title": {"rules": night.rules.with_columns(title=pl.lit(text), fix=pl.lit(text))},
        "unit name": {"units": night.units.with_columns(name=pl.lit(text))},
        "unit code": {
            "units": night.units.with_columns(
                unit_code=pl.lit(text) + pl.col("unit_code"), name=pl.lit("a")),
            "exceptions": night.exceptions.with_columns(
                unit_code=pl.lit(text) + pl.col("unit_code")),
        },
        "evidence": {"exceptions": night.exceptions.with_columns(
            evidence=pl.lit('{"rms_flag_type": "' + "a\\\\u0007\\\\ufffe\\\\u202e" + '"}'))},
    }  # fmt: skip
    found = write_reports(replace(night, **changes[place]), tmp_path)
    assert found.failed == ()
    for file in found.files:
        book = openpyxl.load_workbook(file.path)
        assert not set(book.properties.title) & {"\x07", "\ufffe", "\u202e"}


def test_the_data_manager_is_told_what_was_not_read(night, tmp_path):
    outcomes = night.outcomes.with_columns(
        looked_away=pl.when(pl.col("rule_id") == "ORD-GOV-001").then(7).otherwise(0),
        unreferenced=pl.when(pl.col("rule_id") == "ORD-SUP-001").then(2).otherwise(0),
    )
    write_reports(replace(night, outcomes=outcomes), tmp_path)
    path = manager(tmp_path)
    assert openpyxl.load_workbook(path).sheetnames == [
        "Sources", "Not read", "Warnings", "Rules", "Units", "Reports",
    ]  # fmt: skip
    orders = {row["Source"]: row for row in rows_of(path, "Sources")}["rms_orders"]
    assert (orders["State"], orders["Rows read"], orders["Rows not read"]) == ("Accepted", 6170, 3)
    assert orders["Values not read"] == 16
    assert [list(row.values()) for row in rows_of(path, "Not read")] == [
        ["rms_orders", "Orders", "Made (made_date)", "Could not be read as what the field holds",
         12],
        ["rms_orders", "Orders", "A field that is not known", "Another reason", 4],
        ["rms_orders", "Orders", "The whole row", "Row with too many or too few columns", 3],
    ]  # fmt: skip
    said = [row["Warning"] for row in rows_of(path, "Warnings")]
    assert said[0].startswith("The reason is not shown")
    assert said[1].startswith("The file is empty")
    rules = {row["Rule"]: row for row in rows_of(path, "Rules")}
    assert rules["ORD-GOV-001"]["Records looked away from"] == 7
    assert rules["ORD-SUP-001"]["Rows of no known record"] == 2
    assert rules["BRE-RSP-002"]["Tonight"] == "Not supplied"
    assert "ORD-REC-003" not in rules
    assert rows_of(path, "Reports")[0]["Report"] == "Nothing"
    assert "ZZMARK" not in texts(tmp_path)


def test_a_night_of_which_nothing_is_known_still_makes_the_data_manager_s_workbook(night, tmp_path):
    bare = replace(
        night, quality=night.quality.clear(), warnings=(), sources=night.sources.clear(),
        outcomes=night.outcomes.clear(), exceptions=night.exceptions.clear(),
    )  # fmt: skip
    write_reports(bare, tmp_path)
    assert rows_of(manager(tmp_path), "Not read")[0]["Source"] == "Nothing"


def test_a_worklist_says_what_of_its_rows_was_not_looked_at(night, tmp_path):
    write_reports(night, tmp_path)
    for path in (tmp_path / "worklists").rglob("*_worklist_*.xlsx"):
        kinds = {row["Kind of record"] for row in rows_of(path, "Worklist")}
        ws = openpyxl.load_workbook(path)["Worklist"]
        above = " ".join(str(ws.cell(row, 1).value) for row in range(1, 8))
        line = (
            "Source rms_breaches was not read tonight: its rows are as of 23 November 2026; a fix"
            " made since will show when it is."
        )
        assert (line in above) == ("Breaches" in kinds)
        if "Breaches" in kinds:
            assert re.search(r"\d+ rows? of \d rules? that did not run tonight", above)
