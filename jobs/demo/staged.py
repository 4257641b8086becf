"""Cases that are under way on the three nights and go wrong of themselves, as time passes.

A fault planted on an old record stays what it is. These do not: a hearing limit comes nearer, an
attempt to serve a notice buys a day. They are made from the force's own cases, moved in time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from config.records import TIMESTAMP
from expectations.language import local_date
from jobs.demo.fault import Nights

_LONDON = ZoneInfo("Europe/London")


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    """A local time in November 2026."""
    return datetime(2026, 11, day, hour, minute, tzinfo=_LONDON)


@dataclass(frozen=True)
class Staged:
    """A case under way.

    Attributes:
        name: The demo's name of the row.
        rule: The rule that finds it.
        what: What is wrong with it, in words.
        nights: The nights on which it fails.
        ends: What becomes of the exception when it no longer fails, by night.
        like: Which rows it can be made from.
        moment: The column that is moved to `to`; all other times move with it.
        to: When.
        set: Fields that are as they are said here.
    """

    name: str
    rule: str
    what: str
    nights: Nights
    ends: Mapping[int, str]
    like: pl.Expr
    moment: str
    to: datetime
    set: Mapping[str, datetime | str | None] = field(default_factory=dict)


_HEARD = (
    *("first_hearing_ts", "_final", "_s_refused", "_s_withdrawn", "_over"),
    *("_s_lapsed", "_s_adjourned"),
)


def _heard(moment: datetime) -> dict[str, datetime | str | None]:
    """The application is refused at a hearing."""
    told = moment + timedelta(minutes=20)
    return {
        **dict.fromkeys(_HEARD),
        "first_hearing_ts": moment,
        "_final": moment,
        "_outcome": "refused",
        "_s_refused": told,
        "_over": told,
        "listed_ts": moment,
    }


_UNSERVED: dict[str, datetime | str | None] = {
    **dict.fromkeys(_HEARD),
    **dict.fromkeys(["notice_served_ts", "_s_notice_served", "_known", "applied_ts"]),
    **dict.fromkeys(["_s_applied", "_s_listed", "listed_ts", "_outcome", "outcome_reason"]),
}
_REFUSED = (pl.col("order_type") == "DVPN") & (pl.col("_outcome") == "refused")

#: Notices of Friday evening must be heard by Monday evening, for Sunday does not count.
STAGED: tuple[Staged, ...] = (
    Staged(
        "staged never listed",
        "ORD-GOV-006",
        "not listed until it was heard on Monday afternoon",
        (1, 2),
        {3: "no_longer_applies"},
        _REFUSED,
        "notice_served_ts",
        _at(20, 20),
        {**_heard(_at(23, 14)), "_s_listed": None},
    ),
    Staged(
        "staged listed on Sunday",
        "ORD-GOV-006",
        "not listed until Sunday morning",
        (1,),
        {2: "fixed"},
        _REFUSED,
        "notice_served_ts",
        _at(20, 20, 30),
        {**_heard(_at(23, 15)), "_s_listed": _at(22, 10)},
    ),
    Staged(
        "staged never served",
        "ORD-GOV-010",
        "authorised on Thursday, not served, nobody tried",
        (1, 2, 3),
        {},
        _REFUSED,
        "authorised_ts",
        _at(19, 15),
        _UNSERVED,
    ),
    Staged(
        "staged tried on Sunday",
        "ORD-GOV-010",
        "not served; one attempt on Sunday afternoon buys a day",
        (1, 3),
        {2: "fixed"},
        _REFUSED,
        "authorised_ts",
        _at(19, 16),
        {**_UNSERVED, "last_service_attempt_ts": _at(22, 14)},
    ),
    Staged(
        "staged served on Sunday",
        "ORD-GOV-010",
        "not served until Sunday noon",
        (1,),
        {2: "no_longer_applies"},
        _REFUSED,
        "authorised_ts",
        _at(19, 17),
        {
            **_heard(_at(23, 14, 30)),
            **dict.fromkeys(["notice_served_ts", "_s_notice_served", "_known"], _at(22, 12)),
            **dict.fromkeys(["applied_ts", "_s_applied"], _at(22, 13)),
            "_s_listed": _at(22, 14),
        },
    ),
)
#: How many interim orders wait for a hearing on 1 December.
INTERIMS = 3
_HEARING = date(2026, 12, 1)
_WAIT_DAYS = 18


def staged_orders(orders: pl.DataFrame) -> pl.DataFrame:
    """The lives of the cases under way, as further rows of the force's orders."""
    used: dict[str, int] = {}
    rows = []
    for number, case in enumerate(STAGED):
        pool = orders.filter(case.like).sort("considered_ts", "_k")
        at = used.get(str(case.like), 0)
        used[str(case.like)] = at + 1
        rows.append(_moved(pool[at : at + 1], case, number))
    return pl.concat([*rows, _interims(orders)], how="diagonal")


def _interims(orders: pl.DataFrame) -> pl.DataFrame:
    """Interim orders in force on all the nights, each with its application, moved in time."""
    interims = orders.filter(
        pl.col("interim_flag").fill_null(False)
        & ((pl.col("next_hearing_ts") - pl.col("_known")).dt.total_days() > _WAIT_DAYS)
    ).sort("_k")
    rows = []
    for number in range(INTERIMS):
        interim = interims[number : number + 1]
        name = interim.item(0, "_main")
        both = pl.concat([orders.filter(pl.col("_k") == name), interim])
        heard = interim.select(local_date(pl.col("next_hearing_ts"))).item()
        moved = [
            (pl.col(column) + (_HEARING - heard)).alias(column)
            for column, kind in both.schema.items()
            if isinstance(kind, pl.Datetime | pl.Date)
        ]
        named = [
            pl.col(column).str.replace(name, f"staged {name}", literal=True).alias(column)
            for column in ("_k", "_parent", "_main")
        ]
        people = [
            pl.format("{}-T{}", column, pl.lit(number)).alias(column)
            for column in ("subject_key", "crime_ref", "court_case_ref")
        ]
        rows.append(
            both.with_columns(
                *moved,
                *named,
                *people,
                pl.col("protected_keys").list.eval(
                    pl.format("{}-T{}", pl.element(), pl.lit(number))
                ),
                occurrence_no=pl.lit(f"2126810000{number}"),
            )
        )
    return pl.concat(rows)


def _moved(row: pl.DataFrame, case: Staged, number: int) -> pl.DataFrame:
    """One life, moved in time, as a case of its own."""
    stamps = [name for name, kind in row.schema.items() if isinstance(kind, pl.Datetime)]
    shift = pl.lit(case.to).cast(TIMESTAMP) - pl.col(case.moment)
    person = [
        pl.format("{}-S{}", name, pl.lit(number)).alias(name)
        for name in ("subject_key", "crime_ref", "court_case_ref")
    ]
    return row.with_columns(
        *((pl.col(name) + shift).alias(name) for name in stamps),
        *person,
        pl.col("protected_keys").list.eval(pl.format("{}-S{}", pl.element(), pl.lit(number))),
        occurrence_no=pl.lit(f"2126800000{number}"),
        _k=pl.lit(case.name),
    ).with_columns(
        pl.lit(value).cast(row.schema.get(name, TIMESTAMP)).alias(name)
        for name, value in case.set.items()
    )
