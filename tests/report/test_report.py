import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_up_studies import made_up, varied
from test_config import DEFAULT, changed
from test_findings import analysed, compared

from activation_lab.config import read as config
from activation_lab.report import findings, listings, page, rendering, scoreboard
from activation_lab.report import sections as report
from activation_lab.report.listings.theory import differences
from activation_lab.schemas import TABLES
from conftest import ROOT

TEMPLATES = ROOT / "workflow/report"
PROVENANCE = {
    "jobs": 2,
    "resumed": 1,
    "seconds": {"training": 60.0, "probes": 6.0, "total": 90.0},
    "versions": {"torch": {"2.0": 2}},
    "device": {"cpu": 2},
    "processor": {"A": 1, "B": 1},
    "threads": {"1": 2},
    "code": {"abc": 2},
    "report": {"scipy": "1.0"},
}
CLAIMS = [
    {"verdict": "refuted", "statement": "|tanh| > 2", "evidence": "It is `1` at most."},
    {"verdict": "supported", "statement": "ReLU dies", "evidence": "3 units died."},
    {"verdict": "refuted", "statement": "10 > 9", "evidence": "So it is, n = 7.", "chance": 0.0},
]


def claims(rows=CLAIMS):
    usual = {"source": "A lecture", "quote": "so they say", "chance": 0.05}
    columns = list(TABLES["claims"].columns)
    return pd.DataFrame(
        [{"claim": f"made up {n}", **usual, **row} for n, row in enumerate(rows)], columns=columns
    )


def reported(tables, raw=DEFAULT, judged=CLAIMS):
    """The report of a config of one study."""
    raw = raw | {"only": ["tutorial"]}
    drawn = {"tutorial": {"accuracy"}}
    tables = {"tutorial": tables}
    return report.report(config.read(raw), tables, claims(judged), drawn, PROVENANCE)


def paged(made, folder, svg=None):
    """The page of a report, with its figures; `svg` is what each shows."""
    figures = [
        shown.path
        for section in made.sections
        for shown in [section.key, *section.figures]
        if shown
    ]
    for path in ["figures/samples-fashion-mnist.svg", *figures]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(svg or SVG)
    return page.page(TEMPLATES, made, folder)


SVG = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
 width="900" height="200" viewBox="0 0 900 200">
 <metadata><creator>nobody</creator></metadata>
 <defs><style>*{stroke-linejoin: round}</style></defs>
 <g id="figure_1"><path d="M0 0h900v200h-900z" style="fill: #ffffff"/>
  <g id="of|relu|seed 1: 80.00%"><defs><path id="m1" d="M0 0h9v9"/></defs>
   <use xlink:href="#m1" style="fill: #000000"/></g>
  <g id="of|tanh|"><path d="M90 0h9v9" style="fill: #d55e00"/></g></g>
