# Every verb sets up what it needs first, once: Python packages in .venv, PostgreSQL and PostGIS on the machine.
# Plain POSIX make, so that macOS's GNU make 3.81 runs it too.
.POSIX:
.PHONY: help demo test test-slow coverage bench lint fix schema pins clean postgis

BIN = .venv/bin
ARGS =

help: ## this list
	@echo "usage: make VERB"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1	\2/p' Makefile | expand -t 12

demo: .venv/ready postgis ## a guided tour of the library on a private PostGIS server with sample data
	@$(BIN)/exchange-db demo $(ARGS)

test: .venv/ready-dev postgis ## run the tests; narrow them with ARGS, as in: make test ARGS="tests/unit -x"
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m "not slow" $(ARGS)

test-slow: .venv/ready-dev postgis ## run the tests at the size of a large system and the mutants, which take minutes
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m slow $(ARGS)

coverage: .venv/ready-dev postgis ## run all tests but the slow ones, and fail where a branch of src/ is not reached
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile -m "not slow" --cov --cov-report=term $(ARGS)

bench: .venv/ready-bench postgis ## measure the library against its peers, which takes minutes; less with ARGS="rows --quick"
	@$(BIN)/python -m benchmarks $(ARGS)

lint: .venv/ready-dev .venv/ready-bench ## check style, types, SQL and shell, and change nothing
	@tools/lint

fix: .venv/ready-dev ## repair what the style tools can repair
	$(BIN)/ruff check --fix --exit-zero --quiet
	$(BIN)/ruff format
	$(BIN)/sqlfluff fix --quiet sql/queries

schema: .venv/ready-dev postgis ## write the schema dump and the entity diagram anew from the migrations
	@$(BIN)/python -m tools.schema $(ARGS)

pins: .venv/ready-dev ## write constraints.txt anew with the latest releases (use the oldest supported Python)
	@tools/pin

clean: ## remove everything that the other verbs made in this folder
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov build dist
	find src tests tools benchmarks -name __pycache__ -prune -exec rm -rf {} +

# The stamps: work is done again when one of the files that decide it has changed.
.venv/ready: pyproject.toml constraints.txt tools/install-python
	@tools/install-python
	@touch $@

.venv/ready-dev: .venv/ready
	@tools/install-python dev
	@touch $@

.venv/ready-bench: .venv/ready
	@tools/install-python bench
	@touch $@

postgis:
	@tools/install-postgis
