# make demo   see the whole product run, with no Snowflake account
# make test   every test; sets itself up from a fresh clone
# make lint   style, types, layers, and dbt's own parse of every project
# make clean  remove what the others made
# PYTHON=python3.12 chooses the Python (3.10 or later) for the environment in .venv.

PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed
PROJECTS := integration_tests projects/foundational projects/finance

.PHONY: help install demo test lint clean

help:
	@sed -n 's/^# \{0,1\}//p' Makefile

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt dbt_project.yml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 10) else "Error: snowmesh needs Python 3.10 or later, and $(PYTHON) is %d.%d.\nNext: make PYTHON=python3.12 ..." % v[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing into .venv (once, about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[local,dbt,projects]' --group dev
	@touch $@

demo: install
	@scripts/demo.sh

test: install
	@$(BIN)/pytest --numprocesses $(if $(SNOWMESH_LIVE_CONNECTION),0,auto) --maxprocesses 4 --dist loadfile

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@for project in $(PROJECTS); do \
	  echo "dbt parse --warn-error: $$project" && \
	  (cd $$project && PATH="$(CURDIR)/$(BIN):$$PATH" && dbt deps --quiet && dbt --quiet --warn-error parse --no-partial-parse) || exit 1; \
	done

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .snowmesh dist
	rm -rf $(foreach p,$(PROJECTS),$(p)/target $(p)/logs $(p)/dbt_packages $(p)/package-lock.yml $(p)/.user.yml)
	find python -name __pycache__ -type d -prune -exec rm -rf {} +
