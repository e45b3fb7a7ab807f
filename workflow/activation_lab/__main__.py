"""`python -m activation_lab`."""

import sys

from activation_lab.cli import main

main(sys.argv[1:])
