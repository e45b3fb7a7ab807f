"""Execute a notebook, and write its outputs into it: the same tables give the same bytes."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

from activation_lab.files import write_text

# A folded solution is markdown: its code, and what the code prints.
SOLUTION = re.compile(r"(```python\n(.*?)```\n\n```text\n).*?```", re.DOTALL)
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},  # without the version of whoever executed it
}


def run(path: Path) -> None:
    """Execute the notebook in its folder, solutions last, and write it with what they print."""
    notebook = nbformat.read(path, as_version=4)
    cells = notebook.cells
    folded = [(cell, found) for cell in cells if (found := SOLUTION.search(cell.source))]
    solutions = [nbformat.v4.new_code_cell(found[2]) for _, found in folded]
    notebook.cells = [*cells, *solutions]
    resources = {"metadata": {"path": str(path.parent)}}
    options = {"record_timing": False, "startup_timeout": 300}  # the machine may be busy
    NotebookClient(notebook, resources=resources, **options).execute()
    for (cell, found), solution in zip(folded, solutions, strict=True):
        cell.source = cell.source.replace(found[0], f"{found[1]}{printed(solution)}```")
    notebook.cells = cells
    notebook.metadata = NotebookNode(METADATA)
    write_text(nbformat.writes(notebook) + "\n", path)


def printed(cell: NotebookNode) -> str:
    """Return what a code cell has printed, with one line break at the end."""
    texts = [output.text for output in cell.outputs if output.get("name") == "stdout"]
    return "".join(texts).rstrip() + "\n"
