"""Tests of the Polars engine for Great Expectations."""
