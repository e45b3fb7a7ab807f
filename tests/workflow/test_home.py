"""The experiment at home, as a student does it: every command of docs/home-experiment.md runs."""

import re
import subprocess
import sys

import pytest
import yaml

from activation_lab.analysis import cells
from conftest import ROOT, copy_project, edit, environment

PAGE = (ROOT / "docs/home-experiment.md").read_text()
COMMANDS = [block.splitlines() for block in re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)]
LOOK, MINE = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
(REPLACED,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
# What the Makefile makes of these words, without installing anything.
HERE = {
    "make report CONFIG=": "snakemake --cores 2 --configfile ",
    ".venv/bin/python": sys.executable,
}


def type_in(command, project):
    """Run a command of the page, and return what it prints."""
    for written, here in HERE.items():
        command = command.replace(written, here)
    done = subprocess.run(
        command,
        shell=True,
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def clone(tmp_path, raw):
    """A copy of the project with fewer seeds and epochs in the config of the page."""
    project = copy_project(tmp_path / "clone", raw)
    config = project / "workflow/configs/home.yaml"
    edit(config, "seeds: 1-5", "seeds: 1-2")
    edit(config, "epochs: 20", "epochs: 1")
    return project


def test_a_student_gets_from_the_clone_to_an_answer(clone):
    (copy, first), (look,), (again, look_again) = COMMANDS
    type_in(copy, clone)
    type_in(first, clone)
    (clone / "look.py").write_text(LOOK)
    shown = type_in(look, clone)
    assert re.findall(r"^(\w+) +\d", shown, flags=re.MULTILINE) == ["relu", "sigmoid", "tanh"]
    (clone / "mine.py").write_text(MINE)
    before = {path: path.stat().st_mtime_ns for path in clone.glob("results/runs/**/job.json")}
    config = clone / "home.yaml"
    config.write_text("".join([*config.read_text().splitlines(keepends=True)[:-1], REPLACED]))
    type_in(again, clone)
    assert before
    assert before == {path: path.stat().st_mtime_ns for path in before}, "trained anew"
    assert "bent" in type_in(look_again, clone)
    assert len(cells.load("runs", clone / "results/home/tables")) == 8
    assert (clone / "results/home/report.html").is_file()


def test_the_line_that_replaces_another_adds_to_it():
    config = (ROOT / "workflow/configs/home.yaml").read_text()
    old, new = (yaml.safe_load(text)["activation"] for text in (config.splitlines()[-1], REPLACED))
    assert new == [*old, "mine:bent"]
