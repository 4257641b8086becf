"""Every damage of the table gives what the table says, and no row is lost unseen."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from config.errors import ConfigFaults, SourceError
from config.sentences import Said, is_said
from config.settings import Source, load_settings
from jobs.pull import Delivery, pull
from tests.jobs.pull.damage import GOOD, LINES, VARIANTS, Variant
from tests.places import SHARED


def deliver(folder: Path, data: bytes, **settings: object) -> Delivery:
    path = folder / "orders.csv"
    path.write_bytes(data)
    described = {"name": "rms", "records": "orders", "kind": "csv", "path": str(path), **settings}
    return pull(Source.model_validate(described))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_damaged_delivery(tmp_path: Path, variant: Variant) -> None:
    data = variant.change(GOOD)
    if variant.error:
        with pytest.raises(SourceError) as raised:
            deliver(tmp_path, data, **variant.settings)
        assert isinstance(raised.value.said, Said)
        assert (raised.value.said.code, is_said(str(raised.value))) == (variant.error, True)
        return
    delivery = deliver(tmp_path, data, **variant.settings)
    found = (delivery.frame.height, delivery.bad_rows.height, delivery.left_out)
    assert found == (variant.read, variant.bad, variant.left_out)
    assert set(delivery.bad_rows["reason"]) == ({variant.reason} if variant.bad else set())
    assert delivery.bad_cells.height == variant.cells
    assert (delivery.incomplete, delivery.headless) == (variant.incomplete, variant.headless)
    assert all(isinstance(note, Said) and is_said(str(note)) for note in delivery.notes)
    told = delivery.frame.height + delivery.bad_rows.height
    assert sorted([*delivery.frame["_row"], *delivery.bad_rows["_row"]])[:1] == [1] * (told > 0)
    # The rows that nobody touched are read as they were.
    untouched = [text for text in LINES if text.encode() + b"\r\n" in data]
    if delivery.files[0].delimiter == "," and variant.read >= len(untouched):
        cells = delivery.frame.drop("_file", "_row").rows()
        assert [text for text in untouched[1:-1] if tuple(text.split(",")) not in cells] == []


def case(name: str, **settings: object) -> Delivery:
    path = SHARED / "cases" / name
    if not path.exists():
        pytest.skip(f"the case {name} is not at hand")
    described = {"name": "c", "records": "orders", "kind": "csv", "path": str(path), **settings}
    return pull(Source.model_validate(described))


@pytest.mark.parametrize(
    ("name", "read", "bad", "left_out", "incomplete"),
    [
        ("all_rows_trailing_comma.csv", 0, 60, 0, None),
        ("csv_unclosed_quote.csv", 59, 1, 0, None),
        ("csv_footer.csv", 3, 0, 1, None),
        ("c_total.csv", 41, 0, 0, None),
        ("c_ragged.csv", 38, 2, 0, None),
        ("csv_mixed_enc.csv", 4, 0, 0, None),
    ],
)
def test_the_small_inputs_that_failed(
    name: str, read: int, bad: int, left_out: int, incomplete: str | None
) -> None:
    delivery = case(name)
    assert (delivery.frame.height, delivery.bad_rows.height) == (read, bad)
    assert (delivery.left_out, delivery.incomplete) == (left_out, incomplete)


def test_the_row_with_the_open_quote_is_named_by_its_line() -> None:
    rows = case("csv_unclosed_quote.csv").bad_rows.drop("_file").rows()
    assert rows == [(5, 6, 1, "broken_quotes")]


def test_a_byte_of_another_encoding_is_a_reject_of_its_cell() -> None:
    delivery = case("csv_mixed_enc.csv")
    assert delivery.bad_cells.drop("_file").rows() == [(4, "rms_flag_type", "undecodable")]
    assert delivery.frame["rms_flag_type"].to_list() == ["flag", "flag", "café", None]


def test_a_total_is_taken_out_by_either_setting() -> None:
    assert case("c_total.csv", skip_footer=["Total"]).frame.height == 40
    where = [{"column": "Ref", "is_not": ["total"]}]
    assert case("c_total.csv", where=where).frame.height == 40


@pytest.mark.parametrize("name", ["null_words.csv", "odd_characters.csv"])
def test_words_and_odd_characters_are_kept(name: str) -> None:
    delivery = case(name)
    assert (delivery.bad_rows.height, delivery.bad_cells.height, delivery.left_out) == (0, 0, 0)
    if name == "null_words.csv":
        assert {"NK", "NA", "None"} <= {
            cell for column in delivery.frame.drop("_row").iter_columns() for cell in column
        }
    else:
        longest = delivery.frame.select(pl.all().cast(pl.String).str.len_chars().max())
        assert longest.max_horizontal().item() >= 40_000


@pytest.mark.parametrize("path", sorted((SHARED / "real").glob("*.csv")), ids=lambda p: p.name)
def test_real_files_are_read_whole(path: Path) -> None:
    described = {"name": "r", "records": "breaches", "kind": "csv", "path": str(path)}
    delivery = pull(Source.model_validate(described))
    assert delivery.frame.height > 100
    assert delivery.bad_rows.is_empty()
    assert (delivery.incomplete, delivery.headless, delivery.left_out) == (None, False, 0)


def test_columns_with_our_names_are_delivered_beside_ours(tmp_path: Path) -> None:
    delivery = deliver(tmp_path, b"_row,_FILE,a\n7,x,1\n8,y,2\n")
    assert delivery.frame["_row"].to_list() == [1, 2]
    assert delivery.frame[delivery.columns["_row"]].to_list() == ["7", "8"]
    assert delivery.frame[delivery.columns["_file"]].to_list() == ["x", "y"]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("skip_footer = ['(']", "is no regular expression"),
        ("skip_footer = ['(?=a)b']", "is no regular expression"),
        ("skip_footer = ['.*']", "fits every row"),
        ("skip_footer = ['']", "is empty"),
        ("skip_footer = -1", "skip_footer"),
        ("header_row = 0", "header_row"),
        ("encoding = 'utf-9'", "there is no such encoding"),
        ("where = [{column = 'a'}]", "one of `is`, `is_not` and `filled`"),
        ("where = [{column = 'a', is = ['x'], filled = true}]", "one of"),
        ("where = [{column = 'a', like = ['x']}]", "like"),
    ],
)
def test_a_wrong_setting_is_a_fault_with_its_line(tmp_path: Path, setting: str, said: str) -> None:
    text = f"[[source]]\nname = 'a'\nrecords = 'orders'\nkind = 'csv'\npath = 'x'\n{setting}\n"
    (tmp_path / "orderwatch.toml").write_text(text)
    with pytest.raises(ConfigFaults) as raised:
        load_settings(tmp_path / "orderwatch.toml")
    assert any(fault.line == 6 and said in fault.message for fault in raised.value.faults)
