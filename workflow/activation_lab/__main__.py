"""`python -m activation_lab`."""

import os
import sys

try:
    from activation_lab.cli import main

    main(sys.argv[1:])
except KeyboardInterrupt:
    print("Interrupted.", file=sys.stderr)
    sys.exit(130)  # as a shell says it
# Everything is written. Python's own tidying after torch takes half a second, and a kill in that time
# would make a finished job fail: Snakemake would delete what it made.
sys.stdout.flush()
sys.stderr.flush()
os._exit(0)
