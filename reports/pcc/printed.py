"""What the packs of earlier nights printed, and what tonight's prints for later ones.

A pack repeats figures of earlier nights. It shows them as their own pack did: what that hid stays
hidden, or two packs side by side would give it away; what that showed is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import polars as pl

from reports.night import COLUMNS, ReportNight

#: The sign of a figure that was shown.
SHOWN: Final = ""


class Printed:
    """The figures of the packs of earlier nights."""

    def __init__(self, night: ReportNight) -> None:
        rows = night.printed.filter(pl.col("business_date") < night.business_date)
        self._figures = {
            (day, tuple(figure)): (n, sign)
            for day, figure, n, sign in rows.select(
                "business_date", "figure", "n", "sign"
            ).iter_rows()
        }

    def number(self, day: date, *figure: str) -> int | None:
        """The number of a figure, whether or not it was shown; None where it is not kept."""
        found = self._figures.get((day, figure))
        return None if found is None else found[0]

    def sign(self, day: date, *figure: str) -> str | None:
        """What stood in a figure's place, `""` where it was shown; None where it is not kept."""
        found = self._figures.get((day, figure))
        return None if found is None else found[1] or SHOWN


def printed_frame(
    night: ReportNight, figures: Mapping[tuple[str, ...], tuple[int, int | str]]
) -> pl.DataFrame:
    """The figures of tonight's pack that later packs repeat, as `printed` of `COLUMNS`.

    Args:
        night: The night.
        figures: For each figure its number, and what stands in the pack.
    """
    rows = [
        (night.business_date, list(figure), number, shown if isinstance(shown, str) else None)
        for figure, (number, shown) in figures.items()
    ]
    return pl.DataFrame(rows, schema=dict(COLUMNS["printed"]), orient="row")
