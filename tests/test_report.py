import re
from pathlib import Path

import pandas as pd
import pytest

from activation_lab import config, findings, listings, page, report, statistics
from activation_lab.schemas import TABLES
from conftest import ROOT
from test_config import DEFAULT, changed
from test_figures import deep, made_up, stuck, varied

TEMPLATES = ROOT / "workflow/report"
PROVENANCE = {
    **{"jobs": 2, "resumed": 1, "seconds": {"training": 60.0, "probes": 6.0, "total": 90.0}},
    **{"versions": {"torch": {"2.0": 2}}, "device": {"cpu": 2}, "processor": {"A": 1, "B": 1}},
    **{"threads": {"1": 2}, "code": {"abc": 2}, "report": {"scipy": "1.0"}},
}
CLAIMS = [
    {"verdict": "refuted", "statement": "|tanh| > 2", "evidence": "It is `1` at most."},
    {"verdict": "supported", "statement": "ReLU dies", "evidence": "3 units died."},
    {"verdict": "refuted", "statement": "10 > 9", "evidence": "So it is, n = 7."},
]


def claims(rows=CLAIMS):
    return pd.DataFrame(
        [{"source": "A lecture", **row} for row in rows], columns=list(TABLES["claims"].columns)
    )


def analysed(tables, varies=("activation",)):
    """Tables with what is derived from runs."""
    cells = tables["cells"].assign(varied=[list(varies)] * len(tables["cells"]))
    return tables | {
        "cells": cells,
        "summary": statistics.summary(tables["runs"]),
        "targets": statistics.targets(tables["metrics"], cells),
        "contrasts": statistics.contrasts(tables["runs"], cells),
    }


def reported(tables, raw=DEFAULT, judged=CLAIMS):
    """The report of a config of one study."""
    raw = raw | {"only": ["tutorial"]}
    drawn = {"tutorial": {"accuracy"}}
    tables = {"tutorial": tables}
    return report.report(config.read(raw), tables, claims(judged), drawn, PROVENANCE)


def paged(made, folder):
    """The page of a report, with its figures."""
    figures = [shown.path for section in made.sections for shown in section.figures]
    for path in ["figures/samples.svg", *figures]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(SVG)
    return page.page(TEMPLATES, made, folder)


SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="200"><path d="M0 0h9v9"/></svg>'


def split_tables():
    """Three of four sigmoid runs are stuck at 10%; relu has 0.9 and 0.8."""
    tables = made_up(["sigmoid", "relu"], seeds=(1, 2, 3, 4))
    runs = tables["runs"]
    stuck = (runs["cell"] == "sigmoid") & (runs["seed"] < 4)
    runs.loc[stuck, ["status", "test_accuracy", "stopped_early"]] = ["plateau", 0.1, True]
    runs.loc[runs["cell"] == "relu", "test_accuracy"] = [0.9, 0.8, 0.9, 0.8]
    return analysed(tables)


def compared(*accuracies):
    """Three cells of five seeds, whose test accuracies differ from 0.8 by these amounts and noise."""
    tables = made_up(["relu", "tanh", "elu"], seeds=(1, 2, 3, 4, 5))
    for place, (cell, more) in enumerate(zip(("relu", "tanh", "elu"), accuracies, strict=True)):
        noise = [0.001 * ((seed * (place + 2)) % 5) for seed in range(5)]
        tables["runs"].loc[tables["runs"]["cell"] == cell, "test_accuracy"] = [
            0.8 + more + part for part in noise
        ]
    return analysed(tables)


def test_findings_take_their_numbers_from_the_tables():
    sentences = findings.findings(split_tables())
    text = " ".join(sentences)
    assert "3 of 4 runs never left chance level (mean test accuracy 10.00%), 3 of them" in text
    assert "85.00% (`relu`, n = 4)" in text
    # one of two units in each of two hidden layers
    assert (
        "`sigmoid` 50.0% untrained (n = 4; mean-field theory: 25.0%) and 50.0% trained (n = 1)"
        in text
    )
    assert "`sigmoid` 1 of 4 (5% to 70%) and `relu` 4 of 4 (51% to 100%)" in text


