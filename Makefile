# Two commands: `make run` and `make test`. Each installs all that it needs, below this folder.
# PDF files want Pango and Chinese fonts from Debian, the tests a browser and Java too; installed when you are root.
.DEFAULT_GOAL := setup
.DELETE_ON_ERROR:
.PHONY: setup run demo stories test lint test-long benchmarks lock clean

VENV     := .venv
BIN      := $(VENV)/bin
INSTALL  := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check
BUILT    := src/kechuang/web/static/built
FRONTEND := $(filter-out frontend/node_modules/%,$(shell find frontend -type f -not -path '*/node_modules/*'))
PO       := $(shell find src -name '*.po')
HOST     ?= 127.0.0.1
PORT     ?= 8000
DEMO     := DEMO=1 KECHUANG_DATA=$${KECHUANG_DATA:-$(CURDIR)/var-demo}

setup: $(VENV)/.runtime $(VENV)/.libraries $(BUILT)/.done $(PO:.po=.mo) ## all that running needs

run: setup ## the site on http://localhost:8000
	@exec $(BIN)/kechuang run --host $(HOST) --port $(PORT)

demo: setup ## an invented city on http://localhost:8000, an account for each role; in a data folder of its own
	@$(DEMO) $(BIN)/kechuang demo
	@exec env $(DEMO) $(BIN)/kechuang run --host $(HOST) --port $(PORT)

stories: setup $(VENV)/.dev $(VENV)/.browser ## the stories in a browser; HEADED=1 shows it, SLOW=500 waits between steps
	@$(BIN)/pytest -n 0 -v -m story tests/stories

test: setup $(VENV)/.dev $(VENV)/.browser $(VENV)/.java lint ## everything that must hold; the tests come last
	@$(BIN)/pytest -n 2 --dist worksteal -m "not long and not story" --cov --cov-report=term --no-cov-on-fail

lint: $(VENV)/.dev $(PO:.po=.mo)
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet || { echo "Not formatted: run $(BIN)/ruff format"; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo >$(VENV)/import-linter.txt 2>&1 || { cat $(VENV)/import-linter.txt; exit 1; }
	@echo "ruff, mypy and import-linter have nothing to say"

test-long: setup $(VENV)/.dev $(VENV)/.browser $(VENV)/.java $(VENV)/.nginx ## the tests that take minutes
	@$(BIN)/pytest -n 2 -m long

benchmarks: setup $(VENV)/.dev ## measures us beside our peers, see docs/benchmarks.md
	@$(MAKE) --no-print-directory -C benchmarks PYTHON=$(abspath $(BIN))/python

lock: $(VENV)/.dev ## pin requirements*.txt anew from the ranges in pyproject.toml
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --extra build pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --extra build --extra dev --extra spark --extra assignment -c requirements.txt pyproject.toml -o requirements-dev.txt
	@cd frontend && npm run --silent lock

clean: ## back to a fresh clone; keeps var/, where the data lives
	@rm -rf $(VENV) benchmarks/.venv frontend/node_modules $(BUILT) build dist htmlcov .coverage .coverage.* \
	  .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	@find src -name '*.mo' -delete
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@python=$$(sh tools/find-python) && echo "Making $(VENV) with $$python" && "$$python" -m venv $(VENV)

# The locks name everything, so pip resolves nothing (--no-deps): older ones stumble over extras such as coverage[toml].
$(VENV)/.runtime: $(BIN)/python requirements.txt pyproject.toml
	@echo "Installing what running needs (about half a minute)"
	@$(INSTALL) --no-deps --require-hashes -r requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.txt
	@echo "Installing what testing needs"
	@$(INSTALL) --no-deps --require-hashes -r requirements-dev.txt
	@touch $@

$(VENV)/.libraries: tools/find-libraries | $(BIN)/python
	@sh tools/find-libraries
	@touch $@

$(VENV)/.browser: tools/find-browser
	@sh tools/find-browser
	@touch $@

$(VENV)/.java: tools/find-java
	@sh tools/find-java
	@touch $@

$(VENV)/.nginx: tools/find-nginx
	@sh tools/find-nginx
	@touch $@

$(BUILT)/.done: $(FRONTEND) | $(VENV)/.runtime
	@sh frontend/build.sh $(BIN)/python
	@touch $@

%.mo: %.po | $(VENV)/.runtime
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@ 2>/dev/null
