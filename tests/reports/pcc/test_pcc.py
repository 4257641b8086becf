"""The scrutiny pack: what must be in it, what must never be, and that anybody can read it."""

import re
import zipfile
from dataclasses import replace
from datetime import date, datetime

import openpyxl
import polars as pl
import pytest
from openpyxl.utils import quote_sheetname

from reports.measures import BANDS
from reports.night import SEVERITIES, THEMES, ReportNight
from reports.pcc.pack import pack_sheets, write_pack
from reports.pcc.redaction import redactor
from reports.said import NOT_SHOWN
from reports.text import sentence
from tests.reports.reports_night import ASOF, NIGHT, exceptions_frame, make_night
from tests.reports.test_suppression import Reader

SHORTHAND = re.compile(r"^\[(b|c|e|f|low|p|r|u|x|z)\]$")
BARE_SIGNS = {"*", "-", "--", ".", ":", "..", "NA", "N/A", "n/a", "†"}


@pytest.fixture(scope="module")
def night() -> ReportNight:
    return make_night()


@pytest.fixture(scope="module")
def path(night, tmp_path_factory):
    return write_pack(night, tmp_path_factory.mktemp("pack")).file.path


@pytest.fixture(scope="module")
def book(path):
    return openpyxl.load_workbook(path)


def table_of(ws):
    (table,) = ws.tables.values()
    return table, ws[table.ref]


def values(ws):
    """The rows of a sheet's table by heading."""
    _, cells = table_of(ws)
    head = [cell.value for cell in cells[0]]
    return [dict(zip(head, (cell.value for cell in row), strict=True)) for row in cells[1:]]


def test_the_sheets_are_those_that_a_scrutiny_officer_expects(book):
    assert book.sheetnames == [
        "Cover", "Contents", "Notes", "Summary", "Trend", "By theme", "Movements", "By unit",
        "By rule", "Ageing", "Order types", "Measures", "Sources", "Rules not run", "Method",
        "Definitions",
    ]  # fmt: skip


def test_every_table_is_a_table_with_its_own_name(book):  # A1, A2, A16
    names = []
    for ws in book:
        table, cells = table_of(ws)
        names.append(table.name)
        assert cells[0][0].column == 1
        assert cells[-1][0].row == ws.max_row
        assert [column.name for column in table.tableColumns] == [c.value for c in cells[0]]
    assert len({name.lower() for name in names}) == len(names)
    assert not [name for name in names if re.match(r"(?i)table\d*$", name)]


def test_nothing_is_merged_hidden_filtered_frozen_or_floating(book, path):  # A3, A7, A9, A13
    for ws in book:
        assert not ws.merged_cells.ranges
        assert ws.freeze_panes is None
        assert ws.auto_filter.ref is None
        assert all(table.autoFilter is None for table in ws.tables.values())
        assert ws.sheet_state == "visible"
        assert not any(dimension.hidden for dimension in ws.column_dimensions.values())
        assert not any(dimension.hidden for dimension in ws.row_dimensions.values())
        footers = (ws.oddHeader, ws.oddFooter, ws.evenHeader, ws.evenFooter, ws.firstFooter)
        assert not any(part.text for side in footers for part in (side.left, side.center))
    with zipfile.ZipFile(path) as archive:
        assert not [n for n in archive.namelist() if re.search("drawing|media|vba|comment", n)]


def test_headings_are_one_row_and_unique(book):  # A5
    for ws in book:
        _, cells = table_of(ws)
        head = [cell.value for cell in cells[0]]
        assert all(isinstance(text, str) and text.strip() for text in head)
        assert len({text.lower() for text in head}) == len(head)


def test_no_cell_is_empty_and_signs_are_the_explained_ones(book):  # A4, A8, C
    for ws in book:
        _, cells = table_of(ws)
        first = cells[0][0].row
        above = " ".join(str(ws.cell(row, 1).value) for row in range(1, first))
        for row in cells[1:]:
            for cell in row:
                assert cell.value not in (None, ""), f"{ws.title}!{cell.coordinate}"
                assert cell.value not in BARE_SIGNS
                if isinstance(cell.value, str) and SHORTHAND.match(cell.value):
                    assert f"{cell.value} " in above, f"{ws.title}: {cell.value} is not explained"
        for row in range(1, first):
            assert ws.cell(row, 1).value


