"""Faults of notices and applications: how their governance goes wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl

from jobs.demo.fault import ALL, RETURNING, STATUTORY, STAYS, Beside, Fault
from jobs.demo.pools import (
    APPLIED,
    DECLINED,
    INJUNCTION,
    MINUTE,
    NOTICE,
    NOTICE_ALONE,
    NOTICE_LAPSED,
    PAST_INJUNCTION,
    counted,
)
from jobs.demo.when import at

#: Thursday 24 December 2020, before a Christmas whose Saturday 26 December is disputed.
_CHRISTMAS = datetime(2020, 12, 24, 10, tzinfo=UTC)
_NOT_APPLIED = {
    **dict.fromkeys(["applied_ts", "listed_ts", "first_hearing_ts", "hearing_ts"]),
    **dict.fromkeys(["hearing_outcome", "outcome_reason", "adjourned_to_ts"]),
}


GOVERNANCE = (
    Fault(
        "ORD-GOV-001",
        "the authorising officer is taken out",
        "orders",
        NOTICE,
        {"authoriser_id": None},
        nights=RETURNING,
    ),
    Fault(
        "ORD-GOV-001",
        "the time of authority is taken out",
        "orders",
        NOTICE,
        {"authorised_ts": None},
        nights=(ALL, (1,)),
    ),
    Fault(
        "ORD-GOV-002", "an inspector gave authority", "orders", NOTICE, {"authoriser_rank": "INSP"}
    ),
    Fault(
        "ORD-GOV-002u",
        "the authorising rank is a collar number",
        "orders",
        NOTICE,
        {"authoriser_rank": None},
    ),
    Fault(
        "ORD-GOV-003",
        "issued six minutes before it was authorised",
        "orders",
        NOTICE,
        {"issued_ts": pl.col("authorised_ts") - timedelta(minutes=6)},
        nights=STAYS,
    ),
    Fault(
        "ORD-GOV-004",
        "served, and no application, listing or hearing recorded",
        "orders",
        NOTICE_ALONE & (pl.col("status") == "refused"),
        {**_NOT_APPLIED, "status": "notice_served"},
        nights=(ALL, ALL, (1,)),
    ),
    Fault(
        "ORD-GOV-004t",
        "the time of the application is missing on notice and order",
        "orders",
        NOTICE,
        {"applied_ts": None},
        (Beside("orders", "parent_order_id", set={"applied_ts": None}),),
        nights=STATUTORY,
    ),
    Fault(
        "ORD-GOV-005",
        "first heard one minute after the limit",
        "orders",
        NOTICE_ALONE,
        {
            name: counted("notice_served_ts", 48) + MINUTE
            for name in ("first_hearing_ts", "hearing_ts")
        },
        cure={"hearing_late_reason": "court_capacity"},
        nights=STATUTORY,
    ),
    Fault(
        "ORD-GOV-005d",
        "heard after a Christmas whose 26 December is disputed",
        "orders",
        NOTICE_ALONE,
        {
            **{
                name: _CHRISTMAS - timedelta(hours=hours)
                for name, hours in {
                    "considered_ts": 5,
                    "created_ts": 5,
                    "auth_requested_ts": 4,
                    "authorised_ts": 3,
                    "issued_ts": 2,
                    "notice_served_ts": 0,
                    "applied_ts": -2,
                }.items()
            },
            **dict.fromkeys(
                ["first_hearing_ts", "hearing_ts"], datetime(2020, 12, 29, 10, 1, tzinfo=UTC)
            ),
        },
        cure={"hearing_late_reason": "court_capacity"},
        nights=(ALL, (1,)),
    ),
    Fault(
        "ORD-GOV-005u",
        "the time of service is missing",
        "orders",
        NOTICE,
        {"notice_served_ts": None},
        nights=STATUTORY,
    ),
    Fault(
        "ORD-GOV-007",
        "never heard, still shown as listed",
        "orders",
        NOTICE_LAPSED,
        {"status": "listed", "outcome_reason": None},
        nights=(ALL, (1,), (2, 3)),
    ),
    Fault(
        "ORD-GOV-008",
        "the victim's opinion is blank",
        "orders",
        NOTICE,
        {"victim_opinion_sought": None, "victim_opinion_reason_recorded": None},
    ),
    Fault(
        "ORD-GOV-008",
        "representations not considered, and no reason",
        "orders",
        NOTICE,
        {"representations_considered": "no", "representations_reason_recorded": False},
        nights=(ALL, (1, 3)),
    ),
    Fault("ORD-GOV-009", "the subject was 17", "orders", NOTICE, {"subject_age_at_made": 17}),
    Fault(
        "ORD-GOV-011",
        "refused or withdrawn without a reason",
        "orders",
        NOTICE_ALONE,
        {"outcome_reason": None},
    ),
    Fault(
        "ORD-GOV-012",
        "not pursued, and no reason",
        "orders",
        DECLINED,
        {"not_pursued_reason": None},
    ),
    Fault(
        "ORD-GOV-012",
        "not pursued, and no reason; then the record is deleted",
        "orders",
        DECLINED,
        {"not_pursued_reason": None},
        nights=((1,), (1, 2)),
        leaves=True,
        after="withdrawn_from_source",
    ),
    Fault(
        "ORD-GOV-011",
        "refused or withdrawn without a reason; then marked as entered in error",
        "orders",
        NOTICE_ALONE,
        {"outcome_reason": None},
        cure={"status": "void"},
        nights=((1,), (1, 2)),
        after="withdrawn_from_source",
    ),
    Fault(
        "ORD-GOV-014",
        "the full hearing is the day after the interim order ends",
        "orders",
        pl.col("_k").str.starts_with("interim of staged"),
        {"next_hearing_ts": at(pl.col("end_date") + timedelta(days=1), pl.lit(630))},
        quiet=False,
        nights=(ALL, (1,), (2, 3)),
    ),
    Fault(
        "ORD-GOV-015",
        "ends within 28 days and nothing is decided",
        "orders",
        INJUNCTION,
        {"end_date": date(2026, 12, 10)},
        nights=(ALL, (1,), (2, 3)),
        after="no_longer_applies",
    ),
    Fault(
        "ORD-GOV-016",
        "keyed as an order that nobody can apply for yet",
        "orders",
        PAST_INJUNCTION,
        {"order_type": "HOUS_INJ"},
        nights=(ALL, (1,), (2, 3)),
        after="no_longer_applies",
    ),
    Fault(
        "ORD-GOV-017",
        "an inspector approved the application",
        "orders",
        APPLIED,
        {"authoriser_rank": "INSP"},
        nights=(ALL, (1,), (2, 3)),
        quiet=False,
    ),
)
