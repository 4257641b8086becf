"""The worklists: what a unit gets, in what order, and that its answers can be read back."""

import json
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta

import fastexcel
import openpyxl
import polars as pl
import pytest

from reports.labels import FieldLabel, label_of
from reports.night import exception_ids
from reports.worklist import worklists as worklist
from reports.worklist.evidence import EvidenceReader
from reports.worklist.sheets import ANSWER, ANSWERS, COMMENT, CORRECTED, EXCEPTION_ID, RECORD
from reports.worklist.worklists import write_worklists
from reports.writer import write_reports
from tests.reports.reports_night import ASOF, NASTY, exceptions_frame, make_night


@pytest.fixture(scope="module")
def night():
    return make_night()


@pytest.fixture(scope="module")
def folder(night, tmp_path_factory):
    folder = tmp_path_factory.mktemp("night")
    write_reports(night, folder)
    # The data manager's workbook has no list of things to do.
    shutil.rmtree(folder / "worklists" / "data_team")
    return folder / "worklists"


@pytest.fixture(scope="module")
def books(folder):
    return {path.parent.name: openpyxl.load_workbook(path) for path in folder.rglob("*.xlsx")}


def rows_of(ws):
    (table,) = ws.tables.values()
    head, *rows = ([cell.value for cell in row] for row in ws[table.ref])
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_each_unit_has_its_own_folder_and_the_restricted_one_apart(folder):
    found = {str(path.parent.relative_to(folder)) for path in folder.rglob("*.xlsx")}
    assert found == {
        "LPT_LEEK", "LPT_HANLEY", "LPT_NEWCASTLE", "LPT_STAFFORD", "LPT_BURTON", "PPU", "DVPO",
        "CID-EAST", "UNALLOCATED", "_restricted/PSD",
    }  # fmt: skip
    for path in folder.rglob("*.xlsx"):
        assert path.name.startswith("OFFICIAL-SENSITIVE_worklist_")
        assert path.name.endswith("_2026-11-24.xlsx")


def test_every_open_exception_of_a_record_is_in_exactly_one_worklist(night, books):
    """Those of whole sources are the operator's, and in none."""
    listed = [row[EXCEPTION_ID] for book in books.values() for row in rows_of(book["Worklist"])]
    expected = night.exceptions.filter(
        pl.col("state") == "open",
        pl.col("hidden_by").is_null(),
        pl.col("rule_id") != "ORD-TRY-001",
        pl.col("records") != "sources",
    )
    assert sorted(listed) == sorted(exception_ids(expected))
    assert len(set(listed)) == len(listed)


def test_a_restricted_record_is_in_no_unit_s_worklist(night, tmp_path):
    other = night.exceptions.filter(pl.col("rule_id") == "ORD-SUP-001").head(1)
    flagged = night.exceptions.filter(pl.col("rule_id") == "ORD-REC-003").head(1)
    record = other["record_key"][0]
    # The same record under a second rule: all of its exceptions become restricted.
    same = flagged.with_columns(record_key=pl.lit(record), restricted=pl.lit(True))
    mixed = replace(night, exceptions=pl.concat([other, same, night.exceptions.tail(40)]))
    write_worklists(mixed, tmp_path)
    holding = {
        str(path.parent.relative_to(tmp_path))
        for path in tmp_path.rglob("*.xlsx")
        if record in "".join(str(row[RECORD]) for row in
                             rows_of(openpyxl.load_workbook(path)["Worklist"]))
    }  # fmt: skip
    assert holding == {"_restricted/PSD"}
    psd = openpyxl.load_workbook(next((tmp_path / "_restricted/PSD").iterdir()))
    assert sum(row[RECORD] == record for row in rows_of(psd["Worklist"])) == 2


