"""What was not measured is not zero, and nights that are not alike are not compared."""

from dataclasses import replace
from datetime import timedelta

import openpyxl
import polars as pl
import pytest

from reports.pcc.counts import pack_counts
from reports.pcc.pack import pack_sheets, write_pack
from reports.pcc.rates import percentage, rounded
from reports.said import NOT_SHOWN, short_reason, shown_reason
from tests.reports.reports_night import NIGHT, RULES, exceptions_frame, make_night
from tests.reports.test_suppression import Reader

#: Figures that are about rules and sources, and are always known.
ALWAYS = ("Rules that ran", "Rules that did not run", "Sources accepted",
          "Sources held or not read")  # fmt: skip


@pytest.fixture(scope="module")
def night():
    return make_night(400, nasty=False)


def unread(night):
    """A night on which every source is held: only the rules about sources ran."""
    outcomes = night.outcomes.with_columns(
        outcome=pl.when(pl.col("records") == "sources").then("outcome").otherwise(pl.lit("held"))
    )
    sources = night.sources.with_columns(state=pl.lit("held"))
    return replace(
        night,
        outcomes=outcomes,
        sources=sources,
        order_counts=night.order_counts.clear(),
        measures=night.measures.with_columns(
            pl.when(pl.col("measure") == "M26").then("denominator").alias("denominator")
        ),
    )


def tables(night):
    return {sheet.name: sheet for sheet in pack_sheets(night)}


def rows_of(sheet):
    head = [column.heading for column in sheet.columns]
    return [dict(zip(head, row, strict=True)) for row in sheet.rows]


def test_a_night_on_which_nothing_was_read_shows_no_figure_of_exceptions(night):
    sheets = tables(unread(night))
    shown = 0
    for name in ("Summary", "By theme", "Movements", "By unit", "By rule", "Ageing", "Order types"):
        for row in rows_of(sheets[name]):
            if row.get("Figure (number)") in ALWAYS or row.get("Rule") == "DAT-REC-003":
                continue
            for heading, value in row.items():
                if "23 November" in heading or heading == "Rule":
                    continue
                shown += value == "[x]"
                assert not isinstance(value, int | float), f"{name}: {heading} is {value}"
    assert shown > 100
    assert {row["Value"] for row in rows_of(sheets["Measures"])} == {"[x]"}
    assert rows_of(sheets["Trend"])[0]["Open"] == "[x]"


def test_a_night_on_which_nothing_was_read_says_so_at_the_top(night):
    book = tables(unread(night))
    said = "Not measured tonight [x]: 19 of 20 rules could not run [note 11]."
    away = "All of the 3 sources are held or were not read tonight (see Sources)."
    assert list(book["Cover"].lines[1:3]) == [said, away]
    cover = dict(book["Cover"].rows)
    assert cover["What stands out"] == f"{said}\n{away}"
    assert cover["Held tonight"].count("\n") == 2
    for name in ("Summary", "Trend", "By theme", "By unit", "By rule", "Ageing", "Movements"):
        assert said in book[name].lines


def test_settings_without_a_source_do_not_look_like_a_good_night(night):
    nothing = replace(
        unread(night),
        sources=night.sources.clear(),
        exceptions=night.exceptions.clear(),
        movements=night.movements.clear(),
    )
    cover = dict(tables(nothing)["Cover"].rows)
    assert "0 exceptions" not in cover["What stands out"]
    assert cover["Held tonight"] == "[x]"


def test_a_figure_of_rules_of_which_some_ran_is_shown_and_marked(night):
    sheets = tables(night)
    (themes,) = [
        row for row in rows_of(sheets["By theme"]) if row["Theme"] == "Quality of recording"
    ]
    assert themes["Rules tonight"] == "3 of 5 ran"
    assert themes["All severities"] not in ("[x]", 0)
    (response,) = [r for r in rows_of(sheets["By theme"]) if r["Theme"] == "Response to breaches"]
    assert response["Rules tonight"] == "0 of 3 ran"
    figures = {v for k, v in response.items() if k not in ("Theme", "Rules tonight")}
    assert figures == {"[x]"}
    (moved,) = [r for r in rows_of(sheets["Movements"]) if r["Theme"] == "Response to breaches"]
    assert set(list(moved.values())[1:-1]) == {"[x]"}
    units = rows_of(sheets["By unit"])
    assert {row["Response to breaches"] for row in units} == {"[x]"}
    line = next(line for line in sheets["By unit"].lines if str(line).startswith("Not wholly"))
    assert "Response to breaches 0 of 3 ran" in line