def test_findings_answer_the_questions_of_their_studies():
    def said(tables, varies):
        return " ".join(findings.findings(analysed(tables, varies)))

    left = "`sigmoid`: 2 of 4 runs began at chance level and left it in epochs 5 to 7"
    assert left in said(stuck(), ["activation"])
    rates = said(varied("learning_rate", [0.01, 0.1]), ["activation", "learning_rate"])
    assert (
        "Hidden units of `relu` dead after training, by learning rate, mean (and most) of 2"
        in rates
    )
    assert "50.0% (50.0%) at 0.01, 50.0% (50.0%) at 0.1" in rates
    # two runs of three epochs in each of four cells
    assert "layer 1: 24 died, 24 came back" in rates
    (first, _) = findings.depth(deep())
    assert "is between 2e-06 times (`relu`)" in first


def test_only_a_corrected_test_tells_cells_apart():
    (alike,) = findings.accuracies(compared(0, 0, 0))
    assert re.search(r"None of 3 pairs differs after Holm's correction \(smallest p \d", alike)
    (apart,) = findings.accuracies(compared(0.05, 0, 0))
    assert "2 of 3 pairs differ after Holm's correction" in apart
    assert re.search(r"`relu` − `tanh` = \+\d\.\d\d points \(\+\d\.\d\d to \+\d\.\d\d\)", apart)
    # Intervals that overlap, or do not, decide nothing.
    fooled = compared(0.05, 0, 0)
    fooled["contrasts"] = fooled["contrasts"].assign(p_holm=0.5, low=0.01)
    (said,) = findings.accuracies(fooled)
    assert "None of 3 pairs differs after Holm's correction (smallest p 0.50)" in said


def test_one_seed_ranks_nothing():
    (said,) = findings.accuracies(analysed(made_up(["relu", "tanh"], seeds=(1,))))
    assert "nothing can be ranked" in said


def test_what_the_seeds_can_find_is_said():
    tables = compared(0, 0, 0)
    contrasts = tables["contrasts"]
    tables["contrasts"] = contrasts.assign(std=0.005, n=5)
    resolution, sampling = findings.precision(tables)
    assert "standard deviation of 0.50 percentage points (median of 3 pairs)" in resolution
    assert "5 seeds find a true difference of 0.8 points with 80% power" in resolution
    needed = [statistics.pairs_needed(0.005, size) for size in (0.003, 0.005)]
    assert (
        f"0.3 points would take {needed[0]} seeds and 0.5 points would take {needed[1]}"
        in resolution
    )
    assert "10,000 images an accuracy of 80% has a standard deviation of 0.40 points" in sampling
    assert len(findings.precision(analysed(made_up(["relu"], seeds=(1,))))) == 1


def test_a_study_is_summed_up_by_what_it_asks():
    def first(tables, varies=("activation",)):
        return findings.headline(analysed(tables, varies))[0]

    assert first(made_up(["relu", "tanh"])).startswith("Among the runs that learnt")
    assert first(made_up(["relu"], epochs=0)).startswith("Dead hidden units")
    assert first(stuck()).startswith("Runs that learnt")
    rates = varied("learning_rate", [0.01, 0.1])
    assert first(rates, ["activation", "learning_rate"]).startswith("Hidden units of")


def test_a_gradient_that_does_not_arrive_is_said_and_not_divided_by():
    tables = made_up(["heaviside", "relu"], epochs=0)
    rows = tables["gradients"]
    lost = (rows["cell"] == "heaviside") & (rows["layer"] == 1)
    tables["gradients"] = rows.assign(std=rows["std"].mask(lost, 0.0))
    said = findings.gradient_flow(tables)
    assert said[-1] == "No gradient reaches the first layer of untrained `heaviside`."
    assert "for `relu`" in said[0]
    assert "inf" not in said[0]


