"""`context.data_sources.add_polars(name)`: a data source whose assets are Polars frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import polars as pl

from .engine import PolarsExecutionEngine
from .hooks import (
    Batch,
    BatchDefinition,
    BatchRequest,
    BuildBatchRequestError,
    DataAsset,
    Datasource,
    InvalidBatchRequestError,
    LegacyBatchDefinition,
    RuntimeDataBatchSpec,
    make_batch_identifier,
)


def _is_frame(value: object) -> bool:
    return isinstance(value, (pl.DataFrame, pl.LazyFrame))


class PolarsFrameAsset(DataAsset):  # type: ignore[type-arg]
    """A frame that is handed over when it is validated."""

    type: Literal["dataframe"] = "dataframe"

    def test_connection(self) -> None:
        """Nothing to connect to: the frame comes with the request."""

    def get_batch_parameters_keys(self, partitioner: Any = None) -> tuple[str, ...]:
        """The one parameter of a batch."""
        return ("dataframe",)

    def add_batch_definition_whole_dataframe(self, name: str) -> BatchDefinition[Any]:
        """Add a batch definition: the frame as one batch."""
        return self.add_batch_definition(name=name, partitioner=None)

    def build_batch_request(
        self, options: Any = None, batch_slice: Any = None, partitioner: Any = None
    ) -> BatchRequest[Any]:
        """A request for the frame in `options["dataframe"]`."""
        if batch_slice is not None or partitioner is not None:
            raise BuildBatchRequestError(
                message="a Polars frame is one batch: batch_slice and partitioner must be None"
            )
        if not options or list(options) != ["dataframe"] or not _is_frame(options["dataframe"]):
            raise BuildBatchRequestError(
                message="options must hold one key, 'dataframe', with a polars.DataFrame or "
                "polars.LazyFrame"
            )
        return BatchRequest(
            datasource_name=self.datasource.name, data_asset_name=self.name, options=options
        )

    def _validate_batch_request(self, batch_request: BatchRequest[Any]) -> None:
        asked = (batch_request.datasource_name, batch_request.data_asset_name)
        options = batch_request.options or {}
        if asked != (self.datasource.name, self.name) or not _is_frame(options.get("dataframe")):
            raise InvalidBatchRequestError(
                f'the request must name data source "{self.datasource.name}" and asset '
                f'"{self.name}", and carry a Polars frame in its options'
            )

    def get_batch_identifiers_list(self, batch_request: BatchRequest[Any]) -> list[dict[str, Any]]:
        """What tells the batch from others."""
        return [make_batch_identifier(batch_request.options)]

    def get_batch(self, batch_request: BatchRequest[Any]) -> Batch:
        """The frame as a batch."""
        self._validate_batch_request(batch_request)
        spec = RuntimeDataBatchSpec(batch_data=batch_request.options["dataframe"])
        engine = self.datasource.get_execution_engine()
        data, markers = engine.get_batch_data_and_markers(batch_spec=spec)
        return Batch(
            datasource=self.datasource,
            data_asset=self,
            batch_request=batch_request,
            data=data,
            metadata=self._get_batch_metadata_from_batch_request(
                batch_request=batch_request, ignore_options=("dataframe",)
            ),
            batch_markers=markers,
            batch_spec=spec,
            batch_definition=LegacyBatchDefinition(
                datasource_name=self.datasource.name,
                data_connector_name="fluent",
                data_asset_name=self.name,
                batch_identifiers=make_batch_identifier(batch_request.options),
                batch_spec_passthrough=None,
            ),
        )


class PolarsDatasource(Datasource):  # type: ignore[type-arg]
    """Adds a Polars data source to the data context.

    Attributes:
        keep: Columns of a LazyFrame to collect although no expectation reads them, such as keys.
        shows_values: Whether results hold values of failing rows without being asked for them. By
            default a result in BASIC or SUMMARY holds counts only; COMPLETE, or naming
            `unexpected_index_column_names`, is to ask.
    """

    asset_types: ClassVar[Sequence[type[DataAsset]]] = [PolarsFrameAsset]  # type: ignore[type-arg]

    type: Literal["polars"] = "polars"
    assets: list[PolarsFrameAsset] = []  # noqa: RUF012  # pydantic copies a default
    keep: list[str] = []  # noqa: RUF012
    shows_values: bool = False

    @property
    def execution_engine_type(self) -> Any:
        """The engine of the source."""
        return PolarsExecutionEngine

    def test_connection(self, test_assets: bool = True) -> None:
        """Nothing to connect to."""

    def add_dataframe_asset(
        self, name: str, batch_metadata: dict[str, Any] | None = None
    ) -> PolarsFrameAsset:
        """Add an asset for frames.

        Args:
            name: The name of the asset.
            batch_metadata: Anything that is to be kept with its batches.
        """
        asset = PolarsFrameAsset(name=name, batch_metadata=batch_metadata or {})
        self._add_asset(asset)
        return asset
