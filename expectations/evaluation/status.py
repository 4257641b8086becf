"""What the rules found on a night, and what became of exceptions that were known before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from expectations.evaluation.exceptions import KEY
from expectations.evaluation.outcomes import SET_ASIDE
from expectations.evaluation.unseen import UNSURE_SCHEMA, Absence

_ROW = "__row"


@dataclass(frozen=True)
class Evaluation:
    """What the rules found on a night.

    Attributes:
        failing: Exceptions, columns of `EXCEPTION_SCHEMA`; one row a rule and record.
        due_soon: Records not yet right that are due within `due_soon_h`; same columns.
        outcomes: One row a rule, columns of `OUTCOME_SCHEMA`.
        tables: The tables with their facts, for the measures.
        covered: For each kind of record, `record_key`, `set_aside` and a column for each rule
            that ran: whether it covered the record; empty where it did not look at it.
        unsure: Records of which a rule closes nothing whatever it found, columns of
            `UNSURE_SCHEMA`: two different rows gave them, or something that the rule reads.
        absences: For each kind of record of which rows were rejected, which records may be there
            although they were not read.
    """

    failing: pl.DataFrame
    due_soon: pl.DataFrame
    outcomes: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]
    covered: Mapping[str, pl.DataFrame]
    unsure: pl.DataFrame = field(default_factory=UNSURE_SCHEMA.to_frame)
    absences: Mapping[str, Absence] = field(default_factory=dict)

    def status_of(self, exceptions: pl.DataFrame) -> pl.DataFrame:
        """What became of exceptions known before.

        Args:
            exceptions: Columns `rule_id`, `records`, `record_key`.

        Returns:
            The same rows and order with `status`: `failing`, `passing`, `not_covered`, `void`
            (entered in error, or a test), `absent` (no such record tonight) or `unknown` (the
            rule did not run, or the record was not read whole).
        """
        parts = [
            self._status(str(records), part)
            for (records,), part in exceptions.with_row_index(_ROW).group_by("records")
        ]
        if not parts:
            return exceptions.with_columns(pl.lit(None, pl.String).alias("status"))
        return pl.concat(parts).sort(_ROW).drop(_ROW)

    def _status(self, records: str, part: pl.DataFrame) -> pl.DataFrame:
        ran = self.outcomes.filter(pl.col("outcome") == "ran").get_column("rule_id")
        known = self.covered.get(records)
        if known is None:
            return part.with_columns(pl.lit("unknown").alias("status"))
        absence = self.absences.get(records)
        mine = part.select(KEY).unique().join(known, on=KEY, how="inner")
        status = (
            pl.when(~pl.col("rule_id").is_in(ran.implode()))
            .then(pl.lit("unknown"))
            .when(pl.col("present").is_null())
            .then(
                pl.when(absence.unknown() if absence else pl.lit(value=False))
                .then(pl.lit("unknown"))
                .otherwise(pl.lit("absent"))
            )
            .when(pl.col("covered").is_null())  # the rule ran, but not on this one
            .then(pl.lit("unknown"))
            .when(pl.col("fails"))
            .then(pl.lit("failing"))
            .when(pl.col("unsure"))
            .then(pl.lit("unknown"))
            .when(pl.col(SET_ASIDE))
            .then(pl.lit("void"))
            .when(pl.col("covered"))
            .then(pl.lit("passing"))
            .otherwise(pl.lit("not_covered"))
        )
        key = ["rule_id", "records", KEY]
        failing = self.failing.select(key).unique().with_columns(fails=pl.lit(value=True))
        unsure = self.unsure.select(key).unique().with_columns(unsure=pl.lit(value=True))
        return (
            part.join(mine.select(KEY, present=pl.lit(value=True)), on=KEY, how="left")
            .join(_long(mine), on=[KEY, "rule_id"], how="left")
            .join(failing, on=key, how="left")
            .join(unsure, on=key, how="left")
            .select(*part.columns, status.alias("status"))
        )


def _long(covered: pl.DataFrame) -> pl.DataFrame:
    """A row a rule and record; where no rule ran there are none, but of the same types."""
    rules = [name for name in covered.columns if name not in (KEY, SET_ASIDE)]
    schema = {
        KEY: pl.String(),
        SET_ASIDE: pl.Boolean(),
        "rule_id": pl.String(),
        "covered": pl.Boolean(),
    }
    if not rules:
        return pl.DataFrame(schema=schema)
    return covered.unpivot(
        rules, index=[KEY, SET_ASIDE], variable_name="rule_id", value_name="covered"
    ).cast(schema)  # type: ignore[arg-type]
