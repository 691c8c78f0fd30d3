# Everything a newcomer needs; `make` alone prints this list.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PEERS := $(VENV)/peers
DATA ?=
ARGS ?=
# A file of tests stays in one process; each process loads everything and has services of its own.
# Slow tests wait for processes half of their time, so of theirs there is one more than cores.
CORES := $(shell $(PYTHON) -c "import os; print(min(4, os.cpu_count()))")
PARALLEL = --dist loadfile --no-loadscope-reorder -n
# Tests start processes by the hundred: what they import is compiled once, not in each of them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help venv demo up browser peers test lint audit check bench study campaign mutation fix clean

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[worker,local,onnx,s3,dev]'
	@touch $@

venv: $(STAMP) ## the environment in .venv, from constraints.txt

demo: $(STAMP) ## the whole loop on sample scenes (DATA=folder for real images, ARGS="--exit --json out.json" for flags)
	@$(BIN)/tessera demo $(if $(DATA),--data $(DATA)) $(ARGS)

up: $(STAMP) ## the local service in the foreground: PostgreSQL, Redis, server, workers
	@$(BIN)/tessera up $(ARGS)

# Where this cannot be done, tests that need it say so and are skipped.
browser: ## chromium and node for the tests of the pages, by apt-get as root
	@command -v node >/dev/null && command -v chromium >/dev/null || \
	{ test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
	apt-get update -qq && apt-get install -qq -y --no-install-recommends nodejs chromium >/dev/null; } || \
	echo "No chromium or node: install both to test the pages."

PEERS_LIST := tests/core/exports/peers/packages.txt
peers: $(STAMP) ## Label Studio's and CVAT's own packages, which tests compare with, in .venv/peers
	@cmp -s $(PEERS_LIST) $(PEERS)/.installed || { rm -rf $(PEERS) && \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --target $(PEERS) -r $(PEERS_LIST) && \
	cp $(PEERS_LIST) $(PEERS)/.installed; } || \
	echo "No packages of Label Studio and CVAT: what is compared with them is skipped."

test: $(STAMP) browser peers ## every test, on real PostgreSQL and Redis
	@$(BIN)/python -m pytest $(PARALLEL) $$(($(CORES) + 1)) $(ARGS)

lint: $(STAMP) ## format, lint, types, import directions
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

audit: $(STAMP) ## known vulnerabilities of the pinned packages, where their data can be reached
	@$(BIN)/python -m tests.audit

check: lint audit ## the fast subset: lint, audit and the quick tests
	@$(BIN)/python -m pytest -m "not slow" $(PARALLEL) $(CORES) $(ARGS)

bench: $(STAMP) ## benchmarks with their floors
	@$(BIN)/python -m benchmarks $(ARGS)

SCENES := .tessera/scenes
$(SCENES)/.made: | $(STAMP)
	@$(BIN)/python -m tessera.scenes $(SCENES) --pool 200 --val 0 --test 80
	@touch $@

study: $(STAMP) $(if $(DATA),,$(SCENES)/.made) ## fewer labels for the same mIoU, arm against arm (DATA=folder for real images, ARGS="--seeds 0")
	@$(BIN)/python -m ml.study $(or $(DATA),$(SCENES)) .tessera/study/$(if $(DATA),$(notdir $(DATA:/=)),scenes) $(ARGS)

campaign: $(STAMP) ## kills, cuts and crashes under load, with a report (ARGS="--minutes 30 --json out.json")
	@TESSERA_TEST_EXAMPLES=20 $(BIN)/python -m pytest -q tests/faults tests/worker/test_faults.py \
		tests/core/test_lease_machine.py tests/core/test_stage_machine.py
	@$(BIN)/python -m tests.faults $(ARGS)

mutation: $(STAMP) ## small faults in the code that tests have to notice (ARGS="leases stages --sample 50", docs/mutation.md)
	@$(BIN)/python -c "import mutmut" 2>/dev/null || \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[mutation]'
	@$(BIN)/python -m tests.mutation $(ARGS)

fix: $(STAMP) ## format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## remove the environment and local data
	rm -rf $(VENV) .tessera
