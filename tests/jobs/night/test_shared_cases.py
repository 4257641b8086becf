"""Small inputs that failed once, each through whole nights: what its README says is right is so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from config.identity import folded
from config.settings import load_settings
from jobs.night import NightResult, run_night
from jobs.trace import Progress
from tests.places import SHARED
from tests.small_force import NIGHT, settings_file

CASES = SHARED / "cases"
pytestmark = pytest.mark.skipif(
    not CASES.is_dir(), reason="the small inputs are not beside this checkout"
)
QUIET = Progress(quiet=True)
#: The columns of a records system that names them in its own way, with UK dates.
MAPPING = """
formats = ["%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M:%S"]
[fields]
breach_id = "Ref"
occurred_from_ts = "Date Occ"
reported_ts = "Reported"
recorded_ts = "Recorded"
status = "State"
"""


@dataclass(frozen=True)
class Seen:
    """What became of one source on one night."""

    result: NightResult
    records: str

    @property
    def held(self) -> str | None:
        return self.result.held_sources.get("one")

    @property
    def gates(self) -> set[str]:
        """The dataset rules that have an open exception of the source."""
        found = self.exceptions.filter(
            pl.col("records") == "sources", pl.col("record_key").str.starts_with("one")
        )
        return set(found.get_column("rule_id"))

    @property
    def exceptions(self) -> pl.DataFrame:
        return pl.read_parquet(self.result.folder / "exceptions.parquet")

    @property
    def rejects(self) -> pl.DataFrame:
        return pl.read_parquet(self.result.folder / "rejects.parquet")

    def history(self) -> pl.DataFrame:
        """The records of the night, as the history has them."""
        folder = self.result.folder.parents[1] / "history" / self.records
        files = sorted(folder.glob("*.parquet"))
        return pl.concat([pl.read_parquet(f) for f in files]) if files else pl.DataFrame()


def night(
    folder: Path,
    data: bytes | Path,
    *,
    settings: str = "",
    mapping: str | None = None,
    after: int = 0,
) -> Seen:
    """A night on one delivery."""
    name = data.name if isinstance(data, Path) else "one.csv"
    kind = "excel" if name.endswith("xlsx") else "csv"
    (folder / "in").mkdir(exist_ok=True)
    for former in (folder / "in").iterdir():
        former.unlink()
    (folder / "in" / f"one.{name.rpartition('.')[2]}").write_bytes(
        data.read_bytes() if isinstance(data, Path) else data
    )
    records = "breaches" if mapping else "orders"
    source = (
        f'[[source]]\nname = "one"\nrecords = "{records}"\nkind = "{kind}"\n'
        f'path = "in/one.*"\n{settings}\n'
    )
    if mapping:
        source += 'mapping = "one.toml"\n'
        (folder / "config" / "sources").mkdir(parents=True, exist_ok=True)
        (folder / "config" / "sources" / "one.toml").write_text(mapping)
    path = settings_file(folder, sources=source)
    when: date = NIGHT + timedelta(days=after)
    return Seen(run_night(load_settings(path), when, QUIET), records)


def test_every_row_has_one_comma_more_than_the_header(tmp_path: Path) -> None:
    broken = CASES / "all_rows_trailing_comma.csv"
    header, *rows = broken.read_text().splitlines()
    good = "\n".join([header, *(row.removesuffix(",") for row in rows), ""])
    before = night(tmp_path, good.encode())
    assert before.held is None
    opened = before.exceptions.filter(pl.col("records") == "orders")
    assert opened.height > 0
    seen = night(tmp_path, broken, after=1)
    assert seen.held is not None
    assert "row" in seen.held
    assert "DAT-REC-009" in seen.gates
    states = set(seen.exceptions.filter(pl.col("records") == "orders").get_column("state"))
    assert states == {"open"}
    assert seen.rejects.height == 60


def test_a_quote_that_never_closes_costs_its_own_row(tmp_path: Path) -> None:
    seen = night(tmp_path, CASES / "csv_unclosed_quote.csv")
    assert seen.held is None
    assert seen.history().height == 59
    assert seen.rejects.select("row", "line").rows() == [(5, 6)]


def test_a_few_bytes_of_another_code_page_are_no_guess(tmp_path: Path) -> None:
    seen = night(tmp_path, CASES / "csv_mixed_enc.csv")
    kept = (
        set(seen.history().get_column("rms_flag_type").drop_nulls()) if seen.held is None else set()
    )
    assert not [text for text in kept if not text.isascii() and "caf\u00e9" not in text]
    spoilt = seen.rejects.filter(pl.col("reason") == "undecodable").height
    assert spoilt or "cp1252" in " ".join(seen.result.warnings)


@pytest.mark.parametrize("name", ["c_total.csv", "x_total.xlsx"])
def test_a_total_row_is_no_breach(tmp_path: Path, name: str) -> None:
    where = 'where = [{column = "Ref", is_not = ["Total"]}]'
    seen = night(tmp_path, CASES / name, settings=where, mapping=MAPPING)
    assert seen.held is None
    assert sorted(seen.history().get_column("breach_id")) == [f"17-{n:06}" for n in range(40)]
    without = (
        night(tmp_path / "without", CASES / name, mapping=MAPPING)
        if _made(tmp_path / "without")
        else None
    )
    assert without is not None
    told = without.held or " ".join(without.result.warnings)
    assert told, "nobody is told of the total row"


def _made(folder: Path) -> bool:
    folder.mkdir()
    return True


def test_a_trailer_that_a_program_writes_is_left_out(tmp_path: Path) -> None:
    seen = night(tmp_path, CASES / "csv_footer.csv")
    assert seen.held is None
    assert seen.history().height == 3


def test_rows_of_other_widths_are_rejected_and_so_large_a_share_holds(tmp_path: Path) -> None:
    seen = night(tmp_path, CASES / "c_ragged.csv", mapping=MAPPING)
    lines = CASES.joinpath("c_ragged.csv").read_text().splitlines()
    width = lines[0].count(",")
    wrong = [n for n, line in enumerate(lines, 1) if line.count(",") != width]
    assert len(wrong) == 2
    assert seen.rejects.filter(pl.col("field").is_null()).get_column("line").to_list() == wrong
    assert seen.held is not None
    assert "DAT-REC-009" in seen.gates


def test_references_that_look_like_nothing_are_kept(tmp_path: Path) -> None:
    seen = night(tmp_path, CASES / "null_words.csv")
    assert seen.held is None
    rules = seen.exceptions.filter(pl.col("records") == "orders")
    assert "ORD-GOV-001" not in set(rules.get_column("rule_id"))
    delivered = pl.read_csv(CASES / "null_words.csv", infer_schema=False)
    # `N1` and `n1` are one record, and ` N9 ` is N9; NA is a reference like any other.
    kept, sent = (
        set(frame.select(folded(pl.col("order_id"))).to_series())
        for frame in (seen.history(), delivered)
    )
    assert kept == sent
    assert "NA" in set(seen.history().get_column("order_id"))


def test_odd_characters_stop_no_report_and_leave_no_file_outside(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    seen = night(home, CASES / "odd_characters.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    workbooks = list(seen.result.folder.rglob("*.xlsx"))
    assert workbooks
    for path in workbooks:
        assert openpyxl.load_workbook(path).sheetnames
    delivered = seen.history().height
    assert seen.held is not None or delivered > 0


def test_a_bare_day_number_of_a_1904_workbook_is_the_right_day(tmp_path: Path) -> None:
    seen = night(tmp_path, CASES / "xl_1904_serial.xlsx")
    made = seen.history().get_column("made_date").to_list()
    refused = seen.rejects.filter(pl.col("field") == "orders.made_date").height
    assert made == [date(2026, 11, 1)] or (made == [None] and refused == 1)


def test_error_cells_and_formulas_without_a_value_are_rejects(tmp_path: Path) -> None:
    # The flag's type, which a formula without a value fills, is what `rms_flag_type` reads.
    seen = night(tmp_path, CASES / "xl_err.xlsx")
    reasons = dict(seen.rejects.select("field", "reason").iter_rows())
    assert reasons.get("orders.occurrence_no") == "error_cell"
    assert reasons.get("orders.rms_flag_type") == "formula_without_value"
    listed = seen.history().get_column("unreadable_fields").to_list()
    assert {"occurrence_no", "rms_flag_type"} <= set(listed[0])


def test_merged_cells_are_rejected_or_filled_by_setting(tmp_path: Path) -> None:
    seen = night(tmp_path, CASES / "xl_merged.xlsx")
    assert seen.rejects.filter(pl.col("reason") == "merged_cell").height == 1
    (tmp_path / "filled").mkdir()
    filled = night(tmp_path / "filled", CASES / "xl_merged.xlsx", settings='merged = "fill"')
    assert filled.history().get_column("oic_unit").to_list() == ["PPU", "PPU"]
    assert filled.rejects.is_empty()


def test_title_rows_and_a_cover_sheet_want_a_setting(tmp_path: Path) -> None:
    held = night(tmp_path, CASES / "xl_title_rows.xlsx")
    assert held.held is not None
    assert "header_row" in held.held or "header_row" in " ".join(held.result.warnings)
    (tmp_path / "said").mkdir()
    said = night(tmp_path / "said", CASES / "xl_title_rows.xlsx", settings="header_row = 3")
    assert said.history().get_column("order_id").to_list() == ["O1"]
    (tmp_path / "cover").mkdir()
    cover = night(tmp_path / "cover", CASES / "x_sheets.xlsx", mapping=MAPPING)
    assert cover.held is not None
    assert "sheet" in cover.held or "sheet" in " ".join(cover.result.warnings)
    (tmp_path / "sheet").mkdir()
    sheet = night(
        tmp_path / "sheet", CASES / "x_sheets.xlsx", settings='sheet = "Data"', mapping=MAPPING
    )
    assert sheet.history().height == 40


def test_blank_rows_at_the_end_are_ignored_and_told(tmp_path: Path) -> None:
    seen = night(tmp_path, CASES / "x_trail.xlsx", mapping=MAPPING)
    assert seen.held is None
    assert seen.history().height == 40
    assert "18 rows without any value" in " ".join(seen.result.warnings)


def court_night(folder: Path, feed: bytes, **tables: bytes) -> pl.DataFrame:
    """The exceptions of a night on a court feed and what stands beside it."""
    (folder / "in").mkdir()
    sources = ""
    for name, data in {"court_feed": feed, **tables}.items():
        (folder / "in" / f"{name}.csv").write_bytes(data)
        sources += (
            f'[[source]]\nname = "{name}"\nrecords = "{name}"\nkind = "csv"\n'
            f'path = "in/{name}.csv"\nstamp = "mtime"\n'
        )
    result = run_night(load_settings(settings_file(folder, sources=sources)), NIGHT, QUIET)
    assert result.held_sources == {}
    found = pl.read_parquet(result.folder / "exceptions.parquet")
    return found.filter(pl.col("rule_id").str.contains("^ORD-INF-01[346]$"))


def test_the_court_discharged_one_order_and_varied_another(tmp_path: Path) -> None:
    found = court_night(
        tmp_path,
        (CASES / "domain_court_feed.csv").read_bytes(),
        orders=(CASES / "domain_orders.csv").read_bytes(),
        breaches=(CASES / "domain_breaches.csv").read_bytes(),
        breach_orders=(CASES / "domain_breach_orders.csv").read_bytes(),
    )
    changed = found.filter(pl.col("rule_id") == "ORD-INF-016")
    assert sorted(changed.select("record_key", "severity").rows()) == [
        ("F1", "critical"),
        ("F2", "high"),
    ]


#: Rows of the Bichard feed that must find an order on record and have none, and their kind.
UNMATCHED = {
    "A-1181-interim-SHPO-missing": "SHPO_INT",
    "B-1179-full-after-interim-same-case": "SHPO",
    "C-3260-RO-acquittal": "RO_ACQ",
    "D-3307-SPO": "SPO",
    "D2-3306-SPO-INT": "SPO_INT",
    "E-TRPR0029-ST19501": "SPO",
    "G-3324-SVRO": "SVRO",
    "I-3081-RO-sexual": "RO_CONV",
    "K-short-PR03": "RO_CONV",
    "L-lower": "RO_CONV",
    "M-3085-NOTIF": "NOTIF",
    "N-3326-DAPO": "DAPO",
    "O-3284-STPO-interim": "STPO_INT",
    "S-3047.0": "RO_CONV",
    "T-3086-SOPO": "SOPO",
}


def test_rows_of_bichard_are_read_by_their_codes(tmp_path: Path) -> None:
    """Beside the feed stand the interim of case B, the order of R, and the one that P and Q change.

    H is a knife crime prevention order, which no rule looks for; E2 and J say no kind of order.
    """
    orders = "\n".join(
        [
            "order_id,order_type,force_role,status,made_date,start_date,end_date,received_ts,"
            "created_ts,updated_ts,subject_key,court_case_ref,oic_unit",
            *(
                f"{key},{kind},enforcing,in_force,{made},{made},2030-01-01,{made} 10:00,"
                f"{made} 11:00,2026-11-23 20:00,{subject},{case},PPU"
                for key, kind, made, subject, case in (
                    ("B1", "SHPO_INT", "2026-10-01", "PX", "01ZD0000001"),
                    ("R1", "RO_CONV", "2026-11-10", "FS-R-3047-ok", "FREF-R-3047-ok"),
                    ("Q1", "RO_CONV", "2026-10-01", "PV", "01ZD0000009"),
                )
            ),
            "",
        ]
    )
    feed = (CASES / "court_feed_bichard.csv").read_bytes()
    found = court_night(tmp_path, feed, orders=orders.encode())
    missing = found.filter(pl.col("rule_id") == "ORD-INF-014")
    kinds = missing.select(
        "record_key", pl.col("evidence").str.json_path_match("$.feed_type").alias("kind")
    )
    assert dict(kinds.iter_rows()) == UNMATCHED
    changed = found.filter(pl.col("rule_id") == "ORD-INF-016")
    assert changed.get_column("record_key").to_list() == ["Q-1029-revoked"]
