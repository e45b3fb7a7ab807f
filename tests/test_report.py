import re

import pytest

from activation_lab import config, findings, report
from conftest import ROOT
from test_config import DEFAULT, changed
from test_figures import deep, made_up, stuck, varied

TEMPLATES = ROOT / "workflow/report"
PROVENANCE = {
    **{"jobs": 2, "resumed": 1, "seconds": {"training": 60.0, "probes": 6.0, "total": 90.0}},
    **{"versions": {"torch": {"2.0": 2}}, "device": {"cpu": 2}, "processor": {"A": 1, "B": 1}},
    **{"threads": {"1": 2}, "code": {"abc": 2}, "report": {"scipy": "1.0"}},
}


def section(tables, raw=DEFAULT, drawn=frozenset({"accuracy"})):
    checked = config.read(raw)
    study = checked.studies["tutorial"]
    return checked, report.section("tutorial", study, checked.settings, tables, drawn)


def split_tables():
    """Three of four sigmoid runs are stuck at 10%; relu has 0.9 and 0.8."""
    tables = made_up(["sigmoid", "relu"], seeds=(1, 2, 3, 4))
    runs = tables["runs"]
    stuck = (runs["cell"] == "sigmoid") & (runs["seed"] < 4)
    runs.loc[stuck, ["status", "test_accuracy", "stopped_early"]] = ["plateau", 0.1, True]
    runs.loc[runs["cell"] == "relu", "test_accuracy"] = [0.9, 0.8, 0.9, 0.8]
    tables["summary"] = report_summary(runs)
    return tables


def report_summary(runs):
    from activation_lab.statistics import summary

    return summary(runs)


def test_findings_take_their_numbers_from_the_tables():
    sentences = findings.findings(split_tables())
    text = " ".join(sentences)
    assert "3 of 4 runs never left chance level (mean test accuracy 10.00%), 3 of them" in text
    assert "85.00% (`relu`, n = 4)" in text
    assert "untrained 1.0, 1.0 (n = 4); best 1.0, 1.0 (n = 1)" in text  # two hidden layers


def test_findings_answer_the_questions_of_their_studies():
    def said(tables):
        return " ".join(findings.findings(tables))

    assert "`sigmoid`: 2 of 4 runs began at chance level and left it in epochs 5 to 7" in said(
        stuck()
    )
    rates = said(varied("learning_rate", [0.01, 0.1]))
    assert "dead units after training: 50.0% at 0.01 (n = 2, at most 50.0%)" in rates
    # two runs of three epochs in each of four cells
    assert "layer 1: 24 died, 24 came back" in rates
    assert "is between 2e-06 times (`relu`)" in said(deep())


def test_the_table_shows_what_is_known_and_no_more():
    lines = report.results(split_tables())
    by_cell = {line["cell"]: line for line in lines}
    assert by_cell["`sigmoid`"]["runs that learnt"] == "1 of 4"
    assert by_cell["`sigmoid`"]["95% interval"] == "–"
    assert by_cell["`relu`"]["test accuracy"] == "85.00%"
    assert "PyTorch edition" not in by_cell["`relu`"]  # another network than the tutorial's


def test_the_tutorials_numbers_stand_beside_its_own_network():
    tables = made_up(["relu", "tanh"])
    tables["runs"]["network"] = "512-256-256-128"
    tables["runs"]["learning_rate"] = 0.01
    tables["summary"] = report_summary(tables["runs"])
    line = report.results(tables)[0]
    assert (line["PyTorch edition"], line["JAX edition"]) == ("88.62%", "88.65%")


def test_published_dead_units_are_compared_with_the_same_seed():
    tables = made_up(["relu"])
    tables["dead_neurons"]["network"] = "512-256-256-128"
    (line,) = report.published_dead(tables)
    assert (line["published"], line["measured"], line["equal"]) == ("0, 0, 3, 10", "1, 1", "no")


def test_the_report_is_markdown_with_relative_links():
    checked, made = section(split_tables())
    text = report.markdown(TEMPLATES, checked, [made], PROVENANCE)
    assert "![tutorial: accuracy](figures/tutorial/accuracy.svg)" in text
    assert "A (1 jobs), B (1 jobs)" in text
    assert "| Jobs | 2, of which 1 were resumed |" in text
    assert max(text.count(word) for word in ("None", "nan", "NaN", "<NA>")) == 0


def test_the_page_holds_its_figures_and_escapes_the_config(tmp_path):
    raw = changed("studies/tutorial/question", "<script>alert(1)</script> *why* [x](http://y)?")
    checked, made = section(split_tables(), raw)
    figure = tmp_path / "figures/tutorial/accuracy.svg"
    figure.parent.mkdir(parents=True)
    figure.write_text("<svg/>")
    (tmp_path / "figures/samples.svg").write_text("<svg/>")
    text = report.markdown(TEMPLATES, checked, [made], PROVENANCE)
    page = report.html(TEMPLATES, text, tmp_path)
    targets = re.findall(r'href="#([^"]+)"', page)
    assert len(targets) >= 2
    assert all(f'id="{target}"' in page for target in targets)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert 'href="http' not in page
    assert "<em>why" not in page
    assert page.count('src="data:image/svg+xml;base64,') == page.count("<img") == 2


@pytest.mark.parametrize("cells", [["relu"], [f"own{n}" for n in range(25)]])
@pytest.mark.parametrize("seeds", [(1,), (1, 2)])
def test_small_and_large_studies_read_well(cells, seeds):
    checked, made = section(made_up(cells, seeds))
    text = report.markdown(TEMPLATES, checked, [made], PROVENANCE)
    assert all(f"`{cell}`" in text for cell in cells)
    assert "nan" not in text
