"""Mapping files: what they make of a delivery, and what is said of a wrong one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from config.errors import ConfigFaults
from config.reference import Reference, load_reference
from config.settings import SETTINGS_FILE, Source
from config.toml_lines import read_toml
from jobs.conform import Conformed, conform, load_mapping
from jobs.pull import pull


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


class Intake:
    """A CSV file and a mapping, in a folder of their own."""

    def __init__(self, folder: Path, reference: Reference) -> None:
        self.folder, self.reference = folder, reference

    def faults(self, mapping: str, records: str = "orders") -> list[str]:
        with pytest.raises(ConfigFaults) as raised:
            self.read("Ref\n1\n", mapping, records)
        return [str(fault) for fault in raised.value.faults]

    def read(
        self, csv: str, mapping: str | None, records: str = "orders", salt: str = ""
    ) -> Conformed:
        (self.folder / "in.csv").write_text(csv, encoding="utf-8")
        file = None
        if mapping is not None:
            file = self.folder / "rms.toml"
            file.write_text(mapping, encoding="utf-8")
        source = Source(name="rms", records=records, kind="csv", path=str(self.folder / "in.csv"))
        read = load_mapping(source, file, self.reference)
        return conform(pull(source), read, self.reference, salt=salt)


@pytest.fixture
def intake(tmp_path: Path, reference: Reference) -> Intake:
    return Intake(tmp_path, reference)


def column(conformed: Conformed, name: str, table: str | None = None) -> list[object]:
    return conformed.tables[table or conformed.main].get_column(name).to_list()


def reasons(conformed: Conformed) -> list[tuple[str, str, int, str | None]]:
    wanted = conformed.rejects.select("reason", "field", "row", "raw")
    return sorted(wanted.rows(), key=str)


ORDER = 'records = "orders"\n[fields]\norder_id = "Ref"\n'


def test_a_canonical_file_needs_three_lines_or_none(intake: Intake) -> None:
    csv = "order_id,order_type,made_date,Remark\nO1,DVPO,2026-11-20,x\n"
    for mapping in (None, 'records = "orders"\ncanonical = true\nmidnight = "real"\n'):
        conformed = intake.read(csv, mapping)
        assert column(conformed, "order_type") == ["DVPO"]
        assert column(conformed, "made_date") == [date(2026, 11, 20)]
        assert conformed.supplied["orders"] == {"order_id", "order_type", "made_date"}
        assert conformed.new == ("Remark",)
        assert not conformed.missing


def test_a_canonical_mapping_with_fields_of_its_own(intake: Intake) -> None:
    mapping = 'canonical = true\n[fields]\nmade_date = { column = "Day", formats = ["%m/%d/%Y"] }\n'
    conformed = intake.read("order_id,Day,status\nO1,11/23/2026,Live\n", mapping)
    assert column(conformed, "made_date") == [date(2026, 11, 23)]
    assert column(conformed, "status") == ["in_force"]
    assert column(conformed, "status_raw") == ["Live"]


def test_a_field_from_several_columns(intake: Intake) -> None:
    mapping = ORDER + (
        'occurrence_no = { columns = ["A", "B"] }\n'
        'beat = { columns = ["A", "B"], how = "join", separator = "/" }\n'
        'crime_ref = { columns = ["A", "B"], how = "hash" }\n'
        'applicant_force = { constant = "21" }\n'
        'rms_flag_type = { column = "A", prefix = "<", suffix = ">" }\n'
        'extract_id = { column = "Ref", digits = 4 }\n'
    )
    conformed = intake.read("Ref,A,B\n1,a,b\n2,,b\n3,N/A,-\n4,a,b\n", mapping)
    assert column(conformed, "occurrence_no") == ["a", "b", None, "a"]
    assert column(conformed, "beat") == ["a/b", "b", None, "a/b"]
    assert column(conformed, "applicant_force") == ["21"] * 4
    assert column(conformed, "rms_flag_type") == ["<a>", None, None, "<a>"]
    assert column(conformed, "extract_id") == ["0001", "0002", "0003", "0004"]
    hashes = column(conformed, "crime_ref")
    assert hashes[0] == hashes[3] != hashes[1]
    assert len(str(hashes[0])) == 16
    assert hashes[1:3] == [None, None], "a key with an empty part is no whole key"


def test_words_values_and_what_is_not_known(intake: Intake) -> None:
    mapping = (
        'null_words = ["see file"]\n'
        + ORDER
        + (
            'status = { column = "S", values = { "On the books" = "in_force" } }\n'
            'order_type = "T"\nda_flag = { column = "D", values = { "DA case" = "true" } }\n'
            'oic_unit = "U"\nchild_welfare_considered = "C"\nauthoriser_rank = "R"\n'
        )
    )
    csv = (
        "Ref,S,T,D,U,C,R\n"
        "1, on the BOOKS ,Non-Molestation Order,da case,31.0,N/A,T/DI\n"
        "2,In Force ,FOO,N,PPU,yes,4471\n"
        "3,see file,NULL,maybe,,-,\n"
    )
    conformed = intake.read(csv, mapping)
    assert column(conformed, "status") == ["in_force", "in_force", None]
    assert column(conformed, "status_raw") == ["on the BOOKS", "In Force", None]
    assert column(conformed, "order_type") == ["NMO", "UNK", None]
    assert column(conformed, "da_flag") == [True, False, None]
    assert column(conformed, "oic_unit") == ["31.0", "PPU", None], "an unknown unit is kept"
    assert column(conformed, "child_welfare_considered") == ["not_applicable", "yes", None]
    assert column(conformed, "authoriser_rank") == ["INSP", None, None]
    assert reasons(conformed) == [
        ("unmapped", "orders.authoriser_rank", 2, "4471"),
        ("unmapped", "orders.oic_unit", 1, "31.0"),
        ("unmapped", "orders.order_type", 2, "FOO"),
        ("unreadable", "orders.da_flag", 3, "maybe"),
    ]


def test_numbers_that_went_through_a_spreadsheet(intake: Intake) -> None:
    mapping = 'records = "breaches"\n[fields]\nbreach_id = "Ref"\nhocr_outcome = "O"\n' + (
        'ho_class = "H"\noccurrence_no = "N"\nreport_channel = "C"\n'
    )
    csv = "Ref,O,H,N,C\n1,16.0,8.31,2.126E+10,999.0\n2,16.5,66/39,00123,101\n3,x,008/31,,\n"
    conformed = intake.read(csv, mapping, "breaches")
    assert column(conformed, "hocr_outcome") == [16, None, None]
    assert column(conformed, "ho_class") == ["008/31", "066/39", "008/31"]
    assert column(conformed, "occurrence_no") == [None, "00123", None], "never repaired"
    assert column(conformed, "report_channel") == ["999", "101", None]
    assert reasons(conformed) == [
        ("unreadable", "breaches.hocr_outcome", 2, "16.5"),
        ("unreadable", "breaches.hocr_outcome", 3, "x"),
        ("unreadable", "breaches.occurrence_no", 1, "2.126E+10"),
    ]
    listed = column(conformed, "unreadable_fields")
    assert listed == [["occurrence_no"], ["hocr_outcome"], ["hocr_outcome"]]


def test_placeholder_dates_are_emptied_and_listed(intake: Intake) -> None:
    mapping = ORDER + 'status = "S"\nmade_date = "M"\nend_date = "E"\norder_served_ts = "V"\n'
    csv = (
        "Ref,S,M,E,V\n"
        "1,live,01/01/1900,31/12/9999,30/12/1899 00:00\n"
        "2,expired,1753-01-01,9999-12-31,1970-01-01 00:00:00\n"
        "3,live,02/01/1900,30/12/2026,02/01/1970\n"
    )
    conformed = intake.read(csv, mapping)
    assert column(conformed, "made_date") == [None, None, date(1900, 1, 2)]
    assert column(conformed, "end_date") == [None, None, date(2026, 12, 30)]
    assert column(conformed, "order_served_ts")[:2] == [None, None]
    assert column(conformed, "order_served_time_known") == [None, None, False]
    assert column(conformed, "until_further_order") == [True, None, None]
    listed = [sorted(fields) for fields in column(conformed, "sentinel_fields")]  # type: ignore[call-overload]
    assert listed == [["made_date", "order_served_ts"],
                      ["end_date", "made_date", "order_served_ts"], []]  # fmt: skip
    assert {row[0] for row in reasons(conformed)} == {"sentinel"}
    assert len(reasons(conformed)) == 5
    assert "until_further_order" in conformed.supplied["orders"]


def test_times_in_doubt_are_named_and_one_that_never_was_is_no_time(intake: Intake) -> None:
    mapping = ORDER + 'issued_ts = "I"\nreceived_ts = { column = "I", midnight = "real" }\n'
    csv = "Ref,I\n1,2026-10-25 01:30\n2,2026-03-29 01:30\n3,2026-11-20 00:00\n4,soon\n"
    conformed = intake.read(csv, mapping)
    assert column(conformed, "issued_time_known") == [True, None, False, None]
    assert column(conformed, "received_time_known") == [True, None, True, None]
    assert column(conformed, "issued_ts")[1] is None
    both = ["issued_ts", "received_ts"]
    assert column(conformed, "unreadable_fields") == [[], both, [], both]
    assert column(conformed, "issued_ts")[0] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    found = [row for row in reasons(conformed) if row[1] == "orders.issued_ts"]
    assert [row[0] for row in found] == ["ambiguous_time", "nonexistent_time", "unreadable"]


def test_a_time_of_another_zone_and_a_condition(intake: Intake) -> None:
    mapping = (
        'records = "breaches"\ntime_zone = "America/Chicago"\n[fields]\nbreach_id = "Ref"\n'
        + (
            'reported_ts = "Date"\n'
            'arrested_ts = { column = "Date", when = { column = "Arrest", is = ["Yes"] } }\n'
        )
    )
    csv = "Ref,Date,Arrest\n1,2018-07-01 12:00,YES\n2,2018-07-01T12:00Z,no\n3,2018-07-01 12:00,\n"
    conformed = intake.read(csv, mapping, "breaches")
    noon = datetime(2018, 7, 1, 17, tzinfo=UTC)
    assert column(conformed, "reported_ts") == [noon, datetime(2018, 7, 1, 12, tzinfo=UTC), noon]
    assert column(conformed, "arrested_ts") == [noon, None, None]


def test_wording_is_measured_and_dropped(intake: Intake) -> None:
    mapping = (
        'records = "order_conditions"\n[fields]\ncondition_id = "Ref"\norder_id = "O"\ntext = "T"\n'
    )
    csv = 'Ref,O,T\n1,O1," Not to  contact\nher "\n2,O1,See attached.\n3,O1,not to contact her\n'
    csv += "4,O1,\n"
    conformed = intake.read(csv, mapping, "order_conditions")
    assert column(conformed, "text_len") == [18, 13, 18, 0]
    assert column(conformed, "text_placeholder") == [False, True, False, False]
    hashes = column(conformed, "text_hash")
    assert len({hashes[0], hashes[1], hashes[2]}) == 3, "case makes a difference"
    assert hashes[3] is None
    assert "text" not in conformed.tables["order_conditions"].columns
    assert {"text_len", "text_hash", "text_placeholder"} <= conformed.supplied["order_conditions"]


def test_pseudonyms_are_salted_and_never_shown(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping = (
        ORDER
        + 'subject_key = { column = "N", pseudonym = true }\n'
        + (
            'protected_keys = { column = "P", pseudonym = true, split = "," }\n'
            'subject_age_at_made = "Age"\n'
        )
    )
    monkeypatch.delenv("ORDERWATCH_SALT", raising=False)
    assert all("ORDERWATCH_SALT" in fault for fault in intake.faults(mapping))
    monkeypatch.setenv("ORDERWATCH_SALT", "long random text")
    csv = 'Ref,N,P,Age\n1,N123,"N9, n 123 ",forty\n2, n 123,,\n'
    one, other = (intake.read(csv, mapping, salt=salt) for salt in ("a", "b"))
    keys = column(one, "subject_key")
    assert keys[0] == keys[1] != column(other, "subject_key")[0]
    assert column(one, "protected_keys")[0][1] == keys[0]  # type: ignore[index]
    assert "N123" not in str(one.tables["orders"].rows())
    assert reasons(one) == [("unreadable", "orders.subject_age_at_made", 1, "[personal]")]


def test_columns_that_become_rows_of_other_tables(intake: Intake) -> None:
    mapping = """
