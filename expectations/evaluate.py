"""One night's rules over one night's records: what fails, what passes, what could not be run.

Great Expectations validates; this module decides which rules can run, works out the facts that
they read, and turns failing rows into exceptions. What stands behind the validation is
`validate.py`: a frame and a suite in, failing rows and an outcome for each rule out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import polars as pl

from config.records import TIMESTAMP, Records
from expectations.catalogue import SOURCES, Catalogue, Rule
from expectations.clock import end_of_day
from expectations.facts import Computed, FactBook, compute
from expectations.facts.book import Column
from expectations.night import Night
from expectations.suites import coverage
from expectations.validate import validate

#: Columns of the exceptions of a night.
EXCEPTION_SCHEMA = pl.Schema(
    {
        "rule_id": pl.String(),
        "rule_version": pl.Int64(),
        "theme": pl.String(),
        "dimension": pl.String(),
        "severity": pl.String(),
        "status": pl.String(),
        "records": pl.String(),
        "record_key": pl.String(),
        "unit_code": pl.String(),
        "lpt": pl.String(),
        "order_type": pl.String(),
        "due_ts": TIMESTAMP,
        "evidence": pl.String(),
        "hidden_by": pl.String(),
    }
)

#: Columns of the outcomes of a night, one row a rule.
OUTCOME_SCHEMA = pl.Schema(
    {
        "rule_id": pl.String(),
        "records": pl.String(),
        "outcome": pl.String(),
        "reason": pl.String(),
        "evaluated": pl.Int64(),
        "failed": pl.Int64(),
        "hidden": pl.Int64(),
        "unsupplied_exempt": pl.List(pl.String),
    }
)

#: The field that lists placeholders, which is made for every source.
SENTINELS = "sentinel_fields"

_ROW = "__row"
_KEY = "record_key"
#: Facts that a table may have, and what they are for: who owns a record, and whether it was
#: entered in error or is a test.
OWNER, SET_ASIDE = "owner_unit", "set_aside"


@dataclass(frozen=True)
class Extract:
    """The canonical records of a night.

    Attributes:
        tables: Each canonical table, complete, one frame a kind of record; and `order_types`.
        supplied: The fields that some source supplies, by table.
        held: Tables any of whose sources is held tonight, each with the reason.
    """

    tables: Mapping[str, pl.DataFrame]
    supplied: Mapping[str, Collection[str]]
    held: Mapping[str, str] = field(default_factory=dict)


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
    """

    failing: pl.DataFrame
    due_soon: pl.DataFrame
    outcomes: pl.DataFrame
    tables: Mapping[str, pl.DataFrame]
    covered: Mapping[str, pl.DataFrame]

    def status_of(self, exceptions: pl.DataFrame) -> pl.DataFrame:
        """What became of exceptions known before.

        Args:
            exceptions: Columns `rule_id`, `records`, `record_key`.

        Returns:
            The same rows and order with `status`: `failing`, `passing`, `not_covered`, `void`
            (entered in error, or a test), `absent` (no such record tonight) or `unknown` (the
            rule did not run).
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
        failing = self.failing.select("rule_id", "records", _KEY).unique()
        known = self.covered.get(records)
        if known is None:
            return part.with_columns(pl.lit("unknown").alias("status"))
        rules = [name for name in known.columns if name not in (_KEY, SET_ASIDE)]
        mine = part.select(_KEY).unique().join(known, on=_KEY, how="inner")
        long = mine.unpivot(
            rules, index=[_KEY, SET_ASIDE], variable_name="rule_id", value_name="covered"
        )
        status = (
            pl.when(~pl.col("rule_id").is_in(ran.implode()))
            .then(pl.lit("unknown"))
            .when(pl.col("present").is_null())
            .then(pl.lit("absent"))
            .when(pl.col("covered").is_null())  # the rule ran, but not on this one
            .then(pl.lit("unknown"))
            .when(pl.col("fails"))
            .then(pl.lit("failing"))
            .when(pl.col(SET_ASIDE))
            .then(pl.lit("void"))
            .when(pl.col("covered"))
            .then(pl.lit("passing"))
            .otherwise(pl.lit("not_covered"))
        )
        return (
            part.join(mine.select(_KEY, pl.lit(True).alias("present")), on=_KEY, how="left")
            .join(long, on=[_KEY, "rule_id"], how="left")
            .join(
                failing.with_columns(pl.lit(True).alias("fails")),
                on=["rule_id", "records", _KEY],
                how="left",
            )
            .select(*part.columns, status.alias("status"))
        )


@dataclass(frozen=True)
class Finding:
    """An exception that does not come from a frame of records: a source that failed a gate."""

    rule: Rule
    record_key: str
    unit_code: str
    evidence: str


def finding_frame(findings: Iterable[Finding]) -> pl.DataFrame:
    """Findings as exceptions, columns of `EXCEPTION_SCHEMA`."""
    return pl.DataFrame(
        [
            {
                **_rule_columns(finding.rule),
                "record_key": finding.record_key,
                "unit_code": finding.unit_code,
                "evidence": finding.evidence,
            }
            for finding in findings
        ],
        schema=EXCEPTION_SCHEMA,
    )


def _rule_columns(rule: Rule) -> dict[str, str | int]:
    """The columns of an exception that its rule decides."""
    return {
        "rule_id": rule.id,
        "rule_version": rule.version,
        "theme": rule.theme,
        "dimension": rule.dimension,
        "severity": rule.severity,
        "status": rule.status,
        "records": rule.records,
    }


@dataclass
class _Outcome:
    """What became of one rule, while it is being found out."""

    rule: Rule
    outcome: str = "ran"
    reason: str | None = None
    evaluated: int | None = None
    failed: int | None = None
    unsupplied: list[str] = field(default_factory=list)


def evaluate(
    extract: Extract,
    catalogue: Catalogue,
    records: Records,
    book: FactBook,
    night: Night,
    *,
    also: Collection[Column] = (),
) -> Evaluation:
    """Test the records of a night with every rule that is not retired.

    Args:
        extract: The canonical records.
        catalogue: The rules.
        records: The field dictionary.
        book: The book of facts.
        night: The night.
        also: Facts to work out beside those that the rules read.
    """
    outcomes = {
        rule.id: _Outcome(rule)
        for rule in catalogue
        if rule.status != "retired" and rule.records != SOURCES
    }
    for outcome in outcomes.values():
        _can_run(outcome, extract, records, book)
    runnable = [o.rule for o in outcomes.values() if o.outcome == "ran"]
    computed = compute(
        extract.tables, {*_wanted(runnable, book), *also}, book, night, extract.supplied
    )
    _broken_facts(outcomes, computed, book)
    failing: list[pl.DataFrame] = []
    due_soon: list[pl.DataFrame] = []
    covered: dict[str, pl.DataFrame] = {}
    for table in sorted({o.rule.records for o in outcomes.values()}):
        mine = [o for o in outcomes.values() if o.rule.records == table and o.outcome == "ran"]
        if table in extract.held:
            continue
        frame = _keyed(computed.tables[table], records[table].key)
        masks = _covered(frame, mine, night)
        found = _validated(table, frame, mine, night)
        covered[table] = masks
        for outcome in mine:
            if outcome.outcome != "ran":
                continue
            rows = frame.filter(pl.col(_ROW).is_in(found[outcome.rule.id].implode()))
            late, soon = _by_due(rows, outcome, night)
            failing.append(_exceptions(late, outcome.rule, records, book))
            due_soon.append(_exceptions(soon, outcome.rule, records, book))
            pending = rows.height - late.height
            outcome.evaluated = int(masks.get_column(outcome.rule.id).sum())
            if outcome.rule.pending == "not_covered":
                outcome.evaluated -= pending
                covered[table] = _uncover(covered[table], outcome.rule.id, rows, late)
            outcome.failed = failing[-1].height
    hidden = _hide(_stack(failing, EXCEPTION_SCHEMA), catalogue, outcomes)
    return Evaluation(
        failing=hidden,
        due_soon=_stack(due_soon, EXCEPTION_SCHEMA),
        outcomes=_outcome_frame(outcomes.values(), hidden),
        tables=computed.tables,
        covered=covered,
    )


def _can_run(outcome: _Outcome, extract: Extract, records: Records, book: FactBook) -> None:
    """Whether tonight's sources allow the rule to run."""
    rule = outcome.rule
    wanted = [(rule.records, name) for name in rule.columns | _owned(rule, book)]
    held = sorted(book.tables(wanted) & extract.held.keys())
    if held:
        outcome.outcome, outcome.reason = "held", extract.held[held[0]]
        return
    needs = rule.needs or tuple(((rule.records, name),) for name in sorted(rule.tested))
    missing = [need for need in needs if not any(_supplied(c, extract, records) for c in need)]
    if missing:
        outcome.outcome = "not_supplied"
        names = sorted(" or ".join(".".join(column) for column in need) for need in missing)
        outcome.reason = f"no source supplies {', '.join(names)}"
        return
    named = {column for need in needs for column in need}
    outcome.unsupplied = sorted(
        ".".join(column)
        for column in book.base((rule.records, name) for name in (*rule.columns,)) - named
        if not _supplied(column, extract, records)
    )


