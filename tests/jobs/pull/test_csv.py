"""CSV files as forces deliver them: encodings, delimiters, broken rows, several files."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from config.errors import SourceError
from config.sentences import Said, say
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
    delivery = deliver(tmp_path, data, encoding="utf-8")
    assert delivery.frame["Status"].to_list() == [None]
    assert delivery.bad_cells.rows() == [("orders.csv", 1, "Status", "undecodable")]


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
    assert delivery.bad_rows.rows() == [
        ("orders.csv", 2, 3, 1, "columns_shifted"),
        ("orders.csv", 3, 5, 1, "columns_shifted"),
    ]
    assert delivery.rows == 4


def test_quotes_that_do_not_close_cost_one_row(tmp_path: Path) -> None:
    delivery = deliver(tmp_path, f'{HEADER}\n1,"said "no" twice",b\n2,a,b\n')
    assert delivery.frame["Ref"].to_list() == ["2"]
    assert delivery.bad_rows.rows() == [("orders.csv", 1, 2, 1, "broken_quotes")]
    assert delivery.incomplete is None


def test_a_header_that_stands_twice_is_numbered_and_noted(tmp_path: Path) -> None:
    delivery = deliver(tmp_path, "Ref, Made ,made,,Made (1)\n1,a,b,c,d\n")
    expected = ["_file", "Ref", "Made (2)", "made (3)", "column 4", "Made (1)", "_row"]
    assert delivery.frame.columns == expected
    assert delivery.notes == (say("pull.header_twice", times=2),)


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
    assert say("pull.file_twice", files=1) in delivery.notes


@pytest.mark.parametrize("data", [b"", b"\n \r\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"])
def test_an_empty_file_is_no_delivery(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(SourceError, match="the file is empty, without even a header"):
        deliver(tmp_path, data)


def test_a_header_without_rows_is_a_delivery_of_none(tmp_path: Path) -> None:
    delivery = deliver(tmp_path, HEADER)
    assert (delivery.rows, delivery.frame.columns) == (0, ["_file", *HEADER.split(","), "_row"])


def in_place(path: Path, what: str) -> Path:
    """What stands at the path of a source, or in the way."""
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "link to nothing":
        path.symlink_to(path.with_name("away"))
    elif what == "link in a circle":
        path.symlink_to(path)
    elif what == "link to a device":
        path.symlink_to("/dev/zero")
    elif what == "no folder":
        return path / "orders.csv"
    elif what == "NUL in the path":
        return path.with_name("a\0b")
    return path


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("nothing", "pull.no_file"),
        ("no folder", "pull.no_folder"),
        ("folder", "pull.is_folder"),
        ("pipe", "pull.is_no_file"),
        ("link to nothing", "pull.is_dangling_link"),
        ("link to a device", "pull.is_no_file"),
        ("link in a circle", "pull.cannot_read"),
        ("NUL in the path", "pull.no_file"),
    ],
)
@pytest.mark.parametrize("pattern", [False, True])
def test_what_is_in_place_of_a_file_is_said(
    tmp_path: Path, what: str, code: str, pattern: bool
) -> None:
    path = in_place(tmp_path / "orders", what)
    asked = path.with_name(path.name[:-1] + "*") if pattern and "\0" not in path.name else path
    with pytest.raises(SourceError) as raised:
        pull(source(asked))
    assert isinstance(raised.value.said, Said)
    assert raised.value.said.code == code
    assert tmp_path.name not in str(raised.value)


def test_a_folder_beside_files_is_passed_over_and_a_dead_link_is_not(tmp_path: Path) -> None:
    (tmp_path / "orders_1.csv").write_text(f"{HEADER}\n1,a,b\n")
    (tmp_path / "orders_2").mkdir()
    assert pull(source(tmp_path / "orders_*")).rows == 1
    (tmp_path / "orders_3.csv").symlink_to(tmp_path / "away")
    with pytest.raises(SourceError, match="a link at the path of the source leads to nothing"):
        pull(source(tmp_path / "orders_*"))


@pytest.mark.parametrize("change", ["grew", "shrank", "touched", "gone"])
def test_a_file_that_changes_while_it_is_read_is_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    path, text = tmp_path / "orders.csv", f"{HEADER}\n1,a,b\n"
    path.write_text(text)
    os.utime(path, (1_750_000_000, 1_750_000_000))
    read = Path.read_bytes

    def reading(one: Path) -> bytes:
        data = read(one)
        if change == "gone":
            path.unlink()
        elif change == "touched":
            os.utime(path, (1_750_000_001, 1_750_000_001))
        else:
            path.write_text(text + "2" if change == "grew" else HEADER)
        return data

    monkeypatch.setattr(Path, "read_bytes", reading)
    delivery = pull(source(path))
    size = len(text)
    after = {"grew": size + 1, "shrank": len(HEADER), "touched": size, "gone": 0}[change]
    assert (delivery.incomplete, delivery.sizes) == ("changed", (size, after))


def test_a_file_that_is_taken_away_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(path: Path) -> bytes:
        raise FileNotFoundError(2, "No such file", str(path))

    monkeypatch.setattr(Path, "read_bytes", gone)
    (tmp_path / "orders.csv").write_text(HEADER)
    with pytest.raises(SourceError, match="was taken away before it could be read"):
        pull(source(tmp_path / "orders.csv"))


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    (tmp_path / "orders.csv").write_text(HEADER)
    with pytest.raises(SourceError, match="this account may not read"):
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
    with pytest.raises(SourceError, match="`stamp` of the source names a column"):
        deliver(tmp_path, HEADER, stamp="column:Cut")
    with pytest.raises(
        SourceError, match="the manifest that `stamp` of the source names cannot be read"
    ):
        deliver(tmp_path, HEADER, stamp="manifest:made.txt")
