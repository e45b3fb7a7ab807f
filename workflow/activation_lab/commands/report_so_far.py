"""Write the report of the jobs that are done, while others still run."""

import dataclasses
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from activation_lab import tables
from activation_lab.commands import analyse, collect, figures, functions, report, samples
from activation_lab.config import cells as grid
from activation_lab.config.file import laid_over
from activation_lab.config.jobs import Job
from activation_lab.config.read import Config, read
from activation_lab.datasets.base import Dataset
from activation_lab.errors import UserError
from activation_lab.pipeline.plan import DATA, Plan
from activation_lab.schemas.claims import CLAIMS
from activation_lab.wording import plural

TEMPLATES = Path(__file__).parents[2] / "report"


def run(configs: Sequence[Path]) -> None:
    """Write `so-far/report.html` and what it is made from into the results' folder.

    Verdicts are withheld: what is done first is no fair sample. Raises `UserError` while no study has
    anything to show.
    """
    raw = laid_over(configs)
    checked = read(raw)
    planned = Plan.of(checked)
    results, runs = Path(raw["results"]), Path(raw["runs"])
    done = finished(planned, results, runs)
    cells = measured(checked, done, collect.rates(done, runs))
    if not cells:
        raise UserError("No study has a finished job yet. `make status` says how far each is.")
    out = results / "so-far"
    shutil.rmtree(out, ignore_errors=True)
    collect.gather(done, cells, raw, results, runs, out / "tables")
    studies = {row["study"]: checked.studies[row["study"]] for row in cells}
    used = {row["dataset"] for row in cells}
    derive(planned, list(studies), [d for d in planned.datasets if d.name in used], out)
    count, whole = (len(one.jobs) + len(one.batches) + len(one.tunings) for one in (done, planned))
    report.write(
        checked.model_copy(update={"studies": studies}),
        TEMPLATES,
        out,
        unfinished=f"{count:,} of {plural(whole, 'job')}" if count < whole else "",
    )
    print(f"The report so far, of {count:,} of {plural(whole, 'job')}: {out}/report.html")


def derive(planned: Plan, studies: Sequence[str], datasets: Sequence[Dataset], out: Path) -> None:
    """Write what follows from the tables of the jobs: further tables, and figures.

    Of the datasets, those that some job has used: others may not be there yet.
    """
    folder = out / "tables"
    functions.run(json.loads(planned.activations), folder)
    analyse.run(folder)
    tables.write(CLAIMS["claims"], [], folder / "claims.parquet")
    for study in studies:
        figures.run(study, folder, out / "figures" / study)
    for dataset in datasets:
        picture = out / f"figures/samples-{dataset.slug}.svg"
        samples.run(dataset, Path(DATA, dataset.folder), picture)


def finished(planned: Plan, results: Path, runs: Path) -> Plan:
    """Return the plan of those jobs and batches that are done."""
    return dataclasses.replace(
        planned,
        tunings={
            k: tuning for k, tuning in planned.tunings.items() if (runs / k / "job.json").is_file()
        },
        jobs={k: job for k, job in planned.jobs.items() if (runs / k / "job.json").is_file()},
        batches={
            k: batch
            for k, batch in planned.batches.items()
            if all(
                (results / "untrained" / k / name).is_file()
                for name in ("jobs.json", "theory.parquet", "predictions.parquet")
            )
        },
    )


def measured(config: Config, done: Plan, rates: Mapping[str, float]) -> list[dict]:
    """Return the rows of the cells that have runs, with the seeds of these runs.

    `rates` are those that tuning has chosen so far.
    """
    jobs_done: list[Job] = [*done.jobs.values()]
    jobs_done += [job for batch in done.batches.values() for job in batch.jobs]
    there: dict[str, set[int]] = {}
    for job in jobs_done:
        there.setdefault(job.settings.id, set()).update(job.seeds)
    rows = [
        {
            **row,
            "seeds": [seed for seed in row["seeds"] if seed in there.get(row["settings_id"], ())],
        }
        for row in grid.rows(config, rates)
    ]
    return [row for row in rows if row["seeds"]]
