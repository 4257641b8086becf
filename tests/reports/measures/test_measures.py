"""Measures: what counts, out of what, and what is left out because it is not known."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from reports.measures import DEFINITIONS, measures, order_counts
from reports.pcc.figures import shown_measures
from tests.reports.reports_night import make_night
from tests.reports.test_suppression import Reader

ASOF = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
NIGHT = date(2026, 11, 24)
TIME = pl.Datetime("us", "UTC")

ORDERS = {
    "order_id": pl.String, "parent_order_id": pl.String, "order_type": pl.String,
    "force_role": pl.String, "status": pl.String, "is_test": pl.Boolean,
    "notice_served_ts": TIME, "notice_served_time_known": pl.Boolean, "issued_ts": TIME,
    "authoriser_rank": pl.String, "hearing_deadline_ts": TIME, "first_heard_ts": TIME,
    "heard_evidence": pl.Boolean, "hearing_outcome": pl.String, "made_date": pl.Date,
    "start_date": pl.Date, "end_date": pl.Date, "until_further_order": pl.Boolean,
    "discharged_ts": TIME, "national_due_ts": TIME, "on_national": pl.Boolean,
    "national_record_ts": TIME, "next_review_due": pl.Date, "oic_id": pl.String,
    "supervisor_id": pl.String,
}  # fmt: skip
BREACHES = {
    "breach_id": pl.String, "status": pl.String, "is_test": pl.Boolean, "reported_ts": TIME,
    "reported_time_known": pl.Boolean, "recorded_ts": TIME, "kind": pl.String,
    "breach_kind": pl.String, "suspect_state": pl.String, "suspect_key": pl.String,
    "arrested_ts": TIME, "civil_arrest": pl.Boolean, "production_deadline_ts": TIME,
    "produced_at_court_ts": TIME, "disposal_type": pl.String, "is_continuation": pl.Boolean,
}  # fmt: skip
LINKS = {"breach_id": pl.String, "order_id": pl.String, "unlinked_ts": TIME}
EXCEPTIONS = {
    "rule_id": pl.String, "theme": pl.String, "severity": pl.String, "unit_code": pl.String,
    "state": pl.String, "days_open": pl.Int64,
}  # fmt: skip
MOVEMENTS = {
    "rule_id": pl.String, "unit_code": pl.String, "movement": pl.String, "n": pl.Int64,
}  # fmt: skip
OUTCOMES = {
    "rule_id": pl.String, "outcome": pl.String, "evaluated": pl.Int64, "failed": pl.Int64,
}  # fmt: skip
RULES = {
    "rule_id": pl.String, "theme": pl.String, "severity": pl.String, "dimension": pl.String,
    "status": pl.String,
}  # fmt: skip


def at(text):
    """A moment of November 2026, from day, hour and minute in UTC."""
    day, _, clock = text.partition(" ")
    hour, _, minute = clock.partition(":")
    return datetime(2026, 11, int(day), int(hour or 0), int(minute or 0), tzinfo=UTC)


def frame(rows, schema):
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def measure(code, cut, *, orders=(), breaches=(), links=(), drop=(), **ledger):
    """One row of the measures, as (value, numerator, denominator, excluded)."""
    tables = {
        "orders": frame(orders, ORDERS).drop(list(drop), strict=False),
        "breaches": frame(breaches, BREACHES).drop(list(drop), strict=False),
    }
    result = measures(
        {"breach_orders": frame(links, LINKS)},
        tables,
        exceptions=frame(ledger.get("exceptions", ()), EXCEPTIONS),
        movements=frame(ledger.get("movements", ()), MOVEMENTS),
        outcomes=frame(ledger.get("outcomes", ()), OUTCOMES),
        rules=frame(ledger.get("rules", ()), RULES),
        order_types=None,
        asof=ASOF,
        business_date=NIGHT,
    )
    (row,) = result.filter(pl.col("measure") == code, pl.col("cut") == cut).rows(named=True)
    return row["value"], row["numerator"], row["denominator"], row["excluded"]


def notice(served, heard=None, deadline=None, **more):
    return {
        "order_id": served, "order_type": "DVPN", "force_role": "applicant",
        "status": "notice_served", "notice_served_ts": at(served),
        "hearing_deadline_ts": at(deadline) if deadline else at(served) + timedelta(hours=48),
        "first_heard_ts": at(heard) if heard else None, **more,
    }  # fmt: skip


def test_m01_counts_first_hearings_by_the_deadline():
    orders = [
        notice("10 10:00", "12 10:00"),  # at the instant itself: in time
        notice("11 10:00", "13 10:01"),  # a minute late
        notice("12 10:00"),  # never heard
        notice("23 10:00", "23 12:00"),  # its clock still runs: not counted yet
        notice("13 10:00", "14 10:00", notice_served_time_known=False),
        notice("14 10:00", heard_evidence=True),  # heard, but when?
        notice("15 10:00", "16 10:00", force_role="informed"),
        notice("16 10:00", "17 10:00", status="void"),
        notice("17 10:00", "18 10:00", is_test=True),
    ]
    value, *counts = measure("M01", "12 months", orders=orders)
    assert counts == [1, 3, 2]
    assert value == pytest.approx(100 / 3)


def test_m02_counts_what_became_of_notices():
    orders = [
        notice("10"),
        notice("11", hearing_outcome="granted"),
        notice("12", hearing_outcome="refused"),
        notice("13", status="lapsed"),
        notice("14", hearing_outcome="adjourned"),
        {"order_id": "c", "parent_order_id": "10", "order_type": "DVPO", "force_role": "applicant",
         "status": "in_force", "made_date": date(2026, 11, 12)},
    ]  # fmt: skip
    assert measure("M02", "12 months", orders=orders)[1:] == (2, 5, 0)
    assert measure("M02", "12 months, refused", orders=orders)[1:] == (1, 5, 0)
    assert measure("M02", "12 months, lapsed", orders=orders)[1:] == (1, 5, 0)
    assert measure("M02", "12 months, no outcome recorded", orders=orders)[1:] == (1, 5, 0)


def test_m03_counts_ranks_by_type_and_leaves_unknown_ranks_out():
    def issued(kind, rank):
        return {"order_type": kind, "force_role": "applicant", "issued_ts": at("10"),
                "authoriser_rank": rank}  # fmt: skip

    orders = [issued("DVPN", "SUPT"), issued("DVPN", "CI"), issued("DAPN", "INSP"),
              issued("DAPN", "SGT"), issued("DVPN", None), issued("DVPO", "PC")]  # fmt: skip
    assert measure("M03", "12 months", orders=orders) == (50, 2, 4, 1)


def test_m05_is_simpsons_index_of_police_led_orders():
    def made(kind, role="applicant"):
        return {"order_type": kind, "force_role": role, "status": "in_force",
                "made_date": date(2026, 5, 1)}  # fmt: skip

    orders = [*[made("DVPO")] * 2, made("SPO"), made("SHPO"), made("NMO", "enforcing"),
              made("UNK"), made("UND"), made("DVPN")]  # fmt: skip
    value, used, total, unknown = measure("M05", "12 months", orders=orders)
    assert value == pytest.approx(1 - (0.25 + 0.0625 + 0.0625))
    assert (used, total, unknown) == (3, 4, 1)
    one = measure("M05", "12 months", orders=[made("DVPO")] * 7)
    assert one[0] == 0
    assert measure("M05", "12 months")[0] is None


def live(**more):
    return {"order_type": "DVPO", "force_role": "applicant", "status": "in_force",
            "made_date": date(2026, 11, 1), "start_date": date(2026, 11, 1),
            "end_date": date(2026, 11, 28), **more}  # fmt: skip


def test_m09_counts_live_orders_on_the_national_system_in_time():
    due = at("3 10:00")
    orders = [
        live(national_due_ts=due, on_national=True, national_record_ts=due),
        live(national_due_ts=due, on_national=True, national_record_ts=due + timedelta(minutes=1)),
        live(national_due_ts=due, on_national=False),
        live(national_due_ts=due, on_national=True),  # there, but since when?
        live(national_due_ts=at("25"), on_national=False),  # not due yet
        live(on_national=False),  # need not be there
        live(national_due_ts=due, on_national=False, end_date=date(2026, 11, 23)),  # over
    ]
    value, *counts = measure("M09", "live orders", orders=orders)
    assert counts == [1, 3, 1]
    assert value == pytest.approx(100 / 3)


def test_m14_and_m15_are_of_live_orders_that_the_force_manages():
    orders = [
        live(next_review_due=NIGHT, oic_id="A", supervisor_id="B"),
        live(next_review_due=date(2026, 11, 23), oic_id="A", supervisor_id=" a "),
        live(oic_id="A"),
        live(oic_id=None, supervisor_id="B", next_review_due=NIGHT),
        live(force_role="enforcing", next_review_due=NIGHT, oic_id="A", supervisor_id="B"),
    ]
    assert measure("M14", "live orders", orders=orders)[1:] == (2, 3, 1)
    assert measure("M15", "live orders", orders=orders)[1:] == (1, 3, 1)


def test_m16_counts_breaches_against_the_time_that_orders_were_live():
    orders = [
        live(order_id="O1", start_date=date(2026, 10, 1), end_date=date(2026, 10, 31)),
        live(order_id="O2", start_date=date(2026, 11, 1), end_date=date(2027, 11, 1)),
        live(order_id="O3", start_date=date(2020, 1, 1), end_date=date(2021, 1, 1)),
        live(order_id="O4", start_date=None, made_date=None),
    ]
    breaches = [{"breach_id": f"B{n}", "reported_ts": at("10")} for n in range(4)]
    links = [
        {"breach_id": "B0", "order_id": "O1"},
        {"breach_id": "B1", "order_id": "O1"},
        {"breach_id": "B1", "order_id": "O2"},  # one breach of two orders
        {"breach_id": "B2", "order_id": "GONE"},
        {"breach_id": "B3", "order_id": "O2", "unlinked_ts": at("11")},
    ]
    value, count, months, excluded = measure(
        "M16", "12 months", orders=orders, breaches=breaches, links=links
    )
    days = 31 + 24  # October, and 1 to 24 November
    assert value == pytest.approx(100 * 2 / (days / 30.4))
    assert (count, months, excluded) == (2, round(days / 30.4), 2 + 1)


def test_m17_is_of_crimes_only_and_an_unrecorded_one_is_late_after_a_day():
    def crime(reported, recorded=None, **more):
        return {"breach_id": reported, "reported_ts": at(reported), "kind": "crime",
                "recorded_ts": at(recorded) if recorded else None, **more}  # fmt: skip

    breaches = [
        crime("10 10:00", "11 10:00"),
        crime("11 10:00", "12 10:01"),
        crime("12 10:00"),
        crime("23 10:00"),  # not a day old
        crime("13 10:00", "13 11:00", reported_time_known=False),
        crime("14 10:00", "19 10:00", kind="civil"),
    ]
    assert measure("M17", "12 months, in 24 hours", breaches=breaches) == (
        pytest.approx(100 / 3), 1, 3, 1,
    )  # fmt: skip
    median = measure("M17", "12 months, median", breaches=breaches)
    assert median == (pytest.approx(24 + 1 / 120), 2, 2, 3)


def test_m18_is_of_known_suspects_and_not_of_failures_to_notify():
    def report(state, arrested=None, **more):
        return {"reported_ts": at("10 10:00"), "suspect_state": state, "suspect_key": "S",
                "arrested_ts": at(arrested) if arrested else None, **more}  # fmt: skip

    breaches = [
        report("identified", "11 10:00"),
        report("identified", "11 10:01"),
        report("identified"),
        report("unidentified"),
        report("identified", breach_kind="notification_failure"),
        report(None, suspect_key=None),
        report(None, "10 12:00", suspect_key=None),
    ]
    assert measure("M18", "12 months", breaches=breaches) == (50, 2, 4, 1)


def test_m19_is_of_arrests_under_a_civil_power():
    def arrest(produced, **more):
        return {"arrested_ts": at("10 10:00"), "civil_arrest": True,
                "production_deadline_ts": at("11 10:00"),
                "produced_at_court_ts": at(produced) if produced else None, **more}  # fmt: skip

    breaches = [
        arrest("11 10:00"), arrest("11 10:01"), arrest(None),
        arrest("10 12:00", civil_arrest=False),
        arrest(None, disposal_type="dearrested"), arrest("11", production_deadline_ts=None),
        arrest(None, production_deadline_ts=at("25")),
    ]  # fmt: skip
    assert measure("M19", "12 months", breaches=breaches) == (pytest.approx(100 / 3), 1, 3, 1)


def test_m20_counts_repeats_by_order_and_by_person():
    orders = [live(order_id="O1"), live(order_id="O2")]
    breaches = [
        {"breach_id": f"B{n}", "reported_ts": at("10"), "suspect_key": "S1" if n < 3 else None}
        for n in range(4)
    ]
    links = [{"breach_id": f"B{n}", "order_id": "O1" if n < 2 else "O2"} for n in range(3)]
    known = {"orders": orders, "breaches": breaches, "links": links}
    assert measure("M20", "12 months, orders", **known) == (50, 1, 2, 1)
    assert measure("M20", "12 months, people with 3 or more", **known) == (100, 1, 1, 1)


@pytest.mark.parametrize(
    ("code", "cut", "column"),
    [("M01", "12 months", "first_heard_ts"), ("M02", "12 months", "notice_served_ts"),
     ("M03", "12 months", "authoriser_rank"), ("M09", "live orders", "on_national"),
     ("M14", "live orders", "next_review_due"), ("M15", "live orders", "supervisor_id"),
     ("M17", "12 months, in 24 hours", "kind"), ("M18", "12 months", "suspect_state"),
     ("M19", "12 months", "production_deadline_ts")],
)  # fmt: skip
def test_a_measure_whose_field_no_source_carries_is_not_available(code, cut, column):
    assert measure(code, cut, drop=[column]) == (None, None, None, None)


def test_m23_and_m24_count_what_is_open():
    rule = {"rule_id": "R1", "theme": "recording", "severity": "high", "status": "active"}
    rules = [rule, {**rule, "rule_id": "T1", "status": "trial"}]
    exceptions = [
        {"rule_id": "R1", "theme": "recording", "severity": "high", "state": "open",
         "days_open": days} for days in (0, 7, 8, 28, 29, 90, 91, 500)
    ]  # fmt: skip
    exceptions += [{**exceptions[0], "state": "waived"}, {**exceptions[0], "rule_id": "T1"}]
    moved = [{"rule_id": "R1", "movement": m, "n": n} for m, n in
             (("opened", 3), ("reopened", 1), ("fixed", 2), ("rule_retired", 4))]  # fmt: skip
    ledger = {"rules": rules, "exceptions": exceptions, "movements": moved}
    assert measure("M23", "open", **ledger) == (8, 8, 8, 0)
    assert measure("M23", "opened", **ledger)[1] == 4
    assert measure("M23", "closed", **ledger)[1] == 6
    assert measure("M23", "open, theme=recording", **ledger)[1] == 8
    for band in ("0 to 7 days", "8 to 28 days", "29 to 90 days", "More than 90 days"):
        assert measure("M24", band, **ledger) == (25, 2, 8, 0)
    assert measure("M24", "median age", **ledger)[0] == 28.5
    assert measure("M24", "oldest", **ledger)[0] == 500


def test_m26_weighs_checks_by_severity_and_leaves_out_rules_that_did_not_run():
    rules = [
        {"rule_id": "C", "severity": "critical", "dimension": "validity", "status": "active"},
        {"rule_id": "L", "severity": "low", "dimension": "timeliness", "status": "active"},
        {"rule_id": "H", "severity": "high", "dimension": "timeliness", "status": "active"},
        {"rule_id": "T", "severity": "high", "dimension": "timeliness", "status": "trial"},
    ]
    outcomes = [
        {"rule_id": "C", "outcome": "ran", "evaluated": 10, "failed": 5},
        {"rule_id": "L", "outcome": "ran", "evaluated": 40, "failed": 0},
        {"rule_id": "H", "outcome": "held"},
        {"rule_id": "T", "outcome": "ran", "evaluated": 99, "failed": 99},
    ]
    known = {"rules": rules, "outcomes": outcomes}
    assert measure("M26", "all", **known) == (75, 4 * 5 + 40, 4 * 10 + 40, 1)
    assert measure("M26", "validity", **known) == (50, 20, 40, 0)
    assert measure("M26", "timeliness", **known) == (100, 40, 40, 1)


def test_no_measure_of_breaches_changes_with_the_exceptions():
    breaches = [{"breach_id": "B", "reported_ts": at("10"), "kind": "crime"}]
    tables = {"orders": frame([live(order_id="O")], ORDERS), "breaches": frame(breaches, BREACHES)}
    links = {"breach_orders": frame([{"breach_id": "B", "order_id": "O"}], LINKS)}
    rules = frame([{"rule_id": "R", "theme": "recording", "severity": "high"}], RULES)

    def of(count):
        rows = [{"rule_id": "R", "state": "open", "theme": "recording", "days_open": 1}] * count
        moved = [{"rule_id": "R", "movement": "opened", "n": count}]
        return measures(
            links, tables, exceptions=frame(rows, EXCEPTIONS), movements=frame(moved, MOVEMENTS),
            outcomes=frame([], OUTCOMES), rules=rules, order_types=None, asof=ASOF,
            business_date=NIGHT,
        )  # fmt: skip

    breach = pl.col("measure").is_in([f"M{number}" for number in range(16, 22)])
    few, many = of(0), of(500)
    assert few.filter(breach).equals(many.filter(breach))
    assert few.filter(breach).height > 10
    assert not few.equals(many)


def test_the_periods_are_the_year_to_the_night_and_the_latest_whole_quarter():
    def served(day):
        moment = datetime(*day, 12, tzinfo=UTC)
        return {**notice("10"), "notice_served_ts": moment, "order_id": str(day),
                "hearing_deadline_ts": moment + timedelta(hours=48)}  # fmt: skip

    days = [(2025, 11, 24), (2025, 11, 25), (2026, 6, 30), (2026, 7, 1), (2026, 9, 30),
            (2026, 10, 1)]  # fmt: skip
    orders = [served(day) for day in days]
    assert measure("M01", "12 months", orders=orders)[2] == 5
    assert measure("M01", "latest quarter", orders=orders)[2] == 2


def test_every_measure_says_what_it_counts():
    night = make_night(100)
    assert set(night.measures["measure"]) == set(DEFINITIONS)
    assert night.measures.columns == [
        "measure", "cut", "value", "numerator", "denominator", "excluded", "unit", "night",
    ]  # fmt: skip
    assert night.measures.select("measure", "cut").is_unique().all()


def test_order_counts_are_of_the_force_s_own_orders_and_of_what_is_live():
    orders = [live(), live(force_role="enforcing"), live(end_date=date(2026, 11, 23)),
              live(order_type="UND"), live(status="void"),
              live(made_date=date(2025, 1, 1))]  # fmt: skip
    types = pl.DataFrame({
        "order_type": ["DVPO", "DVPN", "UND"], "name": ["An order", "A notice", "A promise"],
        "notice": [False, True, False], "min_rank": [None, "SUPT", None],
    })  # fmt: skip
    counts = order_counts(
        {"orders": frame(orders, ORDERS)}, {}, order_types=types, asof=ASOF, business_date=NIGHT
    )
    assert counts.rows() == [("DVPO", "An order", 2, 3)]


def shown(rows):
    night = make_night(100)
    schema = {name: night.measures.schema[name] for name in night.measures.columns}
    full = [(*row, "%", NIGHT) for row in rows]
    return {
        (row.measure, row.cut): row
        for row in shown_measures(
            replace(night, measures=pl.DataFrame(full, schema=schema, orient="row"))
        )
    }


def test_a_measure_that_gives_a_small_count_away_is_hidden_and_so_is_its_other_period():
    rows = shown([
        ("M01", "12 months", 98.0, 98, 100, 0),
        ("M03", "12 months", 50.0, 50, 100, 2),
        ("M09", "live orders", 100.0, 9, 9, 0),
        ("M14", "live orders", None, 0, 0, 0),
        ("M15", "live orders", None, None, None, None),
        ("M18", "12 months", 50.0, 40, 80, 0),
        ("M18", "latest quarter", 50.0, 38, 76, 0),
    ])  # fmt: skip
    late = rows["M01", "12 months"]
    assert (late.value, late.numerator) == ("[c]", "[c]")
    half = rows["M03", "12 months"]
    assert (half.value, half.numerator, half.excluded, half.known) == (50, 50, "[c]", "[c]")
    assert rows["M09", "live orders"].value == "[c]"
    assert rows["M14", "live orders"].value == "[z]"
    assert rows["M15", "live orders"].value == "[x]"
    # 40 in the year less 38 in the quarter would be 2.
    periods = [rows["M18", cut].numerator for cut in ("12 months", "latest quarter")]
    assert "[c]" in periods


def reader_of_measures(found):
    """What a reader of the definitions knows of the measures and the sums among them."""
    known, sums = {}, []
    for (measure, cut), row in found.items():
        for name, value in (("n", row.numerator), ("d", row.denominator), ("x", row.excluded)):
            known[measure, cut, name] = value
        known[measure, cut, "rest"] = None
        sums.append(((measure, cut, "d"), [(measure, cut, "n"), (measure, cut, "rest")]))
    return known, sums


def test_the_outcomes_of_the_notices_do_not_give_the_hidden_ones_away():
    """174 + 8 + [c] + 6 + [c] = 190 says that both are 1."""
    counts = {"": 174, ", refused": 8, ", withdrawn": 1, ", lapsed": 6, ", no outcome recorded": 1}
    found = shown([
        ("M02", f"12 months{cut}", 100 * n / 190, n, 190, 0) for cut, n in counts.items()
    ])  # fmt: skip
    known, sums = reader_of_measures(found)
    cuts = [f"12 months{cut}" for cut in counts]
    sums.append((("M02", "12 months", "d"), [("M02", cut, "n") for cut in cuts]))
    sums += [(("M02", "12 months", "d"), [("M02", cut, "d")]) for cut in cuts]
    reader = Reader(known, sums)
    assert reader.hidden
    assert reader.pinned() == set()
    assert found["M02", "12 months"].numerator == 174


def test_two_measures_of_the_same_orders_do_not_give_what_was_left_out_away():
    """315 orders with a review, 314 and [c] with a supervisor: 1."""
    found = shown([
        ("M14", "live orders", 90.0, 283, 315, 0),
        ("M15", "live orders", 90.0, 282, 314, 1),
    ])  # fmt: skip
    known, sums = reader_of_measures(found)
    known["all"] = None
    sums += [
        ("all", [(measure, "live orders", "d"), (measure, "live orders", "x")])
        for measure in ("M14", "M15")
    ]
    reader = Reader(known, sums)
    assert reader.hidden
    assert reader.pinned() == set()


def test_breaches_by_type_do_not_give_a_hidden_type_away():
    rows = [("12 months", 66), ("12 months, DVPO", 40), ("12 months, NMO", 23),
            ("12 months, SPO", 3)]  # fmt: skip
    found = shown([("M16", cut, 9.0, n, 100, 0) for cut, n in rows])
    known = {cut: found["M16", cut].numerator for cut, _ in rows}
    reader = Reader(known, [("12 months", [cut for cut, _ in rows[1:]])])
    assert reader.hidden
    assert reader.pinned() == set()
