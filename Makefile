# Needs Python 3.11 or later, make and the package registry that pip is set up for. Nothing else.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test accept lint format bench bench-terraform schemas docs constraints clean

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

install: $(STAMP) ## install chimeform and its tools into .venv
	@echo "chimeform is installed: $(BIN)/chimeform"

# Without bytecode every start takes up to three times as long, and the tests start the program hundreds of times.
unexport PYTHONDONTWRITEBYTECODE

# The build back end is installed first, so that it too has the tested release (pip would fetch the newest).
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else \
		f"chimeform needs Python 3.11 or later, and $(PYTHON) is {sys.version.split()[0]}: make install PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) (a minute or two the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt hatchling editables
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
		--no-build-isolation -e '.[sandbox,policies,dev]'
	@touch $@

demo: $(STAMP) ## the whole story on a local Amazon Chime, in under a minute
	@$(BIN)/chimeform demo

# Three workers on two cores: some tests mostly wait, for Terraform or for CloudTrail's rate.
test: lint ## every check and every test
	@$(BIN)/python -m pytest -q -n 3 --dist worksteal

accept: $(STAMP) ## write the golden files anew; read the difference before you commit it
	@ACCEPT=1 $(BIN)/python -m pytest -q -n 2 --dist worksteal

lint: $(STAMP) ## style, types and the law of imports; all of them run, whichever fails
	@status=0; \
	$(BIN)/ruff check --quiet . || status=1; \
	$(BIN)/ruff format --quiet --check . || status=1; \
	$(BIN)/mypy --no-error-summary . || status=1; \
	$(BIN)/lint-imports || status=1; \
	exit $$status

format: $(STAMP) ## put the code into the agreed form
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

bench: $(STAMP) ## the measurements in benchmarks/, one after the other
	@set -e; for file in $(sort $(wildcard benchmarks/[a-z]*.py)); do echo "== $$file"; $(BIN)/python "$$file"; done

bench-terraform: $(STAMP) ## chimeform and Terraform side by side (hours; COUNTS, LATENCIES, RUNS, PAIRS make it shorter)
	@$(BIN)/python benchmarks/terraform/side_by_side.py $(if $(COUNTS),--counts $(COUNTS)) \
		$(if $(LATENCIES),--latencies $(LATENCIES)) $(if $(RUNS),--runs $(RUNS)) $(if $(PAIRS),--pairs $(PAIRS))

schemas: $(STAMP) ## write schemas/ from the definitions of the kinds
	@$(BIN)/chimeform schema --write schemas/

docs: $(STAMP) ## write the reference pages from the definitions, with each scripts/docs_*.py
	@set -e; for file in $(sort $(wildcard scripts/docs_*.py)); do echo "== $$file"; $(BIN)/python "$$file"; done

constraints: ## resolve constraints.txt anew, in an empty environment
	@rm -rf build && $(PYTHON) -m venv build/constraints
	@build/constraints/bin/python scripts/constraints.py '.[sandbox,policies,dev]' constraints.txt
	@rm -rf build

clean: ## remove the environment and everything that was generated for this machine
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
