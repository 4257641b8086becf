"""The records that faults are planted on, by name, and the times that just miss a limit."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from config.calendar import load_calendar
from expectations.language import counted_deadline, end_of_day, local_date, start_of_day

#: One minute past: the least that misses a limit.
MINUTE = timedelta(minutes=1)

_type = pl.col("order_type")
_role = pl.col("force_role")
_high = pl.col("risk_grade") == "high"
_applicant = _role == "applicant"
_enforcing = _role == "enforcing"

STEADY = pl.col("steady")
#: Notices that ended in an order, and those that did not, all long ago.
_OLD = local_date(pl.col("created_ts")) < date(2026, 9, 20)
NOTICE = (_type == "DVPN") & (pl.col("status") == "granted") & _OLD
NOTICE_ALONE = (_type == "DVPN") & pl.col("status").is_in(["refused", "withdrawn"]) & _OLD
NOTICE_LAPSED = (_type == "DVPN") & (pl.col("status") == "lapsed") & _OLD
#: Domestic violence protection orders that ran their course.
PAST_DVPO = (_type == "DVPO") & _applicant & pl.col("over")
#: Court orders in force all the time, of standard or medium risk, everybody local.
NMO = (
    STEADY
    & (_type == "NMO")
    & _enforcing
    & ~_high
    & pl.col("local")
    & pl.col("end_date").is_not_null()
)
RO = STEADY & (_type == "RO_CONV") & _enforcing & ~_high & pl.col("local")
HIGH = (
    STEADY
    & _type.is_in(["NMO", "RO_CONV"])
    & _enforcing
    & _high
    & pl.col("local")
    & pl.col("da_flag")
)
PAST_NMO = pl.col("over") & (_type == "NMO") & _enforcing & ~_high & pl.col("local")
#: Sexual harm prevention orders that offender managers hold, in force all the time.
SHPO = STEADY & (_type == "SHPO") & _enforcing & pl.col("local")
#: Applications of the force's own that the courts granted.
APPLIED = _applicant & _type.is_in(["SPO", "SHPO", "SRO"]) & STEADY
INJUNCTION = _applicant & (_type == "INJ_ASB") & STEADY
PAST_INJUNCTION = _applicant & (_type == "INJ_ASB") & pl.col("over")
DECLINED = pl.col("status") == "not_pursued"

_o_type = pl.col("o_order_type")
CRIME = pl.col("_crime")
DONE = pl.col("done") & pl.col("single")
BREACH_NMO = DONE & (_o_type == "NMO") & ~pl.col("o_order_served_ts").is_null()
BREACH_CRIME = DONE & CRIME & _o_type.is_in(["NMO", "RO_CONV"])
ARRESTED = BREACH_CRIME & pl.col("arrested_ts").is_not_null() & ~pl.col("_outstanding")
#: Nobody was arrested, and the reason is on record.
EXPLAINED = BREACH_CRIME & pl.col("arrested_ts").is_null()
CIVIL_ARREST = DONE & pl.col("_civil") & (_o_type == "DVPO")
CIVIL = DONE & (_o_type == "DVPO")
#: Reported a few days before the first night, so that its first review is still in date.
RECENT = CRIME & pl.col("single") & ~pl.col("_outstanding") & pl.col("age").is_between(3, 5)


def counted(start: str, hours: int) -> pl.Expr:
    """The end of so many hours on the statutory clock, disputed days left out."""
    calendar = load_calendar()
    return counted_deadline(pl.col(start), hours, calendar.excluded | calendar.disputed)


def midnight(instant: str) -> pl.Expr:
    """Local midnight of an instant's day, as a source writes a time that it does not know."""
    return start_of_day(local_date(pl.col(instant)))


def day_end(day: str) -> pl.Expr:
    """The last second of a local date."""
    return end_of_day(pl.col(day)).dt.truncate("1s")
