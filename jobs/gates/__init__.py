"""Gates: each source against its own past; links, units and words."""

from jobs.gates.findings import warnings, with_gates
from jobs.gates.links import link_gates
from jobs.gates.model import GateInput, GateResult
from jobs.gates.quality import QUALITY, Quality, quality
from jobs.gates.run import Gated, run_gates
from jobs.gates.schema import kept_statistics
from jobs.gates.unit_rows import unit_counts
from jobs.gates.whole import cut_short

__all__ = [
    "QUALITY",
    "GateInput",
    "GateResult",
    "Gated",
    "Quality",
    "cut_short",
    "kept_statistics",
    "link_gates",
    "quality",
    "run_gates",
    "unit_counts",
    "warnings",
    "with_gates",
]
