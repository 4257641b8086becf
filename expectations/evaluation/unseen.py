"""What was not read whole tonight: records that a rule looks away from or closes nothing of.

A record of which a rule reads an unread cell, or whose own row was rejected, is not looked at. A
record that two different rows gave is looked at and may fail, but nothing of it is put right. While
a source rejected a row whose key is not known, no record that it delivered before is gone.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import reduce

import polars as pl

from config.records import Records
from expectations.catalogue import Rule, coverage
from expectations.evaluation.exceptions import KEY, key_text
from expectations.extract import SOURCE_COLUMN, Extract
from expectations.facts import Column, FactBook, Unread, doubted, unread
from expectations.language import Test
from expectations.night import Night

#: Records of which a rule closes nothing.
UNSURE_SCHEMA = pl.Schema(
    {"rule_id": pl.String(), "records": pl.String(), "record_key": pl.String()}
)


@dataclass(frozen=True)
class Absence:
    """Which records of a kind may be there although they were not read.

    Attributes:
        rejected: The keys of rows that were rejected as a whole.
        sources: The sources that rejected a row whose key is not known; None among them stands for
            any source.
        last: The records of before tonight, `record_key` and `_source` of their last versions.
    """

    rejected: pl.Series
    sources: frozenset[str | None]
    last: pl.DataFrame

    def unknown(self) -> pl.Expr:
        """Whether a record that no table has tonight may be there all the same."""
        known = pl.col(KEY).is_in(self.rejected.implode())
        if not self.sources:
            return known
        if None in self.sources:
            return pl.lit(value=True)
        told = self.last.get_column(KEY).unique().implode()
        theirs = self._theirs().get_column(KEY).unique().implode()
        return known | ~pl.col(KEY).is_in(told) | pl.col(KEY).is_in(theirs)

    def half_seen(self, frame: pl.DataFrame) -> pl.Series:
        """Records that are there from one source while the row of another may be a rejected one."""
        if not self.sources or SOURCE_COLUMN not in frame.columns:
            return pl.Series(KEY, [], pl.String)
        return (
            self._theirs()
            .join(frame.select(KEY, SOURCE_COLUMN), on=[KEY, SOURCE_COLUMN], how="anti")
            .join(frame.select(KEY), on=KEY, how="semi")
            .get_column(KEY)
        )

    def _theirs(self) -> pl.DataFrame:
        if None in self.sources:
            return self.last
        return self.last.filter(pl.col(SOURCE_COLUMN).is_in(sorted(s for s in self.sources if s)))


def absences(extract: Extract, records: Records) -> dict[str, Absence]:
    """What may be there unread, for each kind of record of which rows were rejected."""
    found = {}
    for name, rows in extract.rejected.items():
        if rows.is_empty() or name not in records.tables:
            continue
        key = records[name].key
        rows = records[name].complete(rows)
        whole = pl.all_horizontal(pl.col(part).is_not_null() for part in key)
        keys = rows.filter(whole).select(key_text(key)).get_column(KEY)
        sources: frozenset[str | None] = frozenset()
        if SOURCE_COLUMN in rows.columns:
            sources = frozenset(rows.filter(~whole).get_column(SOURCE_COLUMN))
        elif keys.len() < rows.height:
            sources = frozenset([None])
        last = extract.last_sources.get(name)
        found[name] = Absence(
            keys.unique(),
            sources,
            pl.DataFrame(schema={KEY: pl.String, SOURCE_COLUMN: pl.String})
            if last is None
            else last.select(key_text(key), pl.col(SOURCE_COLUMN)).unique(),
        )
    return found


@dataclass(frozen=True)
class Unseen:
    """What was not read whole on a night.

    Attributes:
        unread: Cells that could not be read, followed through the facts.
        doubt: What hangs on records that two different rows gave.
        absences: What may be there although it was not read, by kind of record.
    """

    unread: Unread
    doubt: Unread
    absences: Mapping[str, Absence]

    @classmethod
    def of(
        cls,
        extract: Extract,
        tables: Mapping[str, pl.DataFrame],
        wanted: Collection[Column],
        book: FactBook,
        records: Records,
    ) -> Unseen:
        """What of an extract was not read whole.

        Args:
            extract: The records.
            tables: Its tables with their facts.
            wanted: The columns that rules read.
            book: The book of facts.
            records: The field dictionary.
        """
        missing = absences(extract, records)
        return cls(
            unread=unread(tables, extract.rejected, wanted, book, records),
            doubt=doubted(
                tables, _in_doubt(extract, tables, missing, records), wanted, book, records
            ),
            absences=missing,
        )

    def away(self, rule: Rule, frame: pl.DataFrame, night: Night) -> pl.Series | None:
        """The keys of the records that a rule looks away from; None where there are none.

        A record that the rule leaves out by what could be read is left out, whatever stood in the
        cells that could not.

        Args:
            rule: The rule.
            frame: The records with their facts and `record_key`.
            night: The night, for settings.
        """
        found = []
        mask = self.unread.any(rule.records, rule.read)
        if mask is not None and mask.any():
            rows = frame.filter(mask)
            left_out = self._left_out(rule, frame, mask, night)
            found.append(rows.filter(~left_out).get_column(KEY))
        if rule.records in self.absences:
            found.append(self.absences[rule.records].rejected)
        keys = pl.concat(found).unique() if found else None
        return None if keys is None or keys.is_empty() else keys

    def _left_out(
        self, rule: Rule, frame: pl.DataFrame, mask: pl.Series, night: Night
    ) -> pl.Series:
        rows = frame.filter(mask)
        said = coverage(rule, night)

        def certain(test: Test, wanted: bool) -> pl.Series:
            """Whether a test is known to come out so."""
            met = rows.select(test.expression().alias("met")).get_column("met")
            cells = self.unread.cells.get((rule.records, test.field))
            sure = met if wanted else ~met
            return sure if cells is None else sure & ~cells.filter(mask)

        out = [certain(test, wanted=False) for test in said.when]
        out += [
            reduce(operator.and_, (certain(test, wanted=True) for test in group))
            for group in said.exempt
            if group
        ]
        nobody = pl.repeat(value=False, n=rows.height, dtype=pl.Boolean, eager=True)
        return reduce(operator.or_, out, nobody)

    def unsure(self, rule: Rule, frame: pl.DataFrame) -> pl.DataFrame | None:
        """The records of which a rule closes nothing, columns of `UNSURE_SCHEMA`."""
        mask = self.doubt.any(rule.records, rule.read)
        if mask is None or not mask.any():
            return None
        return (
            frame.filter(mask)
            .select(pl.lit(rule.id).alias("rule_id"), pl.lit(rule.records).alias("records"), KEY)
            .unique()
        )


def _in_doubt(
    extract: Extract,
    tables: Mapping[str, pl.DataFrame],
    missing: Mapping[str, Absence],
    records: Records,
) -> dict[str, pl.Series]:
    """By table, whether a row stands for a record that two different rows gave."""
    rows = {}
    for name in {*extract.doubted, *missing} & records.tables.keys() & tables.keys():
        key = records[name].key
        frame = tables[name].with_columns(key_text(key))
        keys = [missing[name].half_seen(frame)] if name in missing else []
        if name in extract.doubted:
            twice = extract.doubted[name].with_columns(
                pl.col(part).cast(records[name].schema[part]) for part in key
            )
            keys.append(twice.select(key_text(key)).get_column(KEY))
        mask = frame.get_column(KEY).is_in(pl.concat(keys).implode()).fill_null(False)
        if mask.any():
            rows[name] = mask
    return rows
