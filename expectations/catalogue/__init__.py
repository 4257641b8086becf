"""The catalogue: reads and checks the rules, and makes Great Expectations suites of them."""

from expectations.catalogue.catalogue import RULES_FOLDER, SOURCES, Catalogue, Rule
from expectations.catalogue.owners import OWNER, unit_column, unit_faults
from expectations.catalogue.setup import (
    PAST_FAILURES,
    Expectations,
    load_expectations,
    read_expectations,
)
from expectations.catalogue.suites import (
    coverage,
    coverage_column,
    expectation_faults,
    suite,
    unsayable,
)

__all__ = [
    "OWNER",
    "PAST_FAILURES",
    "RULES_FOLDER",
    "SOURCES",
    "Catalogue",
    "Expectations",
    "Rule",
    "coverage",
    "coverage_column",
    "expectation_faults",
    "load_expectations",
    "read_expectations",
    "suite",
    "unit_column",
    "unit_faults",
    "unsayable",
]
