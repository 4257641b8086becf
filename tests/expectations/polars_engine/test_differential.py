"""The engine gives what GX's own pandas engine gives, on random frames, rules and formats."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl
import pytest

from expectations.polars_engine import failing_keys, map_metrics
from expectations.polars_engine.domain import Domain

from .cases import EXPECTATIONS, random_expectation
from .frames import random_frame, to_pandas
from .reference import Outcome, batch_of, results_of

#: Cases to run; `make differential` sets 20,000, by default a slice is run.
CASES = int(os.environ.get("POLARS_ENGINE_CASES", "160"))
SEED = int(os.environ.get("POLARS_ENGINE_SEED", "20241124"))
PER_FRAME = 20
ANY_NAMES = (None,) * PER_FRAME
KEYED: dict[str, Any] = {"result_format": "COMPLETE", "unexpected_index_column_names": ["id"]}
FORMATS: list[Any] = [
    "BOOLEAN_ONLY",
    "BASIC",
    "SUMMARY",
    "COMPLETE",
    KEYED,
    {**KEYED, "result_format": "SUMMARY"},
    {**KEYED, "exclude_unexpected_values": True},
    {"result_format": "BASIC", "partial_unexpected_count": 3},
]
#: Rules that read a value's text, for which integers must stay whole in pandas.
READS_TEXT = ("Lengths", "Regex", "Strftime", "Json", "Dateutil")


def reads_text(expectation: Any) -> bool:
    return any(word in type(expectation).__name__ for word in READS_TEXT)


def difference(rng: random.Random, names: Sequence[str | None] = ANY_NAMES) -> list[str]:
    """What differs between the engines on one random frame, and is not listed."""
    frame = random_frame(rng)
    expectations = [random_expectation(rng, f"R{i}", name) for i, name in enumerate(names)]
    result_format = rng.choice(FORMATS)
    ours = batch_of(frame)
    found = results_of(ours, expectations, result_format)
    keys = failing_keys(ours, expectations, ["id"])
    reference: dict[str, Any] = {}
    reference_keys: dict[str, Any] = {}
    for whole in (False, True):
        part = [e for e in expectations if reads_text(e) == whole]
        if part:
            pandas = to_pandas(frame, whole_numbers=whole)
            reference |= results_of(batch_of(pandas), part, result_format)
            same = result_format == KEYED
            reference_keys |= reference if same else results_of(batch_of(pandas), part, KEYED)
    wrong = []
    for expectation in expectations:
        rule = expectation.meta["rule"]
        told = apart(found[rule], reference[rule], type(expectation).__name__)
        if not told and found[rule].error is None and not is_of_type(type(expectation).__name__):
            listed = reference_keys[rule].result.get("unexpected_index_list") or []
            failing = keys.filter(keys["rule"] == rule)["id"].to_list()
            if failing != [row["id"] for row in listed]:
                told = f"keys {failing}, pandas {listed}"
        if told:
            kwargs = expectation.configuration.kwargs
            where = f"in {result_format} on {frame.height} rows"
            wrong.append(f"{type(expectation).__name__} {kwargs} {where}: {told}")
    return wrong


def is_of_type(name: str) -> bool:
    """GX on pandas judges a type by column; `test_semantics` holds what is the same."""
    return name in ("ExpectColumnValuesToBeOfType", "ExpectColumnValuesToBeInTypeList")


def apart(ours: Outcome, theirs: Outcome, name: str) -> str:
    """What two outcomes differ in."""
    if is_of_type(name):
        return ""
    if (ours.error is None) != (theirs.error is None):
        return f"ours raised {ours.error!r}, pandas {theirs.error!r}"
    if ours.error is not None:
        return ""
    if ours.success != theirs.success:
        return f"success {ours.success}, pandas {theirs.success}"
    keys = {k for k in {*ours.result, *theirs.result} if ours.result.get(k) != theirs.result.get(k)}
    if "None" in str(ours.result):
        # GX leaves these out where it cannot sort the values; None does not sort, pandas' NaN does
        keys -= {"partial_unexpected_counts"}
    return "".join(f"\n  {k}: {ours.result.get(k)}, pandas {theirs.result.get(k)}" for k in keys)


def test_equals_pandas_on_random_cases() -> None:
    rng = random.Random(SEED)
    wrong, ran = [], 0
    while ran < CASES:
        wrong += difference(rng)
        ran += PER_FRAME
    assert not wrong, f"{len(wrong)} of {ran} cases differ (seed {SEED}):\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize("name", sorted(EXPECTATIONS))
def test_every_expectation_is_among_the_cases(name: str) -> None:
    rng = random.Random(1)
    made = {type(random_expectation(rng, "R")).__name__ for _ in range(2000)}
    assert name in made


def on_one_row(form: Callable[..., pl.Expr]) -> Callable[..., pl.Expr]:
    """A form that is wrong about the third row and no other."""

    def wrong(domain: Domain, **values: Any) -> pl.Expr:
        right = form(domain, **values).fill_null(value=False)
        return right.xor(pl.int_range(pl.len()) == 2)

    return wrong


def test_a_form_that_is_wrong_about_one_row_is_found() -> None:
    """Every form at once, so that one that no case looks at would be left over."""
    left = {name for name in EXPECTATIONS if not is_of_type(name)}
    rng = random.Random(SEED)
    kept = {name: form.expression for name, form in map_metrics.FORMS.items()}
    try:
        for name, form in map_metrics.FORMS.items():
            object.__setattr__(form, "expression", on_one_row(kept[name]))
        for _ in range(40):
            if left:
                left -= {told.split(" ", 1)[0] for told in difference(rng, sorted(left))}
    finally:
        for name, form in map_metrics.FORMS.items():
            object.__setattr__(form, "expression", kept[name])
    assert not left


def test_a_row_condition_that_lets_a_row_go_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    read = map_metrics.to_expression
    monkeypatch.setattr(
        map_metrics, "to_expression", lambda *given: read(*given) & (pl.int_range(pl.len()) != 2)
    )
    rng = random.Random(SEED)
    assert any(difference(rng) for _ in range(20))
