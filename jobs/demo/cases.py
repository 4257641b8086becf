"""What every case carries, whoever applied: the people, the place and the references."""

from __future__ import annotations

import polars as pl

from config.records import TIMESTAMP
from jobs.demo.chance import Dice
from jobs.demo.people import AREAS, HOLDERS

#: Letters of the check character of a Police National Computer identifier.
_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
#: Where the people live: nine in ten in the force's own area.
_FORCES = {"21": 93, "20": 3, "22": 2, "06": 2}


def case_columns(frame: pl.DataFrame, dice: Dice, label: str) -> pl.DataFrame:
    """`frame` with the people, the area and the references of each case.

    Args:
        frame: With `order_type`, and `considered_ts` or `received_ts`.
        dice: The draws.
        label: Keeps the references of one part of the force apart from another's.
    """
    n = frame.height
    number = pl.int_range(pl.len())
    begun = [name for name in ("considered_ts", "received_ts") if name in frame.columns]
    began = pl.coalesce(begun).cast(TIMESTAMP)
    year = began.dt.year() % 100
    block = {"notice": 1, "application": 2, "declined": 3, "court": 4, "occurrence": 5}[label]
    serial = block * 1_000_000 + number
    digits = (pl.lit(block) * 10_000 + number).cast(pl.Int64)
    born = dice.whole(n, 60, 99)
    check = (pl.lit(born) * 10_000_000 + digits) % len(_LETTERS)
    letter = pl.lit(list(_LETTERS)).list.get(check)
    child = dice.chance(n, 0.35)
    more = dice.chance(n, 0.1)
    lpt = dice.pick(n, AREAS)
    holder = pl.col("order_type").replace_strict(dict(HOLDERS), default=None)
    first = pl.format("PRO-{}-{}", pl.lit(block), number)
    second = pl.format("PRO-{}-{}-B", pl.lit(block), number)
    protects = ~pl.col("order_type").is_in(["SHPO", "SRO", "VOO", "CBO", "CBO_INT", "INJ_ASB"])
    protects &= ~pl.col("order_type").is_in(["NOTIF", "STPO", "STRO", "SCPO", "SHPO_INT", "SVRO"])
    return frame.with_columns(
        subject_key=pl.format("SUB-{}-{}", pl.lit(block), number),
        protected_keys=pl.when(protects & more)
        .then(pl.concat_list(first, second))
        .when(protects)
        .then(pl.concat_list(first))
        .otherwise(pl.lit([], pl.List(pl.String))),
        protected_child_flag=pl.lit(child) & protects,
        occurrence_no=pl.format(
            "21{}{}", year.cast(pl.String).str.zfill(2), serial.cast(pl.String).str.zfill(7)
        ),
        crime_ref=pl.format("CR-{}-{}", pl.lit(block), number),
        court_case_ref=pl.format("CASE-{}-{}", pl.lit(block), number),
        pncid=pl.format("{}/{}{}", born.cast(pl.String), digits.cast(pl.String), letter),
        lpt=lpt,
        oic_unit=pl.coalesce(holder, pl.lit(lpt)),
        beat=pl.format("{}-{}", pl.lit(lpt), dice.whole(n, 1, 9)),
        lsoa21=pl.format("E0199{}", dice.whole(n, 1000, 9999)),
        imd_decile=dice.pick(
            n, {str(d): w for d, w in enumerate((20, 15, 12, 11, 9, 8, 7, 7, 6, 5), start=1)}
        ).cast(pl.Int64),
        _subject_force=dice.pick(n, _FORCES),
        _protected_force=dice.pick(n, _FORCES),
    )
