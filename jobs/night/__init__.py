"""One night in order: intake, gates, remember, evaluate, reconcile, report."""

from jobs.night.inputs import expectations_of, read_reference, tonight, units_wanting
from jobs.night.run import NightResult, run_night
from jobs.night.today import today

__all__ = [
    "NightResult",
    "expectations_of",
    "read_reference",
    "run_night",
    "today",
    "tonight",
    "units_wanting",
]
