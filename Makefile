# Two commands do everything: `make demo` and `make test`. Both set up .venv first, once.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& { echo $$p; break; }; done)
BIN := .venv/bin
DEMO ?= reports/output/demo

.PHONY: demo test quick lint setup docs evidence pictures constraints clean

demo: setup
	$(BIN)/wellbeing demo --out $(DEMO)

test: setup lint
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

# While developing: without the tests that run whole counties.
quick: setup
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

setup:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed / 需要 Python 3.11 至 3.13"; exit 2; }
	@$(PYTHON) tools/setup.py

# The documentation as a site, searched without a network.
docs: setup
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs build/docs

# Long simulations and scale runs; their results are committed under benchmarks/results/.
evidence: setup
	$(BIN)/python -m pip install --quiet --require-hashes -r constraints-bench.txt
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

# The pictures in the documentation, from the last demo.
pictures: demo
	$(BIN)/python tools/make_pictures.py $(DEMO)

# New exact versions with hashes, for every Python that is supported. Needs uv.
constraints:
	uv pip compile pyproject.toml --extra dev --extra notebooks --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --upgrade -o constraints.txt
	echo pyarrow | uv pip compile - --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --upgrade -o constraints-bench.txt

clean:
	rm -rf .venv dist build reports/output
