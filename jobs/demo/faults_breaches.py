"""Faults of breaches and of occurrences."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl

from expectations.language import local_date
from jobs.demo.audit import audit_row
from jobs.demo.fault import ALL, RETURNING, STATUTORY, STAYS, Added, Beside, Clone, Fault
from jobs.demo.pools import (
    ARRESTED,
    BREACH_CRIME,
    BREACH_NMO,
    CIVIL,
    CIVIL_ARREST,
    CRIME,
    DONE,
    EXPLAINED,
    MINUTE,
    RECENT,
    counted,
    midnight,
)

_O_TYPE = pl.col("o_order_type")
_FEW = (ALL, (1,), (2, 3))
#: The arrest and what followed it are taken back: the suspect is still sought.
_SOUGHT = {
    **dict.fromkeys(["arrested_ts", "arrest_power", "interviewed_ts", "disposal_type"]),
    **dict.fromkeys(["disposal_ts", "court_outcome", "court_outcome_ts", "hocr_outcome"]),
    "no_arrest_rationale": "wanted_circulated",
    "suspect_outstanding": True,
    "status": "suspect_outstanding",
    "risk_tool": "DASH",
    "risk_declined_reason": None,
    "risk_assessed_ts": pl.col("reported_ts") + timedelta(hours=5),
    "circulated_wanted_ts": pl.col("reported_ts") + timedelta(hours=20),
}
_NO_DATES = dict.fromkeys(["occurred_from_ts", "occurred_to_ts"])

BREACH_RECORDING = (
    Fault(
        "BRE-REC-001",
        "linked to no order",
        "breaches",
        BREACH_CRIME,
        beside=(Beside("breach_orders", "breach_id"),),
        nights=RETURNING,
    ),
    Fault(
        "BRE-REC-002",
        "linked to an order that is not held",
        "breaches",
        BREACH_CRIME,
        beside=(
            Beside(
                "breach_orders", "breach_id", set={"order_id": pl.format("ORD-X-{}", "breach_id")}
            ),
        ),
    ),
    Fault(
        "BRE-REC-002",
        "linked to another person's order",
        "breaches",
        BREACH_CRIME,
        {"suspect_key": pl.format("SUB-X-{}", "breach_id")},
        nights=(ALL, (1,)),
    ),
    Fault(
        "BRE-REC-003",
        "happened two days before the order began",
        "breaches",
        BREACH_CRIME & (_O_TYPE == "RO_CONV"),
        dict.fromkeys(
            ["occurred_from_ts", "occurred_to_ts"],
            pl.col("o_start_date").cast(pl.Datetime("us", "UTC")) - timedelta(hours=36),
        ),
    ),
    Fault(
        "BRE-REC-003b",
        "six minutes before the subject was served an order without notice",
        "breaches",
        BREACH_NMO & pl.col("o_without_notice"),
        dict.fromkeys(
            ["occurred_from_ts", "occurred_to_ts"],
            pl.col("o_order_served_ts") - timedelta(minutes=6),
        ),
    ),
    Fault(
        "BRE-REC-004",
        "the order had ended the day before",
        "breaches",
        BREACH_NMO & pl.col("o_over"),
        beside=(
            Beside(
                "orders",
                "order_id",
                order_of=True,
                set={"end_date": local_date(pl.col("r_occurred_from_ts")) - timedelta(days=1)},
            ),
        ),
    ),
    Fault(
        "BRE-REC-005",
        "recorded a minute more than 24 hours after the report",
        "breaches",
        ARRESTED,
        {"recorded_ts": pl.col("reported_ts") + timedelta(hours=24) + MINUTE},
        cure={"recording_delay_reason": "system_outage"},
        nights=STATUTORY,
    ),
    Fault(
        "BRE-REC-006",
        "no crime reference",
        "breaches",
        BREACH_CRIME,
        {"crime_ref": None},
        nights=RETURNING,
    ),
    Fault(
        "BRE-REC-006", "no class", "breaches", BREACH_CRIME, {"ho_class": None}, nights=(ALL, (1,))
    ),
    Fault(
        "BRE-REC-007",
        "a civil breach under the class of a crime",
        "breaches",
        CIVIL,
        {"ho_class": "066/39"},
        after="no_longer_applies",
    ),
    Fault(
        "BRE-REC-008",
        "the class of another kind of order",
        "breaches",
        BREACH_CRIME & (_O_TYPE == "NMO"),
        {"ho_class": "008/31"},
    ),
    Fault(
        "BRE-REC-009",
        "no date at all",
        "breaches",
        BREACH_CRIME,
        {**_NO_DATES, "reported_ts": None},
        nights=STATUTORY,
    ),
    Fault(
        "BRE-REC-009",
        "happened on 1 January 1970",
        "breaches",
        BREACH_CRIME,
        {"occurred_from_ts": None, "sentinel_fields": ["occurred_from_ts"]},
        nights=(ALL, (2, 3)),
    ),
    Fault("BRE-REC-009b", "no date of the event", "breaches", BREACH_CRIME, _NO_DATES),
    Fault(
        "BRE-REC-009c",
        "reported at midnight: the time is not known",
        "breaches",
        BREACH_CRIME,
        {
            "reported_ts": midnight("reported_ts"),
            "reported_time_known": False,
            "occurred_from_ts": midnight("reported_ts") - timedelta(hours=3),
            "occurred_to_ts": midnight("reported_ts") - timedelta(hours=2),
        },
        nights=STAYS,
    ),
    Fault(
        "BRE-REC-010",
        "entered twice, half an hour apart",
        "breaches",
        BREACH_CRIME,
        clone=Clone(
            {
                "created_ts": pl.col("created_ts") + MINUTE,
                "occurred_from_ts": pl.col("occurred_from_ts") - timedelta(minutes=30),
            },
            {
                "breach_orders": ("breach_id", {}),
                "reviews": ("object_id", {}),
                "shares": ("object_id", {}),
            },
        ),
        after="withdrawn_from_source",
    ),
    Fault("BRE-REC-011", "the kind is blank", "breaches", BREACH_CRIME, {"breach_kind": None}),
    Fault(
        "BRE-REC-011",
        "the condition is another order's",
        "breaches",
        BREACH_CRIME & (pl.col("breach_kind") != "notification_failure"),
        {"condition_id": "CND-000001"},
        nights=(ALL, (1,)),
    ),
    Fault(
        "BRE-REC-012",
        "disposed of before the arrest",
        "breaches",
        ARRESTED,
        {"disposal_ts": pl.col("arrested_ts") - timedelta(minutes=6)},
    ),
    Fault(
        "BRE-REC-013", "closed, and no outcome", "breaches", BREACH_CRIME, {"hocr_outcome": None}
    ),
    Fault(
        "ORD-REC-024b",
        "the time of recording was moved nine days after it",
        "breaches",
        ARRESTED,
        add=(
            Added(
                "field_changes",
                audit_row(
                    "breaches",
                    "recorded_ts",
                    pl.col("reported_ts") + timedelta(hours=30),
                    timedelta(days=9),
                ),
            ),
        ),
        cure={"edit_confirmed_ts": datetime(2026, 11, 22, 12, tzinfo=UTC)},
    ),
)

BREACH_RESPONSE = (
    Fault(
        "BRE-RSP-001",
        "no arrest and no reason",
        "breaches",
        EXPLAINED,
        {"no_arrest_rationale": None, "interviewed_ts": None},
        nights=RETURNING,
    ),
    Fault(
        "BRE-RSP-002",
        "before the court one minute late",
        "breaches",
        CIVIL_ARREST,
        {
            "produced_at_court_ts": counted("arrested_ts", 24) + MINUTE,
            "court_outcome_ts": counted("arrested_ts", 24) + timedelta(hours=1),
            "court_outcome": "not_proved",
        },
        cure={"late_production_reason": "court_capacity"},
        nights=STATUTORY,
    ),
    Fault(
        "BRE-RSP-003",
        "bailed after a civil arrest, and no court",
        "breaches",
        CIVIL_ARREST,
        {"disposal_type": "bailed", "disposal_ts": None, "produced_at_court_ts": None},
        nights=STATUTORY,
        after="no_longer_applies",
    ),
    Fault(
        "BRE-RSP-004",
        "attended, and no risk assessment",
        "breaches",
        BREACH_CRIME
        & pl.col("attended_ts").is_not_null()
        & (pl.col("breach_kind") != "notification_failure"),
        dict.fromkeys(["risk_assessed_ts", "risk_tool", "risk_grade", "risk_declined_reason"]),
    ),
    Fault(
        "BRE-RSP-004",
        "declined, and no reason",
        "breaches",
        BREACH_CRIME
        & (pl.col("risk_grade") == "declined")
        & (pl.col("breach_kind") != "notification_failure"),
        {"risk_declined_reason": None},
        nights=(ALL, (1,)),
    ),
    Fault(
        "BRE-RSP-005",
        "outstanding, and not circulated",
        "breaches",
        RECENT,
        {**_SOUGHT, "risk_grade": "medium", "circulated_wanted_ts": None},
        nights=(ALL, (1,)),
        after="no_longer_applies",
    ),
    Fault(
        "BRE-RSP-006",
        "a second breach within 28 days, and nobody told",
        "breaches",
        (pl.col("status") == "closed")
        & (pl.col("o_breaches") == 2)
        & pl.col("_again")
        & (_O_TYPE == "NMO")
        & (pl.col("o_risk_grade") != "high")
        & (pl.col("age") > 10)
        & (pl.col("age") < 330)
        & ~pl.col("_outstanding")
        & pl.col("near"),
        beside=(Beside("shares", "object_id", pl.col("kind") == "da_lead"),),
        nights=_FEW,
        records="orders",
    ),
    Fault(
        "BRE-RSP-007",
        "the victim does not support, and nothing else considered",
        "breaches",
        BREACH_CRIME & pl.col("hocr_outcome").is_in([14, 16]),
        {"evidence_led_considered": None},
    ),
    Fault(
        "BRE-RSP-007",
        "nothing else considered; then the record is deleted",
        "breaches",
        BREACH_CRIME & pl.col("hocr_outcome").is_in([14, 16]),
        {"evidence_led_considered": None},
        nights=((1,), (1, 2)),
        leaves=True,
        after="withdrawn_from_source",
    ),
    Fault(
        "BRE-RSP-009",
        "works for the police, and not referred",
        "breaches",
        BREACH_CRIME,
        {"suspect_is_police_employee": True, "psd_referred_ts": None},
        after="no_longer_applies",
    ),
)

BREACH_SUPERVISION = (
    Fault(
        "BRE-SUP-001",
        "no supervisor looked",
        "breaches",
        BREACH_CRIME,
        beside=(Beside("reviews", "object_id"),),
        nights=RETURNING,
    ),
    Fault(
        "BRE-SUP-002",
        "open, and not reviewed for weeks",
        "breaches",
        pl.col("status").is_in(["bailed", "rui"])
        & (pl.col("age") > 40)
        & (pl.col("_d2_ts") > datetime(2026, 11, 25, tzinfo=UTC))
        & CRIME,
        beside=(Beside("reviews", "object_id", pl.col("kind") == "periodic"),),
        nights=_FEW,
    ),
    Fault(
        "BRE-SUP-003",
        "closed by the officer in the case",
        "breaches",
        BREACH_CRIME,
        {"finalisation_approved_by": pl.col("oic_id")},
    ),
    Fault(
        "BRE-SUP-003",
        "closed by nobody",
        "breaches",
        BREACH_CRIME,
        {"finalisation_approved_by": None},
        nights=(ALL, (1,)),
    ),
    Fault(
        "BRE-SUP-004",
        "high risk and outstanding, and no inspector looked",
        "breaches",
        RECENT & (pl.col("last_review") >= date(2026, 11, 17)),
        {**_SOUGHT, "risk_grade": "high"},
        nights=(ALL, (1,)),
        after="no_longer_applies",
    ),
    Fault(
        "BRE-INF-001",
        "the victim was not told of the arrest",
        "breaches",
        ARRESTED & (pl.col("breach_kind") != "notification_failure"),
        beside=(Beside("shares", "object_id", pl.col("kind") == "victim"),),
    ),
    Fault(
        "BRE-INF-003",
        "convicted, and the order's record not updated",
        "breaches",
        DONE & pl.col("o_steady") & pl.col("court_outcome").is_in(["convicted", "sentenced"]),
        beside=(Beside("orders", "order_id", order_of=True, set={"national_updated_ts": None}),),
    ),
)

CONSIDERATION = (
    Fault(
        "ORD-GOV-013",
        "high risk, closed, and no order considered",
        "occurrences",
        (pl.col("risk_grade") == "high")
        & pl.col("disposal_type").is_in(["nfa", "caution", "bail_no_conditions"])
        & (local_date(pl.col("disposal_ts")) < date(2026, 11, 10)),
        {"considered_ts": None},
        nights=RETURNING,
    ),
)
