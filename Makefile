# make lab     open the lessons in JupyterLab
# make test    run all tests, notebooks included
# make classroom-test   run what needs nbgrader, bubblewrap and JupyterHub: a course to its grades, hostile answers, three learners on a server
# make build   make lessons/ from solutions/
# make bench   measure lrlab beside other libraries, write docs/benchmarks.md; PEERS=python that has the extra `peers`
# make browser-test   a learner's way through the lessons in JupyterLab and Chromium
# make site    a static site of the executed lessons, in build/site
# make clean   remove the environment and what was built; never your lessons

PYTHON ?= python3
FOLDER ?= lrlab-lessons
VENV := .venv
BIN := $(VENV)/bin
PEERS ?= $(BIN)/python
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: lab test classroom-test build bench browser-test site clean

lab: $(VENV)/.lab
	@$(BIN)/lrlab start "$(FOLDER)"

test: $(VENV)/.test
	@$(BIN)/python -c "import matplotlib.font_manager"
	$(BIN)/lrlab build --check
	$(BIN)/python -m pytest -q -n 2
	$(BIN)/python -m pytest -q --nbval --nbval-current-env --nbval-cell-timeout=60 -n 2 --dist loadscope lessons solutions

classroom-test: $(VENV)/.classroom
	@command -v bwrap >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
		apt-get install -y -q bubblewrap >/dev/null 2>&1; } || echo "lrlab: bubblewrap is not there; its tests are left out"
	$(BIN)/python -m pytest -q -rs tests/classroom/hostile.py tests/classroom/nbgrader_course.py tests/classroom/hub.py \
		tests/test_authoring.py::test_nbgraders_preprocessors_give_the_same_cells

build: $(VENV)/.test
	$(BIN)/lrlab build

bench: $(VENV)/.lab
	$(BIN)/python tests/benchmarks/bench.py --write --peers $(PEERS)

browser-test: $(VENV)/.browser
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium; } || \
		{ echo "the browser tests need Chromium, and it cannot be installed here. Install your system's package chromium."; exit 1; }
	$(BIN)/python -m pytest -q tests/browser

site: $(VENV)/.site
	$(BIN)/python tools/make_site.py

clean:
	rm -rf $(VENV) build dist .pytest_cache .hypothesis

$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "lrlab needs Python 3.11 or newer. Name one: make lab PYTHON=python3.12"; exit 1; }
	@echo "lrlab: making the environment $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.lab: $(VENV)/.made pyproject.toml constraints.txt
	@echo "lrlab: installing lrlab and JupyterLab in $(VENV); the first time this takes a minute"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.made pyproject.toml constraints.txt
	@echo "lrlab: installing lrlab and what its tests need in $(VENV); the first time this takes a minute"
	@$(PIP) --editable ".[test]"
	@touch $@ $(VENV)/.lab

$(VENV)/.browser: $(VENV)/.test
	@$(PIP) --editable ".[test,browser]"
	@touch $@

$(VENV)/.site: $(VENV)/.lab
	@$(PIP) --editable ".[site]"
	@touch $@ $(VENV)/.lab

$(VENV)/.classroom: $(VENV)/.made pyproject.toml constraints.txt
	@echo "lrlab: installing lrlab, its tests, nbgrader and JupyterHub in $(VENV); the first time this takes a minute or two"
	@$(PIP) --editable ".[test,teach,hub]"
	@touch $@ $(VENV)/.lab $(VENV)/.test
