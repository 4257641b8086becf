"""Units and staff of the force, and who holds which record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from config.units import load_units
from jobs.demo.chance import Dice

#: Local policing teams by how much of the work falls in their area.
AREAS: Mapping[str, float] = {
    "HANLEY": 19,
    "LONGTON": 16,
    "NEWCASTLE": 11,
    "BURTON": 12,
    "STAFFORD": 10,
    "CANNOCK": 9,
    "TAMWORTH": 7,
    "LICHFIELD": 6,
    "CODSALL": 6,
    "LEEK": 5,
}
#: The force-wide teams that hold the orders of these types; local teams hold the others.
HOLDERS: Mapping[str, str] = {
    **dict.fromkeys(["DVPN", "DVPO", "DAPN", "DAPO"], "DVPO"),
    **dict.fromkeys(["SPO", "SPO_INT", "FMPO", "FGMPO"], "PPU"),
    **dict.fromkeys(
        ["SHPO", "SHPO_INT", "SRO", "SRO_INT", "NOTIF", "VOO", "VOO_INT", "STPO", "STRO"], "MOSOVO"
    ),
}
_ROLES: Mapping[str, int] = {"pc": 12, "sgt": 4, "insp": 2, "supt": 1}
#: The unit whose superintendents authorise notices and applications.
_COMMAND = "FORCE"


def units() -> pl.DataFrame:
    """The force's units, columns of the canonical table."""
    return load_units().frame()


def staff() -> pl.DataFrame:
    """The canonical staff table with the `role` of each: one in seven constables has left."""
    rows: list[dict[str, str | date | None]] = []
    for unit in units().filter(pl.col("active_to").is_null()).get_column("unit_code"):
        for role, count in _ROLES.items():
            for number in range(count):
                left = role == "pc" and number >= count - 2
                rows.append(
                    {
                        "staff_id": f"STF-{len(rows) + 1:04}",
                        "unit_code": unit,
                        "active_from": date(2014 + number % 6, 4, 1),
                        "active_to": date(2022, 5, 1 + number) if left else None,
                        "role": role,
                    }
                )
    schema = {
        "staff_id": pl.String,
        "unit_code": pl.String,
        "active_from": pl.Date,
        "active_to": pl.Date,
        "role": pl.String,
    }
    return pl.DataFrame(rows, schema=schema)


def assign(frame: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """`frame` with its officer, supervisor, inspector and authorising officer.

    Args:
        frame: With `oic_unit`.
        dice: The draws.

    Returns:
        The frame with `oic_id`, `supervisor_id`, `_inspector` and `_superintendent`.
    """
    serving = staff().filter(pl.col("active_to").is_null())
    names = {"pc": "oic_id", "sgt": "supervisor_id", "insp": "_inspector"}
    out = frame
    for role, column in names.items():
        pool = serving.filter(pl.col("role") == role).group_by("unit_code").agg("staff_id")
        drawn = dice.whole(frame.height, 0, 1_000_000).alias("_drawn")
        out = (
            out.with_columns(drawn)
            .join(pool, left_on="oic_unit", right_on="unit_code", how="left", maintain_order="left")
            .with_columns(
                pl.col("staff_id")
                .list.get(pl.col("_drawn") % pl.col("staff_id").list.len(), null_on_oob=True)
                .alias(column)
            )
            .drop("staff_id", "_drawn")
        )
    chiefs = serving.filter((pl.col("role") == "supt") & (pl.col("unit_code") != _COMMAND))
    return out.with_columns(
        dice.of(chiefs.get_column("staff_id").to_list(), frame.height).alias("_superintendent")
    )
