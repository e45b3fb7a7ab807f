"""`python -m activation_lab STAGE ...`: read files, call one function, write files."""

import errno
import importlib
import logging
import sys
from pathlib import Path

from activation_lab.errors import UserError

ADVICE: dict[int | None, str] = {
    errno.ENOSPC: ". The disk is full: make room and run again; nothing that was finished is lost.",
    errno.EFBIG: ". A limit on file sizes was reached: raise it and run again.",
    errno.EDQUOT: ". Your disk quota is used up: make room and run again.",
    errno.ENOMEM: ". Memory ran out: give the job more and run again.",
}
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
    except MemoryError:  # it says nothing itself
        sys.exit(f"Error: the stage {arguments[0]} failed{ADVICE[errno.ENOMEM]}")
    except (UserError, OSError) as error:
        advice = ADVICE.get(getattr(error, "errno", None), "")
        sys.exit(f"Error: {error}{advice}")


if __name__ == "__main__":
    main(sys.argv[1:])
