"""Gates: each source against its own past; links, units and words."""

from jobs.gates.content import content_gates, link_gates
from jobs.gates.findings import warnings, with_gates
from jobs.gates.gates import GateInput, GateResult, run_gates, unit_counts

__all__ = [
    "GateInput",
    "GateResult",
    "content_gates",
    "link_gates",
    "run_gates",
    "unit_counts",
    "warnings",
    "with_gates",
]
