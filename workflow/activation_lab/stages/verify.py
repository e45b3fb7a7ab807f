"""Compare a finished run with a published reference."""

import argparse
from functools import partial
from pathlib import Path

import pandas as pd

from activation_lab import UserError, exports, tables
from activation_lab.data import checksum
from activation_lab.files import read_json
from activation_lab.verification import Comparison, compare, differences

MOST_SHOWN = 5


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--reference", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Print for each table whether it is identical, consistent or different, and what else differs.

    Raises `UserError` where a table is different or missing.
    """
    manifest = read_json(given.reference / "manifest.json")
    folder = exports.tables_of(given.results)
    known = pd.read_parquet(given.reference / "moments.parquet")
    found = {
        name: _compared(name, digest, given.reference, folder, known)
        for name, digest in manifest["tables"].items()
    }
    for name, comparison in found.items():
        print(f"{name:13} {_said(comparison)}")
    ours = described(folder)
    others = differences(ours, manifest["made with"])
    print("\nBeside the tables, reference → here:" if others else "\nNothing else differs.")
    for line in others:
        print(f"  {line}")
    wrong = [name for name, c in found.items() if c.verdict not in ("identical", "consistent")]
    if wrong:
        raise UserError(f"Not as in {given.reference}: {', '.join(wrong)}.")


def _compared(
    name: str, digest: str, reference: Path, folder: Path, known: pd.DataFrame
) -> Comparison:
    path = folder / f"{name}.parquet"
    if not path.is_file():
        return Comparison("missing")
    if checksum(path) == digest:
        return Comparison("identical")
    load = partial(tables.load, folder=folder)
    published = partial(tables.load, folder=reference / "tables")
    try:
        return compare(name, load, published, known)
    except tables.TableError:
        return Comparison("not comparable: it is broken, or was published with other columns")


def _said(comparison: Comparison) -> str:
    if not comparison.differ:
        count = f" ({comparison.compared:,} values)" if comparison.compared else ""
        return f"{comparison.verdict}{count}"
    shown = "".join(f"\n{'':15}{line}" for line in comparison.differ[:MOST_SHOWN])
    more = len(comparison.differ) - MOST_SHOWN
    rest = f"\n{'':15}and {more:,} more" if more > 0 else ""
    count = f"{len(comparison.differ):,} of {comparison.compared:,} values"
    return f"{comparison.verdict}: {count}{shown}{rest}"


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
