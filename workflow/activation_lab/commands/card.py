"""Draw a trial's card, and write its verdicts as CSV and for LaTeX."""

from pathlib import Path

from activation_lab import tables
from activation_lab.analysis import cells
from activation_lab.analysis.results import write_csv
from activation_lab.config.read import read
from activation_lab.files import read_json, whole, write_text
from activation_lab.pipeline.digests import digest
from activation_lab.report import card as cards
from activation_lab.report.card import latex
from activation_lab.report.card.data import Card
from activation_lab.report.figures import style

SHOWN = ("runs", "metrics", "gradients", "dead_neurons", "tuning")


def run(config: dict, results: Path) -> None:
    """Write the card as SVG, PNG and PDF, upright too, and the verdicts as trial.csv and trial.tex."""
    made = load(config, results)
    for orientation, name in (("landscape", "card"), ("portrait", "card-portrait")):
        figure = cards.draw(made, orientation)
        style.save(figure, results / f"{name}.svg")
        for suffix in ("png", "pdf"):
            with whole(results / f"{name}.{suffix}") as temporary:
                dates = style.NO_DATE if suffix == "pdf" else {}
                figure.savefig(temporary, format=suffix, dpi=200, metadata=dates)
    write_csv("trial", results / "tables", results)
    write_text(latex.table(made), results / "trial.tex")


def load(config: dict, results: Path) -> Card:
    """Return all that the card of a finished trial shows."""
    folder = results / "tables"
    trial = read(config).trial
    assert trial  # the rule is there for a trial alone
    shown = {name: cells.load(name, folder) for name in SHOWN}
    others = {name: tables.load(name, folder) for name in ("cells", "functions", "portraits")}
    return Card(
        trial=trial,
        verdicts=tables.load("trial", folder),
        tables={**shown, **others},
        examined=read_json(results / "examined.json"),
        digest=digest("judge"),
        path=str(results / "config.yaml"),
    )
