"""The commands that write a finished run in the formats of other programs."""

from __future__ import annotations

import typer

from activation_lab.commands.options import Folder, Results

FORMATS = "Take results into other programs"

app = typer.Typer()


@app.command(rich_help_panel=FORMATS)
def export(results: Results, out: Folder) -> None:
    """Write every table of a finished run as CSV."""
    from activation_lab.analysis.results import present, tables_of, write_csv

    folder = tables_of(results)
    for name in present(folder):
        write_csv(name, folder, out)


@app.command(rich_help_panel=FORMATS)
def slides(results: Results, out: Folder) -> None:
    """Make slides of a finished run: the key figure of each study. The folder is replaced."""
    from activation_lab.commands import slides

    slides.run(results, out)


@app.command(rich_help_panel=FORMATS)
def latex(results: Results, out: Folder) -> None:
    """Write every table of a finished run's report for LaTeX. The folder is replaced."""
    from activation_lab.commands import latex

    latex.run(results, out)


@app.command(rich_help_panel=FORMATS)
def tensorboard(results: Results, out: Folder) -> None:
    """Write the trained runs of a finished run for TensorBoard. The folder is replaced."""
    from activation_lab.commands import tensorboard

    tensorboard.run(results, out)
