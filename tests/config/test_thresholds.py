"""Thresholds: the defaults of the rules' settings, and a force's own over them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config.errors import ConfigFaults
from config.thresholds import load_thresholds
from config.toml_lines import read_toml

DEFAULTS = load_thresholds()


def test_defaults_of_the_rules() -> None:
    expected = {
        "grace_new_h": (24, "hours"),
        "tolerance_min": (5, "minutes"),
        "due_soon_h": (72, "hours"),
        "notice_hearing_h": (48, "counted_hours"),
        "civil_court_h": (24, "counted_hours"),
        "record_crime_h": (24, "hours"),
        "victim_wd_enhanced": (1, "working_days"),
        "victim_wd_standard": (5, "working_days"),
        "marac_wd": (3, "working_days"),
        "length_tolerance_days": (1, "days"),
        "rowcount_tolerance": (0.30, "share"),
        "dup_hold_rate": (0.005, "share"),
        "rowcount_nights": (28, "nights"),
        "condition_min_len": (10, "characters"),
        "bulk_n": (10, "count"),
        "history_from": (None, "date"),
        "notice_rows": ("separate", "text"),
        "occurrence_regex": (r"21\d{2}\d{7}", "pattern"),
        "consider_disposals": (("nfa", "caution", "bail_no_conditions"), "list"),
        "victim_not_support_outcomes": ((14, 16), "list"),
        "visit_tp_types": ((), "list"),
    }
    assert {name: (DEFAULTS[name].value, DEFAULTS[name].unit) for name in expected} == expected
    assert DEFAULTS["ho_class_map"].value["NMO"] == ("066/39",)
    assert DEFAULTS["grade_target_min"].value == {
        "immediate": 15,
        "priority": 60,
        "scheduled": 2880,
    }
    assert date(1899, 12, 30) in DEFAULTS["sentinel_dates"].value


def test_every_threshold_says_what_it_does_and_where_it_comes_from() -> None:
    for name, threshold in DEFAULTS.items():
        assert threshold.name == name
        assert len(threshold.means.split()) > 3
        assert threshold.basis
        assert not (threshold.basis.startswith("Local") and threshold.verified), name


def test_a_force_puts_its_own_in_the_place_of_a_default() -> None:
    own = load_thresholds(
        overrides={
            "grace_new_h": 48,
            "history_from": date(2024, 4, 1),
            "timeliness_from": "2025-01-01",
            "visit_tp_types": ["NMO"],
            "record_crime_h": 12,
        }
    )
    assert own["grace_new_h"].value == 48
    assert own["grace_new_h"].changed
    assert own["grace_new_h"].default == 24
    assert own["history_from"].value == date(2024, 4, 1)
    assert own["timeliness_from"].value == date(2025, 1, 1)
    assert own["visit_tp_types"].value == ("NMO",)
    assert not own["record_crime_h"].verified
    assert not own["flag_h"].changed
    assert list(own) == list(DEFAULTS)


def test_codes_that_a_threshold_names() -> None:
    assert DEFAULTS["restricted_unit"].codes() == ("PSD",)
    assert DEFAULTS["fallback_unit"].codes() == ()
    assert DEFAULTS["ho_class_map"].codes() == ("NMO", "RO_CONV", "RO_ACQ", "HAR_INJ")
    assert DEFAULTS["condition_placeholders"].codes() == ()


def test_every_fault_of_the_settings_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "orderwatch.toml"
    path.write_text(
        """\
[orderwatch]
force_code = "21"

[thresholds]
grace_new_hh = 12
pnc_h = "24"
flag_h = -1
notice_rows = "both"
history_from = "1 April"
unit_drop = 70
long_types = [1]
victim_not_support_outcomes = ["14"]
ho_class_map = { NMO = "066/39" }
grade_target_min = { immediate = "15" }
occurrence_regex = "("
visit_types = "DVPO"
due_soon_h = true
""",
        encoding="utf-8",
    )
    file = read_toml(path, name=path.name)
    with pytest.raises(ConfigFaults) as caught:
        load_thresholds(overrides=file.data["thresholds"], settings=file)
    assert [fault.line for fault in caught.value.faults] == list(range(5, 18))
    said = str(caught.value)
    assert "there is no threshold `grace_new_hh`; did you mean `grace_new_h`?" in said
    assert "`pnc_h` is '24'; it must be a whole number, 0 or more (hours)" in said
    assert "it must be one of separate, combined" in said


def test_every_fault_of_the_defaults_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "thresholds.toml"
    path.write_text(
        """\
[a_h]
value = "x"
unit = "hours"
means = "It is a figure"
basis = "none"
verified = false

[b_h]
value = 1
unit = "weeks"
means = "It is a figure"
basis = "none"
verified = false

[c_h]
value = 1
unit = "hours"
means = ""
verified = false
""",
        encoding="utf-8",
    )
    with pytest.raises(ConfigFaults) as caught:
        load_thresholds(path, overrides={"c_h": 2})
    assert [fault.line for fault in caught.value.faults] == [2, 10, 15, 18]
