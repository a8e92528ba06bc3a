# The only commands anyone needs. `make` prints this help.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VERSION ?= minor
VENV := .venv
BIN := $(VENV)/bin
N ?= 20000
ROWS ?= 200000
RUNS ?= 500
SEED ?= 1
AT_ONCE ?= 4
MEMBERS := contracts chassis services/ingest services/pricing services/mapping services/xero services/connectwise services/autotask services/portal sandbox cli deploy
CODE := $(MEMBERS) tests
INSTALLED := $(VENV)/.installed
# Hundreds of processes are started by the tests: none compiles anew what another one has.
export PYTHONDONTWRITEBYTECODE :=

help: ## Show this help
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

setup: $(INSTALLED) ## Make .venv from requirements.lock and install every member

$(INSTALLED): requirements.lock $(foreach member,$(MEMBERS),$(member)/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Syncline needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Say PYTHON=python3.11.")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(foreach member,$(MEMBERS),-e $(member))
	@touch $@

demo: setup ## Run the main job on a real stack, start to finish (under a minute)
	@$(BIN)/syncline-stack demo

demo-apart: setup ## The demo, each service from its own wheel and lock in a fresh environment
	@$(BIN)/syncline-stack demo --apart all

up: setup ## Keep the stack running in the foreground, data under .syncline/
	@$(BIN)/syncline-stack up

bench: setup ## Measure ROWS lines of daily usage, file to ready (make bench ROWS=1000000)
	@$(BIN)/syncline-stack bench --rows $(ROWS)

test: setup ## Every test, AT_ONCE files side by side
	@$(BIN)/python -m pytest -n $(AT_ONCE) --dist loadfile --no-loadscope-reorder

fuzz: setup ## Mutated invoice files, N of them (make fuzz N=100000)
	@FUZZ_N=$(N) $(BIN)/python -m pytest -q tests/fuzz

chaos: setup ## Connector runs under faults and kills (make chaos RUNS=500 SEED=1)
	@CHAOS_RUNS=$(RUNS) CHAOS_SEED=$(SEED) $(BIN)/python -m pytest -q tests/chaos/test_connector_runs.py
	@cat build/chaos.json

screenshots: setup ## Every page of the portal as a picture, into docs/pictures
	@$(BIN)/python -m tests.e2e.screenshots

check: setup lint types contracts-check ## Lint, types, unit and contract tests: under two minutes
	@$(BIN)/python -m pytest -q -n $(AT_ONCE) --dist loadfile tests/unit tests/contract

lint: setup ## Ruff, bandit and the import rules
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/bandit --quiet --recursive --severity-level medium $(MEMBERS)
	@$(BIN)/lint-imports

types: setup ## mypy, strict
	@$(BIN)/mypy $(CODE)

format: setup ## Format the code
	@$(BIN)/ruff check --fix $(CODE)
	@$(BIN)/ruff format $(CODE)

contracts: setup ## Write the JSON Schemas and the AsyncAPI document anew from the models
	@$(BIN)/python -m syncline_contracts.schema
	@$(BIN)/python -m syncline_contracts.asyncapi

contracts-check: setup ## Compare the schemas with the last release: only additions pass
	@$(BIN)/python -m syncline_contracts.compatibility

docs: setup ## Write docs/architecture.md anew from the catalogue
	@$(BIN)/python -m syncline_stack.release.architecture

manifests: setup ## Render every Kubernetes overlay into build/ and check each object
	@$(BIN)/python -m syncline_stack.release.manifests

release: setup ## A new version of one service (make release SERVICE=xero VERSION=minor)
	@$(BIN)/python -m syncline_stack.release.version $(SERVICE) $(VERSION)

audit: ## Known faults in dependencies: asks the package index
	@folder=$$(mktemp -d) && $(PYTHON) -m venv $$folder && $$folder/bin/pip install --quiet pip-audit && \
	  $$folder/bin/pip-audit --disable-pip --require-hashes -r requirements.lock; code=$$?; rm -rf $$folder; exit $$code

lock: ## Write requirements.lock anew from requirements.in
	@folder=$$(mktemp -d) && $(PYTHON) -m venv $$folder && $$folder/bin/pip install --quiet uv && \
	  $$folder/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-header requirements.in -o requirements.lock; rm -rf $$folder
	@$(MAKE) --no-print-directory setup && $(BIN)/python -m syncline_stack.release.lock

clean: ## Remove what was built; .syncline/ stays
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis

.PHONY: help setup demo demo-apart up bench test fuzz chaos screenshots check lint types format contracts contracts-check docs manifests release audit lock clean
