# archspec: `make` alone prints what can be made. Needs Python 3.11+ and nothing else.

PYTHON ?= python3
JOBS ?= auto
DEVICE ?= cuda
WHEELS_FOR ?= 3.12
SEED ?= $(shell date +%Y%m%d)
# Plain `torch` brings gigabytes of CUDA on Linux; another build is one `make TORCH=…` away.
TORCH ?= torch==2.13.0
TORCHVISION ?= torchvision==0.28.0

# Newer ones want a newer node than some systems have.
LANGUAGE_SERVER ?= yaml-language-server@1.25.0

VENV := .venv
PY := $(VENV)/bin/python
LOCK := requirements-lock.txt
INSTALLED := $(VENV)/.installed
LAYOUT := build/layout

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv lock demo test test-newest test-oldest sweep lsp check format bench gpu wheels docs \
  clean

help: ## Print this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: $(INSTALLED) ## Create .venv with everything needed to develop

# Of a virtual environment, what a file of pinned requirements names, and this repository. torch
# comes first and by its own pin, so that no requirement chooses a build for us; what it needs to
# run on a GPU comes with it. After that nothing is chosen: pip installs what is written.
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "archspec needs Python 3.11 or newer; name one with make PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -m venv $(1) \
	  || { echo "Could not create $(1); on Debian and Ubuntu, install python3-venv." >&2; exit 1; }
	@echo "Installing into $(1) (some minutes the first time)"
	@$(1)/$(PIP) install --constraint $(2) "$(TORCH)"
	@$(1)/$(PIP) install --no-deps "$(TORCHVISION)" --requirement $(2)
	@$(1)/$(PIP) install --no-deps --no-build-isolation --editable .
endef
PIP := bin/python -m pip --disable-pip-version-check -qq

$(INSTALLED): pyproject.toml setup.py $(LOCK)
	$(call install,$(VENV),$(LOCK))
	@touch $@

# --- releases -----------------------------------------------------------------------------

# uv chooses. torch and torchvision stay at their pins above in all cases, and what torch asks for
# on a machine with a GPU comes with it; none of them is written down.
UV = $(VENV)/bin/uv --system-certs pip compile pyproject.toml --quiet --no-header --annotation-style line \
  --constraint build/pins.txt
LESS_TORCH := sed -E '/^(torch|torchvision|triton|nvidia-[a-z0-9-]+|cuda-[a-z-]+)==/d'
# What has no wheel for this Python is not in its range.
HERE := --only-binary :all: --python $(PY)

build/pins.txt: Makefile
	@mkdir -p build
	@printf '%s\n' "$(TORCH)" "$(TORCHVISION)" > $@

lock: $(INSTALLED) build/pins.txt ## Choose anew the releases that `make` installs
	$(UV) --extra dev --universal --python-version 3.11 --upgrade --output-file build/lock.txt
	@$(LESS_TORCH) build/lock.txt > $(LOCK)

test-newest: $(INSTALLED) build/pins.txt ## Run the fast tests on the newest releases in our ranges
	$(UV) --extra dev $(HERE) --upgrade --output-file build/newest.all
	@$(LESS_TORCH) build/newest.all > build/newest.txt
	$(call fast,newest)

# The oldest of what users install with archspec; the tools of the tests stay at the lock's
# releases, unless what is old needs older ones.
test-oldest: $(INSTALLED) build/pins.txt ## Run the fast tests on the oldest releases in our ranges
	$(UV) --extra plot --extra torch $(HERE) --resolution lowest-direct --upgrade \
	  --output-file build/ours.txt
	@cp $(LOCK) build/oldest.all
	$(UV) --extra dev $(HERE) --constraint build/ours.txt --output-file build/oldest.all
	@$(LESS_TORCH) build/oldest.all > build/oldest.txt
	$(call fast,oldest)

define fast
	$(call install,build/venv-$(1),build/$(1).txt)
	build/venv-$(1)/bin/python -m pytest -n $(JOBS) --dist worksteal -m 'not slow' $(ARGS)
endef