def test_figures_are_right_aligned_numbers_and_dates_real_dates(book):  # C, D
    for ws in book:
        _, cells = table_of(ws)
        for row in cells[1:]:
            for cell in row:
                if isinstance(cell.value, int | float) or SHORTHAND.match(str(cell.value)):
                    assert isinstance(cell.value, str) or cell.alignment.horizontal == "right"
                assert not re.fullmatch(r"\d+(\.\d+)?%?|\d{4}-\d\d-\d\d", str(cell.value)) or (
                    not isinstance(cell.value, str)
                )
    assert isinstance(values(book["Trend"])[0]["Night"], datetime)


def test_text_is_wrapped_and_columns_are_wide_enough(book):  # A6
    for ws in book:
        _, cells = table_of(ws)
        assert all(cell.alignment.wrap_text for row in cells for cell in row)
        for cell in cells[0]:
            width = ws.column_dimensions[cell.column_letter].width
            assert width >= max(len(word) for word in cell.value.split()) + 1


def test_each_sheet_has_its_own_title_and_name_and_says_its_marking(book):  # A12, A15
    titles = [ws["A1"].value for ws in book]
    assert len(set(titles)) == len(titles)
    assert len({ws.title.lower() for ws in book}) == len(book.sheetnames)
    for ws in book:
        assert ws["A1"].font.size > ws["A2"].font.size
        assert ws["A2"].value == "OFFICIAL. Draft. Position at 24 November 2026 at 02:30."


def test_it_opens_at_the_top_of_the_first_sheet_and_says_what_it_is(book, path):  # A17
    assert book.active.title == "Cover"
    for ws in book:
        assert ws.sheet_view.selection[0].activeCell == "A1"
    assert [ws.sheet_view.tabSelected for ws in book].count(True) == 1
    core = book.properties
    assert core.title == "Protective orders and breaches: scrutiny pack, 24 November 2026"
    assert core.creator == "Force data team"
    assert core.language == "en-GB"
    assert "Staffordshire Commissioner" in core.subject
    assert core.category == "OFFICIAL"
    assert path.name.startswith("OFFICIAL_")


def test_links_and_notes_lead_somewhere(book):  # A10, A11
    links = [cell.hyperlink for row in book["Contents"].iter_rows() for cell in row]
    linked = {link.location for link in links if link}
    assert linked == {f"{quote_sheetname(name)}!A1" for name in book.sheetnames[2:]}
    noted = {row["Note"] for row in values(book["Notes"])}
    for ws in book:
        for row in ws.iter_rows(values_only=True):
            for text in row:
                assert set(re.findall(r"\[note \d+\]", str(text))) <= noted


def test_colour_is_never_the_only_signal_and_contrast_is_enough(book):  # A14
    def light(colour):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (2, 4, 6)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    for ws in book:
        for row in ws.iter_rows():
            for cell in row:
                ground = cell.fill.start_color.rgb if cell.fill.fill_type else "FFFFFFFF"
                if cell.value is not None:
                    pair = sorted((light(cell.font.color.rgb), light(ground)))
                    assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5
        _, cells = table_of(ws)
        fills = {cell.fill.fill_type for row in cells[1:] for cell in row}
        assert fills <= {None}


def test_no_cell_is_a_formula(book):
    assert not [c for ws in book for row in ws.iter_rows() for c in row if c.data_type == "f"]


def everything(path):
    """All text of a workbook, with properties, names and whatever else it holds."""
    with zipfile.ZipFile(path) as archive:
        return "\n".join(
            f"{name}\n{archive.read(name).decode('utf-8', 'replace')}"
            for name in archive.namelist()
        )


def test_no_record_key_is_anywhere_in_it(night, path):
    text = everything(path) + path.name
    records = night.exceptions.filter(pl.col("records") != "sources")
    keys = pl.concat([records["record_key"], night.due_soon["record_key"]])
    assert keys.len() > 6000
    assert not [key for key in keys.unique() if key in text]
    assert "PERSONAL-MUST-NOT-SHOW" not in text
    # The messages that quote a key are replaced as a whole, for they are no sentences.
    for planted in ("first row", "broke it", "arrest_power", "courts liaison"):
        assert planted not in text
    assert text.count(sentence(NOT_SHOWN)) >= 3


@pytest.mark.parametrize(
    ("key", "said", "shown"),
    [
        ("A B:1|(x)", "row A B:1|(x) is odd", "row [c] is odd"),
        ("2018-07-03|012XX W MADISON ST|THEFT", "at 012XX W MADISON ST on 2018-07-03",
         "at [c] on 2018-07-03"),
        ("ORD1", "ORD1, ORD12 and XORD1", "[c], ORD12 and XORD1"),
        ("24", "24 hours", "24 hours"),
        ("O-1.5", "O-1.5.", "[c]."),
    ],
)  # fmt: skip
def test_a_key_that_a_message_quotes_is_taken_out(night, key, said, shown):
    one = night.exceptions.head(1).with_columns(record_key=pl.lit(key), records=pl.lit("orders"))
    assert redactor(replace(night, exceptions=one))(said) == shown


def test_every_small_count_is_hidden(book):
    shown = 0
    exempt = {"Rules that ran", "Rules that did not run", "Sources accepted",
              "Sources held or not read", "Change"}  # fmt: skip
    for name in ("Summary", "Trend", "By theme", "Movements", "By unit", "By rule", "Ageing",
                 "Order types", "Sources"):  # fmt: skip
        for row in values(book[name]):
            if row.get("Figure (number)") in exempt or row.get("Rule") == "DAT-REC-003":
                continue
            for heading, value in row.items():
                if isinstance(value, int) and heading not in exempt and "(%)" not in heading:
                    shown += 1
                    assert not 1 <= value <= 4, f"{name}: {heading} {value}"
    assert shown > 200
    for row in values(book["Measures"]):
        if row["Unit of the value"] in ("index", "count") or row["Measure"] == "M26":
            continue
        for heading in ("Numerator", "Denominator", "Left out, not known"):
            assert not (isinstance(row[heading], int) and 1 <= row[heading] <= 4)


def reader_of(sheets):
    """What a reader of the tables of open exceptions knows: counts and the sums among them."""
    tables = {sheet.name: [list(row) for row in sheet.rows] for sheet in sheets}
    shown, sums = {}, []

    def put(key, value):
        # Two sheets that show one figure must agree on whether to show it.
        assert shown.setdefault(key, value) == value
        return key

    names = list(THEMES.values())
    *themes, total = tables["By theme"]
    for row in [*themes, total]:
        place = "all" if row is total else row[0]
        cells = [put((place, s), v) for s, v in zip(SEVERITIES, row[1:5], strict=True)]
        sums.append((put((place, "all"), row[5]), cells))
    for column in (*SEVERITIES, "all"):
        sums.append((("all", column), [(name, column) for name in names]))
    *units, total = tables["By unit"]
    for row in units:
        cells = [put((row[0], n), v) for n, v in zip(names, row[1:6], strict=True)]
        sums.append((put((row[0], "unit"), row[6]), cells))
    for name, value in zip(names, total[1:6], strict=True):
        sums.append((put((name, "all"), value), [(row[0], name) for row in units]))
    sums.append((put(("all", "all"), total[6]), [(row[0], "unit") for row in units]))
    *bands, total = tables["Ageing"]
    assert [row[0] for row in bands] == [band for band, _, _ in BANDS]
    for row in bands:
        cells = [put((row[0], s), v) for s, v in zip(SEVERITIES, row[1:5], strict=True)]
        sums.append((put((row[0], "age"), row[5]), cells))
    for place, severity in enumerate(SEVERITIES, start=1):
        key = put(("all", severity), total[place])
        sums.append((key, [(row[0], severity) for row in bands]))
    sums.append((("all", "all"), [(row[0], "age") for row in bands]))
    for name in names:
        for severity in SEVERITIES:
            rules = [
                put(("rule", row[0]), row[7])
                for row in tables["By rule"]
                if (row[2], row[3].lower()) == (name, severity) and row[7] != "[z]"
            ]
            if rules:
                sums.append(((name, severity), rules))
    return shown, sums


@pytest.mark.parametrize("seed", [1, 3])
def test_a_reader_of_all_sheets_together_finds_no_hidden_count(seed):
    night = make_night(60, nasty=False)
    few = exceptions_frame(25 + 40 * seed, seed=seed, nasty=False)
    shown, sums = reader_of(pack_sheets(replace(night, exceptions=few)))
    hidden = [key for key, value in shown.items() if value == "[c]"]
    assert len(hidden) > 20
    assert Reader(shown, sums).pinned() == set()


def test_counts_of_sources_are_shown_for_they_are_not_about_people(book):
    rules = {row["Rule"]: row for row in values(book["By rule"])}
    assert rules["DAT-REC-003"]["Open exceptions"] == 1


def test_tables_add_up_to_the_same_totals(book, night):
    opened = night.exceptions.filter(
        pl.col("state") == "open", pl.col("hidden_by").is_null(), pl.col("rule_id") != "ORD-TRY-001"
    ).height
    totals = [
        values(book["By theme"])[-1]["All severities"],
        values(book["By unit"])[-1]["All themes"],
        values(book["Ageing"])[-1]["All severities"],
        values(book["Summary"])[0]["Night of 24 November 2026"],
        values(book["Trend"])[0]["Open"],
    ]
    assert totals == [opened] * 5


