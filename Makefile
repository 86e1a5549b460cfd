# One line per task; `make` lists them. Everything is installed inside this folder, and nothing needs root.
PYTHON  ?= python3# the interpreter that .venv is made of
SECONDS ?= 60# how long `make parity` and each target of `make fuzz` run
SEED    ?=# repeats a run of `make parity`
TARGETS ?= canonical verify# what `make fuzz` runs
GROUPS  ?=# what `make test` is limited to: rust python node lint together

VENV := .venv/bin
NPM  := npm --no-audit --no-fund --loglevel=error
RUST := Cargo.toml $(wildcard Cargo.lock) core/Cargo.toml $(shell find core/src -name '*.rs')
PY   := pyproject.toml bindings-python/Cargo.toml $(shell find bindings-python/src -name '*.rs')
NODE := package.json bindings-python/didit_client/testing/deliveries.json bindings-node/Cargo.toml bindings-node/build.rs bindings-node/tsconfig.json $(shell find bindings-node/src bindings-node/lib bindings-node/scripts -type f)

DEV  := dev/Cargo.toml $(shell find dev/src dev/templates -type f)

# What drives a browser is installed only where there is a browser.
BROWSER := $(if $(shell command -v chromium || command -v chromium-browser || command -v google-chrome),$(if $(wildcard tests/browser/package-lock.json),tests/browser/node_modules/.package-lock.json))

export VIRTUAL_ENV := $(CURDIR)/.venv

.DEFAULT_GOAL := help
.PHONY: help tools demo demo-ui test lint build build-python build-node build-dev packages-dev examples parity bench fuzz generate vectors clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 14

demo: tools build build-dev examples $(BROWSER) ## go through Didit's guide with a FastAPI and an Express service, and attack both
	@$(VENV)/python tests/demo/demo.py

demo-ui: tools build build-dev examples ## keep didit-dev and both services up for a browser, until Ctrl-C
	@$(VENV)/python tests/demo/demo.py --ui

test: tools ## run every test, linter, type check and drift check in Rust, Python and Node
	@$(PYTHON) tests/run.py $(GROUPS)

lint: tools ## run only the linters and type checks
	@$(PYTHON) tests/run.py lint

build: build-python build-node ## build both packages, in the release profile
build-python: .venv/built
build-node: bindings-node/dist/index.js
build-dev: target/release/didit-dev
examples: examples/express/node_modules/.package-lock.json

packages-dev: build-dev .venv/ready ## pack didit-dev as a wheel and as an npm package, into .build/packages
	@$(VENV)/python dev/pack.py

parity: build ## compare random documents with CPython in all three languages for SECONDS=60 (SEED=n repeats a run)
	@$(VENV)/python tests/parity/parity.py --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

bench: build build-dev .tools/bench/ready ## measure ours beside the peers and the physical limit, and print one table (BENCH=--quick for a glance)
	@cargo build --quiet --release --manifest-path bench/rust/Cargo.toml
	@cargo build --quiet --release --locked --package=didit-dev --example=load
	@PYTHONPATH=bindings-python .tools/bench/bin/python bench/bench.py $(BENCH)

fuzz: .tools/bin/cargo-fuzz ## run each fuzz target for SECONDS=60; needs a C++ compiler
	@$(PYTHON) core/fuzz/seeds.py
	@for target in $(TARGETS); do PATH="$(CURDIR)/.tools/bin:$$PATH" cargo fuzz run --fuzz-dir core/fuzz --sanitizer none $$target -- -max_total_time=$(SECONDS) || exit 1; done

generate: .venv/ready node_modules/.package-lock.json ## write the generated files anew: all from api/openapi.yaml, stub, declarations, vectors, the table of error codes
	@cargo xtask generate
	@$(MAKE) --no-print-directory build
	@$(PYTHON) tests/stub.py
	@$(NPM) run --silent build:native
	@for script in tests/vectors/generate*.py; do $(PYTHON) $$script || exit 1; done
	@$(PYTHON) tests/error_table.py
	@$(VENV)/python tests/delivery_vectors.py

vectors: tools ## check that the vectors are what their generators write
	@for script in tests/vectors/generate*.py; do $(PYTHON) $$script --check || exit 1; done

clean: ## remove all that was built or installed
	find . -name __pycache__ -not -path './*node_modules*' -prune -exec rm -rf {} +
	rm -rf .build .venv .tools node_modules examples/express/node_modules tests/browser/node_modules target core/fuzz/target bench/rust/target bench/node/node_modules bindings-node/dist bindings-node/native/*.node bindings-python/didit_client/*.so

# A native module that was lost is built again, whatever the stamps say.
$(if $(filter-out %.pyi,$(wildcard bindings-python/didit_client/_native*)),,$(shell rm -f .venv/built))
$(if $(wildcard bindings-node/native/*.node),,$(shell rm -f bindings-node/dist/index.js))

# What follows runs only when something it depends on has changed. The stamps lie in the folders that they vouch for.

tools:
	@sh tests/check_tools.sh $(PYTHON)

.venv/ready: tests/python/requirements.txt examples/fastapi/requirements.txt | tools
	$(PYTHON) -m venv .venv
	$(VENV)/python -m pip install --quiet --disable-pip-version-check $(addprefix -r ,$^)
	@touch $@

# npm's own record of what it installed, whoever called it.
node_modules/.package-lock.json: package.json package-lock.json | tools
	$(NPM) ci
	@touch $@

examples/express/node_modules/.package-lock.json: examples/express/package.json examples/express/package-lock.json node_modules/.package-lock.json
	$(NPM) ci --prefix examples/express
	@touch $@

.venv/built: $(RUST) $(PY) .venv/ready
	$(VENV)/maturin develop --release --quiet
	@touch $@

bindings-node/dist/index.js: $(RUST) $(NODE) node_modules/.package-lock.json
	$(NPM) run --silent build
	@touch $@

tests/browser/node_modules/.package-lock.json: $(wildcard tests/browser/package.json tests/browser/package-lock.json) | tools
	$(NPM) ci --prefix tests/browser
	@touch $@

target/release/didit-dev: $(RUST) $(DEV) bindings-python/didit_client/testing/deliveries.json
	cargo build --quiet --release --locked --package=didit-dev
	@touch $@

.tools/bench/ready: bench/requirements.txt bench/node/package.json | tools
	$(PYTHON) -m venv .tools/bench
	.tools/bench/bin/python -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt
	$(NPM) ci --prefix bench/node
	@touch $@

.tools/bin/cargo-fuzz: | tools
	cargo install --quiet --locked --root .tools cargo-fuzz@0.13.2