def test_each_restricted_unit_keeps_its_own_records(night, tmp_path):
    units = pl.concat([night.units, pl.DataFrame(
        [("ACU", "Anti-corruption unit", "PSD", True)], schema=night.units.schema, orient="row"
    )])  # fmt: skip
    two = night.exceptions.filter(pl.col("rule_id") == "ORD-SUP-001").head(2)
    two = two.with_columns(unit_code=pl.Series(["PSD", "ACU"]), restricted=True)
    few = replace(night, units=units, exceptions=two, due_soon=night.due_soon.clear())
    written = write_worklists(few, tmp_path)
    assert [(file.path.parent.name, file.rows) for file in written] == [("ACU", 1), ("PSD", 1)]


def test_without_a_restricted_unit_nobody_s_list_holds_restricted_records(night, tmp_path):
    units = night.units.filter(pl.col("unit_code") != "PSD")
    some = night.exceptions.filter(
        (pl.col("rule_id") == "BRE-RSP-009") | (pl.col("unit_code") == "DVPO")
    )
    write_worklists(replace(night, units=units, exceptions=some), tmp_path)
    for path in tmp_path.rglob("*.xlsx"):
        rules = {row["Rule"] for row in rows_of(openpyxl.load_workbook(path)["Worklist"])}
        assert ("BRE-RSP-009" in rules) == (path.parent.parent.name == "_restricted")


def test_the_most_urgent_come_first(books):
    grave = {"Critical": 0, "High": 1, "Medium": 2, "Low": 3}
    for book in books.values():
        rows = rows_of(book["Worklist"])
        keys = [(not row["Urgency"].startswith("Overdue"), grave[row["Severity"]]) for row in rows]
        assert keys == sorted(keys)


def test_waived_hidden_and_trial_exceptions_are_not_listed(night, books):
    listed = {row[EXCEPTION_ID] for book in books.values() for row in rows_of(book["Worklist"])}
    left_out = night.exceptions.filter(
        (pl.col("state") == "waived") | pl.col("hidden_by").is_not_null()
    )
    assert left_out.height > 50
    assert not listed & set(exception_ids(left_out))
    assert not [row for row in rows_of(books["PPU"]["Worklist"]) if row["Rule"] == "ORD-TRY-001"]


def test_no_cell_is_a_formula_although_keys_and_evidence_look_like_one(books, folder):
    risky = 0
    for book in books.values():
        for ws in book:
            for row in ws.iter_rows():
                for cell in row:
                    assert cell.data_type != "f"
                    risky += isinstance(cell.value, str) and cell.value[:1] in "=+-@\t"
    assert risky >= 5
    for path in folder.rglob("*.xlsx"):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if "/worksheets/sheet" in name:
                    assert b"<f>" not in archive.read(name)


def test_personal_fields_are_never_shown(folder):
    for path in folder.rglob("*.xlsx"):
        with zipfile.ZipFile(path) as archive:
            assert not [n for n in archive.namelist() if b"PERSONAL" in archive.read(n)]


def test_evidence_is_in_plain_words_dates_in_uk_form_and_times_local(night):
    reader = EvidenceReader(night)
    evidence = {
        "notice_served_ts": "2026-07-21T19:00:00+00:00",
        "made_date": "2026-11-03",
        "status": "in_force",
        "until_further_order": False,
        "minutes_late": 1440,
        "end_date": None,
        "subject_key": "S1",
    }
    assert reader.read("orders", json.dumps(evidence)).split("\n") == [
        "Notice served: 21 July 2026 at 20:00",
        "Made: 3 November 2026",
        "Status: in force",
        "Until further order: no",
        "Minutes late: 1,440",
        "End: empty",
    ]
    # A name that is personal of an order is personal of a breach too, though it has no such field.
    assert reader.read("breaches", '{"visor_ref": "V1"}') == "[x]"
    assert reader.read("orders", "not json") == "[x]"
    assert reader.read("orders", None) == "[x]"


