# The commands of this repository. `make demo` and `make test` are the two to know; `make help` lists them all.
#
# Everything a command needs is made on the way, inside the checkout: a virtual environment in .venv, brought up to date
# when pyproject.toml or PYTHON changes. Nothing outside the checkout is touched.

PYTHON ?= python3
BIN := $(if $(filter Windows_NT,$(OS)),.venv/Scripts,.venv/bin)
ENVIRONMENT := .venv/made-for-$(shell { cat pyproject.toml .ci/environment; echo '$(PYTHON)'; } | cksum | tr ' ' '-')
SERVICES := .services/made-for-$(shell cat .ci/services .ci/integration.txt | cksum | tr ' ' '-')
TESTS ?= tests
ARGS ?= run

.DEFAULT_GOAL := help
.PHONY: help demo test services test-integration check bench bench-smoke clean

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

clean: ## remove what these commands made
	rm -rf .venv .services .bench .demo .frazil .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(ENVIRONMENT): pyproject.toml .ci/environment
	@sh .ci/environment '$(PYTHON)' '$(BIN)'
	@touch '$@'

$(SERVICES): .ci/services .ci/integration.txt
	@sh .ci/services '$(BIN)/python'
	@touch '$@'
