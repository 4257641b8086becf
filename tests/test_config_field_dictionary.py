"""The field dictionary that comes with Orderwatch."""

from __future__ import annotations

import pytest

from config.records import Field, load_records

RECORDS = load_records()
FIELDS = [
    pytest.param(table.name, field, id=f"{table.name}.{field.name}")
    for table in RECORDS.tables.values()
    for field in table.fields.values()
]


def test_the_canonical_tables_are_all_there() -> None:
    assert list(RECORDS.tables) == [
        "orders",
        "order_parties",
        "order_conditions",
        "breaches",
        "breach_orders",
        "reviews",
        "review_actions",
        "shares",
        "units",
        "staff",
        "court_feed",
        "occurrences",
        "field_changes",
    ]


@pytest.mark.parametrize(("table", "field"), FIELDS)
def test_every_field_says_what_it_means_in_a_sentence_of_its_own(table: str, field: Field) -> None:
    assert len(field.means.split()) >= 2
    assert field.means[0].isupper()
    assert not field.means.endswith(".")
    assert field.means.lower() != field.name.replace("_", " ")


@pytest.mark.parametrize(("table", "field"), FIELDS)
def test_whatever_may_identify_a_person_is_personal(table: str, field: Field) -> None:
    identifying = field.name.endswith(("_key", "_keys")) and field.name != "record_key"
    staff = field.name in {
        "oic_id",
        "supervisor_id",
        "authoriser_id",
        "reviewer_id",
        "staff_id",
        "notice_served_by",
        "finalisation_approved_by",
    }
    numbers = field.name in {"pncid", "asn", "cro_no", "delius_crn", "custody_ref"}
    ages = "_age_" in field.name or field.name.startswith("age_") or field.name == "home_force"
    free_text = field.name.endswith("_raw") or field.name in {"old_value", "new_value"}
    if identifying or staff or numbers or ages or free_text:
        assert field.personal


def test_no_rule_of_a_police_suspect_can_show_that_one_is() -> None:
    assert RECORDS["breaches"].fields["suspect_is_police_employee"].personal
    assert RECORDS["breaches"].fields["psd_referred_ts"].personal


def test_only_times_that_lie_ahead_by_nature_may_be_in_the_future() -> None:
    future = {field.name for _, field in (param.values for param in FIELDS) if field.future}
    assert {"listed_ts", "adjourned_to_ts", "next_hearing_ts", "end_date", "to_ts"} <= future
    assert {"next_review_due", "notification_due_date", "due_date", "next_due"} <= future
    assert not future & {"made_date", "notice_served_ts", "reported_ts", "created_ts"}


def test_records_with_an_owner_name_the_field_that_holds_it() -> None:
    owned = {name: table.unit for name, table in RECORDS.tables.items() if table.unit}
    assert owned == {
        "orders": "oic_unit",
        "breaches": "oic_unit",
        "occurrences": "oic_unit",
        "court_feed": "unit_code",
        "staff": "unit_code",
    }
