"""Activation Lab: what activation functions do to neural networks, measured."""


class UserError(Exception):
    """A problem that the user can mend: the message says what is wrong, where, and what to do."""


def load(results="results"):
    """Return the tables of a finished run by name, as pandas frames: `load()["runs"]`.

    Raises `UserError` where there are none.
    """
    # By name: an import statement would make every stage depend on the module, and read pandas.
    from importlib import import_module
    from pathlib import Path

    return import_module("activation_lab.exports").Results(Path(results))
