"""The options and arguments that several commands have: their types, and what the help says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer


def _job(text: str) -> Any:
    from activation_lab.config.jobs import Job

    return Job.model_validate_json(text)


def _tuning(text: str) -> Any:
    from activation_lab.config.jobs import Tuning

    return Tuning.model_validate_json(text)


def _batch(text: str) -> Any:
    from activation_lab.config.jobs import Batch

    return Batch.model_validate_json(text)


def _dataset(name: str) -> Any:
    from activation_lab.datasets import named
    from activation_lab.datasets.checked_files import DataError

    try:
        return named(name)
    except DataError as error:
        raise typer.BadParameter(str(error)) from error


Configs = Annotated[list[Path], typer.Argument(help="each replaces keys of the one before")]
Out = Annotated[Path, typer.Option(help="the file to write")]
Folder = Annotated[Path, typer.Option(help="the folder to write to")]
Results = Annotated[Path, typer.Option(help="the folder of a finished run")]
Tables = Annotated[Path, typer.Option(help="the folder of its tables")]
Data = Annotated[Path, typer.Option(help="the folder of the dataset's files")]
Runs = Annotated[Path, typer.Option(help="the folder of all runs")]
Device = Annotated[Literal["auto", "cpu", "cuda", "mps"], typer.Option(help="where to compute")]
Sharing = Annotated[int, typer.Option(help="how many jobs share one GPU")]
Study = Annotated[str, typer.Option(help="the study's name")]
Experiment = Annotated[str, typer.Option(help="the experiment's name")]
Files = Annotated[list[Path], typer.Argument(help="one of each experiment")]
Config = Annotated[Any, typer.Option(parser=json.loads, metavar="JSON", help="the whole config")]
OneJob = Annotated[Any, typer.Option(parser=_job, metavar="JSON", help="what to train")]
OneTuning = Annotated[Any, typer.Option(parser=_tuning, metavar="JSON", help="what to try")]
OneBatch = Annotated[Any, typer.Option(parser=_batch, metavar="JSON", help="several jobs")]
OneDataset = Annotated[Any, typer.Option(parser=_dataset, metavar="NAME", help="the dataset")]
