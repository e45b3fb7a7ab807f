import copy
import json
import re

import jsonschema
import pytest
import yaml

from activation_lab.activations.catalogue import ACTIVATIONS
from activation_lab.config import documentation as reference
from activation_lab.config import mistakes
from activation_lab.config import read as config
from activation_lab.config.read import ConfigError
from activation_lab.protocol import Activation, Settings
from conftest import ROOT

DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text())


def merged(base, over):
    """Lay one mapping over another as snakemake does."""
    result = copy.deepcopy(base)
    for key, value in over.items():
        deeper = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if deeper else value
    return result


def changed(path, value):
    keys = path.split("/")
    over = value
    for key in reversed(keys):
        over = {key: over}
    return merged(DEFAULT, over)


def test_the_default_config_is_the_tutorial():
    read = config.read(DEFAULT)
    tutorial = read.studies["tutorial"]
    cells = tutorial.grid(read.settings)
    names = [str(cell.activation) for cell in cells]
    assert names == ["sigmoid", "tanh", "relu", "leakyrelu", "elu", "swish"]
    assert tutorial.seeds == (42, 43, 44, 45, 46)
    assert {cell.network.hidden for cell in cells} == {(512, 256, 256, 128)}
    protocol = cells[0]
    assert (protocol.learning_rate, protocol.momentum, protocol.batch_size) == (0.01, 0.9, 256)
    assert (protocol.epochs, protocol.patience, protocol.training_images) == (50, 7, 50_000)
    for ten in read.studies["ten-layer"].grid(read.settings):
        assert (ten.network.hidden, ten.epochs) == ((256,) * 5 + (128,) * 5, 0)


BAD = {
    "settings/learning_rat": (
        0.1,
        "settings.learning_rat = 0.1: unknown key; did you mean learning_rate",
    ),
    "settings/learning_rate": (-1, "settings.learning_rate = -1: input should be greater than 0"),
    "settings/momentum": (True, "settings.momentum = true: must be a number"),
    "settings/batch_size": ("256", "settings.batch_size = '256': input should be a valid integer"),
    "settings/optimizer": ("sdg", "settings.optimizer = 'sdg': input should be 'sgd'"),
    "settings/network": ([0], "settings.network.0 = 0: input should be greater than or equal to 1"),
    "only": (
        ["tutorail"],
        "only: there is no study tutorail; did you mean tutorial? Allowed: dead-by-depth",
    ),
    "settings/epochs": (
        float("inf"),
        "settings.epochs = inf: input should be a valid integer",
    ),
    "studies/dying-relu/vary/activation": (
        ["heaviside"],
        "studies.dying-relu: activation heaviside cannot be trained: its derivative is 0 wherever",
    ),
    "settings/activation": (
        "rellu",
        "rellu is not an activation; did you mean relu? Allowed: celu,",
    ),
    "studies/tutorial/seeds": (
        "46-42",
        "studies.tutorial.seeds = '46-42': must be a range such as",
    ),
    "studies/tutorial/vary/activation": (
        [{"name": "leakyrelu", "negative_slop": 1}],
        "studies.tutorial.vary.activation.0",
    ),
    "studies/tutorial/vary/learning_rate": ([0.1, 0.1], "must not repeat a value; repeated: 0.1"),
    "studies/tutorial/vary/patience": ([], "studies.tutorial.vary.patience = []"),
    "studies/Tutorial_2": ({}, "a name has lower-case letters, digits and hyphens"),
    "studies/ten-layer/settings/batch_size": (512.5, "studies.ten-layer.settings.batch_size"),
    "studies/ten-layer/vary": ({"epochs": [1, 2]}, "epochs stands under settings and under vary"),
    "studies": (dict.fromkeys(DEFAULT["studies"]), "studies = {}"),
    "seeds_per_job": (0, "seeds_per_job = 0"),
    "devise": ("cpu", "devise = 'cpu': unknown key; did you mean device?"),
    "most_jobs": (10, "the studies ask for 155 jobs, at most about 2 core-hours of training"),
    "data/folder": (3, "data.folder = 3: input should be a valid string"),
}


def test_the_catalogue_has_every_activation():
    over = yaml.safe_load((ROOT / "workflow/configs/catalogue.yaml").read_text())
    studies = config.read(merged(DEFAULT, over)).studies
    named = {name: {a.name for a in study.axes["activation"]} for name, study in studies.items()}
    untrainable = {name for name, entry in ACTIVATIONS.items() if entry.untrainable}
    assert named["not-trainable"] == untrainable
    assert named["catalogue"] == set(ACTIVATIONS) - untrainable - {"silu"}  # which is swish


