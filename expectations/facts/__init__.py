"""Facts: columns derived from the records, each defined in a YAML file of this folder."""

from expectations.facts.book import Fact, FactBook, load_facts
from expectations.facts.compute import Computed, compute

__all__ = ["Computed", "Fact", "FactBook", "compute", "load_facts"]
