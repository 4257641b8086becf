"""Reviews signed off by the dozen: the same words on many orders within minutes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from config.records import TIMESTAMP
from jobs.demo.fault import ALL, Nights
from jobs.demo.when import cut_off


@dataclass(frozen=True)
class Bulk:
    """A run of identical reviews by one supervisor.

    Attributes:
        first: Number of its first review.
        reviews: How many orders it signs off.
        begins: When.
        every: Seconds between two.
        checked: An inspector has checked a sample.
        nights: The nights on which it must be found; none if it is no bulk.
        what: What it is, in words.
    """

    first: int
    reviews: int
    begins: datetime
    every: int
    nights: Nights
    what: str
    checked: bool = False

    @property
    def key(self) -> str:
        """The reference of its first review, which the exception is keyed by."""
        return f"REV-{self.first}"


#: The first is there all the time; the second is a day old only on the third night. The others
#: just are no bulk: nine orders, a run that takes too long, a sample that was checked.
BULKS: tuple[Bulk, ...] = (
    Bulk(9100001, 12, datetime(2026, 11, 18, 10, tzinfo=UTC), 20, ALL,
         "twelve identical reviews in four minutes"),
    Bulk(9200001, 10, datetime(2026, 11, 22, 14, tzinfo=UTC), 33, (3,),
         "ten identical reviews in five minutes"),
    Bulk(9300001, 9, datetime(2026, 11, 12, 9, tzinfo=UTC), 10, (), "nine identical reviews"),
    Bulk(9400001, 10, datetime(2026, 11, 13, 9, tzinfo=UTC), 34, (),
         "ten identical reviews in more than five minutes"),
    Bulk(9500001, 14, datetime(2026, 11, 16, 9, tzinfo=UTC), 10, (),
         "fourteen identical reviews of which a sample was checked", checked=True),
)  # fmt: skip


def with_bulks(tables: Mapping[str, pl.DataFrame], night: date) -> dict[str, pl.DataFrame]:
    """The tables with the bulk reviews, all of them of orders that ended long ago."""
    reviews = tables["reviews"]
    over = (
        tables["orders"]
        .filter(
            (pl.col("order_type") == "NMO")
            & (pl.col("status") == "expired")
            & pl.col("order_id").str.contains(r"^ORD-0")
        )
        .sort("order_id")
        .get_column("order_id")
    )
    who = (
        tables["staff"]
        .filter((pl.col("unit_code") == "HANLEY") & pl.col("active_to").is_null())
        .get_column("staff_id")
        .sort()
        .last()
    )
    rows = []
    for bulk in BULKS:
        for n in range(bulk.reviews):
            moment = bulk.begins + timedelta(seconds=n * bulk.every)
            rows.append(
                {
                    "review_id": f"REV-{bulk.first + n}",
                    "object_type": "order",
                    "object_id": over[n],
                    "level": "sgt",
                    "kind": "periodic",
                    "reviewed_ts": moment,
                    "reviewer_id": who,
                    "outcome": "no_action",
                    "text": f"Reviewed, no change since the last review ({bulk.first})",
                    "updated_ts": moment,
                    "sample_checked_ts": bulk.begins + timedelta(days=1) if bulk.checked else None,
                }
            )
    added = pl.DataFrame(
        rows,
        schema_overrides=dict.fromkeys(
            ["reviewed_ts", "updated_ts", "sample_checked_ts"], TIMESTAMP
        ),
    ).filter(pl.col("reviewed_ts") <= cut_off(night))
    return {**tables, "reviews": pl.concat([reviews, added], how="diagonal")}
