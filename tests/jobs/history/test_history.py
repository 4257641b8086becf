"""The history: what nights append, what can be rebuilt, what counts as a change."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.errors import ConfigFaults, NightError
from config.records import Records, Table, load_records
from config.settings import Settings, load_settings
from jobs.history import History
from jobs.history.changes import field_changes
from jobs.history.versions import COPY, GONE, UNTOLD, tonight
from jobs.night.run import run_night
from jobs.trace.progress import Progress
from tests.small_force import NIGHT, settings_file

QUIET = Progress(quiet=True)
RECORDS = load_records()
ORDERS, LINKS = RECORDS["orders"], RECORDS["breach_orders"]
DAY = timedelta(days=1)
AT = datetime(2026, 11, 20, 10, tzinfo=UTC)

# What is kept, and what is rebuilt

#: A delivery: status, end date, when it was saved last, by order.
DELIVERY = st.dictionaries(
    st.sampled_from("ABCDE"),
    st.tuples(
        st.sampled_from(["in_force", "expired", None]),
        st.sampled_from([date(2026, 12, 1), date(2026, 12, 2), None]),
        st.integers(0, 3),
        st.lists(st.sampled_from(["p", "q"]), max_size=2) | st.none(),
    ),
)
#: What a run finds: which night it is of (the latest again, or a later one), and what is
#: delivered; a table that is held delivers nothing at all.
RUN = st.tuples(st.integers(0, 2), DELIVERY | st.none())


def orders_of(delivery: Mapping[str, tuple[Any, ...]]) -> pl.DataFrame:
    return ORDERS.complete(
        pl.DataFrame(
            {
                "order_id": list(delivery),
                "status": [row[0] for row in delivery.values()],
                "end_date": [row[1] for row in delivery.values()],
                "updated_ts": [AT + DAY * row[2] for row in delivery.values()],
                "protected_keys": [row[3] for row in delivery.values()],
            },
            schema={
                name: ORDERS.schema[name]
                for name in ("order_id", "status", "end_date", "updated_ts", "protected_keys")
            },
        ).with_columns(
            pl.lit("rms").alias("_source"),
            pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias("_row"),
        )
    )


def told(frame: pl.DataFrame) -> set[tuple[str, str]]:
    """The rows as sets of texts, without what is not compared."""
    named = sorted(set(ORDERS.schema) - UNTOLD)
    return {(str(row["order_id"]), str(row)) for row in frame.select(named).iter_rows(named=True)}


def contents(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "orders").glob("[0-9]*"))
    }


@settings(max_examples=60)
@given(st.lists(RUN, max_size=7))
def test_any_past_night_can_be_rebuilt(runs: list[tuple[int, Any]]) -> None:
    oracle: dict[date, set[tuple[str, str]]] = {}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        history = History(folder, RECORDS)
        night = NIGHT
        for steps, delivery in runs:
            night += DAY * steps
            before = contents(folder)
            frames = {} if delivery is None else {"orders": orders_of(delivery)}
            history.record(night, frames)
            once = contents(folder)
            history.record(night, frames)
            assert contents(folder) == once  # run again: the same bytes
            mine = f"{night}.parquet"
            assert {n: h for n, h in once.items() if n != mine} == {
                n: h for n, h in before.items() if n != mine
            }
            past = [state for day, state in sorted(oracle.items()) if day < night]
            oracle[night] = (
                told(frames["orders"]) if delivery is not None else past[-1] if past else set()
            )
            for day, state in oracle.items():
                assert told(history.rebuild("orders", day)) == state
        if oracle:
            far = night + DAY * 30
            assert told(history.rebuild("orders", far)) == oracle[night]


def test_a_night_keeps_only_what_it_changed(tmp_path: Path) -> None:
    history = History(tmp_path, RECORDS)
    first = {name: ("in_force", date(2026, 12, 1), 0, ["p"]) for name in "ABCDE"}
    second = {**first, "B": ("expired", date(2026, 12, 1), 1, ["p"])}
    del second["C"]
    saved = {name: (status, end, 2, keys) for name, (status, end, _, keys) in second.items()}
    kept = [
        history.record(NIGHT + DAY * n, {"orders": orders_of(delivery)})["orders"]
        for n, delivery in enumerate([first, second, saved])
    ]
    assert kept == [5, 2, 0]  # the third is a bulk re-save
    rows = pl.read_parquet(tmp_path / "orders" / "2026-11-25.parquet")
    assert rows.select("order_id", GONE).rows() == [("B", False), ("C", True)]
    assert history.nights("orders") == (NIGHT, NIGHT + DAY)


def test_rows_that_share_a_key_are_kept_apart(tmp_path: Path) -> None:
    history = History(tmp_path, RECORDS)
    rows = {"breach_id": ["B1", "B1", "B2"], "order_id": ["O1", "O1", None]}
    frame = LINKS.complete(pl.DataFrame(rows))
    assert history.record(NIGHT, {"breach_orders": frame})["breach_orders"] == 3
    assert history.record(NIGHT + DAY, {"breach_orders": frame})["breach_orders"] == 0
    assert history.record(NIGHT + DAY * 2, {"breach_orders": frame[1:]})["breach_orders"] == 1
    assert history.rebuild("breach_orders", NIGHT + DAY).height == 3
    assert history.rebuild("breach_orders", NIGHT + DAY * 2).height == 2


def test_a_run_that_died_while_writing_leaves_a_history_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(tmp_path, RECORDS)
    first = orders_of({"A": ("in_force", None, 0, None)})
    second = orders_of({"A": ("expired", None, 0, None)})
    history.record(NIGHT, {"orders": first})

    def die(*_: object) -> None:
        raise OSError("no power")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", die)
        with pytest.raises(OSError, match="no power"):
            history.record(NIGHT + DAY, {"orders": second})
    assert told(history.rebuild("orders", NIGHT + DAY)) == told(first)
    history.record(NIGHT + DAY, {"orders": second})
    assert told(history.rebuild("orders", NIGHT + DAY)) == told(second)
    assert sorted(path.name for path in (tmp_path / "orders").iterdir()) == [
        "2026-11-24.parquet",
        "2026-11-25.parquet",
    ]


def test_what_a_night_that_never_was_kept_is_set_aside(tmp_path: Path) -> None:
    """A run of a later night died before the ledger; then the night before it is run again."""
    history = History(tmp_path, RECORDS)
    states = [
        orders_of({"A": (status, None, 0, None)}) for status in ("in_force", "expired", "void")
    ]
    history.record(NIGHT, {"orders": states[0]})
    history.record(NIGHT + DAY, {"orders": states[1]})
    history.record(NIGHT, {"orders": states[2]})
    assert told(history.rebuild("orders", NIGHT + DAY)) == told(states[2])
    assert (tmp_path / "orders" / ".2026-11-25.parquet.aside-2026-11-24").exists()


def test_a_damaged_file_is_said_in_words(tmp_path: Path) -> None:
    history = History(tmp_path, RECORDS)
    history.record(NIGHT, {"orders": orders_of({"A": ("in_force", None, 0, None)})})
    (tmp_path / "orders" / "2026-11-24.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(NightError, match=r"`orders`.*backup"):
        history.rebuild("orders", NIGHT)


def test_a_field_that_the_dictionary_gained_makes_no_row_differ(tmp_path: Path) -> None:
    fields = {name: field for name, field in ORDERS.fields.items() if name != "beat"}
    before = Table("orders", ORDERS.means, ORDERS.key, ORDERS.unit, fields)
    frame = orders_of({"A": ("in_force", None, 0, None)})
    History(tmp_path, Records({**RECORDS.tables, "orders": before})).record(
        NIGHT, {"orders": frame.drop("beat")}
    )
    history = History(tmp_path, RECORDS)
    assert "beat" in history.rebuild("orders", NIGHT).columns
    assert history.record(NIGHT + DAY, {"orders": frame})["orders"] == 0


def test_only_a_date_or_a_timestamp_can_be_watched(tmp_path: Path) -> None:
    file = tmp_path / "records.toml"
    file.write_text(
        '[things]\nmeans = "A"\nkey = ["id"]\n[things.fields]\n'
        'id = { type = "text", watched = true, means = "B" }\n'
    )
    with pytest.raises(ConfigFaults, match="watched"):
        load_records(file)


# What counts as a change

ALL = {"rms": frozenset(ORDERS.fields)}
KEPT = {"order_id": "O1", "notice_served_ts": AT, "_raw_notice_served_ts": "20/11/2026 10:00"}
MOVED = {"notice_served_ts": AT + timedelta(hours=2), "_raw_notice_served_ts": "20/11/2026 12:00"}


def versions(*rows: Mapping[str, Any], gone: bool = False) -> pl.DataFrame:
    kinds = {**ORDERS.schema, "_raw_notice_served_ts": pl.String, "_raw_end_date": pl.String}
    columns = {name for row in rows for name in row}
    frame = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in sorted(columns)},
        schema_overrides={name: kinds[name] for name in columns if name in kinds},
    ).with_columns(pl.lit("rms").alias("_source"))
    return tonight(ORDERS, frame).with_columns(pl.lit(gone).alias(GONE))


def changes(
    before: pl.DataFrame, now: pl.DataFrame, comparable: Mapping[str, frozenset[str]] = ALL
) -> list[tuple[Any, ...]]:
    at = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
    found = field_changes(RECORDS, ORDERS, before, now, changed_ts=at, comparable=comparable)
    assert found.schema == RECORDS["field_changes"].schema
    assert set(found["changed_ts"]) <= {at}
    return found.select(
        "record_key", "field", "old_value", "new_value", "old_raw", "new_raw"
    ).rows()


def test_a_time_that_was_moved_is_a_change() -> None:
    assert changes(versions(KEPT), versions({**KEPT, **MOVED})) == [
        (
            *("O1", "notice_served_ts", "2026-11-20T10:00:00Z", "2026-11-20T12:00:00Z"),
            *("20/11/2026 10:00", "20/11/2026 12:00"),
        )
    ]


def test_a_time_that_was_deleted_is_a_change() -> None:
    emptied = {"order_id": "O1", "notice_served_ts": None, "_raw_notice_served_ts": None}
    found = changes(versions(KEPT), versions(emptied))
    assert [row[2:4] for row in found] == [("2026-11-20T10:00:00Z", None)]


def test_a_time_without_its_hour_is_a_date() -> None:
    midnight = datetime(2026, 7, 1, 23, tzinfo=UTC)  # 2 July in London
    bare = {
        "order_id": "O1",
        "notice_served_ts": midnight,
        "notice_served_time_known": False,
        "_raw_notice_served_ts": "02/07/2026",
    }
    found = changes(versions(bare), versions({**KEPT, **MOVED}))
    assert [row[2] for row in found] == ["2026-07-02"]


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"order_id": "O1"}, KEPT),
        (KEPT, {**KEPT, "notice_served_ts": AT + timedelta(hours=1)}),
        (KEPT, {**KEPT, "_raw_notice_served_ts": "2026-11-20T10:00Z"}),
        (KEPT, {**KEPT, "status": "expired"}),
        (KEPT, {**KEPT, **MOVED, "order_id": "O2"}),
    ],
    ids=["filled", "read otherwise", "written otherwise", "not watched", "another record"],
)
def test_nothing_was_changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    assert changes(versions(before), versions(now)) == []


def test_a_column_of_another_kind_accuses_nobody() -> None:
    fields = ALL["rms"] - {"notice_served_ts"}
    assert changes(versions(KEPT), versions({**KEPT, **MOVED}), {"rms": fields}) == []
    assert changes(versions(KEPT), versions({**KEPT, **MOVED}), {}) == []


def test_a_key_that_stands_twice_accuses_nobody() -> None:
    twice = versions(KEPT, {**KEPT, **MOVED})
    assert twice[COPY].to_list() == [0, 1]
    assert changes(twice, versions({**KEPT, **MOVED})) == []
    assert changes(versions(KEPT), twice) == []


def test_a_record_that_comes_back_is_compared_with_what_it_was() -> None:
    assert len(changes(versions(KEPT, gone=True), versions({**KEPT, **MOVED}))) == 1


# Whole nights

SOURCES = """
[[source]]
name = "rms_orders"
records = "orders"
kind = "csv"
path = "in/orders.csv"
mapping = "orders.toml"
"""
MAPPING = """
time_zone = "{zone}"
[fields]
order_id = "Ref"
order_type = "Type"
parent_order_id = "Follows"
force_role = "Role"
status = "Status"
subject_key = "Subject"
notice_served_ts = "Served"
first_hearing_ts = "{heard}"
created_ts = "Created"
updated_ts = "Saved"
oic_unit = "Unit"
"""
SERVED = "20/11/2026 10:00"  # a Friday: the limit is Monday 23 November at 10:00
LATE, IN_TIME = "23/11/2026 10:30", "23/11/2026 09:50"


def notices(heard: str = IN_TIME, *, saved: str = "23/11/2026 18:00") -> pl.DataFrame:
    """Sixty notices; of the first, the first hearing is as said."""
    rows = 60
    return pl.DataFrame(
        {
            "Ref": [f"N-{n:04}" for n in range(rows)],
            "Type": ["DVPN"] * rows,
            "Follows": [""] * rows,
            "Role": ["applicant"] * rows,
            "Status": ["granted"] * rows,
            "Subject": [f"subject-{n}" for n in range(rows)],
            "Served": [SERVED] * rows,
            "Heard": [heard] + [IN_TIME] * (rows - 1),
            "Heard again": [LATE] * rows,
            "Created": ["20/11/2026 11:00"] * rows,
            "Saved": [saved] * rows,
            "Unit": ["PPU"] * rows,
        }
    )


class Force:
    """A force whose only source is a file of notices."""

    def __init__(self, folder: Path, sources: str = SOURCES) -> None:
        self.folder = folder
        self.settings: Settings
        (folder / "in").mkdir()
        self.file = settings_file(folder, sources=sources)
        self.map()

    def map(self, *, zone: str = "Europe/London", heard: str = "Heard") -> None:
        (self.folder / "config" / "sources").mkdir(exist_ok=True)
        for place in (self.folder / "config", self.folder / "config" / "sources"):
            (place / "orders.toml").write_text(MAPPING.format(zone=zone, heard=heard))

    def run(self, day: date, rows: pl.DataFrame) -> dict[tuple[str, str], str]:
        """A night on these rows: the state of each exception of the first notice."""
        rows.write_csv(self.folder / "in" / "orders.csv")
        result = run_night(load_settings(self.file), day, QUIET)
        listing = pl.read_parquet(result.folder / "exceptions.parquet")
        self.outcomes = pl.read_parquet(result.folder / "outcomes.parquet")
        return {
            (str(rule), str(key)): str(state)
            for rule, key, state in listing.select("rule_id", "record_key", "state").iter_rows()
        }

    def history(self) -> History:
        return History(load_settings(self.file).data_dir / "history", RECORDS)

    def changes(self, day: date) -> list[tuple[Any, ...]]:
        found = self.history().rebuild("field_changes", day)
        return found.select("record_key", "field", "old_raw", "new_raw", "changed_ts").rows()


@pytest.fixture
def force(tmp_path: Path) -> Force:
    return Force(tmp_path)


def test_a_late_hearing_moved_into_time_is_fixed_and_asked_about_the_same_night(
    force: Force,
) -> None:
    """FP-09."""
    first = force.run(NIGHT, notices(LATE))
    assert first["ORD-GOV-005", "N-0000"] == "open"
    assert not [rule for rule, _ in first if rule == "ORD-REC-024"]
    assert force.changes(NIGHT) == []
    for _ in range(2):  # and the same when the night is run again
        second = force.run(NIGHT + DAY, notices(IN_TIME))
        assert second["ORD-GOV-005", "N-0000"] == "fixed"
        assert {key for rule, key in second if rule == "ORD-REC-024"} == {"N-0000"}
        assert second["ORD-REC-024", "N-0000"] == "open"
        at = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)
        assert force.changes(NIGHT + DAY) == [("N-0000", "first_hearing_ts", LATE, IN_TIME, at)]
    bulk_save = notices(IN_TIME, saved="25/11/2026 18:00")
    third = force.run(NIGHT + DAY * 2, bulk_save)
    assert third["ORD-REC-024", "N-0000"] == "open"
    assert force.history().nights("orders") == (NIGHT, NIGHT + DAY)
    ran = force.outcomes.filter(pl.col("rule_id") == "ORD-REC-024")
    assert ran.select("outcome", "evaluated", "failed").rows() == [("ran", 1, 1)]
    rebuilt = force.history().rebuild("orders", NIGHT).sort("order_id")
    assert rebuilt["_raw_first_hearing_ts"][0] == LATE


def test_a_hearing_moved_on_the_order_that_follows_is_asked_about_there(force: Force) -> None:
    """The notice was late by the order's hearing; the order is the record that was changed."""

    def delivered(heard: str) -> pl.DataFrame:
        order = {"Ref": "O-0000", "Type": "DVPO", "Follows": "N-0000", "Served": "", "Heard": heard}
        return pl.concat([notices(""), notices().head(1).with_columns(**texts(order))])

    def texts(values: Mapping[str, str]) -> dict[str, pl.Expr]:
        return {name: pl.lit(value) for name, value in values.items()}

    first = force.run(NIGHT, delivered(LATE))
    assert first["ORD-GOV-005", "N-0000"] == "open"
    second = force.run(NIGHT + DAY, delivered(IN_TIME))
    assert second["ORD-GOV-005", "N-0000"] == "fixed"
    assert {key for rule, key in second if rule == "ORD-REC-024"} == {"O-0000"}
    assert second["ORD-REC-024", "O-0000"] == "open"
    assert [row[0] for row in force.changes(NIGHT + DAY)] == ["O-0000"]
    third = force.run(
        NIGHT + DAY * 2, delivered(IN_TIME).with_columns(Saved=pl.lit("25/11/2026 18:00"))
    )
    assert third["ORD-REC-024", "O-0000"] == "open"


