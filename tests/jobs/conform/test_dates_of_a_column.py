"""Day or month first: what a column tells, and the days of sources in other zones."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.reference import Reference, load_reference
from config.settings import Source
from expectations.language import local_date
from jobs.conform import Conformed, conform, date_shapes, load_mapping
from jobs.conform.day_order import undecided
from jobs.pull import pull


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


def doubtful(*cells: str) -> list[str]:
    texts = pl.Series(cells)
    return texts.filter(undecided(texts)).to_list()


def test_a_column_that_can_only_be_month_first_is_not_read_day_first() -> None:
    assert doubtful("11/23/2026", "04/11/2026", "05/05/2026", "2026-11-04") == ["04/11/2026"]
    assert doubtful("23/11/2026", "04/11/2026") == []
    assert doubtful("04/11/2026", "05/11/2026") == [], "nothing tells against the day"


def test_a_shape_is_judged_by_its_own_cells_before_the_columns() -> None:
    american = ["09-25-2015 14:00", "09-05-2015 14:00"]
    british = ["25/9/2015", "9/5/2015"]
    assert doubtful(*american, *british) == ["09-05-2015 14:00"]
    # A shape in which nothing tells is what the rest of the column is.
    assert doubtful("09-25-2015", "9/5/2015 02:00 PM") == ["9/5/2015 02:00 PM"]
    assert doubtful("25-09-2015", "9/5/2015") == []


def test_one_slip_in_many_does_not_take_the_column() -> None:
    days = [f"{13 + n % 15}/11/2026" for n in range(20)]
    assert doubtful(*days, "11/23/2026", "04/11/2026") == []
    assert doubtful(*days[:19], "11/23/2026", "04/11/2026") == ["04/11/2026"]


def test_how_many_shapes_a_column_has() -> None:
    assert date_shapes(pl.Series(["09-05-2015", "9/5/2015"])) == 2
    assert date_shapes(pl.Series(["23/11/2026", "11/23/2026"])) == 2
    assert date_shapes(pl.Series(["2026-11-04", "2026-11-04T10:00", None])) == 1
    assert date_shapes(pl.Series(["04/11/2026", "4/11/2026 10:00"])) == 1
    assert date_shapes(pl.Series(["04/11/2026", "04/11/26", "46349", "4 Nov 2026"])) == 4
    assert date_shapes(pl.Series([None, "soon"], dtype=pl.String)) == 0


@given(st.lists(st.dates(date(1990, 1, 1), date(2090, 1, 1)), max_size=30))
def test_a_column_written_day_first_is_read_as_it_was_written(days: list[date]) -> None:
    texts = pl.Series([day.strftime("%d/%m/%Y") for day in days], dtype=pl.String)
    assert not undecided(texts).any()


@given(
    st.lists(st.dates(date(1990, 1, 1), date(2090, 1, 1)), min_size=1, max_size=30),
    st.integers(13, 28),
)
def test_nothing_of_a_column_written_month_first_is_taken_for_another_day(
    days: list[date], telling: int
) -> None:
    texts = pl.Series([f"{day:%m/%d/%Y}" for day in days] + [f"01/{telling}/2026"])
    left = texts.filter(~undecided(texts))
    assert all(text[:2] == text[3:5] or int(text[3:5]) > 12 for text in left)


def read(
    folder: Path, reference: Reference, csv: str, mapping: str, records: str = "breaches"
) -> Conformed:
    (folder / "in.csv").write_text(csv, encoding="utf-8")
    (folder / "map.toml").write_text(mapping, encoding="utf-8")
    source = Source(name="rms", records=records, kind="csv", path=str(folder / "in.csv"))
    return conform(pull(source), load_mapping(source, folder / "map.toml", reference), reference)


FIELDS = 'records = "breaches"\n[fields]\nbreach_id = "Ref"\nreported_ts = '


def test_what_the_column_tells_against_is_unreadable_until_a_mapping_says_what_it_is(
    tmp_path: Path, reference: Reference
) -> None:
    csv = "Ref,Rptd\n1,09-25-2015 14:00\n2,09-05-2015 14:00\n3,9/5/2015 02:00 PM\n"
    silent = read(tmp_path, reference, csv, f'{FIELDS}"Rptd"\n')
    frame = silent.tables["breaches"]
    assert frame["reported_ts"].null_count() == 3
    assert frame["unreadable_fields"].to_list() == [["reported_ts"]] * 3
    assert silent.formats == {"breaches.reported_ts": 2}
    assert silent.rejects["raw"].to_list() == csv.replace("\n", ",").split(",")[3::2]
    forms = '["%m-%d-%Y %H:%M", "%m/%d/%Y %I:%M %p"]'
    said = read(tmp_path, reference, csv, f'{FIELDS}{{ column = "Rptd", formats = {forms} }}\n')
    days = said.tables["breaches"]["reported_ts"].dt.date().to_list()
    assert days == [date(2015, 9, 25), date(2015, 9, 5), date(2015, 9, 5)]
    assert said.formats == {}


def test_dates_of_another_zone_compare_as_days_there(tmp_path: Path, reference: Reference) -> None:
    """An evening in New York is the next day in London, and a morning in Tokyo the day before."""
    csv = "Ref,From,Rptd\n1,2010-01-01 20:00,2010-01-01\n2,2010-01-01 20:00,2010-01-01 21:00\n"
    csv += "3,2010-01-02 06:00,2010-01-02\n"
    for zone in ("America/New_York", "Asia/Tokyo", "Europe/London"):
        mapping = f'time_zone = "{zone}"\n{FIELDS}"Rptd"\noccurred_from_ts = "From"\n'
        frame = read(tmp_path, reference, csv, mapping).tables["breaches"]
        days = frame.select(
            pl.col("breach_id"),
            local_date(pl.col("occurred_from_ts")).alias("from"),
            local_date(pl.col("reported_ts")).alias("reported"),
        )
        assert days.row(0)[1:] == (date(2010, 1, 1), date(2010, 1, 1)), zone
        assert days.row(2)[1:] == (date(2010, 1, 2), date(2010, 1, 2)), zone
    evening = read(
        tmp_path, reference, csv,
        f'time_zone = "America/New_York"\n{FIELDS}"Rptd"\noccurred_from_ts = "From"\n',
    ).tables["breaches"]["occurred_from_ts"].to_list()  # fmt: skip
    # Where every hour is known, instants are what they were.
    assert evening[1] == datetime(2010, 1, 2, 1, tzinfo=UTC)
    assert evening[2] == datetime(2010, 1, 2, 11, tzinfo=UTC), "it falls on its own day anyway"


def test_a_canonical_mapping_keeps_what_is_said_for_the_whole_file(
    tmp_path: Path, reference: Reference
) -> None:
    mapping = (
        'records = "breaches"\ncanonical = true\nmidnight = "real"\n'
        'time_zone = "America/New_York"\nformats = ["%m/%d/%Y %H:%M"]\nnull_words = ["see log"]\n'
    )
    csv = "breach_id,reported_ts,beat\nB1,07/04/2026 00:00,see log\n"
    record = read(tmp_path, reference, csv, mapping).tables["breaches"].row(0, named=True)
    assert record["reported_ts"] == datetime(2026, 7, 4, 4, tzinfo=UTC)
    assert record["reported_time_known"] is True
    assert record["beat"] is None
    named = f'{mapping}[fields]\narrested_ts = "reported_ts"\n'
    source = Source(name="rms", records="breaches", kind="csv", path="x.csv")
    (tmp_path / "map.toml").write_text(named, encoding="utf-8")
    fields = {
        f.field.name: f for f in load_mapping(source, tmp_path / "map.toml", reference).main.fields
    }
    one, other = fields["arrested_ts"], fields["reported_ts"]
    for name in ("formats", "midnight_real", "time_zone", "null_words", "split", "separator"):
        assert getattr(one, name) == getattr(other, name), name
