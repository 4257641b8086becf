"""Every faulty workbook and Parquet file is read as far as is right, or refused in our words."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from config.errors import SourceError
from config.sentences import Said, is_said
from config.settings import Limits, Source
from expectations.extract import ROW
from jobs.pull.excel import read_excel
from jobs.pull.parquet import read_parquet
from tests.jobs.pull.damage_typed import DAMAGE, MARK, Damage


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda d: f"{d.kind}: {d.name}")
def test_what_becomes_of_it(damage: Damage, tmp_path: Path) -> None:
    path = tmp_path / f"{MARK}.dat"
    damage.write(path)
    source = Source.model_validate(
        {
            "name": "rms",
            "records": "orders",
            "kind": damage.kind,
            "path": str(path),
            **damage.settings,
        }
    )
    read = read_excel if damage.kind == "excel" else read_parquet
    if damage.refused:
        with pytest.raises(SourceError) as raised:
            read(path, source, Limits(**damage.limits))
        assert isinstance(raised.value.said, Said)
        assert raised.value.said.code == f"pull.{damage.refused}"
        assert is_said(str(raised.value))
        assert MARK not in str(raised.value)
        return
    part = read(path, source, Limits(**damage.limits))
    assert part.frame.height == damage.rows
    assert part.bad_cells.rows() == list(damage.bad)
    assert part.left_out == damage.left_out
    notes = [note for note in part.notes if isinstance(note, Said)]
    assert [note.code.removeprefix("pull.") for note in notes] == list(damage.notes)
    assert not any(MARK in str(note) for note in part.notes)
    for row, column, _ in damage.bad:
        assert part.frame.filter(pl.col(ROW) == row).item(0, column) is None
    assert set(part.frame.drop(ROW).schema.dtypes()) == {pl.String}


def test_there_are_enough_of_them() -> None:
    assert len(DAMAGE) >= 45
    assert len({(d.kind, d.name) for d in DAMAGE}) == len(DAMAGE)
