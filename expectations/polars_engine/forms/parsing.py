"""Text that reads as a date, as JSON, or as JSON of a given shape."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import polars as pl
from dateutil.parser import parse  # type: ignore[import-untyped]

from ..domain import Domain
from ..errors import BadArgument
from ..map_metrics import polars_form
from .distinct import judge_distinct


@polars_form("column_values.dateutil_parseable")
def dateutil_parseable(d: Domain) -> pl.Expr:
    """Text that dateutil reads as a date or time."""
    d.require_text()

    def reads(value: str) -> bool:
        try:
            parse(value)
        except (ValueError, OverflowError):
            return False
        return True

    return judge_distinct(d.text, reads)


@polars_form("column_values.match_strftime_format")
def match_strftime_format(d: Domain, strftime_format: str) -> pl.Expr:
    """Text that reads as a date or time in one format of `strptime`."""
    d.require_text()

    def reads(value: str) -> bool:
        try:
            dt.datetime.strptime(value, strftime_format)
        except ValueError:
            return False
        return True

    return judge_distinct(d.text, reads)


@polars_form("column_values.json_parseable")
def json_parseable(d: Domain) -> pl.Expr:
    """Text that is JSON."""
    d.require_text()

    def reads(value: str) -> bool:
        try:
            json.loads(value)
        except (ValueError, RecursionError):
            return False
        return True

    return judge_distinct(d.text, reads)


@polars_form("column_values.match_json_schema")
def match_json_schema(d: Domain, json_schema: dict[str, Any]) -> pl.Expr:
    """Text that is JSON and fits a JSON schema."""
    d.require_text()
    cls = jsonschema.validators.validator_for(json_schema)
    try:
        cls.check_schema(json_schema)
    except jsonschema.SchemaError as error:
        raise BadArgument(f"the JSON schema is not one: {error.message}") from None
    validator = cls(json_schema)

    def fits(value: str) -> bool:
        try:
            return bool(validator.is_valid(json.loads(value)))
        except (ValueError, RecursionError):
            return False

    return judge_distinct(d.text, fits)
