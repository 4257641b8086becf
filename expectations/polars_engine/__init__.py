"""Great Expectations on Polars frames. Importing this package registers the engine.

    from expectations import polars_engine

    results, failing = polars_engine.validate(frame, suite, ["order_id"])

or through a data context, `context.data_sources.add_polars(name)`. See README.md.
"""

from __future__ import annotations

from . import aggregates, forms, table
from .datasource import PolarsDatasource, PolarsFrameAsset
from .domain import Domain
from .engine import PolarsExecutionEngine
from .errors import (
    BadArgument,
    ComputationFailed,
    CouldNotCompute,
    MissingColumn,
    NoPolarsForm,
    WrongType,
)
from .keys import failing_keys
from .map_metrics import FORMS, polars_form
from .results import RuleResult, outcomes
from .validate import Run, Validation, run, validate

__all__ = [
    "FORMS",
    "BadArgument",
    "ComputationFailed",
    "CouldNotCompute",
    "Domain",
    "MissingColumn",
    "NoPolarsForm",
    "PolarsDatasource",
    "PolarsExecutionEngine",
    "PolarsFrameAsset",
    "RuleResult",
    "Run",
    "Validation",
    "WrongType",
    "aggregates",
    "failing_keys",
    "forms",
    "outcomes",
    "polars_form",
    "run",
    "table",
    "validate",
]
