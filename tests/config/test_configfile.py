"""Config files that Snakemake would hang on or die of."""

import json
import re
import shutil
import subprocess
import time

import pytest

from activation_lab.config.file import check
from activation_lab.errors import UserError
from conftest import ROOT, copy_project, environment

CONFIGS = [ROOT / "config.yaml", ROOT / "tests/tiny.yaml", *ROOT.glob("workflow/configs/*.yaml")]


def bomb(of: str, levels: int = 9) -> str:
    """A small file of aliases of aliases that stands for 9 ** levels values."""
    lines = ["a0: &a0 {x: 1}"]
    for level in range(1, levels):
        parts = [f"k{n}: *a{level - 1}" if of == "{}" else f"*a{level - 1}" for n in range(9)]
        lines.append(f"a{level}: &a{level} {of[0]}{', '.join(parts)}{of[1]}")
    return "\n".join(lines)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_our_own_configs_pass(path):
    check(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "\ufeffresults: x\n",
        json.dumps({"only": ["a"]}, indent="\t"),
        bomb("{}", 4),
    ],
    ids=["empty", "comment", "byte order mark", "JSON with tabs", "a few aliases"],
)
def test_what_snakemake_loads_or_names_itself_passes(tmp_path, text):
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    check(tmp_path / "c.yaml")


BAD = {
    "binary": (b"\x89PNG\r\n\x1a\n\x00", "is not text in UTF-8"),
    "latin": (
        "question: à quoi bon?".encode("latin-1"),
        "is not text in UTF-8 .* save it as UTF-8",
    ),
    "zeros": (bytes(100), "is not YAML: unacceptable character"),
    "mappings": (bomb("{}").encode(), "stands for more than 1,000,000 values"),
    "lists": (bomb("[]").encode(), "stands for more than 1,000,000 values"),
    "itself": (b"a: &a {b: *a}", "stands for more than 1,000,000 values"),
    "merged": (b"a: &a {<<: *a}", "stands for more than 1,000,000 values"),
    "open": (b"studies: [", "is not YAML: while parsing .* line 1"),
    "tab": (b"settings:\n\tepochs: 1\n", "is not YAML: .* line 2"),
    "code": (b"results: !!python/object/apply:os.getcwd []", "is not YAML: could not determine"),
    "date": (b"results: 2026-04-31", "is not YAML: day is out of range"),
    "deep": (b"[" * 100_000, "is nested too deep"),
    "deep YAML": (b"a: " + b"{b: " * 5_000, "is nested too deep"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_it_cannot_load_is_named_in_a_moment(tmp_path, name):
    content, message = BAD[name]
    path = tmp_path / f"{name}.yaml"
    path.write_bytes(content)
    started = time.monotonic()
    with pytest.raises(UserError, match=re.compile(message, re.DOTALL)) as error:
        check(path)
    assert str(path) in str(error.value)
    assert len(str(error.value)) < 500
    assert time.monotonic() - started < 5


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match=r"There is no config file .*mine\.yaml"):
        check(tmp_path / "mine.yaml")


@pytest.mark.parametrize("where", ["a file of one's own", "config.yaml"])
def test_make_report_checks_before_snakemake_hangs(tmp_path, raw, where):
    folder = copy_project(tmp_path / "made with make", raw)
    (folder / ".venv").mkdir()
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy2(ROOT / name, folder)
    (folder / ".venv/ready").touch()  # the programs are those of the tests
    config = "my café.yaml" if where != "config.yaml" else where
    (folder / config).write_text(bomb("{}"))
    done = subprocess.run(
        ["make", "report", *([f"CONFIG={config}"] if config != where else [])],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert f"Error: {config} stands for more than 1,000,000 values" in done.stderr
    assert "Traceback" not in done.stderr
    assert "snakemake" not in done.stdout
