"""How far a sheet goes and what is odd in it, whatever kind of workbook it stands in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SheetShape:
    """How far a sheet goes and what is odd in it; rows and columns from 1.

    Attributes:
        rows: The last row that has a cell.
        columns: The last column that has one.
        merged: Ranges that are one cell: first row, first column, last row, last column.
        without_value: Row and column of formulas that have no stored value.
        errors: Row and column of errors that the library does not tell.
    """

    rows: int
    columns: int
    merged: tuple[tuple[int, int, int, int], ...] = ()
    without_value: tuple[tuple[int, int], ...] = ()
    errors: tuple[tuple[int, int], ...] = ()
