PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

.PHONY: help demo test differential engine soak bench docs format lock clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/'

$(VENV)/.ready: requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Orderwatch needs Python 3.11 or newer: run 'make $(MAKECMDGOALS) PYTHON=python3.12', say"; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { echo "This Python cannot make virtual environments: apt install python3-venv, then run the command again"; exit 2; }
	@echo "Setting up $(VENV) from requirements-dev.lock (once, a few minutes) ..."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(VENV)/.ready ## a synthetic force, three nights, then what to open
	$(BIN)/orderwatch demo

test: $(VENV)/.ready ## lint, types and the whole test suite
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadfile

differential: $(VENV)/.ready ## the Polars engine against GX on pandas, 20,000 random cases
	POLARS_ENGINE_CASES=20000 $(BIN)/pytest -n 2 tests/expectations/polars_engine/test_differential.py

engine: ## the Polars engine's tests on the oldest and newest GX that it supports
	bash tests/expectations/polars_engine/on_each_gx.sh

soak: $(VENV)/.ready ## 300 nights of a small force, with damage and kills, and what must hold
	$(BIN)/python -m tests.soak.nights --nights 300

bench: $(VENV)/.ready ## benchmarks, as ratios against a hand-written Polars floor
	$(BIN)/pytest tests/benches --benchmark-only -o addopts="" -o python_files="bench_*.py"

docs: $(VENV)/.ready ## write the generated pages of docs/ anew
	$(BIN)/python -m jobs.commands.documents docs
	$(BIN)/python -m tests.jobs.night.faults docs/faults.md

format: $(VENV)/.ready ## format the code
	$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

lock: ## renew the lock files (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --extra postgres pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --extra postgres --group dev pyproject.toml -o requirements-dev.lock

clean: ## remove the virtual environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
