# Everything a person types. The first two are the README's two commands.
.DEFAULT_GOAL := help
.PHONY: help activitynet hacs epic_recognition test test-slow check install base validate clean

PYTHON ?= python3
# `make TORCH=keep ...` leaves the torch that stands in .venv (or that pip would choose) alone.
TORCH ?= pinned

BIN := .venv/bin
INSTALLED := .venv/installed
# DVC runs `python`, which must be the one of .venv; its usage statistics stay off.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1

help:  ## what can be made
	@grep -E '^[a-z_-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

activitynet: $(INSTALLED)  ## install, then regenerate the ActivityNet submission of the profile in force
	$(BIN)/dvc repro tracks/activitynet
	@$(BIN)/python -m common.cli.summary activitynet

hacs: $(INSTALLED)  ## install, then regenerate the HACS submissions of the profile in force
	$(BIN)/dvc repro tracks/hacs
	@$(BIN)/python -m common.cli.summary hacs

epic_recognition: $(INSTALLED)  ## install, then regenerate the EPIC recognition submission of the profile in force
	$(BIN)/dvc repro tracks/epic_recognition
	@$(BIN)/python -m common.cli.summary epic_recognition

test: $(INSTALLED) check  ## style, types, floors, then the whole test suite
	$(BIN)/pytest -n 2

test-slow: $(INSTALLED)  ## the tests that take minutes
	$(BIN)/pytest -m slow

check: $(INSTALLED)  ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

validate: $(INSTALLED)  ## check every submission under submissions/
	$(BIN)/python -m common.cli.check_submissions

install: $(INSTALLED)  ## create .venv and install everything

base:  ## only readers, evaluators, validators and packaging: no torch
	test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .

$(INSTALLED): pyproject.toml constraints.txt
	test -d .venv || $(PYTHON) -m venv .venv
	grep -v $(if $(filter keep,$(TORCH)),'^torch==','^$$') constraints.txt > .venv/constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -c .venv/constraints.txt -e '.[train,dev]'
	@# Each of these three asks for its own build of OpenCV; pyproject.toml lists what they really need.
	$(BIN)/pip install --quiet --disable-pip-version-check -c .venv/constraints.txt --no-deps mmengine mmcv-lite mmaction2
	touch $@

clean:  ## remove what the DAGs made; .venv and data stay
	rm -rf artifacts .dvc/tmp .dvc/cache
