"""Evaluation: suites over a night's records become exceptions and an outcome for every rule."""

from expectations.evaluation.evaluate import evaluate
from expectations.evaluation.exceptions import EXCEPTION_SCHEMA, Finding, finding_frame
from expectations.evaluation.outcomes import OUTCOME_SCHEMA
from expectations.evaluation.status import Evaluation

__all__ = [
    "EXCEPTION_SCHEMA",
    "OUTCOME_SCHEMA",
    "Evaluation",
    "Finding",
    "evaluate",
    "finding_frame",
]