def test_a_new_mapping_accuses_nobody(force: Force) -> None:
    force.run(NIGHT, notices())
    force.map(zone="Asia/Tokyo")  # what is written is the same, what is read is not
    second = force.run(NIGHT + DAY, notices(saved="25/11/2026 08:00"))
    force.map(heard="Heard again")  # another column: what is written differs too
    third = force.run(NIGHT + DAY * 2, notices(saved="25/11/2026 18:00"))
    read = [
        force.history().rebuild("orders", NIGHT + DAY * n)["first_hearing_ts"][0] for n in range(3)
    ]
    assert [(at.hour, at.minute) for at in read] == [(9, 50), (0, 50), (10, 30)]
    assert force.changes(NIGHT + DAY * 2) == []
    assert not [rule for rule, _ in (*second, *third) if rule == "ORD-REC-024"]


def test_a_held_source_changes_nothing(force: Force) -> None:
    force.run(NIGHT, notices(LATE))
    force.run(NIGHT + DAY, notices(IN_TIME).head(20))  # far too few rows
    assert force.history().nights("orders") == (NIGHT,)
    assert force.changes(NIGHT + DAY) == []
    found = force.run(NIGHT + DAY * 2, notices(IN_TIME, saved="25/11/2026 18:00"))
    assert found["ORD-REC-024", "N-0000"] == "open"
    assert [row[4].date() for row in force.changes(NIGHT + DAY * 2)] == [NIGHT + DAY * 2]


