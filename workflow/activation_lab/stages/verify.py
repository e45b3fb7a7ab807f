"""Compare a finished run with a published reference."""

import argparse
from functools import partial
from pathlib import Path

import pandas as pd

from activation_lab import tables
from activation_lab.analysis import cells
from activation_lab.analysis import results as exports
from activation_lab.analysis.verification.comparison import (
    DERIVED,
    EXACT,
    GOOD,
    Comparison,
    compare_derived,
    compare_exact,
    compare_outcomes,
    compare_runs,
    differences,
)
from activation_lab.analysis.verification.moments import RUNS
from activation_lab.errors import UserError
from activation_lab.files import checksum, read_json

MOST_SHOWN = 5
UNREADABLE = "not comparable: it is broken, or was published with other columns"


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--reference", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Print what became of each table, what else differs, and what follows for the whole run.

    Raises `UserError` where a table is different or cannot be compared.
    """
    manifest = read_json(given.reference / "manifest.json")
    folder = exports.tables_of(given.results)
    found = compared(manifest["tables"], given.reference, folder)
    for name, comparison in found.items():
        print(f"{name:13} {_said(comparison)}")
    others = differences(described(folder), manifest["made with"])
    print("\nBeside the tables, reference → here:" if others else "\nNothing else differs.")
    for line in others:
        print(f"  {line}")
    wrong = [name for name, comparison in found.items() if comparison.verdict not in GOOD]
    if wrong:
        raise UserError(f"This run is different from {given.reference}: {', '.join(wrong)}.")
    same = all(comparison.verdict == "identical" for comparison in found.values())
    print(f"\nThis run is {'identical to' if same else 'consistent with'} {given.reference}.")


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


def _said(comparison: Comparison) -> str:
    wrong = comparison.differ
    number = f"{comparison.compared:,} {comparison.unit}"
    count = f" ({number})" if comparison.compared else ""
    if wrong:
        count = f": {len(wrong):,} of {number}"
    shown = list(wrong[:MOST_SHOWN])
    if len(wrong) > MOST_SHOWN:
        shown.append(f"and {len(wrong) - MOST_SHOWN:,} more")
    shown += comparison.notes
    return "\n".join([f"{comparison.verdict}{count}", *(f"{'':14}{line}" for line in shown)])


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
