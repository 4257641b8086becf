"""The variety of orders, and the measures."""

from __future__ import annotations

from reports.excel import NOT_APPLICABLE, NOT_AVAILABLE, Column, Kind, Sheet, Value
from reports.measures import DEFINITIONS
from reports.night import ReportNight
from reports.pcc.counts import (
    Key,
)
from reports.pcc.figures import MeasureRow, shown_measures
from reports.pcc.layout import table_sheet
from reports.pcc.rates import percentage
from reports.pcc.words import rates
from reports.suppression import CONFIDENTIAL, Shown, Sum, hidden_cells, rate_is_hidden
from reports.text import sentence


def order_types(night: ReportNight) -> Sheet:
    """The variety of orders: how many of each type, for the whole force only."""
    frame = night.order_counts.sort(["granted", "order_type"], descending=[True, False])
    below, least = night.settings.suppress_below, night.settings.minimum_denominator
    types: list[str] = frame["order_type"].to_list()
    cells: dict[Key, int] = {}
    for column in ("granted", "live"):
        figures = frame[column].fill_null(0).to_list()
        cells.update({(column, kind): n for kind, n in zip(types, figures, strict=True)})
        cells[column, ""] = sum(figures)
    sums: list[Sum[Key]] = [
        Sum((column, ""), tuple((column, kind) for kind in types)) for column in ("granted", "live")
    ]
    index = next(
        (row for row in shown_measures(night) if (row.measure, row.cut) == ("M05", "12 months")),
        None,
    )
    # The measure of variety counts the same orders: it shows or hides the total already.
    whole: Key = ("granted", "")
    told = index is not None and index.denominator == cells[whole]
    kept = index is not None and index.denominator == CONFIDENTIAL
    hidden = hidden_cells(
        cells,
        sums,
        below=below,
        also={whole} if kept else (),
        published={whole} if told else (),
    )

    def shown(column: str, kind: str) -> Shown:
        return CONFIDENTIAL if (column, kind) in hidden else cells[column, kind]

    everything = cells["granted", ""]
    rows: list[tuple[Value, ...]] = []
    for kind, name in frame.select("order_type", "name").iter_rows():
        granted = shown("granted", kind)
        share: Value = NOT_APPLICABLE if everything == 0 else CONFIDENTIAL
        if isinstance(granted, int) and ("granted", "") not in hidden and everything:
            unsafe = rate_is_hidden(granted, everything, below=below, minimum=least)
            share = CONFIDENTIAL if unsafe else percentage(granted, everything)
        rows.append((kind, name or NOT_AVAILABLE, granted, share, shown("live", kind)))
    if rows:
        rows.append(("All", "All types", shown("granted", ""), NOT_APPLICABLE, shown("live", "")))
    if not rows and (index is None or index.value == NOT_AVAILABLE):
        # The orders were not read: that there are none is not known.
        rows.append(("Not measured", *[NOT_AVAILABLE] * 4))
    return table_sheet(
        night,
        "Order types",
        "Variety of protective orders, whole force",
        "order_types",
        [
            Column("Type", 12),
            Column("Name", 46),
            Column("Police-led orders granted in 12 months", 25, Kind.COUNT),
            Column("Share of those (%)", 14, Kind.DECIMAL),
            Column("Orders live tonight", 14, Kind.COUNT),
        ],
        rows,
        "Number of orders. More can mean better practice [note 2]; courts drive some [note 4].",
        _variety_line(index),
        rates(night.settings),
        totals=True,
    )


def _variety_line(index: MeasureRow | None) -> str:
    said = f"{index.value:.2f}" if index and isinstance(index.value, float) else NOT_AVAILABLE
    return (
        f"Variety index: {said}. It is the chance that two police-led orders taken at random are of"
        " different types: 0 is one type only."
    )


def measures(night: ReportNight) -> Sheet:
    """The measures, each with what it was counted from."""
    rows: list[tuple[Value, ...]] = []
    for row in shown_measures(night):
        if row.measure in ("M23", "M24"):
            continue
        definition = DEFINITIONS.get(row.measure)
        rows.append(
            (
                row.measure,
                definition.title if definition else row.measure,
                sentence(row.cut),
                row.value,
                row.unit,
                row.numerator,
                row.denominator,
                row.excluded,
                row.known,
            )
        )
    return table_sheet(
        night,
        "Measures",
        "Measures of orders, breaches and data quality, whole force",
        "measures",
        [
            Column("Measure", 11),
            Column("What is measured", 44),
            Column("Of what", 32),
            Column("Value", 11, Kind.DECIMAL),
            Column("Unit of the value", 17),
            Column("Numerator", 13, Kind.COUNT),
            Column("Denominator", 14, Kind.COUNT),
            Column("Left out, not known", 13, Kind.COUNT),
            Column("Records known (%)", 13, Kind.DECIMAL),
        ],
        rows,
        "The sheet Definitions says what each counts. Breaches: see [note 3] and [note 5].",
        "Records known is the share that could be measured: the quality of the data behind it.",
        rates(night.settings),
    )
