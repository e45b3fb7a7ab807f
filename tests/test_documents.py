"""The documents are true: links resolve, the lock file is what environment.yml installs."""

import ast
import doctest
import importlib
import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from activation_lab.analysis.claims import CLAIMS
from conftest import ROOT

PAGES = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("docs/*.ipynb"),
    *(ROOT / folder / "README.md" for folder in ("config", "results")),
]
README = (ROOT / "README.md").read_text()
LOCK = [
    Requirement(line)
    for line in (ROOT / "requirements.lock").read_text().splitlines()
    if line and not line.startswith("#")
]


def anchors(page):
    """The anchors that a code host gives to the headings of a page."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    text = page.read_text()
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)
    made = {"report.md", "report.html"}
    for link in links:
        if "://" in link or link in made:
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{page.name} links {link}"
        assert not anchor or anchor in anchors(target), f"{page.name} links {link}"


def test_environment_yml_installs_the_locked_requirements():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *packages, pip = environment["dependencies"]
    assert pip == {"pip": ["-r requirements.lock"]}
    (python,) = (name for name in packages if name.startswith("python="))
    assert Requirement(f"python>={python.split('=')[1]}").specifier.contains("3.11")


def test_every_version_is_exact_and_no_index_is_named():
    for requirement in LOCK:
        assert [spec.operator for spec in requirement.specifier] == ["=="], requirement
        assert requirement.url is None


def test_the_lock_holds_every_direct_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    direct = [name for group in groups for name in group]
    locked = {requirement.name.lower() for requirement in LOCK}
    assert {Requirement(name).name.lower() for name in direct} <= locked


@pytest.mark.parametrize("name", ["torch", "torchvision", "snakemake", "pyarrow", "pandas"])
def test_what_is_installed_is_what_is_locked(name):
    (locked,) = (
        requirement
        for requirement in LOCK
        if requirement.name == name and (not requirement.marker or requirement.marker.evaluate())
    )
    assert locked.specifier.contains(version(name).split("+")[0])


def test_the_documents_name_commands_that_exist():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, flags=re.MULTILINE))
    text = "\n".join(page.read_text() for page in PAGES)
    named = set(re.findall(r"(?:`|^|&& )make ([a-z][a-z-]*)", text, re.MULTILINE))
    assert named
    assert named <= targets


def test_the_readme_shows_its_figure_and_commands_on_the_first_screen():
    first = "\n".join(README.splitlines()[:20])
    (figure,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", first)
    assert (ROOT / figure).is_file()
    assert "make report" in first
    assert "make test" in first


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 100


def test_the_documents_count_the_claims():
    said = re.search(r"it tests (\d+) sentences", (ROOT / "docs/running.md").read_text())
    assert said is not None
    assert int(said[1]) == len(CLAIMS)


def test_the_index_lists_every_document():
    index = (ROOT / "docs/README.md").read_text()
    found = (*ROOT.glob("docs/*.md"), *ROOT.glob("docs/*.ipynb"))
    documents = {path.name for path in found} - {"README.md"}
    assert not [name for name in documents if f"({name})" not in index]


def test_results_holds_only_its_readme():
    import subprocess

    listed = subprocess.run(
        ["git", "ls-files", "results"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout: nothing to compare")
    assert listed.stdout.split() == ["results/README.md"]


def test_the_slurm_profile_keeps_what_the_default_one_sets():
    """A workflow profile takes the place of the default one."""
    default, slurm = (
        yaml.safe_load((ROOT / f"workflow/profiles/{name}/profile.yaml").read_text())
        for name in ("default", "slurm")
    )
    assert default.items() <= slurm.items()


MOST_LINES, MOST_OF_A_FUNCTION = 300, 40


def test_no_file_is_a_drawer_and_no_function_a_page():
    for path in Path(ROOT / "workflow/activation_lab").rglob("*.py"):
        text = path.read_text()
        assert len(text.splitlines()) <= MOST_LINES, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno - node.lineno < MOST_OF_A_FUNCTION, f"{path}: {node.name}"


PACKAGE = ROOT / "workflow/activation_lab"
WITH_EXAMPLES = [
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if ">>> " in path.read_text()
]


@pytest.mark.parametrize("name", sorted(WITH_EXAMPLES))
def test_examples_in_docstrings(name):
    done = doctest.testmod(importlib.import_module(name))
    assert done.attempted
    assert not done.failed


CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()


def test_the_modules_that_contributing_names_are_there():
    prose = re.sub(r"```python.*?```", "", CONTRIBUTING, flags=re.DOTALL)
    named = set(re.findall(r"[\w/]+\.py\b", prose))
    assert len(named) > 20
    for name in named:
        there = [*PACKAGE.rglob(name), *(ROOT / "tests").rglob(name)]
        assert there or (ROOT / name).is_file(), name
