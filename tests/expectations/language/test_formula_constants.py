"""Comparisons of constants with columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from expectations.language.formula import Formula, Scope
from tests.expectations.night_stub import night

ASOF = night().asof
INSTANT = pl.Datetime("us", "UTC")


def said_of(text: str, frame: pl.DataFrame) -> list[bool]:
    scope = Scope(frame.columns, night(), {}, ())
    return frame.with_columns(Formula(text).expression(scope).alias("said"))["said"].to_list()


def said(text: str, values: Sequence[datetime]) -> list[bool]:
    return said_of(text, pl.DataFrame({"due": pl.Series(values, dtype=INSTANT)}))


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "==", "!="])
@pytest.mark.parametrize("value", [None, ASOF - timedelta(days=1)])
def test_a_column_of_one_value_gives_a_row_for_each(sign: str, value: datetime | None) -> None:
    frame = pl.DataFrame({"number": [1, 2, 3]}).with_columns(pl.lit(value, INSTANT).alias("due"))
    for text in (f"asof {sign} due", f"due {sign} asof", f"asof + hours(1) {sign} due"):
        assert len(said_of(text, frame)) == 3
        assert len(set(said_of(text, frame))) == 1


def test_a_constant_on_the_left_reads_as_written() -> None:
    moments = [ASOF - timedelta(hours=1), ASOF, ASOF + timedelta(hours=1)]
    assert said("asof > due", moments) == [True, False, False]
    assert said("asof >= due", moments) == [True, True, False]
    assert said("asof < due", moments) == [False, False, True]
    assert said("asof <= due", moments) == [False, True, True]
    assert said("asof == due", moments) == [False, True, False]


def test_two_constants_are_compared() -> None:
    assert said("asof <= asof", [datetime(2026, 1, 1, tzinfo=UTC)]) == [True]
