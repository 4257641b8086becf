"""CSV files as forces deliver them: encodings, delimiters, broken rows, several files."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from config.errors import SourceError
from config.settings import Source
from jobs.pull import Delivery, pull

HEADER = "Ref,Status,Made"


def source(path: Path | str, **more: object) -> Source:
    return Source.model_validate(
        {"name": "rms", "records": "orders", "kind": "csv", "path": str(path), **more}
    )


def deliver(folder: Path, data: bytes | str, name: str = "orders.csv", **more: object) -> Delivery:
    content = data.encode() if isinstance(data, str) else data
    (folder / name).write_bytes(content)
    return pull(source(folder / name, **more))


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_the_encoding_is_found_out_and_noted(tmp_path: Path, encoding: str, found: str) -> None:
    text = f"{HEADER}\n00123,\u201cLive\u201d \u2013 caf\u00e9,01/02/2026\n"
    delivery = deliver(tmp_path, text.encode(encoding))
    assert delivery.files[0].encoding == found
    assert delivery.frame["Status"].to_list() == ["\u201cLive\u201d \u2013 caf\u00e9"]
    assert delivery.frame["Ref"].to_list() == ["00123"]
    assert (found == "utf-8") == (not delivery.notes)


def test_an_encoding_that_is_said_is_not_guessed(tmp_path: Path) -> None:
    data = f"{HEADER}\n1,\u00e9,\n".encode("cp850")
    assert deliver(tmp_path, data, encoding="cp850").frame["Status"].to_list() == ["\u00e9"]
    with pytest.raises(SourceError, match=r"orders\.csv cannot be read as utf-8.*encoding"):
        deliver(tmp_path, data, encoding="utf-8")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    rows = [["Ref", "Note, other"], ["1", "a;b|c\td,e"], ["2", ""]]
    text = "\r\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    delivery = deliver(tmp_path, text)
    assert delivery.files[0].delimiter == delimiter
    assert delivery.frame["Note, other"].to_list() == ["a;b|c\td,e", ""]


def test_a_file_of_one_column_has_one_column(tmp_path: Path) -> None:
    assert deliver(tmp_path, "Ref\n1\n2\n").frame["Ref"].to_list() == ["1", "2"]


def test_cells_keep_what_was_delivered(tmp_path: Path) -> None:
    text = f'{HEADER}\r\n007,"line one\r\nline ""two""", 2.126E+10 \r\n8,a\0b,=1+1\r\n'
    frame = deliver(tmp_path, text).frame
    assert frame["Status"].to_list() == ['line one\r\nline "two"', "a\0b"]
    assert frame["Made"].to_list() == [" 2.126E+10 ", "=1+1"]
    assert frame["_row"].to_list() == [1, 2]


def test_a_row_of_another_width_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    delivery = deliver(tmp_path, f"{HEADER}\n1,a,b\n2,a, shifted,b\n\n3,a\n4,a,b\n")
    assert delivery.frame.select("Ref", "_row").rows() == [("1", 1), ("4", 4)]
    assert delivery.bad_rows.drop("line", "lines").rows() == [
        ("orders.csv", 2, "columns_shifted: 4 columns, the header has 3"),
        ("orders.csv", 3, "columns_shifted: 2 columns, the header has 3"),
    ]
    assert delivery.rows == 4


def test_quotes_that_do_not_close_cost_one_row(tmp_path: Path) -> None:
    delivery = deliver(tmp_path, f'{HEADER}\n1,"said "no" twice",b\n2,a,b\n')
    assert delivery.frame["Ref"].to_list() == ["2"]
    assert delivery.bad_rows["_row"].to_list() == [1]
    assert delivery.bad_rows["reason"][0].startswith("broken_row")


def test_a_header_that_stands_twice_is_numbered_and_noted(tmp_path: Path) -> None:
    delivery = deliver(tmp_path, "Ref, Made ,made,,Made (1)\n1,a,b,c,d\n")
    expected = ["_file", "Ref", "Made (2)", "made (3)", "column 4", "Made (1)", "_row"]
    assert delivery.frame.columns == expected
    assert any("'made' stands 2 times" in note for note in delivery.notes)


