"""Configs that nobody would write on purpose: each is understood or refused with a clear message."""

import copy
import math

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_config import DEFAULT

from activation_lab.config import cells as grid
from activation_lab.config import read as config
from activation_lab.errors import UserError

CONFIGS = 2_500
tried = {"read": 0, "refused": 0}


def paths(node, path=()):
    """Yield the path of every value in a config."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in items:
        yield (*path, key)
        if isinstance(value, (dict, list)):
            yield from paths(value, (*path, key))


PATHS = list(paths(DEFAULT))
ODD = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12)),
    st.sampled_from([0, -1, 1e-300, 1e300, math.nan, math.inf, -math.inf, 2**63, 10**400]),
    st.sampled_from(["", " ", "42-", "1e-2", "relu ", "os:system", ":", "../x", "é", "\x00"]),
    st.sampled_from(["0-99999999999", "42-46", "nan", "{job}", "<results>", "a:b:c"]),
    st.sampled_from([[], {}, [[]], [42, 42], [None], [1.5], ["relu", "relu"], {"name": 3}]),
    st.sampled_from([{"depth": 1_000, "width": 16_384}, {"depth": 10**9, "width": 1}, [1] * 1_001]),
    st.sampled_from([{"name": "relu", "x": 1}, {"name": "leakyrelu", "negative_slope": "x"}]),
)
JUNK = st.recursive(
    ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=4,
)


@st.composite
def mutated(draw):
    """Return a config with one value replaced, dropped, misspelt or added, and the key it is under."""
    raw = copy.deepcopy(DEFAULT)
    path = draw(st.sampled_from(PATHS))
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
        grid.jobs(checked)
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
    assert sum(tried.values()) >= 2_000
    assert min(tried.values()) > 20
