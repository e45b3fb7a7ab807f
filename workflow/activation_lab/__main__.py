"""`python -m activation_lab`."""

import os
import sys

from activation_lab.cli import main

main(sys.argv[1:])
# Everything is written. Python's own tidying after torch takes half a second, and a kill in that time
# would make a finished job fail: Snakemake would delete what it made.
sys.stdout.flush()
sys.stderr.flush()
os._exit(0)
