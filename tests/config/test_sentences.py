"""Sentences: what they take, and what they never take."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from config import sentences
from config.sentences import is_said, joined, say

LISTED = {
    "t.rows": "{rows:count} rows of {source:name} lack {fields:fields}",
    "t.when": "read on {day:day}, at {at:moment}, {age:age} old, {part:share}",
    "t.error": "the database said {state:sqlstate} ({error:class}), text as {encoding:encoding}",
}


@pytest.fixture(autouse=True)
def listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentences, "sentences", lambda: LISTED)
    sentences._pattern.cache_clear()
    monkeypatch.setattr(sentences, "_pattern", sentences._pattern.__wrapped__)


ROWS = {"rows": 1200, "source": "rms_orders", "fields": ["orders.made_date", "orders.status"]}


def test_facts_are_set_in() -> None:
    assert str(say("t.rows", **ROWS)) == (
        "1,200 rows of rms_orders lack orders.made_date, orders.status"
    )
    moment = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
    said = say("t.when", day=date(2026, 11, 4), at=moment, age=24.35, part=0.125)
    assert str(said) == (
        "read on 4 November 2026, at 24 November 2026 at 02:30, 24 hours and 21 minutes old, 12.5%"
    )


@pytest.mark.parametrize(
    ("code", "facts", "error"),
    [
        ("t.none", {}, KeyError),
        ("t.rows", {"rows": 1}, KeyError),
        ("t.rows", {**ROWS, "rows": "3 JOHN SMITH"}, TypeError),
        ("t.rows", {**ROWS, "rows": True}, TypeError),
        ("t.rows", {**ROWS, "fields": ["JOHN SMITH"]}, ValueError),
        ("t.rows", {**ROWS, "source": "JOHN SMITH"}, ValueError),
        ("t.error", {"state": "JOHN SMITH", "error": OSError, "encoding": "utf-8"}, ValueError),
        ("t.error", {"state": "22007", "error": OSError, "encoding": "SMITH"}, LookupError),
    ],
)
def test_anything_else_is_refused(code: str, facts: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        say(code, **facts)


def test_an_error_gives_its_class_and_not_its_words() -> None:
    said = say("t.error", state="22007", error=ValueError("JOHN SMITH"), encoding="CP1252")
    assert str(said) == "the database said 22007 (ValueError), text as cp1252"


def test_a_text_is_known_as_said() -> None:
    both = joined([say("t.rows", **ROWS), say("t.rows", **{**ROWS, "rows": 2})])
    assert is_said(both)
    for text in (f"{both} JOHN SMITH", f"JOHN SMITH {both}", "", "x; " + both):
        assert not is_said(text)


def test_the_list_is_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    found = sentences.sentences()
    assert found
    assert not [code for code, template in found.items() if "; " in template]


def test_every_short_form_is_of_some_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    codes = list(sentences.sentences())
    short = [code.removeprefix("short.") for code in codes if code.startswith("short.")]
    assert short
    assert [one for one in short if not any(c.startswith(one) for c in codes)] == []
