"""The report: from tables and figures to report.md, and report.html as one self-contained file."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt

from activation_lab.config import Config, Study
from activation_lab.figures import FIGURES, caption
from activation_lab.findings import findings, percent
from activation_lab.plan import show
from activation_lab.published import DEAD_UNTRAINED, TEST_ACCURACY, is_tutorial
from activation_lab.settings import TRAINING_IMAGES, Settings

TEST_IMAGES = 10_000


@dataclass(frozen=True)
class Section:
    """One study, as the report's template shows it."""

    name: str
    study: Study
    fixed: str
    runs: int
    findings: list[str]
    results: list[dict[str, str]]
    dead: list[dict[str, str]]
    figures: list[dict[str, str]]

    @property
    def seeds(self) -> str:
        """The seeds, in order."""
        return ", ".join(map(str, sorted(self.study.seeds)))

    @property
    def varies(self) -> list[str]:
        """The settings that the study varies, with their values."""
        axes = self.study.axes.items()
        return [f"{name}: {', '.join(show(value) for value in values)}" for name, values in axes]


def section(
    name: str,
    study: Study,
    base: Settings,
    tables: Mapping[str, pd.DataFrame],
    drawn: set[str],
) -> Section:
    """Return the section of a study from its tables and the names of its figures."""
    return Section(
        name=name,
        study=study,
        fixed=fixed(study, base),
        runs=len(tables["runs"]),
        findings=findings(tables),
        results=results(tables),
        dead=published_dead(tables),
        figures=[
            {"path": f"figures/{name}/{figure}.svg", "caption": caption(figure), "name": figure}
            for figure in FIGURES
            if figure in drawn
        ],
    )


def fixed(study: Study, base: Settings) -> str:
    """Return the settings that all cells of a study share."""
    shared = dict(study.grid(base)[0])
    return ", ".join(
        f"{name.replace('_', ' ')} {show(value)}"
        for name, value in shared.items()
        if name not in study.axes
    )


def results(tables: Mapping[str, pd.DataFrame]) -> list[dict[str, str]]:
    """Return a line for each trained cell: how many runs learnt, and test accuracy beside print."""
    runs, summary = tables["runs"], tables["summary"]
    trained = runs[runs["epochs"] > 0]
    means = summary[summary["metric"] == "test_accuracy"].set_index("cell")
    lines = []
    for cell, rows in trained.groupby("cell", sort=False):
        mean = means.loc[cell]
        line = {
            "cell": f"`{cell}`",
            "runs that learnt": f"{(rows['status'] == 'ok').sum()} of {len(rows)}",
            "test accuracy": percent(mean["mean"]) if mean["n"] else "–",
            "95% interval": f"{percent(mean['low'])} to {percent(mean['high'])}"
            if pd.notna(mean["low"])
            else "–",
            "best epoch": f"{rows['best_epoch'].min()}–{rows['best_epoch'].max()}",
        }
        if is_tutorial(runs):
            activation = rows["activation"].iloc[0]
            for edition, values in TEST_ACCURACY.items():
                line[edition] = f"{values[activation]:.2f}%" if activation in values else "–"
        lines.append(line)
    return lines


def published_dead(tables: Mapping[str, pd.DataFrame]) -> list[dict[str, str]]:
    """Return, for networks whose dead units are published, ours of the same seed beside them."""
    cells, rows = tables["cells"], tables["dead_neurons"]
    same = cells[
        (cells["activation"] == "relu")
        & (cells["initialisation"] == "default")
        & (cells["training_images"] == TRAINING_IMAGES)
    ]
    rows = rows[
        (rows["stage"] == "untrained") & (rows["seed"] == 42) & rows["cell"].isin(same["cell"])
    ]
    lines = []
    for network, layers in rows.groupby("network", sort=False):
        if network in DEAD_UNTRAINED:
            ours = layers.sort_values("layer")["dead"].tolist()
            lines.append(
                {
                    "network": network.replace("-", ", "),
                    "published": ", ".join(map(str, DEAD_UNTRAINED[network])),
                    "measured": ", ".join(map(str, ours)),
                    "equal": "yes" if tuple(ours) == DEAD_UNTRAINED[network] else "no",
                }
            )
    return lines


def escape(text: object) -> str:
    """Escape what markdown would read as markup in a text from the config.

    >>> escape("a*b <script>")
    'a\\\\*b \\\\<script\\\\>'
    """
    return re.sub(r"([\\`*_{}\[\]<>#|~$&])", r"\\\1", str(text))


def table(lines: list[dict[str, str]]) -> str:
    """Return lines as a markdown table."""
    head = list(lines[0])
    rows = [head, ["---"] * len(head), *([line[name] for name in head] for line in lines)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def markdown(templates: Path, config: Config, sections: list[Section], provenance: Any) -> str:
    """Return the report in markdown; its images are relative links."""
    environment = Environment(
        loader=FileSystemLoader(templates),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"escape_markdown": escape, "table": table}
    template = environment.get_template("report.md.j2")
    return template.render(
        sections=sections,
        sampling_error=percent(math.sqrt(0.88 * 0.12 / TEST_IMAGES)),
        provenance_lines=provenance_lines(provenance),
        config_text=config.model_dump_json(indent=1, exclude_defaults=True),
    )


def provenance_lines(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what the jobs were run with, as pairs of a name and a text."""

    def several(counts: Mapping[str, int]) -> str:
        if len(counts) == 1:
            return next(iter(counts))
        return ", ".join(f"{value} ({count} jobs)" for value, count in counts.items())

    seconds = provenance["seconds"]
    return [
        ("Jobs", f"{provenance['jobs']}, of which {provenance['resumed']} were resumed"),
        (
            "Time, summed over jobs",
            f"{seconds['total'] / 60:.1f} minutes, of which {seconds['training'] / 60:.1f} training "
            f"and {seconds['probes'] / 60:.1f} measuring",
        ),
        ("Device", several(provenance["device"])),
        ("Processor", several(provenance["processor"])),
        ("Threads a job", several(provenance["threads"])),
        *((name, several(counts)) for name, counts in provenance["versions"].items()),
        ("Code of training and measuring (sha256)", several(provenance["code"])),
        *((f"{name}, report", value) for name, value in provenance["report"].items()),
    ]


def html(templates: Path, text: str, folder: Path) -> str:
    """Return a markdown report as one HTML file that holds its images, read from `folder`."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    # Wide tables scroll by themselves, so that the page never does.
    body = body.replace("<table>", '<div class="table" tabindex="0"><table>')
    body = body.replace("</table>", "</table></div>")
    body = re.sub(r"<h2>(.*?)</h2>", _heading, body)
    body = re.sub(r'src="([^":]+\.svg)"', lambda m: f'src="{_inline(folder / m[1])}"', body)
    environment = Environment(
        loader=FileSystemLoader(templates), undefined=StrictUndefined, autoescape=True
    )
    return environment.get_template("report.html.j2").render(body=body)


def _heading(match: re.Match[str]) -> str:
    """Return a heading with the id that links to it name, as code hosts make it."""
    return f'<h2 id="{match[1].lower().replace(" ", "-")}">{match[1]}</h2>'


def _inline(path: Path) -> str:
    encoded = base64.b64encode(path.read_bytes()).decode()
    return f"data:image/svg+xml;base64,{encoded}"
