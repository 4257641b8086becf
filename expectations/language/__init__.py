"""The language of rules and facts: formulas, conditions, the statutory clock, YAML with lines."""
