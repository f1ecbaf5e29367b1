# Everything is run from .venv, which `make setup` builds from the hash-locked requirements.
# PYTHON=/path/to/python3 picks another interpreter (3.11 or newer).

BIN := .venv/bin
STAMP := .venv/.stamp
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --quiet
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check --no-input
DOCKER ?= docker
IMAGE ?= yibao
REVISION = --build-arg REVISION=$(shell git rev-parse HEAD 2>/dev/null || echo unknown)

export PIP_ROOT_USER_ACTION := ignore

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test check audit licences sbom fuzz lint type fmt lock lock-check eval bench bench-matching bench-scale bench-redis bench-users soak capacity simulate image screenshots clean

help: ## list the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 20

setup: $(STAMP) ## build .venv with everything, development parts too

$(STAMP): requirements-dev.lock pyproject.toml
	@$(BIN)/python -c '' 2>/dev/null || { \
	  for python in $(if $(PYTHON),'$(PYTHON)') python3.13 python3.12 python3.11 python3.14 python3 python; do \
	    "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
	    python=; \
	  done; \
	  [ -n "$$python" ] || { echo '找不到 Python 3.11 或更新的版本（要带 venv；Debian、Ubuntu：apt install python3-venv）。' >&2; exit 1; }; \
	  echo "创建 .venv：$$("$$python" --version)"; \
	  "$$python" -m venv --clear .venv; \
	}
	@echo '安装依赖（第一次要一两分钟）…'
	@$(PIP) install --require-hashes --requirement requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@# Where PYTHONDONTWRITEBYTECODE is set every start would compile everything again.
	@$(BIN)/python -m compileall -qq -j 0 $(BIN)/../lib app || true
	@touch $(STAMP)

run: setup ## bot on :8000 and playground on :8001, no account needed
	@$(BIN)/yibao run

test: setup ## linters, types, layers, content and all tests
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory type
	@$(BIN)/python -m pytest

check: test ## test, locks, known holes of dependencies, licences, SBOM (needs the network)
	@$(MAKE) --no-print-directory lock-check
	@$(BIN)/python .ci/supply_chain.py licences --check
	@$(MAKE) --no-print-directory sbom
	@$(MAKE) --no-print-directory audit

audit: setup ## known holes of the images' dependencies: make audit [OSV_URL=address of a mirror]
	@$(if $(OSV_URL),OSV_URL='$(OSV_URL)') $(BIN)/python .ci/supply_chain.py audit

licences: setup ## write docs/licences.md again, after the locks changed
	@$(BIN)/python .ci/supply_chain.py licences

sbom: setup ## CycloneDX bills of materials of the images, into dist/
	@$(BIN)/python .ci/supply_chain.py sbom dist

lint: setup ## ruff, layers of imports, content
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@report=$$($(BIN)/lint-imports --no-logo) || { echo "$$report"; exit 1; }
	@$(BIN)/yibao lint

type: setup ## mypy, strict
	@$(BIN)/mypy

fmt: setup ## format the code and apply safe fixes
	@$(BIN)/ruff check --fix --exit-zero --quiet .
	@$(BIN)/ruff format --quiet .

lock: setup ## renew the locks after a change of dependencies in pyproject.toml
	@$(LOCK) --output-file requirements.lock
	@$(LOCK) --extra console --output-file requirements-console.lock
	@$(LOCK) --extra tracing --output-file requirements-tracing.lock
	@$(LOCK) --extra console --extra dev --output-file requirements-dev.lock

lock-check: setup
	@fresh=$$(mktemp -d) && trap 'rm -r "$$fresh"' EXIT && cp requirements*.lock "$$fresh" && \
	  $(LOCK) --output-file "$$fresh/requirements.lock" && \
	  $(LOCK) --extra console --output-file "$$fresh/requirements-console.lock" && \
	  $(LOCK) --extra tracing --output-file "$$fresh/requirements-tracing.lock" && \
	  $(LOCK) --extra console --extra dev --output-file "$$fresh/requirements-dev.lock" && \
	  for lock in requirements*.lock; do \
	    cmp -s "$$lock" "$$fresh/$$lock" || { echo "$$lock 与 pyproject.toml 不符，请运行 make lock。" >&2; exit 1; }; \
	  done

eval: setup ## measure on labelled questions: make eval FILE=questions.jsonl [AT=2025-12-10T10:00] [OUT=out.jsonl]
	@[ -n "$(FILE)" ] || { echo '用法：make eval FILE=questions.jsonl [AT=2025-12-10T10:00] [OUT=out.jsonl]' >&2; exit 2; }
	@$(BIN)/yibao eval "$(FILE)" $(if $(AT),--at "$(AT)") $(if $(OUT),--out "$(OUT)")

bench-matching: setup ## compare methods of understanding; YIBAO_BENCH_DATA=folder adds public data
	@$(BIN)/python -m bench.matching

bench-scale: setup ## cost of 100 to 10,000 intents
	@$(BIN)/python -m bench.scale

bench-redis: setup ## what an active user costs in Redis, by kind of key
	@$(BIN)/python -m bench.redis_memory

bench-users: setup ## cost with 100 to 1,000,000 sessions in Redis, and a flame graph
	@$(BIN)/python -m bench.users

bench: setup ## messages a second beside a bare echo and WeRoBot, latency, CPU, memory
	@$(BIN)/python -m bench.run

soak: setup ## an hour of steady traffic: flat memory, no error: make soak [MINUTES=60]; writes docs/benchmarks.md
	@$(BIN)/python -m bench.soak --minutes $(or $(MINUTES),60) --document

capacity: setup ## the payment season of a province on paper, from the measured cost; writes docs/capacity.md
	@$(BIN)/python -m bench.simulate_season

simulate: setup ## imitate WeChat: 10,000 messages with faults over two replicas and a Redis that dies
	@YIBAO_CONTENT_DIR=tests/data/small_content YIBAO_NOW=2025-12-10T10:00 \
	  $(BIN)/yibao simulate --messages $(or $(MESSAGES),10000) --users 12 --faults 0.05 --kill-redis \
	  --questions tests/wechat_platform/questions.json --document docs/delivery.md

fuzz: setup ## hunt for bytes that break a reader: make fuzz [SECONDS=60] [TARGETS="xml yaml"]
	@$(BIN)/python -m tests.fuzz.hunt --seconds $(or $(SECONDS),60) $(TARGETS)

image: ## container images: the bot, the console, the bot that can send traces
	@$(DOCKER) build --quiet $(REVISION) --tag $(IMAGE) .
	@$(DOCKER) build --quiet $(REVISION) --target console --tag $(IMAGE)-console .
	@$(DOCKER) build --quiet $(REVISION) --target tracing --tag $(IMAGE)-tracing .

screenshots: setup ## take the pictures in docs/images again (needs Chromium)
	@SCREENSHOTS_DIR=docs/images $(BIN)/python -m pytest -m browser

clean: ## remove .venv, caches and build products; state in var/ stays
	@rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
