"""Execute a notebook, and write it with its outputs: the same tables give the same bytes."""

from __future__ import annotations

import copy
import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from activation_lab.files import write_text

# A folded solution is markdown: its code, and what the code prints.
SOLUTION = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},  # without the version of whoever executed it
}


def run(notebook: Path, out: Path) -> None:
    """Execute the notebook in its folder, its solutions too, and write it to `out`."""
    read = nbformat.read(notebook, as_version=4)
    write_text(nbformat.writes(executed(read, notebook.parent)) + "\n", out)


def executed(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Return the notebook as it is after a fresh kernel has executed it in `folder`."""
    done = copy.deepcopy(notebook)
    done.cells = [cell for own in done.cells for cell in _with_solution(own)]
    client = NotebookClient(
        done, resources={"metadata": {"path": str(folder)}}, record_timing=False
    )
    client.execute()
    for text, code in zip(done.cells, done.cells[1:], strict=False):
        if code.metadata.get("solution"):
            text.source = _with_output(text.source, code.outputs)
    done.cells = [cell for cell in done.cells if not cell.metadata.get("solution")]
    _numbered(done)
    done.metadata = NotebookNode(METADATA)
    return done


def _with_solution(cell: NotebookNode) -> list[NotebookNode]:
    """Return the cell, followed by a cell with the code of the solution in it, if there is one."""
    found = SOLUTION.search(cell.source) if cell.cell_type == "markdown" else None
    if not found:
        return [cell]
    code = nbformat.v4.new_code_cell(found[1], metadata={"solution": True})
    return [cell, code]


def _with_output(text: str, outputs: list[NotebookNode]) -> str:
    """Return the solution's text with what its code has printed."""
    printed = "".join(one.text for one in outputs if one.get("name") == "stdout").rstrip() + "\n"
    return SOLUTION.sub(lambda found: f"```python\n{found[1]}```\n\n```text\n{printed}```", text)


def _numbered(notebook: NotebookNode) -> None:
    """Number the cells as if there were no solutions between them."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(cells, start=1):
        cell.execution_count = count
        for output in cell.outputs:
            if "execution_count" in output:
                output.execution_count = count
