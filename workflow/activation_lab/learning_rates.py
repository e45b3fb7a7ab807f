"""Learning rates: a number, or `tuned`: the best of a grid, on seeds that are not judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from activation_lab.typed import Model, Number, Seeds, Whole, fail

TUNED = "tuned"
DECADES, COUNT = 3, 7  # of the grid that is tried where a config gives none
BEYOND = 3  # further rates, if the best one is at an edge of the grid
# For each optimizer, the rate around which its grid lies: the tutorial's, and Adam's authors'.
USUAL = {"sgd": 0.01, "nesterov": 0.01, "adam": 0.001, "adamw": 0.001, "rmsprop": 0.001}


def grid(around: float, count: int = COUNT) -> tuple[float, ...]:
    """Return `count` rates, evenly spaced on a logarithmic scale over three decades around one.

    >>> grid(0.01)
    (0.00032, 0.001, 0.0032, 0.01, 0.032, 0.1, 0.32)
    """
    steps = (DECADES * (number / (count - 1) - 0.5) for number in range(count))
    return tuple(_rounded(around * 10**step) for step in steps)


def beyond(rates: Sequence[float], best: float) -> tuple[float, ...]:
    """Return three more rates beyond the edge of a grid at which the best one is; none if it is inside.

    >>> beyond((0.001, 0.01, 0.1), 0.1), beyond((0.001, 0.01, 0.1), 0.01)
    ((1.0, 10.0, 100.0), ())
    """
    if best == rates[-1]:
        factor = rates[-1] / rates[-2]
    elif best == rates[0]:
        factor = rates[0] / rates[1]
    else:
        return ()
    return tuple(_rounded(best * factor**step) for step in range(1, BEYOND + 1))


def _rounded(rate: float) -> float:
    return float(f"{rate:.2g}")


def _ascending(rates: tuple[float, ...]) -> tuple[float, ...]:
    if any(first >= second for first, second in pairwise(rates)):
        raise fail("must go up, from the lowest rate to the highest")
    return rates


Rate = Annotated[Number, Field(gt=0, le=1_000)]


class Tuned(Model):
    """A grid of rates, the seeds that try them, and how long they train.

    The best rate is the one with the highest mean validation accuracy. A run that diverges, or that
    never leaves chance level, counts as chance. If the best rate is at an edge of the grid, three more
    rates beyond it are tried.
    """

    rates: Annotated[
        tuple[Rate, ...] | None,
        Field(min_length=2, description="The rates to try, from the lowest to the highest"),
        AfterValidator(lambda rates: rates and _ascending(rates)),
    ] = None
    seeds: Annotated[
        Seeds, Field(description="The seeds that try them; no study may judge them")
    ] = (1, 2, 3)
    epochs: Annotated[Whole, Field(ge=1, le=100_000, description="How long they train")] = 5


def _tuned(value: object) -> object:
    return {} if value == TUNED else value


def _number(value: object) -> object:
    if isinstance(value, str):
        try:
            return float(value)  # YAML reads 1e-2 as a text
        except ValueError:
            raise fail(
                f"must be a number, `{TUNED}`, or a mapping with rates, seeds and epochs"
            ) from None
    return value


def _kind(value: object) -> str:
    return "[tuned]" if value == TUNED or isinstance(value, (Tuned, Mapping)) else "[number]"


Word = Annotated[
    Tuned, BeforeValidator(_tuned, json_schema_input_type=Literal["tuned"] | Tuned), Tag("[tuned]")
]
LearningRate = Annotated[
    Annotated[Rate, BeforeValidator(_number), Tag("[number]")] | Word, Discriminator(_kind)
]


def with_usual_rates(value: Any, optimizer: object) -> Any:
    """Return a learning rate as a config has it; where it is tuned on no grid, on the optimizer's."""
    if value == TUNED:
        value = {}
    if isinstance(value, Tuned):
        value = dict(value)
    around = USUAL.get(str(optimizer))
    if isinstance(value, Mapping) and value.get("rates") is None and around:
        return {**value, "rates": grid(around)}
    return value
