"""Slips that an analyst makes: all are told at once, at their lines, in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.errors import ConfigFaults
from config.settings import SETTINGS_FILE
from expectations.catalogue.suites import wanting
from jobs.commands.check import check_everything
from tests.expectations.catalogue.test_catalogue import GOOD

WHEN, EXPECT = "  when: {eligible: true}", "  expect: {type: expect_column_values_to_not_be_null, "
NOT_NULL = EXPECT + "column: order_id}"
WORDS = "  expect: {type: expect_column_values_to_be_in_set, column: "
BETWEEN = "  expect: {type: expect_column_values_to_be_between, column: "

#: What a rule says, what stands in its place, and what must be told of it.
RULES = [
    (WHEN, "  when: {eligibel: true}", "`eligibel` is no field or fact of `orders`; did you mean"),
    (WHEN, "  when: {created_ts: {after: today}}", "allowed: ge, gt, le, lt, ne, setting"),
    (WHEN, "  when: {created_ts: {lt: {setting: pnc_hh}}}", "no setting `pnc_hh` in thresholds"),
    (
        WHEN,
        "  when: {status: in_forse}",
        "`status` never holds `in_forse`; did you mean `in_force`",
    ),
    (WHEN, "  when: {eligible: 'yes'}", "`eligible` holds true or false, and `yes` is text"),
    (WHEN, "  when: {created_ts: {lt: soon}}", "`created_ts` holds a time, and `soon` is text"),
    (WHEN, "  when: {status: {ne: }}", "needs one value"),
    (WHEN, "  when: {status: {}}", "says nothing; say `present` or `absent`"),
    (WHEN, "  when: {status: [{a: b}]}", "a list holds plain values"),
    (WHEN, "  exempt: [{status: [in_forse]}]", "`status` never holds `in_forse`"),
    (NOT_NULL, EXPECT + "columm: order_id}", "unknown argument `columm`; did you mean `column`?"),
    (NOT_NULL, EXPECT + "column: [order_id]}", "`column` must be one word, not a list"),
    (NOT_NULL, EXPECT.replace("null", "nul") + "column: order_id}", "has no `expect_column_values"),
    (NOT_NULL, WORDS + "status}", "`expect` has no `value_set`"),
    (NOT_NULL, WORDS + "status, value_set: in_force}", "`value_set` must be a list"),
    (NOT_NULL, WORDS + "status, value_set: [in_forse]}", "`status` never holds `in_forse`"),
    (NOT_NULL, WORDS + "status, value_set: [void], mostly: 0.9}", "`mostly` is not for rules"),
    (NOT_NULL, BETWEEN + "status, max_value: 3}", "`status` holds text, and `3` is a number"),
    (NOT_NULL, BETWEEN + "service_attempts}", "needs `min_value`, `max_value` or both"),
    (
        NOT_NULL,
        "  expect: {type: expect_column_values_to_match_regex, column: order_id}",
        "`expect` has no `regex`",
    ),
    (
        NOT_NULL,
        "  expect: {type: expect_column_values_to_match_regex, column: order_id, regex: '([a-z'}",
        "is not a pattern that can be read",
    ),
    (
        NOT_NULL,
        "  expect: {type: expect_table_row_count_to_be_between, min_value: 1}",
        "judges a whole table",
    ),
    ("  fix: Do it.", "  fix: Do it.\n  due: status", "`due` names `status`, which holds text"),
    ("  fix: Do it.", "  fix: Do it.\n  unless: [ORD-REC-999]", "ORD-REC-999, which is no rule"),
    ("  records: orders", "  records: order", "there is no table `order`"),
    ("  severity: low", "  severity: urgent", "`severity: urgent`; allowed: critical"),
    ("  title: A title", "  title: [A title]", "it must be a text"),
]

FACTS = [
    ("f1 == true", "the fact reads itself: f1 -> f1"),
    ("f3 == true", "facts read each other: f2 -> f3 -> f2"),
    ("f2 == true", None),
    ("created_ts + hours(edit_days)", "`edit_days` is counted in days"),
    ("hour(3)", "there is no function `hour`; did you mean `hours`"),
    ("hours(1, 2)", "`hours` takes 1 argument, not 2"),
    ("statuss == 'void'", "reads `statuss`, which is no field or fact of `orders`"),
    ("status = 'void'", "things are compared with `==`, not with `=`"),
    ("live && eligible", "say `and` for `&&`"),
    ("if live then 3 else 4", "a choice is written `x if condition else y`"),
    ("live and", "cannot be read"),
    ("status is 'void'", "say `==` or `!=`"),
    ("status in 'void'", "is not a list; after `in` say"),
    ("status == 'in_forse'", "`status` never holds `in_forse`; did you mean `in_force`?"),
    ("status in ['in_forse']", "`status` never holds `in_forse`; did you mean `in_force`?"),
    ("status == 3", "text is compared with a number"),
    ("created_ts > 3", "`created_ts` is a time, and `3` is a number: they cannot be compared"),
    ("hours_between(created_ts, asof) > hours(3)", "`hours(3)` is a length of time"),
    ("made_date + 3", "not allowed on date and number"),
    ("present('status')", "without quotation marks: `present(status)`"),
    ("matches(status, '([a-z')", "the pattern cannot be read"),
    ("names(live, 'x')", "`names(live, 'x')` cannot be worked out: name and condition by turns"),
    ("size(status)", "a list is needed, not `text`"),
    ("this.status == 'void'", "only `where` and `take`"),
]

FILES = {
    "tab.yaml": (GOOD.format(id="OWN-901").replace("  title", "\ttitle"), 3, "a tab character"),
    "set_in.yaml": (GOOD.format(id="OWN-902").replace("  when", "when"), 8, "is not set in as far"),
    "colon.yaml": (GOOD.format(id="OWN-903").replace("A title", "A: title"), 3, "a colon too many"),
    "quoted.yaml": (GOOD.format(id="OWN-904").replace("A title", "@home"), 3, "in quotation marks"),
    "twice.yaml": (GOOD.format(id="OWN-905") + "  fix: Again.\n", 13, "`fix` stands twice"),
    "bracket.yaml": (GOOD.format(id="OWN-906") + "- id: [unclosed\n", 14, "never closed"),
    "no_list.yaml": ("id: OWN-907\n", 1, "must be a list of entries"),
    "other.yml": (GOOD.format(id="OWN-908"), 0, "its name must end in `.yaml`"),
}


@pytest.fixture
def force(tmp_path: Path) -> Path:
    """A force with rules of its own, right as yet."""
    (tmp_path / "config" / "rules" / "facts").mkdir(parents=True)
    settings = SETTINGS_FILE.read_text().replace("data_dir", 'rules = "config/rules"\ndata_dir')
    (tmp_path / "config" / "mine.toml").write_text(settings)
    (tmp_path / "config" / "rules" / "own.yaml").write_text(GOOD.format(id="OWN-001"))
    return tmp_path


def faults(force: Path) -> list[str]:
    with pytest.raises(ConfigFaults) as raised:
        check_everything(force / "config" / "mine.toml", connect=False)
    return [str(fault) for fault in raised.value.faults]


def test_every_slip_is_told_at_once_at_its_line_in_plain_words(
    force: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """None is a traceback, none is silent, and none hides another."""
    rules, expected = "", []
    for number, (right, wrong, words) in enumerate(RULES, start=1):
        rule = GOOD.format(id=f"OWN-{number:03}").replace(right, wrong, 1)
        assert rule != GOOD.format(id=f"OWN-{number:03}")
        line = rules.count("\n") + rule[: rule.index(wrong)].count("\n") + wrong.count("\n") + 1
        expected.append((f"rules/own.yaml:{line}:", words))
        rules += rule
    folder = force / "config" / "rules"
    (folder / "own.yaml").write_text(rules)
    for name, (text, line, words) in FILES.items():
        (folder / name).write_text(text)
        expected.append((f"rules/{name}:{line}:" if line else f"rules/{name}:", words))
    facts = ""
    for number, (formula, said) in enumerate(FACTS, start=1):
        facts += f'- {{fact: f{number}, of: orders, means: A, formula: "{formula}"}}\n'
        if said:
            expected.append((f"facts/own.yaml:{number}:", said))
    (folder / "facts" / "own.yaml").write_text(facts)
    found = faults(force)
    for place, said in expected:
        assert [f for f in found if f.startswith(place) and said in f], (place, said, found)
    assert len(found) == len(expected)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        ("fact: status, of: orders, formula: live", "is the name of a field of `orders` already"),
        ("fact: live, of: orders, formula: eligible", "the fact at facts/order_common.yaml"),
        ("fact: own, of: order, formula: live", "there is no table `order`"),
        (
            "fact: own, of: orders, from: shares, match: {object_id: created_ts}, take: any",
            "`match` sets text equal to time",
        ),
        (
            "fact: own, of: orders, from: shares, match: {object_idd: order_id}, take: any",
            "reads `object_idd`, which is no field or fact of `shares`",
        ),
        (
            "fact: own, of: orders, from: shares, match: {object_id: order_id}, "
            "where: kind == 'victm', take: any",
            "`kind` never holds `victm`; did you mean `victim`?",
        ),
        (
            "fact: own, of: orders, from: shares, match: {object_id: order_id}, "
            "where: this.status == 'voyd', take: any",
            "`status` never holds `voyd`",
        ),
    ],
)
def test_a_slip_in_a_fact_says_what_would_be_right(force: Path, fact: str, words: str) -> None:
    own = force / "config" / "rules" / "facts" / "own.yaml"
    own.write_text(f"- {{{fact}, means: A}}\n")
    [found] = faults(force)
    assert found.startswith("facts/own.yaml:1:")
    assert words in found


def test_a_rule_that_reads_a_wrong_fact_is_not_wrong_itself(force: Path) -> None:
    folder = force / "config" / "rules"
    (folder / "own.yaml").write_text(GOOD.format(id="OWN-001").replace("eligible", "own"))
    (folder / "facts" / "own.yaml").write_text(
        "- {fact: own, of: orders, means: A, formula: livve}\n"
        "- {fact: reader, of: orders, means: A, formula: own == 3}\n"
    )
    [found] = faults(force)
    assert found.startswith("facts/own.yaml:1:")


def test_a_file_that_is_not_utf_8_is_told_with_its_line(force: Path) -> None:
    own = force / "config" / "rules" / "own.yaml"
    own.write_bytes(GOOD.format(id="OWN-001").replace("A title", "Caf\xe9").encode("latin-1"))
    [found] = faults(force)
    assert found.startswith("rules/own.yaml:3: the file is not saved as UTF-8")


def test_a_status_for_a_rule_that_is_none_is_told_with_file_and_line(force: Path) -> None:
    settings = force / "config" / "mine.toml"
    text = settings.read_text().replace("[rule_status]", '[rule_status]\n"ORD-REC-999" = "trial"')
    settings.write_text(text)
    line = text[: text.index("ORD-REC-999")].count("\n") + 1
    assert faults(force) == [f"mine.toml:{line}: `rule_status`: there is no rule `ORD-REC-999`"]


@pytest.mark.parametrize("regex", ["^(?!in_force)", "^(?=([A-Z]+)+!)x", r"(a)\1", "[a[b]]"])
def test_a_pattern_that_only_python_reads_is_a_slip(regex: str) -> None:
    """Python may run for ever on one; what Polars reads ends in a time that a text bounds."""
    name = "expect_column_values_to_match_regex"
    (told,) = wanting(name, {"column": "status", "regex": regex})
    assert "look-ahead" in told
    assert not list(wanting(name, {"column": "status", "regex": "^in_force"}))
    (told,) = wanting(name, {"column": "status", "regex": "^(in_force"})
    assert "a bracket or a sign is amiss" in told