def test_nasty_texts_arrive_readable(books):
    texts = [
        row["What the record shows"]
        for book in books.values()
        for row in rows_of(book["Worklist"])
        if "Kind of warning flag" in row["What the record shows"]
    ]
    assert len(texts) >= len(NASTY)
    assert any("text cut here" in text for text in texts)
    assert any("🚓 漢字 [U+202E]reversed" in text for text in texts)
    assert all(len(text.encode("utf-16-le")) <= 2 * 32_767 for text in texts)


def test_answers_are_chosen_from_a_list_that_has_a_name(books):
    for book in books.values():
        ws = book["Worklist"]
        names = book.defined_names
        place = names["AnswerList"].attr_text
        sheet, _, ref = place.rpartition("!")
        listed = [
            cell.value for row in book[sheet.strip("'")][ref.replace("$", "")] for cell in row
        ]
        assert listed == list(ANSWERS)
        rules = {rule.formula1: rule for rule in ws.data_validations.dataValidation}
        rule = rules["=AnswerList"]
        assert rule.type == "list"
        (table,) = ws.tables.values()
        head = [cell.value for cell in ws[table.ref][0]]
        column = ws.cell(1, head.index(ANSWER) + 1).column_letter
        first, last = (int(re.sub(r"[A-Z]", "", end)) for end in table.ref.split(":"))
        covered = str(rule.sqref).replace(column, "").split(":")
        assert [int(covered[0]), int(covered[-1])] == [first + 1, last]


def test_a_list_to_work_with_can_be_filtered_and_keeps_its_headings_in_sight(books):
    ws = books["PPU"]["Worklist"]
    (table,) = ws.tables.values()
    first = int(re.search(r"\d+", table.ref).group())
    assert ws.freeze_panes == f"B{first + 1}"
    assert table.autoFilter.ref == table.ref
    assert not any(dimension.hidden for dimension in ws.column_dimensions.values())
    assert all(book[name].sheet_state == "visible" for book in books.values() for name in
               book.sheetnames)  # fmt: skip
    assert ws["A2"].value.startswith("OFFICIAL-SENSITIVE")


def test_an_answer_survives_the_round_trip(night, folder, tmp_path):
    path = next((folder / "PPU").iterdir())
    book = openpyxl.load_workbook(path)
    ws = book["Worklist"]
    (table,) = ws.tables.values()
    head = [cell.value for cell in ws[table.ref][0]]
    row = ws[table.ref][3][0].row
    wanted = ws.cell(row, head.index(EXCEPTION_ID) + 1).value
    for name, value in {
        ANSWER: next(iter(ANSWERS)),
        CORRECTED: "23/11/2026 14:30",
        COMMENT: "=looks like a formula",
    }.items():
        ws.cell(row, head.index(name) + 1).value = value
        ws.cell(row, head.index(name) + 1).data_type = "s"
    book.save(tmp_path / "answered.xlsx")
    lead = ws[table.ref][0][0].row - 1
    sheet = fastexcel.read_excel(tmp_path / "answered.xlsx").load_sheet(
        "Worklist", header_row=lead, dtypes="string"
    )
    answered = sheet.to_polars().filter(pl.col(ANSWER).is_not_null())
    assert answered.select(EXCEPTION_ID, CORRECTED, COMMENT).rows() == [
        (wanted, "23/11/2026 14:30", "=looks like a formula")
    ]
    known = night.exceptions.with_columns(id=exception_ids(night.exceptions))
    assert known.filter(pl.col("id") == wanted).height == 1


def test_an_exception_id_never_changes_and_reads_as_text():
    frame = pl.DataFrame({"rule_id": ["R1"], "records": ["orders"], "record_key": ["1"]})
    assert exception_ids(frame).to_list() == ["OW-694D09285C13FC23"]
    assert exception_ids(frame.with_columns(days_open=9)).to_list() == ["OW-694D09285C13FC23"]
    many = exception_ids(exceptions_frame(500, nasty=False))
    assert many.is_unique().all()
    assert all(re.fullmatch(r"OW-[0-9A-F]{16}", identifier) for identifier in many)


