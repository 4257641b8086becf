"""The dataset gates, at every boundary that their exact reading names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.reference import Reference, load_reference
from config.settings import Source
from jobs.conform import Conformed, conform, load_mapping
from jobs.conform.conform import COLUMNS
from jobs.gates import GateInput, GateResult, run_gates
from jobs.ledger import SourceNight
from jobs.pull import DeliveredFile, Delivery

ASOF = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


def source(**more: object) -> Source:
    body = {"name": "rms", "records": "breaches", "kind": "csv", "path": "in/*.csv", **more}
    return Source.model_validate(body)


def delivery(
    frame: pl.DataFrame,
    *,
    types: Mapping[str, str] | None = None,
    stamp: datetime | None = None,
    stamped: bool = False,
) -> Delivery:
    rows = frame.cast(pl.String).with_columns(
        pl.lit("rms.csv").alias("_file"),
        pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias("_row"),
    )
    return Delivery(
        source="rms",
        records="breaches",
        frame=rows,
        types=types or {},
        files=(DeliveredFile("rms.csv", "0" * 64, 1, ASOF),),
        bad_rows=pl.DataFrame(schema={"_file": pl.String, "_row": pl.UInt32, "reason": pl.String}),
        stamp=stamp,
        stamped=stamped,
        pulled_at=ASOF,
    )


def breaches(rows: int, **more: Any) -> pl.DataFrame:
    """Breaches with a key each."""
    keys = [f"B{number}" for number in range(rows)]
    values = {name: value if isinstance(value, list) else [value] * rows
              for name, value in more.items()}  # fmt: skip
    return pl.DataFrame({"breach_id": keys, **values}, schema_overrides={"breach_id": pl.String})


def past(rows: int, nights: int = 1, **more: Any) -> list[SourceNight]:
    """Accepted nights of that many rows each, the oldest first."""
    return [
        SourceNight(TODAY - timedelta(days=ago), "rms", "breaches", "accepted", rows=rows, **more)
        for ago in range(nights, 0, -1)
    ]


def gated(
    reference: Reference,
    delivered: Delivery,
    *,
    of: Source | None = None,
    before: Sequence[SourceNight] = (),
    accepted: frozenset[str] = frozenset(),
    mapping: Path | None = None,
    active: frozenset[str] | None = None,
    asof: datetime = ASOF,
) -> tuple[dict[str, GateResult], Conformed]:
    described = of or source()
    read = load_mapping(described, mapping, reference)
    results, kept = run_gates(
        GateInput(
            source=described,
            delivery=delivered,
            conformed=conform(delivered, read, reference),
            past=before,
            asof=asof,
            business_date=TODAY,
            thresholds={name: figure.value for name, figure in reference.thresholds.items()},
            bank_holidays=reference.calendar.bank_holidays,
            active_units=active,
            accepted=accepted,
        ),
        read.main.table.key,
    )
    return {f"{r.gate}:{r.part}" if r.part else r.gate: r for r in results}, kept


def verdict(result: GateResult) -> tuple[str, bool, str]:
    return (result.outcome, result.failed, result.action)


PASSES, HOLDS = ("ran", False, "none"), ("ran", True, "hold")
QUARANTINES, WARNS = ("ran", True, "quarantine"), ("ran", True, "warn")


# Row count


@pytest.mark.parametrize(
    ("rows", "before", "settings_", "expected"),
    [
        (700, past(1000), {}, PASSES),
        (699, past(1000), {}, HOLDS),
        (1300, past(1000), {}, PASSES),
        (1301, past(1000), {}, HOLDS),
        (10, past(40), {}, PASSES),
        (0, past(40), {}, HOLDS),
        (34, past(49), {}, PASSES),
        (34, past(50), {}, HOLDS),
        (35, past(50), {}, PASSES),
        (880, [], {}, PASSES),
        (1068, past(880), {}, PASSES),
        (0, [], {}, HOLDS),
        (0, past(30), {"may_be_empty": True}, PASSES),
        (0, past(1000), {"may_be_empty": True}, HOLDS),
        (1824, past(1133), {"delivery": "append"}, PASSES),
        (1824, past(1133), {}, HOLDS),
        (793, past(1133), {"delivery": "append"}, HOLDS),
        # The middle of an even number of nights is half way between its two neighbours.
        (700, [*past(900), *past(1100)], {}, PASSES),
        (699, [*past(900), *past(1100)], {}, HOLDS),
        # Only the last 28 nights count.
        (1000, [*past(5000, 28), *past(1000, 28)], {}, PASSES),
    ],
)
def test_row_count(
    reference: Reference,
    rows: int,
    before: list[SourceNight],
    settings_: dict[str, object],
    expected: tuple[str, bool, str],
) -> None:
    results, _ = gated(reference, delivery(breaches(rows)), of=source(**settings_), before=before)
    assert verdict(results["row_count"]) == expected


def test_rows_that_could_not_be_read_were_delivered_all_the_same(reference: Reference) -> None:
    bad = pl.DataFrame(
        {"_file": ["rms.csv"], "_row": [700], "reason": ["columns_shifted"]},
        schema_overrides={"_row": pl.UInt32},
    )
    delivered = replace(delivery(breaches(699)), bad_rows=bad)
    results, kept = gated(reference, delivered, before=past(1000))
    assert verdict(results["row_count"]) == PASSES
    assert results["row_count"].evidence["rows"] == 700
    assert kept.rejects["reason"].to_list() == ["columns_shifted"]


def test_an_accepted_gate_passes(reference: Reference) -> None:
    accepted = frozenset({"row_count"})
    results, _ = gated(reference, delivery(breaches(10)), before=past(1000), accepted=accepted)
    assert verdict(results["row_count"]) == PASSES


# Rows of a unit


@pytest.mark.parametrize(
    ("tonight", "base", "nights", "active", "expected"),
    [
        (30, 100, 7, True, PASSES),
        (29, 100, 7, True, WARNS),
        (0, 49, 7, True, ("absent", False, "none")),
        (0, 50, 7, True, WARNS),
        (0, 100, 7, False, PASSES),
        (0, 100, 6, True, ("not_covered", False, "none")),
    ],
)
def test_rows_of_a_unit(
    reference: Reference,
    tonight: int,
    base: int,
    nights: int,
    active: bool,
    expected: tuple[str, bool, str],
) -> None:
    rows = breaches(200, oic_unit=["LPT-STAFFORD"] * tonight + ["PPU"] * (200 - tonight))
    results, _ = gated(
        reference,
        delivery(rows),
        before=past(200, nights, units={"LPT-STAFFORD": base}),
        active=frozenset({"LPT-STAFFORD", "PPU"} if active else {"PPU"}),
    )
    if expected[0] == "not_covered":
        assert verdict(results["unit_rows"]) == expected
    elif expected[0] == "absent":
        assert not [key for key in results if key.startswith("unit_rows")]
    else:
        found = results["unit_rows:LPT-STAFFORD"]
        assert verdict(found) == expected
        assert found.key == "rms:LPT-STAFFORD"
        assert dict(found.evidence) == {"rows": tonight, "baseline_rows": base}


def test_a_source_without_units_supplies_none(reference: Reference) -> None:
    results, _ = gated(reference, delivery(breaches(10)), before=past(10, 7))
    assert results["unit_rows"].outcome == "not_supplied"


# Columns


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    file = tmp_path / "rms.toml"
    file.write_text(
        'records = "breaches"\n[fields]\nbreach_id = "Ref"\nstatus = "Status"\n'
        'reported_ts = "Reported"\nbeat = { column = "Beat", optional = true }\n'
    )
    return file


def rms(rows: int = 60, reported: Sequence[str] = ("2026-11-20 10:00",)) -> pl.DataFrame:
    filled = [*reported, *[reported[-1]] * (rows - len(reported))]
    keys = [f"B{number}" for number in range(rows)]
    return pl.DataFrame({"Ref": keys, "Status": ["closed"] * rows, "Reported": filled})


def test_a_column_that_is_mapped_and_gone_holds(reference: Reference, mapping: Path) -> None:
    results, _ = gated(reference, delivery(rms().drop("Status")), mapping=mapping)
    assert verdict(results["schema"]) == HOLDS
    assert results["schema"].evidence["missing_columns"] == "Status"


def test_a_renamed_column_is_a_missing_one(reference: Reference, mapping: Path) -> None:
    results, _ = gated(reference, delivery(rms().rename({"Status": "State"})), mapping=mapping)
    assert verdict(results["schema"]) == HOLDS
    assert results["schema"].evidence["new_columns"] == "State"


def test_case_and_space_do_not_rename_a_column(reference: Reference, mapping: Path) -> None:
    results, _ = gated(reference, delivery(rms().rename({"Status": "STATUS"})), mapping=mapping)
    assert verdict(results["schema"]) == PASSES


def test_an_optional_column_may_be_absent(reference: Reference, mapping: Path) -> None:
    results, kept = gated(reference, delivery(rms()), mapping=mapping)
    assert verdict(results["schema"]) == PASSES
    assert "beat" not in kept.supplied["breaches"]


def columns(**unreadable: float) -> pl.DataFrame:
    """What was known of 100 cells of each column, so much of them unreadable."""
    rows = [
        {"source": "rms", "column": name.title(), "field": f"{name}_ts", "cells": 100, "empty": 0}
        | {"unreadable": int(share * 100), "unmapped": 0, "type": ""}
        for name, share in unreadable.items()
    ]
    return pl.DataFrame(rows, schema=COLUMNS)


@pytest.mark.parametrize(
    ("bad", "cells", "before", "expected"),
    [
        (50, 100, 0.0, HOLDS),
        (49, 100, 0.0, PASSES),
        (50, 100, 0.04, HOLDS),
        (50, 100, 0.05, PASSES),
        (25, 50, 0.0, HOLDS),
        (49, 49, 0.0, PASSES),
        (100, 100, None, PASSES),
    ],
)
def test_a_text_column_that_can_no_longer_be_read(
    reference: Reference,
    mapping: Path,
    bad: int,
    cells: int,
    before: float | None,
    expected: tuple[str, bool, str],
) -> None:
    reported = ["see log"] * bad + ["2026-11-20 10:00"] * (cells - bad) + [""] * (200 - cells)
    results, kept = gated(
        reference,
        delivery(rms(200, reported)),
        mapping=mapping,
        before=[] if before is None else past(200, columns=columns(reported=before)),
    )
    assert verdict(results["schema"]) == expected
    assert kept.rejects.filter(pl.col("reason") == "unreadable").height == bad


@pytest.mark.parametrize(("now", "expected"), [("text", HOLDS), ("timestamp", PASSES)])
def test_a_typed_column_of_another_type(
    reference: Reference, mapping: Path, now: str, expected: tuple[str, bool, str]
) -> None:
    before = columns(reported=0.0).with_columns(pl.lit("timestamp").alias("type"))
    results, _ = gated(
        reference,
        delivery(rms(), types={"Reported": now}),
        mapping=mapping,
        before=past(60, columns=before),
    )
    assert verdict(results["schema"]) == expected
    first_night, _ = gated(reference, delivery(rms(), types={"Reported": now}), mapping=mapping)
    assert verdict(first_night["schema"]) == PASSES


def test_a_canonical_source_that_loses_a_column_is_held(reference: Reference) -> None:
    full = delivery(breaches(60, status="closed", reported_ts="2026-11-20 10:00"))
    _, kept = gated(reference, full)
    before = past(60, columns=kept.columns)
    same, _ = gated(reference, full, before=before)
    assert verdict(same["schema"]) == PASSES
    less, _ = gated(reference, delivery(breaches(60, status="closed")), before=before)
    assert verdict(less["schema"]) == HOLDS
    assert less["schema"].evidence["missing_columns"] == "reported_ts"


# Freshness


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("stamp", "updated", "expected"),
    [
        (None, "2026-11-22T14:30:00Z", PASSES),
        (None, "2026-11-22T14:29:00Z", HOLDS),
        ("2026-11-23T02:30", None, PASSES),
        ("2026-11-23T02:29", None, HOLDS),
        ("2026-11-24T01:00", "2026-11-20T10:00:00Z", ("ran", False, "warn")),
        ("2026-11-24T01:00", "2026-11-23T10:00:00Z", PASSES),
        ("", "2026-11-23T10:00:00Z", HOLDS),
        (None, "2031-01-01T00:00:01Z", HOLDS),
        (None, "2026-11-24T02:35:00Z", PASSES),
        (None, "2026-11-24T02:36:00Z", HOLDS),
        (None, "", HOLDS),
    ],
)
def test_freshness(
    reference: Reference, stamp: str | None, updated: str | None, expected: tuple[str, bool, str]
) -> None:
    rows = breaches(3) if updated is None else breaches(3, updated_ts=updated)
    delivered = delivery(rows, stamp=at(stamp) if stamp else None, stamped=stamp is not None)
    results, _ = gated(reference, delivered)
    assert verdict(results["freshness"]) == expected


def test_a_source_that_rests_at_weekends_is_not_stale_on_monday(reference: Reference) -> None:
    friday = delivery(breaches(3, updated_ts="2026-11-20T17:00:00Z"))
    results, _ = gated(reference, friday, of=source(weekdays_only=True))
    assert verdict(results["freshness"]) == PASSES
    assert results["freshness"].evidence["age_h"] == 33.5
    every_day, _ = gated(reference, friday)
    assert verdict(every_day["freshness"]) == HOLDS


def test_nothing_says_how_old_it_is(reference: Reference) -> None:
    results, _ = gated(reference, delivery(breaches(3)))
    assert results["freshness"].outcome == "not_supplied"


# Keys


def keyed(rows: int, surplus: int = 0, empty: int = 0) -> pl.DataFrame:
    """That many rows in all, so many of them repeating a key or without one."""
    distinct = [f"B{number}" for number in range(rows - surplus - empty)]
    return pl.DataFrame({"breach_id": [*distinct, *["B0"] * surplus, *[""] * empty]})


@pytest.mark.parametrize(
    ("rows", "surplus", "empty", "expected"),
    [
        (882, 2, 0, QUARANTINES),
        (1000, 4, 0, QUARANTINES),
        (1000, 5, 0, HOLDS),
        (100, 1, 0, QUARANTINES),
        (100, 2, 0, HOLDS),
        (100, 0, 0, PASSES),
        (1000, 0, 1, QUARANTINES),
        (1000, 0, 5, HOLDS),
        (1000, 0, 4, QUARANTINES),
        (100, 1, 1, QUARANTINES),
    ],
)
def test_keys(
    reference: Reference, rows: int, surplus: int, empty: int, expected: tuple[str, bool, str]
) -> None:
    results, kept = gated(reference, delivery(keyed(rows, surplus, empty)))
    assert verdict(results["key"]) == expected
    evidence = results["key"].evidence
    assert (evidence["surplus_rows"], evidence["empty_key_rows"]) == (surplus, empty)
    main = kept.tables["breaches"]
    assert main.height == rows - surplus - empty == main["breach_id"].n_unique()
    reasons = sorted(["duplicate_key"] * surplus + ["no_key"] * empty)
    assert sorted(kept.rejects["reason"]) == reasons


def test_of_two_rows_the_one_changed_last_stays(reference: Reference) -> None:
    rows = pl.DataFrame(
        {
            "breach_id": ["B1", "B1", "B1", *(f"C{n}" for n in range(900))],
            "updated_ts": ["2026-11-22", "2026-11-23", "", *["2026-11-23"] * 900],
            "beat": ["old", "new", "none", *["x"] * 900],
        }
    )  # fmt: skip
    _, kept = gated(reference, delivery(rows))
    assert kept.tables["breaches"].filter(breach_id="B1")["beat"].to_list() == ["new"]
    assert kept.rejects["row"].sort().to_list() == [1, 3]


@settings(max_examples=10, deadline=None)
@given(order=st.permutations(range(6)))
def test_the_order_of_the_rows_decides_nothing(reference: Reference, order: list[int]) -> None:
    beats = ["a", "b", "c", "c", "d", "e"]
    rows = pl.DataFrame({"breach_id": ["B1"] * 5 + ["B2"], "beat": beats})
    _, straight = gated(reference, delivery(rows))
    _, shuffled = gated(reference, delivery(rows[order]))
    stays = [
        kept.tables["breaches"].sort("breach_id")["beat"].to_list() for kept in (straight, shuffled)
    ]
    assert stays[0] == stays[1]


def test_a_row_taken_out_takes_its_other_records_with_it(
    reference: Reference, tmp_path: Path
) -> None:
    file = tmp_path / "rms.toml"
    file.write_text(
        'records = "breaches"\n[fields]\nbreach_id = "Ref"\n[[rows]]\nrecords = "breach_orders"\n'
        'filled = "Order"\n[rows.fields]\nbreach_id = "Ref"\norder_id = "Order"\n'
    )
    rows = pl.DataFrame({"Ref": ["B1", "B1", "", *(f"C{n}" for n in range(900))]}).with_columns(
        pl.lit("O1").alias("Order")
    )
    _, kept = gated(reference, delivery(rows), mapping=file)
    links = kept.tables["breach_orders"]
    assert links.height == 901
    assert links["breach_id"].n_unique() == 901
