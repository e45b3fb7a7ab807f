"""Claims of dead units that are judged on experiments, on rows whose truth is known."""

import pytest
from judging import judged, rarely_wrong, scenarios

from activation_lab.analysis.claims.base import ANSWERED, INCONCLUSIVE
from activation_lab.analysis.claims.power.experimental_units import lowered

NAMES = (
    "input-dead-worst",
    "input-dead-worst-share",
    "input-dead-only",
    "dead-harms-flow",
    "dead-harms-flow-first",
)
ACCURACIES = {"before": 0.75, "kept": 0.7, "lowered": 0.84}
REVIVED = {"before": 0, "kept": 9, "lowered": 3}


def test_units_that_come_back_are_counted():
    got = judged("lowering-rate-revival", lowered(ACCURACIES, REVIVED))
    assert got.verdict == ANSWERED
    assert got.estimate == pytest.approx(3 / 90)
    assert "Of 450 dead units, 15 came back" in got.evidence
    none = lowered(ACCURACIES, dict.fromkeys(REVIVED, 0), dead=0)
    assert judged("lowering-rate-revival", none).verdict == INCONCLUSIVE


def test_the_difference_of_accuracies_is_told():
    got = judged("lowering-rate-accuracy", lowered(ACCURACIES, REVIVED))
    assert got.verdict == ANSWERED
    assert got.estimate == pytest.approx(0.142)
    assert got.evidence.startswith("The mean test accuracy is 75.00% before, 84.20% where the rate")
    assert "chance" not in got.evidence
    fallen = judged("lowering-rate-accuracy", lowered({**ACCURACIES, "before": 0.1}, REVIVED))
    assert fallen.evidence.endswith("; before, 5 of 5 networks had fallen to chance level.")


@pytest.mark.parametrize("scenario", scenarios(*NAMES), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, 40, 0.95)
