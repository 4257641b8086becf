"""The parts of every workbook: texts, times, bytes."""

import zipfile
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils import quote_sheetname

from reports.excel.sheets import Column, Kind, Link, Properties, Sheet
from reports.excel.workbook import row_height, write_workbook
from reports.text import (
    CELL_LIMIT,
    cell_text,
    counted,
    file_word,
    fit_text,
    short_text,
    uk_date,
    uk_time,
)

ASOF = datetime(2026, 7, 1, 1, 30, tzinfo=UTC)
PROPERTIES = Properties(
    title="A title",
    subject="A subject",
    author="A role",
    marking="OFFICIAL",
    status="Draft",
    written=datetime(2026, 7, 1, 1, 30, tzinfo=UTC),
    others={"Run": "=1+1"},
)


def sheet(rows, columns=None, **more):
    columns = columns or [Column("First", 10), Column("Second", 10, Kind.COUNT)]
    more = {"name": "One", "title": "Title", "lines": ["A line"], "table": "one", **more}
    return Sheet(columns=columns, rows=rows, size=len(rows), **more)


def written(tmp_path, *sheets):
    path = tmp_path / "book.xlsx"
    write_workbook(path, PROPERTIES, sheets)
    return openpyxl.load_workbook(path)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "=cmd|' /C calc'!A0", "=1+1"])
def test_no_text_is_ever_a_formula(tmp_path, start):
    path = tmp_path / "book.xlsx"
    heading = f"{start}heading".strip()
    rows = [(f"{start}text", 1)]
    columns = [Column(heading, 10), Column("Second", 10, Kind.COUNT)]
    write_workbook(
        path, PROPERTIES, [sheet(rows, columns, title=f"{start}title", lines=[f"{start}line"])]
    )
    book = openpyxl.load_workbook(path)
    kinds = {cell.data_type for row in book["One"].iter_rows() for cell in row if cell.value}
    assert kinds <= {"s", "n"}
    with zipfile.ZipFile(path) as archive:
        assert all(b"<f>" not in archive.read(name) for name in archive.namelist())


def test_a_risky_text_stays_a_text_when_it_is_edited(tmp_path):
    book = written(tmp_path, sheet([("=1+1", 1), ("plain", 2)]))
    assert book["One"]["A4"].quotePrefix
    assert not book["One"]["A5"].quotePrefix


@given(st.text())
@settings(max_examples=200)
def test_any_text_can_stand_in_a_cell(text):
    kept = cell_text(text)
    assert len(kept.encode("utf-16-le")) // 2 <= CELL_LIMIT
    assert not set(kept) & {chr(code) for code in (*range(9), 11, 12, *range(14, 32), 0xFFFE)}
    if text.isascii() and text.isprintable() and "_x" not in text:
        assert kept == text


@pytest.mark.parametrize("text", ["x" * 40_000, "🚓" * 20_000, "é" * 32_768])
def test_a_text_too_long_for_a_cell_says_that_it_was_cut(text):
    kept = cell_text(text)
    assert len(kept.encode("utf-16-le")) // 2 <= CELL_LIMIT
    assert f"[text cut here: it has {len(text):,} characters" in kept
    assert kept.startswith(text[:10_000])


def test_a_text_that_just_fits_is_left_alone():
    assert cell_text("x" * CELL_LIMIT) == "x" * CELL_LIMIT


def test_texts_that_programs_would_decode_are_kept_as_they_are():
    assert cell_text("_x0041_") == "_x005F_x0041_"
    assert cell_text("an_x_ray") == "an_x_ray"


def test_times_are_local_and_real(tmp_path):
    summer = datetime(2026, 7, 1, 11, 30, tzinfo=UTC)
    columns = [Column("When", 20, Kind.TIME), Column("Day", 12, Kind.DATE)]
    cells = written(tmp_path, sheet([(summer, date(2026, 11, 23))], columns))["One"][4]
    assert cells[0].value == datetime(2026, 7, 1, 12, 30)
    assert cells[1].value == datetime(2026, 11, 23)
    assert cells[1].number_format == "yyyy-mm-dd"


