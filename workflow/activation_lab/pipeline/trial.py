"""What a config with a trial must have besides, checked before any job starts."""

from __future__ import annotations

from activation_lab.dotted import own
from activation_lab.pipeline.plan import Plan


def check(plan: Plan) -> None:
    """Raise `OwnCodeError` if the candidate of a trial is more than a function of one number."""
    if plan.trial and own(plan.trial.candidate.name):
        from activation_lab.activations import elementwise  # torch takes seconds to import

        elementwise.check(plan.trial.candidate.name, plan.trial.candidate.parameters)
