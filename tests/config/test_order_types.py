"""The statutory catalogue against what the law is known to say, and its faults."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from config.errors import ConfigFaults
from config.order_types import load_order_types

TYPES = load_order_types()
FRAME = TYPES.frame()

CIVIL = {"DVPN", "DVPO", "DAPN", "OCO", "INJ_ASB", "HOUS_INJ", "YDO", "UND"}


def column(name: str) -> dict[str, object]:
    """The types for which a figure is given, and the figure."""
    given = FRAME.filter(pl.col(name).is_not_null())
    return dict(zip(given["order_type"].to_list(), given[name].to_list(), strict=True))


def test_every_type_of_the_domain_is_there_and_unknown_is_none_of_them() -> None:
    assert set(TYPES.types) == set(
        """DVPN DVPO DAPN DAPO NMO OCO RO_CONV RO_ACQ HAR_INJ SPO SPO_INT SHPO SHPO_INT SRO SRO_INT
        NOTIF SOPO RSHO FMPO FGMPO STPO STPO_INT STRO VOO VOO_INT CBO CBO_INT INJ_ASB RESPECT
        HOUS_INJ YDO KCPO SVRO SCPO UND""".split()
    )
    assert "UNK" not in TYPES


def test_ranks_that_may_authorise_a_notice() -> None:
    assert column("min_rank") == {"DVPN": "SUPT", "DAPN": "INSP"}


def test_ages_the_law_allows() -> None:
    assert column("min_age_subject") == {
        **dict.fromkeys(["DVPN", "DVPO", "DAPN", "DAPO", "VOO", "VOO_INT", "RESPECT"], 18),
        **dict.fromkeys(["SPO", "SPO_INT", "CBO", "CBO_INT", "INJ_ASB"], 10),
        "KCPO": 12,
    }
    assert column("min_age_protected") == {"DAPN": 16, "DAPO": 16}


def test_lengths_the_law_allows() -> None:
    assert (TYPES["DVPO"].min_days, TYPES["DVPO"].max_days) == (14, 28)
    assert column("min_years") == {
        "SPO": 2,
        "SRO": 2,
        "STRO": 2,
        "RSHO": 2,
        "VOO": 2,
        "SHPO": 5,
        "STPO": 5,
    }
    assert TYPES["VOO"].max_years == 5


def test_statutory_clocks() -> None:
    assert column("hearing_h") == {"DVPN": 48, "DAPN": 48}
    assert column("civil_court_h") == {"DVPN": 24, "DVPO": 24, "DAPN": 24}


def test_breaking_an_order_is_a_crime_but_for_the_civil_ones() -> None:
    assert set(TYPES.types) - set(TYPES.crimes) == CIVIL
    assert {TYPES[code].breach_kind_in_law for code in CIVIL} == {"civil"}


def test_days_from_which_an_order_could_be_made() -> None:
    found = column("commenced")
    assert found["DVPO"] == date(2014, 3, 8)
    assert found["SPO"] == found["SPO_INT"] == date(2020, 1, 20)
    assert found["SHPO"] == found["SRO"] == found["SRO_INT"] == date(2015, 3, 8)
    assert found["DAPO"] == date(2024, 11, 27)
    assert found["STPO"] == found["STRO"] == date(2015, 7, 31)
    assert found["VOO"] == date(2009, 8, 3)


def test_types_whose_use_depends_on_the_date_are_closed_to_the_force() -> None:
    windows = set(FRAME.filter("window")["order_type"])
    assert windows == {"DAPN", "DAPO", "KCPO", "SVRO", "RESPECT", "HOUS_INJ", "YDO"}
    assert FRAME["force_can_apply_from"].null_count() == FRAME.height
    assert set(FRAME.filter("dormant")["order_type"]) == {"RESPECT", "HOUS_INJ", "YDO"}


def test_the_time_to_notify_runs_from_a_different_day_for_each_type() -> None:
    assert TYPES["DAPO"].notification_start == "made"
    assert TYPES["SPO"].notification_start == "served"
    assert TYPES["STRO"].notification_start == "served"
    assert TYPES["VOO"].notification_start == "in_force"
    assert TYPES["NMO"].notification_start == "none"
    assert set(FRAME["notification_days"].drop_nulls()) == {3}


def test_types_that_belong_on_the_national_system() -> None:
    kinds = dict(zip(FRAME["order_type"], FRAME["national_record"], strict=True))
    assert {code for code in kinds if kinds[code] == "with_power_of_arrest"} == {"OCO", "INJ_ASB"}
    assert {code for code in kinds if kinds[code] == "never"} == {"UND", "HOUS_INJ", "YDO"}


def test_types_that_a_court_feed_may_name_for_one_another() -> None:
    groups = FRAME.group_by("match_group").agg(pl.col("order_type").sort())
    together = {tuple(row) for row in groups["order_type"].to_list() if len(row) > 1}
    assert together == {
        ("RO_ACQ", "RO_CONV"),
        ("SPO", "SPO_INT"),
        ("SHPO", "SHPO_INT"),
        ("SRO", "SRO_INT"),
        ("STPO", "STPO_INT", "STRO"),
        ("VOO", "VOO_INT"),
        ("CBO", "CBO_INT"),
    }


def test_a_notice_and_its_order_name_each_other() -> None:
    for notice in TYPES.notices:
        order = TYPES[notice].full_type
        assert order is not None
        assert TYPES[order].notice_type == notice


def test_a_figure_from_general_knowledge_is_never_called_verified() -> None:
    for code in ("SHPO", "SRO", "VOO", "NOTIF", "KCPO", "SVRO", "CBO", "OCO"):
        assert not TYPES[code].verified


def test_every_fault_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "order_types.toml"
    path.write_text(
        """\
