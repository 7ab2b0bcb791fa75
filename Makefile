# archspec: `make` alone prints what can be made. Needs Python 3.11+ and nothing else.

PYTHON ?= python3
JOBS ?= auto
SEED ?= $(shell date +%Y%m%d)
# Plain `torch` brings gigabytes of CUDA on Linux; another build is one `make TORCH=…` away.
TORCH ?= torch==2.13.0
TORCHVISION ?= torchvision==0.28.0

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check -qq
INSTALLED := $(VENV)/.installed
TYPING := build/typing

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv demo test sweep check format bench docs clean

help: ## Print this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(INSTALLED) ## Create .venv with everything needed to develop

# torch comes first and by its pin, so that no later requirement chooses a build for us;
# torchvision comes without its own requirements for the same reason.
$(INSTALLED): pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "archspec needs Python 3.11 or newer; name one with make PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "Could not create $(VENV); on Debian and Ubuntu, install python3-venv." >&2; exit 1; }
	@echo "Installing into $(VENV) (some minutes the first time)"
	@$(PIP) install "$(TORCH)"
	@$(PIP) install numpy pillow
	@$(PIP) install --no-deps "$(TORCHVISION)"
	@$(PIP) install --editable '.[dev]'
	@touch $@

demo: $(INSTALLED) ## Compile and check GoogLeNet, print its table, draw its figure (into out/)
	@mkdir -p out
	$(VENV)/bin/archspec compile specs/googlenet.yaml -o out/googlenet.py --check --force
	$(VENV)/bin/archspec stats specs/googlenet.yaml
	$(VENV)/bin/archspec render specs/googlenet.yaml -o out/googlenet.svg --force

test: $(INSTALLED) ## Run the tests (ARGS='-k resnet' narrows them, JOBS=1 runs them in turn)
	$(PY) -m pytest -n $(JOBS) --dist worksteal $(ARGS)

sweep: $(INSTALLED) ## Run what is too long for CI; results go into benchmarks/sweeps/ (SEED=7, ARGS=…)
	ARCHSPEC_SWEEP=$(SEED) $(PY) -m pytest -n $(JOBS) --dist worksteal -m sweep $(ARGS)

check: $(INSTALLED) ## Lint, check the formatting and the types
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	@$(MAKE) --no-print-directory typing

# mypy does not follow the editable install's import hook, so it is shown the installed
# layout: links to archspec/* and, beside them, backends/. Paths are reported as they stand
# in the repository.
.PHONY: typing
typing: $(INSTALLED)
	@rm -rf $(TYPING) && mkdir -p $(TYPING)/archspec
	@ln -s $(CURDIR)/archspec/* $(TYPING)/archspec
	@ln -s $(CURDIR)/backends $(TYPING)/archspec/backends
	@echo "$(PY) -m mypy --package archspec"
	@cd $(TYPING) && { $(CURDIR)/$(PY) -m mypy --config-file $(CURDIR)/pyproject.toml \
	  --cache-dir $(CURDIR)/.mypy_cache --package archspec; echo $$? > status; } \
	  | sed 's|^archspec/backends/|backends/|'
	@exit $$(cat $(TYPING)/status)

format: $(INSTALLED) ## Format the code and mend what the linter can
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

bench: $(INSTALLED) ## Measure ours against torchinfo and torchvision
	$(PY) benchmarks/run.py

docs: $(INSTALLED) ## Write the generated pages of docs/ anew
	$(PY) docs/generate.py
	$(PY) -m docs.errors_page

clean: ## Remove everything that was made, except .venv
	rm -rf build dist out *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
