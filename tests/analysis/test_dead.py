import pandas as pd

from activation_lab.analysis.dead import dead_neurons
from activation_lab.measures.base import KEYS
from activation_lab.schemas import TABLES


def units(*records):
    """A layer whose units have these records; what a record does not say is a healthy unit."""
    healthy = {
        **{"pre_max": 2.0, "pre_min": -2.0, "nonzero_fraction": 0.5, "gradient_fraction": 0.5},
        "nonzero_fraction_first": 0.5,
        **{"derivative_abs_max": 1.0, "abs_mean": 1.0, "mean": 1.0, "variance": 1.0},
    }
    keys = {
        **{"settings_id": "s", "dataset": "d", "activation": "relu", "network": "8", "depth": 1},
        **{"initialisation": "default", "optimizer": "sgd", "learning_rate": 0.1, "seed": 42},
        **{"phase": "best", "layer": 1},
    }
    return pd.DataFrame(
        [{**keys, "unit": unit, **healthy, **record} for unit, record in enumerate(records, 1)]
    )


DEAD = {
    **{"pre_max": -0.1, "nonzero_fraction": 0.0, "nonzero_fraction_first": 0.0},
    "derivative_abs_max": 0.0,
    **{"abs_mean": 0.0, "mean": 0.0, "variance": 0.0},
}


PREDICTIONS = pd.DataFrame({"settings_id": "s", "layer": [1, 2], "predicted_dead": [0.25, 0.5]})


RUNS = pd.DataFrame(
    {"settings_id": "s", "seed": [42, 7], "status": ["ok", "diverged"]},
)


def counted(neurons):
    return dead_neurons(neurons, PREDICTIONS, RUNS)


def test_the_prediction_stands_beside_untrained_networks_only():
    both = pd.concat([units({}, DEAD).assign(phase="untrained"), units({}, DEAD)])
    first, second = counted(both)["predicted_dead"]
    assert first == 0.5  # a quarter of two units
    assert pd.isna(second)


def test_every_meaning_of_dead():
    saturated = {"derivative_abs_max": 1e-7}
    first = {"nonzero_fraction_first": 0.0}  # alive on other images alone
    found = counted(
        units({}, DEAD, {"pre_min": 0.1}, saturated, {"variance": 0.0}, {"abs_mean": 0.05, **first})
    )
    assert set(found.columns) == set(TABLES["dead_neurons"].schema.names)
    (row,) = found.drop(columns=[*KEYS, "phase", "layer", "predicted_dead"]).to_dict("records")
    assert row == {
        **{"status": "ok", "units": 6, "dead": 1, "always_on": 1, "no_gradient": 2, "constant": 2},
        # The layer's mean |h| is 4.05 / 6 = 0.675: 0.05 is 0.074 of it.
        **{"dormant_0": 1, "dormant_025": 1, "dormant_1": 2, "dead_first": 2},
    }


def test_a_layer_of_zeros_is_wholly_dormant():
    (row,) = counted(units(DEAD, DEAD)).to_dict("records")
    assert (row["units"], row["dead"], row["dormant_0"], row["constant"]) == (2, 2, 2, 2)


def test_each_layer_and_stage_is_counted_by_itself():
    both = pd.concat([units({}, DEAD), units(DEAD, DEAD).assign(layer=2), units({}).assign(seed=7)])
    found = counted(both)
    assert found["dead"].tolist() == [1, 2, 0]
    assert found["status"].tolist() == ["ok", "ok", "diverged"]