[DVPN]
name = "Notice"
law = "An Act"
applicant = "police"
notice = "yes"
full_type = "DVPX"
colour = "red"
min_days = 28
max_days = 14
breach_kind_in_law = "maybe"
offence = "none"
national_record = "always"
match_group = "DVPN"
source = [{ document = "An Act", item = "s.1" }]
verified = true

[UNK]
name = "Unknown"
law = "none"
applicant = "nobody"
interim = true
breach_kind_in_law = "none"
offence = "none"
national_record = "never"
match_group = "UNK"
source = [{ document = "An Act", item = "s.1", says = "so", verified = false }]
verified = false

[ZED]
name = "Zed"
law = "An Act"
applicant = "police"
full_type = "NOPE"
breach_kind_in_law = "crime"
offence = "s.1"
national_record = "always"
match_group = "ZED"
source = [{ document = "An Act", item = "s.1", says = "so" }]
verified = true
""",
        encoding="utf-8",
    )
    with pytest.raises(ConfigFaults) as caught:
        load_order_types(path)
    found = [(fault.line, fault.message) for fault in caught.value.faults]
    assert [line for line, _ in found] == [5, 7, 10, 14, 17, 17, 33]
    assert "`colour`; allowed: applicant, " in found[1][1]
    assert "'maybe'" in found[2][1]
    assert all(fault.file == "order_types.toml" for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("min_days = 28\nmax_days = 14", "`max_days` (14) is less than `min_days` (28)"),
        ('notification_start = "made"', "`notification_start` and `notification_days`"),
        ("force_can_apply_from = 2026-01-01", "need `window = true`"),
        ("window = true\nforce_can_apply_to = 2026-01-01", "must come after"),
        ("verified = true", "one of its sources is not verified"),
    ],
)
def test_figures_that_do_not_hold_together_are_refused(
    tmp_path: Path, lines: str, said: str
) -> None:
    path = tmp_path / "order_types.toml"
    verified = "" if "verified" in lines else "verified = false\n"
    path.write_text(
        f"""\
[ABC]
name = "Abc"
law = "An Act"
applicant = "police"
breach_kind_in_law = "crime"
offence = "s.1"
national_record = "always"
match_group = "ABC"
source = [{{ document = "An Act", item = "s.1", says = "so", verified = false }}]
{verified}{lines}
""",
        encoding="utf-8",
    )
    with pytest.raises(ConfigFaults, match=r"order_types\.toml:1: ") as caught:
        load_order_types(path)
    assert said in str(caught.value)
