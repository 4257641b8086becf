"""Tonight's failing records against the exceptions that were open: what opens, stays and closes.

A pure function over frames. Only a rule that is active and that ran tonight opens or closes
anything, save that a retired rule closes its own. An exception that was not looked at (its rule
did not run, or its record's state is not known) stays open with what was last known of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from jobs.ledger.frames import (
    DETAILS,
    FAILING,
    KEY,
    OPEN,
    OUTCOMES,
    RULES,
    STATUSES,
    WAIVERS,
    fit,
)

#: What a status of tonight closes an exception as; any other status closes nothing.
CLOSED_AS = {
    "passing": "fixed",
    "not_covered": "no_longer_applies",
    "void": "withdrawn_from_source",
    "absent": "withdrawn_from_source",
}

#: Where two sources carry one record: what keeps an exception open wins over what closes it, and
#: a record that was looked at wins over one that was not there.
_STATUS_ORDER = ("failing", "unknown", "passing", "not_covered", "void", "absent")
_SEVERITY_ORDER = ("critical", "high", "medium", "low")

#: The catalogue's statuses of rules that hold nobody to account.
_INACTIVE = ("trial", "retired")

#: What a new span of an episode records.
STATED = {"state": pl.String(), **DETAILS}


@dataclass(frozen=True)
class Transitions:
    """What a night does to the exceptions.

    Attributes:
        opened: New episodes: key, state and details.
        changed: Episodes that stay open and of which something else is known now: `exception_id`,
            `number`, state and details.
        closed: Episodes that close: `exception_id`, `number`, key and `closed_as`.
    """

    opened: pl.DataFrame
    changed: pl.DataFrame
    closed: pl.DataFrame


def reconcile(
    *,
    business_date: date,
    open_: pl.DataFrame,
    failing: pl.DataFrame,
    statuses: pl.DataFrame,
    outcomes: pl.DataFrame,
    rules: pl.DataFrame,
    waivers: pl.DataFrame,
) -> Transitions:
    """Decide what opens, what stays open and what closes, and as what.

    Args:
        business_date: The night.
        open_: The episodes open when the night began (`frames.OPEN`).
        failing: Tonight's failing records (`frames.FAILING`); those hidden by another rule's
            exception name it in `hidden_by`.
        statuses: What became of the open ones (`frames.STATUSES`); one without a status is unknown.
        outcomes: What became of each rule; only `ran` opens or closes.
        rules: The catalogue. A rule that is retired or back on trial closes what it had open; one
            that is not in the catalogue at all leaves it open.
        waivers: All waivers that may be in force.

    Returns:
        The transitions, in the order of the key.

    Raises:
        ValueError: A frame lacks a column.
    """
    open_ = fit(open_, OPEN, what="open episodes")
    inactive = fit(rules, RULES, what="rules").filter(pl.col("status").is_in(_INACTIVE))["rule_id"]
    ran = fit(outcomes, OUTCOMES, what="outcomes").filter(pl.col("outcome") == "ran")["rule_id"]
    looks = pl.col("rule_id").is_in(ran.implode()) & ~pl.col("rule_id").is_in(inactive.implode())
    failing = _one_a_key(fit(failing, FAILING, what="failing records").filter(looks))

    fated = _with_fate(open_, failing, statuses, retired=inactive, looks=looks)
    closed = fated.filter(pl.col("closed_as").is_not_null())
    staying = fated.filter(pl.col("closed_as").is_null())
    opened = failing.filter(pl.col("hidden_by").is_null()).join(
        open_.select(KEY), on=KEY, how="anti"
    )
    staying = _listed_again(staying, opened)

    in_force = fit(waivers, WAIVERS, what="waivers").filter(
        (pl.col("granted_on") <= business_date) & (pl.col("expires_on") >= business_date)
    )
    opened = _with_state(opened, in_force)
    staying = _with_state(staying, in_force)
    changed = staying.filter(
        pl.any_horizontal(pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in STATED)
    )
    return Transitions(
        opened=opened.select(*KEY, *STATED).sort(KEY),
        changed=changed.sort(KEY).select("exception_id", "number", *STATED),
        closed=closed.sort(KEY).select("exception_id", "number", *KEY, "closed_as"),
    )


def _one_a_key(failing: pl.DataFrame) -> pl.DataFrame:
    """One row a key: two sources may carry the same record, and both may fail."""
    if not failing.select(KEY).is_duplicated().any():
        return failing
    return failing.sort(
        pl.col("hidden_by").is_not_null(),
        _rank("severity", _SEVERITY_ORDER),
        *DETAILS,
        nulls_last=True,
    ).unique(KEY, keep="first", maintain_order=True)


def _rank(column: str, order: tuple[str, ...]) -> pl.Expr:
    numbers = {name: number for number, name in enumerate(order)}
    return pl.col(column).replace_strict(numbers, default=len(order), return_dtype=pl.Int8)


def _with_fate(
    open_: pl.DataFrame,
    failing: pl.DataFrame,
    statuses: pl.DataFrame,
    *,
    retired: pl.Series,
    looks: pl.Expr,
) -> pl.DataFrame:
    """The open episodes with `closed_as` and tonight's details; the former ones as `*_before`."""
    status = (
        fit(statuses, STATUSES, what="statuses of the open exceptions")
        .sort(_rank("status", _STATUS_ORDER))
        .unique(KEY, keep="first", maintain_order=True)
    )
    before = open_.rename({name: f"{name}_before" for name in STATED})
    seen = failing.with_columns(failing=pl.lit(value=True))
    joined = before.join(seen, on=KEY, how="left").join(status, on=KEY, how="left")
    fails = pl.col("failing").is_not_null()
    return joined.with_columns(
        pl.when(pl.col("rule_id").is_in(retired.implode()))
        .then(pl.lit("rule_retired"))
        .when(looks & ~fails)
        .then(pl.col("status").replace_strict(CLOSED_AS, default=None, return_dtype=pl.String))
        .alias("closed_as"),
        *(
            pl.when(fails).then(pl.col(name)).otherwise(pl.col(f"{name}_before")).alias(name)
            for name in DETAILS
        ),
    )


def _listed_again(staying: pl.DataFrame, opened: pl.DataFrame) -> pl.DataFrame:
    """Drop `hidden_by` where it was not looked at and what it hides behind is no longer open.

    Otherwise an exception of a rule that did not run would be behind nothing, in no list at all.
    """
    behind = (
        pl.concat([staying.select(KEY), opened.select(KEY)])
        .select(pl.col("rule_id").alias("hidden_by"), "records", "record_key")
        .unique()
        .with_columns(hider_open=pl.lit(value=True))
    )
    joined = staying.join(behind, on=["hidden_by", "records", "record_key"], how="left")
    alone = pl.col("failing").is_null() & pl.col("hider_open").is_null()
    return joined.with_columns(pl.when(~alone).then(pl.col("hidden_by")).alias("hidden_by"))


def _with_state(exceptions: pl.DataFrame, in_force: pl.DataFrame) -> pl.DataFrame:
    waived = in_force.select("rule_id", "record_key").unique()
    return exceptions.join(
        waived.with_columns(waived=pl.lit(value=True)), on=["rule_id", "record_key"], how="left"
    ).with_columns(
        pl.when(pl.col("waived").is_not_null())
        .then(pl.lit("waived"))
        .otherwise(pl.lit("open"))
        .alias("state")
    )
