# Everything works on a bare Debian or Ubuntu with python3, python3-venv and make.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
# Tests start hundreds of programs; what those import is compiled once, whatever the environment says.
export PYTHONDONTWRITEBYTECODE :=
# Tests wait more than they compute. A file stays together, for what its tests share.
TESTS := $(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

.PHONY: demo test browsers faults check size bench lock dist sbom audit outdated messages clean

demo: .venv/shipped  ## the main job on localhost: three ways in, and a CRM to watch
	$(BIN)/frontdesk demo --port $(PORT)

test: .venv/tested  ## all tests; those in browsers need Chromium, Firefox and WebKit
	$(TESTS)

browsers: .venv/tested  ## the main job in Chromium, Firefox and WebKit; a part of the tests
	$(TESTS) tests/engines

faults: .venv/tested  ## processes killed, disks full, a CRM that misbehaves: 30 seeds, half an hour
	$(BIN)/python -m tests.faults --seeds 20 --submissions 500
	$(BIN)/python -m tests.faults --storm 60
	$(BIN)/python -m tests.faults.machines --seeds 10 --submissions 150
	$(BIN)/python -m pytest -q -m "hypothesis or long" --hypothesis-profile=long

check: test size  ## the tests, what is loaded, types and style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

size: .venv/tested  ## what a visitor's browser loads, against the limits; needs Chromium
	$(BIN)/python -m bench.size

bench: .venv/benched  ## speed against peers, as ratios
	$(BIN)/python -m bench

lock:  ## pin anew what is shipped, tested and measured
	$(PYTHON) -m venv .venv && $(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" --group dev -c requirements.lock pyproject.toml \
		-o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 \
		--custom-compile-command "make lock" --group dev --group bench -c requirements-dev.lock \
		pyproject.toml -o requirements-bench.lock

dist: .venv/tested  ## a wheel and a source archive in dist/, the same bytes from the same commit; checked
	rm -rf dist
	SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} $(BIN)/python -m build --no-isolation -o dist . >/dev/null
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl
	@git status --short | sed 's/^/differs from the commit: /' >&2

sbom: .venv/tested  ## what is shipped, as CycloneDX, in build/
	mkdir -p build
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --mc-type library \
		--output-reproducible -o build/frontdesk.cdx.json requirements.lock

audit:  ## known vulnerabilities of what is shipped, by the newest pip-audit; asks PyPI
	$(PYTHON) -m venv build/audit && build/audit/bin/pip install --quiet pip-audit
	build/audit/bin/pip-audit --disable-pip --require-hashes -r requirements.lock

outdated: .venv/tested  ## newer releases of what is pinned; asks the package index
	$(BIN)/python -m pip list --outdated --disable-pip-version-check

messages: .venv/tested  ## bring new messages into the catalogues
	mkdir -p build
	$(BIN)/pybabel -q extract -F pyproject.toml --no-location --sort-output -o build/frontdesk.pot \
		app/frontdesk/intake app/frontdesk/crm/mailing templates/frontdesk templates/frontdesk_mail
	$(BIN)/pybabel -q extract -F pyproject.toml --no-location --sort-output -o build/inbox.pot \
		app/frontdesk/inbox templates/frontdesk_inbox
	$(BIN)/pybabel -q update -i build/frontdesk.pot -D frontdesk --no-fuzzy-matching --ignore-obsolete \
		--no-wrap -d app/frontdesk/translations
	$(BIN)/pybabel -q update -i build/inbox.pot -D inbox --no-fuzzy-matching --ignore-obsolete \
		--no-wrap -d app/frontdesk/translations

clean:
	rm -rf .venv build dist var .mypy_cache .pytest_cache .ruff_cache

.venv/shipped: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

.venv/tested: .venv/shipped requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

.venv/benched: .venv/tested requirements-bench.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	touch $@
