"""A frame of every type that sources have, and the one way in which it becomes text."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl

MADE = datetime(2026, 11, 23, 14, 30, 15)
TYPED = pl.DataFrame(
    {
        "ref": ["007", None],
        "made": [MADE.replace(tzinfo=UTC), None],
        "local": [MADE, MADE.replace(second=0, microsecond=500_000)],
        "day": [date(2026, 11, 23), None],
        "whole": [31.0, 8.31],
        "count": [7, None],
        "yes": [True, False],
        "many": [["a", "b"], None],
        "money": [Decimal("8.310"), Decimal("31.000")],
    }
)
AS_TEXT = [
    (
        *("007", "2026-11-23T14:30:15Z", "2026-11-23T14:30:15", "2026-11-23"),
        *("31", "7", "true", "a;b", "8.31"),
    ),
    (None, None, "2026-11-23T14:30:00.500", None, "8.31", None, "false", None, "31"),
]
