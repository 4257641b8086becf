"""One night in order: intake, gates, remember, evaluate, reconcile, report."""

from jobs.night.inputs import expectations_of, load_mappings, read_reference, tonight, units_wanting
from jobs.night.one_source import Taken, examine, far_back
from jobs.night.run import NightResult, run_night
from jobs.night.today import today

__all__ = [
    "NightResult",
    "Taken",
    "examine",
    "expectations_of",
    "far_back",
    "load_mappings",
    "read_reference",
    "run_night",
    "today",
    "tonight",
    "units_wanting",
]
