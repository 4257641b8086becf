"""What a night sees of every faulty delivery, as a page: ``python -m tests.jobs.night.faults``.

Each fault of the tables of `tests/jobs/pull` is delivered to a source and taken up to the gates, as
a night takes it. The page `docs/faults.md` says what came of it; a test holds the page to it.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from config.reference import Reference, load_reference
from config.settings import Limits, Settings, Source, load_settings
from expectations.extract import ROW
from expectations.night import Night
from jobs.conform import SourceMapping, load_mapping
from jobs.night import Taken, examine
from jobs.pull import pull
from tests.jobs.pull import damage, damage_database, damage_typed
from tests.small_force import settings_file

ASOF = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
_MAPPINGS = {
    "breaches": """
[fields]
breach_id = "Ref"
reported_ts = {column = "Made", optional = true}
status = {column = "State", optional = true}
oic_unit = {column = "Unit", optional = true}
""",
    "orders": '[fields]\norder_id = "a"\noccurrence_no = {column = "word", optional = true}\n',
}


_ABOUT = """
Every fault below is delivered to a source of its own and taken in as a night takes it; this page is
generated from what came of it (`make docs`). A source that is held takes no part in the night, the
others go on, and the night ends with 4. Of a source that is taken in, whatever could not be read is
in `rejects.parquet`, and no record that it may have been is called gone or put right
([the ledger](ledger.md)).
"""


@dataclass(frozen=True)
class Fault:
    """A faulty delivery, ready to be taken in.

    Attributes:
        kind: What delivers it: a CSV file, a workbook, a Parquet file or a database.
        name: What is wrong with it.
        source: The source, as settings say it.
        mapping: The name of the mapping; canonical where empty.
        limits: What its reading may cost.
    """

    kind: str
    name: str
    source: Source
    mapping: str = ""
    limits: Limits = Limits()  # noqa: RUF009 - it cannot be changed


def faults(folder: Path) -> Iterator[Fault]:
    """Every fault of the tables, its file written into a folder."""
    for number, csv in enumerate(damage.VARIANTS):
        path = folder / f"csv{number}.csv"
        path.write_bytes(csv.change(damage.GOOD))
        described = {"name": "orders", "records": "orders", "kind": "csv", "path": str(path)}
        yield Fault("CSV", csv.name, Source.model_validate({**described, **csv.settings}))
    for number, typed in enumerate(damage_typed.DAMAGE):
        path = folder / f"typed{number}"
        typed.write(path)
        described = {"name": "breaches", "records": "breaches", "kind": typed.kind}
        where = {**described, "path": str(path), **typed.settings}
        kind = "workbook" if typed.kind == "excel" else "Parquet"
        limits = Limits.model_validate(dict(typed.limits))
        yield Fault(kind, typed.name, Source.model_validate(where), "breaches", limits)
    for number, stored in enumerate(damage_database.DAMAGES):
        if stored.at != "sqlite":
            continue
        path = damage_database.sqlite_file(folder / f"db{number}.sqlite")
        if stored.make is not None:
            stored.make(path)
        described = {"name": "orders", "records": "orders", "kind": "database"}
        where = {**described, "url": f"sqlite:///{path}", "query": stored.query}
        where["statement_timeout"] = "1"
        yield Fault("database", stored.fault, Source.model_validate(where), "orders", Limits())


@cache
def _reference() -> Reference:
    return load_reference(overrides={"feed_owner_unit": "PNC", "fallback_unit": "PPU"})


def _night() -> Night:
    reference = _reference()
    return Night(ASOF.date(), ASOF, reference.calendar, reference.thresholds, ASOF)


def _mapping(fault: Fault, folder: Path) -> SourceMapping:
    if not fault.mapping:
        return load_mapping(fault.source, None, _reference())
    path = folder / f"{fault.mapping}.toml"
    path.write_text(_MAPPINGS[fault.mapping], encoding="utf-8")
    return load_mapping(fault.source, path, _reference())


def taken(fault: Fault, settings: Settings, folder: Path) -> Taken:
    """What a night makes of a fault, up to the gates."""
    return examine(
        settings,
        _reference(),
        _mapping(fault, folder),
        fault.source,
        _night(),
        read=lambda source: pull(source, fault.limits),
    )


def lost(found: Taken) -> int:
    """Rows that were sent and are neither records nor rejects nor left out by the settings."""
    delivery, conformed = found.delivery, found.conformed
    if delivery is None or conformed is None:
        return 0
    sent = {*delivery.frame[ROW], *delivery.bad_rows[ROW]}
    records = set(conformed.tables[conformed.main][ROW])
    return len(sent - records - set(conformed.rejects["row"]))


def seen(found: Taken) -> tuple[str, int, str]:
    """What the operator is told, the exit code of the night, and what is lost."""
    told = [str(said) for said in found.quality.said] if found.quality else []
    warned = [result.message for result in found.results if result.failed and result.message]
    words = [found.night.reason or "", *told, *warned]
    said = "; ".join(dict.fromkeys(part for part in words if part)) or "nothing to tell"
    if found.night.outcome != "accepted":
        return f"held: {said}", 4, "nothing: nothing of it opens or closes"
    rejected = found.conformed.rejects.height if found.conformed else 0
    what = f"nothing: {rejected} in the rejects" if rejected else "nothing"
    return f"taken in: {said}", 0, what


def page() -> str:
    """The page."""
    lines = [
        "# What becomes of faulty deliveries",
        "",
        *_ABOUT.strip().split("\n"),
        "",
        "| what delivers | fault | what is seen | exit code | what is lost |",
        "| --- | --- | --- | --- | --- |",
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = load_settings(settings_file(folder))
        for fault in faults(folder):
            words, code, what = seen(taken(fault, settings, folder))
            cells = (fault.kind, fault.name, words, str(code), what)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else "docs/faults.md").write_text(page(), "utf-8")
