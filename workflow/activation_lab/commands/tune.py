"""Choose the learning rate of some settings."""

from pathlib import Path

from activation_lab.commands.one_job import work
from activation_lab.config.jobs import Tuning
from activation_lab.schemas.tuning import TUNING
from activation_lab.training.tune import tune


def run(tuning: Tuning, data: Path, out: Path, device: str, jobs_per_device: int) -> None:
    """Write the table of what each rate came to, and job.json, into a folder."""
    with work("tune", tuning, data, out, device, jobs_per_device) as here:
        parts = {name: part for name, part in here.parts.items() if name != "test"}
        rows, states = tune(tuning, parts, here.device, here.checkpoint, here.report)
        training = sum(state.seconds for state in states)
        resumed = max(state.resumed for state in states)
        here.write({"tuning": rows}, TUNING, {"training": training, "probes": 0.0}, resumed)
