"""A whole run beside a published one: every table, and how the run was made."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd

from activation_lab import tables
from activation_lab.analysis import cells
from activation_lab.analysis.verification.comparison import (
    DERIVED,
    EXACT,
    Comparison,
    compare_derived,
    compare_exact,
    compare_outcomes,
    compare_runs,
)
from activation_lab.analysis.verification.moments import RUNS
from activation_lab.files import checksum, read_json

UNREADABLE = "not comparable: it is broken, or was published with other columns"


def compared(digests: dict[str, str], reference: Path, folder: Path) -> dict[str, Comparison]:
    """Compare the tables of a folder with those of a reference, whose digests are given.

    The outcomes of runs, which the table `runs` holds, have a comparison of their own.
    """
    load = partial(cells.load, folder=folder)
    published = partial(cells.load, folder=reference / "tables")
    known = pd.read_parquet(reference / "moments.parquet")
    found: dict[str, Comparison] = {}
    for name, digest in digests.items():
        path = folder / f"{name}.parquet"
        if not path.is_file():
            found[name] = Comparison("missing")
        elif checksum(path) == digest:
            found[name] = Comparison("identical")
        elif name in RUNS:
            found[name] = _tried(compare_runs, name, load, known)
        elif name in EXACT:
            found[name] = _tried(compare_exact, name, EXACT[name], load, published)
    if "runs" in found and found["runs"].verdict not in ("identical", "missing"):
        found["outcomes"] = _tried(compare_outcomes, load, published)
    for name in digests:
        if name not in found:
            _, sources = DERIVED[name]
            same = all(found[one].verdict == "identical" for one in sources if one in found)
            found[name] = _tried(compare_derived, name, same, load, published)
    return found


def _tried(compare, *given) -> Comparison:
    try:
        return compare(*given)
    except tables.TableError:
        return Comparison(UNREADABLE)


def described(folder: Path) -> dict:
    """Return how a run was made: its config, versions, device, processor, threads and code."""
    provenance = read_json(folder / "provenance.json")
    # Of each value by how many jobs, which says nothing here.
    used = {
        **{name: provenance[name] for name in ("device", "processor", "threads", "code")},
        **{f"version of {name}": values for name, values in provenance["versions"].items()},
    }
    named = {name: ", ".join(sorted(values)) for name, values in used.items()}
    return {"config": provenance["config"], **named}
