"""The execution engine: GX hands over metrics by the round, and a round is one pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import polars as pl

from .batch import PolarsBatchData
from .errors import BadArgument, ComputationFailed, CouldNotCompute, NoPolarsForm
from .hooks import (
    BatchMarkers,
    GreatExpectationsError,
    MetricConfiguration,
    MetricResolutionError,
    PandasExecutionEngine,
    RuntimeDataBatchSpec,
    get_metric_provider,
)
from .provider import Provider


class PolarsExecutionEngine(PandasExecutionEngine):
    """Computes the metrics of GX on Polars frames.

    It is a kind of pandas engine only because GX asks so in places (the type of a column, for one).
    No data goes to pandas: a metric that has no Polars form and asks for data is refused.

    Args:
        keep: Columns of a LazyFrame to collect although no expectation reads them, such as keys.
        shows_values: Whether results hold values of failing rows without being asked for them.
    """

    def __init__(
        self, *args: Any, keep: Iterable[str] = (), shows_values: bool = False, **kwargs: Any
    ) -> None:
        self.keep = tuple(keep)
        self._shows_values = shows_values
        self._resolving = ""
        super().__init__(*args, **kwargs)

    def get_batch_data_and_markers(  # type: ignore[override]  # ours is no pandas frame
        self, batch_spec: Any
    ) -> tuple[PolarsBatchData, BatchMarkers]:
        """Take in the frame of a batch."""
        frame = batch_spec.batch_data if isinstance(batch_spec, RuntimeDataBatchSpec) else None
        if not isinstance(frame, (pl.DataFrame, pl.LazyFrame)):
            raise GreatExpectationsError(
                "PolarsExecutionEngine reads a polars.DataFrame or polars.LazyFrame, "
                f"and was given {type(frame).__name__}"
            )
        batch_spec.batch_data = "PolarsDataFrame"  # GX writes the spec into results
        now = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        data = PolarsBatchData(self, frame, self.keep, self._shows_values)
        return data, BatchMarkers({"ge_load_time": now})

    def load_batch_data(self, batch_id: str, batch_data: Any) -> None:
        """Make a batch known by its id; a frame may be given as it is."""
        if isinstance(batch_data, (pl.DataFrame, pl.LazyFrame)):
            batch_data = PolarsBatchData(self, batch_data, self.keep, self._shows_values)
        if not isinstance(batch_data, PolarsBatchData):
            raise GreatExpectationsError(
                "PolarsExecutionEngine reads Polars frames, and was given "
                f"{type(batch_data).__name__}"
            )
        self.batch_manager.save_batch_data(batch_id=batch_id, batch_data=batch_data)

    def forget(self) -> None:
        """Let go of all batches."""
        self.batch_manager.reset_batch_cache()
        self.batch_manager.batch_data_cache.clear()

    def batch(self, domain: Any) -> PolarsBatchData:
        """The batch that a metric's domain names, or the one loaded last."""
        if domain.get("table"):
            raise BadArgument(f'a batch is one frame: there is no table "{domain["table"]}" in it')
        manager = self.batch_manager
        batch_id = domain.get("batch_id") or manager.active_batch_data_id
        found: object = manager.batch_data_cache.get(batch_id or "")
        if not isinstance(found, PolarsBatchData):
            raise GreatExpectationsError(f'no batch "{batch_id}" is loaded')
        return found

    def resolve_metrics(
        self,
        metrics_to_resolve: Iterable[MetricConfiguration],
        metrics: dict[Any, Any] | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> dict[Any, Any]:
        """Compute a round of metrics: all are planned before any is computed.

        Raises:
            MetricResolutionError: One could not be computed. GX takes the reason to heart for the
                metrics that the error names, so it names one, and GX comes back for the others.
        """
        if not metrics_to_resolve:
            return metrics or {}
        planned: dict[Any, Callable[[], Any]] = {}
        failed: tuple[MetricConfiguration, CouldNotCompute] | None = None
        resolved: dict[Any, Any] = {}
        for metric in metrics_to_resolve:
            provider = get_metric_provider(metric.metric_name, self)[1]
            if not isinstance(provider, Provider):
                self._resolving = metric.metric_name
                resolved |= super().resolve_metrics([metric], metrics, runtime_configuration)
                continue
            try:
                planned[metric.id] = provider.plan(self.batch(metric.metric_domain_kwargs), metric)
            except CouldNotCompute as error:
                failed = failed or (metric, error)
            except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
                # arguments that do not fit; nothing has been read yet, so no value is quoted
                failed = failed or (metric, BadArgument(f"{type(error).__name__}: {error}"))
        for metric in metrics_to_resolve:
            if metric.id in planned and failed is None:
                try:
                    resolved[metric.id] = planned[metric.id]()
                except CouldNotCompute as error:
                    failed = (metric, error)
                except Exception as error:
                    failed = (metric, ComputationFailed(error))
        if failed is not None:
            raise MetricResolutionError(
                message=str(failed[1]), failed_metrics=(failed[0],)
            ) from None
        return resolved

    def get_domain_records(self, domain_kwargs: dict[str, Any]) -> Any:
        """Refuse: whoever asks is a metric that was written for pandas."""
        raise NoPolarsForm(self._resolving)
