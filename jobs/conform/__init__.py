"""Conform: from what a source delivered to canonical records, typed and in UTC."""

from jobs.conform.conform import Conformed, conform
from jobs.conform.day_order import date_shapes
from jobs.conform.load import SALT, load_mapping, vocabulary_of
from jobs.conform.mapping import NULL_WORDS, FieldMapping, SourceMapping
from jobs.conform.raw import kept_raw
from jobs.conform.read import READ_ALL_THE_SAME
from jobs.conform.rejects import REJECTS, reject_rows
from jobs.conform.statistics import COLUMNS
from jobs.conform.times import read_instants

__all__ = [
    "COLUMNS",
    "NULL_WORDS",
    "READ_ALL_THE_SAME",
    "REJECTS",
    "SALT",
    "Conformed",
    "FieldMapping",
    "SourceMapping",
    "conform",
    "date_shapes",
    "kept_raw",
    "load_mapping",
    "read_instants",
    "reject_rows",
    "vocabulary_of",
]
