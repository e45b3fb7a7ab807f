"""The notebook is true: executed on the published tables, it says what it says."""

import json
import re
import subprocess
import sys

import pytest

from conftest import ROOT, environment

NOTEBOOK = ROOT / "docs/explore.ipynb"


def of_type(notebook, kind):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def without_figures(notebook):
    """The notebook without the bytes of its figures, which depend on the machine's fonts."""
    for cell in of_type(notebook, "code"):
        for output in cell["outputs"]:
            output.get("data", {}).pop("image/png", None)
    return notebook


@pytest.fixture(scope="module")
def committed():
    return json.loads(NOTEBOOK.read_text())


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    """The notebook without outputs, executed in a folder beside the published run."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / "reference").symlink_to(ROOT / "docs/reference")
    notebook = json.loads(NOTEBOOK.read_text())
    for cell in of_type(notebook, "code"):
        cell.update(outputs=[], execution_count=None)
    for cell in of_type(notebook, "markdown"):
        text = "".join(cell["source"])
        cell["source"] = re.sub(r"```text\n.*?```", "```text\n```", text, flags=re.DOTALL)
    (folder / NOTEBOOK.name).write_text(json.dumps(notebook))
    # In a process of its own: Jupyter's libraries warn of things that are not ours.
    command = [sys.executable, "-m", "activation_lab", "notebook", str(folder / NOTEBOOK.name)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / NOTEBOOK.name).read_text())


def test_executed_again_it_says_the_same(again):
    committed = without_figures(json.loads(NOTEBOOK.read_text()))
    assert without_figures(again) == committed, "run `make notebook`"


def test_nothing_in_it_warns_or_fails(committed):
    outputs = [output for cell in of_type(committed, "code") for output in cell["outputs"]]
    assert outputs
    assert {output["output_type"] for output in outputs} <= {
        "stream",
        "display_data",
        "execute_result",
    }
    assert {output["name"] for output in outputs if "name" in output} == {"stdout"}


def test_every_exercise_has_a_folded_hint_and_a_folded_solution(committed):
    texts = ["".join(cell["source"]) for cell in of_type(committed, "markdown")]
    exercises = [text for text in texts if text.startswith("### Exercise")]
    assert len(exercises) == 3
    for text in exercises:
        assert re.findall(r"<summary>(\w+)</summary>", text) == ["Hint", "Solution"]
        assert text.count("<details>") == text.count("</details>") == 2
        assert re.search(r"```text\n.+\n```", text, re.DOTALL), "a solution prints its answer"


def test_it_is_small():
    assert NOTEBOOK.stat().st_size <= 400_000
