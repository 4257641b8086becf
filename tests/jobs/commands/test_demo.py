"""The demonstration, whole: what was planted is found, and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from config.errors import NightError
from jobs.commands.demo import run_demo
from jobs.demo.nights import DemoForce, make_force
from jobs.trace.progress import Progress

KEY = ["rule_id", "records", "record_key"]
QUIET = Progress(quiet=True)
#: What three November nights cannot show: a unit's rows against seven nights of its past, and a
#: deadline that hangs on a disputed bank holiday.
BEYOND = {"DAT-REC-001b", "DAT-REC-009", "DAT-REC-010", "DAT-REC-011", "ORD-GOV-004d"}
#: The rules that the first version of Orderwatch set out with.
FIRST_RULES = frozenset(
    [
        *("ORD-GOV-001", "ORD-GOV-002", "ORD-GOV-005", "ORD-GOV-008"),
        *("ORD-REC-002", "ORD-REC-003", "ORD-REC-004", "ORD-REC-006", "ORD-REC-010"),
        *("ORD-REC-012", "ORD-REC-020", "ORD-REC-022", "ORD-REC-023"),
        *("ORD-INF-001", "ORD-INF-002", "ORD-INF-003", "ORD-INF-006"),
        *("ORD-SUP-001", "ORD-SUP-003", "ORD-SUP-004", "ORD-SUP-005"),
        *("BRE-REC-001", "BRE-REC-002", "BRE-REC-004", "BRE-REC-005", "BRE-REC-006"),
        *("BRE-RSP-001", "BRE-RSP-002", "BRE-RSP-004", "BRE-SUP-001"),
    ]
)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, run_demo(folder, QUIET)


@pytest.fixture(scope="module")
def force(tmp_path_factory: pytest.TempPathFactory) -> DemoForce:
    return make_force(tmp_path_factory.mktemp("truth"))


def night(folder: Path, force: DemoForce, i: int) -> Path:
    return folder / "var" / "nights" / force.nights[i].business_date.isoformat()


def listing(folder: Path, force: DemoForce, i: int) -> pl.DataFrame:
    return pl.read_parquet(night(folder, force, i) / "exceptions.parquet")


def rows(frame: pl.DataFrame) -> set[tuple[str, ...]]:
    return set(frame.select(KEY).iter_rows())


@pytest.mark.parametrize("i", [0, 1, 2])
def test_every_planted_fault_is_found_and_nothing_else(
    shown: tuple[Path, str], force: DemoForce, i: int
) -> None:
    """Precision and recall are both 1.0 on every night, held rules standing as they were."""
    found = rows(listing(shown[0], force, i).filter(pl.col("state") == "open"))
    planted = rows(force.truth(i))
    right = len(found & planted)
    assert (right / len(found), right / len(planted)) == (1.0, 1.0), {
        "not planted": sorted(found - planted)[:10],
        "not found": sorted(planted - found)[:10],
    }


def test_every_rule_has_planted_faults(shown: tuple[Path, str], force: DemoForce) -> None:
    planted = set(pl.concat([force.truth(i) for i in range(3)]).get_column("rule_id"))
    assert planted >= FIRST_RULES
    run = json.loads((night(shown[0], force, 0) / "run.json").read_text())
    assert set(run["rules"]) - planted == BEYOND


@pytest.mark.parametrize("i", [0, 1, 2])
def test_the_ledger_moves_as_the_story_says(
    shown: tuple[Path, str], force: DemoForce, i: int
) -> None:
    listed = listing(shown[0], force, i)
    opened = pl.col("first_seen") == force.nights[i].business_date
    said = pl.when(pl.col("state") != "open").then(pl.col("state"))
    said = said.when(opened & (pl.col("episode") > 1)).then(pl.lit("reopened"))
    said = said.when(opened).then(pl.lit("opened")).otherwise(pl.lit("still_open"))
    moved = listed.select(*KEY, said.alias("movement"))
    expected = force.expected_movements(i).select(moved.columns)
    assert set(moved.iter_rows()) == set(expected.iter_rows())


def test_nothing_of_a_held_source_is_opened_or_closed(
    shown: tuple[Path, str], force: DemoForce
) -> None:
    for i in (1, 2):
        run = json.loads((night(shown[0], force, i) / "run.json").read_text())
        held = {rule for rule, said in run["rules"].items() if said["outcome"] == "held"}
        assert held == force.held(i)
        before = listing(shown[0], force, i - 1).filter(
            pl.col("rule_id").is_in(list(held)) & (pl.col("state") == "open")
        )
        after = listing(shown[0], force, i).filter(pl.col("rule_id").is_in(list(held)))
        assert set(after.get_column("state")) <= {"open"}
        assert rows(after) == rows(before)


def workbooks(folder: Path) -> list[Path]:
    found = sorted((folder / "var" / "nights").rglob("*.xlsx"))
    assert len(found) > 40
    return found


def cells(path: Path) -> Iterator[openpyxl.cell.Cell]:
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            yield from (cell for cell in row if cell.value is not None)
    book.close()


def test_no_cell_of_any_workbook_is_a_formula(shown: tuple[Path, str]) -> None:
    formulas = [
        (path.name, cell.coordinate)
        for path in workbooks(shown[0])
        for cell in cells(path)
        if cell.data_type == "f"
    ]
    assert formulas == []


def test_no_scrutiny_pack_holds_a_record_key(shown: tuple[Path, str], force: DemoForce) -> None:
    """Every key of every table of every night, against every text of every pack."""
    keys: set[str] = set()
    for i in range(3):
        for name, table in force.tables(i).items():
            if name not in ("units",):
                columns = [c for c in table.columns if c.endswith(("_id", "_key", "_no", "_ref"))]
                for column in columns:
                    if table.schema[column] == pl.String:
                        keys |= set(table.get_column(column).drop_nulls().to_list())
    keys = {key for key in keys if len(key) > 3}
    assert len(keys) > 10_000
    packs = [path for path in workbooks(shown[0]) if path.parent.name == "pcc"]
    assert len(packs) == 3
    for path in packs:
        text = {str(cell.value) for cell in cells(path)}
        words = {word.strip(".,;:()[]'\"") for said in text for word in said.split()}
        assert (words | text) & keys == set()


def test_every_workbook_opens_in_libreoffice(shown: tuple[Path, str], tmp_path: Path) -> None:
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    last = sorted((shown[0] / "var" / "nights").iterdir())[-1]
    books = sorted(last.rglob("*.xlsx"))
    ran = subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation=file://{tmp_path / 'profile'}",
            "--headless",
            *("--convert-to", "pdf", "--outdir", str(tmp_path)),
            *map(str, books),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    made = {path.stem for path in tmp_path.glob("*.pdf")}
    assert made == {path.stem for path in books}, ran.stderr


def test_the_demonstration_ends_by_saying_what_to_open(shown: tuple[Path, str]) -> None:
    folder, said = shown
    named = [Path(word) for word in said.split() if word.startswith(str(folder.resolve()))]
    assert len(named) >= 5
    assert all(path.exists() for path in named)


def test_a_folder_that_is_somebody_s_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(NightError, match="name an empty folder"):
        run_demo(tmp_path, QUIET)
    assert (tmp_path / "letters.txt").read_text() == "mine"
