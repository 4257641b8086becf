"""Keep small counts out of what the public may read.

A count of 1 to 4 (a setting) is shown `[c]`. Zeros are shown. That alone is not enough: a row that
adds up to a visible total gives its only hidden cell away, so more cells are hidden until nothing
can be worked out from what is left. Tables that share totals are protected together.

A hidden cell is taken as protected when two things hold:

* in every sum that it is part of and whose total is visible, the hidden parts together leave it a
  range at least as wide as that of a small count;
* there is another set of whole numbers, different in that cell, that fits everything visible (every
  hidden cell being 1 or more, since zeros are never hidden). Finding that other set is a proof:
  nobody can pin the cell down from the pack alone, by whatever arithmetic.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

#: What stands in the place of a hidden figure.
CONFIDENTIAL: Final = "[c]"

#: A count, or `[c]`.
Shown = int | str

_Key = TypeVar("_Key", bound=Hashable)

#: How many half-built alternatives are tried for one cell before more is hidden instead.
_PATIENCE: Final = 400

#: How many cells an alternative may change.
_REACH: Final = 14


@dataclass(frozen=True)
class Sum(Generic[_Key]):
    """A total and the parts that it is the sum of.

    Attributes:
        total: The key of the total.
        parts: The keys of the parts.
    """

    total: _Key
    parts: tuple[_Key, ...]


def is_small(count: int, below: int) -> bool:
    """Whether a count is one that is never shown."""
    return 1 <= count < below


def rate_is_hidden(numerator: int, denominator: int, *, below: int, minimum: int) -> bool:
    """Whether a percentage must not be shown.

    It is hidden when its denominator is too small, and when the numerator or the rest of the
    denominator is a small count, which the percentage would give away.
    """
    rest = denominator - numerator
    return denominator < minimum or is_small(numerator, below) or is_small(rest, below)


def hidden_cells(
    counts: Mapping[_Key, int],
    sums: Iterable[Sum[_Key]] = (),
    *,
    below: int,
    never_shown: Collection[_Key] = (),
    also: Collection[_Key] = (),
    public: Collection[_Key] = (),
    published: Collection[_Key] = (),
) -> frozenset[_Key]:
    """The cells that must be shown as `[c]`.

    Args:
        counts: Every count by its key, totals too. Counts that nobody publishes but that a reader
            could get by subtraction belong here too, and in `never_shown`.
        sums: The sums that a reader knows to hold among them.
        below: Counts from 1 to one less than this are hidden.
        never_shown: Keys of counts that are not published. They are guarded when small, and a
            reader knows of them only that they are 0 or more.
        also: Keys to hide whatever their count is; a zero is never hidden.
        public: Keys whose counts are not about people: hidden only to protect others.
        published: Keys of counts that a reader has already, in another pack or sheet: hidden only
            when they are small, for hiding them protects nothing.

    Returns:
        The published keys to hide.

    Raises:
        ValueError: A sum does not add up, or a count is below zero.
    """
    known = list(sums)
    _check(counts, known)
    system = _System(counts, known, below, frozenset(never_shown), frozenset(published))
    for key, count in counts.items():
        if (is_small(count, below) and key not in public) or (key in also and count > 0):
            system.hidden.add(key)
    system.hidden.update(system.silent)
    system.close()
    return frozenset(system.hidden - system.silent)


def suppress_list(counts: Sequence[int], *, below: int) -> tuple[list[Shown], Shown]:
    """A list of counts and its total, as they may be shown.

    Args:
        counts: The counts.
        below: Counts from 1 to one less than this are hidden.

    Returns:
        The counts in their order, and their total.
    """
    cells: dict[int, int] = dict(enumerate(counts))
    cells[-1] = sum(counts)
    hidden = hidden_cells(cells, [Sum(-1, tuple(range(len(counts))))], below=below)
    shown = [_show(cells[key], key in hidden) for key in range(len(counts))]
    return shown, _show(cells[-1], -1 in hidden)


def suppress_table(rows: Sequence[Sequence[int]], *, below: int) -> list[list[Shown]]:
    """A two-way table with its totals, as it may be shown.

    Args:
        rows: The counts, rows of equal length, without totals.
        below: Counts from 1 to one less than this are hidden.

    Returns:
        The table with a total at the end of each row and a row of totals at the end.
    """
    width = len(rows[0]) if rows else 0
    full = [[*row, sum(row)] for row in rows]
    full.append([sum(row[column] for row in full) for column in range(width + 1)])
    cells = {(r, c): count for r, row in enumerate(full) for c, count in enumerate(row)}
    sums = [Sum((r, width), tuple((r, c) for c in range(width))) for r in range(len(full))]
    sums += [Sum((len(rows), c), tuple((r, c) for r in range(len(rows)))) for c in range(width + 1)]
    hidden = hidden_cells(cells, sums, below=below)
    return [
        [_show(count, (r, c) in hidden) for c, count in enumerate(row)]
        for r, row in enumerate(full)
    ]


def _show(count: int, hide: bool) -> Shown:
    return CONFIDENTIAL if hide else count


def _check(counts: Mapping[_Key, int], sums: Iterable[Sum[_Key]]) -> None:
    below_zero = [key for key, count in counts.items() if count < 0]
    if below_zero:
        raise ValueError(f"counts cannot be below zero: {below_zero}")
    for known in sums:
        found = sum(counts[part] for part in known.parts)
        if found != counts[known.total]:
            raise ValueError(
                f"the parts of {known.total!r} add up to {found}, not to {counts[known.total]}"
            )


class _System(Generic[_Key]):
    """Counts, the sums among them, and what is hidden so far."""

    def __init__(
        self,
        counts: Mapping[_Key, int],
        sums: Sequence[Sum[_Key]],
        below: int,
        silent: frozenset[_Key],
        published: frozenset[_Key],
    ) -> None:
        self.counts = counts
        self.below = below
        self.silent = silent
        self.published = published
        self.hidden: set[_Key] = set()
        self.order = {key: place for place, key in enumerate(counts)}
        #: The sums as signed terms: parts count +1, the total -1, and together they make 0.
        self.terms: list[dict[_Key, int]] = []
        self.totals: list[_Key] = []
        self.sums_of: defaultdict[_Key, list[int]] = defaultdict(list)
        for known in sums:
            signs = dict.fromkeys(known.parts, 1)
            signs[known.total] = signs.get(known.total, 0) - 1
            if known.parts == (known.total,):
                continue
            for key in signs:
                self.sums_of[key].append(len(self.terms))
            self.terms.append(signs)
            self.totals.append(known.total)

    def least(self, key: _Key) -> int:
        """The least that a reader knows a hidden count to be."""
        return 0 if key in self.silent else 1

    def guarded(self) -> list[_Key]:
        """The hidden counts that must stay unknown: all but large ones that are never published."""
        return [
            key
            for key in sorted(self.hidden, key=self.order.__getitem__)
            if key not in self.silent or is_small(self.counts[key], self.below)
        ]

    def close(self) -> None:
        """Hide more until every guarded count is protected."""
        while True:
            if any(self._widen(number) for number in range(len(self.terms))):
                continue
            exposed = (key for key in self.guarded() if not self._has_alternative(key))
            if not any(self._hide_near(key) for key in exposed):
                return

    def _widen(self, number: int) -> bool:
        """Hide one more cell of a sum that gives its hidden parts too little room."""
        total, signs = self.totals[number], self.terms[number]
        parts = [key for key, sign in signs.items() if sign > 0 and key in self.hidden]
        if not parts:
            if total in self.hidden and total not in self.silent:
                return self._hide_one(number)
            return False
        if total in self.hidden or not self._any_guarded(parts):
            return False
        room = sum(self.counts[key] - self.least(key) for key in parts)
        if len(parts) > 1 and room >= self.below - 2:
            return False
        return self._hide_one(number)

    def _any_guarded(self, keys: Iterable[_Key]) -> bool:
        return any(key not in self.silent or is_small(self.counts[key], self.below) for key in keys)

    def _hide_near(self, key: _Key) -> bool:
        """Hide one more cell in a sum of `key`, else in the nearest that hidden cells lead to."""
        reached, frontier = set(self.sums_of[key]), list(self.sums_of[key])
        while frontier:
            if any(self._hide_one(number) for number in frontier):
                return True
            onward = (
                number
                for reached_sum in frontier
                for cell in self.terms[reached_sum]
                if cell in self.hidden
                for number in self.sums_of[cell]
            )
            frontier = [n for n in dict.fromkeys(onward) if n not in reached]
            reached.update(frontier)
        return False

    def _hide_one(self, number: int) -> bool:
        """Hide the smallest visible part of a sum, or its total when no part is left."""
        total, signs = self.totals[number], self.terms[number]
        visible = [
            key
            for key in signs
            if key not in self.hidden and key not in self.published and self.counts[key] > 0
        ]
        if not visible:
            return False
        parts = [key for key in visible if key != total] or visible
        self.hidden.add(min(parts, key=lambda key: (self.counts[key], self.order[key])))
        return True

    def _has_alternative(self, key: _Key) -> bool:
        """Whether other whole numbers, different at `key`, fit all that is visible."""
        return any(
            self._search({key: step}, [_PATIENCE])
            for step in (1, -1)
            if self.counts[key] + step >= self.least(key)
        )

    def _search(self, changes: dict[_Key, int], patience: list[int]) -> bool:
        """Mend the first sum that `changes` breaks by a step in another cell, and go on."""
        broken = self._broken(changes)
        if broken is None:
            return True
        if len(changes) >= _REACH or patience[0] <= 0:
            return False
        number, excess = broken
        signs = self.terms[number]
        options = [
            (key, -sign if excess > 0 else sign)
            for key, sign in signs.items()
            if key in self.hidden and key not in changes
        ]
        # Cells of few sums first: they break the least.
        options.sort(key=lambda option: len(self.sums_of[option[0]]))
        for key, step in options:
            if self.counts[key] + step < self.least(key):
                continue
            patience[0] -= 1
            if self._search({**changes, key: step}, patience):
                return True
        return False

    def _broken(self, changes: Mapping[_Key, int]) -> tuple[int, int] | None:
        excess: defaultdict[int, int] = defaultdict(int)
        for key, step in changes.items():
            for number in self.sums_of[key]:
                excess[number] += step * self.terms[number][key]
        return next(((number, found) for number, found in excess.items() if found), None)
