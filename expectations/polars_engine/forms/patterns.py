"""Regular expressions, and the patterns of SQL's LIKE."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from functools import cache

import polars as pl

from ..domain import Domain
from ..errors import BadArgument
from ..map_metrics import polars_form
from .distinct import judge_distinct

#: What Polars reads as sets within sets and as ends of words, and Python as the signs themselves.
_READ_OTHERWISE = re.compile(r"\\[<>]|\\[bB]\{|\[[^\]]*(?:\[(?!:)|&&|--|~~)")


@cache
def is_native(regex: str) -> bool:
    """Whether Polars compiles a regex, and to what Python would.

    Python alone has look-around and back-references.

    Raises:
        BadArgument: Neither can.
    """
    if not _READ_OTHERWISE.search(regex):
        with suppress(pl.exceptions.ComputeError):
            pl.Series([""]).str.contains(regex)
            return True
    try:
        re.compile(regex)
    except re.error as error:
        raise BadArgument(f"regex {regex!r} cannot be compiled: {error}") from None
    return False


def _contains(text: pl.Expr, regex: str) -> pl.Expr:
    if not isinstance(regex, str):
        raise BadArgument(f"a regex is text, and {regex!r} is not")
    if is_native(regex):
        return text.str.contains(regex)
    search = re.compile(regex).search
    return judge_distinct(text, lambda value: search(value) is not None)


def _each(text: pl.Expr, regexes: Iterable[str]) -> list[pl.Expr]:
    found = [_contains(text, regex) for regex in regexes]
    if not found:
        raise BadArgument("the list of patterns is empty")
    return found


@polars_form("column_values.match_regex")
def match_regex(d: Domain, regex: str) -> pl.Expr:
    """Text in which the regex is found."""
    return _contains(d.text, regex)


@polars_form("column_values.not_match_regex")
def not_match_regex(d: Domain, regex: str) -> pl.Expr:
    """Text in which the regex is not found."""
    return ~_contains(d.text, regex)


@polars_form("column_values.match_regex_list")
def match_regex_list(d: Domain, regex_list: list[str], match_on: str = "any") -> pl.Expr:
    """Text in which one, or each, of the regexes is found."""
    return _any_or_all(match_on, _each(d.text, regex_list))


@polars_form("column_values.not_match_regex_list")
def not_match_regex_list(d: Domain, regex_list: list[str]) -> pl.Expr:
    """Text in which none of the regexes is found."""
    return ~pl.any_horizontal(_each(d.text, regex_list))


def _like(d: Domain, pattern: str, escape: str | None) -> pl.Expr:
    """A LIKE pattern: `%` is any text, `_` any character; capitals count, as in standard SQL."""
    if not isinstance(pattern, str):
        raise BadArgument(f"a LIKE pattern is text, and {pattern!r} is not")
    if escape is not None and len(escape) != 1:
        raise BadArgument(f"escape is one character, and {escape!r} is not")
    d.require_text()
    regex, taken = "", False
    for character in pattern:
        if taken or character not in ("%", "_", escape):
            regex += re.escape(character)
            taken = False
        elif character == escape:
            taken = True
        else:
            regex += ".*" if character == "%" else "."
    if taken:
        raise BadArgument(f"LIKE pattern {pattern!r} ends in its escape character")
    return d.text.str.contains(f"(?s)^(?:{regex})$")


@polars_form("column_values.match_like_pattern")
def match_like(d: Domain, like_pattern: str, escape: str | None = None) -> pl.Expr:
    """Text that is like the pattern."""
    return _like(d, like_pattern, escape)


@polars_form("column_values.not_match_like_pattern")
def not_match_like(d: Domain, like_pattern: str, escape: str | None = None) -> pl.Expr:
    """Text that is not like the pattern."""
    return ~_like(d, like_pattern, escape)


@polars_form("column_values.match_like_pattern_list")
def match_like_list(
    d: Domain, like_pattern_list: list[str], match_on: str = "any", escape: str | None = None
) -> pl.Expr:
    """Text that is like one, or each, of the patterns."""
    found = [_like(d, pattern, escape) for pattern in like_pattern_list]
    if not found:
        raise BadArgument("the list of patterns is empty")
    return _any_or_all(match_on, found)


@polars_form("column_values.not_match_like_pattern_list")
def not_match_like_list(
    d: Domain, like_pattern_list: list[str], escape: str | None = None
) -> pl.Expr:
    """Text that is like none of the patterns."""
    return ~match_like_list(d, like_pattern_list, "any", escape)


def _any_or_all(match_on: str, found: list[pl.Expr]) -> pl.Expr:
    if match_on not in ("any", "all"):
        raise BadArgument(f'match_on is "any" or "all", and {match_on!r} is neither')
    return pl.any_horizontal(found) if match_on == "any" else pl.all_horizontal(found)
