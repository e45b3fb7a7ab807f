"""Activation Lab: what activation functions do to neural networks, measured."""


def load(results="results"):
    """Return the tables of a finished run by name, as pandas frames: `load()["runs"]`.

    Raises `UserError` where there are none.
    """
    # By name: an import statement would make every stage depend on the module, and read pandas.
    from importlib import import_module
    from pathlib import Path

    return import_module("activation_lab.analysis.results").Results(Path(results))
