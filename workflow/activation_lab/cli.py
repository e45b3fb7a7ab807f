"""`python -m activation_lab COMMAND ...`: every command, with its options.

A command reads files, calls one function and writes files. Longer ones are in `commands/`. Each imports
what it needs only when it runs, so a job does not wait for imports that another command needs.
"""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from activation_lab.commands import documents, exports
from activation_lab.commands.options import (
    Config,
    Configs,
    Data,
    Device,
    Experiment,
    Files,
    Folder,
    OneBatch,
    OneDataset,
    OneJob,
    OneTuning,
    Out,
    Results,
    Runs,
    Sharing,
    Study,
    Tables,
)
from activation_lab.errors import UserError, message

READER = "Look at configs and results"
RULE = "Steps of the workflow, which its rules run"


def main(arguments: list[str]) -> None:
    """Run a command; a failure that the user can fix ends with one message, without a traceback."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        app(arguments, prog_name="python -m activation_lab")
    except SystemExit as end:  # Typer always ends the process, also after success
        if end.code:
            raise
    except (UserError, OSError, MemoryError) as error:
        sys.exit(f"Error: {message(error)}")


app = typer.Typer(
    help="Measure what activation functions do to neural networks. `make` runs these commands.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command(rich_help_panel=READER)
def check(files: Annotated[list[Path], typer.Argument(help="config files")]) -> None:
    """Say whether Snakemake can load these config files, and if not, why."""
    from activation_lab.config import file

    for path in files:
        file.check(path)


@app.command(rich_help_panel=READER)
def report_so_far(configs: Configs) -> None:
    """Write the report of the jobs that are done, while others still run."""
    from activation_lab.commands import report_so_far

    report_so_far.run(configs)


@app.command(rich_help_panel=READER)
def status(configs: Configs) -> None:
    """Say how far a run is: its jobs, networks and epochs, the time left, the disk it takes."""
    from activation_lab.commands import status

    status.run(configs)


@app.command(rich_help_panel=READER)
def verify(
    results: Results, reference: Annotated[Path, typer.Option(help="a published run")]
) -> None:
    """Compare a finished run with a published one, table by table."""
    from activation_lab.commands import verify

    verify.run(results, reference)


@app.command(rich_help_panel=READER)
def trial(
    activation: Annotated[
        str, typer.Option(help="the candidate: a name, or my_module:MyActivation")
    ],
    against: Annotated[str | None, typer.Option(help="its rivals, separated by spaces")] = None,
    level: Annotated[str | None, typer.Option(help="quick, standard or thorough")] = None,
    tasks: Annotated[str | None, typer.Option(help="the tasks, separated by spaces")] = None,
    seeds: Annotated[int | None, typer.Option(help="how many seeds to judge")] = None,
    folder: Annotated[Path, typer.Option(help="the folder of all trials")] = Path("results/trials"),
) -> None:
    """Write the config of a trial, and print its path: a new activation against its rivals."""
    from activation_lab.commands import trial

    trial.run(activation, against or None, level or None, tasks or None, seeds, folder)


@app.command(rich_help_panel=READER)
def publish(results: Results, out: Folder) -> None:
    """Publish a finished run: what `verify` compares others with. The folder is replaced."""
    from activation_lab.commands import publish

    publish.run(results, out)


@app.command(rich_help_panel=RULE)
def data(
    dataset: OneDataset,
    out: Folder,
    folder: Annotated[str, typer.Option(help="has the files; auto: look, then download")],
) -> None:
    """Find or fetch a dataset."""
    dataset.fetch(out, None if folder == "auto" else Path(folder).expanduser())


@app.command(rich_help_panel=RULE)
def tune(
    tuning: OneTuning,
    data: Data,
    out: Folder,
    device: Device,
    jobs_per_device: Sharing = 1,
) -> None:
    """Try the learning rates of a grid, and choose the best one."""
    from activation_lab.commands import tune

    tune.run(tuning, data, out, device, jobs_per_device)


@app.command(rich_help_panel=RULE)
def train(
    job: OneJob,
    data: Data,
    runs: Runs,
    out: Folder,
    device: Device,
    jobs_per_device: Sharing = 1,
    checkpoint_seconds: Annotated[
        float | None, typer.Option(help="the time between checkpoints, if not the usual one")
    ] = None,
) -> None:
    """Train and measure the networks of one job."""
    from activation_lab.commands import train

    train.run(job, data, runs, out, device, jobs_per_device, checkpoint_seconds)


@app.command(rich_help_panel=RULE)
def untrained(
    batch: OneBatch,
    data: Data,
    runs: Runs,
    out: Folder,
    device: Device,
    jobs_per_device: Sharing = 1,
) -> None:
    """Measure untrained networks: a batch of jobs in one process."""
    from activation_lab.commands import untrained

    untrained.run(batch, data, runs, out, device, jobs_per_device)


@app.command(rich_help_panel=RULE)
def theory(batch: OneBatch, data: Data, out: Folder) -> None:
    """Predict by mean-field theory what is measured of untrained networks."""
    from activation_lab.commands import theory

    theory.run(batch, data, out)


@app.command(rich_help_panel=RULE)
def functions(
    activations: Annotated[Any, typer.Option(parser=json.loads, metavar="JSON", help="a list")],
    out: Folder,
) -> None:
    """Tabulate φ and φ′ of each activation, and what theory says of it."""
    from activation_lab.commands import functions

    functions.run(activations, out)


@app.command(rich_help_panel=RULE)
def collect(config: Config, results: Results, runs: Runs, out: Folder) -> None:
    """Put the tables of all jobs together."""
    from activation_lab.commands import collect

    collect.run(config, results, runs, out)


@app.command(rich_help_panel=RULE)
def analyse(tables: Tables) -> None:
    """Compute the tables that need no network: dead units, summaries of cells, comparisons of pairs."""
    from activation_lab.commands import analyse

    analyse.run(tables)


@app.command(rich_help_panel=RULE)
def experiment(name: Experiment, data: Data, out: Out) -> None:
    """Make one experiment, of those that settings cannot describe."""
    from activation_lab.commands import experiment

    experiment.run(name, data, out)


@app.command(rich_help_panel=RULE)
def experiments(files: Files, out: Out) -> None:
    """Put the experiments of a config together."""
    from activation_lab.commands import experiments

    experiments.run(files, out)


@app.command(rich_help_panel=RULE)
def claims(tables: Tables) -> None:
    """Judge the claims of others on the tables of all studies."""
    from activation_lab.commands import claims

    claims.run(tables)


@app.command(rich_help_panel=RULE)
def judge(config: Config, tables: Tables) -> None:
    """Judge a trial: the table of its verdicts."""
    from activation_lab.commands import judge

    judge.run(config, tables)


@app.command(rich_help_panel=RULE)
def examine(config: Config, runs: Runs, out: Out) -> None:
    """Examine the activations of a trial by themselves: cost and theory."""
    from activation_lab.commands import examine

    examine.run(config, runs, out)


@app.command(rich_help_panel=RULE)
def card(config: Config, results: Results) -> None:
    """Draw a trial's card, and write its verdicts as CSV and for LaTeX."""
    from activation_lab.commands import card

    card.run(config, results)


@app.command(rich_help_panel=RULE)
def figures(study: Study, tables: Tables, out: Folder) -> None:
    """Draw the figures of a study."""
    from activation_lab.commands import figures

    figures.run(study, tables, out)


@app.command(rich_help_panel=RULE)
def samples(dataset: OneDataset, data: Data, out: Out) -> None:
    """Draw a dataset's first examples of each class."""
    from activation_lab.commands import samples

    samples.run(dataset, data, out)


@app.command(rich_help_panel=RULE)
def report(
    config: Config,
    templates: Annotated[Path, typer.Option(help="the folder of the templates")],
    results: Results,
) -> None:
    """Write report.md and report.html from the tables and figures."""
    from activation_lab.commands import report

    report.run(config, templates, results)


app.add_typer(exports.app)
app.add_typer(documents.app)
