"""`python -m activation_lab STAGE ...`: read files, call one function, write files."""

import importlib
import logging
import sys
from pathlib import Path

from activation_lab.errors import UserError, message

STAGES = sorted(path.stem for path in (Path(__file__).parent / "stages").glob("[a-z]*.py"))


def main(arguments: list[str]) -> None:
    """Run a stage; a failure that the user can mend ends with one message, without a traceback."""
    if not arguments or arguments[0] not in STAGES:
        sys.exit(f"usage: python -m activation_lab {{{','.join(STAGES)}}} --help")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    stage = importlib.import_module(f"activation_lab.stages.{arguments[0]}")
    parser = stage.arguments()
    parser.prog = f"python -m activation_lab {arguments[0]}"
    try:
        stage.run(parser.parse_args(arguments[1:]))
    except (UserError, OSError, MemoryError) as error:
        sys.exit(f"Error: {message(error)}")


if __name__ == "__main__":
    main(sys.argv[1:])