def _supplied(column: tuple[str, str], extract: Extract, records: Records) -> bool:
    table, name = column
    if table not in records.tables:
        return True
    if records.field(table, name) is None or name == SENTINELS:
        return bool(extract.supplied.get(table))  # made for every source
    return name in extract.supplied.get(table, ())


def _owned(rule: Rule, book: FactBook) -> set[str]:
    """The facts that every exception of the table reads."""
    return {
        name
        for name in (OWNER, SET_ASIDE, "lpt", "order_type")
        if (rule.records, name) in book.facts
    }


def _wanted(rules: Iterable[Rule], book: FactBook) -> set[tuple[str, str]]:
    return {(rule.records, name) for rule in rules for name in rule.columns | _owned(rule, book)}


def _broken_facts(outcomes: Mapping[str, _Outcome], computed: Computed, book: FactBook) -> None:
    """Rules that read a fact which could not be worked out."""
    for outcome in outcomes.values():
        rule = outcome.rule
        bad = sorted(
            (rule.records, name)
            for name in rule.columns | _owned(rule, book)
            if (rule.records, name) in computed.broken
        )
        if bad and outcome.outcome == "ran":
            outcome.outcome, outcome.reason = "could_not_run", computed.broken[bad[0]]


def _keyed(frame: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The frame with a row number and the record's key as one text."""
    text = pl.concat_str([pl.col(part) for part in key], separator="|", ignore_nulls=True)
    return frame.with_columns(text.alias(_KEY)).with_row_index(_ROW)


def _covered(frame: pl.DataFrame, outcomes: Sequence[_Outcome], night: Night) -> pl.DataFrame:
    """`record_key`, `set_aside` and whether each rule covers the record."""
    aside = pl.col(SET_ASIDE) if SET_ASIDE in frame.columns else pl.lit(False)
    masks = [coverage(o.rule, night).expression().alias(o.rule.id) for o in outcomes]
    table = frame.lazy().select(_KEY, aside.alias(SET_ASIDE), *masks).collect()
    if table.get_column(_KEY).is_duplicated().any():
        table = table.group_by(_KEY, maintain_order=True).agg(
            pl.col(SET_ASIDE).all(), *(pl.col(o.rule.id).any() for o in outcomes)
        )
    return table


def _validated(
    table: str, frame: pl.DataFrame, outcomes: Sequence[_Outcome], night: Night
) -> dict[str, pl.Series]:
    """The failing rows of each rule by Great Expectations; rules that could not run are marked."""
    if not outcomes:
        return {}
    result = validate(frame, table, [o.rule for o in outcomes], night, row=_ROW)
    for outcome in outcomes:
        reason = result.could_not_run.get(outcome.rule.id)
        if reason is not None:
            outcome.outcome, outcome.reason = "could_not_run", reason
    return dict(result.failing)


def _by_due(
    rows: pl.DataFrame, outcome: _Outcome, night: Night
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Failing rows that are past due, and those due soon. `asof = due` is still in time."""
    due = outcome.rule.due
    if due is None:
        return rows, rows.clear()
    at = _instant(pl.col(due), rows.schema[due])
    horizon = night.asof + timedelta(hours=night.thresholds["due_soon_h"].value)
    late = rows.filter((at < night.asof).fill_null(True))
    return late, rows.filter((at >= night.asof) & (at <= horizon))


def _instant(expr: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    return end_of_day(expr) if dtype == pl.Date else expr


def _uncover(
    masks: pl.DataFrame, rule_id: str, rows: pl.DataFrame, late: pl.DataFrame
) -> pl.DataFrame:
    """A record that is not yet due is not covered."""
    pending = rows.join(late.select(_ROW), on=_ROW, how="anti").get_column(_KEY)
    if pending.is_empty():
        return masks
    waits = pl.col(_KEY).is_in(pending.implode())
    return masks.with_columns((pl.col(rule_id) & ~waits).alias(rule_id))


def _exceptions(rows: pl.DataFrame, rule: Rule, records: Records, book: FactBook) -> pl.DataFrame:
    """Failing rows as exceptions, one a record."""
    if rows.is_empty():
        return EXCEPTION_SCHEMA.to_frame()
    has = rows.schema
    unit = rule.unit or (OWNER if OWNER in has else records[rule.records].unit)
    due = _instant(pl.col(rule.due), has[rule.due]) if rule.due else pl.lit(None)
    columns: dict[str, pl.Expr] = {
        **{name: pl.lit(value) for name, value in _rule_columns(rule).items()},
        "record_key": pl.col(_KEY),
        "unit_code": pl.col(unit) if unit else pl.lit(None),
        "lpt": pl.col("lpt") if "lpt" in has else pl.lit(None),
        "order_type": pl.col("order_type") if "order_type" in has else pl.lit(None),
        "due_ts": due,
        "evidence": _evidence(rule, has),
        "hidden_by": pl.lit(None),
    }
    return rows.select(
        expr.cast(EXCEPTION_SCHEMA[name]).alias(name) for name, expr in columns.items()
    ).unique("record_key", keep="first", maintain_order=True)


def _evidence(rule: Rule, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    """The shown fields as JSON text; instants in ISO 8601, UTC."""
    if not rule.shows:
        return pl.lit("{}")
    parts = [
        pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias(name)
        if isinstance(schema[name], pl.Datetime)
        else pl.col(name)
        for name in rule.shows
    ]
    return pl.struct(parts).struct.json_encode()


def _hide(
    failing: pl.DataFrame, catalogue: Catalogue, outcomes: Mapping[str, _Outcome]
) -> pl.DataFrame:
    """Name the rule that reports the root cause.

    A trial rule, or one that did not run, hides nothing.
    """
    pairs = [
        (rule.id, other, rank)
        for rule in catalogue
        for rank, other in enumerate(rule.unless)
        if other in outcomes
        and outcomes[other].outcome == "ran"
        and outcomes[other].rule.status == "active"
    ]
    if failing.is_empty() or not pairs:
        return failing
    causes = pl.DataFrame(
        pairs, schema={"rule_id": pl.String, "cause": pl.String, "rank": pl.Int64}, orient="row"
    )
    found = (
        failing.select("rule_id", "records", _KEY)
        .join(causes, on="rule_id")
        .join(
            failing.select(pl.col("rule_id").alias("cause"), "records", _KEY),
            on=["cause", "records", _KEY],
        )
        .sort("rank")
        .unique(["rule_id", "records", _KEY], keep="first")
        .select("rule_id", "records", _KEY, pl.col("cause").alias("hidden_by"))
    )
    return failing.drop("hidden_by").join(
        found, on=["rule_id", "records", _KEY], how="left", maintain_order="left"
    )


def _outcome_frame(outcomes: Iterable[_Outcome], failing: pl.DataFrame) -> pl.DataFrame:
    hidden = dict(
        failing.filter(pl.col("hidden_by").is_not_null()).group_by("rule_id").len().iter_rows()
    )
    return pl.DataFrame(
        [
            {
                "rule_id": o.rule.id,
                "records": o.rule.records,
                "outcome": o.outcome,
                "reason": o.reason,
                "evaluated": o.evaluated if o.outcome == "ran" else None,
                "failed": o.failed if o.outcome == "ran" else None,
                "hidden": hidden.get(o.rule.id, 0) if o.outcome == "ran" else None,
                "unsupplied_exempt": o.unsupplied,
            }
            for o in outcomes
        ],
        schema=OUTCOME_SCHEMA,
    )


def _stack(frames: Sequence[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    return pl.concat(frames) if frames else schema.to_frame()