records = "breaches"
[fields]
breach_id = "Ref"
[[rows]]
records = "breach_orders"
filled = "Orders"
[rows.fields]
breach_id = "Ref"
order_id = { column = "Orders", each = ";" }
[[rows]]
records = "reviews"
filled = "Supervised"
[rows.fields]
review_id = { column = "Ref", suffix = "-initial" }
object_type = { constant = "breach" }
object_id = "Ref"
kind = { constant = "initial" }
reviewed_ts = "Supervised"
[[rows]]
records = "reviews"
filled = "Checked"
[rows.fields]
review_id = { column = "Ref", suffix = "-periodic" }
object_type = { constant = "breach" }
object_id = "Ref"
kind = { constant = "periodic" }
reviewed_ts = "Checked"
"""
    csv = (
        "Ref,Orders,Supervised,Checked\n"
        "B1,O1; O2,2026-11-20 10:00,2026-11-21 10:00\nB2,,N/A,\nB3,O3,,2026-11-22 10:00\n"
    )
    conformed = intake.read(csv, mapping, "breaches")
    links = conformed.tables["breach_orders"].select("breach_id", "order_id").rows()
    assert links == [("B1", "O1"), ("B1", "O2"), ("B3", "O3")]
    assert column(conformed, "review_id", "reviews") == ["B1-initial", "B1-periodic", "B3-periodic"]
    assert column(conformed, "_row", "reviews") == [1, 1, 3]
    assert column(conformed, "breach_id") == ["B1", "B2", "B3"]
    assert "reviewed_ts" in conformed.supplied["reviews"]


def test_a_missing_column_leaves_its_field_empty(intake: Intake) -> None:
    mapping = ORDER + 'status = "State"\nbeat = { column = "Beat", optional = true }\n'
    conformed = intake.read("Reference\n1\n", mapping)
    assert conformed.missing == ("Ref", "State")
    assert column(conformed, "order_id") == [None]
    assert not conformed.supplied["orders"]


def test_what_is_known_of_a_column(intake: Intake) -> None:
    mapping = ORDER + 'made_date = "M"\nstatus = "S"\n'
    conformed = intake.read("Ref,M,S\n1,see log,foo\n2,,live\n3,2026-11-20,N/K\n", mapping)
    known = {row[0]: row[1:] for row in conformed.columns.select(
        "field", "cells", "empty", "unreadable", "unmapped").rows()}  # fmt: skip
    assert known["made_date"] == (2, 1, 1, 0)
    assert known["status"] == (2, 1, 0, 1)
    assert known["order_id"] == (3, 0, 0, 0)


def test_every_fault_of_a_mapping_is_found_at_its_line(intake: Intake) -> None:
    faults = intake.faults(
        'records = "orders"\ntime_zone = "Europe/Lundun"\n[fields]\norder_id = "Ref"\n'
        'order_ref = "Ref"\nmade_date = { column = "M", formats = ["%m/%Y"] }\n'
        'status = { column = "S", vals = {} }\nbeat = { how = "glue", column = "B" }\n'
    )
    assert [fault.split(":")[1] for fault in faults] == ["2", "6", "7", "8"]
    again = intake.faults(
        '[fields]\norder_ref = "Ref"\n'
        'status = { column = "S", values = { "x" = "alive" } }\n'
        'da_flag = { date = "D", time = "T" }\n'
        'force_role = { constant = "boss" }\nmade_date = { column = "M", vocabulary = "moods" }\n'
        'subject_age_at_made = { column = "A", formats = ["%d/%m/%Y"], pseudonym = true }\n'
        '[[rows]]\nrecords = "letters"\nfilled = "L"\n[rows.fields]\nletter = "L"\n'
    )
    said = "\n".join(again)
    for words in (
        *("the key `order_id` of `orders` is not mapped", "no field `order_ref`"),
        *("`alive` is no value", "`boss`", "no `date` and `time`", "`moods`", "no `formats`"),
        *("only a text has a pseudonym", "no table `letters`"),
    ):
        assert words in said, words


def test_a_mapping_for_another_table_is_refused(intake: Intake) -> None:
    faults = intake.faults('records = "units"\n[fields]\nunit_code = "Ref"\n')
    assert "the mapping is for `units`, the source `rms` for `orders`" in faults[0]


@pytest.mark.parametrize(
    "file", sorted((SETTINGS_FILE.parent / "sources").glob("*.toml")), ids=lambda file: file.stem
)
def test_the_mappings_that_come_along_have_no_fault(reference: Reference, file: Path) -> None:
    records = str(read_toml(file).data["records"])
    source = Source(name="rms", records=records, kind="csv", path="x", mapping=file.name)
    assert load_mapping(source, file, reference).columns


def test_the_public_records_of_chicago(tmp_path: Path, reference: Reference) -> None:
    """The same shape as the real extract: instants, no reference number, an arrest or not."""
    pl.DataFrame(
        {
            "Date": [datetime(2018, 6, 1, 5, tzinfo=UTC), datetime(2018, 6, 2, 12, tzinfo=UTC)],
            "Block": ["001XX W NORTH ST", "002XX W NORTH ST"],
            "Description": ["VIOLATE ORDER OF PROTECTION"] * 2,
            "Arrest": [True, False],
        }
    ).write_parquet(tmp_path / "chicago.parquet")
    source = Source.model_validate(
        {"name": "chicago", "records": "breaches", "kind": "parquet",
         "path": str(tmp_path / "chicago.parquet"), "mapping": "chicago_order_violations.toml"}
    )  # fmt: skip
    file = SETTINGS_FILE.parent / "sources" / source.mapping
    conformed = conform(pull(source), load_mapping(source, file, reference), reference)
    assert not conformed.missing
    assert column(conformed, "arrested_ts") == [datetime(2018, 6, 1, 5, tzinfo=UTC), None]
    # Five in the morning in Greenwich is midnight in Chicago, and midnight is a time there.
    assert column(conformed, "reported_time_known") == [True, True]
