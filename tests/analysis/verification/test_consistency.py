"""What seeds explain and what they do not: outcomes as counts, values as samples."""

import numpy as np
import pandas as pd
import pytest

from activation_lab.analysis.verification.consistency import (
    TABLE_LEVEL,
    corrected_p,
    counts,
    differing_outcomes,
    fisher,
    moderated,
)
from activation_lab.analysis.verification.moments import RUNS

STUDIES = {"wide": (6, 5), "rates": (15, 3), "deep": (40, 2)}  # cells, and seeds of either side
KINDS = {"normal": "linear", "heavy": "log", "whole": "count", "rare": "linear"}


def drawn(generator, kind, cells, seeds):
    """Values of a cell and seed; cells differ in their spread, and seeds shift all cells together."""
    spread = generator.uniform(0.5, 3, (cells, 1))
    if kind == "whole":
        return generator.poisson(generator.uniform(0, 3, (cells, 1)), (cells, seeds)).astype(float)
    if kind == "rare":  # a unit in a thousand that dies now and then
        return generator.poisson(0.3, (cells, seeds)) / 1000
    if kind == "heavy":
        return spread * generator.standard_t(3, (cells, seeds))
    shared = generator.standard_normal(seeds)
    return 5 + spread * (shared + generator.standard_normal((cells, seeds)))


def sides(generator, change=lambda kind, values: values):
    """Two runs that differ by their seeds; `change` is made to the values of the first."""
    frames = []
    for study, (cells, seeds) in STUDIES.items():
        for kind, scale in KINDS.items():
            ours = change(kind, drawn(generator, kind, cells, 2 * seeds))
            columns = {}
            for part, end in ((ours[:, :seeds], ""), (ours[:, seeds:], "_theirs")):
                columns |= {f"n{end}": seeds, f"mean{end}": part.mean(axis=1)}
                columns[f"std{end}"] = part.std(axis=1, ddof=1)
            frames.append(pd.DataFrame({"study": study, "column": kind, "scale": scale} | columns))
    return pd.concat(frames, ignore_index=True)


def test_sound_runs_are_rarely_called_different_by_the_command_as_a_whole():
    generator, repetitions, alarms = np.random.default_rng(0), 50, 0
    for _ in range(repetitions):
        tables = any((corrected_p(sides(generator)) < TABLE_LEVEL).any() for _ in RUNS)
        alarms += tables or len(differing_outcomes(*two_outcomes(generator))) > 0
    assert alarms / repetitions <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / repetitions)


def two_outcomes(generator):
    """Counts of the outcomes of 20 cells, some of which fail now and then."""
    shares = generator.dirichlet([1, 0.3, 0.3], 20)
    cells = pd.MultiIndex.from_product([["a", "b"], list("0123456789")], names=["study", "cell"])
    return [
        pd.DataFrame([generator.multinomial(5, share) for share in shares], cells, list("opd"))
        for _ in range(2)
    ]


def test_no_kind_of_value_is_called_different_more_often_than_its_level():
    """Normal, heavy-tailed, whole and rare ones, each by itself, at a level that can be measured."""
    generator, repetitions, level = np.random.default_rng(1), 100, 0.05
    found = pd.DataFrame([smallest(sides(generator)) for _ in range(repetitions)])
    assert set(found) == set(KINDS)
    assert (found < level).mean().max() <= level + 3 * np.sqrt(level * (1 - level) / repetitions)


def smallest(both):
    return both.assign(p=corrected_p(both)).groupby("column")["p"].min()


def test_a_shift_of_seven_deviations_in_one_cell_is_found_with_five_seeds():
    generator = np.random.default_rng(2)

    def shifted(kind, values):
        if kind == "normal" and values.shape[1] == 10:
            values[0, :5] = 5 + generator.standard_normal(5) + 7
            values[0, 5:] = 5 + generator.standard_normal(5)
        return values

    found = [(corrected_p(sides(generator, shifted)) < TABLE_LEVEL) for _ in range(40)]
    assert np.mean([wrong[0] for wrong in found]) >= 0.8


def test_a_factor_in_every_cell_is_found():
    generator, factor = np.random.default_rng(3), np.log(1.5)
    found = []
    for _ in range(40):
        both = pd.DataFrame(
            {"study": "s", "column": "norm", "scale": "log", "n": 5, "n_theirs": 5}, range(30)
        )
        for end, shift in (("", factor), ("_theirs", 0)):
            values = shift + 0.07 * generator.standard_normal((30, 5))
            both[f"mean{end}"], both[f"std{end}"] = values.mean(axis=1), values.std(axis=1, ddof=1)
        found.append((corrected_p(both) < TABLE_LEVEL).any())
    assert np.mean(found) == 1


