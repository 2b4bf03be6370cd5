# make run: set up, index the seeds if needed, open the page.    make test: set up, all checks and tests.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
CORPUS ?= seeds
INDEX ?= .wenju/$(shell basename "$(CORPUS)")
GOLD ?= eval/gold/seeds.jsonl
export ASKED = $(value Q)

FOLDER = $(patsubst ~/%,$(HOME)/%,$(CORPUS))
SYNC = $(BIN)/python -m index sync "$(FOLDER)" --index "$(INDEX)"
# Sync ends with 1 where it failed, but also where only some file cannot be read; it says which, and what is indexed can be asked.

.PHONY: run test check ask chat index evaluate format setup

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

run: setup
	$(BIN)/python app.py --corpus "$(FOLDER)" --index "$(INDEX)"

index: setup
	$(SYNC)

ask: setup
	@test -n "$$ASKED" || { echo 'usage: make ask Q="your question"' >&2; exit 2; }
	@$(SYNC) || test $$? -eq 1
	@$(BIN)/python -m qa ask --index "$(INDEX)" -- "$$ASKED"

chat: setup
	@$(SYNC) || test $$? -eq 1
	@$(BIN)/python -m qa chat --index "$(INDEX)"

evaluate: setup
	$(SYNC)
	$(BIN)/python -m eval run --index "$(INDEX)" --gold "$(GOLD)" --split test --out runs/seeds-test --fresh
	$(BIN)/python -m eval report runs/seeds-test

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: check
	$(BIN)/python -m pytest

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
