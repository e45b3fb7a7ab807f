"""Activation Lab: from config.yaml to results/report.html."""

import json
import logging
import os
import shlex
import sys
import time
from importlib.metadata import version
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")

# Here and in the jobs: the package of this checkout, whichever may be installed.
sys.path[:0] = [f"{workflow.basedir}/workflow", os.getcwd()]  # and a user's own activations
os.environ.update(PYTHONPATH=f"{sys.path[0]}:{os.getenv('PYTHONPATH', '')}".rstrip(":"))

from activation_lab.errors import UserError
from activation_lab.config.read import read
from activation_lab.datasets.fashion_mnist import CHECKSUMS
from activation_lab.files import ensure_room
from activation_lab.pipeline.lock import LOCK, hold
from activation_lab.config.plan import Plan
from activation_lab.pipeline.digests import digest
from activation_lab.schemas import ANALYSIS_TABLES, JOB_TABLES, TRAINED_TABLES, UNTRAINED_TABLES
from activation_lab.pipeline.status import failures, progress


configfile: "config.yaml"


try:
    PLAN = Plan.of(read(config))
except UserError as error:
    sys.exit(f"{error}\nNo job was started.")

# glibc gives freed memory back to the system, and every training step asks for the same again: page
# faults are a tenth of a step of five stacked networks. (Other allocators do not read these.)
for name in ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"):
    os.environ.setdefault(name, str(2**30))

# On a full disk each line for Snakemake's log would bring a traceback, and bury the message.
logging.raiseExceptions = False

STARTED = time.time()
CONFIG = json.dumps(config)
os.environ.update(
    ACTIVATION_LAB_CONFIG=CONFIG,
    ACTIVATION_LAB_SNAKEMAKE=str(os.getpid()),
    ACTIVATION_LAB_JOBS_PER_DEVICE=str(config["jobs_per_device"]),
)


pathvars:
    results=config["results"],


wildcard_constraints:
    job=r"[^/]+/[^/]+/[^/]+/[0-9a-f]+/seeds-\d+-\d+",
    batch=r"[^/]+/[^/]+/\d+",
    study=r"[^/]+",


include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/analyse.smk"
include: "workflow/rules/report.smk"


# Everything that is made is asked for: Snakemake does not miss a table that only a finished report needs.
rule all:
    default_target: True
    input:
        rules.report.output,
        rules.collect.output,
        rules.analyse.output,
        rules.theory.output,
        rules.claims.output,
        rules.functions.output,
        rules.samples.output,
        collect("<results>/figures/{study}", study=PLAN.studies),


onstart:
    hold(LOCK)
    ensure_room(Path(config["results"]))


onerror:
    if failed := failures(progress(PLAN, Path(config["results"]), at_work=True), since=STARTED):
        print(f"Training jobs that failed, with the last line of their logs:\n{failed}")
    print("What has finished is kept: the same command goes on from there.")


onsuccess:
    print(f"The report: {config['results']}/report.html and {config['results']}/report.md")
