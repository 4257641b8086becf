"""What a source delivers, told in a few words, and what the dataset gates say of it.

The words are those of `tests/jobs/gates/cases/*.yaml`, which the head of the file explains.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl
from ruamel.yaml import YAML

from config.records import UNREADABLE
from config.reference import load_reference
from config.settings import Source
from expectations.catalogue.catalogue import Catalogue
from expectations.catalogue.setup import load_expectations
from expectations.extract import FILE, ROW, Extract
from jobs.conform import REJECTS, Conformed, SourceMapping, conform, load_mapping
from jobs.gates.links import link_gates
from jobs.gates.model import GateInput, GateResult
from jobs.gates.rows import rows_read
from jobs.gates.run import run_gates
from jobs.gates.unit_rows import unit_counts
from jobs.ledger import SourceNight
from jobs.pull import DeliveredFile, Delivery
from jobs.pull.delivery import BAD_ROWS, unique_headers

FOLDER = Path(__file__).with_name("cases")
AS_OF = "2026-11-24 02:30"
VERDICTS = ("fails", "passes", "not_covered", "not_supplied", "could_not_run")
_ABOUT_CASE = frozenset(
    ["rule", "kind", "case", "then", "severity", "action", "shows", "says", "behind"]
)
_ABOUT_SOURCE = frozenset(
    ["rows", "columns", "headers", "types", "stamp", "unread", "settings", "mapping", "past"]
) | {
    *("sources", "held", "accepted", "active_units", "asof", "key", "kept"),
    *("incomplete", "sizes", "headless", "spoilt", "out_of_range", "formats", "doubted"),
}

reference = cache(load_reference)


class Judged(NamedTuple):
    """What came out of a night of one source, or of the links between several."""

    results: list[GateResult]
    kept: Conformed | None

    def of(self, gate: str, key: str = "rms") -> GateResult:
        """The result about a source or a part of it; where there is none it was not covered."""
        mine = {result.key: result for result in self.results if result.gate == gate}
        nothing = GateResult(gate, key, outcome="not_covered")
        return mine.get(key, mine.get(key.partition(":")[0], nothing))


@cache
def gate_rules() -> Catalogue:
    """The rules on sources, those that are off by default among them."""
    asof = _instant(AS_OF)
    setup = load_expectations(reference(), business_date=asof.date(), asof=asof, pulled_at=asof)
    return Catalogue({rule.id: rule for rule in setup.catalogue if rule.gate})


def cases() -> Iterator[Mapping[str, Any]]:
    """Every case of every file, with all that its block says."""
    for path in sorted(FOLDER.glob("*.yaml")):
        for block in YAML(typ="safe").load(path.read_text(encoding="utf-8")):
            shared = {k: v for k, v in block.items() if k not in ("source", "sources", "cases")}
            for own in block["cases"]:
                told = {**shared, **_over(block.get("source", {}), own)}
                told["past"] = [
                    _over(block.get("source", {}), night) for night in told.get("past", [])
                ]
                if "sources" in block:
                    told["sources"] = _sources(block["sources"], own.get("sources", {}))
                follows = block["action"] if own["then"] == "fails" else "none"
                told["action"] = own.get("action", follows)
                unknown = set(told) - _ABOUT_CASE - _ABOUT_SOURCE
                assert not unknown, (path.name, own, unknown)
                assert told["then"] in VERDICTS, (path.name, own)
                yield told


def _over(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """What differs put over what is shared, column by column and setting by setting."""
    parts = {part: {**base.get(part, {}), **own.get(part, {})} for part in ("columns", "settings")}
    return {**base, **own, **parts}


def _sources(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: _over(base.get(name, {}), own.get(name) or {}) for name in {**base, **own}}
    return {name: body for name, body in told.items() if own.get(name, body) is not None}


def judge(told: Mapping[str, Any], folder: Path) -> Judged:
    """Run the gates on what the sources deliver.

    Args:
        told: The words of a case.
        folder: Where a mapping file may be put.
    """
    if "sources" in told:
        return _judge_links(told["sources"], told.get("held", []))
    source = _source(told)
    file = folder / "mapping.toml" if told.get("mapping") else None
    if file:
        file.write_text(told["mapping"], encoding="utf-8")
    mapping = load_mapping(source, file, reference())
    asof = _instant(told.get("asof", AS_OF))
    today = asof.astimezone(ZoneInfo("Europe/London")).date()
    delivery, conformed = _delivered(told, source, mapping)
    nights = [night for body in told.get("past", []) for night in _nights(body, source, mapping)]
    units = told.get("active_units")
    given = GateInput(
        source=source,
        mapping=mapping,
        delivery=delivery,
        conformed=conformed,
        past=[_dated(night, today, len(nights) - n) for n, night in enumerate(nights)],
        asof=asof,
        business_date=today,
        thresholds={name: figure.value for name, figure in reference().thresholds.items()},
        bank_holidays=reference().calendar.bank_holidays,
        units=frozenset(reference().units.units),
        active_units=None if units is None else frozenset(units),
        accepted=frozenset(told.get("accepted", [])),
    )
    gated = run_gates(given)
    return Judged(list(gated.results), gated.kept)


def _judge_links(sources: Mapping[str, Any], held: list[str]) -> Judged:
    records = reference().records
    parts = {}
    for name, body in sources.items():
        source = _source({"settings": {"records": name}})
        parts[name] = _delivered(body, source, load_mapping(source, None, reference()))[1]
    tables = {
        name: parts[name].tables[name] if name in parts else table.empty()
        for name, table in records.tables.items()
    }
    supplied = {name: part.supplied[name] for name, part in parts.items()}
    thresholds = {name: figure.value for name, figure in reference().thresholds.items()}
    extract = Extract(tables, supplied, dict.fromkeys(held, "its source is held"))
    return Judged(link_gates(extract, records, thresholds), None)


def _source(told: Mapping[str, Any]) -> Source:
    body = {"name": "rms", "records": "breaches", "kind": "csv", "path": "in/*.csv"}
    return Source.model_validate(body | dict(told.get("settings", {})))


def _delivered(
    told: Mapping[str, Any], source: Source, mapping: SourceMapping
) -> tuple[Delivery, Conformed]:
    rows = told.get("rows", 1)
    columns = {n: _cells(body, rows) for n, body in told["columns"].items() if body is not None}
    headers, _ = unique_headers(told.get("headers", {}).get(name, name) for name in columns)
    frame = pl.DataFrame(
        dict(zip(headers, columns.values(), strict=True)), schema=dict.fromkeys(headers, pl.String)
    ).with_columns(
        pl.lit("rms.csv").alias(FILE), pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(ROW)
    )
    unread = range(rows + 1, rows + 1 + told.get("unread", 0))
    bad = [{FILE: "rms.csv", ROW: row, "reason": "columns_shifted"} for row in unread]
    stamp = told.get("stamp")
    delivery = Delivery(
        source=source.name,
        records=source.records,
        frame=frame,
        types=told.get("types", {}),
        files=(DeliveredFile("rms.csv", "0" * 64, 1, _instant(AS_OF)),),
        bad_rows=pl.DataFrame(bad, schema=BAD_ROWS),
        stamp=_instant(stamp) if stamp else None,
        stamped="stamp" in told,
        pulled_at=_instant(AS_OF),
        incomplete=told.get("incomplete"),
        sizes=tuple(told["sizes"]) if "sizes" in told else None,
        headless=told.get("headless", False),
    )
    conformed = conform(delivery, mapping, reference())
    for field, many in told.get("spoilt", {}).items():
        conformed = _spoilt(conformed, field, many, delivery)
    for field, many in told.get("out_of_range", {}).items():
        conformed = _counted(conformed, field, "out_of_range", many)
    if "formats" in told:
        object.__setattr__(conformed, "formats", told["formats"])
    return delivery, conformed


def _counted(conformed: Conformed, field: str, count: str, many: int) -> Conformed:
    """So many more cells of a field are counted."""
    more = pl.when(pl.col("field") == field).then(many).otherwise(0)
    columns = conformed.columns.with_columns(pl.col(count) + more)
    return replace(conformed, columns=columns)


def _spoilt(conformed: Conformed, field: str, many: int, delivery: Delivery) -> Conformed:
    """The first cells of a field could not be read."""
    main = conformed.main
    bad = pl.col(ROW) <= many
    listed = pl.col(UNREADABLE).fill_null([])
    frame = conformed.tables[main].with_columns(
        pl.when(~bad).then(pl.col(field)).alias(field),
        pl.when(bad).then(listed.list.concat(pl.lit([field]))).otherwise(listed).alias(UNREADABLE),
    )
    rejects = delivery.frame.filter(bad).select(
        pl.lit(conformed.source).alias("source"),
        pl.col(FILE).alias("file"),
        pl.col(ROW).alias("row"),
        pl.lit(None, pl.UInt32).alias("line"),
        pl.lit(field).alias("column"),
        pl.lit(f"{main}.{field}").alias("field"),
        pl.lit(None, pl.String).alias("record_key"),
        pl.lit("x").alias("raw"),
        pl.lit("unreadable").alias("reason"),
    )
    spoilt = replace(
        conformed,
        tables={**conformed.tables, main: frame},
        rejects=pl.concat([conformed.rejects, rejects.cast(REJECTS)]),
    )
    return _counted(spoilt, field, "unreadable", many)


def _cells(body: Any, rows: int) -> list[str | None]:
    """The cells of a column: one text for all, texts with their numbers, or one by one."""
    texts = (
        body
        if isinstance(body, list)
        else [text for text, many in body.items() for _ in range(many)]
        if isinstance(body, dict)
        else [body] * rows
    )
    filled = [*texts, *[None] * (rows - len(texts))]
    return [None if t is None else str(t).replace("{n}", str(n)) for n, t in enumerate(filled, 1)]


def _nights(told: Mapping[str, Any], source: Source, mapping: SourceMapping) -> list[SourceNight]:
    """Accepted nights on which the source delivered this, as the ledger keeps them."""
    _, conformed = _delivered(told, source, mapping)
    night = SourceNight(
        date.min,
        source.name,
        source.records,
        "accepted",
        rows=rows_read(conformed),
        columns=conformed.columns,
        units=unit_counts(conformed, reference().units.units),
    )
    return [night] * told.get("nights", 1)


def _dated(night: SourceNight, today: date, ago: int) -> SourceNight:
    return SourceNight(**{**vars(night), "business_date": today - timedelta(days=ago)})


def _instant(text: object) -> datetime:
    moment = datetime.fromisoformat(str(text))
    return moment.replace(tzinfo=ZoneInfo("Europe/London")).astimezone(UTC)
