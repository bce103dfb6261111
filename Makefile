# What one types here; `make` alone lists it. The work is done by the scripts in tools/.

PYTHON ?=
ARGS ?=
BIN := .venv/bin
SETUP := MESODRIVE_PYTHON="$(PYTHON)" sh tools/with_python.sh tools/bootstrap.py

SOURCES := src firmware_protocol simulator device_profiles tools
PROVEN := .pytest_cache/requirements.json

# Without it the checkout itself is importable, and `simulator` would load packages twice.
export PYTHONSAFEPATH := 1

.PHONY: help demo test check fuzz killtest bench evidence render lock clean \
	format-check lint layers types types-win32 types-second docstrings rendered traced

help:
	@echo 'make demo      a session of over 100 pricks on the simulated gun: run, log, verify, replay'
	@echo 'make test      the whole test suite with its coverage gates and planted defects'
	@echo 'make check     format, lint, layers, types, docstrings, rendered files: under a minute'
	@echo 'make fuzz      coverage-guided fuzzing, a minute for each target; ARGS="-seconds=600"'
	@echo 'make killtest  real drivers and devices killed 200 times; ARGS="--loops 1000 --jobs 8"'
	@echo 'make bench     the benchmarks, short, as a table'
	@echo 'make evidence  the benchmarks, long, into docs/evidence; goes on where it was interrupted'
	@echo 'make render    write PROTOCOL.md tables, the C header and TRACEABILITY.md anew'
	@echo 'make lock      write requirements/*.lock anew (UPGRADE=1: newest versions)'
	@echo 'make clean     remove the environment, caches and build results'
	@echo
	@echo 'ARGS="..." is passed on to demo, test (pytest), bench and evidence.'
	@echo 'PYTHON=python3.12 chooses the interpreter of the environment.'

demo:
	@$(SETUP) core
	@$(BIN)/mesodrive demo $(ARGS)

# Seeds of the campaign run apart, compiled: counting lines would double their time and add none.
SEEDS := tests/campaign/test_seeds.py
# Two workers: more would not help on the machines that this is promised for.
test:
	@MESODRIVE_APT=1 $(SETUP) dev --compiler
	@rm -f .coverage .coverage.*
	@$(BIN)/pytest -q -n 2 --cov --cov-report=term-missing:skip-covered \
		--cov-report=json:.coverage.json --requirements=$(PROVEN) --ignore=$(SEEDS) $(ARGS)
	@$(BIN)/python tools/coverage_gate.py .coverage.json
	@$(BIN)/python tools/compiled.py $(BIN)/pytest -q -n 2 $(SEEDS)
	@$(BIN)/python tools/traceability.py --results $(PROVEN) --mutants

check:
	@$(SETUP) dev
	@$(MAKE) --no-print-directory -k -j2 --output-sync=target \
		types-second types types-win32 layers lint format-check docstrings rendered traced
	@echo 'check: all clean'

format-check:
	@$(BIN)/ruff format --check --quiet . || { echo 'make it so: ruff format .'; exit 1; }
lint:
	@$(BIN)/ruff check --quiet .
layers:
	@$(BIN)/lint-imports --no-logo
types:
	@$(BIN)/mypy
# Sources alone: what tests try on pseudo-terminals is not there. A cache of its own: the platform is not part of mypy's key, and each run would start cold.
types-win32:
	@$(BIN)/mypy --platform win32 --cache-dir .mypy_cache/win32 $(SOURCES)
types-second:
	@PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(BIN)/pyright
docstrings:
	@$(BIN)/interrogate --quiet $(SOURCES) || { $(BIN)/interrogate -vv $(SOURCES) | grep MISSED; exit 1; }
rendered:
	@$(BIN)/python -m mesodrive_protocol.render --check
traced:
	@$(BIN)/python tools/traceability.py

# In the development environment: the targets build on what the tests build on.
fuzz:
	@$(SETUP) dev
	@$(SETUP) fuzz
	@$(BIN)/python tools/fuzzing.py $(ARGS)

killtest:
	@$(SETUP) dev
	@$(BIN)/python tools/killtest.py $(ARGS)

# In the development environment: it holds what compiles the campaign.
bench:
	@$(SETUP) dev
	@$(SETUP) bench
	@$(BIN)/python tools/evidence.py --quick $(ARGS)

evidence:
	@$(SETUP) dev
	@$(SETUP) bench
	@$(BIN)/python tools/evidence.py $(ARGS)

render:
	@$(SETUP) core
	@$(BIN)/python -m mesodrive_protocol.render --write
	@$(BIN)/python tools/traceability.py --write

lock:
	@MESODRIVE_PYTHON="$(PYTHON)" sh tools/with_python.sh tools/lock.py $(if $(UPGRADE),--upgrade)

clean:
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@rm -rf .coverage .coverage.* build dist
	@find src firmware_protocol simulator device_profiles tests benchmarks tools \
		-name __pycache__ -type d -prune -exec rm -rf {} +