def test_what_is_held_is_named_wherever_its_figures_are(book):
    line = (
        "Source rms_breaches is held tonight: what is open of it stands as it was on the night of"
        " 23 November 2026 [note 7]."
    )
    for name in ("Summary", "Trend", "By theme", "By unit", "By rule", "Ageing", "Measures"):
        lines = [cell.value for cell in book[name]["A"]]
        assert line in lines
    rules = {row["Rule"]: row for row in values(book["By rule"])}
    assert rules["BRE-REC-001"]["Tonight"] == "Held"
    for heading in ("Records checked", "Records that fail (%)", "Open exceptions"):
        assert rules["BRE-REC-001"][heading] == "[x]"
    (held,) = [row for row in values(book["Sources"]) if row["State"] == "Held"]
    assert held["Figures from the night of"] == datetime(2026, 11, 23)


def test_rules_that_did_not_run_are_listed_with_why(book):
    rows = {row["Rule"]: row for row in values(book["Rules not run"])}
    assert rows["BRE-RSP-002"]["Tonight"] == "Not supplied"
    assert rows["BRE-REC-001"]["Tonight"] == "Held"


def test_trial_rules_are_counted_apart(book):
    trial = values(book["By rule"])[-1]
    assert (trial["Rule"], trial["Open exceptions"]) == ("ORD-TRY-001", "[z]")
    assert trial["Tonight"] == "Ran (on trial)"


def test_the_reader_is_told_how_to_read_it(path):
    text = everything(path)
    for words in ("More orders can mean better practice", "made by the courts",
                  "More recorded breaches can mean better detection", "Small numbers swing",
                  "They are not findings of an inspectorate"):  # fmt: skip
        assert words in text


def test_no_text_calls_an_exception_a_breach_or_an_offence(path):
    text = re.sub(r"<[^>]+>", " ", everything(path))
    allowed = "It is not an offence, and it is not a breach of an order"
    assert allowed in text
    assert "offence" not in text.replace(allowed, "").replace("not more offending", "")


def test_the_oversight_body_is_named_from_the_settings(night, tmp_path):
    settings = replace(night.settings, oversight_body="Policing and Crime Board", status="Final")
    written = write_pack(replace(night, settings=settings), tmp_path).file
    book = openpyxl.load_workbook(written.path)
    cover = {row["About this pack"]: row["Detail"] for row in values(book["Cover"])}
    assert cover["For"] == "Policing and Crime Board"
    assert cover["Status"] == "Final"
    assert "Commissioner" not in everything(written.path)
    assert written.path.name.endswith("_final.xlsx")


def test_a_first_night_with_nothing_at_all_still_makes_a_pack(night, tmp_path):
    empty = replace(
        night,
        exceptions=night.exceptions.clear(),
        due_soon=night.due_soon.clear(),
        outcomes=night.outcomes.clear(),
        movements=night.movements.clear(),
        history=night.history.clear(),
        sources=night.sources.clear(),
        order_counts=night.order_counts.clear(),
        measures=night.measures.clear(),
    )
    book = openpyxl.load_workbook(write_pack(empty, tmp_path).file.path)
    # Nothing ran, so nothing was measured: least of all nothing found.
    assert values(book["By theme"])[-1]["All severities"] == "[x]"
    assert values(book["Summary"])[0]["Earlier night"] == "[x]"
    ran = night.outcomes.with_columns(outcome=pl.lit("ran"), evaluated=9, failed=0)
    book = openpyxl.load_workbook(
        write_pack(replace(empty, outcomes=ran), tmp_path / "ran").file.path
    )
    assert values(book["By theme"])[-1]["All severities"] == 0


def test_the_same_night_gives_the_same_bytes(night, tmp_path):
    first, second = (write_pack(night, tmp_path / name).file for name in ("a", "b"))
    assert first.sha256 == second.sha256
    assert first.path.read_bytes() == second.path.read_bytes()


def test_a_frame_without_a_column_that_is_needed_is_refused(night):
    with pytest.raises(ValueError, match=r"`exceptions` lacks the columns \['record_key'\]"):
        replace(night, exceptions=night.exceptions.drop("record_key"))


def test_the_made_up_night_is_the_night_it_says(night):
    assert night.business_date == NIGHT == date(2026, 11, 24)
    assert night.asof == ASOF
