"""The ledger: what was found wrong, since when, and what became of it.

`Ledger` is the way in; `reconcile` is the decision that it records, as a function of frames.
"""

from jobs.ledger.engine import NoLedger
from jobs.ledger.listing import Movements
from jobs.ledger.reconcile import Transitions, reconcile
from jobs.ledger.runs import Run
from jobs.ledger.sources import GateAcceptance, SourceNight
from jobs.ledger.store import Ledger
from jobs.ledger.waivers import Waiver, WaiverRefused

__all__ = [
    "GateAcceptance",
    "Ledger",
    "Movements",
    "NoLedger",
    "Run",
    "SourceNight",
    "Transitions",
    "Waiver",
    "WaiverRefused",
    "reconcile",
]
