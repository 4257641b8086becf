"""Facts: columns derived from the records, each defined in a YAML file of this folder."""

from expectations.facts.book import FACTS_FOLDER, Column, Fact, FactBook
from expectations.facts.compute import Computed, compute
from expectations.facts.reading import read_facts
from expectations.facts.unread import Unread, doubted, unread

__all__ = [
    "FACTS_FOLDER",
    "Column",
    "Computed",
    "Fact",
    "FactBook",
    "Unread",
    "compute",
    "doubted",
    "read_facts",
    "unread",
]
