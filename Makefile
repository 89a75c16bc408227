# make install | run | test | quick | lint | bench. Needs Python 3.11 and make, nothing else.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH_STAMP := .venv-bench/.installed

.PHONY: install run test quick lint bench clean

install: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $(STAMP)

run: install  ## the bot, a phone-like chat page and an embedded database; prints the links
	$(BIN)/rusitthi run

test: lint  ## everything; what CI runs
	$(BIN)/rusitthi rules check --mutate
	$(BIN)/python -m pytest -n 2 --dist loadgroup

quick: install  ## the quick part of the tests
	$(BIN)/python -m pytest -q -n 2 --dist loadgroup -m "not slow and not browser"

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install $(BENCH_STAMP)  ## writes docs/benchmarks.md; what ours is compared with gets its own environment
	$(BIN)/python -m bench.run

$(BENCH_STAMP): bench/requirements.lock
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement bench/requirements.lock
	touch $(BENCH_STAMP)

clean:
	rm -rf $(VENV) .venv-bench var build dist *.egg-info
