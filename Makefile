# Everything a developer or a newcomer types. `make` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= datasets/quickstart
SHARED ?= $(abspath ../shared/assets)

.DEFAULT_GOAL := help
.PHONY: help demo test proof lint types imports docs-check docs unit bench clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  make \1|/' | column -t -s '|'

# --- environments -----------------------------------------------------------------------------------------------

$(BIN)/synthvision: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=23"
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/synthvision
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

# --- the two commands of the README -----------------------------------------------------------------------------

demo: $(BIN)/synthvision  ## install, check OpenGL, render 48 labelled frames, print where they are
	@PATH="$(abspath $(BIN)):$$PATH" sh .ci/demo.sh $(OUT)

test: $(VENV)/.dev  ## what CI runs: lint, types, import rules, docs, tests on the installed wheel
	@PATH="$(abspath $(BIN)):$$PATH" SHARED="$(SHARED)" sh .ci/test.sh

proof: $(VENV)/.dev  ## every promise of the design in full; resumable; writes benchmarks/results/*.json
	@PATH="$(abspath $(BIN)):$$PATH" SHARED="$(SHARED)" $(BIN)/python benchmarks/proof.py

# --- the steps of `make test`, one by one -----------------------------------------------------------------------

lint: $(VENV)/.dev  ## format and style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.dev  ## mypy --strict
	$(BIN)/mypy

imports: $(VENV)/.dev  ## who may import whom
	$(BIN)/lint-imports

docs-check: $(VENV)/.dev  ## generated pages are up to date
	$(BIN)/python -m synthvision.config.reference --check
	$(BIN)/python benchmarks/figures.py --check

docs: $(VENV)/.dev  ## write the config reference and the README's figures again
	$(BIN)/python -m synthvision.config.reference
	$(BIN)/python benchmarks/figures.py

unit: $(VENV)/.dev  ## tests on the checkout, stopping at the first failure
	$(BIN)/python -m pytest -x -q

bench: $(BIN)/synthvision  ## images per second on this machine
	$(BIN)/synthvision bench --workers 2

clean:  ## remove environments and caches
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
