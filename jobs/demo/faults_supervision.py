"""Faults of orders: how sharing and supervision go wrong."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from expectations.language import local_date
from jobs.demo.fault import ALL, RETURNING, Beside, Fault
from jobs.demo.pools import (
    HIGH,
    MINUTE,
    NMO,
    PAST_DVPO,
    PAST_NMO,
    RO,
    SHPO,
    STEADY,
)

_NO_RECORD = dict.fromkeys(["national_record_ts", "national_record_ref", "national_system"])
_LEAVER = "STF-0011"


def _shares(kind: str) -> Beside:
    return Beside("shares", "object_id", pl.col("kind") == kind)


def _reviews(where: pl.Expr | None = None) -> Beside:
    return Beside("reviews", "object_id", where)


SHARING = (
    Fault(
        "ORD-INF-001",
        "never put on the national system",
        "orders",
        NMO,
        _NO_RECORD,
        nights=RETURNING,
    ),
    Fault(
        "ORD-INF-001",
        "taken off the national system while in force",
        "orders",
        RO,
        {"national_removed_ts": pl.col("national_record_ts") + timedelta(days=3)},
        nights=(ALL, (1,)),
    ),
    Fault(
        "ORD-INF-001b",
        "on the national system one minute late",
        "orders",
        RO,
        {"national_record_ts": pl.col("received_ts") + timedelta(hours=24) + MINUTE},
        cure={"national_late_reason": "workload"},
    ),
    Fault(
        "ORD-INF-002",
        "over, and still on the national system",
        "orders",
        PAST_NMO,
        {"national_removed_ts": None},
        nights=RETURNING,
    ),
    Fault(
        "ORD-INF-003",
        "no warning flag",
        "orders",
        NMO,
        {"rms_flag_ts": None, "rms_flag_type": None},
    ),
    Fault(
        "ORD-INF-003",
        "no warning flag on an order that ends on the first night",
        "orders",
        NMO,
        {
            **dict.fromkeys(["rms_flag_ts", "rms_flag_type", "rms_flag_removed_ts"]),
            "end_date": date(2026, 11, 22),
        },
        cure={"status": "expired"},
        nights=((1,), (1,)),
        after="no_longer_applies",
    ),
    Fault(
        "ORD-INF-004",
        "over, and the flag still on",
        "orders",
        PAST_NMO,
        {"rms_flag_removed_ts": None},
    ),
    Fault(
        "ORD-INF-005",
        "an address to keep away from, and no marker",
        "orders",
        NMO & pl.col("addr"),
        {"cad_marker_ts": None},
    ),
    Fault("ORD-INF-006", "nobody told the victim", "orders", RO, beside=(_shares("victim"),)),
    Fault(
        "ORD-INF-006",
        "said not to apply, without a reason",
        "orders",
        RO,
        beside=(
            Beside(
                "shares",
                "object_id",
                pl.col("kind") == "victim",
                {"status": "not_applicable", "reason": None},
            ),
        ),
        nights=(ALL, (1,)),
    ),
    Fault(
        "ORD-INF-006b",
        "the victim was told six days later",
        "orders",
        RO,
        beside=(
            Beside(
                "shares",
                "object_id",
                pl.col("kind") == "victim",
                {
                    "status": "done",
                    "reason": None,
                    "sent_ts": pl.col("r_received_ts") + timedelta(days=6),
                },
            ),
        ),
        cure={"victim_late_reason": "contact_unsafe"},
    ),
    Fault(
        "ORD-INF-007",
        "ends in days and the victim has not been told",
        "orders",
        HIGH,
        {"end_date": date(2026, 11, 27), "until_further_order": False},
        (
            Beside(
                "shares",
                "object_id",
                pl.col("kind") == "victim",
                {"status": "done", "reason": None},
            ),
        ),
        after="no_longer_applies",
    ),
    Fault(
        "ORD-INF-008",
        "high risk, and no referral to MARAC",
        "orders",
        HIGH,
        beside=(_shares("marac"),),
    ),
    Fault(
        "ORD-INF-009",
        "no referral to a victim service",
        "orders",
        HIGH,
        beside=(_shares("idva"),),
    ),
    Fault(
        "ORD-INF-010",
        "a child, and no referral to social care",
        "orders",
        NMO & pl.col("protected_child_flag"),
        beside=(_shares("csc"),),
    ),
    Fault("ORD-INF-011", "no record in the offender system", "orders", SHPO, {"visor_ref": None}),
    Fault(
        "ORD-INF-012",
        "the subject lives elsewhere and that force was not told",
        "orders",
        STEADY
        & (pl.col("order_type") == "NMO")
        & (pl.col("force_role") == "enforcing")
        & (pl.col("risk_grade") != "high")
        & (pl.col("_subject_force") != "21")
        & (pl.col("_protected_force") == "21"),
        beside=(_shares("other_force"),),
    ),
    Fault(
        "ORD-INF-013",
        "a family court order that nobody entered",
        "court_feed",
        pl.col("source").is_in(["hmcts", "inbox"])
        & (pl.col("order_type") == "NMO")
        & pl.col("o_over"),
        {
            "matched_order_id": None,
            "court_case_ref": pl.format("NEW-{}", "feed_id"),
            "subject_key": pl.format("SUB-{}", "feed_id"),
        },
        cure={"disposition": "not_ours"},
        after="no_longer_applies",
    ),
    Fault(
        "ORD-INF-014",
        "a result trigger that nobody worked",
        "court_feed",
        (pl.col("result_code") == "3047") & pl.col("o_over"),
        {
            "matched_order_id": None,
            "court_case_ref": pl.format("NEW-{}", "feed_id"),
            "subject_key": pl.format("SUB-{}", "feed_id"),
        },
    ),
    Fault(
        "ORD-INF-016",
        "the court discharged an order that our record still has in force",
        "court_feed",
        pl.col("source").is_in(["hmcts", "inbox"])
        & (pl.col("order_type") == "NMO")
        & pl.col("o_steady")
        & (pl.col("made_date") < date(2026, 10, 1)),
        {"event": "discharged", "event_date": date(2026, 11, 2), "matched_order_id": None},
        cure={"disposition": "not_ours"},
        after="no_longer_applies",
    ),
    Fault(
        "ORD-INF-015",
        "discharged, and the national record not touched since",
        "orders",
        (pl.col("status") == "discharged")
        & (pl.col("order_type") == "NMO")
        & (pl.col("force_role") == "enforcing")
        & (local_date(pl.col("status_ts")) < date(2026, 9, 1)),
        {"national_removed_ts": None, "national_updated_ts": None},
    ),
)

SUPERVISION = (
    Fault(
        "ORD-SUP-001", "no supervisor", "orders", SHPO, {"supervisor_id": None}, nights=RETURNING
    ),
    Fault("ORD-SUP-001b", "the supervisor has left", "orders", SHPO, {"supervisor_id": _LEAVER}),
    Fault("ORD-SUP-003", "never reviewed", "orders", HIGH, beside=(_reviews(),)),
    Fault(
        "ORD-SUP-003", "never reviewed", "orders", SHPO, beside=(_reviews(),), nights=(ALL, (1,))
    ),
    Fault(
        "ORD-SUP-003b",
        "first reviewed months late",
        "orders",
        SHPO,
        beside=(_reviews(pl.col("kind") == "initial"),),
        cure={"review_late_reason": "workload"},
    ),
    Fault(
        "ORD-SUP-004",
        "last reviewed before July",
        "orders",
        SHPO & (local_date(pl.col("_known")) < date(2026, 3, 1)),
        beside=(_reviews(local_date(pl.col("reviewed_ts")) >= date(2026, 7, 1)),),
    ),
    Fault(
        "ORD-SUP-004",
        "high risk, last reviewed in October",
        "orders",
        HIGH,
        beside=(_reviews(local_date(pl.col("reviewed_ts")) >= date(2026, 10, 31)),),
        nights=(ALL, (1,)),
    ),
    Fault(
        "ORD-SUP-005",
        "no date for the next review",
        "orders",
        SHPO,
        {"next_review_due": None},
        nights=RETURNING,
    ),
    Fault(
        "ORD-SUP-006",
        "never visited",
        "orders",
        STEADY & (pl.col("order_type") == "SPO") & (pl.col("force_role") == "applicant"),
        {"compliance_visit_ts": None},
        nights=(ALL, (1,), (2, 3)),
        quiet=False,
    ),
    Fault(
        "ORD-SUP-007",
        "a review of nine characters",
        "reviews",
        pl.col("o_steady") & (pl.col("object_type") == "order") & (pl.col("kind") == "initial"),
        {"text": "Reviewed."},
    ),
    Fault(
        "ORD-SUP-007",
        "a review without an outcome",
        "reviews",
        pl.col("o_steady") & (pl.col("object_type") == "order") & (pl.col("kind") == "initial"),
        {"outcome": None},
        nights=(ALL, (1,)),
    ),
    Fault(
        "ORD-SUP-009",
        "held by a hub that closed in 2022",
        "orders",
        NMO,
        {"oic_unit": "HUB_HANLEY"},
    ),
    Fault(
        "ORD-SUP-009",
        "no officer in the case",
        "orders",
        SHPO,
        {"oic_id": None},
        nights=(ALL, (1,)),
    ),
    Fault("ORD-SUP-009b", "the officer in the case has left", "orders", SHPO, {"oic_id": _LEAVER}),
    Fault(
        "ORD-SUP-011",
        "no notification, and nothing done",
        "orders",
        SHPO,
        {"notification_received_ts": None},
    ),
    Fault(
        "ORD-SUP-012",
        "high risk, and no inspector has looked",
        "orders",
        HIGH,
        beside=(_reviews(pl.col("level") == "insp"),),
    ),
    Fault(
        "ORD-SUP-013",
        "over, and no exit review",
        "orders",
        PAST_DVPO & pl.col("risk_grade").is_in(["medium", "high"]),
        beside=(_reviews(pl.col("kind") == "exit"),),
    ),
)
