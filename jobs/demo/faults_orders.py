"""Faults of orders: how their recording goes wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from jobs.demo.audit import audit_row
from jobs.demo.fault import ALL, RETURNING, STAYS, Added, Beside, Clone, Fault
from jobs.demo.pools import (
    DECLINED,
    MINUTE,
    NMO,
    NOTICE,
    NOTICE_ALONE,
    PAST_DVPO,
    PAST_NMO,
    RO,
    SHPO,
    counted,
    day_end,
    midnight,
)

_FAR = datetime(2062, 3, 1, 10, tzinfo=UTC)
_PARTIES: tuple[str, dict[str, Any]] = ("order_id", {})
_LATER = {
    name: pl.col(name) + timedelta(days=14)
    for name in (
        *("received_ts", "created_ts", "national_record_ts", "rms_flag_ts", "cad_marker_ts"),
        *("order_served_ts", "risk_graded_ts", "status_ts", "made_date", "start_date"),
    )
}


RECORDING = (
    Fault(
        "ORD-REC-001", "the type is a word that nobody knows", "orders", RO, {"order_type": "UNK"}
    ),
    Fault(
        "ORD-REC-002", "the court is missing", "orders", NMO, {"court_code": None}, nights=RETURNING
    ),
    Fault(
        "ORD-REC-002",
        "neither an end nor until further order",
        "orders",
        RO,
        {"end_date": None, "until_further_order": False},
        nights=(ALL, (1,)),
    ),
    Fault(
        "ORD-REC-003",
        "30 days long",
        "orders",
        PAST_DVPO,
        {"end_date": pl.col("made_date") + timedelta(days=29)},
        nights=STAYS,
    ),
    Fault(
        "ORD-REC-003",
        "13 days long",
        "orders",
        PAST_DVPO,
        {"end_date": pl.col("made_date") + timedelta(days=12)},
        nights=(ALL,),
    ),
    Fault(
        "ORD-REC-003h",
        "one day short of five years",
        "orders",
        SHPO & pl.col("end_date").is_not_null(),
        {"end_date": pl.col("start_date").dt.offset_by("5y") - timedelta(days=2)},
    ),
    Fault(
        "ORD-REC-004",
        "ends the day before it starts",
        "orders",
        NMO,
        {"end_date": pl.col("start_date") - timedelta(days=1)},
    ),
    Fault(
        "ORD-REC-005",
        "served the day before it was made",
        "orders",
        NMO,
        {"order_served_ts": day_end("made_date") - timedelta(hours=25)},
    ),
    Fault(
        "ORD-REC-006",
        "ended two days before the first night and still in force",
        "orders",
        NMO,
        {"end_date": date(2026, 11, 20)},
    ),
    Fault(
        "ORD-REC-007",
        "shown as expired with months to run",
        "orders",
        PAST_NMO,
        {"end_date": date(2027, 2, 1)},
    ),
    Fault(
        "ORD-REC-008",
        "made on 1 January 1900",
        "orders",
        NMO,
        {"made_date": None, "sentinel_fields": ["made_date"]},
    ),
    Fault(
        "ORD-REC-008b",
        "made the day before such orders existed",
        "orders",
        SHPO,
        {"made_date": date(2015, 3, 7), "start_date": date(2015, 3, 7)},
    ),
    Fault(
        "ORD-REC-008t",
        "service at midnight: the time is not known",
        "orders",
        NOTICE,
        {"notice_served_ts": midnight("notice_served_ts"), "notice_served_time_known": False},
        nights=STAYS,
    ),
    Fault(
        "ORD-REC-009", "the subject became aware in 2062", "orders", NMO, {"subject_aware_ts": _FAR}
    ),
    Fault(
        "ORD-REC-010",
        "entered twice, from the court and from the records system",
        "orders",
        PAST_NMO,
        clone=Clone(
            {
                "source_system": "Niche",
                "court_case_ref": None,
                "created_ts": pl.col("created_ts") + timedelta(hours=1),
            },
            {"order_parties": _PARTIES},
        ),
        after="withdrawn_from_source",
    ),
    Fault(
        "ORD-REC-011",
        "one court case entered twice, for two victims",
        "orders",
        RO & (pl.col("protected_keys").list.len() == 1) & ~pl.col("protected_child_flag"),
        clone=Clone(
            {
                "created_ts": pl.col("created_ts") + MINUTE,
                "protected_keys": pl.concat_list(pl.format("{}-X", "order_id")),
            },
            {
                "order_parties": (
                    "order_id",
                    {
                        "party_key": pl.when(pl.col("role") == "protected")
                        .then(pl.format("{}-X", "r_order_id"))
                        .otherwise("party_key")
                    },
                ),
                "order_conditions": ("order_id", {}),
                "shares": ("object_id", {}),
            },
        ),
        after="withdrawn_from_source",
    ),
    Fault(
        "ORD-REC-012",
        "no conditions",
        "orders",
        RO,
        beside=(Beside("order_conditions", "order_id"),),
    ),
    Fault(
        "ORD-REC-013",
        "the wording only says to see the attachment",
        "order_conditions",
        pl.col("o_steady") & (pl.col("o_order_type") == "RO_CONV") & (pl.col("seq") == 1),
        {"text": "See attached."},
    ),
    Fault(
        "ORD-REC-013",
        "the wording is nine characters",
        "order_conditions",
        pl.col("o_steady") & (pl.col("o_order_type") == "NMO") & (pl.col("seq") == 1),
        {"text": "No contac"},
        nights=(ALL, (1,)),
    ),
    Fault(
        "ORD-REC-014",
        "nobody is protected",
        "orders",
        RO & ~pl.col("protected_child_flag"),
        {"protected_keys": []},
        (Beside("order_parties", "order_id", pl.col("role") == "protected"),),
    ),
    Fault(
        "ORD-REC-015",
        "the subject is the person protected",
        "orders",
        RO & (pl.col("protected_keys").list.len() == 1),
        {"protected_keys": pl.concat_list("subject_key")},
        (
            Beside(
                "order_parties",
                "order_id",
                pl.col("role") == "protected",
                {"party_key": pl.col("r_subject_key")},
            ),
        ),
    ),
    Fault(
        "ORD-REC-016",
        "the occurrence number is a digit short",
        "orders",
        PAST_DVPO,
        {"occurrence_no": pl.col("occurrence_no").str.head(10)},
    ),
    Fault(
        "ORD-REC-016",
        "no occurrence number",
        "orders",
        DECLINED,
        {"occurrence_no": None},
        nights=(ALL, (1,)),
    ),
    Fault(
        "ORD-REC-016w",
        "a court order linked to no occurrence",
        "orders",
        NMO,
        {"occurrence_no": None},
    ),
    Fault(
        "ORD-REC-018",
        "the order is not linked to its notice",
        "orders",
        PAST_DVPO,
        {"parent_order_id": None},
    ),
    Fault(
        "ORD-REC-019",
        "a second order in force for the same people, with another end",
        "orders",
        NMO & ~pl.col("protected_child_flag"),
        clone=Clone(
            {
                **_LATER,
                "end_date": pl.col("end_date") + timedelta(days=30),
                "court_case_ref": pl.format("{}-R", "court_case_ref"),
            },
            {
                "order_parties": _PARTIES,
                "order_conditions": ("order_id", {}),
                "shares": ("object_id", {}),
            },
            fails=False,
        ),
    ),
    Fault(
        "ORD-REC-020",
        "no record that the subject was served",
        "orders",
        NMO,
        {"order_served_ts": None},
    ),
    Fault(
        "ORD-REC-020c",
        "the subject was not in court and nobody knows of service",
        "orders",
        RO & ~pl.col("subject_present_at_hearing"),
        {"order_served_ts": None},
    ),
    Fault("ORD-REC-021", "served by post", "orders", NOTICE, {"service_method": "post"}),
    Fault(
        "ORD-REC-022",
        "an end, and also until further order",
        "orders",
        NMO,
        {"until_further_order": True},
    ),
    Fault(
        "ORD-REC-023",
        "entered one minute more than 48 hours after receipt",
        "orders",
        NMO,
        {"created_ts": pl.col("received_ts") + timedelta(hours=48) + MINUTE},
        cure={"record_late_reason": "system_outage"},
    ),
    Fault(
        "ORD-REC-023",
        "entered one minute more than 24 hours after it was made",
        "orders",
        PAST_DVPO,
        {"created_ts": day_end("made_date") + timedelta(hours=24) + MINUTE},
        nights=(ALL, (1,)),
    ),
    Fault(
        "ORD-REC-024",
        "the time of service was moved nine days after it",
        "orders",
        NOTICE,
        add=(
            Added(
                "field_changes",
                audit_row(
                    "orders",
                    "notice_served_ts",
                    pl.col("notice_served_ts") - timedelta(hours=2),
                    timedelta(days=9),
                ),
            ),
        ),
        cure={"edit_confirmed_ts": datetime(2026, 11, 22, 12, tzinfo=UTC)},
    ),
    Fault(
        "ORD-REC-024",
        "the time of the first hearing was moved twelve days after it",
        "orders",
        NOTICE_ALONE,
        add=(
            Added(
                "field_changes",
                audit_row(
                    "orders",
                    "first_hearing_ts",
                    counted("notice_served_ts", 48) + timedelta(hours=1),
                    timedelta(days=12),
                ),
            ),
            Added(
                "field_changes",
                audit_row(
                    "orders",
                    "hearing_ts",
                    counted("notice_served_ts", 48) + timedelta(hours=1),
                    timedelta(days=12),
                ),
            ),
        ),
        nights=(ALL, (2, 3)),
        cure={"edit_confirmed_ts": datetime(2026, 11, 22, 12, tzinfo=UTC)},
    ),
)
