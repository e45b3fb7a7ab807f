import pandas as pd
import pyarrow as pa
import pytest

from activation_lab import schemas, tables
from activation_lab.schemas import TABLES
from activation_lab.tables import TableError
from conftest import ROOT

KEYS = "settings_id dataset network activation depth initialisation optimizer learning_rate seed"
LAYER = f"{KEYS} phase layer"

# The contract that every later stage builds on.
CELL = f"study cell {KEYS.removesuffix(' seed')}"
CONTRACT = {
    "cells": f"{CELL} label untrained_id tuning_id seeds dataset_title network_title family width "
    "normalisation schedule momentum "
    "weight_decay batch_size epochs stop patience precision training_images varied",
    "runs": f"{KEYS} status epochs best_epoch stopped_early best_val_accuracy test_accuracy "
    "test_loss test_accuracy_last plateau_exit_epoch parameters",
    "tuning": f"{KEYS.replace(' learning_rate', '')} rate status epochs accuracy chosen at_edge",
    "metrics": f"{KEYS} epoch train_loss train_accuracy val_loss val_accuracy",
    "gradients": f"{LAYER} mean std zero_fraction norm abs_max quantiles bin_edges counts",
    "activations": f"{LAYER} kind mean std zero_fraction min max quantiles saturated_fraction "
    "effective_rank bin_edges counts",
    "neurons": f"{LAYER} unit pre_max pre_min nonzero_fraction nonzero_fraction_first "
    "nonzero_fraction_test gradient_fraction derivative_abs_max abs_mean mean variance",
    "dead_neurons": f"{LAYER} status units dead always_on no_gradient constant dormant_0 "
    "dormant_025 dormant_1 dead_first predicted_dead",
    "jacobians": f"{LAYER} mean_square largest median smallest",
    "transitions": f"{KEYS} epoch layer dead died revived ever_dead ever_revived",
    "theory": "dataset network activation depth initialisation layer weight_var bias_var q chi "
    "mean_slope jacobian_mean_square jacobian_largest jacobian_log_std "
    "q_star chi_1 gradient_depth c_star correlation_depth stable",
    "predictions": "settings_id layer predicted_rms predicted_rms_finite predicted_log_std "
    "predicted_dead",
    "functions": "activation x value derivative",
    "portraits": "activation mean mean_square mean_square_slope hermite critical_weight_std "
    "critical_bias_std default_chi default_depth increasing bounded_below bounded_above least_slope "
    "greatest_slope zero_share kinks",
    "summary": f"{CELL} metric n mean std low high method",
    "targets": f"{CELL} target n reached median low high",
    "contrasts": "study setting first second metric n difference std low high "
    "probability_of_improvement p p_holm",
    "trial": "study dataset network family candidate rival margin n look level candidate_trained "
    "rival_trained candidate_accuracy rival_accuracy difference std low high verdict seeds_needed "
    "difference_if_trained probability_of_improvement candidate_rate rival_rate",
    "experiments": "experiment activation arm seed layer quantity value",
    "claims": "claim source quote statement test dataset family chance estimate low high n verdict "
    "evidence",
}


@pytest.mark.parametrize("name", CONTRACT)
def test_the_columns_are_those_agreed(name):
    assert TABLES[name].schema.names == CONTRACT[name].split()
    assert set(CONTRACT) == set(TABLES)


def row(**changes):
    return {
        **{"study": "s", "cell": "relu", "activation": "relu", "network": "8", "depth": 1},
        **{"initialisation": "default", "optimizer": "sgd", "learning_rate": 0.1, "seed": 1},
        **{"epoch": 1, "train_loss": 2.0, "train_accuracy": 0.5, "val_loss": 1.0},
        **{"val_accuracy": 0.25, **changes},
    }


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "deeper" / "metrics.parquet"
    tables.write(TABLES["metrics"], [row(), row(epoch=2)], path)
    frame = tables.load("metrics", path.parent)
    assert frame["epoch"].tolist() == [1, 2]
    assert list(path.parent.iterdir()) == [path]


def test_the_same_rows_give_the_same_bytes(tmp_path):
    tables.write(TABLES["metrics"], [row()], tmp_path / "a.parquet")
    tables.write(TABLES["metrics"], [row()], tmp_path / "b.parquet")
    frame = tables.read("metrics", tmp_path / "a.parquet").to_pandas()
    tables.write(
        TABLES["metrics"], tables.from_pandas(TABLES["metrics"], frame), tmp_path / "c.parquet"
    )
    first, *others = [(tmp_path / f"{name}.parquet").read_bytes() for name in "abc"]
    assert others == [first, first]


def test_an_empty_table_keeps_its_columns(tmp_path):
    tables.write(TABLES["metrics"], [], tmp_path / "metrics.parquet")
    assert tables.read("metrics", tmp_path / "metrics.parquet").schema == TABLES["metrics"].schema


def test_a_value_of_the_wrong_type_leaves_no_file(tmp_path):
    with pytest.raises(pa.ArrowInvalid):
        tables.write(TABLES["metrics"], [row(epoch="one")], tmp_path / "metrics.parquet")
    assert list(tmp_path.iterdir()) == []


def test_a_broken_file_is_named(tmp_path):
    path = tmp_path / "metrics.parquet"
    tables.write(TABLES["metrics"], [row()], path)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(TableError, match=r"metrics\.parquet cannot be read.*Delete it and run"):
        tables.read("metrics", path)
    tables.write(TABLES["functions"], [], path)
    with pytest.raises(TableError, match="has other columns than metrics"):
        tables.read("metrics", path)


def test_gathering_keeps_the_order_and_the_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "FILES_A_PART", 2)
    epochs = {"b": 7, "a": 3, "c": 5}
    for name, epoch in epochs.items():
        tables.write(TABLES["metrics"], [row(epoch=epoch)], tmp_path / name)
    out = tmp_path / "all" / "metrics.parquet"
    tables.gather("metrics", [tmp_path / name for name in epochs], out)
    assert tables.load("metrics", out.parent)["epoch"].tolist() == [7, 3, 5]
    parts = [part["epoch"].tolist() for part in tables.parts("metrics", out.parent)]
    assert parts == [[7, 3], [5]]
    (tmp_path / "c").write_bytes(b"broken")
    with pytest.raises(TableError, match="/c cannot be read"):
        tables.gather("metrics", [tmp_path / name for name in epochs], out)
    assert tables.load("metrics", out.parent)["epoch"].tolist() == [7, 3, 5]


def test_a_missing_whole_number_stays_whole(tmp_path):
    run = {"settings_id": "s", "seed": 1, "status": "plateau", "plateau_exit_epoch": None}
    tables.write(TABLES["runs"], [run], tmp_path / "runs.parquet")
    frame = tables.load("runs", tmp_path)
    assert frame["plateau_exit_epoch"].isna().all()
    assert frame["plateau_exit_epoch"].dtype == pd.Int64Dtype()


def test_the_data_dictionary_is_in_step():
    written = (ROOT / "docs/data-dictionary.md").read_text()
    assert written == schemas.dictionary(), "run `make schema`"