AUDIT = """
[[source]]
name = "audit"
records = "field_changes"
kind = "csv"
path = "in/audit.csv"
"""


def test_the_sources_own_audit_is_used_instead(tmp_path: Path) -> None:
    force = Force(tmp_path, SOURCES + AUDIT)
    row = {
        "record_kind": "orders",
        "record_key": "N-0001",
        "field": "first_hearing_ts",
        "old_value": "2026-11-23T10:40:00Z",
        "new_value": "2026-11-23T09:50:00Z",
        "old_raw": "23/11/2026 10:40",
        "new_raw": "23/11/2026 09:50",
        "changed_ts": "2026-11-23T15:00:00Z",
    }
    pl.DataFrame([row]).write_csv(tmp_path / "in" / "audit.csv")
    force.run(NIGHT, notices(LATE))
    force.run(NIGHT + DAY, notices(IN_TIME))
    assert [found[0] for found in force.changes(NIGHT + DAY)] == ["N-0001"]


# What could not be read


def night_of_orders(*rows: tuple[str, str, date | None], unread: str = "") -> pl.DataFrame:
    """Orders by reference, source and end; those of `unread` hold an end that cannot be read."""
    return ORDERS.complete(
        pl.DataFrame(
            {
                "order_id": [row[0] for row in rows],
                "_source": [row[1] for row in rows],
                "end_date": [row[2] for row in rows],
                "_raw_end_date": [
                    "2026-1?-01" if row[0] in unread else str(row[2]) for row in rows
                ],
                "unreadable_fields": [["end_date"] if row[0] in unread else [] for row in rows],
            },
            schema_overrides={"end_date": pl.Date, "unreadable_fields": pl.List(pl.String)},
        )
    )


