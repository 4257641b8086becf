"""Nights on which rows were counted as sent are no past that rows read are compared with."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import sqlalchemy as sa

from jobs.ledger.models import metadata, source_nights
from jobs.ledger.sources import COLUMNS, SourceNight, past, record
from tests.jobs.ledger.ledger_oracle import FIRST


def test_a_night_that_counted_rows_as_sent_has_no_count_of_rows_read() -> None:
    column = {"source": "s", "column": "Ref", "field": "order_id", "cells": 9, "type": ""}
    statistics = pl.DataFrame([column], schema=COLUMNS)
    days = [FIRST + timedelta(days=n) for n in range(3)]
    engine = sa.create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("PRAGMA foreign_keys = OFF"))
        for day in days[:2]:
            night = SourceNight(day, "s", "orders", "accepted", rows=9, columns=statistics)
            record(connection, day, [night])
        connection.execute(
            sa.update(source_nights)
            .where(source_nights.c.business_date == days[0])
            .values(columns=statistics.to_dicts())
        )
        found = past(connection, "s", days[2], 28)
    assert [night.rows for night in found] == [None, 9]
    assert [night.columns.get_column("field").to_list() for night in found] == [["order_id"]] * 2
