import numpy as np

from activation_lab.measures.values import NUMBERS, distribution


def test_a_distribution_counts_every_value():
    row = distribution(np.array([0.0, 0.0, 1.0, 3.0]))
    assert row["mean"] == 1
    assert row["zero_fraction"] == 0.5
    assert sum(row["counts"]) == 4
    assert (row["bin_edges"][0], row["bin_edges"][-1], len(row["bin_edges"])) == (0, 3, 51)


def test_of_values_that_are_not_finite_there_is_no_distribution():
    row = distribution(np.array([0.0, np.inf]))
    assert set(NUMBERS) <= set(row)
    assert set(row.values()) == {None}
