"""Every name of Great Expectations that this package leans on, taken in at one place.

GX has no published way to add an execution engine. What is used of it is listed in `HOOKS`: names
that start with an underscore, and names without one that GX does not promise to keep. `changed`
holds each against what it was in the GX that was tested, and says which module of this package
leans on it.
"""

from __future__ import annotations

import hashlib
import inspect
from typing import Any, NamedTuple

from great_expectations import ExpectationSuite
from great_expectations import __version__ as gx_version
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


#: The GX that this package says it works with; CI runs the tests on both ends.
SUPPORTED = ("1.24.0", "1.24.1")


class Hook(NamedTuple):
    """Something of GX that this package leans on and that GX does not promise to keep.

    Attributes:
        what: The object.
        used: The module of this package that leans on it, and for what.
        was: A digest of its signature, or of its source where its body matters.
        by_source: Whether its body matters.
    """

    what: Any
    used: str
    was: str
    by_source: bool = False

    @property
    def name(self) -> str:
        """Where it is in GX."""
        found = _function(self.what)
        return f"{found.__module__}.{found.__qualname__}"

    @property
    def now(self) -> str:
        """The digest of what it is in the GX that is installed."""
        found = _function(self.what)
        told = (
            inspect.getsource(found)
            if self.by_source
            else ", ".join(
                f"{p.kind.name} {p.name}" for p in inspect.signature(found).parameters.values()
            )
        )
        return hashlib.sha256(told.encode()).hexdigest()[:12]


def _function(what: Any) -> Any:
    return what.fget if isinstance(what, property) else what


def _hooks() -> list[Hook]:
    from great_expectations.validator.validation_graph import ValidationGraph

    return [
        Hook(
            registry._get_metric_definition,
            "hooks.widen_domain: the register",
            "31bedcf279d7",
            True,
        ),
        Hook(
            registry.register_metric,
            "provider.register: makes a metric of the engine",
            "20f31f461129",
        ),
        Hook(registry.get_metric_provider, "engine, map_metrics: finds a metric", "b6e7876a9c5f"),
        Hook(registry.get_metric_kwargs, "hooks.keys_of: a metric's keys", "1c6cab93be71", True),
        Hook(
            PandasExecutionEngine.resolve_metrics,
            "engine.resolve_metrics: overridden",
            "59e2188e2701",
        ),
        Hook(
            PandasExecutionEngine.load_batch_data,
            "engine.load_batch_data: overridden",
            "069f97f01725",
        ),
        Hook(
            PandasExecutionEngine.get_batch_data_and_markers,
            "engine.get_batch_data_and_markers: overridden",
            "997833b07e99",
        ),
        Hook(
            PandasExecutionEngine.get_domain_records,
            "engine.get_domain_records: overridden, to refuse what was written for pandas",
            "e6527fc58b4f",
        ),
        Hook(
            ValidationGraph._resolve,
            "engine.resolve_metrics: how a round is asked for and its failures are told",
            "3796cd3358b6",
            True,
        ),
        Hook(
            PandasExecutionEngine.batch_manager,
            "keys.data_of, engine.forget: the batches of an engine",
            "970565c45779",
        ),
        Hook(
            DataAsset._get_batch_metadata_from_batch_request, "datasource.get_batch", "5c70b0f7b060"
        ),
        Hook(DataAsset._validate_batch_request, "datasource: overridden", "96af9b0c5072"),
        Hook(Datasource._add_asset, "datasource.add_dataframe_asset", "5f445ec4bc3d"),
        Hook(Batch.__init__, "datasource.get_batch", "e908e7e0bbef"),
        Hook(
            make_batch_identifier,
            "datasource: keeps the frame out of results",
            "7279fb86b7d7",
            True,
        ),
        Hook(
            MetricProvider.get_evaluation_dependencies,
            "provider.PolarsMetric: none",
            "fe4b1f55c9ac",
        ),
        Hook(Expectation.configuration, "quick: kept instead of built anew", "017b2b788132", True),
        Hook(
            ExpectationConfiguration.to_domain_obj,
            "quick: gives out one expectation",
            "24e276873831",
            True,
        ),
        Hook(
            deserialize_row_condition,
            "conditions: row conditions as dictionaries",
            "411491722db6",
            True,
        ),
        Hook(project_manager.set_project, "hooks.ephemeral_context", "b3d3b2501ad0"),
    ]


def changed() -> list[str]:
    """What differs between the GX that is installed and the one that was tested."""
    return [
        f"{hook.name} of Great Expectations {gx_version} is not what it was in {SUPPORTED[-1]}. "
        f"It is used in {__package__}.{hook.used}. Read what changed, mend that, run the "
        f'differential test, and set the hook\'s `was` to "{hook.now}" in hooks.py.'
        for hook in HOOKS
        if hook.now != hook.was
    ]


HOOKS = _hooks()
