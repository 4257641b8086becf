"""What the courts sent, and the occurrences that might have called for an order."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from jobs.demo.cases import case_columns
from jobs.demo.chance import Dice
from jobs.demo.people import assign
from jobs.demo.police_orders import moments

#: Result codes of the triggers that report each type.
_RESULTS: Mapping[str, str] = {
    **{"RO_CONV": "3047", "RO_ACQ": "3047", "CBO": "1177", "CBO_INT": "1178", "SHPO": "1179"},
    **{"STPO": "3285"},
}
_SEXUAL = ["SHPO"]
_FAMILY = ["NMO", "OCO", "FMPO", "FGMPO"]
#: Rows that concern no order of ours, worked and closed by the bureau.
_OTHERS = 60
OCCURRENCES = 1400


def court_feed(orders: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    """A row for each order that a court sent, with its `order_k`, and some that were not ours."""
    sent = orders.filter(
        pl.col("order_type").is_in([*_RESULTS, *_FAMILY])
        & (pl.col("force_role") == "enforcing")
        & pl.col("received_ts").is_not_null()
    )
    n = sent.height
    family = pl.col("order_type").is_in(_FAMILY)
    matched = dice.chance(n, 0.6)
    rows = sent.select(
        order_k="_k",
        source=pl.when(family)
        .then(dice.pick(n, {"hmcts": 7, "inbox": 3}))
        .otherwise(pl.lit("bichard")),
        trigger_code=pl.when(~family).then(
            pl.when(pl.col("order_type").is_in(_SEXUAL))
            .then(pl.lit("TRPR0004"))
            .otherwise(pl.lit("TRPR0003"))
        ),
        result_code=pl.col("order_type").replace_strict(dict(_RESULTS), default=None),
        # A restraining order's code does not say whether it followed a conviction.
        order_type=pl.col("order_type").replace({"RO_ACQ": "RO_CONV"}),
        event=pl.lit("made"),
        power_of_arrest_attached="power_of_arrest_attached",
        court_code="court_code",
        court_case_ref="court_case_ref",
        subject_key="subject_key",
        made_date="made_date",
        received_ts=pl.col("received_ts") - dice.hours(n, 0.1, 1),
        # The bureau matches every sexual order itself, whatever dates its record has.
        _matched=matched | pl.col("order_type").is_in(_SEXUAL),
        disposition=pl.lit("open"),
        _shown=pl.col("received_ts"),
    )
    others = pl.DataFrame({"received_ts": moments(dice, _OTHERS)}).select(
        source=pl.lit("bichard"),
        trigger_code=pl.lit("TRPR0003"),
        result_code=pl.lit("3047"),
        order_type=pl.lit("RO_CONV"),
        event=pl.lit("made"),
        court_code=pl.lit("C21ST00"),
        court_case_ref=pl.format("CASE-0-{}", pl.int_range(pl.len())),
        subject_key=pl.format("SUB-0-{}", pl.int_range(pl.len())),
        made_date=pl.col("received_ts").dt.date(),
        received_ts="received_ts",
        _matched=pl.lit(False),
        disposition=dice.pick(_OTHERS, {"not_ours": 6, "duplicate": 2, "cancelled": 1}),
        _shown="received_ts",
    )
    return pl.concat([rows, others], how="diagonal").with_columns(unit_code=pl.lit("PNC"))


def occurrences(dice: Dice) -> pl.DataFrame:
    """Domestic abuse occurrences; where a high risk was closed, an order was considered."""
    n = OCCURRENCES
    begun = pl.DataFrame({"received_ts": moments(dice, n)}).with_columns(
        order_type=pl.lit("OCCURRENCE")
    )
    cases = case_columns(begun, dice, "occurrence").with_columns(oic_unit="lpt")
    disposal = dice.pick(
        n,
        {
            **{"charged": 30, "nfa": 32, "caution": 6, "bail_no_conditions": 5},
            **{"bail_with_conditions": 15, "rui": 8, "community_resolution": 4},
        },
    )
    disposed = pl.col("received_ts") + dice.hours(n, 6, 200)
    frame = assign(cases, dice).select(
        "occurrence_no",
        "crime_ref",
        "subject_key",
        "protected_keys",
        "oic_unit",
        "lpt",
        "lsoa21",
        "imd_decile",
        occurrence_id=pl.format("OCC-{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(6)),
        subject_age_at_event=dice.whole(n, 18, 70),
        da_flag=pl.lit(True),
        stalking_flag=dice.chance(n, 0.1),
        risk_grade=dice.pick(n, {"high": 30, "medium": 40, "standard": 30}),
        reported_ts="received_ts",
        disposal_type=disposal,
        disposal_ts=disposed,
        suspect_charged=pl.Series("c", disposal == "charged"),
        suspect_remanded=pl.lit(False),
        created_ts=pl.col("received_ts") + dice.hours(n, 0.1, 2),
        source_system=pl.lit("Niche"),
    )
    high = pl.col("risk_grade") == "high"
    return (
        frame.with_columns(
            considered_ts=pl.when(high).then(pl.col("disposal_ts") + dice.hours(n, -4, 18))
        )
        .with_columns(
            considered_ts=pl.max_horizontal("considered_ts", "reported_ts"), _shown="created_ts"
        )
        .with_columns(considered_ts=pl.when(high).then("considered_ts"))
    )
