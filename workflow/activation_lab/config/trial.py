"""A trial: a candidate activation, its rivals, and the plan by which they are judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from activation_lab.activations.named import Activation
from activation_lab.typed import Model, Number, Whole, fail, unique

PLANNED = 30  # seeds, unless a trial is begun with more


class Trial(Model):
    """What a config puts on trial: its studies are the tasks. `make trial` writes it."""

    candidate: Annotated[Activation, Field(description="The activation on trial")]
    rivals: Annotated[
        tuple[Activation, ...],
        Field(min_length=1, description="The activations that it is compared with"),
        AfterValidator(unique),
    ]
    margins: Annotated[
        dict[str, Annotated[Number, Field(gt=0, lt=1)]],
        Field(
            min_length=1,
            description="For each study, the difference in accuracy below which two activations are "
            "equivalent: 0.003 for 0.3 points",
        ),
    ]
    planned: Annotated[
        Whole, Field(ge=2, description="The seeds of the last look; all of alpha is spent there")
    ]
    looks: Annotated[
        tuple[Annotated[Whole, Field(ge=2)], ...],
        Field(min_length=1, description="The number of seeds at each look, this one last"),
    ]

    @model_validator(mode="after")
    def _possible(self) -> Trial:
        if self.candidate in self.rivals:
            raise fail(f"{self.candidate} is the candidate; it cannot be its own rival")
        if any(first >= second for first, second in pairwise(self.looks)):
            raise fail("looks must go up: each has more seeds than the one before")
        if self.looks[-1] > self.planned:
            raise fail(
                f"the plan was {self.planned} seeds, not {self.looks[-1]}: all of alpha is spent. "
                "Begin another trial, in another folder, with other seeds"
            )
        return self

    def mistakes(self, studies: Mapping[str, Any], grids: Mapping[str, Iterable[Any]]) -> list[str]:
        """Say which studies are no tasks of this trial, and what each lacks.

        `grids` are the settings of the cells of each study.
        """
        found = [
            f"trial.margins: {name} is missing" for name in studies if name not in self.margins
        ]
        found += [
            f"trial.margins: there is no study {name}"
            for name in self.margins
            if name not in studies
        ]
        asked = {str(phi) for phi in (self.candidate, *self.rivals)}
        for name, study in studies.items():
            there = [str(settings.activation) for settings in grids[name]]
            if len(there) != len(set(there)):
                found.append(f"studies.{name}: a task of a trial varies the activation alone")
            for missing in sorted(asked - set(there)):
                found.append(f"studies.{name}: the trial needs {missing} among its activations")
            if len(study.seeds) != self.looks[-1]:
                found.append(
                    f"studies.{name}: has {len(study.seeds)} seeds; the last look has {self.looks[-1]}"
                )
        return found