def test_a_zero_that_was_measured_is_zero(night):
    none = replace(make_night(400, held=False, nasty=False), exceptions=night.exceptions.clear())
    ran = none.outcomes.with_columns(outcome=pl.lit("ran"), evaluated=9, failed=0)
    sheets = tables(replace(none, outcomes=ran))
    assert rows_of(sheets["By theme"])[-1]["All severities"] == 0
    assert rows_of(sheets["By rule"])[0]["Open exceptions"] == 0


def test_nights_on_which_other_rules_ran_are_not_compared(night):
    sheets = tables(night)
    differ = "Breaches and court feed were not read on 24 November 2026: 5 rules not run"
    for row in rows_of(sheets["Summary"]):
        assert row["Change"] == "[b]" or row["Figure (number)"] in ALWAYS
    line = f"Not comparable with 23 November 2026 [b]: {differ} [note 12]."
    assert line in sheets["Summary"].lines
    cover = dict(sheets["Cover"].rows)["What stands out"]
    assert line in cover
    assert "than the night before" not in cover
    latest, before, *_, first = rows_of(sheets["Trend"])
    names = ("Comparable with the night before", "What differed")
    assert tuple(latest[n] for n in names) == ("[b]", differ)
    assert tuple(before[n] for n in names) == ("Yes", "The same rules ran")
    assert first[names[0]] == "[x]"


def test_nights_on_which_the_same_rules_ran_are_compared(night):
    alike = make_night(400, held=False, nasty=False)
    sheets = tables(alike)
    change = rows_of(sheets["Summary"])[0]["Change"]
    assert isinstance(change, int)
    assert "than the night before" in dict(sheets["Cover"].rows)["What stands out"]
    assert rows_of(sheets["Trend"])[0]["Comparable with the night before"] == "Yes"


def test_a_night_whose_rules_are_not_known_is_not_compared(night):
    alike = make_night(400, held=False, nasty=False)
    sheets = tables(replace(alike, past_rules=alike.past_rules.clear()))
    assert rows_of(sheets["Summary"])[0]["Change"] == "[b]"
    assert "which rules ran on 23 November 2026 is not known" in " ".join(
        str(line) for line in sheets["Summary"].lines
    ).lower().replace("november", "November")


def following(first, tmp_path, seed=4):
    """The night after, with what the first one's pack printed."""
    pack = write_pack(first, tmp_path)
    again = exceptions_frame(first.exceptions.height + 9, seed=seed, nasty=False)
    day = NIGHT + timedelta(days=1)
    then = first.history.filter(pl.col("business_date") == NIGHT).with_columns(
        open=pl.lit(pack_counts(first).values["open",], pl.Int64)
    )
    return pack, replace(
        first,
        business_date=day,
        exceptions=again,
        history=pl.concat([first.history.filter(pl.col("business_date") < NIGHT), then]),
        printed=pack.printed,
        past_rules=pl.concat([
            first.past_rules,
            first.outcomes.select(business_date=pl.lit(NIGHT), rule_id="rule_id",
                                  records="records", outcome="outcome"),
        ]),
    )  # fmt: skip


def test_what_the_pack_of_the_night_before_printed_is_shown_again(tmp_path):
    first = make_night(3000, held=False, nasty=False)
    pack, second = following(first, tmp_path)
    printed = {
        row[0].value: row[1].value for row in openpyxl.load_workbook(pack.file.path)["Summary"]
    }
    again = {row["Figure (number)"]: row for row in rows_of(tables(second)["Summary"])}
    before = "Night of 24 November 2026"
    for name in ("Open exceptions", "of which overdue", "Due soon (not yet exceptions)", *ALWAYS):
        assert again[name][before] == printed[name] != "[x]"


