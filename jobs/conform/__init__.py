"""Conform: from what a source delivered to canonical records, typed and in UTC."""

from jobs.conform.conform import REJECTS, Conformed, conform
from jobs.conform.load import SALT, load_mapping, vocabulary_of
from jobs.conform.mapping import NULL_WORDS, FieldMapping, SourceMapping
from jobs.conform.times import read_instants

__all__ = [
    "NULL_WORDS",
    "REJECTS",
    "SALT",
    "Conformed",
    "FieldMapping",
    "SourceMapping",
    "conform",
    "load_mapping",
    "read_instants",
    "vocabulary_of",
]
