"""The catalogue: reads and checks the rules, and makes Great Expectations suites of them."""
