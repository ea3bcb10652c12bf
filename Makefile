# Everything that a contributor types; `make help` lists it. No step but these is needed on a machine with Python 3.11.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV := $(shell command -v uv)
BIN := .venv/bin
# Four keep two cores busy: many tests wait for processes that they have started.
TEST_PROCESSES := 4
# The interpreter is the machine's; nothing is downloaded in its place.
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON_PREFERENCE := only-system
# Some machines ask Python to keep no compiled modules; every process would then compile a thousand of them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup run test chaos soak lint lock clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.installed api/web/vendor/package-lock.sha256 ## Make .venv from the hash-locked requirements, fetch the browser libraries

run: setup ## Run the demonstration city on this machine and print its addresses
	@exec $(BIN)/parking demo

# The types are checked by one process, which would leave the other cores idle before the tests.
test: setup ## Run every test, and beside them everything that lint checks
	@$(MAKE) --no-print-directory --jobs 2 suite lint

.PHONY: suite
suite: setup
	@# A test runs make anew, which must not ask this one for its turn.
	env --unset=MAKEFLAGS $(BIN)/pytest --numprocesses $(TEST_PROCESSES) --dist loadscope --no-loadscope-reorder

chaos: setup ## Kill and cut everything while 20,000 stays are settled; up to 45 minutes
	@$(BIN)/python -m tests.chaos.settlements

soak: setup ## Kill, stop and slow everything 200 times while sensors speak; 25 minutes
	@$(BIN)/python -m tests.chaos.readings

lint: setup ## Check format, style, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: ## Resolve the requirements anew and write their hashes; needs uv
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-annotate --no-header --no-emit-index-url --no-emit-find-links --upgrade --quiet --output-file requirements.lock

clean: ## Remove what setup and run have made
	rm -rf .venv .parking api/web/vendor build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# The stamp holds the digest of what was installed, so that a checkout with other file times installs nothing again.
.venv/.installed: requirements.lock pyproject.toml
	@if [ "$$(cat $@ 2>/dev/null)" = "$$(cat $^ | sha256sum)" ]; then touch $@; else $(MAKE) --no-print-directory install; fi

.PHONY: install
ifdef UV
install:
	@test -x $(BIN)/python || uv venv --quiet --python $(PYTHON) .venv
	uv pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.lock
	uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@cat requirements.lock pyproject.toml | sha256sum > .venv/.installed
else
install:
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --no-deps --no-compile --require-hashes --requirement requirements.lock
	$(BIN)/pip install --quiet --no-deps --no-compile --no-build-isolation --editable .
	@cat requirements.lock pyproject.toml | sha256sum > .venv/.installed
endif

# The map needs the libraries, nothing else does: without npm the city still runs, with the list in the map's place.
api/web/vendor/package-lock.sha256: api/web/package-lock.json | .venv/.installed
	@$(BIN)/python -m api.web.vendor && touch $@ || echo "the page shows its list without a map; 'make setup' tries again"
