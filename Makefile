# Every target makes the environment it needs in .venv first; a second call finds it ready.
# PYTHON chooses the interpreter it is made with, WORKERS how many tests run side by side.

PYTHON ?= python3
WORKERS ?= 2

VENV := .venv
BIN := $(VENV)/bin
DEMO_ENV := $(VENV)/.ready
TEST_ENV := $(VENV)/.ready-for-tests
OSCAR_VENV := $(VENV)/oscar
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet
TESTS := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -rs
COUNTED := --cov --cov-append --cov-report=
# What takes every branch of the ledger, and every branch that only PostgreSQL has.
LEDGER_ON_POSTGRES := $(addprefix tests/integration/test_,ledger.py drawing.py expiry.py)
LEDGER_TESTS := $(LEDGER_ON_POSTGRES) $(addprefix tests/integration/test_,merging.py check.py \
	check_merging.py check_returns.py forgetting.py restraint.py rule_expiry.py \
	points_returned.py api.py expiry_foreseen.py reviews.py reviews_taken_back.py \
	apologies.py surprises.py winback.py audit_kept.py) tests/unit/program/test_ledger_policy.py
# What asks no database is run once.
NO_DATABASE := tests/unit tests/test_architecture.py tests/integration/test_checks.py
# Long stretches of days, and what compares figures, the same on every database.
LONG := $(addprefix tests/integration/test_,messages_year.py winback_year.py tiers_foreseen.py \
	birthdays_entered.py surprises.py backfill_members.py expiry_oracle.py points_and_tax.py \
	planted_bugs.py)
# What migrates there and back, with triggers and all only on PostgreSQL.
MIGRATING := tests/integration/test_installation.py

.DEFAULT_GOAL := help
.PHONY: help demo demo-tour env test test-sqlite test-postgres nightly coverage coverage-ledger \
	test-oscar torture bench lint packaging tox clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ---------------------------------------------------------------- environment

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and \
		"Python 3.10 or newer is needed: make $(MAKECMDGOALS) PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(DEMO_ENV): setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing the shop into $(VENV), about a minute ..."
	$(PIP_INSTALL) -e '.[demo]'
	@touch $@

$(TEST_ENV): setup.cfg pyproject.toml | $(BIN)/python
	@echo "Installing the shop and the test tools into $(VENV), a minute or two ..."
	$(PIP_INSTALL) -e '.[test,lint]'
	# Wanted for the order histories inside; what it asks for beside would take minutes.
	$(PIP_INSTALL) --no-deps 'lifetimes==0.11.3'
	@touch $@ $(DEMO_ENV)

env: $(TEST_ENV) ## Make the environment with the test tools

# ---------------------------------------------------------------- the shop

demo: $(DEMO_ENV) ## Open a shop with a past on 127.0.0.1:8000
	$(BIN)/python -m sandbox.demo

demo-tour: $(DEMO_ENV) ## Buy in that shop unattended and check what comes out
	$(BIN)/python -m sandbox.tour

# ---------------------------------------------------------------- tests

# The ledger's own tests first and counted, then all others, so that none runs twice.
test: coverage-ledger ## Run the suite on SQLite and on PostgreSQL
	$(MAKE) test-sqlite BUT='$(LEDGER_TESTS) $(MIGRATING)'
	FEWER_CASES=1 $(MAKE) test-postgres BUT='$(LEDGER_ON_POSTGRES) $(NO_DATABASE) $(LONG)'

# A page is the same whatever the database: those of the shop are gone through on PostgreSQL, where
# a failed statement does most harm, and by the demo's tour on SQLite. BUT leaves files out.
test-sqlite: $(TEST_ENV) ## Run it on SQLite, all but the pages
	env -u DATABASE_URL $(TESTS) -m "not slow and not packaging and not postgres and not pages" \
		$(addprefix --ignore=,$(BUT))

# Nothing of a test has to survive a power cut, so nothing waits for the disk.
test-postgres: export PGOPTIONS = -c synchronous_commit=off
test-postgres: $(TEST_ENV) ## Run it on DATABASE_URL, else on a private PostgreSQL
	$(BIN)/python -m tests.postgres -- $(TESTS) -m "not slow and not packaging" \
		$(addprefix --ignore=,$(BUT))

nightly: export THOROUGH = 1
nightly: $(TEST_ENV) ## Run what takes long, all of what is sampled, and the pages on SQLite
	env -u DATABASE_URL $(TESTS) -m "(slow or sampled or pages) and not packaging and not postgres"
	$(BIN)/python -m tests.postgres -- $(TESTS) -m "(slow or sampled) and not packaging"

# Counting makes everything slower by half: this is all, and what the ledger needs is quicker.
coverage: $(TEST_ENV) ## Run the suite on both, counting the lines and branches that ran
	rm -f .coverage .coverage.*
	$(MAKE) test-sqlite test-postgres TESTS='$(TESTS) $(COUNTED)'
	$(BIN)/coverage report

coverage-ledger: $(TEST_ENV) ## See that the tests of the ledger take every branch of it
	rm -f .coverage .coverage.*
	$(MAKE) test-sqlite TESTS='$(TESTS) $(COUNTED) $(LEDGER_TESTS)'
	$(MAKE) test-postgres TESTS='$(TESTS) $(COUNTED) $(LEDGER_ON_POSTGRES)'
	$(BIN)/coverage report --include='*/program/ledger/*' --fail-under=100

# Oscar comes from the checkout that is named, so it is looked at each time.
test-oscar: $(TEST_ENV) ## Run the tests of Oscar's repository at OSCAR with the plugin installed
	@test -f '$(OSCAR)/tests/settings.py' || \
		{ echo "Say where Oscar's repository is: make test-oscar OSCAR=PATH"; exit 2; }
	test -d $(OSCAR_VENV) || $(BIN)/python -m venv $(OSCAR_VENV)
	$(OSCAR_VENV)/bin/python -m pip install --disable-pip-version-check --quiet \
		-e '$(OSCAR)[test]' -e .
	$(BIN)/python -m tests.postgres -- \
		$(BIN)/python -m tests.oscar_suite '$(OSCAR)' $(OSCAR_VENV)/bin/python

torture: $(TEST_ENV) ## Kill many processes at work for DURATION seconds, then audit books and post
	$(BIN)/python -m tests.postgres -- $(BIN)/python -m tests.torture $(TORTURE)

bench: $(TEST_ENV) ## Measure speed (BENCH=award, redeem, ...; ROWS, MEMBERS, COUPONS, SECONDS)
	$(BIN)/python -m tests.postgres -- $(BIN)/python -m benchmarks $(BENCH)

# ---------------------------------------------------------------- all else that must hold

# mypy leaves without tidying up: let the settings it reads write where nobody minds.
lint: export SANDBOX_VAR = $(VENV)/var
lint: $(TEST_ENV) ## Check style, types, import contracts and migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	env -u DATABASE_URL DJANGO_SETTINGS_MODULE=tests.settings \
		$(BIN)/python -m django makemigrations --check --dry-run

packaging: $(TEST_ENV) ## Build the distributions, check them, install the wheel elsewhere
	$(BIN)/check-manifest
	$(BIN)/python -m pytest -m packaging tests/test_packaging.py

tox: $(TEST_ENV) ## Run the version matrix with the interpreters that are there
	$(BIN)/tox

clean: ## Remove what was built, the environment too
	rm -rf $(VENV) .tox .coverage .coverage.* build dist *.egg-info