def test_dates_are_written_out_as_people_say_them():
    assert uk_date(date(2026, 11, 3)) == "3 November 2026"
    assert uk_time(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "2 July 2026 at 00:30"
    assert counted(1, "record") == "1 record"
    assert counted(1200, "record") == "1,200 records"


def test_an_empty_cell_must_be_explained(tmp_path):
    with pytest.raises(ValueError, match="empty cell"):
        written(tmp_path, sheet([("a", None)]))
    book = written(tmp_path, sheet([("\x00", 1)]))
    assert book["One"]["A4"].value == "[x]"


def test_the_same_sheets_give_the_same_bytes(tmp_path):
    rows = [("a", 1), ("b", 2)]
    first = write_workbook(tmp_path / "first.xlsx", PROPERTIES, [sheet(rows)])
    second = write_workbook(tmp_path / "second.xlsx", PROPERTIES, [sheet(rows)])
    other = write_workbook(tmp_path / "other.xlsx", PROPERTIES, [sheet([("a", 1)])])
    assert first == second != other
    assert (tmp_path / "first.xlsx").read_bytes() == (tmp_path / "second.xlsx").read_bytes()
    with zipfile.ZipFile(tmp_path / "first.xlsx") as archive:
        assert {part.date_time for part in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "book.xlsx"
    write_workbook(path, PROPERTIES, [sheet([("old", 1)])])

    def rows():
        yield ("new", 1)
        raise RuntimeError("the disk is full")

    broken = Sheet("One", "T", [], "one", sheet([]).columns, rows(), 2)
    with pytest.raises(RuntimeError, match="disk"):
        write_workbook(path, PROPERTIES, [broken])
    assert openpyxl.load_workbook(path)["One"]["A4"].value == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["book.xlsx"]


def test_rows_that_do_not_come_are_noticed(tmp_path):
    short = Sheet("One", "T", [], "one", sheet([]).columns, [("a", 1)], 2)
    with pytest.raises(ValueError, match="1 rows came where 2 were announced"):
        write_workbook(tmp_path / "book.xlsx", PROPERTIES, [short])


def test_a_workbook_says_what_it_is(tmp_path):
    book = written(tmp_path, sheet([("a", 1)]))
    core = book.properties
    assert (core.title, core.subject, core.creator) == ("A title", "A subject", "A role")
    assert (core.category, core.contentStatus, core.language) == ("OFFICIAL", "Draft", "en-GB")
    assert core.modified == datetime(2026, 7, 1, 2, 30)
    assert book.custom_doc_props["Protective marking"].value == "OFFICIAL"
    assert book.custom_doc_props["Run"].value == "=1+1"


def test_links_lead_to_sheets_and_are_no_formulas(tmp_path):
    book = written(
        tmp_path,
        sheet([("a", 1)], lines=[Link("Over there", "It's two")]),
        sheet([("b", 2)], name="It's two", table="two"),
    )
    link = book["One"]["A2"].hyperlink
    assert link.location == "'It''s two'!A1"
    assert link.target is None


def test_rows_are_high_enough_for_their_text():
    assert row_height("short", 20) < row_height("two\nlines", 20) < row_height("x" * 400, 20)
    assert row_height("x" * 1_000_000, 20) == 300


@pytest.mark.parametrize(
    ("text", "word"),
    [("LPT_LEEK", "LPT_LEEK"), ("CID/../EAST", "CID-EAST"), ("..", "unnamed"), ("con", "con-"),
     ("_restricted", "restricted"), ("Ünit 1", "nit-1")],
)  # fmt: skip
def test_names_of_files_are_safe_everywhere(text, word):
    assert file_word(text) == word


#: What breaks XML, what Excel does not take in a name, what turns a line around.
HOSTILE = st.text(
    st.sampled_from(
        "\x00\x07\x0b\x1f\x7f\x85\ud800\udfff\ufffe\uffff\u202e\u2066[]:*?/\\'=<&\"_x Aé漢🚓"
    ),
    max_size=60,
)


@given(st.lists(HOSTILE, min_size=16, max_size=16), st.floats(), st.datetimes(), st.dates())
@settings(max_examples=60, deadline=None)
def test_no_text_in_any_place_can_break_a_workbook(tmp_path_factory, texts, number, moment, day):
    path = tmp_path_factory.mktemp("hostile") / "book.xlsx"
    t = iter(texts)
    properties = Properties(next(t), next(t), next(t), next(t), next(t), ASOF, {next(t): next(t)})
    choices = next(t)
    columns = [
        Column(next(t), 10, choices=choices, help=next(t) * 9),
        Column(next(t), 10, Kind.COUNT),
        Column("When", 10, Kind.TIME),
        Column("Day", 10, Kind.DATE),
    ]
    one, two = next(t), next(t)
    other = one + "2"
    cells = [(next(t), number, moment, day), (Link(next(t), other), 1, moment, day)]
    sheets = [
        Sheet(one, two, [next(t), Link(two, other)], two, columns, cells, 2, defines=choices),
        Sheet(other, two, [], two, columns, cells, 2),
    ]
    write_workbook(path, properties, sheets)
    book = openpyxl.load_workbook(path)
    assert len({name.lower() for name in book.sheetnames}) == 2
    for ws in book:
        assert 1 <= len(ws.title) <= 31
        for row in ws.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                text = str(cell.value)
                assert not set(text) & set("\x00\x07\x0b\x1f\x7f\ufffe\uffff\u202e\u2066")
                if cell.hyperlink:
                    assert cell.hyperlink.location == f"{quote_sheetname(book.sheetnames[1])}!A1"
        (table,) = ws.tables.values()
        assert [c.name for c in table.tableColumns] == [c.value for c in ws[table.ref][0]]
    assert len(book.properties.title) <= 255


def test_a_turned_line_is_told_not_hidden():
    assert fit_text("abc\u202egpj.exe") == "abc[U+202E]gpj.exe"
    assert short_text("two\nlines \x00 and \u2066more", 20) == "two lines and [U+206"
    assert short_text("\x00", 20) == "[x]"
    assert fit_text(fit_text("a\u202e")) == fit_text("a\u202e")


def test_a_sheet_that_cannot_be_written_costs_that_sheet_only(tmp_path):
    def rows():
        yield ("new", 1)
        raise RuntimeError("a value that nobody foresaw")

    broken = Sheet("Two", "T", [], "two", sheet([]).columns, rows(), 2)
    met = []

    def instead(failed, error):
        met.append((failed.name, type(error)))
        return sheet([("it could not be made", 0)], name=failed.name, table=failed.table)

    path = tmp_path / "book.xlsx"
    others = sheet([("a", 1)]), sheet([("b", 2)], name="Three", table="three")
    write_workbook(path, PROPERTIES, [others[0], broken, others[1]], instead)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["One", "Two", "Three"]
    assert [book[name]["A4"].value for name in book.sheetnames] == [
        "a", "it could not be made", "b",
    ]  # fmt: skip
    assert met == [("Two", RuntimeError)]


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_number_that_is_none_is_not_written_as_one(tmp_path, value):
    assert written(tmp_path, sheet([("a", value)]))["One"]["B4"].value == "[x]"


def test_a_day_that_spreadsheets_do_not_know_stands_as_a_text(tmp_path):
    columns = [Column("When", 20, Kind.TIME), Column("Day", 12, Kind.DATE)]
    rows = [(datetime(1, 1, 1, tzinfo=UTC), date(1066, 10, 14))]
    cells = written(tmp_path, sheet(rows, columns))["One"][4]
    assert [cell.value for cell in cells] == ["0001-01-01T00:00:00+00:00", "1066-10-14"]
