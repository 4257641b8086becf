"""The language of rules and facts: formulas, conditions, the statutory clock, YAML with lines."""

from expectations.language.clock import (
    LONDON,
    as_of,
    counted_deadline,
    end_of_day,
    local_date,
    start_of_day,
    weekday_hours,
)
from expectations.language.formula import CONSTANTS, Formula, FormulaError, Scope
from expectations.language.functions import FUNCTIONS
from expectations.language.when import Coverage, Test, read_tests, setting
from expectations.language.written import (
    WrittenClosure,
    WrittenCluster,
    WrittenFact,
    WrittenRule,
    WrittenSet,
)
from expectations.language.yaml_lines import Entry, read_entries, yaml_files

__all__ = [
    "CONSTANTS",
    "FUNCTIONS",
    "LONDON",
    "Coverage",
    "Entry",
    "Formula",
    "FormulaError",
    "Scope",
    "Test",
    "WrittenClosure",
    "WrittenCluster",
    "WrittenFact",
    "WrittenRule",
    "WrittenSet",
    "as_of",
    "counted_deadline",
    "end_of_day",
    "local_date",
    "read_entries",
    "read_tests",
    "setting",
    "start_of_day",
    "weekday_hours",
    "yaml_files",
]