def test_what_is_due_soon_is_apart_and_in_order_of_time(books):
    rows = [row for book in books.values() for row in rows_of(book["Due soon"])]
    due = [row for row in rows if row["Due"] != "[z]"]
    assert len(due) > 50
    for book in books.values():
        times = [row["Due"] for row in rows_of(book["Due soon"]) if row["Due"] != "[z]"]
        assert times == sorted(times)
        assert all(isinstance(moment, datetime) for moment in times)
    assert not [row for row in due if not row["Urgency"].startswith("Due in ")]


def test_a_due_time_is_shown_by_the_clock_on_the_wall(night, tmp_path):
    summer = night.exceptions.filter(
        pl.col("unit_code") == "PPU", pl.col("rule_id") == "ORD-SUP-001"
    ).head(1)
    due = datetime.fromisoformat("2026-07-01T11:00:00+00:00")
    moved = summer.with_columns(
        due_ts=pl.lit(due).cast(pl.Datetime("us", "UTC")), state=pl.lit("open"),
        hidden_by=pl.lit(None, pl.String),
    )  # fmt: skip
    one = replace(night, exceptions=moved, due_soon=night.due_soon.clear())
    (written,) = write_worklists(one, tmp_path)
    (row,) = rows_of(openpyxl.load_workbook(written.path)["Worklist"])
    assert row["Due"] == datetime(2026, 7, 1, 12)
    assert row["Urgency"] == f"Overdue by {(ASOF - due).days} days"


def test_a_deadline_at_the_instant_itself_is_not_overdue(night, tmp_path):
    frame = exceptions_frame(2, nasty=False).with_columns(
        due_ts=pl.Series([ASOF, ASOF - timedelta(seconds=1)]), unit_code=pl.lit("PPU"),
        rule_id=pl.lit("ORD-SUP-001"), state=pl.lit("open"), hidden_by=pl.lit(None, pl.String),
    )  # fmt: skip
    one = replace(night, exceptions=frame, due_soon=night.due_soon.clear())
    (written,) = write_worklists(one, tmp_path)
    rows = rows_of(openpyxl.load_workbook(written.path)["Worklist"])
    assert [row["Urgency"] for row in rows] == ["Overdue by 1 hour", "Due in 1 hour"]


def test_the_summary_counts_what_the_list_holds(books):
    for book in books.values():
        counted = {row["Rule"]: row["Open"] for row in rows_of(book["Summary"])}
        listed = [row["Rule"] for row in rows_of(book["Worklist"])]
        for rule, count in counted.items():
            assert rule == "[z]" or listed.count(rule) == count


def test_the_dictionary_explains_every_field_that_is_shown(books):
    for book in books.values():
        explained = {row["Field"] for row in rows_of(book["Fields"])}
        for row in rows_of(book["Worklist"]):
            names = re.findall(r"^([A-Z][a-z ]+): ", row["What the record shows"], re.MULTILINE)
            assert set(names) <= explained


def test_every_cell_but_those_to_fill_in_holds_something(books):
    for book in books.values():
        for ws in book:
            for row in rows_of(ws):
                for heading, value in row.items():
                    assert value is not None or heading in (ANSWER, CORRECTED, COMMENT)


def test_two_units_whose_names_make_one_folder_are_kept_apart(night, tmp_path):
    frame = exceptions_frame(4, nasty=False).with_columns(
        unit_code=pl.Series(["a/b", "A B", "a-b", "A_B"]), rule_id=pl.lit("ORD-SUP-001"),
        state=pl.lit("open"), hidden_by=pl.lit(None, pl.String),
    )  # fmt: skip
    units = pl.DataFrame({"unit_code": ["a/b", "A B", "a-b", "A_B"], "name": ["a", "b", "c", "d"]})
    one = replace(night, exceptions=frame, due_soon=night.due_soon.clear(), units=units)
    written = write_worklists(one, tmp_path)
    folders = [str(file.path.parent.relative_to(tmp_path)).lower() for file in written]
    assert len(set(folders)) == 4


