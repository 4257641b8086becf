"""What measures are built from: a row of the result, periods, and shares with their unknowns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

import polars as pl

_NOTICES: Final = ("DVPN", "DAPN")
_NOT_ORDERS: Final = (*_NOTICES, "UND", "UNK")

#: Statuses of an order that is in force, dates apart.
LIVE_STATUSES: Final = ("in_force", "order_served", "varied", "renewed", "verified", "granted")

#: Statuses of an order that the court made, whatever became of it.
MADE_STATUSES: Final = (*LIVE_STATUSES, "expired", "discharged", "superseded", "quashed_on_appeal")


class Row(NamedTuple):
    """One figure.

    Attributes:
        measure: The measure, such as M01.
        cut: What it is of: a period, a type of order, a unit.
        value: The figure; None where it cannot be worked out.
        numerator: What is counted; None where the source does not carry what is needed.
        denominator: What it is counted out of.
        excluded: Records left out because something needed is not known.
        unit: What the value is in: `%`, `hours`, `days`, `count`, `index`, `per 100 order-months`.
    """

    measure: str
    cut: str
    value: float | None
    numerator: int | None
    denominator: int | None
    excluded: int | None
    unit: str


class Period(NamedTuple):
    """Days from the first to the last, both counted."""

    name: str
    first: date
    last: date

    def holds(self, column: str, dtype: pl.DataType) -> pl.Expr:
        """Whether a date, or the local day of a time, falls in the period."""
        day = pl.col(column)
        if dtype != pl.Date:
            day = day.dt.convert_time_zone("Europe/London").dt.date()
        return day.is_between(self.first, self.last)


@dataclass(frozen=True)
class Records:
    """The records of a night and when they were judged.

    Attributes:
        orders: The wide frame of orders, or None where there is none tonight.
        breaches: The wide frame of breaches, or None.
        breach_orders: Links between them, or None.
        order_types: The statutory catalogue as a frame (`order_type`, `notice`, `min_rank`,
            `breach_kind_in_law`, ...); None where it is not given.
        asof: The instant that records are judged at.
        business_date: The date of the night.
    """

    orders: pl.DataFrame | None
    breaches: pl.DataFrame | None
    breach_orders: pl.DataFrame | None
    order_types: pl.DataFrame | None
    asof: datetime
    business_date: date

    @property
    def year(self) -> Period:
        """The 12 months that end on the business date."""
        last = self.business_date
        leap = (last.month, last.day) == (2, 29)
        first = last.replace(year=last.year - 1, day=28 if leap else last.day)
        return Period("12 months", first + timedelta(days=1), last)

    @property
    def quarter(self) -> Period:
        """The latest whole quarter of the calendar year."""
        month = 3 * ((self.business_date.month - 1) // 3) + 1
        last = self.business_date.replace(month=month, day=1) - timedelta(days=1)
        return Period("latest quarter", date(last.year, last.month - 2, 1), last)

    @property
    def periods(self) -> tuple[Period, Period]:
        """The periods that every rate is given for."""
        return self.year, self.quarter

    def is_notice(self) -> pl.Expr:
        """Whether an order's type is a notice that the police give before any court."""
        return pl.col("order_type").is_in(self._codes("notice", _NOTICES))

    def is_order(self) -> pl.Expr:
        """Whether an order's type is one of an order: known, no notice, no undertaking."""
        notices = self._codes("notice", _NOTICES)
        return ~pl.col("order_type").is_in([*_NOT_ORDERS, *notices])

    def ranks(self) -> Mapping[str, str]:
        """The lowest rank that may authorise each notice."""
        if self.order_types is None:
            return {"DVPN": "SUPT", "DAPN": "INSP"}
        known = self.order_types.filter(pl.col("min_rank").is_not_null())
        return dict(known.select("order_type", "min_rank").iter_rows())

    def _codes(self, flag: str, default: tuple[str, ...]) -> list[str]:
        if self.order_types is None:
            return list(default)
        return self.order_types.filter(pl.col(flag))["order_type"].to_list()

    def is_live(self, frame: pl.DataFrame) -> pl.Expr:
        """Whether an order is in force tonight; the fact `live` where the frame has it."""
        if "live" in frame.columns:
            return pl.col("live").fill_null(False)
        begun = pl.col("start_date").is_null() | (pl.col("start_date") <= self.business_date)
        lasts = (
            pl.col("until_further_order").fill_null(False)
            | pl.col("end_date").is_null()
            | (pl.col("end_date") >= self.business_date)
        )
        return self.is_order() & pl.col("status").is_in(LIVE_STATUSES) & begun & lasts

    def is_managed(self, frame: pl.DataFrame) -> pl.Expr:
        """Whether the force manages an order; the fact `managed` where the frame has it."""
        if "managed" in frame.columns:
            return pl.col("managed").fill_null(False)
        return pl.col("force_role") == "applicant"


def real(frame: pl.DataFrame) -> pl.DataFrame:
    """The records that are neither void nor a test."""
    keep = [
        pl.col("status").is_null() | (pl.col("status") != "void")
        if "status" in frame.columns
        else None,
        ~pl.col("is_test").fill_null(False) if "is_test" in frame.columns else None,
    ]
    return frame.filter(*[test for test in keep if test is not None])


def has(frame: pl.DataFrame | None, *columns: str) -> bool:
    """Whether there is a frame with all of `columns`."""
    return frame is not None and set(columns) <= set(frame.columns)


def column(frame: pl.DataFrame, name: str, dtype: pl.DataType | None = None) -> pl.Expr:
    """A column, or nothing where the frame lacks it."""
    return pl.col(name) if name in frame.columns else pl.lit(None, dtype or pl.String())


def time_known(frame: pl.DataFrame, name: str) -> pl.Expr:
    """Whether a time came with a time of day; true unless it is said not to be."""
    beside = f"{name.removesuffix('_ts')}_time_known"
    return pl.col(beside).fill_null(True) if beside in frame.columns else pl.lit(True)


def share(
    measure: str,
    cut: str,
    frame: pl.DataFrame,
    *,
    of: pl.Expr,
    met: pl.Expr,
    unknown: pl.Expr,
) -> Row:
    """A percentage.

    Args:
        measure: The measure.
        cut: What it is of.
        frame: The records.
        of: Whether a record is one that the measure is about.
        met: Whether it does what the measure asks.
        unknown: Whether something needed is not known; such a record is excluded, and counted.
    """
    # As columns of the frame first: an expression of constants alone would be summed as one row.
    marked = frame.with_columns(
        _about=of.fill_null(False), _known=~unknown.fill_null(False), _met=met.fill_null(False)
    )
    about, known = pl.col("_about"), pl.col("_known")
    counts = marked.select(
        numerator=(about & known & pl.col("_met")).sum(),
        denominator=(about & known).sum(),
        excluded=(about & ~known).sum(),
    ).row(0)
    numerator, denominator, excluded = (int(count) for count in counts)
    return Row(measure, cut, percent(numerator, denominator), numerator, denominator, excluded, "%")


def percent(numerator: int, denominator: int) -> float | None:
    """A percentage; nothing of nothing is no percentage."""
    return 100 * numerator / denominator if denominator else None


def absent(measure: str, cut: str, unit: str = "%") -> Row:
    """The row of a measure for which no source carries what is needed."""
    return Row(measure, cut, None, None, None, None, unit)
