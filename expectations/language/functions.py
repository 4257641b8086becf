"""The functions that formulas may call, each one expression over columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, NamedTuple

import polars as pl

from expectations.extract import SOURCE_COLUMN
from expectations.language import clock
from expectations.night import Night

_MANY = 99


class Call(NamedTuple):
    """One call of a function.

    Attributes:
        night: The night, for clocks.
        words: The arguments as written.
        values: The arguments: expressions or plain values.
        supplied: The fields of the table that some source supplies tonight.
        lacking: The sources that deliver the table without one of those fields, by field.
    """

    night: Night
    words: tuple[str, ...]
    values: tuple[Any, ...]
    supplied: Collection[str]
    lacking: Mapping[str, Collection[str]]

    @property
    def exprs(self) -> list[pl.Expr]:
        """The arguments as expressions."""
        return [v if isinstance(v, pl.Expr) else pl.lit(v) for v in self.values]


@dataclass(frozen=True)
class Function:
    """A function of the formula language.

    Attributes:
        build: Makes the expression of a call.
        least: The fewest arguments that it takes.
        most: The most arguments that it takes.
        means: What it gives, for people who write rules.
        conditions: Its arguments are conditions, true or false.
    """

    build: Callable[[Call], pl.Expr]
    least: int
    most: int
    means: str
    conditions: bool = False

    @property
    def arguments(self) -> str:
        """How many arguments it takes, in words."""
        if self.least == self.most:
            return f"{self.least} argument{'s' if self.least != 1 else ''}"
        return (
            f"{self.least} or more arguments"
            if self.most == _MANY
            else (f"{self.least} to {self.most} arguments")
        )


def _present(expr: pl.Expr) -> pl.Expr:
    return expr.is_not_null()


def _supplied(call: Call) -> pl.Expr:
    """Whether the field is supplied, by the very source that the record came from."""
    name = call.words[0]
    without = call.lacking.get(name)
    if name not in call.supplied or not without:
        return pl.lit(name in call.supplied)
    return ~pl.col(SOURCE_COLUMN).is_in(list(without)).fill_null(False)


def _wait(call: Call) -> pl.Expr:
    """T + h hours; h hours after the end of the day where the time is not known."""
    start, known, hours = call.exprs
    since = (
        pl.when(known.fill_null(True))
        .then(start)
        .otherwise(clock.end_of_day(clock.local_date(start)))
    )
    return since + pl.duration(hours=hours)


def _disputed_day(call: Call) -> pl.Expr:
    first, last = call.exprs
    disputed = [pl.lit(day, pl.Date) for day in sorted(call.night.calendar.disputed)]
    within = [pl.when((first <= day) & (day <= last)).then(day) for day in disputed]
    return pl.coalesce(*within, pl.lit(None, pl.Date))


def _names_where(call: Call) -> pl.Expr:
    """The words of the arguments that are empty, as one text."""
    parts = [
        pl.when(value.is_null()).then(pl.lit(word))
        for word, value in zip(call.words, call.exprs, strict=True)
    ]
    return _listed(parts)


def _listed(parts: Sequence[pl.Expr]) -> pl.Expr:
    """The parts that are filled as one text, empty where none is."""
    text = pl.concat_str(parts, separator=", ", ignore_nulls=True)
    return pl.when(text != "").then(text)


def _named(call: Call) -> pl.Expr:
    """Name and condition by turns: the names whose condition holds, as one text."""
    pairs = zip(call.values[::2], call.exprs[1::2], strict=True)
    return _listed([pl.when(holds.fill_null(False)).then(pl.lit(name)) for name, holds in pairs])


def _first_named(call: Call) -> pl.Expr:
    """Name and condition by turns: the first name whose condition holds."""
    pairs = zip(call.values[::2], call.exprs[1::2], strict=True)
    return pl.coalesce(
        [pl.when(holds.fill_null(False)).then(pl.lit(name)) for name, holds in pairs]
    )


def _swapped(date: pl.Expr) -> pl.Expr:
    """The date with day and month exchanged, empty where that is no date."""
    day, month = date.dt.day(), date.dt.month()
    possible = pl.when(day <= 12).then(day)
    return pl.date(date.dt.year(), possible, month)


def _overlap(call: Call) -> pl.Expr:
    a, b = call.exprs
    return a.list.set_intersection(b).list.len() > 0


def _holds_all(call: Call) -> pl.Expr:
    a, b = call.exprs
    none = pl.lit([], pl.List(pl.String))
    return b.fill_null(none).list.set_difference(a.fill_null(none)).list.len() == 0


def _sorts_before(call: Call) -> pl.Expr:
    """Pairs are compared by turns until one differs; the empty one comes last."""
    result = pl.lit(False)
    for a, b in reversed(list(zip(call.exprs[::2], call.exprs[1::2], strict=True))):
        smaller = (a < b).fill_null(False) | (a.is_not_null() & b.is_null())
        result = pl.when(smaller).then(True).when(a.eq_missing(b)).then(result).otherwise(False)
    return result


def _out_of_order(call: Call) -> pl.Expr:
    """The first instant that comes before the nearest earlier one of the chain that is filled."""
    slack = pl.duration(minutes=call.exprs[0])
    links = zip(call.values[1::4], *(call.exprs[n::4] for n in (2, 3, 4)), strict=True)
    wrong: list[pl.Expr] = []
    last_at, last_known, last_name = (
        pl.lit(None, pl.Datetime("us", "UTC")),
        pl.lit(True),
        pl.lit(""),
    )
    for name, at, known, passed_over in links:
        timed = known.fill_null(True)
        before = (
            pl.when(timed & last_known)
            .then(at < last_at - slack)
            .otherwise(clock.local_date(at) < clock.local_date(last_at))
        ) & ~passed_over.fill_null(False)
        words = pl.concat_str(pl.lit(f"{name} before "), last_name)
        wrong.append(pl.when(before.fill_null(False)).then(words))
        filled = at.is_not_null()
        last_at = pl.coalesce(at, last_at)
        last_known = pl.when(filled).then(timed).otherwise(last_known)
        last_name = pl.when(filled).then(pl.lit(name)).otherwise(last_name)
    return pl.coalesce(wrong)


def _is_after(call: Call) -> pl.Expr:
    slack, at, at_known, other, other_known = call.exprs
    timed = at_known.fill_null(True) & other_known.fill_null(True)
    later = (
        pl.when(timed)
        .then(at > other + pl.duration(minutes=slack))
        .otherwise(clock.local_date(at) > clock.local_date(other))
    )
    return later.fill_null(False)


def _names_after(call: Call) -> pl.Expr:
    """Names of the instants past a limit; where the time is not known the dates decide."""
    limit = call.exprs[0]
    links = zip(call.values[1::3], call.exprs[2::3], call.exprs[3::3], strict=True)
    return _listed(
        [
            pl.when(
                pl.when(known.fill_null(True))
                .then(at > limit)
                .otherwise(clock.local_date(at) > clock.local_date(limit))
            ).then(pl.lit(name))
            for name, at, known in links
        ]
    )


def _check_letter(call: Call) -> pl.Expr:
    alphabet = call.values[1]
    number = call.exprs[0].cast(pl.Int64, strict=False)
    return pl.lit(alphabet).str.slice(number % len(alphabet), 1)


FUNCTIONS: dict[str, Function] = {
    "present": Function(
        lambda c: reduce(lambda a, b: a & b, map(_present, c.exprs)),
        1,
        _MANY,
        "true where every argument is filled",
    ),
    "absent": Function(
        lambda c: reduce(lambda a, b: a & b, [e.is_null() for e in c.exprs]),
        1,
        _MANY,
        "true where every argument is empty",
    ),
    "any_present": Function(
        lambda c: reduce(lambda a, b: a | b, map(_present, c.exprs)),
        1,
        _MANY,
        "true where at least one argument is filled",
    ),
    "any_absent": Function(
        lambda c: reduce(lambda a, b: a | b, [e.is_null() for e in c.exprs]),
        1,
        _MANY,
        "true where at least one argument is empty",
    ),
    "first": Function(
        lambda c: pl.coalesce(c.exprs), 1, _MANY, "the first argument that is filled"
    ),
    "earliest": Function(
        lambda c: pl.min_horizontal(c.exprs), 1, _MANY, "the earliest of those that are filled"
    ),
    "latest": Function(
        lambda c: pl.max_horizontal(c.exprs), 1, _MANY, "the latest of those that are filled"
    ),
    "minutes": Function(lambda c: pl.duration(minutes=c.exprs[0]), 1, 1, "a length of time"),
    "hours": Function(lambda c: pl.duration(hours=c.exprs[0]), 1, 1, "a length of time"),
    "days": Function(lambda c: pl.duration(days=c.exprs[0]), 1, 1, "a length of time"),
    "day": Function(lambda c: clock.local_date(c.exprs[0]), 1, 1, "the local date of an instant"),
    "end_of_day": Function(
        lambda c: clock.end_of_day(c.exprs[0]), 1, 1, "the last instant of a local date"
    ),
    "start_of_day": Function(
        lambda c: clock.start_of_day(c.exprs[0]), 1, 1, "the first instant of a local date"
    ),
    "counted": Function(
        lambda c: clock.counted_deadline(
            c.exprs[0], c.exprs[1], {*c.night.calendar.excluded, *c.night.calendar.disputed}
        ),
        2,
        2,
        "the statutory clock: when that many counted hours have run, disputed days left out",
    ),
    "counted_strict": Function(
        lambda c: clock.counted_deadline(
            c.exprs[0],
            c.exprs[1],
            set(c.night.calendar.excluded) - set(c.night.calendar.disputed),
        ),
        2,
        2,
        "the statutory clock with disputed days counted",
    ),
    "disputed_day": Function(
        _disputed_day, 2, 2, "the first disputed day from one date to another, both counted"
    ),
    "working_day_end": Function(
        lambda c: clock.working_day_deadline(
            c.exprs[0], c.exprs[1], c.night.calendar.bank_holidays
        ),
        2,
        2,
        "the end of the nth working day after a date",
    ),
    "wait": Function(
        _wait,
        3,
        3,
        "wait(instant, its time is known, hours): hours after the instant"
        ", or after the end of its day where the time is not known",
    ),
    "add_years": Function(
        lambda c: clock.add_years(c.exprs[0], c.exprs[1]),
        2,
        2,
        "the date some years on; 29 February becomes the 28th",
    ),
    "supplied": Function(
        _supplied,
        1,
        1,
        "true where the source of the record supplies the field",
    ),
    "days_between": Function(
        lambda c: (c.exprs[1] - c.exprs[0]).dt.total_days(),
        2,
        2,
        "whole days from one date to another",
    ),
    "hours_between": Function(
        lambda c: (c.exprs[1] - c.exprs[0]).dt.total_hours(),
        2,
        2,
        "whole hours between two instants",
    ),
    "minutes_between": Function(
        lambda c: (c.exprs[1] - c.exprs[0]).dt.total_minutes(),
        2,
        2,
        "whole minutes between two instants",
    ),
    "known": Function(
        lambda c: reduce(lambda a, b: a & b, [e.fill_null(True) for e in c.exprs]),
        1,
        _MANY,
        "true unless one of these `*_time_known` fields says no",
    ),
    "swapped": Function(
        lambda c: _swapped(c.exprs[0]), 1, 1, "a date with day and month exchanged"
    ),
    "matches": Function(
        lambda c: c.exprs[0].str.contains(f"^(?:{c.values[1]})$"),
        2,
        2,
        "true where the whole text matches a pattern",
    ),
    "upper": Function(lambda c: c.exprs[0].str.to_uppercase(), 1, 1, "the text in capitals"),
    "trimmed": Function(
        lambda c: c.exprs[0].str.strip_chars(), 1, 1, "the text without spaces at its ends"
    ),
    "no_spaces": Function(
        lambda c: c.exprs[0].str.replace_all(r"\s+", ""), 1, 1, "the text without spaces"
    ),
    "letters_digits": Function(
        lambda c: c.exprs[0].str.to_uppercase().str.replace_all(r"[^A-Z0-9]", ""),
        1,
        1,
        "the letters and digits of a text, in capitals",
    ),
    "length": Function(lambda c: c.exprs[0].str.len_chars(), 1, 1, "how many characters"),
    "size": Function(
        lambda c: c.exprs[0].list.len().fill_null(0), 1, 1, "how many members a list has"
    ),
    "overlap": Function(_overlap, 2, 2, "true where two lists share a member"),
    "united": Function(
        lambda c: reduce(
            lambda a, b: a.list.set_union(b),
            [e.fill_null(pl.lit([], pl.List(pl.String))) for e in c.exprs],
        ).list.sort(),
        1,
        _MANY,
        "the members of all lists, each once, in order",
    ),
    "shared": Function(
        lambda c: c.exprs[0].list.set_intersection(c.exprs[1]).list.sort(),
        2,
        2,
        "the members that two lists share, in order",
    ),
    "joined": Function(
        lambda c: c.exprs[0].list.join(", "), 1, 1, "the members of a list as one text"
    ),
    "names_empty": Function(_names_where, 1, _MANY, "the names of the arguments that are empty"),
    "names": Function(_named, 2, _MANY, "name and condition by turns: the names that hold"),
    "first_name": Function(
        _first_named, 2, _MANY, "name and condition by turns: the first name that holds"
    ),
    "holds_all": Function(
        _holds_all, 2, 2, "true where the first list holds every member of the second"
    ),
    "sorts_before": Function(
        _sorts_before,
        2,
        _MANY,
        "a and b by turns: true where the first row comes before the second, empty values last",
    ),
    "out_of_order": Function(
        _out_of_order,
        9,
        _MANY,
        "minutes of tolerance, then name, instant, its time is known, and whether to pass it over"
        ", by turns: the first one that comes before the nearest earlier one",
    ),
    "is_after": Function(
        _is_after,
        5,
        5,
        "minutes of tolerance, then twice an instant and whether its time is known: true where the"
        " first is the later; where a time is not known the dates decide",
    ),
    "names_after": Function(
        _names_after,
        4,
        _MANY,
        "a limit, then name, instant and whether its time is known, by turns: those past the limit",
    ),
    "texts": Function(
        lambda c: pl.concat_str([e.fill_null("") for e in c.exprs]),
        2,
        _MANY,
        "texts put together, an empty one being nothing",
    ),
    "without": Function(
        lambda c: c.exprs[0].str.replace_all(c.values[1], "", literal=True),
        2,
        2,
        "a text without every occurrence of another",
    ),
    "extract": Function(
        lambda c: c.exprs[0].str.extract(c.values[1]),
        2,
        2,
        "the part of a text that a pattern holds in its first brackets",
    ),
    "padded": Function(
        lambda c: c.exprs[0].str.zfill(c.values[1]), 2, 2, "digits filled up with noughts in front"
    ),
    "check_letter": Function(
        _check_letter,
        2,
        2,
        "the letter of an alphabet at the place that a number leaves when divided by its length",
    ),
    "instant": Function(
        lambda c: c.exprs[0].str.to_datetime("%+", strict=False, time_unit="us", time_zone="UTC"),
        1,
        1,
        "the instant that a text in ISO 8601 with its offset says, empty where it says none",
    ),
    "date": Function(
        lambda c: c.exprs[0].str.to_date("%Y-%m-%d", strict=False),
        1,
        1,
        "the date that a text in ISO 8601 says, empty where it says none",
    ),
    "all_of": Function(
        lambda c: reduce(lambda a, b: a & b, c.exprs), 1, _MANY, "every condition holds", True
    ),
    "any_of": Function(
        lambda c: reduce(lambda a, b: a | b, c.exprs), 1, _MANY, "some condition holds", True
    ),
    "how_many": Function(
        lambda c: pl.sum_horizontal([e.cast(pl.Int64) for e in c.exprs]),
        1,
        _MANY,
        "how many of the conditions hold",
        True,
    ),
}

#: Functions that say something about their arguments and never give the value of one.
TELL_ONLY = frozenset(
    [
        *(name for name, function in FUNCTIONS.items() if function.conditions),
        *(
            "supplied",
            "present",
            "absent",
            "any_present",
            "any_absent",
            "known",
            "matches",
            "overlap",
        ),
        *("names_empty", "names", "first_name", "size", "length"),
        *("holds_all", "sorts_before", "out_of_order", "is_after", "names_after"),
    ]
)
