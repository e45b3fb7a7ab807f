"""The report before it is laid out: from tables and figures to sections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from activation_lab.analysis.claims.base import INCONCLUSIVE
from activation_lab.analysis.tasks import parts
from activation_lab.config.cells import show
from activation_lab.config.read import Config, Study
from activation_lab.datasets import named
from activation_lab.datasets.base import Dataset
from activation_lab.report import figures, findings, listings, scoreboard
from activation_lab.report.figures import FIGURES, samples
from activation_lab.report.listings.base import Listing
from activation_lab.report.listings.theory import differences, portraits
from activation_lab.report.scoreboard import Judged
from activation_lab.report.trial import TrialSection
from activation_lab.typed import Model
from activation_lab.wording import listed, plural

MOST_VALUES = 5  # of what the jobs were run with, that are written out
STRIKING = 3  # answers on the first screen


@dataclass(frozen=True)
class Shown:
    """A figure, as the report's templates show it."""

    anchor: str
    path: str
    alt: str
    caption: str


@dataclass(frozen=True)
class Section:
    """One study, as the report's templates show it."""

    name: str
    study: Study
    fixed: str
    runs: int
    headline: list[str]
    findings: list[str]
    listings: list[Listing]
    precision: list[str]
    key: Shown | None
    figures: list[Shown]
    tasks: dict[str, list[Shown]]
    activations: list[str]

    @property
    def answer(self) -> str:
        """The answer to the study's question; empty if there is none."""
        return " ".join(self.headline)

    @property
    def more(self) -> int:
        """How many figures there are beside the key figure."""
        return len(self.figures) + sum(map(len, self.tasks.values()))

    @property
    def seeds(self) -> str:
        """The seeds, in order."""
        return ", ".join(map(str, sorted(self.study.seeds)))

    @property
    def varies(self) -> str:
        """The settings that the study varies, with their values."""
        axes = self.study.axes.items()
        return "; ".join(
            f"{name.replace('_', ' ')}: {', '.join(map(show, values))}" for name, values in axes
        )


@dataclass(frozen=True)
class Report:
    """All that the report says, before it is laid out."""

    datasets: list[Dataset]
    sections: list[Section]
    theory: Listing
    portraits: Listing
    claims: Listing
    judged: list[Judged]
    asked: dict[str, str]
    verdicts: dict[str, int]
    family: str
    not_run: list[str]
    config: Config
    provenance: list[tuple[str, str]]
    unfinished: str
    trial: TrialSection | None

    @property
    def striking(self) -> list[Section]:
        """The studies whose answers the page begins with: the config's first that have a figure."""
        return [section for section in self.sections if section.headline and section.key][:STRIKING]

    @property
    def unknown(self) -> list[Judged]:
        """The claims that were judged and cannot be decided."""
        open_ones = scoreboard.VERDICTS[INCONCLUSIVE]
        return [claim for claim in self.judged if claim.verdict == open_ones]

    @property
    def samples(self) -> list[Shown]:
        """The figures of what the networks look at, one for each dataset."""
        return [
            Shown(
                anchor=f"samples-{dataset.slug}",
                path=f"figures/samples-{dataset.slug}.svg",
                alt=f"The first training {dataset.noun}s of each class of {dataset.title}",
                caption=samples.caption(dataset),
            )
            for dataset in self.datasets
        ]

    @property
    def runs(self) -> int:
        """How many networks were measured."""
        return sum(section.runs for section in self.sections)

    @property
    def activations(self) -> list[str]:
        """The activations of all studies."""
        return list(dict.fromkeys(name for one in self.sections for name in one.activations))

    @property
    def measured_on(self) -> str:
        """The datasets, in words."""
        return listed([dataset.title for dataset in self.datasets])


def report(
    config: Config,
    studies: Mapping[str, Mapping[str, pd.DataFrame]],
    claims: pd.DataFrame,
    drawn: Mapping[str, set[str]],
    provenance: Mapping[str, Any],
    unfinished: str = "",
    trial: TrialSection | None = None,
) -> Report:
    """Return the report of a config's studies: from each one's tables and the names of its figures.

    `unfinished` says how many jobs are done, where some are not. `trial` is the section of a config's
    trial.
    """
    sections = [
        section(name, study, config.settings, studies[name], drawn[name], judged=bool(trial))
        for name, study in config.studies.items()
    ]
    names = [name for tables in studies.values() for name in tables["cells"]["dataset"]]
    return Report(
        datasets=[named(name) for name in dict.fromkeys(names)],
        sections=sections,
        theory=differences(studies),
        portraits=portraits(next(iter(studies.values()))["portraits"]),
        claims=scoreboard.claims(claims),
        judged=scoreboard.judged(claims),
        asked=scoreboard.asked(claims),
        verdicts={
            verdict: int(count)
            for verdict in scoreboard.VERDICTS
            if (count := (claims["verdict"] == verdict).sum())
        },
        family=scoreboard.family(claims),
        not_run=scoreboard.not_run(claims),
        config=config,
        provenance=provenance_lines(provenance),
        unfinished=unfinished,
        trial=trial,
    )


def section(
    name: str,
    study: Study,
    base: Model,
    tables: Mapping[str, pd.DataFrame],
    drawn: set[str],
    judged: bool = False,
) -> Section:
    """Return the section of a study from its tables and the names of its figures.

    `judged` says that the study is a task of a trial. A trial's verdicts hold all together; what a
    study says of itself is not corrected for the others, so here it is not said.
    """
    telling = "" if judged else findings.telling_figure(tables, drawn)
    return Section(
        name=name,
        study=study,
        fixed=fixed(study, base),
        runs=len(tables["runs"]),
        headline=[] if judged else findings.headline(tables),
        findings=[] if judged else findings.findings(tables),
        listings=listings.listings(tables, [listings.PAIRS] if judged else []),
        precision=[] if judged else findings.precision(tables),
        key=figure(name, telling) if telling else None,
        figures=[figure(name, drew) for drew in FIGURES if drew in drawn and drew != telling],
        tasks={
            task: [
                figure(name, drew, task) for drew in FIGURES if figures.named(drew, task) in drawn
            ]
            for task in parts(tables)
            if task
        },
        activations=list(tables["cells"]["activation"].unique()),
    )


def figure(study: str, name: str, task: str = "") -> Shown:
    """Return a figure of a study, or of one of its tasks.

    What its caption says first stands for it where it is not seen.
    """
    text = figures.caption(name)
    title = text.split(". ", 1)[0].rstrip(".")
    whose, file = f"{study}, {task}" if task else study, figures.named(name, task)
    return Shown(f"{study}-{file}", f"figures/{study}/{file}.svg", f"{whose}: {title}", text)


def fixed(study: Study, base: Model) -> str:
    """Return the settings that all cells of a study share."""
    shared = dict(study.grid(base)[0])
    return ", ".join(
        f"{name.replace('_', ' ')} {show(value)}"
        for name, value in shared.items()
        if name not in study.axes
    )


def provenance_lines(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what the jobs were run with, as pairs of a name and a text."""

    def several(counts: Mapping[str, int]) -> str:
        if len(counts) == 1:
            return next(iter(counts))
        if len(counts) > MOST_VALUES:
            return f"{len(counts)} different ones: each job's own is in its job.json"
        return ", ".join(f"{value} ({plural(count, 'job')})" for value, count in counts.items())

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
        *[(name, several(counts)) for name, counts in provenance["versions"].items()],
        ("Code of training and measuring (sha256)", several(provenance["code"])),
        *[(f"{name}, report", value) for name, value in provenance["report"].items()],
    ]
