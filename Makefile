# make report: the whole job. CORES=4 and CONFIG=workflow/configs/full.yaml are honoured, and
# PROFILE=slurm, under which the cluster has the cores.
.DEFAULT_GOAL := report
.PHONY: report quick provenance csv status verify false-alarms reference power test test-faults coverage \
  bench lint audit format lock schema clean distclean

CORES ?= all
CONFIG ?=
RESULTS ?= results
PROFILE ?=
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

# A progress bar where there is a terminal, plain lines elsewhere.
LOGGER = $(shell test -t 2 && echo --logger rich)
WHERE = $(if $(PROFILE),--workflow-profile $(PROFILE),--cores $(CORES))
SNAKEMAKE = snakemake $(WHERE) $(LOGGER)

# Snakemake would hang on some files, and has no message for others.
CHECK = PYTHONPATH=workflow python -m activation_lab check config.yaml
OWN = $(if $(CONFIG),--configfile "$(CONFIG)")

report: .venv/ready
	@$(CHECK) $(if $(CONFIG),"$(CONFIG)")
	@$(call timed,$(SNAKEMAKE) $(OWN))

quick: .venv/ready
	@$(CHECK)
	@$(call timed,$(SNAKEMAKE) --configfile workflow/configs/quick.yaml)

# Snakemake's own report on a finished run: rules, versions, times, and what each file was made with.
provenance: .venv/ready
	snakemake $(OWN) --report $(RESULTS)/provenance.zip

# How far a run is: from another terminal while it goes, or after it was interrupted.
status: .venv/ready
	@python -m activation_lab status --configs config.yaml $(CONFIG)

# Compares results/ with the published run, table by table.
verify: .venv/ready
	python -m activation_lab verify --results $(RESULTS) --reference docs/reference

# How often `make verify` calls a sound run different: splits the seeds of results/ many times.
false-alarms: .venv/ready
	python -m activation_lab alarms --results $(RESULTS)

# Makes a finished run of config.yaml the published one.
reference: .venv/ready
	python -m activation_lab publish --results $(RESULTS) --out docs/reference

# How often each claim's test is right and wrong where the truth is known: some minutes.
power: .venv/ready
	python -m activation_lab power --out docs/verdicts.md

# Every table as CSV; lists are JSON.
csv: .venv/ready
	python -m activation_lab export --results $(RESULTS) --out $(RESULTS)/csv

# Two at a time; each file in one process, whose tests share a finished run.
test: .venv/ready
	pytest --numprocesses 2 --dist loadfile

# Every fault, the quick config through SLURM, training at depth 50, and 30 interruptions at random
# moments instead of 3; says what was done.
test-faults: .venv/ready
	ACTIVATION_LAB_INTERRUPTIONS=30 pytest -s -m '' tests/workflow/test_interruptions.py tests/workflow/test_faults.py \
	  tests/workflow/test_slurm.py tests/training/test_deep.py

# Which lines and branches of the package the tests reach, in the stages' own processes too.
coverage: .venv/ready
	pytest --numprocesses 2 --dist loadfile --cov

# On a quiet machine: an hour and more, half of it the default config. Results:
# results/benchmarks/report.md; of PARTS="epochs job" alone, report-epochs-job.md. Memory is kept
# between steps, as the Snakefile has it for jobs.
bench: export MALLOC_TRIM_THRESHOLD_ := 1073741824
bench: export MALLOC_MMAP_THRESHOLD_ := 1073741824
bench: .venv/ready
	python -m activation_lab.benchmarks $(if $(PARTS),--only $(PARTS))

lint: .venv/ready
	ruff check .
	ruff format --check .
	pyright
	snakefmt --check Snakefile workflow/rules
	snakemake --lint

# Known vulnerabilities of the pinned versions, where a database of them can be reached. The tool has
# an environment of its own, unpinned: the newest knows most, and it would pin pip itself.
audit: .venv/ready
	@test -x .venv/audit/bin/pip-audit || { $(PYTHON) -m venv .venv/audit && \
	  .venv/audit/bin/python -m pip install --quiet pip-audit; }
	@.venv/audit/bin/pip-audit --requirement requirements.lock --no-deps --disable-pip --strict \
	  --progress-spinner off > .venv/audit/log 2>&1; status=$$?; \
	  if grep -qE 'could not be audited|ConnectionError' .venv/audit/log; \
	  then echo "Not audited: no database of vulnerabilities can be reached from here."; status=0; \
	  else grep -v WARNING .venv/audit/log; fi; exit $$status

format: .venv/ready
	ruff format .
	ruff check --fix .
	snakefmt Snakefile workflow/rules

# What is made from the code: the config's JSON schema and reference, the data dictionary, and the
# captions for Snakemake.
schema: .venv/ready
	python -m activation_lab schema --out workflow/schemas/config.schema.json
	python -m activation_lab dictionary --out docs/data-dictionary.md
	python -m activation_lab reference --out docs/config.md
	python -m activation_lab captions --out workflow/report/figure.rst

lock:
	uv pip compile --quiet --universal --python-version 3.11 --extra dev --extra slurm \
	  --no-header --no-annotate pyproject.toml --output-file requirements.lock

# FashionMNIST stays: it need not be fetched again.
clean:
	find results -mindepth 1 -maxdepth 1 ! -name README.md ! -name data -exec rm -rf {} +
	rm -rf .snakemake .pytest_cache .ruff_cache .coverage

distclean: clean
	rm -rf results/data .venv

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
	         "Name another with PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

# $(call timed,COMMAND): run it and say how long it took.
timed = started=$$(date +%s) && $(1) && echo "Done in $$(( $$(date +%s) - started )) seconds."
