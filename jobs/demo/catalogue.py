"""All the faults of the demo."""

from __future__ import annotations

from jobs.demo.fault import Fault
from jobs.demo.faults_breaches import (
    BREACH_RECORDING,
    BREACH_RESPONSE,
    BREACH_SUPERVISION,
    CONSIDERATION,
)
from jobs.demo.faults_governance import GOVERNANCE
from jobs.demo.faults_orders import RECORDING
from jobs.demo.faults_supervision import SHARING, SUPERVISION

#: Every fault that is planted on a record of the force.
FAULTS: tuple[Fault, ...] = (
    *GOVERNANCE,
    *RECORDING,
    *SHARING,
    *SUPERVISION,
    *BREACH_RECORDING,
    *BREACH_RESPONSE,
    *BREACH_SUPERVISION,
    *CONSIDERATION,
)
