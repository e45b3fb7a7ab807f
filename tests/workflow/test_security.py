"""What comes from others runs no code: a config, a checkpoint, a figure. docs/security.md lists all."""

import html
import io
import pickle
import subprocess
import sys
import zipfile

import pytest
import torch
import yaml
from playwright.sync_api import sync_playwright
from test_page import CHROMIUM
from test_report import paged, reported, split_tables

from activation_lab.training.checkpoint import Checkpoint
from conftest import ROOT, environment, snakemake

HOSTILE = "It's $(touch hacked) `touch hacked` \"; touch hacked; echo ' {params} %s"


def test_a_text_of_the_config_runs_no_command(project):
    config = yaml.safe_load((project / "tiny.yaml").read_text())
    config["studies"]["tutorial"]["question"] = HOSTILE
    (project / "tiny.yaml").write_text(yaml.safe_dump(config))
    snakemake(project)
    assert HOSTILE in html.unescape((project / "results/report.html").read_text())
    assert not list(project.rglob("hacked"))


@pytest.mark.parametrize("tag", ["python/object/apply:os.system", "python/name:os.system"])
def test_a_tag_of_the_config_runs_no_python(tag, tmp_path):
    config = tmp_path / "mine.yaml"
    config.write_text(f"results: !!{tag} ['touch {tmp_path}/hacked']\n")
    command = [sys.executable, "-m", "activation_lab", "check", "config.yaml", str(config)]
    path = {"PYTHONPATH": str(ROOT / "workflow")}
    done = subprocess.run(
        command, cwd=ROOT, env=environment() | path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "is not YAML: could not determine a constructor for the tag" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "hacked").exists()


class Runs:
    """Runs a command where it is unpickled."""

    def __init__(self, command: str):
        self.command = command

    def __reduce__(self):
        return eval, (f"__import__('os').system({self.command!r})",)


def test_a_checkpoint_runs_nothing(tmp_path, caplog):
    path, sign = tmp_path / "checkpoint.pt", tmp_path / "hacked"
    torch.save({"digest": "it"}, path)
    changed = io.BytesIO()
    with zipfile.ZipFile(path) as good, zipfile.ZipFile(changed, "w") as bad:
        for name in good.namelist():
            evil = name.endswith("data.pkl")
            bad.writestr(name, pickle.dumps(Runs(f"touch {sign}"), 2) if evil else good.read(name))
    path.write_bytes(changed.getvalue())
    assert Checkpoint(path, "it", 0).current is None
    assert "is not used, training starts over" in caplog.text
    assert not sign.exists()
    torch.load(path, weights_only=False)
    assert sign.exists()  # it would have run


EVIL = """<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"
 onload="document.title = 'hacked'">
<script>document.title = 'hacked'</script>
<foreignObject><img xmlns="http://www.w3.org/1999/xhtml" src="x" onerror="document.title = 'hacked'"/>
</foreignObject><path d="M0 0h9v9"/></svg>"""


@pytest.mark.skipif(
    not CHROMIUM, reason="needs a browser: install chromium (apt-get install chromium)"
)
def test_a_figure_runs_no_script_in_the_page(tmp_path):
    page_of = paged(reported(split_tables()), tmp_path, EVIL)
    (tmp_path / "report.html").write_text(page_of)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        said = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"file://{tmp_path}/report.html")
        page.wait_for_timeout(300)
        title = page.title()
        browser.close()
    assert title == "What activation functions do to neural networks"
    assert all("Content Security Policy" in text for text in said)
