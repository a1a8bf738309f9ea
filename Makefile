# WattWarden. `make up` is all it takes; the work is done by `python -m local`, in an environment that it makes first.
PYTHON = $(or $(shell command -v python3.13),$(wildcard $(HOME)/.pyenv/shims/python3.13),$(shell command -v python3),$(error Python 3.13 is needed and was not found on the PATH: install python3.13, or with pyenv))
LOCAL = $(PYTHON) tools/bootstrap.py

.DEFAULT_GOAL := help
.PHONY: help up down reset status logs test check generate lock sdk synth simulate replay fault bench trust rebuild query evaluate

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## start everything on this machine, with a demo hostel (WATTWARDEN_PORT, default 8080)
	@$(LOCAL) up

down: ## stop everything; the data stays
	@$(LOCAL) down

reset: ## stop everything and delete the data
	@$(LOCAL) reset

status: ## what runs, how far the first models are, and how far the streams' consumers are behind
	@$(LOCAL) status

logs: ## the end of every log
	@$(LOCAL) logs

test: ## every test, the end-to-end ones against a system of their own
	@$(LOCAL) test

check: ## linters, types, layering, generated files
	@$(LOCAL) check

generate: ## write the generated files anew
	@$(LOCAL) generate

lock: ## pin the requirements anew
	@$(LOCAL) lock

sdk: ## compare our SageMaker container addresses with the SDK's (downloads 700 MB)
	@$(LOCAL) sdk

synth: ## the cloud assembly of STAGE (default local) into cdk.out
	@$(LOCAL) synth --stage $(or $(STAGE),local)

simulate: ## send live readings from the demo hostel, in the foreground
	@$(LOCAL) run local.demo simulate $(ARGS)

replay: ## push the readings of a table: make replay DATA=readings.parquet
	@$(LOCAL) run local.demo replay $(DATA) $(ARGS)

fault: ## throw a fault into the simulation: make fault ROOM=C-202 KIND=undervoltage
	@$(LOCAL) run local.demo fault --room $(ROOM) --kind $(KIND) $(ARGS)

bench: ## how fast it is, in twenty minutes: docs/benchmark.md; ARGS="--seconds 600", see --help
	@$(LOCAL) run verify.bench $(ARGS)

trust: ## what WattWarden must withstand, done to a system of its own: ARGS="--rows 3,7 --short"
	@$(LOCAL) run verify.trust $(ARGS)

rebuild: ## a fresh database from the data lake alone, compared with the running one
	@$(LOCAL) run local.lake rebuild $(ARGS)

query: ## SQL on the data lake: make query SQL="select count(*) from raw_readings"
	@$(LOCAL) run local.lake query "$$SQL"

evaluate: ## score the detector: DATA=readings.parquet OUT=figures.json, or without them docs/scoreboard.md
	@$(LOCAL) run detector.scoreboard $(if $(DATA),--data $(DATA)) $(if $(OUT),--out $(OUT)) $(ARGS)
