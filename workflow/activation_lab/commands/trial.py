"""Begin a trial, or go on with one: write its config file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from activation_lab.activations.named import Activation
from activation_lab.config.trial_levels import LEVELS, TASKS, config, judged_seeds
from activation_lab.errors import UserError
from activation_lab.files import slug, write_text
from activation_lab.typed import nearest

HEAD = """# The trial of {candidate}, written by `make trial`. It is a config like any other:
# snakemake --cores 4 --configfile {path}
# `looks` are the numbers of seeds at which its verdicts were read. Leave them to `make trial SEEDS=...`.
"""


def run(
    activation: str,
    against: str | None,
    level: str | None,
    tasks: str | None,
    seeds: int | None,
    folder: Path,
) -> None:
    """Write the config of a trial into its own folder under `folder`, and print its path.

    A trial that is there already is gone on with; more seeds are another look. Raises `UserError` if
    an option is wrong, or is another than those that the trial began with.
    """
    candidate = _activation(activation, "ACTIVATION")
    path = folder / slug(str(candidate)) / "config.yaml"
    old = yaml.safe_load(path.read_text("utf-8")) if path.is_file() else None
    if old is None or any(option is not None for option in (against, level, tasks)):
        asked = _begun(candidate, against, level or "standard", tasks, seeds, str(path.parent))
        made = asked if old is None else _same(old, asked, path)
    else:
        made = old
    if old is not None:
        made = _looked(made, seeds, path.parent)
    text = yaml.safe_dump(
        made, sort_keys=False, default_flow_style=None, allow_unicode=True, width=100
    )
    write_text(HEAD.format(candidate=candidate, path=path) + "\n" + text, path)
    _tell(made)
    print(path)


def _begun(
    candidate: Activation,
    against: str | None,
    level: str,
    tasks: str | None,
    seeds: int | None,
    results: str,
) -> dict[str, Any]:
    """Return the config of a new trial."""
    if level not in LEVELS:
        raise UserError(f"LEVEL={level}: {nearest(level, LEVELS)}.")
    plan = LEVELS[level]
    if against is None:
        rivals = [Activation(name=name) for name in plan.rivals if name != str(candidate)]
    else:
        rivals = [_activation(name, "AGAINST") for name in against.split()]
    chosen = plan.tasks if tasks is None else tuple(tasks.split())
    for name in chosen:
        if name not in TASKS:
            raise UserError(f"TASKS: {name} is not a task; {nearest(name, TASKS)}.")
    if candidate in rivals:
        raise UserError(f"AGAINST: {candidate} is the candidate; it cannot be its own rival.")
    if not rivals or not chosen:
        raise UserError("A trial needs a rival (AGAINST) and a task (TASKS).")
    return config(candidate, rivals, plan, chosen, _count(seeds) or plan.seeds, results)


def _count(seeds: int | None) -> int | None:
    if seeds is not None and seeds < 2:
        raise UserError(f"SEEDS={seeds}: at least 2 are needed to see how much runs differ.")
    return seeds


def _activation(text: str, option: str) -> Activation:
    """Read a name, a dotted path, or `{name: leakyrelu, negative_slope: 0.01}`."""
    try:
        return Activation.model_validate(yaml.safe_load(text))
    except ValidationError as error:
        raise UserError(f"{option}={text}: {error.errors()[0]['msg']}.") from None
    except yaml.YAMLError:
        raise UserError(
            f"{option}={text} cannot be read: a name, or {{name: leakyrelu, negative_slope: 0.01}}."
        ) from None


def _same(old: dict[str, Any], asked: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the trial that is there. Raises `UserError` if other things are asked for now."""
    if _without_looks(old) != _without_looks(asked):
        raise UserError(
            f"{path} is a trial with other rivals, tasks or another level. To go on with it, give "
            "ACTIVATION alone, or with SEEDS. To begin anew, move its folder away."
        )
    return old


def _without_looks(made: dict[str, Any]) -> dict[str, Any]:
    studies = {
        name: {key: value for key, value in study.items() if key != "seeds"}
        for name, study in made["studies"].items()
    }
    trial = {k: v for k, v in made["trial"].items() if k not in ("looks", "planned")}
    return {**made, "studies": studies, "trial": trial}


def _looked(made: dict[str, Any], seeds: int | None, folder: Path) -> dict[str, Any]:
    """Return a trial with one more look at more seeds; the same trial if there are no more.

    A look that has no verdicts yet is replaced: nobody has seen anything.
    """
    *before, last = made["trial"]["looks"]
    if seeds is None or _count(seeds) == last:
        return made
    if seeds < last:
        raise UserError(
            f"SEEDS={seeds}: this trial has {last} seeds already, and none can be taken back."
        )
    if seeds > made["trial"]["planned"]:
        raise UserError(
            f"SEEDS={seeds}: the plan of this trial was {made['trial']['planned']} seeds, at which all "
            "of alpha is spent. Adding more until it wins would not be a test. Begin another trial."
        )
    seen = (folder / "tables/trial.parquet").is_file()
    looks = [*before, last, seeds] if seen else [*before, seeds]
    studies = {
        name: {**study, "seeds": judged_seeds(seeds)} for name, study in made["studies"].items()
    }
    return {**made, "studies": studies, "trial": {**made["trial"], "looks": looks}}


def _tell(made: dict[str, Any]) -> None:
    """Say what the trial asks for, where its path is not read."""
    trial = made["trial"]
    rivals = ", ".join(map(str, trial["rivals"]))
    looks = trial["looks"]
    print(
        f"{trial['candidate']} against {rivals} on {', '.join(trial['margins'])}: {looks[-1]} seeds, "
        f"look {len(looks)} of {trial['planned']} planned.",
        file=sys.stderr,
    )
