"""What the operator's rejects and `raw/` hold: where, what and why, and nothing of a person."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from config.records import Field, Table
from config.reference import Reference, load_reference
from config.settings import Source
from expectations.extract import FILE, ROW
from jobs.conform import REJECTS, conform, kept_raw, load_mapping, reject_rows
from jobs.pull import apply_where, pull

REFERENCE: Reference = load_reference()
MARK = "ZZMARK"
FIELDS = [
    (table, field)
    for table in REFERENCE.records.tables.values()
    for field in table.fields.values()
    if not field.name.endswith("_fields")
]


@pytest.mark.parametrize(
    ("table", "field"), FIELDS, ids=[f"{table.name}.{field.name}" for table, field in FIELDS]
)
def test_no_field_stands_in_the_place_of_a_column_of_rejects(
    tmp_path: Path, table: Table, field: Field
) -> None:
    """A field may have any name of the dictionary, `reason` too; a personal one shows nothing."""
    columns = list(dict.fromkeys([*table.key, field.name]))
    cells = [MARK if name == field.name else "K1" for name in columns]
    path = tmp_path / "in.csv"
    path.write_text("\n".join([",".join(columns), ",".join(cells), ""]), encoding="utf-8")
    source = Source(name="s", records=table.name, kind="csv", path=str(path))
    delivery = pull(source)
    mapping = load_mapping(source, None, REFERENCE)
    conformed = conform(delivery, mapping, REFERENCE)
    records = conformed.tables[table.name]
    whole = reject_rows(
        delivery, records.get_column(ROW), "duplicate_key", field=f"{table.name}.{table.key[0]}"
    )
    rejects = pl.concat([conformed.rejects, whole])
    assert rejects.schema == REJECTS
    codes = {"unreadable", "unmapped", "out_of_range", "malformed", "duplicate_key"}
    assert set(rejects["reason"]) <= codes
    assert set(rejects["source"]) == {"s"}
    assert set(rejects["file"]) == {"in.csv"}
    assert set(rejects["row"]) == {1}
    assert set(rejects["field"]) <= {f"{table.name}.{name}" for name in columns}
    shown = rejects.select(pl.exclude("record_key" if field.name in table.key else "")).rows()
    if field.personal:
        assert MARK not in str(rejects.rows())
        assert MARK not in str(kept_raw(delivery, mapping).rows())
    else:
        assert str(shown).count(MARK) <= 1


def test_a_column_that_names_a_person_is_not_shown_whatever_else_reads_it(tmp_path: Path) -> None:
    path, file = tmp_path / "in.csv", tmp_path / "map.toml"
    path.write_text("Ref,Who,State,Notes\nB1,2.1E+10,odd word,x\n", encoding="utf-8")
    file.write_text(
        'records = "breaches"\n[fields]\nbreach_id = "Ref"\nsuspect_key = "Who"\n'
        'occurrence_no = "Who"\nstatus = "State"\n',
        encoding="utf-8",
    )
    source = Source(name="s", records="breaches", kind="csv", path=str(path))
    delivery, mapping = pull(source), load_mapping(source, file, REFERENCE)
    rejects = conform(delivery, mapping, REFERENCE).rejects
    assert sorted(rejects.select("field", "raw").rows()) == [
        ("breaches.occurrence_no", "[personal]"),
        ("breaches.status", "odd word"),
        ("breaches.suspect_key", "[personal]"),
    ]
    # `State` fills `status_raw` too, which is free text; `Notes` nobody reads.
    assert kept_raw(delivery, mapping).columns == [FILE, ROW, "Ref"]


def test_a_mapping_chooses_its_rows(tmp_path: Path) -> None:
    path, file = tmp_path / "in.csv", tmp_path / "map.toml"
    path.write_text("Ref,Kind\nB1,breach\nTotal,\nB2,Breach \n", encoding="utf-8")
    file.write_text(
        'records = "breaches"\nwhere = [{ column = "Kind", is = "breach" }]\n'
        '[fields]\nbreach_id = "Ref"\n',
        encoding="utf-8",
    )
    source = Source(name="s", records="breaches", kind="csv", path=str(path))
    mapping = load_mapping(source, file, REFERENCE)
    delivery = apply_where(pull(source), mapping.where)
    conformed = conform(delivery, mapping, REFERENCE)
    assert conformed.tables["breaches"]["breach_id"].to_list() == ["B1", "B2"]
    assert delivery.left_out == 1
    assert conformed.new == (), "a column that rows are chosen by is no new one"