def rejected(**columns: list[Any]) -> dict[str, pl.DataFrame]:
    return {"orders": pl.DataFrame(columns, schema_overrides=dict.fromkeys(columns, pl.String))}


@pytest.mark.parametrize(
    ("rows", "gone"),
    [
        ({}, "BC"),
        ({"order_id": [None], "_source": ["rms"]}, "C"),
        ({"order_id": [None], "_source": ["legal"]}, "B"),
        ({"order_id": [None], "_source": [None]}, ""),
        ({"order_id": [None]}, ""),
        ({"order_id": ["B"], "_source": ["rms"]}, "C"),
        ({"order_id": ["Z"], "_source": ["rms"]}, "BC"),
        ({"order_id": ["C", None], "_source": ["rms", "rms"]}, ""),
    ],
)
def test_what_may_be_a_rejected_row_is_not_gone(
    rows: dict[str, list[Any]], gone: str, tmp_path: Path
) -> None:
    history = History(tmp_path, RECORDS)
    end = date(2026, 12, 1)
    history.record(
        NIGHT,
        {"orders": night_of_orders(("A", "rms", end), ("B", "rms", end), ("C", "legal", end))},
    )
    told = rejected(**rows) if rows else {}
    history.record(NIGHT + DAY, {"orders": night_of_orders(("A", "rms", end))}, told)
    last = history.last("orders", NIGHT + DAY)
    assert "".join(sorted(last.filter(pl.col(GONE))["order_id"])) == gone
    assert "".join(sorted(history.rebuild("orders", NIGHT + DAY)["order_id"])) == "".join(
        key for key in "ABC" if key not in gone
    )


