# Relance: `make demo` shows it, `make test` checks it. Both install what they need into .venv.
# Three sets of tests: `make test` (some ten minutes on two cores), `make test-slow` (what else every change must pass), `make test-long`.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2
LINT = $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports
PYTEST = $(BIN)/python -m pytest -m "$(SET)" $(COVER)
SET = not slow and not long
export RELANCE_TEST_DATA ?= ../shared/data
# Where byte-code may not be kept, every command pays a second for compiling.
export PYTHONDONTWRITEBYTECODE =

.PHONY: demo install install-dev test test-slow test-long coverage lint messages screenshots vendor clean

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
	$(LINT)

# Linters and the pages in a browser run beside the rest: Chromium waits most of the time, and its pages share one installation.
test: install-dev
	@mkdir -p .pytest_cache; rm -f .coverage*; \
	  { $(LINT); } > .pytest_cache/lint.log 2>&1 & lint=$$!; \
	  COVERAGE_FILE=.coverage.pages $(PYTEST) tests/browser -rs -p no:cacheprovider > .pytest_cache/pages.log 2>&1 & pages=$$!; \
	  COVERAGE_FILE=.coverage.rest $(PYTEST) --ignore=tests/browser -n $(WORKERS) --dist worksteal; rest=$$?; \
	  wait $$lint; lint=$$?; wait $$pages; pages=$$?; \
	  echo "Linters:"; cat .pytest_cache/lint.log; echo "The pages in a browser:"; cat .pytest_cache/pages.log; \
	  test $$rest = 0 && test $$lint = 0 && test $$pages = 0

# What takes seconds each: whole flows, the pages in a browser, kills, real mail servers, fits. `.ci/run` runs both sets.
test-slow:
	@$(MAKE) test SET="slow and not long" LINT=true

# Both sets, and which lines and branches they ran; tracing makes them take nearly twice the time.
coverage:
	@$(MAKE) test SET="not long" COVER="--cov --cov-report="
	@$(BIN)/coverage combine --quiet .coverage.pages .coverage.rest && $(BIN)/coverage report --skip-covered

# What takes minutes: grids of simulations, twenty kills, each flow in the browser on its other three screens, English pages, barriers at the other width, plans at 200,000 rows, vendored files made anew, Spark (needs Java 17).
test-long: install-dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,spark]'
	$(BIN)/python -m pytest -m long

# Brings the French words of the pages up to date with the templates and the code.
messages: install-dev
	$(BIN)/python -m tools.messages

# Pictures of every page in both languages and widths, into screenshots/; needs Chromium.
screenshots: install-dev
	$(BIN)/python -m tests.browser.screenshots

# Makes the vendored files of the pages anew (needs npm); the tests compare them with their manifest.
vendor:
	cd vendoring && npm run build

clean:
	rm -rf .venv build dist htmlcov .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis
