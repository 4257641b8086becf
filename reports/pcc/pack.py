"""The scrutiny pack: one workbook a night for the body that holds the force to account.

It holds counts, rates, themes and units: no reference of a record, no name and no free text.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from reports.excel import Failure, Maker, Properties, Sheet, WrittenFile, write_workbook
from reports.night import ReportNight
from reports.pcc import findings, front, health, orders
from reports.pcc.counts import Counts, Key, pack_counts
from reports.pcc.layout import outcome_counts, standing
from reports.pcc.printed import printed_frame
from reports.text import file_word, uk_date

#: What the pack is called where a report is named.
REPORT: Final = "scrutiny_pack"


def pack_title(night: ReportNight) -> str:
    """The pack's title."""
    return f"Protective orders and breaches: scrutiny pack, {uk_date(night.business_date)}"


class Pack(NamedTuple):
    """The scrutiny pack as it was written.

    Attributes:
        file: The workbook.
        printed: The figures that later packs repeat, as `printed` of `reports.night.COLUMNS`.
    """

    file: WrittenFile
    printed: pl.DataFrame


def pack_sheets(
    night: ReportNight, counts: Counts | None = None, failures: list[Failure] | None = None
) -> list[Sheet]:
    """The sheets of the pack, in order.

    Args:
        night: The night.
        counts: Its counts, where they are worked out already.
        failures: Where to say what could not be made.
    """
    known = counts or pack_counts(night)
    maker = Maker(REPORT, failures if failures is not None else [])
    tables = maker.sheets(
        {
            "Summary": lambda: findings.summary(night, known),
            "Trend": lambda: findings.trend(night, known),
            "By theme": lambda: findings.by_theme(night, known),
            "Movements": lambda: findings.movements(night, known),
            "By unit": lambda: findings.by_unit(night, known),
            "By rule": lambda: findings.by_rule(night, known),
            "Ageing": lambda: findings.ageing(night, known),
            "Order types": lambda: orders.order_types(night),
            "Measures": lambda: orders.measures(night),
            "Sources": lambda: health.sources(night),
            "Rules not run": lambda: health.not_run(night),
            "Method": lambda: front.method(night),
            "Definitions": lambda: front.definitions(night),
        },
        standing(night),
    )
    first = maker.sheets(
        {
            "Cover": lambda: front.cover(night, known, pack_title(night)),
            "Notes": lambda: front.notes(night),
        },
        standing(night),
    )
    return [first[0], front.contents(night, [first[1], *tables]), first[1], *tables]


def write_pack(night: ReportNight, folder: Path, failures: list[Failure] | None = None) -> Pack:
    """Write the scrutiny pack into `folder`.

    The marking is in the file's name, in its properties and at the top of every sheet.

    Args:
        night: The night.
        folder: Where to.
        failures: Where to say which sheets could not be made.
    """
    settings = night.settings
    failed = failures if failures is not None else []
    counts = pack_counts(night)
    sheets = pack_sheets(night, counts, failed)
    name = (
        f"{file_word(settings.pcc_marking)}_protective-orders-scrutiny-pack"
        f"_{night.business_date.isoformat()}_{settings.status.lower()}.xlsx"
    )
    properties = Properties(
        title=pack_title(night),
        subject=f"Quality and timeliness of records, for the {settings.oversight_body}",
        author=settings.contact,
        marking=settings.pcc_marking,
        status=settings.status,
        written=night.asof,
        others={
            "Business date": night.business_date.isoformat(),
            **({"Run": settings.run_id} if settings.run_id else {}),
            **({"Version": settings.version} if settings.version else {}),
        },
    )
    path = folder / name
    maker = Maker(REPORT, failed)
    digest = write_workbook(
        path,
        properties,
        sheets,
        lambda sheet, error: maker.instead(sheet.name, error, standing(night)),
    )
    file = WrittenFile(path, digest, sum(sheet.size for sheet in sheets))
    return Pack(file, printed_frame(night, _repeated(night, counts)))


def _repeated(night: ReportNight, counts: Counts) -> dict[Key, tuple[int, int | str]]:
    """The figures of the pack that later packs repeat: what they are, and what was shown."""
    figures: dict[Key, tuple[int, int | str]] = {
        key: (number, counts.shown(*key))
        for key, number in counts.values.items()
        if key[0] in ("open", "overdue", "due soon", "waived", "theme", "severity", "moved")
        and len(key) < 3
        and key not in counts.silent
    }
    return figures | {(name,): (n, n) for name, n in outcome_counts(night).items()}
