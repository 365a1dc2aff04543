# One line says what a target does; `make` lists them.
PYTHON := .venv/bin/python
# One process for each core, at most four: each may hold a browser. Whoever has done takes over from another.
PYTEST := $(PYTHON) -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help serve test test-all check fuzz html lighthouse format bench simulate mutate lock assess-records

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: .venv/.run ## Set up what is missing and open the site (PORT=8000)
	@$(PYTHON) -m assessment.serve

test: .venv/.dev ## Run the tests
	$(PYTEST)

test-all: .venv/.dev ## Run the tests, those that search for longer
	SCALE=4 $(PYTEST)

check: .venv/.dev ## Lint, format, types and templates, without changing a file
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(PYTHON) -m djlint templates --lint --quiet

fuzz: .venv/.dev .fuzz/.ready ## Ask the API all that its document allows, and what it does not (Schemathesis)
	@$(PYTHON) -m tests.checkers.fuzz

html: .venv/.dev ## Check every page with the Nu HTML checker (needs java and npm)
	@$(PYTHON) -m tests.checkers.nu

lighthouse: .venv/.dev ## Look at five pages with Lighthouse, as a phone and as a desk (needs node, npm and Chromium)
	@$(PYTHON) -m tests.checkers.lighthouse

format: .venv/.dev ## Put the Python files in form
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

bench: .venv/.run ## Run the benchmarks; each prints a line
	@for script in benchmarks/*.py; do $(PYTHON) "$$script" || exit 1; done

simulate: .venv/.run ## Simulate teams and write the tables of docs/method.md (SIZE=600, ONLY=outcomes)
	@$(PYTHON) -m simulation --size $(or $(SIZE),600) $(if $(ONLY),--only $(ONLY))

assess-records: .venv/.run ## Build assess-records.pyz, which counts exports with a bare Python
	@.venv/bin/flask --app wsgi records pack

mutate: ## Change the scoring in every small way; list the changes that no test notices (an hour or two)
	@sh tests/mutate.sh

lock: ## Write the lock files anew from pyproject.toml (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet \
		pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet \
		--extra sso -c requirements.lock pyproject.toml -o requirements-sso.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet \
		--group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet \
		--group mutation -c requirements-dev.lock pyproject.toml -o requirements-mutation.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet \
		--group fuzz -c requirements-dev.lock -o requirements-fuzz.lock

.venv/.run: requirements.lock setup.sh
	@./setup.sh requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock setup.sh
	@./setup.sh requirements-dev.lock
	@touch $@ .venv/.run

.fuzz/.ready: requirements-fuzz.lock setup.sh
	@VENV=.fuzz ./setup.sh requirements-fuzz.lock
	@touch $@
