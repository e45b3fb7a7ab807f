"""The config that judges every claim has what the claims need, and nothing that no other config has."""

import pytest

from activation_lab.analysis.claims import CLAIMS, few_seeds
from activation_lab.analysis.printed_numbers import MLP_CLASSIFIER_PROTOCOL, PROTOCOL
from activation_lab.config.cells import cells, rows
from activation_lab.config.file import laid_over
from activation_lab.config.read import read
from activation_lab.experiments import EXPERIMENTS
from conftest import ROOT

CONFIGS = {path.name: path for path in ROOT.glob("workflow/configs/*.yaml")}
# The least of these studies is here under a name of its own, beside the default run's.
RENAMED = {("workflow/configs/depth.yaml", "depth"): "explode"}
OWN = ("sigmoid-depth",)  # in no other config


def config(name):
    return read(laid_over([ROOT / "config.yaml", *([CONFIGS[name]] if name else [])]))


def runs(name, without=()):
    """The settings and the seed of every network, trained or not, but for some studies."""
    return {
        (settings.id, seed)
        for cell in cells(config(name))
        if cell.study not in without
        for settings in (cell.runs, cell.settings.untrained)
        for seed in cell.seeds
    }


@pytest.mark.parametrize("name", CLAIMS)
def test_what_a_claim_needs_is_there(name):
    claim, chosen = CLAIMS[name], config("claims.yaml")
    if claim.experiment:
        assert claim.experiment in chosen.experiments
    else:
        assert RENAMED.get((claim.config, claim.study), claim.study) in chosen.studies


@pytest.mark.parametrize(
    ("study", "own"),
    [("few-seeds", few_seeds.PROTOCOL), ("mlp-classifier", MLP_CLASSIFIER_PROTOCOL)],
)
def test_claims_find_the_networks_that_were_trained_for_them(study, own):
    found = [row for row in rows(config("published.yaml")) if row["study"] == study]
    assert found
    expected = {**PROTOCOL, **own}
    for row in found:
        differing = {name for name, value in expected.items() if row[name] != value}
        assert differing <= set(row["varied"])


def test_it_has_all_experiments():
    assert config("claims.yaml").experiments == tuple(EXPERIMENTS)


def test_every_run_but_those_of_one_study_is_another_configs_too():
    others = set().union(*(runs(name) for name in ("", *CONFIGS) if name != "claims.yaml"))
    assert len(runs("claims.yaml") - runs("")) > 100
    assert not runs("claims.yaml", without=OWN) - others
    assert runs("claims.yaml") - others
