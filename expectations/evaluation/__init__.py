"""Evaluation: suites over a night's records become exceptions and an outcome for every rule."""
