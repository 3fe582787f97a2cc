# Everything runs inside .venv of this folder. Paths are relative, so the folder's own path may hold spaces.
SHELL := /bin/sh
.DELETE_ON_ERROR:

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	if "$$name" -c '$(SUPPORTED)' 2>/dev/null; then echo "$$name"; break; fi; done)

STORE := runs/first
PAGE := report.html

.PHONY: help setup run test lint format docs bench bench-full bench-scale baseline lock clean

help:
	@echo 'make setup     make .venv with the command .venv/bin/shujie'
	@echo 'make run       the main job: run two scenarios, write $(PAGE), print its path'
	@echo 'make test      every test'
	@echo 'make lint      ruff and mypy'
	@echo 'make format    let ruff lay out the code'
	@echo 'make docs      write the pages that are made from the code and the data'
	@echo 'make bench     speed and memory beside plain Mesa objects; bench-full runs ten years of the whole city'
	@echo 'make bench-scale  batches and stores: 200 runs, two workers, overhead, shared pasts, memory, 2,000 stored runs'
	@echo 'make baseline  write the regression baselines anew (say why in CHANGELOG.md)'
	@echo 'make lock      pin the dependencies anew (needs pip-tools)'
	@echo 'make clean     remove .venv and caches; results in runs/ stay'

setup: .venv/installed
	@echo 'Ready: .venv/bin/shujie'

# Debian keeps ensurepip in a package of its own (python3-venv). Without it the environment is made without pip
# and filled by the pip of the system.
.venv/installed: requirements.lock pyproject.toml
	@test -n '$(PYTHON)' || { echo 'Python 3.11, 3.12 or 3.13 is needed (on Debian: apt install python3 python3-pip)' >&2; exit 1; }
	@rm -f .venv/installed
	@if '$(PYTHON)' -c 'import ensurepip' 2>/dev/null; then '$(PYTHON)' -m venv .venv; \
	else '$(PYTHON)' -m venv --without-pip .venv && '$(PYTHON)' -m pip --version >/dev/null; fi \
	|| { echo 'No virtual environment could be made: install venv or pip (on Debian: apt install python3-venv or python3-pip)' >&2; exit 1; }
	@echo 'Installing the pinned libraries into .venv (about two minutes the first time) ...'
	@if .venv/bin/python -m pip --version >/dev/null 2>&1; then set -- .venv/bin/python -m pip; \
	else set -- '$(PYTHON)' -m pip --python .venv/bin/python; fi; \
	"$$@" install --quiet --disable-pip-version-check --require-hashes -r requirements.lock \
	&& PYTHONWARNINGS=ignore "$$@" install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch .venv/installed

run: .venv/installed
	@.venv/bin/shujie run no-measures executed-2017-2020 --sample 0.01 --replications 20 --until 2020Q4 --store $(STORE)
	@.venv/bin/shujie report $(STORE) --html $(PAGE)
	@printf '%s\n' "$$(pwd)/$(PAGE)"

test: .venv/installed
	@.venv/bin/python -m pytest -n 2 --dist loadfile

lint: .venv/installed
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy

format: .venv/installed
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

docs: .venv/installed
	@.venv/bin/python -m sim.data.catalogue
	@.venv/bin/python -m sim.outcomes.registry docs/indicators.md
	@.venv/bin/python -m sim.report.odd
	@.venv/bin/python -m sim.scenarios.editor_schemas

bench: .venv/installed
	@.venv/bin/python benchmarks/run.py

bench-full: .venv/installed
	@.venv/bin/python benchmarks/run.py --full

bench-scale: .venv/installed
	@.venv/bin/python benchmarks/scale.py --full

baseline: .venv/installed
	@PYTHONPATH=. .venv/bin/python tests/baselines/update.py

lock:
	pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --extra dev --no-header --no-annotate \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist shujie.egg-info
