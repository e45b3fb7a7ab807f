"""Claims of dead units that are judged on experiments, on rows whose truth is known."""

import pytest
from judging import rarely_wrong, scenarios

NAMES = (
    "dead-harms-flow",
    "dead-harms-flow-first",
)


@pytest.mark.parametrize("scenario", scenarios(*NAMES), ids=lambda one: f"{one.claim}: {one.words}")
def test_it_is_rarely_wrong(scenario):
    rarely_wrong(scenario, 40, 0.95)
