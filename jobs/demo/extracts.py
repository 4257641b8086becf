"""The extracts of a night: the tables written as the force's systems would deliver them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
from openpyxl import Workbook

from config.records import Field, Table, load_records
from jobs.demo.dirt import blanks, day, local_time, padded, placeholder, spelled, utc_time

#: Fields of orders and breaches that the force's systems do not keep.
UNKEPT = frozenset(
    [
        *(
            "status_raw",
            "extract_id",
            "victim_informed_ts",
            "victim_informed_method",
            "reviewed_ts",
        ),
        *("review_outcome", "exit_review_ts", "pnd_visible_ts", "expired_ts", "asn", "cro_no"),
        *("delius_crn", "co_occupant_considered", "version_no", "notice_served_by", "custody_ref"),
        *("appeal_or_stay", "rationale_recorded", "bail_conditions_changed_ts"),
    ]
)
_BRITISH = "%d/%m/%Y %H:%M:%S"
_BRITISH_DAY = "%d/%m/%Y"
_SEALED = "%d/%m/%Y 00:00:00"
_MACHINE = ("created_ts", "updated_ts")


@dataclass(frozen=True)
class Extract:
    """One source of the demo.

    Attributes:
        name: The source.
        records: The table it fills.
        kind: As in the settings.
        file: The file's name; `{}` is the night's stamp.
        write: Writes the rows, canonical columns, to a path.
        settings: Further lines of the source in the settings.
        rows: Which rows of the table it carries.
    """

    name: str
    records: str
    kind: str
    file: str
    write: Callable[[pl.DataFrame, Path], None]
    settings: Mapping[str, str]
    rows: pl.Expr | None = None


def stamp(night: date) -> str:
    """When the extracts of a night were cut, as their names say."""
    return f"{night:%Y%m%d}_0210"


def _unkept(table: str, field: str) -> bool:
    return table in ("orders", "breaches") and field in UNKEPT


def _fields(table: str) -> list[Field]:
    known = load_records()[table]
    kept = [
        f for f in known.fields.values() if not f.made_by_conform and not _unkept(table, f.name)
    ]
    text = [Field("text", "text", "Wording")] if "text_len" in known.fields else []
    return [*kept, *text]


def _as_text(
    frame: pl.DataFrame, table: str, *, british: bool, sealed: bool = False
) -> pl.DataFrame:
    """Every field as text, in the force's way or in the machine's."""
    columns = []
    for field in _fields(table):
        name = field.name
        if name not in frame.columns:
            columns.append(pl.lit(None, pl.String).alias(name))
        elif field.type == "timestamp":
            own = british and name not in _MACHINE
            columns.append(local_time(name, _BRITISH) if own else utc_time(name))
        elif field.type == "date":
            form = _SEALED if sealed else _BRITISH_DAY
            columns.append(day(name, form if british or sealed else "%Y-%m-%d"))
        elif field.type == "text_list":
            columns.append(pl.col(name).list.join(";").alias(name))
        else:
            columns.append(pl.col(name).cast(pl.String).alias(name))
    sentinels = [c for c in ("sentinel_fields",) if c in frame.columns]
    whole = frame.select(*columns, *sentinels)
    if sentinels:
        dated = [f.name for f in _fields(table) if f.type in ("timestamp", "date")]
        whole = whole.with_columns(placeholder(name) for name in dated).drop(sentinels)
    return whole


def _write_rms_orders(frame: pl.DataFrame, path: Path) -> None:
    """The records system: its own headings, British dates, words of every kind, free text."""
    text = _as_text(frame, "orders", british=True)
    spellings = ["order_type", "status", "authoriser_rank", "court_code", "service_method"]
    flags = [f.name for f in _fields("orders") if f.type == "boolean"]
    notes = ['=HYPERLINK("x")', "+44 see log", "@duty sgt", "-", "V says \u201cno contact\u201d"]
    turn = pl.int_range(pl.len())
    dirty = text.with_columns(
        *(spelled(name, name) for name in [*spellings, "risk_grade"]),
        *(spelled(name, "boolean") for name in flags),
    ).with_columns(
        *(blanks(name) for name in ("crime_ref", "beat", "next_hearing_ts", "varied_ts", "pncid")),
        *(padded(name) for name in ("oic_unit", "occurrence_no")),
        pl.lit(notes).list.get(turn % len(notes)).alias("OEL Note"),
    )
    headed = dirty.rename({name: heading(name) for name in dirty.columns if name != "OEL Note"})
    path.write_bytes(b"\xef\xbb\xbf" + headed.write_csv().encode("utf-8"))


def heading(field: str) -> str:
    """A field's heading in the records system."""
    odd = {"order_id": "Order Ref", "breach_id": "Breach Ref", "status_ts": "Status changed"}
    odd["court_outcome_ts"] = "Court outcome date"
    return odd.get(field, field.removesuffix("_ts").replace("_", " ").capitalize())


def _write_court_orders(frame: pl.DataFrame, path: Path) -> None:
    """The court orders' register: semicolons, dates sealed at midnight, court names."""
    text = _as_text(frame, "orders", british=False, sealed=True)
    dirty = text.with_columns(
        *(spelled(name, name) for name in ("order_type", "status", "court_code")),
        *(blanks(name) for name in ("beat", "lsoa21", "varied_ts")),
    )
    dirty.write_csv(path, separator=";")