def changes_tonight(history: History, night: date, frame: pl.DataFrame, **more: Any) -> list[Any]:
    found = field_changes(
        RECORDS,
        ORDERS,
        history.before("orders", night, readable=True),
        tonight(ORDERS, frame),
        changed_ts=AT,
        comparable={"rms": frozenset(["end_date"])},
        **more,
    )
    history.record(night, {"orders": frame})
    return list(found.select("record_key", "old_value", "new_value").iter_rows())


def test_a_cell_that_could_not_be_read_is_no_change_and_the_next_one_is_compared_with_the_last(
    tmp_path: Path,
) -> None:
    history = History(tmp_path, RECORDS)
    first, second = date(2026, 12, 1), date(2026, 12, 2)
    nights = [
        night_of_orders(("A", "rms", first), ("B", "rms", first), ("C", "rms", None)),
        night_of_orders(("A", "rms", None), ("B", "rms", None), ("C", "rms", None), unread="ABC"),
        night_of_orders(("A", "rms", None), ("B", "rms", None), ("C", "rms", None), unread="ABC"),
        night_of_orders(("A", "rms", first), ("B", "rms", second), ("C", "rms", second)),
        night_of_orders(("A", "rms", None), ("B", "rms", second), ("C", "rms", second)),
    ]
    said = [changes_tonight(history, NIGHT + DAY * n, frame) for n, frame in enumerate(nights)]
    assert said == [[], [], [], [("B", "2026-12-01", "2026-12-02")], [("A", "2026-12-01", None)]]
    kept = history.rebuild("orders", NIGHT + DAY)
    assert kept["end_date"].to_list() == [None, None, None]  # what the night had, not what it read
    assert kept["unreadable_fields"].to_list() == [["end_date"]] * 3


def test_a_record_that_two_different_rows_gave_has_no_change(tmp_path: Path) -> None:
    history = History(tmp_path, RECORDS)
    changes_tonight(history, NIGHT, night_of_orders(("A", "rms", date(2026, 12, 1))))
    other = night_of_orders(("A", "rms", date(2026, 12, 9)))
    twice = pl.DataFrame({"order_id": ["A"]})
    assert changes_tonight(history, NIGHT + DAY, other, doubted=twice) == []


def test_a_list_that_conform_left_empty_changes_nothing(tmp_path: Path) -> None:
    history = History(tmp_path, RECORDS)
    frame = night_of_orders(("A", "rms", date(2026, 12, 1)))
    history.record(NIGHT, {"orders": frame.with_columns(unreadable_fields=None)})
    assert history.record(NIGHT + DAY, {"orders": frame}) == {"orders": 0}
