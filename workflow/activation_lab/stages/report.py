"""Write the report from the tables and figures."""

import argparse
import json
from importlib.metadata import version
from pathlib import Path

from activation_lab import config, report, sources, tables
from activation_lab.files import write_text


def arguments() -> argparse.ArgumentParser:
    """Return the stage's command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=json.loads, required=True, help="as JSON")
    parser.add_argument("--templates", type=Path, required=True)
    parser.add_argument("--results", type=Path, required=True)
    return parser


def run(given: argparse.Namespace) -> None:
    """Write report.md and report.html into the folder `--results`."""
    checked = config.read(given.config)
    folder = given.results / "tables"
    sections = []
    for name, study in checked.studies.items():
        drawn = {path.stem for path in (given.results / "figures" / name).glob("*.svg")}
        sections.append(
            report.section(name, study, checked.settings, tables.of_study(name, folder), drawn)
        )
    provenance = json.loads((folder / "provenance.json").read_text("utf-8"))
    provenance["report"] = {
        **{name: version(name) for name in ("numpy", "scipy", "pandas", "matplotlib")},
        **{f"code of {stage} (sha256)": sources.digest(stage) for stage in ("analyse", "report")},
    }
    text = report.markdown(given.templates, checked, sections, provenance)
    page = report.html(given.templates, text, given.results)
    for name, content in (("report.md", text), ("report.html", page)):
        write_text(content, given.results / name)