def test_a_file_is_hashed_as_it_is(tmp_path: Path) -> None:
    data = f"{HEADER}\n1,a,b\n".encode()
    delivery = deliver(tmp_path, data)
    assert delivery.files[0].sha256 == hashlib.sha256(data).hexdigest()
    assert delivery.files[0].size == len(data)
    assert delivery.sha256 != deliver(tmp_path, data + b"2,a,b\n").sha256


def test_several_files_are_one_delivery(tmp_path: Path) -> None:
    (tmp_path / "orders_a.csv").write_text(f"{HEADER}\n1,a,b\n2,a,b,c\n")
    (tmp_path / "orders_b.csv").write_text("ref;STATUS\n3;a\n4;a;b;c\n")
    (tmp_path / "orders_c.csv").write_text(f"{HEADER}\n1,a,b\n2,a,b,c\n")
    delivery = pull(source(tmp_path / "orders_*.csv"))
    assert delivery.frame.select("_file", "_row", "Ref", "Status").rows() == [
        ("orders_a.csv", 1, "1", "a"),
        ("orders_b.csv", 3, "3", "a"),
    ]
    assert delivery.bad_rows["_row"].to_list() == [2, 4]
    in_file = delivery.bad_rows.select(delivery.row_in_file(pl.col("_row"), pl.col("_file")))
    assert in_file.to_series().to_list() == [2, 2]
    assert delivery.uneven == ("Made",)
    assert any("orders_c.csv is the same as orders_a.csv" in note for note in delivery.notes)


@pytest.mark.parametrize("data", [b"", b"\n \r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_an_empty_file_is_no_delivery(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SourceError, match=r"orders\.csv is empty, without even a header"):
        deliver(tmp_path, data)


def test_a_header_without_rows_is_a_delivery_of_none(tmp_path: Path) -> None:
    delivery = deliver(tmp_path, HEADER)
    assert (delivery.rows, delivery.frame.columns) == (0, ["_file", *HEADER.split(","), "_row"])


def test_no_file_names_the_pattern_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no file matches .*orders\*\.csv.*`path`.*`rms`"):
        pull(source(tmp_path / "orders*.csv"))


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (tmp_path / "orders.csv").write_text(HEADER)
    with pytest.raises(SourceError, match=r"Permission denied.*this account may read it"):
        pull(source(tmp_path / "orders.csv"))


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("name", "stamp", "expected"),
    [
        ("orders_20261123T2350.csv", r"filename:\d{8}T\d{4}", moment(2026, 11, 23, 23, 50)),
        ("orders_2026-07-01.csv", r"filename:[\d-]+", moment(2026, 7, 1, 22, 59, 59, 999999)),
        ("orders_last.csv", r"filename:\d+", None),
        ("orders.csv", "column:Made", moment(2026, 11, 23, 13, 0)),
    ],
)
def test_the_stamp_is_where_the_source_says(
    tmp_path: Path, name: str, stamp: str, expected: datetime | None
) -> None:
    text = f"{HEADER}\n1,a,2026-11-22 09:00\n2,a,2026-11-23 13:00\n3,a,\n"
    delivery = deliver(tmp_path, text, name, stamp=stamp)
    assert (delivery.stamped, delivery.stamp) == (True, expected)


def test_the_stamp_of_a_manifest_and_of_the_file_system(tmp_path: Path) -> None:
    (tmp_path / "made.txt").write_text("extract finished 2026-11-23 22:15:00\n")
    delivery = deliver(tmp_path, HEADER, stamp="manifest:made.txt")
    assert delivery.stamp == moment(2026, 11, 23, 22, 15)
    os.utime(tmp_path / "orders.csv", (1_750_000_000, 1_750_000_000))
    delivery = pull(source(tmp_path / "orders.csv", stamp="mtime"))
    assert delivery.stamp == datetime.fromtimestamp(1_750_000_000, UTC)
    assert not pull(source(tmp_path / "orders.csv")).stamped


def test_a_stamp_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="'Cut'"):
        deliver(tmp_path, HEADER, stamp="column:Cut")
    with pytest.raises(SourceError, match=r"made\.txt"):
        deliver(tmp_path, HEADER, stamp="manifest:made.txt")