@pytest.mark.parametrize("seed", range(6))
def test_two_packs_side_by_side_give_no_hidden_count_away(tmp_path, seed):
    few = exceptions_frame(60 + 30 * seed, seed=seed, nasty=False)
    base = make_night(60, held=False, nasty=False)
    pick = base.movements.sample(30, seed=seed)
    first = replace(base, exceptions=few, movements=pick)
    _, second = following(first, tmp_path, seed=seed + 10)
    # What moved is made to fit, theme by theme, so that the equation holds for the reader.
    opened = pack_counts(first).values
    now = pack_counts(replace(second, printed=second.printed.clear())).values
    themes = sorted({rule[2] for rule in RULES})
    moves = []
    for theme in themes:
        rule = next(r[0] for r in RULES if r[2] == theme and r[5] != "sources")
        more = now["theme", theme] - opened["theme", theme]
        came = max(more, 0) + seed % 3
        moves += [(rule, "opened", came), (rule, "fixed", came - more)]
    second = replace(
        second,
        movements=pl.DataFrame(
            [m for m in moves if m[2]], schema=["rule_id", "movement", "n"], orient="row"
        ),
    )
    packs = (pack_sheets(first), pack_sheets(second))
    shown, sums = {}, []
    for number, sheets in enumerate(packs):
        table = {sheet.name: rows_of(sheet) for sheet in sheets}
        for row in table["By theme"]:
            shown[number, row["Theme"]] = row["All severities"]
        names = [row["Theme"] for row in table["By theme"][:-1]]
        sums.append(((number, "All themes"), [(number, name) for name in names]))
    for row in table["Movements"]:
        name = row["Theme"]
        for heading in (
            "Opened",
            "Fixed",
            "Withdrawn from source",
            "No longer applies",
            "Rule retired",
        ):
            shown[heading, name] = row[heading]
        if name == "All themes":
            sums += [
                ((h, name), [(h, n) for n in names])
                for h in (
                    "Opened",
                    "Fixed",
                    "Withdrawn from source",
                    "No longer applies",
                    "Rule retired",
                )
            ]
        shown["both", name] = None
        sums.append((("both", name), [(0, name), ("Opened", name)]))
        sums.append(
            (
                ("both", name),
                [
                    (1, name),
                    *(
                        (h, name)
                        for h in (
                            "Fixed",
                            "Withdrawn from source",
                            "No longer applies",
                            "Rule retired",
                        )
                    ),
                ],
            )
        )
    assert [key for key, value in shown.items() if value == "[c]"]
    reader = Reader(shown, sums)
    # A count that was open the night before, and of which nothing moved, is known from that pack:
    # it may stand hidden beside small ones, and none of those may be found.
    assert all(reader.range_of(key)[0] >= 5 for key in reader.pinned())


@pytest.mark.parametrize(
    ("numerator", "denominator", "said"),
    [(5, 34_210, "[low]"), (0, 34_210, 0.0), (50, 100, 50.0), (34_209, 34_210, 99.9),
     (34_210, 34_210, 100.0)],
)  # fmt: skip
def test_a_percentage_that_is_not_zero_never_rounds_to_it(numerator, denominator, said):
    assert percentage(numerator, denominator) == said


def test_other_figures_that_would_round_to_zero_are_low_too():
    assert rounded(0.004, 2) == "[low]"
    assert rounded(0.0, 2) == 0.0
    assert rounded(0.04) == "[low]"


def test_a_record_s_unit_that_is_none_of_the_settings_is_a_unit_not_known(night, tmp_path):
    planted = night.exceptions.with_columns(
        unit_code=pl.when(pl.int_range(pl.len()) < 40).then(pl.lit("PC 4821 ZZMARK SMITH"))
        .when(pl.int_range(pl.len()) < 90).then(pl.lit(" lpt_leek "))
        .otherwise("unit_code"),
        lpt=pl.lit("ZZMARK AREA"),
    )  # fmt: skip
    one = replace(night, exceptions=planted)
    rows = {row["Unit"]: row for row in rows_of(tables(one)["By unit"])}
    assert not [name for name in rows if "ZZMARK" in name or "lpt_leek" in name]
    assert list(rows).count("Unit not known") == 1
    assert isinstance(rows["Unit not known"]["All themes"], int)


@pytest.mark.parametrize(
    ("said", "whole", "short"),
    [
        ("JOHN SMITH", NOT_SHOWN, NOT_SHOWN),
        ("rows: JOHN SMITH", NOT_SHOWN, NOT_SHOWN),
        (f"JOHN SMITH: {NOT_SHOWN}", NOT_SHOWN, NOT_SHOWN),
        (f"rows: {NOT_SHOWN}", f"rows: {NOT_SHOWN}", f"rows: {NOT_SHOWN}"),
        (f"source rows is held: {NOT_SHOWN}; {NOT_SHOWN}",) * 3,
        (f"{NOT_SHOWN}; JOHN SMITH", NOT_SHOWN, NOT_SHOWN),
    ],
)
def test_only_sentences_are_reasons(said, whole, short):
    assert shown_reason(said, {"rows"}) == whole
    assert short_reason(said, {"rows"}) == short


def test_a_reason_with_figures_is_said_without_them_in_the_pack(monkeypatch):
    from config import sentences
    from reports import said

    listed = {
        "gates.row_count": "{n:count} rows were delivered, where {usual:count} are usual",
        "gates.other": "{n:count} of them",
        "gates.stamp": "no stamp was found",
        "short.gates": "it did not pass a check",
        "short.gates.row": "fewer or more rows than usual",
    }
    for module in (sentences, said):
        monkeypatch.setattr(module, "sentences", lambda: listed)
    monkeypatch.setattr(sentences, "_shapes", sentences._shapes.__wrapped__)
    monkeypatch.setattr(said, "_short", said._short.__wrapped__)
    text = "3 rows were delivered, where 475 are usual; 2 of them; no stamp was found"
    assert said.shown_reason(text) == text
    assert said.short_reason(text) == (
        "fewer or more rows than usual; it did not pass a check; no stamp was found"
    )
