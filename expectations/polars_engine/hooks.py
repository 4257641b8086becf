"""Every name of Great Expectations that this package leans on, taken in at one place.

GX has no published way to add an execution engine. What is used here is listed in `PRIVATE`: names
that start with an underscore, and names without one that GX does not promise to keep. A test holds
each against what it looked like in the GX that was tested, and says which module of this package
to look at when one has changed.
"""

from __future__ import annotations

from typing import NamedTuple

from great_expectations import ExpectationSuite
from great_expectations.compatibility.pydantic import PrivateAttr
from great_expectations.core.batch import BatchData, BatchMarkers, LegacyBatchDefinition
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.core.batch_spec import RuntimeDataBatchSpec
from great_expectations.data_context.data_context.context_factory import project_manager
from great_expectations.data_context.data_context.ephemeral_data_context import (
    EphemeralDataContext,
)
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.datasource.fluent.batch_identifier_util import make_batch_identifier
from great_expectations.datasource.fluent.batch_request import BatchRequest
from great_expectations.datasource.fluent.interfaces import Batch, DataAsset, Datasource
from great_expectations.exceptions.exceptions import (
    BuildBatchRequestError,
    DataContextRequiredError,
    GreatExpectationsError,
    InvalidBatchRequestError,
    MetricProviderError,
    MetricResolutionError,
)
from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
from great_expectations.expectations import registry
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metrics.map_metric_provider.column_map_metric_provider import (
    ColumnMapMetricProvider,
)
from great_expectations.expectations.metrics.map_metric_provider.map_metric_provider import (
    MapMetricProvider,
)
from great_expectations.expectations.metrics.metric_provider import MetricProvider
from great_expectations.expectations.registry import (
    get_metric_kwargs,
    get_metric_provider,
    get_sqlalchemy_metric_provider,
    register_metric,
)
from great_expectations.expectations.row_conditions import (
    AndCondition,
    ComparisonCondition,
    Condition,
    NullityCondition,
    Operator,
    OrCondition,
    PassThroughCondition,
    deserialize_row_condition,
)
from great_expectations.validator.metric_configuration import MetricConfiguration

__all__ = [
    "AndCondition",
    "Batch",
    "BatchData",
    "BatchDefinition",
    "BatchMarkers",
    "BatchRequest",
    "BuildBatchRequestError",
    "ColumnMapMetricProvider",
    "ComparisonCondition",
    "Condition",
    "DataAsset",
    "Datasource",
    "Expectation",
    "ExpectationConfiguration",
    "ExpectationSuite",
    "GreatExpectationsError",
    "InvalidBatchRequestError",
    "LegacyBatchDefinition",
    "MapMetricProvider",
    "MetricConfiguration",
    "MetricProvider",
    "MetricProviderError",
    "MetricResolutionError",
    "NullityCondition",
    "Operator",
    "OrCondition",
    "PandasExecutionEngine",
    "PassThroughCondition",
    "PrivateAttr",
    "RuntimeDataBatchSpec",
    "deserialize_row_condition",
    "ephemeral_context",
    "get_metric_provider",
    "get_sqlalchemy_metric_provider",
    "keys_of",
    "make_batch_identifier",
    "register_metric",
    "widen_domain",
]


class Keys(NamedTuple):
    """What of an expectation GX hands to a metric."""

    domain: tuple[str, ...]
    values: tuple[str, ...]


def keys_of(metric: str) -> Keys:
    """What of an expectation GX hands to one of its own metrics."""
    known = get_metric_kwargs(metric)
    return Keys(tuple(known["metric_domain_keys"]), tuple(known["metric_value_keys"]))


def widen_domain(metric: str, domain_keys: tuple[str, ...]) -> None:
    """Have GX hand a metric these parts of its expectation.

    GX 1.24 leaves the row condition out of the domain of `column_pair_values.in_set`, so that on
    any engine the expectation judges rows that it should not.
    """
    definition = registry._registered_metrics.get(metric)
    if definition is None:
        return
    if missing := [k for k in domain_keys if k not in definition["metric_domain_keys"]]:
        definition["metric_domain_keys"] = (*definition["metric_domain_keys"], *missing)


def ephemeral_context() -> EphemeralDataContext:
    """A context in memory that shows no progress bars, sends nothing and makes no directory.

    GX wants one context to be that of the process. Ours becomes it only where there is none.
    """
    context = EphemeralDataContext(
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
            progress_bars=ProgressBarsConfig(globally=False),
            analytics_enabled=False,
        )
    )
    try:
        project_manager.is_using_cloud()
    except DataContextRequiredError:
        project_manager.set_project(context)
    return context
