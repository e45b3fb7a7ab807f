"""Another workflow takes this one in by `module:`, with a config and a results folder of its own."""

import shutil
import subprocess

import pytest
import yaml
from snakemake.utils import update_config

from activation_lab import tables
from conftest import ROOT, copy_project, environment

SNAKEFILE = """
configfile: "study.yaml"


module lab:
    snakefile:
        {snakefile!r}
    config:
        config
    pathvars:
        results="made/by/lab",


use rule * from lab as lab_*


rule summary:
    default_target: True
    input:
        tables=rules.lab_collect.output,
        page=rules.lab_report.output.html,
    output:
        "summary.txt",
    shell:
        "wc -c {{input.page:q}} > {{output}}"
"""


@pytest.fixture
def other(tmp_path, raw):
    """A project of its own, whose Snakefile names ours, which lies elsewhere."""
    ours = copy_project(tmp_path / "ours", raw)
    folder = tmp_path / "other"
    (folder / "results/data/FashionMNIST").mkdir(parents=True)
    (folder / "results/data/FashionMNIST/raw").symlink_to(raw)
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    update_config(config, yaml.safe_load((ROOT / "tests/tiny.yaml").read_text()))
    config |= {"only": ["ten-layer"]}
    (folder / "study.yaml").write_text(yaml.safe_dump(config))
    snakefile = str(ours / "workflow/Snakefile")
    (folder / "Snakefile").write_text(SNAKEFILE.format(snakefile=snakefile))
    shutil.rmtree(ours / "results")
    return folder


def test_the_workflow_is_a_module_of_another(other):
    def snakemake(*arguments):
        command = ["snakemake", "--cores", "2", *arguments]
        run = {"cwd": other, "env": environment(), "capture_output": True, "text": True}
        done = subprocess.run(command, **run, check=False, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    snakemake()
    assert "made/by/lab/report.html" in (other / "summary.txt").read_text()
    cells = tables.load("cells", other / "made/by/lab/tables")
    assert list(cells["study"]) == ["ten-layer"]
    assert "Nothing to be done" in snakemake("--dry-run")
    assert not (other / "results/report.html").exists()