</svg>"""


def split_tables():
    """Three of four sigmoid runs are stuck at 10%; relu has 0.9 and 0.8."""
    tables = made_up(["sigmoid", "relu"], seeds=(1, 2, 3, 4))
    runs = tables["runs"]
    stuck = (runs["cell"] == "sigmoid") & (runs["seed"] < 4)
    runs.loc[stuck, ["status", "test_accuracy", "stopped_early"]] = ["plateau", 0.1, True]
    runs.loc[runs["cell"] == "relu", "test_accuracy"] = [0.9, 0.8, 0.9, 0.8]
    return analysed(tables)


def test_findings_take_their_numbers_from_the_tables():
    text = " ".join(findings.findings(split_tables()))
    assert "Some runs failed: sigmoid (3 of 4 stayed at chance level)." in text
    # one of two units in each of two hidden layers
    assert "sigmoid 50.0% untrained (n = 4) and 50.0% trained (n = 1)" in text


def test_the_table_shows_what_is_known_and_no_more():
    lines = listings.accuracy.results(split_tables())
    by_cell = {line["networks"]: line for line in lines}
    assert by_cell["sigmoid"]["runs that learnt"] == "1 of 4 (5% to 70%)"
    assert by_cell["sigmoid"]["test accuracy"] == "80.94%"  # no interval of one run
    assert by_cell["sigmoid"]["failed"] == "3 at chance level"
    assert by_cell["relu"]["runs that learnt"] == "4 of 4"
    assert by_cell["relu"]["test accuracy"] == "85.00% (75.81 to 94.19)"
    assert by_cell["relu"]["failed"] == "–"
    assert "PyTorch edition" not in by_cell["relu"]  # another network than the tutorial's


def test_best_epochs_are_those_of_runs_that_learnt():
    tables = split_tables()
    runs = tables["runs"]
    runs.loc[runs["cell"] == "sigmoid", "best_epoch"] = [2, 1, 3, 9]
    runs.loc[runs["cell"] == "relu", "status"] = "diverged"
    sigmoid, relu = listings.accuracy.results(analysed(tables))
    assert sigmoid["best epoch"] == "9"
    assert (relu["best epoch"], relu["test accuracy"]) == ("–", "–")
    assert relu["failed"] == "4 diverged"


def test_the_rates_that_were_tried_stand_beside_the_chosen_one():
    tables = made_up(["relu"])
    assert listings.LISTINGS["rates"](tables) == []
    tried = {0.01: (0.8, 0.84), 0.1: (0.86, 0.9)}
    tables["tuning"] = pd.DataFrame(
        [
            {"cell": "relu", "rate": rate, "accuracy": accuracy, "chosen": rate == 0.1}
            for rate, accuracies in tried.items()
            for accuracy in accuracies
        ]
    ).assign(at_edge=lambda rows: rows["chosen"])
    (line,) = listings.LISTINGS["rates"](tables)
    assert line["chosen"] == "0.1"
    assert line["at the edge"] == "yes"
    assert line["tried"] == "0.01: 82.00%, 0.1: 88.00%"


def test_the_tutorials_numbers_stand_beside_its_own_network():
    tables = made_up(["relu", "tanh"])
    tables["cells"] = tables["cells"].assign(network="512-256-256-128", learning_rate=0.01)
    line = listings.accuracy.results(analysed(tables))[0]
    assert (line["PyTorch edition"], line["JAX edition"]) == ("88.62%", "88.65%")
    tables["cells"]["epochs"] = 10
    assert "PyTorch edition" not in listings.accuracy.results(analysed(tables))[0]


def test_published_dead_units_are_compared_with_the_same_seed():
    tables = made_up(["relu"])
    dead = tables["dead_neurons"].assign(network="512-256-256-128")
    (line,) = listings.units.published_dead(tables | {"dead_neurons": dead})
    assert (line["published"], line["measured"], line["equal"]) == ("0, 0, 3, 10", "1, 1", "no")
    exact = pd.concat(
        [dead.head(1).assign(layer=n, dead=d) for n, d in enumerate((0, 0, 3, 10), 1)]
    )
    # Cells that train differently begin with the same network: it is listed once, and is equal.
    several = pd.concat([exact, exact.assign(cell="other")])
    cells = pd.concat([tables["cells"], tables["cells"].assign(cell="other", learning_rate=0.3)])
    (line,) = listings.units.published_dead(tables | {"dead_neurons": several, "cells": cells})
    assert (line["measured"], line["equal"]) == ("0, 0, 3, 10", "yes")


def test_pairs_are_told_by_the_setting_in_which_they_differ():
    tables = analysed(varied("learning_rate", [0.01, 0.1]), ["activation", "learning_rate"])
    rows = tables["contrasts"].assign(
        difference=-0.0125, low=-0.02, high=0.001, p_holm=0.0001, probability_of_improvement=0.25
    )
    lines = listings.accuracy.pairs(tables | {"contrasts": rows})
    assert len(lines) == 4
    rate = next(line for line in lines if "learning rate" in line["first"])
    assert (rate["first"], rate["second"]) == ("learning rate 0.01", "learning rate 0.1")
    assert rate["of both"] == "`relu`"
    assert rate["difference, points"] == "−1.25 (−2.00 to +0.10)"
    assert (rate["first better"], rate["p (Holm)"], rate["seeds"]) == ("25%", "< 0.001", "2")


def test_many_seeds_are_compared_again_with_few_of_them():
    seeds = range(1, 21)
    made = made_up(["relu", "tanh"], seeds=seeds)
    draw = np.random.default_rng(0)
    made["runs"]["test_accuracy"] = [*draw.normal(0.9, 0.01, 20), *draw.normal(0.89, 0.01, 20)]
    three, five, ten = listings.seeds.few_seeds(analysed(made))
    assert (three["first"], three["second"], three["all seeds"]) == (
        "relu",
        "tanh",
        "better, n = 20",
    )
    assert [line["seeds"] for line in (three, five, ten)] == ["3", "5", "10"]
    better, wrong = (
        [float(line[name].rstrip("%")) for line in (three, five, ten)]
        for name in ("better", "other order")
    )
    assert better == sorted(set(better))  # more seeds find the difference more often
    assert wrong == sorted(set(wrong), reverse=True)
    made["runs"].loc[made["runs"].index[0], "status"] = "diverged"
    assert listings.seeds.few_seeds(analysed(made)) == []


def test_a_target_has_a_median_where_more_than_half_of_the_runs_got_there():
    tables = analysed(made_up(["relu"], seeds=(1, 2)))
    known = {"cell": "relu", "target": 0.85, "n": 7, "low": 4.0, "high": 6.0, "median": 5.0}
    unbounded = {**known, "reached": 5, "high": None}
    none = {**known, "reached": 3, "median": None, "low": None, "high": None}
    nobody = {**known, "target": 0.99, "reached": 0}
    for row, shown in ((known | {"reached": 7}, "5 (4 to 6), 7 of 7"), (unbounded, "5, 5 of 7")):
        (line,) = listings.accuracy.targets(tables | {"targets": pd.DataFrame([row, nobody])})
        assert line == {"networks": "relu", "to 85%": shown}
    (line,) = listings.accuracy.targets(tables | {"targets": pd.DataFrame([none])})
    assert line["to 85%"] == "–, 3 of 7"


def test_the_share_of_dead_units_has_an_interval_over_networks():
    tables = made_up(["relu"], seeds=(1, 2, 3))
    tables["runs"].loc[0, "status"] = "diverged"
    before, after = listings.units.dead(analysed(tables))
    assert (before["when"], before["seeds"], before["share"]) == (
        "untrained",
        "3",
        "50.0% (50.0 to 50.0)",
    )
    assert (after["when"], after["seeds"]) == ("trained", "2")


def test_theory_is_held_against_measurement():
    tables = made_up(["relu"])
    tables["gradients"] = tables["gradients"].assign(std=0.11)
    gradient, square, edge, dead = differences({"tutorial": tables}).lines
    assert (gradient["median difference"], gradient["networks × layers"]) == ("10.0%", "3")
    assert (square["median difference"], edge["median difference"]) == ("25.0%", "0.0%")
    assert [line["inside"] for line in (gradient, square)] == ["100% of 6", "100% of 2"]
    assert dead["largest difference"].startswith("+25.0 ± ")  # 1 and 0.5 of 2 units


def test_the_report_is_markdown_with_relative_links():
    made = reported(split_tables())
    text = rendering.markdown(TEMPLATES, made)
    alt = (
        "tutorial: Test accuracy of every run: how well each network learns, and how much its seeds "
        "differ"
    )
    assert f"![{alt}](figures/tutorial/accuracy.svg)" in text
    assert "A (1 job), B (1 job)" in text
    assert "| Jobs | 2, of which 1 were resumed |" in text
    assert max(text.count(word) for word in ("None", "nan", "NaN", "<NA>")) == 0
    assert all(alt for alt in re.findall(r"!\[(.*?)\]\(", text))


def test_the_claims_are_counted_and_told():
    text = rendering.markdown(TEMPLATES, reported(split_tables()))
    counted = (
        "3 claims and questions, each judged on the tables of this run: 1 supported, 2 refuted."
    )
    assert counted in text
    said = r"| ✗ refuted | \|tanh\| > 2 | A lecture: “so they say” | It is `1` at most. |"
    assert said in text
    heads = ("## What was found", "## tutorial", "## What others claim")
    places = [text.index(head) for head in heads]
    assert places == sorted(places)
    assert "## What others claim" not in rendering.markdown(
        TEMPLATES, reported(split_tables(), judged=[])
    )


def test_claims_that_were_decided_come_first():
    rows = [
        {"verdict": verdict, "statement": "", "evidence": ""}
        for verdict in ("inconclusive", "answered", "by definition")
    ]
    verdicts = [line["verdict"] for line in scoreboard.claims(claims(rows + CLAIMS)).lines]
    assert verdicts == [
        "✓ supported",
        "✗ refuted",
        "✗ refuted",
        "= by definition",
        "→ answered",
        "? inconclusive",
    ]


def test_claims_whose_study_was_not_run_are_one_line_a_study(tmp_path):
    missing = [
        {"claim": name, "verdict": "not run", "statement": "", "evidence": f"There is no {what}."}
        for name, what in (("a", "x"), ("b", "x"), ("c", "y"))
    ]
    frame = claims(missing + CLAIMS)
    assert scoreboard.not_run(frame) == ["`a` and `b`: There is no x.", "`c`: There is no y."]
    assert len(scoreboard.claims(frame).lines) == 3
    made = reported(split_tables(), judged=missing + CLAIMS)
    assert "- `a` and `b`: There is no x." in rendering.markdown(TEMPLATES, made)
    assert "<li><code>c</code>: There is no y.</li>" in paged(made, tmp_path)


def test_the_page_says_how_many_verdicts_chance_would_make_wrong():
    open_ones = [{"verdict": "inconclusive", "statement": "", "evidence": ""}] * 4
    others = [{"verdict": "answered", "statement": "", "evidence": ""}] * 9
    said = scoreboard.family(claims(CLAIMS + open_ones + others))
    assert said.startswith("Chance can mislead 6 verdicts: each is wrong")
    assert "At most 0.3 of them are expected to be wrong by chance" in said  # 6 × 5%
    assert said.endswith("Arithmetic or a counterexample decides 1 other verdict.")
    assert scoreboard.family(claims(others)) == ""


def test_long_tables_are_cut_in_markdown_and_whole_in_the_page(tmp_path):
    made = reported(analysed(made_up([f"own{n}" for n in range(20)], seeds=(1, 2))))
    text = rendering.markdown(TEMPLATES, made)
    assert "And 175 lines more: see `report.html`" in text
    assert "All 190 lines" in paged(made, tmp_path)


def test_every_table_fits_a_screen():
    lines = [
        *(made.first for made in listings.listings(analysed(compared(0, 0, 0)))),
        scoreboard.claims(claims()).lines,
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
    # The key figure is also on the first screen; the images have a figure too.
    assert made.count('role="img"') == 3
    assert "<img" not in made


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
    assert not re.search(r' on\w+="', made)


@pytest.mark.parametrize("cells", [["relu"], [f"own{n}" for n in range(25)]])
@pytest.mark.parametrize("seeds", [(1,), (1, 2)])
@pytest.mark.parametrize("epochs", [0, 3])
def test_small_and_large_studies_read_well(cells, seeds, epochs, tmp_path):
    made = reported(analysed(made_up(cells, seeds, epochs)))
    for text in (rendering.markdown(TEMPLATES, made), paged(made, tmp_path)):
        assert all(name in text for name in cells[:7])
        assert not re.search(r"\b(nan|None|inf)\b", text.replace("None of", ""))


def test_every_part_of_the_report_is_an_input_of_its_rule():
    rules = "".join(path.read_text() for path in (ROOT / "workflow/rules").glob("*.smk"))
    assert all(f"{path.name}" in rules for path in Path(TEMPLATES).iterdir())
