# The commands of this repository. `make demo` and `make test` are the two to know; `make help` lists them all.
#
# Everything a command needs is made on the way, inside the checkout: a virtual environment in .venv, brought up to date
# when pyproject.toml or PYTHON changes. Nothing outside the checkout is touched.

PYTHON ?= python3
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)
ENVIRONMENT := .venv/made-for-$(shell { cat pyproject.toml .ci/environment; echo '$(PYTHON)'; } | cksum | tr ' ' '-')
SERVICES := .services/made-for-$(shell cat .ci/services .ci/integration.txt | cksum | tr ' ' '-')
TESTS ?= tests
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test services test-integration fuzz check bench bench-smoke kills crowd soak load mutants coverage clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

demo: $(ENVIRONMENT) ## resolve, fetch and ensure a small monorepo in .demo/ (asks this machine's package index)
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh examples/demo.sh

test: $(ENVIRONMENT) ## run every test (TESTS=tests/resolver for some of them)
	$(BIN)/python -m pytest -n auto $(TESTS)

services: $(ENVIRONMENT) $(SERVICES) ## install real caches into .services, start them on loopback until Ctrl-C, say what cannot be had
	@PYTHONPATH=.services/python $(BIN)/python -m tests.support.services

test-integration: $(ENVIRONMENT) $(SERVICES) ## test against real caches (in .services, made on the way; each test starts its own)
	PYTHONPATH=.services/python $(BIN)/python -m pytest -n 2 -m integration $(TESTS)

fuzz: $(ENVIRONMENT) ## judge thousands of random cases, new ones each time (ARGS='universes --seed 7', FUZZ_SEED=7)
	$(BIN)/python -m tests.fuzz $(ARGS)

check: $(ENVIRONMENT) ## lint, format, types, import law, and that our own lock is current
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_imports.py
	$(BIN)/frazil resolve --check

bench: $(ENVIRONMENT) ## measure frazil against uv, pip and what is possible (ARGS=list, ARGS='-n 9 warm', ARGS=scale, …)
	$(BIN)/python -m benchmarks $(ARGS)

bench-smoke: $(ENVIRONMENT) ## see that the benchmark works; nothing is judged by time
	$(BIN)/python -m benchmarks smoke

kills: $(ENVIRONMENT) ## kill 200 runs at random points (ARGS='-n 50'); the next run must heal
	$(BIN)/python -m trials kills $(ARGS)

crowd: $(ENVIRONMENT) ## 32 processes on one store and one output for 10 minutes (ARGS='--minutes 1')
	$(BIN)/python -m trials crowd $(ARGS)

soak: $(ENVIRONMENT) ## 10,000 fetches of 20 locks in one process, memory and descriptors flat (ARGS='--minutes 5')
	$(BIN)/python -m trials soak $(ARGS)

load: $(ENVIRONMENT) ## memory of a fetch of 300 MB, time of a fetch of 1,000 artifacts
	$(BIN)/python -m trials load $(ARGS)

mutants: $(ENVIRONMENT) ## break store, codec, HTTP and archives in 400 places, and see whether the tests notice
	$(BIN)/python -m trials mutants $(ARGS)

coverage: $(ENVIRONMENT) ## measure what the tests of store, codec, HTTP and archives reach
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-cache-dir 'coverage>=7.10'
	$(BIN)/python -m trials coverage

clean: ## remove what these commands made
	rm -rf .venv .services .bench .demo .frazil .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(ENVIRONMENT): pyproject.toml .ci/environment
	@sh .ci/environment '$(PYTHON)' '$(BIN)'
	@touch '$@'

$(SERVICES): .ci/services .ci/integration.txt
	@sh .ci/services '$(BIN)/python'
	@touch '$@'
