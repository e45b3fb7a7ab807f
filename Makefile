# make report runs the whole experiment. It takes CORES=4, CONFIG=workflow/configs/full.yaml and
# PROFILE=slurm; with the last, the cluster provides the cores.
.DEFAULT_GOAL := report
.PHONY: report trial quick provenance csv slides latex tensorboard status report-so-far verify false-alarms \
  reference notebook power court test test-faults coverage bench lint audit format lock schema clean distclean

CORES ?= all
CONFIG ?=
RESULTS ?= results
PROFILE ?=
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

# A progress bar in a terminal, plain lines elsewhere.
LOGGER = $(shell test -t 2 && echo --logger rich)
WHERE = $(if $(PROFILE),--workflow-profile $(PROFILE),--cores $(CORES))
SNAKEMAKE = snakemake $(WHERE) $(LOGGER)

# Snakemake hangs on some broken config files and has no message for others, so we check them first.
CHECK = PYTHONPATH=workflow python -m activation_lab check config.yaml
OWN = $(if $(CONFIG),--configfile "$(CONFIG)")

report: .venv/ready
	@$(CHECK) $(if $(CONFIG),"$(CONFIG)")
	@$(call timed,$(SNAKEMAKE) $(OWN))

# Puts an activation on trial: ACTIVATION=mine:Snake, or a name, or '{name: leakyrelu, negative_slope: 0.3}'.
# Also LEVEL=quick|standard|thorough, AGAINST="relu gelu", TASKS="mnist1d-conv fashion-mnist-mlp" and
# SEEDS=30. The same command goes on with a trial; more SEEDS are another look at it.
trial: .venv/ready
	@test -n "$(ACTIVATION)" || { echo "Name the activation: make trial ACTIVATION=mine:Snake"; exit 1; }
	@config=$$(PYTHONPATH=workflow:. python -m activation_lab trial --activation "$(ACTIVATION)" --against "$(AGAINST)" \
	  --level "$(LEVEL)" --tasks "$(TASKS)" $(if $(SEEDS),--seeds $(SEEDS))) && \
	  $(call timed,$(SNAKEMAKE) --configfile "$$config") && echo "The card: $$(dirname "$$config")/card.pdf"

quick: .venv/ready
	@$(CHECK)
	@$(call timed,$(SNAKEMAKE) --configfile workflow/configs/quick.yaml)

# Snakemake's own report on a finished run: rules, versions, times, and how each file was made.
provenance: .venv/ready
	snakemake $(OWN) --report $(RESULTS)/provenance.zip

# Shows how far a run is: in another terminal while it runs, or after an interruption.
status: .venv/ready
	@python -m activation_lab status config.yaml $(CONFIG)

# Writes results/so-far/report.html from the jobs that are done, while others still run.
report-so-far: .venv/ready
	@python -m activation_lab report-so-far config.yaml $(CONFIG)

# Compares results/ with the published run, table by table.
verify: .venv/ready
	python -m activation_lab verify --results $(RESULTS) --reference docs/reference

# Measures how often `make verify` calls a sound run different: splits the seeds of results/ many times.
false-alarms: .venv/ready
	python -m activation_lab false-alarms $(RESULTS)

# Publishes a finished run of config.yaml, and executes the notebook on it.
reference: .venv/ready
	python -m activation_lab publish --results $(RESULTS) --out docs/reference
	python -m activation_lab notebook docs/explore.ipynb

# Executes docs/explore.ipynb on the published run, and writes its outputs into it.
notebook: .venv/ready
	python -m activation_lab notebook docs/explore.ipynb

# Simulates how often each claim's test is right and wrong when the truth is known: some minutes.
power: .venv/ready
	python -m activation_lab power --out docs/verdicts.md

# Simulates trials in which the truth is known: how often are their verdicts right? Some minutes.
court: .venv/ready
	@$(call timed,$(SNAKEMAKE) --configfile workflow/configs/court.yaml)
	python -m activation_lab court --results results/court --out docs/court.md

