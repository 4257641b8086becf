"""The scrutiny pack: one workbook a night for the body that holds the force to account.

It holds counts, rates, themes and units: no reference of a record, no name and no free text.
"""

from __future__ import annotations

from pathlib import Path

from reports import pcc_sheets as parts
from reports.night import ReportNight
from reports.pcc_counts import pack_counts
from reports.sheets import Properties, Sheet
from reports.text import file_word, uk_date
from reports.workbook import write_workbook
from reports.written import WrittenFile


def pack_title(night: ReportNight) -> str:
    """The pack's title."""
    return f"Protective orders and breaches: scrutiny pack, {uk_date(night.business_date)}"


def pack_sheets(night: ReportNight) -> list[Sheet]:
    """The sheets of the pack, in order."""
    counts = pack_counts(night)
    tables = [
        parts.summary(night, counts),
        parts.trend(night, counts),
        parts.by_theme(night, counts),
        parts.movements(night, counts),
        parts.by_unit(night, counts),
        parts.by_rule(night, counts),
        parts.ageing(night, counts),
        parts.order_types(night),
        parts.measures(night),
        parts.sources(night),
        parts.not_run(night),
        parts.method(night),
        parts.definitions(night),
    ]
    notes = parts.notes(night)
    return [
        parts.cover(night, counts, pack_title(night)),
        parts.contents(night, [notes, *tables]),
        notes,
        *tables,
    ]


def write_pack(night: ReportNight, folder: Path) -> WrittenFile:
    """Write the scrutiny pack into `folder`.

    The marking is in the file's name, in its properties and at the top of every sheet.
    """
    settings = night.settings
    sheets = pack_sheets(night)
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
    digest = write_workbook(path, properties, sheets)
    return WrittenFile(path, digest, sum(sheet.size for sheet in sheets))
