"""Small counts stay hidden from a reader who knows arithmetic."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from reports.suppression import (
    CONFIDENTIAL,
    Sum,
    hidden_cells,
    rate_is_hidden,
    suppress_list,
    suppress_table,
)

COUNTS = st.one_of(st.integers(0, 6), st.integers(0, 60))


class Reader:
    """Someone who knows all that is published, and which sums hold, and can reckon.

    Args:
        shown: What is published, by key; `[c]` where it is hidden, and so not zero, `[x]` where
            it was not measured, and so any number.
        sums: (total, parts) pairs that the reader knows to hold.
    """

    def __init__(self, shown, sums):
        self.hidden = [key for key, value in shown.items() if value == CONFIDENTIAL]
        self.place = {key: number for number, key in enumerate(shown)}
        visible = [value for value in shown.values() if isinstance(value, int)]
        ceiling = 10 * (sum(visible) + 50)
        rows = np.zeros((len(sums), len(shown)))
        for number, (total, parts) in enumerate(sums):
            rows[number, self.place[total]] -= 1
            for part in parts:
                rows[number, self.place[part]] += 1
        least = {CONFIDENTIAL: 1}
        low = [v if isinstance(v, int) else least.get(v, 0) for v in shown.values()]
        high = [value if isinstance(value, int) else ceiling for value in shown.values()]
        self.known = {
            "constraints": LinearConstraint(rows, 0, 0) if sums else (),
            "bounds": Bounds(np.array(low, float), np.array(high, float)),
            "integrality": np.ones(len(shown)),
        }

    def solve(self, key, sign):
        """Whole numbers that fit all that is published, the least (1) or most (-1) at `key`."""
        goal = np.zeros(len(self.place))
        goal[self.place[key]] = sign
        return self.fit(goal)

    def fit(self, goal):
        """Whole numbers that fit all that is published, the least by `goal`."""
        result = milp(goal, **self.known)
        assert result.status == 0, result.message
        return np.rint(result.x).astype(int)

    def range_of(self, key):
        """The least and the most that a hidden count can be."""
        return tuple(int(self.solve(key, sign)[self.place[key]]) for sign in (1, -1))

    def pinned(self):
        """The hidden counts that can only be one number."""
        # A few answers by chance settle most of the counts at once.
        chance = np.random.default_rng(1)
        found, seen = (
            set(),
            [self.fit(chance.normal(size=len(self.place))) for _ in self.hidden[::9]],
        )
        for key in self.hidden:
            place = self.place[key]
            for sign in (1, -1):
                if len({answer[place] for answer in seen}) < 2:
                    seen.append(self.solve(key, sign))
            if len({answer[place] for answer in seen}) < 2:
                found.add(key)
        return found


def table_system(rows):
    """A published two-way table with totals, as keys and sums."""
    height, width = len(rows) - 1, len(rows[0]) - 1
    shown = {(r, c): value for r, row in enumerate(rows) for c, value in enumerate(row)}
    sums = [((r, width), [(r, c) for c in range(width)]) for r in range(height + 1)]
    sums += [((height, c), [(r, c) for r in range(height)]) for c in range(width + 1)]
    return shown, sums


@given(st.lists(COUNTS, min_size=1, max_size=6))
@settings(max_examples=60)
def test_no_hidden_count_of_a_list_can_be_found_out(counts):
    shown, total = suppress_list(counts, below=5)
    cells = dict(enumerate(shown)) | {"total": total}
    assert not Reader(cells, [("total", list(range(len(counts))))]).pinned(), (shown, total)


@given(
    st.integers(1, 5).flatmap(
        lambda width: st.lists(
            st.lists(COUNTS, min_size=width, max_size=width), min_size=1, max_size=6
        )
    )
)
@settings(max_examples=80)
def test_no_hidden_count_of_a_table_can_be_found_out(rows):
    published = suppress_table(rows, below=5)
    assert not Reader(*table_system(published)).pinned(), published


@given(
    st.integers(1, 5).flatmap(
        lambda width: st.lists(
            st.lists(COUNTS, min_size=width, max_size=width), min_size=1, max_size=6
        )
    ),
    st.integers(2, 8),
)
@settings(max_examples=100)
def test_what_is_shown_is_true_and_small_counts_and_only_they_or_others_are_hidden(rows, below):
    published = suppress_table(rows, below=below)
    full = [[*row, sum(row)] for row in rows]
    full.append([sum(row[c] for row in full) for c in range(len(full[0]))])
    for true, shown in zip(
        (count for row in full for count in row), (v for row in published for v in row), strict=True
    ):
        assert shown in (true, CONFIDENTIAL)
        assert not (1 <= true < below) or shown == CONFIDENTIAL
        assert true != 0 or shown == 0


def test_a_table_without_small_counts_is_shown_whole():
    assert suppress_table([[5, 0], [7, 90]], below=5) == [[5, 0, 5], [7, 90, 97], [12, 90, 102]]


def test_one_small_count_takes_another_with_it():
    shown, total = suppress_list([3, 30, 40], below=5)
    assert shown == [CONFIDENTIAL, CONFIDENTIAL, 40]
    assert total == 73


def test_two_ones_are_not_left_as_the_only_way_to_make_two():
    shown, total = suppress_list([1, 1, 10, 20], below=5)
    assert shown == [CONFIDENTIAL, CONFIDENTIAL, CONFIDENTIAL, 20]
    assert total == 32


def test_the_total_is_hidden_only_when_nothing_else_is_left():
    assert suppress_list([0, 3, 0], below=5) == ([0, CONFIDENTIAL, 0], CONFIDENTIAL)


def test_a_bridge_between_two_blocks_is_found():
    """Rows and columns each with two hidden cells, and yet one of them is fixed by the rest."""
    rows = [[4, 4, 50, 50], [4, 4, 3, 50], [50, 50, 4, 4], [50, 50, 4, 4]]
    assert not Reader(*table_system(suppress_table(rows, below=5))).pinned()


def test_more_is_hidden_further_off_when_all_beside_is_hidden_already():
    """Only the far totals give the 1 away: 11 - 5 - 5."""
    rows = [[0, 0, 0, 0], [0, 0, 2, 3], [2, 0, 0, 1], [3, 0, 0, 0]]
    assert not Reader(*table_system(suppress_table(rows, below=5))).pinned()


def test_tables_that_share_a_total_are_protected_together():
    counts = {"all": 40, "a": 3, "b": 37, "x": 38, "y": 2}
    sums = [Sum("all", ("a", "b")), Sum("all", ("x", "y"))]
    hidden = hidden_cells(counts, sums, below=5)
    assert hidden == {"a", "b", "x", "y"}


def test_a_small_rest_that_nobody_publishes_is_guarded_too():
    counts = {"all": 40, "shown": 38, "rest": 2}
    hidden = hidden_cells(counts, [Sum("all", ("shown", "rest"))], below=5, never_shown={"rest"})
    assert "shown" in hidden
    large = {"all": 40, "shown": 20, "rest": 20}
    assert not hidden_cells(large, [Sum("all", ("shown", "rest"))], below=5, never_shown={"rest"})


def test_cells_can_be_hidden_for_another_reason_but_never_a_zero():
    hidden = hidden_cells({"a": 70, "b": 0}, below=5, also={"a", "b"})
    assert hidden == {"a"}


def test_counts_that_are_not_about_people_are_hidden_only_for_others():
    counts = {"all": 43, "people": 41, "sources": 2}
    sums = [Sum("all", ("people", "sources"))]
    assert not hidden_cells(counts, sums, below=5, public={"sources"})
    mixed = {"all": 44, "people": 41, "few": 1, "sources": 2}
    hidden = hidden_cells(
        mixed, [Sum("all", ("people", "few", "sources"))], below=5, public={"sources"}
    )
    assert {"few", "sources"} <= hidden


def test_a_total_that_does_not_add_up_is_refused():
    with pytest.raises(ValueError, match="add up to 3, not to 4"):
        hidden_cells({"t": 4, "a": 3}, [Sum("t", ("a",))], below=5)
    with pytest.raises(ValueError, match="below zero"):
        hidden_cells({"a": -1}, below=5)


@pytest.mark.parametrize(
    ("numerator", "denominator", "hidden"),
    [(5, 9, True), (5, 10, False), (0, 10, False), (10, 10, False), (4, 100, True),
     (96, 100, True), (95, 100, False), (0, 0, True)],
)  # fmt: skip
def test_a_percentage_is_hidden_when_it_gives_a_small_count_away(numerator, denominator, hidden):
    assert rate_is_hidden(numerator, denominator, below=5, minimum=10) is hidden


def test_the_same_counts_are_always_hidden_the_same_way():
    rows = [[a * b % 7 for a in range(5)] for b in range(9)]
    once = suppress_table(rows, below=5)
    assert all(suppress_table(rows, below=5) == once for _ in range(3))


def test_the_reader_of_these_tests_finds_what_a_careless_table_gives_away():
    """Without second hiding the reader wins."""
    careless = {"a": CONFIDENTIAL, "b": 30, "total": 33}
    assert Reader(careless, [("total", ["a", "b"])]).pinned() == {"a"}
    for first, second in product(range(1, 3), repeat=2):
        pair = {"a": CONFIDENTIAL, "b": CONFIDENTIAL, "t": first + second}
        most = first + second - 1
        assert Reader(pair, [("t", ["a", "b"])]).range_of("a") == (1, most)