# Writes every table as CSV; lists become JSON.
csv: .venv/ready
	python -m activation_lab export --results $(RESULTS) --out $(RESULTS)/csv

# Makes slides of a finished run: the answer and the key figure of each study, as PNG and in one PDF. The
# slide of a trial is its card.
slides: .venv/ready
	python -m activation_lab slides --results $(RESULTS) --out $(RESULTS)/slides

# Writes every table of the report for LaTeX, with booktabs.
latex: .venv/ready
	python -m activation_lab latex --results $(RESULTS) --out $(RESULTS)/latex

# Writes the trained runs for TensorBoard: loss and accuracy of each epoch, settings, test accuracy.
tensorboard: .venv/ready
	python -m activation_lab tensorboard --results $(RESULTS) --out $(RESULTS)/tensorboard

# Three processes: one begins with the tests of SLURM, which mostly wait. All tests of a file run in one
# process, because they share a finished run.
test: .venv/ready
	pytest --numprocesses 3 --dist loadfile

# All fault tests, SLURM with four nodes, training at depth 50, 30 interruptions at random moments
# instead of 3, and 5,000 random configs instead of 600. Prints what was done.
test-faults: .venv/ready
	ACTIVATION_LAB_INTERRUPTIONS=30 ACTIVATION_LAB_CONFIGS=5000 pytest -s -m '' \
	  tests/workflow/test_interruptions.py tests/workflow/test_faults.py tests/workflow/test_slurm.py \
	  tests/workflow/test_slurm_nodes.py tests/training/test_deep.py tests/config/test_fuzz.py

# Lists the lines and branches of the package that no test reaches. Processes of stages count too.
coverage: .venv/ready
	pytest --numprocesses 2 --dist loadfile --cov

# Use a quiet machine. Takes more than an hour, half of it for the default config. Writes
# results/benchmarks/report.md; with PARTS="epochs job", report-epochs-job.md. Memory is kept between
# steps, as for the jobs of the Snakefile. Peers get the newest JAX and scikit-learn, in an environment
# of their own.
bench: export MALLOC_TRIM_THRESHOLD_ := 1073741824
bench: export MALLOC_MMAP_THRESHOLD_ := 1073741824
bench: .venv/ready $(if $(filter peers,$(or $(PARTS),peers)),.venv/peers/ready)
	python -m activation_lab.benchmarks $(if $(PARTS),--only $(PARTS))

lint: .venv/ready
	ruff check .
	ruff format --check .
	pyright
	snakefmt --check Snakefile workflow/Snakefile workflow/rules
	snakemake --lint

# Lists known vulnerabilities of the pinned versions, if a database of them can be reached. The tool
# is not pinned, because the newest version knows most. It has its own environment, because it would
# pin pip itself.
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
	snakefmt Snakefile workflow/Snakefile workflow/rules

# Writes what is generated from the code: the config's JSON schema and reference, the data dictionary,
# the captions for Snakemake, and the drawing of the architecture.
schema: .venv/ready
	python -m activation_lab config-schema --out workflow/schemas/config.schema.json
	python -m activation_lab data-dictionary --out docs/data-dictionary.md
	python -m activation_lab config-reference --out config/README.md
	python -m activation_lab captions --out workflow/report/figure.rst
	python -m activation_lab architecture --out docs/figures/architecture.svg

lock:
	uv pip compile --quiet --universal --python-version 3.11 --extra dev --extra slurm \
	  --no-header --no-annotate pyproject.toml --output-file requirements.lock

# Keeps the datasets, so that they are not downloaded again.
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

.venv/peers/ready:
	$(PYTHON) -m venv --clear .venv/peers
	.venv/peers/bin/python -m pip install --quiet jax optax scikit-learn
	@touch $@

# $(call timed,COMMAND) runs a command and prints how long it took.
timed = started=$$(date +%s) && $(1) && echo "Done in $$(( $$(date +%s) - started )) seconds."
