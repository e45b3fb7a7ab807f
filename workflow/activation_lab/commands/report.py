"""Write the report from the tables and figures."""

from importlib.metadata import version
from pathlib import Path

from activation_lab import tables
from activation_lab.analysis import cells
from activation_lab.commands import card
from activation_lab.config.read import Config, read
from activation_lab.files import read_json, write_text
from activation_lab.pipeline import digests as sources
from activation_lab.report import page, rendering, trial
from activation_lab.report import sections as report
from activation_lab.report.sections import Report
from activation_lab.report.trial import TrialSection


def run(config: dict, templates: Path, results: Path) -> None:
    """Write report.md and report.html into the folder of its results."""
    checked = read(config)
    made = trial.section(card.load(config, results)) if checked.trial else None
    write(checked, templates, results, trial=made)


def write(
    checked: Config,
    templates: Path,
    results: Path,
    unfinished: str = "",
    trial: TrialSection | None = None,
) -> None:
    """Write the report; `unfinished` says how many jobs are done, where some are not."""
    made = gathered(checked, results, unfinished, trial)
    write_text(rendering.markdown(templates, made), results / "report.md")
    write_text(page.page(templates, made, results), results / "report.html")


def gathered(
    checked: Config, results: Path, unfinished: str = "", trial: TrialSection | None = None
) -> Report:
    """Return what the report says, from the tables and the names of the figures."""
    folder = results / "tables"
    provenance = read_json(folder / "provenance.json")
    provenance["report"] = {
        **{name: version(name) for name in ("numpy", "scipy", "pandas", "matplotlib")},
        **{f"code of {stage} (sha256)": sources.digest(stage) for stage in ("analyse", "report")},
    }
    return report.report(
        checked,
        studies={name: cells.of_study(name, folder) for name in checked.studies},
        claims=tables.load("claims", folder),
        drawn={name: drawn(results / "figures" / name) for name in checked.studies},
        provenance=provenance,
        unfinished=unfinished,
        trial=trial,
    )


def drawn(folder: Path) -> set[str]:
    """Return the names of the figures in a folder."""
    return {path.stem for path in folder.glob("*.svg")}