def one(mean, theirs, std=0.0, n=3, scale="linear", others=0):
    """A value whose sides have these means, among others that vary by 1."""
    rows = [(mean, theirs, std), *[(0.0, 0.5, 1.0)] * others]
    frame = pd.DataFrame(rows, columns=["mean", "mean_theirs", "std"])
    return frame.assign(
        std_theirs=frame["std"], n=n, n_theirs=n, study="s", column="c", scale=scale
    )


def test_whole_numbers_of_two_constant_sides_may_differ_by_one():
    assert corrected_p(one(4.0, 3.0, scale="count"))[0] > 0.05
    assert corrected_p(one(50.0, 20.0, scale="count", n=5))[0] < TABLE_LEVEL


def test_a_value_that_never_varies_takes_its_spread_from_its_column():
    assert corrected_p(one(0.0, 0.5))[0] < TABLE_LEVEL
    assert corrected_p(one(0.0, 0.5, others=3))[0] > 0.05
    assert corrected_p(one(0.0, 0.5, others=30))[0] > 0.05


def test_rounding_is_no_difference_and_equal_values_are_not_counted():
    assert corrected_p(one(0.5, 0.5 + 1e-9)).tolist() == [1]
    assert corrected_p(one(np.log(0.5), np.log(0.5) + 1e-5, scale="log")).tolist() == [1]
    p = corrected_p(one(0.0, 1.0, std=0.1))
    same = pd.concat([one(0.0, 1.0, std=0.1), one(2.0, 2.0)], ignore_index=True)
    assert corrected_p(same).tolist() == [p[0], 1]


def test_the_level_is_shared_by_studies_then_by_values():
    alone = corrected_p(one(0.0, 1.0, std=0.1))[0]
    pair = [one(0.0, 1.0, std=0.1).assign(study=study) for study in "ab"]
    assert corrected_p(pd.concat(pair, ignore_index=True)) == pytest.approx([2 * alone] * 2)


def test_variances_are_drawn_to_their_common_level():
    """Alike but for chance: all but the level they share is noise, yet it counts as n - 2 at most."""
    generator = np.random.default_rng(4)
    freedom = np.full(400, 8.0)
    variances = 4 * generator.chisquare(8, 400) / 8
    found, known = moderated(variances, freedom, np.zeros(400))
    assert found == pytest.approx((variances + 4) / 2, rel=0.05)
    assert known.tolist() == [16] * 400


def test_variances_that_spread_widely_stay_their_own():
    generator = np.random.default_rng(5)
    variances = np.exp(generator.normal(0, 10, 400)) * generator.chisquare(8, 400) / 8
    found, known = moderated(variances, np.full(400, 8.0), np.zeros(400))
    great = variances > np.median(variances)
    assert found[great] == pytest.approx(variances[great], rel=0.05)
    assert (known < 8.3).all()


def ended(**cells):
    """The counts of runs whose ends are given by a letter each."""
    names = {"o": "ok", "p": "plateau", "d": "diverged"}
    rows = [("s", cell, names[end]) for cell, ends in cells.items() for end in ends]
    return counts(pd.DataFrame(rows, columns=["study", "cell", "status"]))


def test_one_more_run_that_diverges_is_consistent():
    theirs = ended(a="ooooo", b="ppd", c="ooo")
    assert differing_outcomes(ended(a="ooood", b="pdd", c="ooo"), theirs).empty
    assert differing_outcomes(theirs, theirs).empty


def test_a_cell_of_which_all_runs_fail_is_different():
    found = differing_outcomes(ended(a="ddddd", b="ooooo"), ended(a="ooooo", b="ooooo"))
    assert [cell for _, cell in found.index] == ["a"]


def test_many_cells_that_fail_are_different_together():
    """Three runs a cell show nothing of one cell, but much of ten."""
    names = "abcdefghij"
    found = differing_outcomes(
        ended(**dict.fromkeys(names, "ddd")), ended(**dict.fromkeys(names, "ooo"))
    )
    assert [cell for _, cell in found.index] == ["all cells"]


def test_cells_of_one_side_alone_have_no_outcomes_to_compare():
    assert differing_outcomes(ended(a="ooo"), ended(b="ddd")).empty


def test_fishers_test_by_hand():
    """Two rows of three of two kinds: 1 of 20 ways each to be apart, so p is 0.1."""
    assert fisher([3, 0, 0], [0, 0, 3]) == pytest.approx((0.1, 0.1))
    assert fisher([2, 1, 0], [2, 1, 0]) == pytest.approx((1, 0.4))
    assert fisher([5, 0, 0], [5, 0, 0]) == pytest.approx((1, 1))
    assert fisher([1, 1, 1], [1, 1, 1])[0] == pytest.approx(1)
