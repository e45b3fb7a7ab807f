"""A trial's card as it is drawn: every text is on the sheet, and none over another."""

import numpy as np
import pandas as pd
import pytest
from drawn_text import faults
from made_up_studies import made_up, portraits

from activation_lab.activations.named import Activation
from activation_lab.analysis.trial.judge import judged
from activation_lab.config.trial import Trial
from activation_lab.report import card
from activation_lab.report.card.data import Card

LEAKY = {"name": "leakyrelu", "negative_slope": 0.3}
ACTIVATIONS = ["mish", "relu", LEAKY, "hardsigmoid"]
# Of each task: dataset, its title, and the network family.
TASKS = {
    "mnist1d-mlp": ("mnist1d", "MNIST-1D", "mlp"),
    "mnist1d-conv": ("mnist1d", "MNIST-1D", "conv"),
    "fashion-mnist-mlp": ("fashion-mnist", "FashionMNIST", "mlp"),
    "fashion-mnist-residual": ("fashion-mnist", "FashionMNIST", "residual"),
    "fashion-mnist-conv": ("fashion-mnist", "FashionMNIST", "conv"),
    "fashion-mnist-transformer": ("fashion-mnist", "FashionMNIST", "transformer"),
}


def a_card(tasks, activations, spread):
    """A card of made-up runs whose accuracies differ by so much; the last activation always fails."""
    chosen = [Activation.model_validate(phi) for phi in activations]
    names = [str(phi) for phi in chosen]
    parts = [task(name, TASKS[name], names, spread) for name in tasks]
    tables = {
        name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]
    }
    trial = Trial(
        candidate=chosen[0],
        rivals=tuple(chosen[1:]),
        margins=dict.fromkeys(tasks, 0.003),
        planned=30,
        looks=(4,),
    )
    x = np.linspace(-5, 5, 101)
    drawn = [
        pd.DataFrame({"activation": name, "x": x, "value": x, "derivative": 1.0}) for name in names
    ]
    cost = [{"activation": name, "forward": 1.0, "both": 12.3} for name in names]
    return Card(
        trial=trial,
        verdicts=judged(trial, tables["runs"], tables["cells"]),
        tables={**tables, "functions": pd.concat(drawn), "portraits": portraits(names)},
        examined={"cost": cost},
        digest="0123456789abcdef",
        path="results/trials/mish/config.yaml",
    )


def task(name, place, activations, spread):
    """Made-up tables of a task with 17 layers of gradients from 1e-3 to 0.1."""
    dataset, title, family = place
    tables = made_up(activations, seeds=range(101, 105), study=name)
    runs = tables["runs"]
    better = runs["activation"].map(activations.index) * spread
    noise = np.random.default_rng(0).normal(0, spread, len(runs))
    runs["test_accuracy"] = (0.85 - better + noise).clip(0.1, 1)
    if len(activations) > 2:
        runs.loc[runs["activation"] == activations[-1], "status"] = "plateau"
    layers = tables["gradients"].query("layer == 1")
    deep = [layers.assign(layer=n, std=10 ** (-3 + 2 * n / 17)) for n in range(1, 18)]
    metrics = tables["metrics"]
    metrics["val_accuracy"] = 0.8 + spread * metrics["epoch"]
    rates = runs[["study", "activation", "seed"]].assign(at_edge=False, status="ok")
    dead = tables["dead_neurons"].assign(dormant_025=1)
    tables["cells"] = tables["cells"].assign(dataset_title=title, family=family)
    named = {**tables, "gradients": pd.concat(deep), "tuning": rates, "dead_neurons": dead}
    return {
        key: frame.assign(dataset=dataset) if "dataset" in frame else frame
        for key, frame in named.items()
        if key not in ("theory", "predictions", "functions")
    }


@pytest.mark.parametrize("orientation", ["landscape", "portrait"])
@pytest.mark.parametrize("spread", [0.0004, 0.02, 0.2])
@pytest.mark.parametrize(
    ("tasks", "activations"),
    [
        (list(TASKS), ACTIVATIONS),
        (list(TASKS)[3:], ACTIVATIONS[:2]),
        (list(TASKS)[:3], ACTIVATIONS[:3]),
        (list(TASKS)[4:5], ACTIVATIONS[:2]),
    ],
)
def test_every_text_is_on_the_sheet_and_none_over_another(tasks, activations, spread, orientation):
    found = faults(card.draw(a_card(tasks, activations, spread), orientation))
    assert not found