def _write_cp1252(frame: pl.DataFrame, path: Path) -> None:
    """Conditions: Windows characters, wordings with the quotes that word processors make."""
    text = _as_text(frame, "order_conditions", british=True).with_columns(
        spelled("active", "boolean"),
    )
    path.write_bytes(text.write_csv().encode("cp1252"))


def _write_workbook(frame: pl.DataFrame, path: Path) -> None:
    """Breaches: a workbook, every cell text."""
    text = _as_text(frame, "breaches", british=True).with_columns(
        spelled("status", "breach_status"),
        spelled("breach_kind", "breach_kind"),
        spelled("disposal_type", "disposal_type"),
        spelled("arrest_power", "arrest_power"),
        spelled("risk_grade", "risk_grade"),
        blanks("beat"),
        blanks("linked_breach_id"),
    )
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Breaches")
    sheet.append([heading(name) for name in text.columns])
    for row in text.iter_rows():
        sheet.append(row)
    book.save(path)


def _write_plain(
    table: str, separator: str = ",", *, british: bool = False
) -> Callable[[pl.DataFrame, Path], None]:
    def write(frame: pl.DataFrame, path: Path) -> None:
        _as_text(frame, table, british=british).write_csv(path, separator=separator)

    return write


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    names = [field.name for field in _fields("shares")]
    frame.select(names).write_parquet(path)


def _write_database(frame: pl.DataFrame, path: Path) -> None:
    """Occurrences: a table of a small database, which is made anew each night."""
    path.unlink(missing_ok=True)
    text = _as_text(frame, "occurrences", british=False)
    names = ", ".join(f'"{name}" text' for name in text.columns)
    marks = ", ".join("?" for _ in text.columns)
    with sqlite3.connect(path) as base:
        base.execute(f"create table occurrence ({names})")
        base.executemany(f"insert into occurrence values ({marks})", text.iter_rows())  # noqa: S608
    base.close()


_FROM_COURT = pl.col("source_system").is_in(["HMCTS"]).fill_null(False)

EXTRACTS: tuple[Extract, ...] = (
    Extract(
        "rms_orders",
        "orders",
        "csv",
        "rms_orders_{}.csv",
        _write_rms_orders,
        {"mapping": "demo_rms_orders.toml"},
        ~_FROM_COURT,
    ),
    Extract(
        "court_orders",
        "orders",
        "csv",
        "court_orders_{}.csv",
        _write_court_orders,
        {"delimiter": ";"},
        _FROM_COURT,
    ),
    Extract(
        "rms_parties", "order_parties", "csv", "parties_{}.csv", _write_plain("order_parties"), {}
    ),
    Extract("rms_conditions", "order_conditions", "csv", "conditions_{}.csv", _write_cp1252, {}),
    Extract(
        "rms_breaches",
        "breaches",
        "excel",
        "breaches_{}.xlsx",
        _write_workbook,
        {"mapping": "demo_breaches.toml"},
    ),
    Extract(
        "rms_breach_orders",
        "breach_orders",
        "csv",
        "breach_orders_{}.csv",
        _write_plain("breach_orders"),
        {},
    ),
    Extract(
        "rms_reviews",
        "reviews",
        "csv",
        "reviews_{}.csv",
        _write_plain("reviews", "\t", british=True),
        {},
    ),
    Extract("rms_shares", "shares", "parquet", "shares_{}.parquet", _write_parquet, {}),
    Extract("rms_occurrences", "occurrences", "database", "rms.sqlite", _write_database, {}),
    Extract(
        "court_inbox", "court_feed", "csv", "court_feed_{}.csv", _write_plain("court_feed", ";"), {}
    ),
    Extract("rms_audit", "field_changes", "csv", "audit_{}.csv", _write_plain("field_changes"), {}),
    Extract("hr_staff", "staff", "csv", "staff_{}.csv", _write_plain("staff"), {}),
    Extract("units", "units", "csv", "units_{}.csv", _write_plain("units"), {}),
)


def settings_text() -> str:
    """The settings of the demo force."""
    head = [
        "[orderwatch]",
        'force_code = "21"',
        'force_name = "A synthetic Staffordshire"',
        'oversight_body = "Staffordshire Commissioner"',
        'data_dir = "var"',
        "",
        "[thresholds]",
        'feed_owner_unit = "PNC"',
        'fallback_unit = "PPU"',
    ]
    lines = head
    for extract in EXTRACTS:
        lines += ["", "[[source]]", f'name = "{extract.name}"', f'records = "{extract.records}"']
        lines += [f'kind = "{extract.kind}"']
        if extract.kind == "database":
            lines += [f'url = "sqlite:///in/{extract.file}"', 'table = "occurrence"']
        else:
            lines += [f'path = "in/{extract.file.format("*")}"', "stamp = 'filename:\\d{8}_\\d{4}'"]
        lines += [f'{key} = "{value}"' for key, value in extract.settings.items()]
    return "\n".join(lines) + "\n"


def canonical(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """A table as the rules read it, without the wording that conform drops."""
    return table.complete(frame.drop("text", strict=False))