@pytest.mark.parametrize("path", BAD)
def test_a_mistake_is_named_with_its_key_and_value(path):
    value, message = BAD[path]
    with pytest.raises(ConfigError) as error:
        config.read(changed(path, value))
    assert message in str(error.value)


def test_a_thousand_mistakes_do_not_bury_the_message():
    with pytest.raises(ConfigError, match=r"\(1000 problems\)") as error:
        config.read(changed("studies/tutorial/vary/activation", [1] * 1_000))
    lines = str(error.value).splitlines()
    assert len(lines) == 1 + mistakes.MOST_SHOWN + 1
    assert lines[-1] == "  and 970 more"


def test_a_huge_grid_is_refused_before_it_is_laid_out():
    values = [n / 1_000 for n in range(1, 1_000)]
    raw = changed("studies/tutorial/vary/learning_rate", values)
    raw = merged(raw, {"studies": {"tutorial": {"vary": {"momentum": values}}}})
    with pytest.raises(
        ConfigError, match=r"ask for 5,\d{3},\d{3} jobs, .* core-hours .* most_jobs"
    ):
        config.read(raw)


def test_all_mistakes_are_reported_at_once():
    bad = DEFAULT
    for path in ("settings/momentum", "settings/learning_rat", "devise", "studies/tutorial/seeds"):
        keys, value = path.split("/"), BAD[path][0]
        over = value
        for key in reversed(keys):
            over = {key: over}
        bad = merged(bad, over)
    with pytest.raises(ConfigError, match=r"\(4 problems\)") as error:
        config.read(bad)
    lines = str(error.value).splitlines()
    assert len(lines) == 5
    for key in ("settings.momentum", "settings.learning_rat", "devise", "studies.tutorial.seeds"):
        assert any(line.startswith(f"  {key} = ") for line in lines)


def test_a_missing_key_is_named():
    without = {key: value for key, value in DEFAULT.items() if key != "device"}
    with pytest.raises(ConfigError, match="device: is missing"):
        config.read(without)


def test_an_impossible_combination_names_its_study():
    with pytest.raises(
        ConfigError, match=r"studies\.tutorial: batch_size \(1025\) must not exceed"
    ):
        config.read(
            changed("studies/tutorial/settings", {"training_images": 1024, "batch_size": 1025})
        )


def test_null_drops_a_study():
    read = config.read(changed("studies/ten-layer", None))
    assert list(read.studies) == [name for name in DEFAULT["studies"] if name != "ten-layer"]


def test_null_varies_a_setting_no_longer():
    read = config.read(changed("studies/ten-layer/vary/initialisation", None))
    assert read.studies["ten-layer"].axes == {}


def test_only_the_named_studies_are_run():
    assert list(config.read(changed("only", ["ten-layer"])).studies) == ["ten-layer"]


def test_a_parameter_equal_to_the_default_is_the_same_activation():
    read = Activation.model_validate({"name": "leakyrelu", "negative_slope": 0.1})
    assert str(read) == "leakyrelu"
    other = Activation.model_validate({"name": "leakyrelu", "negative_slope": 0.01})
    assert str(other) == "leakyrelu-negative_slope=0.01"
    assert Activation.model_validate(other.model_dump()) == other


def test_the_schema_is_in_step_and_accepts_our_configs():
    written = json.loads((ROOT / "workflow/schemas/config.schema.json").read_text())
    assert written == config.schema(), "run `make schema`"
    jsonschema.validate(DEFAULT, written)
    first = (ROOT / "config.yaml").read_text().splitlines()[0]
    assert first == "# yaml-language-server: $schema=workflow/schemas/config.schema.json"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed("settings/learning_rat", 0.1), written)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(changed("settings/learning_rate", 0), written)


def test_the_reference_is_in_step_and_names_every_key():
    written = (ROOT / "config/README.md").read_text()
    assert written == reference.reference(), "run `make schema`"
    for model in (config.Config, config.Study, Settings):
        assert all(f"| `{key}` |" in written for key in model.model_fields)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "workflow/configs").glob("*.yaml")), ids=lambda p: p.stem
)
def test_shipped_configs_are_valid(path):
    assert config.read(merged(DEFAULT, yaml.safe_load(path.read_text()))).studies


@pytest.mark.parametrize("page", ["README.md", "docs/experiments.md", "docs/teaching.md"])
def test_configs_that_documents_show_are_valid(page):
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    shown = [raw for raw in map(yaml.safe_load, blocks) if "studies" in raw]
    assert shown
    for raw in shown:
        assert config.read(merged(DEFAULT, raw)).studies
