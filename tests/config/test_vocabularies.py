"""Words of sources become canonical values, and never by guess."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import ConfigFaults
from config.vocabularies import Vocabulary, load_vocabularies

WORDS = load_vocabularies()


def mapped(vocabulary: str, *words: str | None, fill_unmapped: bool = False) -> list[str | None]:
    column = pl.Series("word", list(words), dtype=pl.String)
    return WORDS[vocabulary].map_frame(column, fill_unmapped=fill_unmapped).to_list()


def test_free_text_statuses_of_real_extracts() -> None:
    assert mapped(
        "order_status", "Live", "In Force ", "active - served", "Exp'd", "Exp\u2019d"
    ) == [
        "in_force",
        "in_force",
        "in_force",
        "expired",
        "expired",
    ]


def test_a_status_that_says_nothing_stays_unmapped() -> None:
    assert mapped("order_status", "N/K", "see log", "live?? ask Dave", "", None) == [None] * 5


def test_ranks_of_real_extracts() -> None:
    assert mapped("rank", "A/Insp", "T/DI", "Supt (T)", "Det Supt", "(T) Supt") == [
        "INSP",
        "INSP",
        "SUPT",
        "SUPT",
        "SUPT",
    ]
    assert mapped(
        "rank", "Acting Sergeant", "Ag Insp", "Tp Ch Insp", "Detective Chief Inspector"
    ) == [
        "SGT",
        "INSP",
        "CI",
        "CI",
    ]


def test_a_collar_number_in_the_rank_field_is_unreadable() -> None:
    assert mapped("rank", "4471", "PCSO", "police staff") == [None] * 3
    assert mapped("rank", "Insp 4471") == ["INSP"]


def test_an_acting_superintendent_counts_as_one() -> None:
    assert mapped("rank", "T/Supt", "T/Ch Supt", "A/CI") == ["SUPT", "CSUPT", "CI"]


def test_service_in_person_is_known_by_several_words() -> None:
    assert mapped("service_method", "in person", "By hand", "post") == ["personal"] * 2 + ["post"]
    assert mapped("service_method", "taped to the door", fill_unmapped=True) == ["other"]


def test_ranks_stand_in_order() -> None:
    assert WORDS["rank"].order() == {
        "PC": 1,
        "SGT": 2,
        "INSP": 3,
        "CI": 4,
        "SUPT": 5,
        "CSUPT": 6,
        "ACPO": 7,
    }


def test_court_names_of_real_extracts() -> None:
    court = WORDS["court_code"]
    found = mapped("court_code", "N Staffs JC", "North Staffordshire Justice Centre", "Cannock")
    assert found == ["B21NS00", "B21NS00", "B21CK00"]
    assert [court.label(code) for code in found if code] == [
        "North Staffordshire Justice Centre",
        "North Staffordshire Justice Centre",
        "Cannock Magistrates' Court",
    ]


def test_the_code_of_a_court_elsewhere_passes_but_not_its_name() -> None:
    assert mapped("court_code", " b01ly00 ", "Manchester City") == ["B01LY00", None]
    assert WORDS["court_code"].label("B01LY00") == "B01LY00"


def test_names_that_forces_give_breach_offences() -> None:
    assert mapped(
        "breach_offence",
        "Breach of non-molestation order",
        "Breach of a restraining order - Sentencing Act 2020 Sec 363 (1) (2).",
        "Breach of Criminal behaviour order",
        "Breach of conditions of injunction against harassment",
        "Breach of a stalking order or interim stalking order",
        "Breach Sexual Harm Prevention Order (SHPO) Sentencing Act 2020 Sec 354 (1) (4)",
        "Breach of the peace",
    ) == ["NMO", "RO_CONV", "CBO", "HAR_INJ", "SPO", "SHPO", None]


def test_an_unknown_order_type_is_unk_only_when_asked_for() -> None:
    assert mapped("order_type", "VPO", "dvpo", "  ", None) == [None, "DVPO", None, None]
    assert mapped("order_type", "Non Molestation") == ["NMO"]
    assert mapped("order_type", "VPO", "dvpo", "  ", None, fill_unmapped=True) == [
        "UNK",
        "DVPO",
        None,
        None,
    ]
    assert mapped("service_method", "carrier pigeon", fill_unmapped=True) == ["other"]


def test_not_applicable_is_a_value_where_the_law_allows_it() -> None:
    assert mapped("consideration", "N/A", "Y", "No") == ["not_applicable", "yes", "no"]
    assert mapped("share_status", "N/A") == ["not_applicable"]


@pytest.mark.parametrize("vocabulary", WORDS.values(), ids=list(WORDS))
def test_every_value_of_a_vocabulary_stands_for_itself(vocabulary: Vocabulary) -> None:
    values = pl.Series("word", vocabulary.values)
    assert vocabulary.map_frame(values).to_list() == list(vocabulary.values)
    shouted = values.str.to_uppercase().str.replace_all("_", "  ")
    assert vocabulary.map_frame(" " + shouted + ".").to_list() == list(vocabulary.values)


@given(st.lists(st.one_of(st.none(), st.text(max_size=12), st.sampled_from(["Live", "T/DI"]))))
def test_a_column_maps_to_values_or_nothing_and_the_same_lazily(words: list[str | None]) -> None:
    column = pl.Series("word", words, dtype=pl.String)
    for name in ("order_status", "rank", "service_method"):
        vocabulary = WORDS[name]
        eager = vocabulary.map_frame(column)
        lazily = column.to_frame().lazy().select(vocabulary.map_frame(pl.col("word")).alias("word"))
        assert eager.to_list() == lazily.collect()["word"].to_list()
        assert set(eager.drop_nulls()) <= set(vocabulary.values)
        assert len(eager) == len(words)


def test_the_values_of_a_field_are_a_vocabulary_too() -> None:
    made = Vocabulary.of("colour", ["dark_red", "blue"], aliases={"blue": ["azure"]})
    column = pl.Series("word", ["Dark Red", "AZURE", "green"])
    assert made.map_frame(column).to_list() == ["dark_red", "blue", None]


def test_every_fault_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "vocabularies.toml"
    path.write_text(
        """\
[rank]
means = "Ranks"
ignore = ['(acting', '[0-9]+']
unmapped = "NOBODY"
colour = "blue"

[grade]
means = "Grades"
[grade.values]
high = ["h", "top"]
low = ["H.", "l"]
odd = [7]

[kind]
means = "Kinds"
ignore = ['[0-9]+', '(x']
unmapped = "none of them"
[kind.values]
one = ["1"]
two = { aliases = ["second"], note = "x" }

[size]
means = "Sizes"
ignore = ['[0-9]+', '(x']
unmapped = "none of them"
[size.values]
one = ["1"]
two = ["ONE", "second"]
""",
        encoding="utf-8",
    )
    with pytest.raises(ConfigFaults) as caught:
        load_vocabularies(path)
    found = [(fault.line, fault.message) for fault in caught.value.faults]
    assert [line for line, _ in found] == [1, 5, 12, 20, 24, 25, 27, 28]
    assert "`rank` has no `values`" in found[0][1]
    assert "is not a regular expression" in found[4][1]
    assert "'none of them'; allowed: one, two" in found[5][1]
    assert "nothing is left of '1'" in found[6][1]
    assert "'ONE' stands for both `one` and `two`" in found[7][1]
