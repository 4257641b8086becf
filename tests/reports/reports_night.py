"""A made-up night with everything that a report can meet, for the tests of the reports."""

import json
import random
from datetime import UTC, date, datetime, timedelta

import polars as pl

from config.records import load_records
from config.sentences import say
from reports.labels import field_labels
from reports.measures import measures
from reports.night import COLUMNS, ReportNight, ReportSettings

ASOF = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
NIGHT = date(2026, 11, 24)

#: Texts that spreadsheets and readers trip over.
NASTY = (
    '=HYPERLINK("http://example.invalid","x")',
    "+44 1785 000000",
    "-1+1",
    "@SUM(A1)",
    "\tbegins with a tab",
    "\rbegins with a return",
    "control \x00\x07\x1b characters \ud800 and \uffff",
    "L" * 40_000,
    "Ünïcødé 🚓 漢字 \u202ereversed",
    "_x0041_ is not A",
)

UNITS = [
    ("LPT_LEEK", "Leek local policing team", "LPT", False),
    ("LPT_HANLEY", "Hanley local policing team", "LPT", False),
    ("LPT_NEWCASTLE", "Newcastle local policing team", "LPT", False),
    ("LPT_STAFFORD", "Stafford local policing team", "LPT", False),
    ("LPT_BURTON", "Burton local policing team", "LPT", False),
    ("PPU", "Public protection unit", "PPU", False),
    ("DVPO", "DVPO team", "DVPO team", False),
    ("CID/../EAST", "=Unit with a name to fear", "CID", False),
    ("PSD", "Professional standards", "PSD", True),
]

RULES = [
    ("ORD-GOV-001", "Notice issued without its authorising officer or time",
     "application_governance", "completeness", "critical", "orders"),
    ("ORD-GOV-002", "Notice authorised below the rank the law requires",
     "application_governance", "validity", "critical", "orders"),
    ("ORD-GOV-005", "Notice heard after the 48-hour limit",
     "application_governance", "timeliness", "critical", "orders"),
    ("ORD-GOV-008", "Considerations before a notice not recorded",
     "application_governance", "completeness", "high", "orders"),
    ("ORD-REC-002", "Order without its date, court or end",
     "recording", "completeness", "high", "orders"),
    ("ORD-REC-003", "End date before start date", "recording", "consistency", "high", "orders"),
    ("ORD-REC-006", "Order past its end but still shown as in force",
     "recording", "consistency", "medium", "orders"),
    ("BRE-REC-001", "Breach not linked to an order", "recording", "completeness", "critical",
     "breaches"),
    ("BRE-REC-005", "Breach recorded more than 24 hours after the report",
     "recording", "timeliness", "high", "breaches"),
    ("ORD-INF-001", "Order in force but not on the national system",
     "information_sharing", "completeness", "critical", "orders"),
    ("ORD-INF-003", "Order in force without a local warning flag",
     "information_sharing", "completeness", "high", "orders"),
    ("ORD-INF-006", "Victim not told the outcome", "information_sharing", "timeliness", "high",
     "orders"),
    ("ORD-SUP-001", "No supervisor", "supervision", "completeness", "high", "orders"),
    ("ORD-SUP-004", "Periodic review overdue", "supervision", "timeliness", "high", "orders"),
    ("ORD-SUP-005", "No next review date, or one that has passed",
     "supervision", "completeness", "medium", "orders"),
    ("BRE-RSP-001", "No arrest and no reason within 24 hours",
     "breach_response", "timeliness", "critical", "breaches"),
    ("BRE-RSP-002", "Person arrested under a civil power not before the court in time",
     "breach_response", "timeliness", "critical", "breaches"),
    ("BRE-SUP-001", "Breach without an initial supervisory review",
     "supervision", "completeness", "high", "breaches"),
    ("BRE-RSP-009", "Suspect works for the police, professional standards not told",
     "breach_response", "completeness", "critical", "breaches"),
    ("DAT-REC-003", "Extract is stale", "recording", "timeliness", "medium", "sources"),
    ("ORD-TRY-001", "A rule that is being tried out", "recording", "validity", "low", "orders"),
]  # fmt: skip

_WEIGHTS = [2, 3, 4, 10, 60, 9, 40, 5, 30, 25, 35, 20, 15, 60, 30, 25, 2, 14, 1, 0, 5]
_UNIT_WEIGHTS = [20, 30, 12, 10, 9, 8, 6, 1, 0]


