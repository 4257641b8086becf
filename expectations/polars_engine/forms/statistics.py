"""Values far from the rest of their column."""

from __future__ import annotations

import polars as pl

from ..domain import Domain
from ..errors import BadArgument
from ..map_metrics import polars_form


def _number(d: Domain) -> pl.Expr:
    d.require_number()
    return d.judged.cast(pl.Float64)


@polars_form("column_values.z_score.under_threshold")
def z_score(d: Domain, threshold: float, double_sided: bool = True) -> pl.Expr:
    """A z-score under the threshold; a column without spread has no z-scores and passes."""
    x = _number(d)
    spread = x.std()
    score = (x - x.mean()) / spread
    under = score.abs() < abs(threshold) if double_sided else score < threshold
    return under | score.is_nan() | (spread.fill_null(0.0) == 0)


@polars_form("column_values.not_outliers")
def not_outliers(d: Domain, method: str = "iqr", multiplier: float = 1.5) -> pl.Expr:
    """A value within `multiplier` spreads of the middle: of the quartiles, or of the mean."""
    x = _number(d)
    if method == "iqr":
        low, high = (x.quantile(q, interpolation="linear") for q in (0.25, 0.75))
        reach = multiplier * (high - low)
        near = (x >= low - reach) & (x <= high + reach)
    elif method == "std":
        low, reach = x.mean(), multiplier * x.std()
        near = pl.when(reach <= 0).then(x == low).otherwise((x - low).abs() < reach)
    else:
        raise BadArgument(f'method is "iqr" or "std", and {method!r} is neither')
    # an infinite or missing statistic gives no basis to call anything an outlier
    return near | ~(low.is_finite() & reach.is_finite()).fill_null(value=False)
