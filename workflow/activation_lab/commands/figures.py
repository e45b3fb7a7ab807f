"""Draw the figures of a study."""

from pathlib import Path

from activation_lab.analysis import cells
from activation_lab.commands.folders import anew
from activation_lab.report.figures import drawn, style


def run(study: str, folder: Path, out: Path) -> None:
    """Write every figure that the study has something for into a folder, as SVG and PDF."""
    shown = cells.of_study(study, folder)
    with anew(out) as whole:
        for name, figure in drawn(shown):
            style.save(figure, whole / f"{name}.svg")
            figure.savefig(whole / f"{name}.pdf", metadata=style.NO_DATE)
