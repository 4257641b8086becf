"""Parquet files, read as text."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from config.settings import Source
from jobs.pull import Delivery, pull
from tests.jobs.pull.typed_values import AS_TEXT, TYPED


def read(path: Path) -> Delivery:
    source = {"name": "rms", "records": "orders", "kind": "parquet", "path": str(path)}
    return pull(Source.model_validate(source))


def test_parquet_becomes_text_and_says_its_types(tmp_path: Path) -> None:
    TYPED.write_parquet(tmp_path / "o.parquet")
    delivery = read(tmp_path / "o.parquet")
    assert delivery.frame.drop("_file", "_row").rows() == AS_TEXT
    assert [delivery.types[name] for name in ("ref", "made", "local", "day", "whole", "yes")] == [
        *("text", "timestamp", "timestamp", "date", "number", "boolean"),
    ]


def test_a_parquet_column_that_holds_nothing_and_has_no_type_says_none(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"ref": ["1"], "never": [None], "day": [None]}, schema_overrides={"day": pl.Date}
    )
    frame.write_parquet(tmp_path / "o.parquet")
    assert read(tmp_path / "o.parquet").types == {"ref": "text", "day": "date"}


def test_columns_with_our_names_may_stand_in_it(tmp_path: Path) -> None:
    frame = pl.DataFrame({"Ref": ["1"], "_file": ["theirs"], "_row": [99]})
    frame.write_parquet(tmp_path / "o.parquet")
    delivery = read(tmp_path / "o.parquet")
    assert delivery.frame["_file"].to_list() == ["o.parquet"]
    assert delivery.frame["_row"].to_list() == [1]
    assert delivery.frame[delivery.columns["_file"]].to_list() == ["theirs"]
    assert delivery.types[delivery.columns["_row"]] == "number"


def test_a_cell_without_a_text_is_told_and_null(tmp_path: Path) -> None:
    frame = pl.DataFrame({"Ref": ["1", "2"], "day": [1.0, float("inf")], "made": [date.min] * 2})
    frame.write_parquet(tmp_path / "o.parquet")
    delivery = read(tmp_path / "o.parquet")
    assert delivery.bad_cells.rows() == [("o.parquet", 2, "day", "no_text")]
    assert delivery.frame["day"].to_list() == ["1", None]
    assert delivery.frame["made"].to_list() == ["0001-01-01"] * 2
