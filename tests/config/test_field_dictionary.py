"""The field dictionary that comes with Orderwatch."""

from __future__ import annotations

from pathlib import Path

from config.errors import ConfigFaults
from config.records import Field, load_records

RECORDS = load_records()
FIELDS = {
    f"{table.name}.{field.name}": field
    for table in RECORDS.tables.values()
    for field in table.fields.values()
}


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


def test_every_field_says_what_it_means_in_a_sentence_of_its_own() -> None:
    def says(field: Field) -> bool:
        words = field.means.split()
        plain = field.means.lower() != field.name.replace("_", " ")
        return len(words) >= 2 and words[0][0].isupper() and plain and field.means[-1] != "."

    assert [name for name, field in FIELDS.items() if not says(field)] == []


def test_whatever_may_identify_a_person_is_personal() -> None:
    staff = set(
        """oic_id supervisor_id authoriser_id reviewer_id staff_id notice_served_by
        finalisation_approved_by""".split()
    )
    numbers = {"pncid", "asn", "cro_no", "delius_crn", "custody_ref", "visor_ref"}
    free_text = {"status_raw", "old_raw", "new_raw", "old_value", "new_value"}

    def identifies(field: Field) -> bool:
        person = field.name.endswith(("_key", "_keys")) and field.name != "record_key"
        age = "_age_" in field.name or field.name.startswith("age_")
        listed = field.name in {"home_force", *staff, *numbers, *free_text}
        return person or age or listed

    found = {name for name, field in FIELDS.items() if identifies(field)}
    assert len(found) > 30
    assert sorted(name for name in found if not FIELDS[name].personal) == []


def test_no_rule_of_a_police_suspect_can_show_that_one_is() -> None:
    assert RECORDS["breaches"].fields["suspect_is_police_employee"].personal
    assert RECORDS["breaches"].fields["psd_referred_ts"].personal


def test_only_times_that_lie_ahead_by_nature_may_be_in_the_future() -> None:
    future = {field.name for field in FIELDS.values() if field.future}
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


def faults(tmp_path: Path, *fields: str) -> list[str]:
    file = tmp_path / "records.toml"
    lines = ['[t]\nmeans = "x"\nkey = ["id"]\n[t.fields]', 'id = { type = "text", means = "X x" }']
    file.write_text("\n".join([*lines, *fields, ""]), encoding="utf-8")
    try:
        load_records(file)
    except ConfigFaults as error:
        return [f"{fault}" for fault in error.faults]
    return []


def test_wrong_bounds_and_identities_are_faults_at_their_line(tmp_path: Path) -> None:
    wrong = [
        'a = { type = "text", min = 0, means = "A a" }',
        'b = { type = "integer", min = 2, max = 1, means = "B b" }',
        'c = { type = "integer", min = "0", means = "C c" }',
        'd = { type = "integer", identity = "person", means = "D d" }',
        'e = { type = "text", identity = "t.nothing", means = "E e" }',
        'f = { type = "text", identity = { by = "nothing", x = "person" }, means = "F f" }',
        'g = { type = "text", identity = { by = "id" }, means = "G g" }',
    ]
    found = faults(tmp_path, *wrong)
    assert sorted(int(fault.split(":")[1]) for fault in found) == list(range(6, 13))
    right = 'a = { type = "integer", min = 0, max = 0, means = "A a" }'
    assert faults(tmp_path, right) == []


def test_whatever_names_a_record_or_a_person_is_compared_as_a_name() -> None:
    keys = [
        table.fields[table.key[0]]
        for table in RECORDS.tables.values()
        if len(table.key) == 1 and table.fields[table.key[0]].type == "text"
    ]
    names = [f for f in FIELDS.values() if f.name.endswith(("_id", "_key", "_keys", "_ref"))]
    lacking = {field.name for field in [*keys, *names] if not field.identifies}
    assert lacking == {"extract_id"}
