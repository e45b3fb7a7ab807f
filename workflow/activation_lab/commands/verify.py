"""Compare a finished run with a published reference."""

from pathlib import Path

from activation_lab.analysis import results as exports
from activation_lab.analysis.verification.comparison import GOOD, Comparison, differences
from activation_lab.analysis.verification.whole_run import compared, described
from activation_lab.errors import UserError
from activation_lab.files import read_json

MOST_SHOWN = 5


def run(results: Path, reference: Path) -> None:
    """Print what became of each table, what else differs, and what follows for the whole run.

    Raises `UserError` where a table is different or cannot be compared.
    """
    manifest = read_json(reference / "manifest.json")
    folder = exports.tables_of(results)
    found = compared(manifest["tables"], reference, folder)
    for name, comparison in found.items():
        print(f"{name:13} {_said(comparison)}")
    others = differences(described(folder), manifest["made with"])
    print("\nBeside the tables, reference → here:" if others else "\nNothing else differs.")
    for line in others:
        print(f"  {line}")
    wrong = [name for name, comparison in found.items() if comparison.verdict not in GOOD]
    if wrong:
        raise UserError(f"This run is different from {reference}: {', '.join(wrong)}.")
    same = all(comparison.verdict == "identical" for comparison in found.values())
    print(f"\nThis run is {'identical to' if same else 'consistent with'} {reference}.")


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