def test_the_table_shows_what_is_known_and_no_more():
    lines = listings.results(split_tables())
    by_cell = {line["cell"]: line for line in lines}
    assert by_cell["`sigmoid`"]["runs that learnt"] == "1 of 4 (5% to 70%)"
    assert by_cell["`sigmoid`"]["test accuracy"] == "80.94%"  # no interval of one run
    assert by_cell["`relu`"]["runs that learnt"] == "4 of 4"
    assert by_cell["`relu`"]["test accuracy"] == "85.00% (75.81 to 94.19)"
    assert "PyTorch edition" not in by_cell["`relu`"]  # another network than the tutorial's


def test_the_tutorials_numbers_stand_beside_its_own_network():
    tables = made_up(["relu", "tanh"])
    tables["cells"] = tables["cells"].assign(network="512-256-256-128", learning_rate=0.01)
    line = listings.results(analysed(tables))[0]
    assert (line["PyTorch edition"], line["JAX edition"]) == ("88.62%", "88.65%")
    tables["cells"]["epochs"] = 10
    assert "PyTorch edition" not in listings.results(analysed(tables))[0]


def test_published_dead_units_are_compared_with_the_same_seed():
    tables = made_up(["relu"])
    tables["dead_neurons"]["network"] = "512-256-256-128"
    (line,) = listings.published_dead(tables)
    assert (line["published"], line["measured"], line["equal"]) == ("0, 0, 3, 10", "1, 1", "no")


def test_pairs_are_told_by_the_setting_in_which_they_differ():
    tables = analysed(varied("learning_rate", [0.01, 0.1]), ["activation", "learning_rate"])
    rows = tables["contrasts"].assign(
        difference=-0.0125, low=-0.02, high=0.001, p_holm=0.0001, probability_of_improvement=0.25
    )
    lines = listings.pairs(tables | {"contrasts": rows})
    assert len(lines) == 4
    rate = next(line for line in lines if "learning rate" in line["first"])
    assert (rate["first"], rate["second"]) == ("learning rate 0.01", "learning rate 0.1")
    assert rate["of both"] == "`relu`"
    assert rate["difference, points"] == "−1.25 (−2.00 to +0.10)"
    assert (rate["first better"], rate["p (Holm)"], rate["seeds"]) == ("25%", "< 0.001", "2")


def test_a_target_has_a_median_where_half_of_the_runs_got_there():
    tables = analysed(made_up(["relu"], seeds=(1, 2)))
    known = {"target": 0.85, "n": 5, "low": 4.0, "high": 6.0, "median": 5.0}
    rows = [{"cell": "relu", **known, "reached": n} for n in (5, 2)]
    rows.append({"cell": "relu", **known, "target": 0.99, "reached": 0})
    (line,) = listings.targets(tables | {"targets": pd.DataFrame(rows[:1] + rows[2:])})
    assert line == {"cell": "`relu`", "to 85%": "5 (4 to 6), 5 of 5"}
    (line,) = listings.targets(tables | {"targets": pd.DataFrame(rows[1:])})
    assert line["to 85%"] == "–, 2 of 5"


def test_theory_is_held_against_measurement():
    tables = made_up(["relu"])
    tables["gradients"] = tables["gradients"].assign(std=0.11)
    gradient, dead = listings.theory({"tutorial": tables}).lines
    assert (gradient["median error"], gradient["cells × layers"]) == ("10.0%", "3")
    assert dead["largest error"].startswith("25.0 points")  # 1 and 0.5 of 2 units


def test_the_report_is_markdown_with_relative_links():
    made = reported(split_tables())
    text = report.markdown(TEMPLATES, made)
    alt = "tutorial: Test accuracy of the best epoch's weights"
    assert f"![{alt}](figures/tutorial/accuracy.svg)" in text
    assert "A (1 job), B (1 job)" in text
    assert "| Jobs | 2, of which 1 were resumed |" in text
    assert max(text.count(word) for word in ("None", "nan", "NaN", "<NA>")) == 0
    assert all(alt for alt in re.findall(r"!\[(.*?)\]\(", text))


