# Two commands do all set-up: `make demo` and `make test`. Everything else is listed by `make help`.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
WORKERS ?= auto
# Tests start many processes of ours; without bytecode each would compile the whole product first.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo serve test lint types bench docs format lock migration

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

.venv/.installed: pyproject.toml requirements-dev.lock tools/venv.sh
	@tools/venv.sh
	@touch $@

demo: .venv/.installed ## Start the simulated estate and the product, onboard it, print how to sign in
	@$(BIN)/tenantry demo

serve: .venv/.installed ## Run the product on this machine (settings: environment, .env)
	@$(BIN)/tenantry serve

test: .venv/.installed ## Run all tests, on SQLite and PostgreSQL, with a real browser and Redis
	@tools/system.sh postgresql redis chromium
	@$(BIN)/pytest -n $(WORKERS) --dist loadgroup

lint: .venv/.installed ## Check style, imports between layers, formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports pyproject.toml

types: .venv/.installed ## Check types strictly
	@$(BIN)/mypy

bench: .venv/.installed ## Print the ratios the product promises, measured side by side
	@tools/system.sh postgresql
	@$(BIN)/python -m benchmarks

docs: .venv/.installed ## Write the generated reference pages
	@$(BIN)/python tools/reference.py

format: .venv/.installed ## Format the code
	@$(BIN)/ruff check --fix -q . ; $(BIN)/ruff format .

lock: .venv/.installed ## Resolve the dependencies again
	@tools/lock.sh --upgrade

migration: .venv/.installed ## Write a migration from the models: make migration m="add projects"
	@$(BIN)/python tools/new_migration.py "$(m)"
