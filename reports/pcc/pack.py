"""The scrutiny pack: one workbook a night for the body that holds the force to account.

It holds counts, rates, themes and units: no reference of a record, no name and no free text.
"""

from __future__ import annotations

from pathlib import Path

from reports.excel import Properties, Sheet, WrittenFile, write_workbook
from reports.night import ReportNight
from reports.pcc import findings, front, health, orders
from reports.pcc.counts import pack_counts
from reports.text import file_word, uk_date


def pack_title(night: ReportNight) -> str:
    """The pack's title."""
    return f"Protective orders and breaches: scrutiny pack, {uk_date(night.business_date)}"


def pack_sheets(night: ReportNight) -> list[Sheet]:
    """The sheets of the pack, in order."""
    counts = pack_counts(night)
    tables = [
        findings.summary(night, counts),
        findings.trend(night, counts),
        findings.by_theme(night, counts),
        findings.movements(night, counts),
        findings.by_unit(night, counts),
        findings.by_rule(night, counts),
        findings.ageing(night, counts),
        orders.order_types(night),
        orders.measures(night),
        health.sources(night),
        health.not_run(night),
        front.method(night),
        front.definitions(night),
    ]
    notes = front.notes(night)
    return [
        front.cover(night, counts, pack_title(night)),
        front.contents(night, [notes, *tables]),
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
