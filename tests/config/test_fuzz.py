"""Configs that nobody would write on purpose: each is understood or refused with a clear message.

Each is looked at as Snakemake does before any job. ACTIVATION_LAB_CONFIGS says how many are tried.
"""

import copy
import math
import os

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_config import DEFAULT, merged

from activation_lab.activations.named import Activation
from activation_lab.config import read as config
from activation_lab.config import trial_levels
from activation_lab.errors import UserError
from activation_lab.experiments import code as experiments
from activation_lab.pipeline.plan import Plan
from activation_lab.pipeline.trial import check as check_trial
from conftest import ROOT

CONFIGS = int(os.environ.get("ACTIVATION_LAB_CONFIGS", "600"))
LEVEL = trial_levels.LEVELS["quick"]
MISH, RELU = (Activation.model_validate(name) for name in ("mish", "relu"))
TRIAL = trial_levels.config(MISH, [RELU], LEVEL, LEVEL.tasks, 4, "results/trials/mish")
# All keys that there are: of the default config, of the others, and of a trial.
OTHERS = [yaml.safe_load(path.read_text()) for path in sorted(ROOT.glob("workflow/configs/*.yaml"))]
BASES = [DEFAULT, *(merged(DEFAULT, other) for other in (TRIAL, *OTHERS))]
tried = {"read": 0, "refused": 0}


def paths(node, path=()):
    """Yield the path of every value in a config."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, (dict, list)):
            yield from paths(value, (*path, key))


PATHS = [(base, path) for base in BASES for path in paths(base)]
ODD = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12)),
    st.sampled_from([0, -1, 1e-300, 1e300, math.nan, math.inf, -math.inf, 2**63, 10**400]),
    st.sampled_from(["", " ", "42-", "1e-2", "relu ", "os:system", ":", "../x", "é", "\x00"]),
    st.sampled_from(["0-99999999999", "42-46", "nan", "{job}", "<results>", "a:b:c"]),
    st.sampled_from([[], {}, [[]], [42, 42], [None], [1.5], ["relu", "relu"], {"name": 3}]),
    st.sampled_from([{"depth": 1_000, "width": 16_384}, {"depth": 10**9, "width": 1}, [1] * 1_001]),
    st.sampled_from([{"name": "relu", "x": 1}, {"name": "leakyrelu", "negative_slope": "x"}]),
    st.sampled_from(
        [{"family": "residual"}, {"family": "conv", "depth": 0}, {"family": 1}, "resnet"]
    ),
    st.sampled_from(["tuned", {"rates": []}, {"rates": [0], "seeds": "1-0", "epochs": -1}]),
    st.sampled_from(
        ["mnist1d", "no-such.npz", ["collapse"], ["colapse"], {"mish": 0.1}, {"looks": 4}]
    ),
)
JUNK = st.recursive(
    ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=4,
)


@st.composite
def mutated(draw):
    """Return a config with one value replaced, dropped, misspelt or added, and the key it is under."""
    base, path = draw(st.sampled_from(PATHS))
    raw = copy.deepcopy(base)
    node = raw
    for key in path[:-1]:
        node = node[key]
    how = draw(st.sampled_from(["replace", "replace", "replace", "drop", "misspell", "add"]))
    last = path[-1]
    if how == "replace" or isinstance(node, list):
        node[last] = draw(JUNK)
    elif how == "drop":
        del node[last]
    elif how == "misspell":
        last = draw(st.sampled_from([f"{last}s", f"{last} ", last.upper(), last[1:], f"{last}_"]))
        node[last] = node.pop(path[-1])
    else:
        last = draw(st.text(min_size=1, max_size=8))
        node[last] = draw(JUNK)
    return raw, [str(key) for key in (*path[:-1], last) if isinstance(key, str)]


@settings(
    max_examples=CONFIGS,
    deadline=None,
    derandomize=True,  # the same configs every time
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(mutated())
def fuzz(case):
    raw, keys = case
    try:
        checked = config.read(raw)
        check_trial(Plan.of(checked))
        experiments.check(checked.experiments)
        tried["read"] += 1
    except UserError as error:
        tried["refused"] += 1
        message = str(error)
        assert len(message) < 5_000
        assert any(key.strip() in message for key in keys[-2:]), (keys, message)


def test_every_config_is_read_or_refused_by_name(capsys):
    fuzz()
    with capsys.disabled():
        print(f"\n{sum(tried.values())} generated configs: {tried}")
    assert sum(tried.values()) >= 0.8 * CONFIGS
    assert min(tried.values()) > 20
