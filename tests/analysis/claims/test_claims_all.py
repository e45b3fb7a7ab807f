"""What holds of every claim: its words, its study, its place in the table, its simulated truths."""

import re

import pytest
import yaml
from judging import judged

from activation_lab import tables
from activation_lab.analysis.claims import CLAIMS, claims
from activation_lab.analysis.claims.base import (
    EXACT,
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    SUPPORTED,
    CannotTell,
    NotRun,
    claim,
)
from activation_lab.analysis.claims.power import SCENARIOS, Rates, rates, table
from activation_lab.analysis.claims.power.base import BORDERLINE, FALSE, TRUE, Scenario
from activation_lab.analysis.claims.power.planted import cell, runs
from activation_lab.analysis.claims.power.planted import tables as planted
from activation_lab.schemas import TABLES
from conftest import ROOT


@pytest.mark.parametrize("name", CLAIMS)
def test_what_was_not_run_is_named(name):
    got, judge = judged(name, planted()), CLAIMS[name]
    assert (got.verdict, got.n, got.estimate) == (NOT_RUN, 0, None)
    config = yaml.safe_load((ROOT / judge.config).read_text())
    if judge.experiment:
        assert f"the experiment `{judge.experiment}` of `{judge.config}`" in got.evidence
        assert judge.experiment in config["experiments"]
    else:
        assert f"the study `{judge.study}` of `{judge.config}`" in got.evidence
        assert judge.study in config["studies"]


def test_every_claim_is_quoted_and_told(tmp_path):
    made = claims(planted())
    assert made["claim"].tolist() == list(CLAIMS)
    for text in [*made["source"], *made["quote"], *made["statement"], *made["test"]]:
        assert text
        assert "|" not in text
        assert not re.search(r"^[“\"]|[”\"]$", text)
    schema = TABLES["claims"]
    tables.write(schema, tables.from_pandas(schema, made), tmp_path / "claims.parquet")
    assert tables.load("claims", tmp_path)["verdict"].eq(NOT_RUN).all()


def test_what_chance_can_decide_has_been_simulated_and_nothing_else():
    simulated = {one.claim for one in SCENARIOS}
    assert simulated == {name for name, one in CLAIMS.items() if one.chance > EXACT}
    for name in simulated:
        truths = {one.truth for one in SCENARIOS if one.claim == name}
        # That one run is enough has no border: it is true or false.
        assert {TRUE, FALSE} <= truths or BORDERLINE in truths


def test_a_claim_without_networks_differs_from_one_that_they_cannot_decide():
    @claim(source="s", quote="q", statement="t", test="t")
    def either(made):
        if made["runs"].empty:
            raise NotRun("no networks")
        raise CannotTell("both runs diverged", n=2)

    missing = either.judge(planted())
    assert missing.verdict == NOT_RUN
    assert (
        missing.evidence == "There are no networks; the study `tutorial` of `config.yaml` has them."
    )
    own = cell("relu")
    undecided = either.judge(planted([own], runs=runs(own, lambda _: {}, seeds=(1, 2))))
    assert (undecided.verdict, undecided.n) == (INCONCLUSIVE, 2)
    assert undecided.evidence == "It cannot be told: both runs diverged."


def test_rates_count_verdicts_and_call_either_decision_on_the_border_wrong():
    one = next(one for one in SCENARIOS if one.truth == TRUE)
    assert rates(one, 3) == rates(one, 3)  # the draws are the same every time

    def found(truth):
        scenario = Scenario("some", truth, "in words", lambda _: {})
        return Rates(scenario, 10, {SUPPORTED: 6, REFUTED: 1, INCONCLUSIVE: 3})

    assert [found(t).wrong for t in (TRUE, FALSE, BORDERLINE)] == [0.1, 0.6, 0.7]
    assert table([found(TRUE)]).splitlines()[-1] == (
        "| `some` | true | in words | 60.0% | 10.0% | 30.0% |"
    )
