# Relance: `make demo` shows it, `make test` checks it. Both install what they need into .venv.
PYTHON ?= python3
BIN := .venv/bin
export RELANCE_TEST_DATA ?= ../shared/data

.PHONY: demo install install-dev test test-long lint clean

install: .venv/installed

.venv/installed: pyproject.toml
	@start=$$(date +%s); $(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check -e . \
	  && touch $@ && echo "Installed in $$(( $$(date +%s) - start )) s."

install-dev: .venv/installed-dev

.venv/installed-dev: pyproject.toml
	@$(PYTHON) -m venv .venv && $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]' && touch $@ .venv/installed

# The demonstration has a data folder of its own, apart from your installation.
demo: export RELANCE_DATA ?= relance-demo
demo: install
	@$(BIN)/relance demo

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: install-dev lint
	$(BIN)/python -m pytest -m "not long" --cov --cov-report=term:skip-covered

test-long: install-dev
	$(BIN)/python -m pytest -m long

clean:
	rm -rf .venv build dist htmlcov .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis
