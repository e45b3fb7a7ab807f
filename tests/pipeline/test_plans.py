"""What snakemake says it would run, for every config that is shipped."""

import re
import subprocess

import pytest
import yaml
from snakemake.utils import update_config

from activation_lab.config import cells as grid
from activation_lab.config import read as config
from activation_lab.pipeline import plan
from conftest import ROOT, copy_project, environment

CONFIGS = [None, *sorted((ROOT / "workflow/configs").glob("*.yaml"))]


@pytest.fixture(scope="module")
def project(tmp_path_factory, raw):
    return copy_project(tmp_path_factory.mktemp("planned") / "project", raw)


def said(folder, *arguments):
    done = subprocess.run(
        ["snakemake", "--dry-run", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def dry_run(folder, *arguments):
    text = said(folder, "--quiet", "rules", *arguments)
    counts = re.findall(r"^(\w+) +(\d+)$", text, flags=re.MULTILINE)
    return {rule: int(count) for rule, count in counts}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem if path else "default")
def test_every_shipped_config_plans_a_whole_run(path, project):
    raw = yaml.safe_load((ROOT / "config.yaml").read_text())
    arguments = []
    if path:
        update_config(raw, yaml.safe_load(path.read_text()))
        arguments = ["--configfile", f"workflow/configs/{path.name}"]
    checked = config.read(raw)
    counts = dry_run(project, *arguments)
    planned = plan.Plan.of(checked)
    assert counts.get("train", 0) == len(planned.jobs)
    assert counts["untrained"] == len(planned.batches)
    assert counts["figures"] == len(checked.studies)
    assert counts["report"] == 1


def test_the_gpu_profile_stacks_all_seeds_and_each_job_asks_for_a_gpu(project):
    raw = yaml.safe_load((ROOT / "config.yaml").read_text())
    update_config(raw, yaml.safe_load((ROOT / "workflow/configs/full.yaml").read_text()))
    read = config.read(raw)
    settings = {cell.runs.id for cell in grid.cells(read) if cell.settings.epochs}
    text = said(project, "--workflow-profile", "gpu", "--configfile", "workflow/configs/full.yaml")
    jobs = [job.split("\n\n")[0] for job in text.split("\nrule train:")[1:]]
    assert len(jobs) == len(settings) < len(plan.Plan.of(read).jobs)
    assert all(re.search(r"resources: .*\bgpu=1\b", job) for job in jobs)


def test_an_edit_of_how_data_is_fetched_runs_nothing_less(tmp_path, raw):
    """Snakemake that fetches again looks at no job behind the files, and ends without a report."""
    folder = copy_project(tmp_path / "project", raw)
    (folder / "results/data/FashionMNIST/raw").unlink()
    (folder / "own.yaml").write_text(yaml.safe_dump({"data": {"folder": str(raw)}}))
    fetch = ["snakemake", "data", "--cores", "1", "--configfile", "own.yaml"]
    subprocess.run(fetch, cwd=folder, env=environment(), check=True, capture_output=True)
    rule = folder / "workflow/rules/data.smk"
    rule.write_text(rule.read_text().replace("activation_lab data", "activation_lab  data"))
    counts = dry_run(folder)
    assert counts["report"] == 1
    assert "data" not in counts
