"""What subsets of seeds say, against scipy's tests."""

import itertools

import numpy as np
import pytest
from scipy import stats

from activation_lab.analysis.subsets import misled


def values(n, gain=0.0):
    draw = np.random.default_rng(2)
    return draw.normal(gain, 1, n), draw.normal(0, 1, n)


def by_scipy(first, second, size, test):
    """How many subsets scipy's test calls better and worse, and how many there are."""
    says = []
    for places in itertools.combinations(range(len(first)), size):
        found = test(first[list(places)], second[list(places)])
        says.append(np.sign(found.statistic) * (found.pvalue < 0.05))
    return np.mean(np.array(says) > 0), np.mean(np.array(says) < 0)


@pytest.mark.parametrize(("paired", "test"), [(True, stats.ttest_rel), (False, stats.ttest_ind)])
def test_every_subset_is_tested_as_scipy_tests_it(paired, test):
    first, second = values(12, gain=0.8)
    got = misled(first, second, 3, paired=paired)
    assert (got.better, got.worse) == by_scipy(first, second, 3, test)
    assert got.better > 0


def test_where_all_seeds_say_nothing_every_decision_misleads():
    got = misled(*values(40), 3, paired=True)
    assert got.all_say == 0
    assert got.misled == got.better + got.worse > 0


def test_where_all_seeds_decide_only_the_contrary_misleads():
    first, second = values(40, gain=0.9)
    better, worse = (misled(*pair, 5, paired=True) for pair in ((first, second), (second, first)))
    assert (better.all_say, worse.all_say) == (1, -1)
    assert better.misled == worse.misled == better.worse < better.better
    assert better.turned == worse.turned > 0


def test_many_subsets_are_drawn_and_the_same_ones_every_time():
    first, second = values(40, gain=0.3)
    assert misled(first, second, 10, paired=False) == misled(first, second, 10, paired=False)


def test_seeds_that_all_differ_alike_leave_no_doubt():
    second = np.arange(6.0)
    assert misled(second + 1, second, 3, paired=True).better == 1
    assert misled(second, second, 3, paired=True).better == 0
