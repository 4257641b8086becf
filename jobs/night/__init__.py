"""One night in order: intake, gates, remember, evaluate, reconcile, report."""

from jobs.night.folder import writable
from jobs.night.inputs import (
    calendar_warnings,
    expectations_of,
    load_mappings,
    read_reference,
    sources_wanting,
    tonight,
    units_wanting,
)
from jobs.night.keep import create_ledger
from jobs.night.one_source import Taken, examine, far_back
from jobs.night.private import open_to_others, owner_only
from jobs.night.result import NightResult
from jobs.night.run import run_night
from jobs.night.today import refuse_future, refuse_rehearsal, today
from jobs.night.withdraw import withdraw_night

__all__ = [
    "NightResult",
    "Taken",
    "calendar_warnings",
    "create_ledger",
    "examine",
    "expectations_of",
    "far_back",
    "load_mappings",
    "open_to_others",
    "owner_only",
    "read_reference",
    "refuse_future",
    "refuse_rehearsal",
    "run_night",
    "sources_wanting",
    "today",
    "tonight",
    "units_wanting",
    "withdraw_night",
    "writable",
]
