# The contributor's vocabulary. Everything lives in .venv; versions come from requirements/*.lock.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
UV := $(shell command -v uv 2>/dev/null)
PY := .venv/bin/python
# Two a core: half of a test's time in a terminal is waiting for the program under test.
JOBS ?= $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN))

.PHONY: help run setup test soak check format bench bench-quick demo screenshots lock clean
help:            ## show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1@/p' $(MAKEFILE_LIST) | column -t -s@

run: .venv/.run  ## set up what is needed and open oss-tui
	@.venv/bin/oss-tui $(ARGS)

setup: .venv/.dev  ## everything for tests and development in .venv

test: setup      ## all tests, in parallel (JOBS=n to choose)
	$(PY) -m pytest -n $(JOBS) --dist worksteal $(ARGS)

soak: setup      ## the slow tests, marked nightly
	$(PY) -m pytest -n $(JOBS) -m nightly --hypothesis-profile=search $(ARGS)

check: setup     ## lint, format and types
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m basedpyright --level error

format: setup    ## let ruff rewrite what it can
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

bench: setup     ## measure everything against its floors, under 10 minutes (make bench-NAME: one figure; bench-quick: CI)
	$(PY) -m benchmarks $(ARGS)

bench-quick: setup
	$(PY) -m benchmarks --quick $(ARGS)

bench-%: setup
	$(PY) -m benchmarks $* $(ARGS)

demo: setup      ## film the demo session: screenshots/demo.cast and demo.svg
	$(PY) -m scripts.demo

screenshots: setup  ## drive the demo session and write screenshots/, the film too
	$(PY) -m scripts.screenshots
	$(PY) -m scripts.demo

lock: setup      ## resolve the newest allowed versions into requirements/*.lock (needs uv)
	uv pip compile -q --upgrade --universal --generate-hashes --no-header --no-annotate pyproject.toml -o requirements/run.lock
	uv pip compile -q --upgrade --universal --generate-hashes --no-header --no-annotate pyproject.toml --group dev -o requirements/dev.lock

clean:           ## remove what make made
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis build dist

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "oss-tui needs Python 3.11 or newer: install it, or name it: make run PYTHON=/path/to/python3.11"; exit 1; }
ifdef UV
	uv venv -q --python $(PYTHON) .venv
else
	$(PYTHON) -m venv .venv
endif

.venv/.run: requirements/run.lock pyproject.toml | .venv/bin/python
	@test -e .venv/.dev || scripts/install.sh requirements/run.lock
	@touch $@

.venv/.dev: requirements/dev.lock pyproject.toml | .venv/bin/python
	scripts/install.sh requirements/dev.lock
	@touch $@ .venv/.run
