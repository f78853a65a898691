# `make demo` and `make test` work on a fresh machine: each makes .venv if it is missing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROCESSES ?= auto

.PHONY: demo test check slow faults packaging bench clean

demo: $(VENV)/installed
	$(BIN)/macropatch run curie-weiss --quick --out runs/curie-weiss-quick

test: $(VENV)/installed
	$(BIN)/python -m pytest -n $(PROCESSES)

check: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

slow: $(VENV)/installed
	$(BIN)/python -m pytest -m slow

faults: $(VENV)/installed
	$(BIN)/python -m pytest -m faults

packaging: $(VENV)/installed
	$(BIN)/python -m pytest -m packaging

bench: $(VENV)/installed
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) runs .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -c constraints.txt -e '.[dev]'
	touch $@