def test_a_list_too_long_for_one_workbook_goes_on_in_parts(night, tmp_path, monkeypatch):
    monkeypatch.setattr(worklist, "PART_ROWS", 30)
    frame = exceptions_frame(70, nasty=False).with_columns(
        unit_code=pl.lit("PPU"), rule_id=pl.lit("ORD-SUP-001"), state=pl.lit("open"),
        hidden_by=pl.lit(None, pl.String),
    )  # fmt: skip
    one = replace(night, exceptions=frame, due_soon=night.due_soon.clear())
    written = write_worklists(one, tmp_path)
    assert [file.rows for file in written] == [30, 30, 10]
    assert [file.path.name[-14:] for file in written] == [f"part-{n}-of-3.xlsx"[-14:] for n in
                                                          (1, 2, 3)]  # fmt: skip


def test_the_same_night_gives_the_same_files(night, tmp_path):
    small = replace(night, exceptions=night.exceptions.head(200))
    first, second = (write_reports(small, tmp_path / name) for name in ("a", "b"))
    assert [file.sha256 for file in first.files] == [file.sha256 for file in second.files]
    assert first.failed == second.failed == ()
    for file in first.files:
        assert (
            file.path.read_bytes()
            == (tmp_path / "b" / file.path.relative_to(tmp_path / "a")).read_bytes()
        )


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_every_workbook_and_sees_every_row(folder, tmp_path):
    """Each workbook is opened, saved again by LibreOffice, and read: nothing was lost."""
    books = [*folder.rglob("*.xlsx"), *(folder.parent / "pcc").iterdir()]
    out = tmp_path / "out"
    done = subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
         "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out), *map(str, books)],
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for path in books:
        ours = fastexcel.read_excel(path)
        theirs = fastexcel.read_excel(out / path.name)
        assert theirs.sheet_names == ours.sheet_names
        for name in ours.sheet_names:
            sheets = [
                reader.load_sheet(name, header_row=None, dtypes="string") for reader in
                (ours, theirs)
            ]  # fmt: skip
            assert sheets[0].height == sheets[1].height, f"{path.name}: {name}"
            first = [sheet.to_polars().to_series(0).to_list() for sheet in sheets]
            assert first[0] == first[1], f"{path.name}: {name}"
        with zipfile.ZipFile(out / path.name) as archive:
            for part in archive.namelist():
                if "/worksheets/sheet" in part:
                    assert not re.search(rb"<f[ >]", archive.read(part)), f"{path.name}: {part}"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("notice_served_ts", "Notice served"),
        ("status_ts", "Status time"),
        ("event_date", "Event date"),
        ("rms_flag_ts", "Warning flag set"),
        ("links_n", "Number of links"),
        ("bad_order_id", "Bad order reference"),
    ],
)
def test_two_fields_of_a_record_never_have_the_same_label(name, label):
    assert label_of(name, {"status", "event", name}) == label


def test_a_code_without_words_of_its_own_is_said_in_words(night):
    codes = {
        ("orders", "status"): FieldLabel("Status", "Where it stands", {"in_force": "in_force"})
    }
    reader = EvidenceReader(replace(night, fields=codes))
    assert reader.read("orders", '{"status": "in_force"}') == "Status: in force"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("issued_ts before authorised_ts", "issued before authorised"),
        ("made_date, order_served_ts", "made, order served"),
        ("not_pursued", "not pursued"),
        ("REF_a", "REF_a"),
        ("plain, words before others", "plain, words before others"),
    ],
)
def test_names_of_fields_in_a_value_are_said_in_words(night, value, said):
    assert EvidenceReader(night).read("orders", json.dumps({"pair": value})) == f"Pair: {said}"