demo: $(INSTALLED) ## Compile and check GoogLeNet, print its table, draw its figure (into out/)
	@mkdir -p out
	$(VENV)/bin/archspec compile specs/googlenet.yaml -o out/googlenet.py --check --force
	$(VENV)/bin/archspec stats specs/googlenet.yaml
	$(VENV)/bin/archspec render specs/googlenet.yaml -o out/googlenet.svg --force

test: $(INSTALLED) ## Run the tests (ARGS='-k resnet' narrows them, JOBS=1 runs them in turn)
	$(PY) -m pytest -n $(JOBS) --dist worksteal $(ARGS)

sweep: $(INSTALLED) ## Run what is too long for CI; results go into benchmarks/sweeps/ (SEED=7, ARGS=…)
	ARCHSPEC_SWEEP=$(SEED) $(PY) -m pytest -n $(JOBS) --dist worksteal -m sweep $(ARGS)

lsp: $(INSTALLED) ## Try the JSON Schema in a YAML language server, as editors do (wants node and npm)
	npm install --prefix build/lsp --no-save --no-audit --no-fund "$(LANGUAGE_SERVER)"
	$(PY) -m pytest tests/test_language_server.py $(ARGS)

check: $(INSTALLED) ## Lint, check the formatting and the types
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	@$(MAKE) --no-print-directory typing

# The repository as it would be installed, in links: archspec/* and, among them, backends/ and
# specs/. For who does not follow the editable install's import hook, or has no install.
.PHONY: layout
layout:
	@rm -rf $(LAYOUT) && mkdir -p $(LAYOUT)/archspec
	@ln -s $(CURDIR)/archspec/* $(CURDIR)/backends $(CURDIR)/specs $(LAYOUT)/archspec
	@ln -s $(CURDIR)/benchmarks $(CURDIR)/docs $(CURDIR)/tests $(CURDIR)/pyproject.toml $(LAYOUT)

# Paths are reported as they stand in the repository.
.PHONY: typing
typing: $(INSTALLED) layout
	@echo "$(PY) -m mypy --package archspec"
	@cd $(LAYOUT) && { $(CURDIR)/$(PY) -m mypy --config-file $(CURDIR)/pyproject.toml \
	  --cache-dir $(CURDIR)/.mypy_cache --package archspec; echo $$? > status; } \
	  | sed 's|^archspec/backends/|backends/|'
	@exit $$(cat $(LAYOUT)/status)

format: $(INSTALLED) ## Format the code and mend what the linter can
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

bench: $(INSTALLED) ## Measure ours against torchinfo and torchvision
	$(PY) benchmarks/run.py

# With PYTHON_GPU it runs on a Python that has torch and no room for ours: nothing is installed,
# and what else it lacks is taken out of build/wheels, where `make wheels` has put it.
gpu: $(if $(PYTHON_GPU),,$(INSTALLED)) layout ## Test and measure what wants a GPU (DEVICE=cpu rehearses, PYTHON_GPU=python3)
	@rm -rf build/packages && mkdir -p build/packages
	@for wheel in $(if $(PYTHON_GPU),$(wildcard build/wheels/*.whl)); do \
	  $(PYTHON_GPU) -m zipfile -e $$wheel build/packages || exit 1; done
	cd $(LAYOUT) && PYTHONPATH=$(CURDIR)/build/packages \
	  $(or $(PYTHON_GPU),$(CURDIR)/$(PY)) benchmarks/gpu.py --device $(DEVICE)

wheels: $(INSTALLED) build/pins.txt ## Gather what `make gpu` needs beside torch, for Python $(WHEELS_FOR)
	@rm -rf build/wheels && printf 'pytest\nhypothesis\nsafetensors\n' > build/gpu.in
	$(UV) build/gpu.in --constraint $(LOCK) --python-version $(WHEELS_FOR) --only-binary :all: \
	  --no-emit-package pygraphviz --output-file build/gpu.txt
	@$(VENV)/$(PIP) download --no-deps --only-binary :all: --python-version $(WHEELS_FOR) \
	  --requirement build/gpu.txt --dest build/wheels

docs: $(INSTALLED) ## Write the generated pages of docs/ anew
	$(PY) -m docs.generate
	$(PY) -m docs.errors_page

clean: ## Remove everything that was made, except .venv
	rm -rf build dist out *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis
