"""How a metric of ours is known to GX: planned first, answered when the whole round is planned."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .batch import PolarsBatchData
from .hooks import MetricConfiguration, MetricProvider, register_metric

if TYPE_CHECKING:
    from .engine import PolarsExecutionEngine


class Provider(ABC):
    """A metric that asks a batch for what it needs, and makes its value of the answers."""

    @abstractmethod
    def plan(self, batch: PolarsBatchData, metric: MetricConfiguration) -> Callable[[], Any]:
        """Ask the batch; the function returned gives the metric's value.

        Raises:
            CouldNotCompute: The metric does not fit the frame.
        """

    def __call__(self, execution_engine: PolarsExecutionEngine, metric: MetricConfiguration) -> Any:
        """The metric's value, for one who calls it as GX calls other metrics."""
        return self.plan(execution_engine.batch(metric.metric_domain_kwargs), metric)()


class PolarsMetric(MetricProvider):
    """The class under which our metrics are registered: they wait for no other metric."""


def register(
    name: str, provider: Provider, domain_keys: tuple[str, ...], value_keys: tuple[str, ...]
) -> None:
    """Make `provider` the metric `name` of the Polars engine."""
    from .engine import PolarsExecutionEngine

    register_metric(
        metric_name=name,
        metric_domain_keys=domain_keys,
        metric_value_keys=value_keys,
        execution_engine=PolarsExecutionEngine,
        metric_class=PolarsMetric,
        metric_provider=provider,
    )
