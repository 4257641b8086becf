"""Conform: from what a source delivered to canonical records, typed and in UTC."""

from jobs.conform.conform import Conformed, conform
from jobs.conform.load import load_mapping
from jobs.conform.mapping import SourceMapping

__all__ = ["Conformed", "SourceMapping", "conform", "load_mapping"]