def rules_frame() -> pl.DataFrame:
    rows = [
        (*rule, "trial" if rule[0] == "ORD-TRY-001" else "active",
         f"Confirm the facts of {rule[0]} and put the record right at source.",
         rule[0] == "BRE-RSP-009")
        for rule in RULES
    ]  # fmt: skip
    names = "rule_id title theme dimension severity records status fix restricted".split()
    return pl.DataFrame(rows, schema=names, orient="row")


def exceptions_frame(count: int, *, seed: int = 7, nasty: bool = True) -> pl.DataFrame:
    pick = random.Random(seed)
    units = [unit[0] for unit in UNITS]
    rows = []
    for number in range(count):
        rule = pick.choices(RULES, _WEIGHTS)[0]
        rule_id, _, theme, dimension, severity, records = rule
        prefix = "ORD" if records == "orders" else "BRE"
        key = f"{prefix}-26-{number:06d}"
        served = ASOF - timedelta(hours=pick.randint(50, 3000))
        due = served + timedelta(hours=48) if pick.random() < 0.8 else None
        evidence = {
            "notice_served_ts": served.isoformat(),
            "made_date": served.date().isoformat(),
            "status": "in_force",
            "minutes_late": pick.randint(0, 4000),
            "end_date": None,
            "subject_key": "PERSONAL-MUST-NOT-SHOW",
        }
        if nasty and number < 4 * len(NASTY):
            text = NASTY[number % len(NASTY)]
            if number < len(NASTY):
                key = f"{text[:30]}{number}".replace("\ud800", "")
            evidence["rms_flag_type"] = text
        days = pick.choice([0, 1, 3, 6, 9, 20, 40, 80, 120, 400])
        rows.append(
            (rule_id, 1, theme, dimension, severity, records, key,
             pick.choices(units, _UNIT_WEIGHTS)[0] if pick.random() < 0.99 else None,
             "LPT_LEEK", pick.choice(["DVPN", "DVPO", "NMO", "SPO"]), due,
             json.dumps(evidence), "waived" if pick.random() < 0.02 else "open",
             NIGHT - timedelta(days=days), days, pick.choice([1, 1, 1, 2]),
             "ORD-REC-002" if pick.random() < 0.01 else None, False)
        )  # fmt: skip
    schema = {
        "rule_id": pl.String, "rule_version": pl.Int64, "theme": pl.String,
        "dimension": pl.String, "severity": pl.String, "records": pl.String,
        "record_key": pl.String, "unit_code": pl.String, "lpt": pl.String,
        "order_type": pl.String, "due_ts": pl.Datetime("us", "UTC"), "evidence": pl.String,
        "state": pl.String, "first_seen": pl.Date, "days_open": pl.Int64, "episode": pl.Int64,
        "hidden_by": pl.String, "restricted": pl.Boolean,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def make_night(count: int = 6000, *, held: bool = True, nasty: bool = True) -> ReportNight:
    pick = random.Random(11)
    exceptions = exceptions_frame(count, nasty=nasty)
    stale = exceptions.head(1).with_columns(
        rule_id=pl.lit("DAT-REC-003"),
        theme=pl.lit("recording"),
        severity=pl.lit("medium"),
        records=pl.lit("sources"),
        record_key=pl.lit("court_feed:stale"),
        evidence=pl.lit("{}"),
        unit_code=pl.lit(None, pl.String),
        state=pl.lit("open"),
        hidden_by=pl.lit(None, pl.String),
    )
    exceptions = pl.concat([exceptions, stale])
    rules = rules_frame()
    failed = dict(exceptions.group_by("rule_id").len().iter_rows())
    outcomes = []
    for rule in RULES:
        rule_id, records = rule[0], rule[5]
        if rule_id == "BRE-RSP-002":
            outcomes.append(
                (
                    rule_id,
                    records,
                    "not_supplied",
                    "No source carries arrest_power or produced_at_court_ts",
                    None,
                    None,
                )
            )
        elif held and records == "breaches":
            outcomes.append((rule_id, records, "held", "Source rms_breaches is held", None, None))
        else:
            evaluated = 3 if records == "sources" else 6100
            outcomes.append((rule_id, records, "ran", None, evaluated, failed.get(rule_id, 0)))
    key = exceptions["record_key"][-2]
    # Texts that are no sentences: none of them may reach a report.
    outcomes.append(("ORD-SUP-005", "reviews", "could_not_run", f"Record {key} broke it.", None,
                     None))  # fmt: skip
    movements = [
        (rule[0], unit, movement, pick.choice([0, 0, 1, 2, 7, 15]))
        for rule in RULES[:-1]
        for unit in ("LPT_LEEK", "LPT_HANLEY")
        for movement in ("opened", "reopened", "fixed", "withdrawn_from_source",
                         "no_longer_applies")
    ]  # fmt: skip
    moved = pl.DataFrame(
        movements, schema=["rule_id", "unit_code", "movement", "n"], orient="row"
    ).filter(pl.col("n") > 0)
    history = [
        (NIGHT - timedelta(days=back), 6000 + 13 * back, 1500 + back, 60 + back % 5, back % 4,
         70, 12, 3, 0, 100)
        for back in range(20, -1, -1)
    ]  # fmt: skip
    columns = ("business_date open critical opened reopened fixed withdrawn_from_source "
               "no_longer_applies rule_retired waived").split()  # fmt: skip
    sources = [
        ("rms_orders", "orders", "accepted", 6170, 6168, 41, None, None),
        ("rms_breaches", "breaches", "held" if held else "accepted", 1203, 1203, 0,
         f"1,203 rows where 2,480 to 2,520 were expected; first row {key}" if held else None,
         NIGHT - timedelta(days=1) if held else None),
        ("court_feed", "court_feed", "failed", None, None, None,
         "No file in in/court_feed*.csv: ask the courts liaison to send it", None),
    ]  # fmt: skip
    soon = exceptions_frame(60, seed=3, nasty=False).with_columns(
        due_ts=pl.lit(ASOF) + pl.duration(hours=pl.int_range(1, pl.len() + 1)),
        record_key=pl.lit("SOON-") + pl.col("record_key"),
    )
    counts = [("DVPO", "Domestic violence protection order", 171, 96),
              ("SPO", "Stalking protection order", 5, 11),
              ("SPO_INT", "Interim stalking protection order", 3, 2),
              ("SHPO", "Sexual harm prevention order", 42, 300),
              ("VOO", "Violent offender order", 0, 1),
              ("NMO", "Non-molestation order", 0, 2100)]  # fmt: skip
    records = load_records()
    settings = ReportSettings(
        force_name="Staffordshire Police",
        oversight_body="Staffordshire Commissioner",
        run_id="2026-11-24-1",
        version="0.1.0",
    )
    units = pl.DataFrame(UNITS, schema=["unit_code", "name", "kind", "restricted"], orient="row")
    outcome_frame = pl.DataFrame(
        outcomes,
        schema={"rule_id": pl.String, "records": pl.String, "outcome": pl.String,
                "reason": pl.String, "evaluated": pl.Int64, "failed": pl.Int64},
        orient="row",
    )  # fmt: skip
    figures = measures(
        {"breach_orders": breach_orders()},
        {"orders": orders(), "breaches": breaches()},
        exceptions=exceptions,
        movements=moved,
        outcomes=outcome_frame,
        rules=rules,
        order_types=None,
        asof=ASOF,
        business_date=NIGHT,
    )
    return ReportNight(
        business_date=NIGHT,
        asof=ASOF,
        settings=settings,
        exceptions=exceptions,
        due_soon=soon,
        outcomes=outcome_frame,
        movements=moved,
        history=pl.DataFrame(history, schema=columns, orient="row"),
        sources=pl.DataFrame(
            sources,
            schema={"source": pl.String, "records": pl.String, "state": pl.String,
                    "rows": pl.Int64, "accepted": pl.Int64, "rejects": pl.Int64,
                    "reason": pl.String, "figures_from": pl.Date},
            orient="row",
        ),
        rules=rules,
        units=units,
        order_counts=pl.DataFrame(
            counts, schema=["order_type", "name", "granted", "live"], orient="row"
        ),
        measures=figures,
        fields=field_labels(
            records,
            {"order_status": {"in_force": "in force"}},
            {"minutes_late": "Minutes between the limit and the event"},
        ),
        quality=pl.DataFrame(
            [
                ("rms_orders", "orders", "made_date", "unreadable", 12),
                ("rms_orders", "orders", None, "columns_shifted", 3),
                ("rms_orders", "orders", "ZZMARK JOHN", "ZZMARK SMITH", 4),
            ],
            schema=dict(COLUMNS["quality"]),
            orient="row",
        ),
        warnings=["rms_orders: ZZMARK of 12 words are not known", str(say("pull.empty"))],
        past_rules=past_rules(),
        past_sources=pl.DataFrame(
            [(NIGHT - timedelta(days=back), "rms_breaches", "breaches", "accepted")
             for back in range(20, 0, -1)],
            schema=dict(COLUMNS["past_sources"]), orient="row",
        ),
    )  # fmt: skip


def past_rules() -> pl.DataFrame:
    """On every night before, all rules ran but those that no source supplies."""
    rows = [
        (NIGHT - timedelta(days=back), rule[0], rule[5],
         {"BRE-RSP-002": "not_supplied", "ORD-SUP-005": "could_not_run"}.get(rule[0], "ran"))
        for back in range(20, 0, -1) for rule in RULES if rule[0] != "ORD-TRY-001"
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=dict(COLUMNS["past_rules"]), orient="row")


def orders(count: int = 900) -> pl.DataFrame:
    """Wide orders with the facts that measures read."""
    pick = random.Random(5)
    rows = []
    for number in range(count):
        served = ASOF - timedelta(hours=pick.randint(1, 9000))
        notice = number % 3 == 0
        deadline = served + timedelta(hours=48)
        rows.append({
            "order_id": f"O{number:05d}",
            "parent_order_id": f"O{number - 1:05d}" if number % 3 == 1 else None,
            "order_type": "DVPN" if notice else pick.choice(["DVPO", "SPO", "NMO", "SHPO", "UNK"]),
            "force_role": pick.choice(["applicant", "applicant", "enforcing"]),
            "status": "notice_served" if notice else pick.choice(["in_force", "expired", "void"]),
            "is_test": False,
            "notice_served_ts": served if notice else None,
            "issued_ts": served if notice else None,
            "authoriser_rank": pick.choice(["SUPT", "SUPT", "SUPT", "CI", None]),
            "hearing_deadline_ts": deadline if notice else None,
            "first_heard_ts": served + timedelta(hours=pick.randint(20, 52)) if notice else None,
            "heard_evidence": notice,
            "hearing_outcome": None,
            "made_date": None if notice else served.date(),
            "start_date": None if notice else served.date(),
            "end_date": None if notice else served.date() + timedelta(days=400),
            "until_further_order": False,
            "discharged_ts": None,
            "national_due_ts": None if notice else deadline,
            "on_national": not notice,
            "national_record_ts": None if notice else served + timedelta(hours=pick.randint(1, 60)),
            "next_review_due": NIGHT + timedelta(days=pick.randint(-5, 60)),
            "oic_id": "A1", "supervisor_id": pick.choice(["B2", "B2", "A1", None]),
        })  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("discharged_ts").cast(pl.Datetime("us", "UTC"))
    )