def test_the_claims_are_counted_and_told():
    text = report.markdown(TEMPLATES, reported(split_tables()))
    assert (
        "3 claims, each judged on the tables of this run: 1 supported, 2 refuted, 0 inconclu"
        in text
    )
    assert r"| ✗ refuted | \|tanh\| > 2 | A lecture | It is `1` at most. |" in text
    head = text[: text.index("## tutorial")]
    assert head.index("## What was found") < head.index("## What others claim")
    assert "## What others claim" not in report.markdown(
        TEMPLATES, reported(split_tables(), judged=[])
    )


def test_claims_that_were_judged_come_first():
    rows = [{"verdict": "inconclusive", "statement": "", "evidence": ""}]
    verdicts = [line["verdict"] for line in listings.claims(claims(rows + CLAIMS)).lines]
    assert verdicts == ["✓ supported", "✗ refuted", "✗ refuted", "? inconclusive"]


def test_long_tables_are_cut_in_markdown_and_whole_in_the_page(tmp_path):
    made = reported(analysed(made_up([f"own{n}" for n in range(20)], seeds=(1, 2))))
    text = report.markdown(TEMPLATES, made)
    assert "And 175 lines more: in the page `report.html`" in text
    assert "All 190 lines" in paged(made, tmp_path)


def test_every_table_fits_a_screen():
    lines = [
        *(made.first for made in listings.listings(compared(0, 0, 0))),
        listings.claims(claims()).lines,
    ]
    assert all(len(line) <= 7 for rows in lines for line in rows)


def test_the_page_holds_its_figures_and_escapes_the_config(tmp_path):
    raw = changed("studies/tutorial/question", "<script>alert(1)</script> *why* [x](http://y)?")
    made = paged(reported(split_tables(), raw), tmp_path)
    targets = re.findall(r'href="#([^"]+)"', made)
    assert len(targets) >= 2
    assert all(f'id="{target}"' in made for target in targets)
    assert made.count("<script") == 1
    assert "&lt;script&gt;alert(1)" in made
    assert 'href="http' not in made
    assert "<em>why" not in made
    assert made.count('src="data:image/svg+xml;base64,') == 2
    assert made.count("<img") == 3  # and the dialog's, which is filled when it opens


def test_evidence_cannot_bring_markup(tmp_path):
    evil = [{"verdict": "refuted", "statement": "<img src=x>", "evidence": "<b onclick=x>"}]
    made = reported(split_tables(), judged=evil)
    assert "&lt;img src=x&gt;" in paged(made, tmp_path)
    assert "&lt;b onclick=x&gt;" in paged(made, tmp_path)


def test_the_page_allows_its_own_script_alone(tmp_path):
    made = paged(reported(split_tables()), tmp_path)
    (script,) = re.findall(r"<script>(.*?)</script>", made, re.DOTALL)
    assert f"script-src '{page.digest(script)}'" in made
    assert "default-src 'none'" in made
    assert not re.search(r' on\w+="| style="', made)


@pytest.mark.parametrize("cells", [["relu"], [f"own{n}" for n in range(25)]])
@pytest.mark.parametrize("seeds", [(1,), (1, 2)])
@pytest.mark.parametrize("epochs", [0, 3])
def test_small_and_large_studies_read_well(cells, seeds, epochs, tmp_path):
    made = reported(analysed(made_up(cells, seeds, epochs)))
    for text in (report.markdown(TEMPLATES, made), paged(made, tmp_path)):
        assert all(name in text for name in cells[:7])
        assert not re.search(r"\b(nan|None|inf)\b", text.replace("None of", ""))


def test_every_part_of_the_report_is_an_input_of_its_rule():
    rule = (ROOT / "workflow/rules/report.smk").read_text()
    assert all(f"{path.name}" in rule for path in Path(TEMPLATES).iterdir())
