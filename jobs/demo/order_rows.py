"""The rows that belong to orders: people, conditions, reviews, shares, national updates.

Every frame has `order_k` (the demo's name of the order) and `_shown`, from when the row is there.
"""

from __future__ import annotations

import polars as pl

from config.records import TIMESTAMP
from jobs.demo.chance import Dice
from jobs.demo.order_life import DA, SOON, VICTIM
from jobs.demo.when import LAST_DAY, days

_CONDITIONS = [
    ("no_contact", "Not to contact \u201cthe protected person\u201d by any means"),
    ("exclusion_zone", "Not to enter the area marked on the map that is attached"),
    ("address", "Not to go within 100 metres of the address that the order names"),
    ("online", "Not to post anything about \u201cthe protected person\u201d"),
]
_SEXUAL = [
    ("online", "Not to use a device that can reach the internet unless it can be inspected"),
    ("requirement", "To let officers inspect any device on request"),
]
_FINDINGS = [
    "Safety plan checked and every action on it is in hand",
    "Risk has not changed since the last review; contact continues",
    "Enquiries are up to date and the next steps are agreed",
    "Flag, marker and national record checked and found right",
]


def parties(orders: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """The subject and the protected people of each order."""
    subject = orders.select(
        order_k="_k",
        role=pl.lit("subject"),
        party_key="subject_key",
        age_at_event="subject_age_at_made",
        home_force="_subject_force",
        _shown="created_ts",
    )
    guarded = orders.explode("protected_keys", empty_as_null=False).filter(
        pl.col("protected_keys").is_not_null()
    )
    protected = guarded.select(
        order_k="_k",
        role=pl.lit("protected"),
        party_key="protected_keys",
        age_at_event=dice.whole(guarded.height, 17, 74),
        home_force="_protected_force",
        _shown="created_ts",
    )
    return pl.concat([subject, protected])


def conditions(orders: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """One to four conditions of every order; a notification order has none of its own."""
    with_them = orders.filter(
        (pl.col("order_type") != "NOTIF")
        & pl.col("_v_made").fill_null(pl.col("issued_ts")).is_not_null()
    )
    offender = pl.col("order_type").is_in(["SHPO", "SHPO_INT", "SRO", "SRO_INT", "STPO", "STRO"])
    n = with_them.height
    usual, sexual = _wordings(_CONDITIONS), _wordings(_SEXUAL)
    number = pl.when(offender).then(2).otherwise(dice.whole(n, 1, 4))
    rows = (
        with_them.with_columns(_n=number, _list=pl.when(offender).then(sexual).otherwise(usual))
        .with_columns(pl.col("_list").list.head(pl.col("_n")))
        .explode("_list")
        .unnest("_list")
    )
    trafficking = with_them.filter(pl.col("order_type").is_in(["STPO", "STRO"])).with_columns(
        kind=pl.lit("notification"), text=pl.lit("To notify name and address within three days")
    )
    columns = ["_k", "kind", "text", "_shown", "_end_at"]
    shown = pl.coalesce("_v_made", "issued_ts").alias("_shown")
    both = pl.concat(
        [rows.with_columns(shown).select(columns), trafficking.with_columns(shown).select(columns)]
    )
    return both.rename({"_k": "order_k"}).with_columns(
        seq=pl.int_range(pl.len()).over("order_k").cast(pl.Int64) + 1
    )


def _wordings(wordings: list[tuple[str, str]]) -> pl.Expr:
    return pl.lit([{"kind": kind, "text": text} for kind, text in wordings])


def reviews(orders: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """Supervisory reviews: the first within a day, then at steps shorter than the limit."""
    looked = orders.filter(pl.col("_reviewed") & pl.col("_known").is_not_null())
    n = looked.height
    first = (
        pl.when("_notice")
        .then(pl.col("issued_ts") + dice.hours(n, 1, 20))
        .otherwise(pl.col("_known") + dice.hours(n, *SOON))
    )
    step = pl.col("_interval").replace_strict({7: 5, 14: 11, 28: 24, 90: 80}).cast(pl.Int64)
    until = pl.min_horizontal(
        pl.coalesce("_end_at", pl.lit(LAST_DAY).cast(TIMESTAMP)),
        pl.lit(LAST_DAY).cast(TIMESTAMP),
    )
    looked = looked.with_columns(_first=first, _step=step, _until=until)
    count = ((pl.col("_until") - pl.col("_first")).dt.total_days() // pl.col("_step")).clip(0)
    periodic = (
        looked.filter(~pl.col("_notice"))
        .with_columns(_i=pl.int_ranges(1, count + 1))
        .explode("_i", empty_as_null=False)
        .filter(pl.col("_i").is_not_null())
    )
    inspected = looked.filter(~pl.col("_notice") & (pl.col("risk_grade") == "high"))
    left = looked.filter(
        (pl.col("force_role") == "applicant")
        & pl.col("order_type").is_in(["DVPO", "DAPO", "SPO"])
        & pl.col("_s_superseded").is_null()
        & pl.col("_s_refused").is_null()
        & pl.col("_end_at").is_not_null()
    )
    kinds = [
        _review(looked, "initial", "sgt", "supervisor_id", pl.col("_first")),
        _review(
            periodic,
            "periodic",
            "sgt",
            "supervisor_id",
            pl.col("_first") + days(pl.col("_i") * pl.col("_step")),
        ),
        _review(
            inspected,
            "periodic",
            "insp",
            "_inspector",
            pl.col("_known") + dice.hours(inspected.height, 30, 100),
        ),
        _review(
            left, "exit", "sgt", "supervisor_id", pl.col("_end_at") + dice.hours(left.height, 4, 30)
        ),
    ]
    rows = pl.concat(kinds)
    number = pl.int_range(pl.len())
    finding = dice.of(_FINDINGS, rows.height)
    return rows.with_columns(
        object_type=pl.lit("order"),
        outcome=dice.pick(rows.height, {"no_action": 6, "actions_set": 3, "escalate": 1}),
        text=pl.format("{} (entry {})", pl.lit(finding), number),
    )


def _review(
    frame: pl.DataFrame, kind: str, level: str, reviewer: str, moment: pl.Expr
) -> pl.DataFrame:
    return frame.select(
        order_k="_k",
        kind=pl.lit(kind),
        level=pl.lit(level),
        reviewer_id=reviewer,
        reviewed_ts=moment,
        _shown=moment,
    )


def shares(orders: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """Everybody who was told or asked about an order, each in time."""
    known = orders.filter(pl.col("_known").is_not_null())
    da_order = pl.col("order_type").is_in(DA) & ~pl.col("_notice")
    has_victim = pl.col("order_type").is_in(VICTIM) & (pl.col("protected_keys").list.len() > 0)
    high = pl.col("risk_grade") == "high"
    child = pl.col("protected_child_flag").fill_null(False)
    parts = [
        _share(known, "victim", has_victim, "_known", SOON, dice),
        _share(
            known,
            "victim",
            has_victim & pl.col("_s_varied").is_not_null(),
            "_s_varied",
            (1, 20),
            dice,
        ),
        _share(
            known,
            "victim",
            has_victim & pl.col("_s_discharged").is_not_null(),
            "_s_discharged",
            (1, 20),
            dice,
        ),
        _share(known, "marac", da_order & high, "_known", SOON, dice),
        _share(known, "idva", da_order & pl.col("_safeguard"), "_known", SOON, dice),
        _share(
            known,
            "csc",
            child & pl.col("order_type").is_in([*DA, "FMPO", "FGMPO"]),
            "_known",
            SOON,
            dice,
        ),
        *(
            _share(known, "other_force", pl.col(force) != "21", "_known", SOON, dice, force)
            for force in ("_subject_force", "_protected_force")
        ),
    ]
    return pl.concat(parts).with_columns(object_type=pl.lit("order"))


def _share(
    frame: pl.DataFrame,
    kind: str,
    where: pl.Expr,
    after: str,
    within: tuple[float, float],
    dice: Dice,
    force: str | None = None,
) -> pl.DataFrame:
    """Rows of one kind; one in ten victims and services is answered by a reason instead."""
    rows = frame.filter(where)
    n = rows.height
    moment = pl.col(after) + dice.hours(n, *within)
    told = (
        pl.lit("done")
        if kind not in ("victim", "idva")
        else dice.pick(n, {"done": 9, "declined": 1})
    )
    return rows.with_columns(_shown=moment, status=told).select(
        order_k="_k",
        kind=pl.lit(kind),
        direction=pl.lit("out"),
        sent_ts="_shown",
        method=dice.of(["phone", "email", "system", "in_person"], n),
        status="status",
        reason=pl.when(pl.col("status") != "done").then(pl.lit("Asked, and said no")),
        recipient_force=pl.col(force) if force else pl.lit(None, pl.String),
        _shown="_shown",
    )


def national_updates(orders: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """When the national record of an order was changed: after each variation."""
    varied = orders.filter(
        pl.col("_s_varied").is_not_null() & pl.col("national_record_ts").is_not_null()
    )
    return varied.select(
        order_k="_k", _shown=pl.col("_s_varied") + dice.hours(varied.height, 1, 20)
    )


def text_facts(column: str = "text") -> list[pl.Expr]:
    """What conform works out of a wording: its length, a hash, whether it is a placeholder."""
    plain = pl.col(column).str.strip_chars().str.replace_all(r"\s+", " ")
    return [
        plain.str.len_chars().cast(pl.Int64).alias("text_len"),
        plain.hash(0).cast(pl.String).alias("text_hash"),
    ]
