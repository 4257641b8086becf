"""A force of a few records, in files that a night can be run on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from config.settings import Settings, load_settings

NIGHT = date(2026, 11, 24)
NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


def orders(rows: int = 60) -> pl.DataFrame:
    """Orders in force; every seventh ends before it starts."""
    numbers = list(range(rows))
    return pl.DataFrame(
        {
            "order_id": [f"ORD-{n:04}" for n in numbers],
            "order_type": ["NMO", "DVPO", "RO_CONV"] * (rows // 3),
            "force_role": ["enforcing", "applicant", "enforcing"] * (rows // 3),
            "status": ["in_force"] * rows,
            "subject_key": [f"subject-{n}" for n in numbers],
            "court_code": ["B21ST00"] * rows,
            "made_date": [date(2026, 11, 12)] * rows,
            "start_date": [date(2026, 11, 12)] * rows,
            "end_date": [date(2026, 11, 4) if n % 7 == 0 else date(2026, 12, 9) for n in numbers],
            "received_ts": [NOON + timedelta(days=2, minutes=n) for n in numbers],
            "created_ts": [NOON + timedelta(days=2, hours=1, minutes=n) for n in numbers],
            "updated_ts": [NOON + timedelta(days=13)] * rows,
            "oic_unit": [["HANLEY", "STAFFORD", "PPU"][n % 3] for n in numbers],
        }
    )


def conditions(rows: int = 60) -> pl.DataFrame:
    """One condition an order, but none for every fifth."""
    kept = [n for n in range(rows) if n % 5]
    return pl.DataFrame(
        {
            "condition_id": [f"C-{n:04}" for n in kept],
            "order_id": [f"ORD-{n:04}" for n in kept],
            "kind": ["no_contact"] * len(kept),
            "active": [True] * len(kept),
            "text_len": [40] * len(kept),
        }
    )


def write_csv(folder: Path) -> None:
    """The records as CSV files in `folder/in`."""
    (folder / "in").mkdir(parents=True, exist_ok=True)
    orders().write_csv(folder / "in" / "orders.csv", datetime_format="%Y-%m-%dT%H:%M:%SZ")
    conditions().write_csv(folder / "in" / "conditions.csv")


#: Units that the settings name for records that name none.
UNITS = 'feed_owner_unit = "PNC"\nfallback_unit = "PPU"\n'
SOURCES = """
[[source]]
name = "rms_orders"
records = "orders"
kind = "csv"
path = "in/orders.csv"
[[source]]
name = "rms_conditions"
records = "order_conditions"
kind = "csv"
path = "in/conditions.csv"
"""


def settings_file(folder: Path, *, sources: str = SOURCES) -> Path:
    """A settings file in `folder/config`."""
    path = folder / "config" / "orderwatch.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    before, figures, after = sources.partition("[thresholds]\n")
    text = f'[orderwatch]\nforce_code = "21"\ndata_dir = "var"\n{before}'
    text += f"{figures}{UNITS}{after}" if figures else f"\n[thresholds]\n{UNITS}"
    path.write_text(text, encoding="utf-8")
    return path


def ageless(settings: Settings) -> Settings:
    """The settings for a night of the true clock, on which the records are old."""
    text = settings.file.read_text().replace(UNITS, f"updated_max_age_h = 1000000\n{UNITS}")
    settings.file.write_text(text, encoding="utf-8")
    return load_settings(settings.file)


def small_force(folder: Path) -> Settings:
    """Write the files and the settings, and read the settings."""
    write_csv(folder)
    return load_settings(settings_file(folder))