def breaches(count: int = 400) -> pl.DataFrame:
    """Wide breaches with the facts that measures read."""
    pick = random.Random(6)
    rows = []
    for number in range(count):
        reported = ASOF - timedelta(hours=pick.randint(30, 8000))
        civil = number % 4 == 0
        arrested = reported + timedelta(hours=pick.randint(1, 40)) if number % 5 else None
        produced = arrested + timedelta(hours=20) if civil and arrested else None
        rows.append({
            "breach_id": f"B{number:05d}", "status": "recorded", "is_test": False,
            "reported_ts": reported, "recorded_ts": reported + timedelta(hours=pick.randint(0, 40)),
            "kind": "civil" if civil else "crime", "breach_kind": "contact",
            "suspect_state": "identified", "suspect_key": f"S{number % 150}",
            "arrested_ts": arrested, "civil_arrest": civil and arrested is not None,
            "production_deadline_ts": produced and produced + timedelta(hours=4),
            "produced_at_court_ts": produced,
            "disposal_type": None, "is_continuation": False,
        })  # fmt: skip
    return pl.DataFrame(rows, infer_schema_length=None)


def breach_orders(count: int = 400) -> pl.DataFrame:
    return pl.DataFrame({
        "breach_id": [f"B{number:05d}" for number in range(count)],
        "order_id": [f"O{(number * 7) % 900:05d}" for number in range(count)],
        "unlinked_ts": pl.Series([None] * count, dtype=pl.Datetime("us", "UTC")),
    })  # fmt: skip
