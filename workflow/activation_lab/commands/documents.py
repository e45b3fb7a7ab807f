"""The commands that write the project's documents, from its code and from simulations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from activation_lab.commands.options import Out
from activation_lab.files import write_text

WRITER = "Write the project's documents"

app = typer.Typer()


@app.command(rich_help_panel=WRITER)
def power(
    out: Out, repetitions: Annotated[int, typer.Option(help="simulated runs of each line")] = 1_000
) -> None:
    """Simulate how often each claim's test gives which verdict, and write the table of it."""
    from activation_lab.commands import power

    power.run(repetitions, out)


@app.command(rich_help_panel=WRITER)
def court(
    out: Out,
    repetitions: Annotated[int, typer.Option(help="made-up trials of each line")] = 1_000,
    results: Annotated[Path | None, typer.Option(help="a run with many seeds of ReLU")] = None,
) -> None:
    """Simulate trials in which the truth is known, and write how often their verdicts are right."""
    from activation_lab.commands import court

    court.run(repetitions, out, results)


@app.command(rich_help_panel=WRITER)
def false_alarms(
    results: Annotated[list[Path], typer.Argument(help="runs of the same cells, other seeds")],
    repetitions: Annotated[int, typer.Option(help="how often to split the seeds")] = 200,
) -> None:
    """Measure how often `verify` calls sound runs different, on the seeds of finished runs."""
    from activation_lab.commands import false_alarms

    false_alarms.run(results, repetitions)


@app.command(rich_help_panel=WRITER)
def config_schema(out: Out) -> None:
    """Write the config's JSON schema, which editors read."""
    from activation_lab.config.read import schema

    write_text(json.dumps(schema(), indent=2) + "\n", out)


@app.command(rich_help_panel=WRITER)
def config_reference(out: Out) -> None:
    """Write what each key of the config means."""
    from activation_lab.config.documentation import reference

    write_text(reference(), out)


@app.command(rich_help_panel=WRITER)
def data_dictionary(out: Out) -> None:
    """Write what each table and column means."""
    from activation_lab.schemas import dictionary

    write_text(dictionary(), out)


@app.command(rich_help_panel=WRITER)
def captions(out: Out) -> None:
    """Write the figures' captions as Snakemake's own report reads them."""
    from activation_lab.report.captions import template

    write_text(template(), out)


@app.command(rich_help_panel=WRITER)
def architecture(out: Out) -> None:
    """Draw our packages and what each imports, from the code."""
    from activation_lab.pipeline import drawing

    write_text(drawing.architecture(), out)


@app.command(rich_help_panel=WRITER)
def notebook(
    file: Annotated[Path, typer.Argument(help="the notebook, which runs in its own folder")],
) -> None:
    """Execute a notebook, and write its outputs into it."""
    from activation_lab.commands import notebook

    notebook.run(file)
