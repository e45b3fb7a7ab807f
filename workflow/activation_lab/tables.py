"""The schemas of all tables, and how they are written, read and put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from activation_lab import UserError
from activation_lab.files import whole

if TYPE_CHECKING:
    import pandas as pd  # training jobs do without it

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
EPSILON = 1e-6  # a derivative of at most this passes no gradient; zero itself depends on the kernel
SATURATION = 1 - 0.97**2  # tanh's slope where |tanh| = 0.97, as a share of its steepest slope

TEXT, WHOLE, REAL, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()
REALS, COUNTS = pa.list_(REAL), pa.list_(WHOLE)


@dataclass(frozen=True)
class Table:
    """A table's rows in words, and its columns: name → type and meaning."""

    rows: str
    columns: Mapping[str, tuple[pa.DataType, str]]

    @property
    def schema(self) -> pa.Schema:
        """The table's schema as parquet has it."""
        return pa.schema([(name, kind) for name, (kind, _) in self.columns.items()])


CELL = {
    "study": (TEXT, "The study's name in the config"),
    "cell": (TEXT, "The cell's readable id: what the study varies, but the seed"),
    "activation": (TEXT, "The activation, with parameters that differ from the registry's"),
    "network": (TEXT, "Units of each hidden layer, joined by hyphens"),
    "depth": (WHOLE, "Number of hidden layers"),
    "initialisation": (TEXT, "How the initial weights were drawn"),
    "optimizer": (TEXT, "The optimizer"),
    "learning_rate": (REAL, "The learning rate"),
}
KEYS = {**CELL, "seed": (WHOLE, "The run's seed")}
STAGE = {
    "stage": (TEXT, "When: untrained, or best (the kept weights)"),
    "layer": (WHOLE, "Hidden layers count from 1; depth + 1 is the output layer"),
}
QUANTILE_NAMES = ", ".join(f"{q:g}" for q in QUANTILES)
QUANTILE_COLUMN = {"quantiles": (REALS, f"Quantiles at {QUANTILE_NAMES}")}
HISTOGRAM = {
    "bin_edges": (
        REALS,
        "51 edges of 50 bins of equal width, from the least to the greatest value",
    ),
    "counts": (COUNTS, "How many values lie in each bin"),
}

TABLES = {
    "runs": Table(
        "run",
        KEYS
        | {
            "status": (
                TEXT,
                "ok; plateau: trained and never reached twice chance level (validation accuracy 0.2); "
                "diverged: a loss was not finite. An untrained run is ok, with 0 epochs",
            ),
            "epochs": (WHOLE, "Epochs trained"),
            "best_epoch": (WHOLE, "The epoch of the kept weights, from 1; 0: the initial weights"),
            "stopped_early": (FLAG, "Stopped because patience ran out"),
            "best_val_accuracy": (
                REAL,
                "Validation accuracy of the kept weights; null if untrained",
            ),
            "test_accuracy": (REAL, "Test accuracy of the kept weights"),
            "test_loss": (REAL, "Test cross entropy of the kept weights, nats"),
            "test_accuracy_last": (REAL, "Test accuracy of the last epoch's weights"),
            "plateau_exit_epoch": (
                WHOLE,
                "First epoch with a validation accuracy of at least 0.2; null: never",
            ),
            "parameters": (WHOLE, "Number of weights and biases"),
        },
    ),
    "metrics": Table(
        "run and epoch",
        KEYS
        | {
            "epoch": (WHOLE, "Epoch, from 1"),
            "train_loss": (REAL, "Mean cross entropy of the epoch's batches as trained on, nats"),
            "train_accuracy": (REAL, "Mean accuracy of the epoch's batches as trained on"),
            "val_loss": (REAL, "Validation cross entropy after the epoch, nats"),
            "val_accuracy": (REAL, "Validation accuracy after the epoch"),
        },
    ),
    "gradients": Table(
        "run, stage and layer: the weight gradient on the first 256 training images",
        KEYS
        | STAGE
        | {
            "mean": (REAL, "Mean"),
            "std": (REAL, "Standard deviation"),
            "norm": (REAL, "Frobenius norm"),
            "abs_max": (REAL, "Largest absolute value"),
            "zero_fraction": (REAL, "Share of exact zeros"),
        }
        | QUANTILE_COLUMN
        | {"predicted_std": (REAL, "Standard deviation by mean-field theory; null: not predicted")}
        | HISTOGRAM,
    ),
    "activations": Table(
        "run, stage, layer and kind: values on the first 1,024 training images",
        KEYS
        | STAGE
        | {
            "kind": (TEXT, "pre: before the activation function; post: after it"),
            "mean": (REAL, "Mean"),
            "std": (REAL, "Standard deviation"),
            "min": (REAL, "Least value"),
            "max": (REAL, "Greatest value"),
        }
        | QUANTILE_COLUMN
        | {
            "zero_fraction": (REAL, "Share of exact zeros"),
            "saturated_fraction": (
                REAL,
                f"Share of values where |φ′| is at most {SATURATION:.4f} of its largest value on "
                "[-5, 5] (for tanh: |tanh| ≥ 0.97); null for the output layer",
            ),
            "effective_rank": (
                REAL,
                "exp of the entropy of the singular values of the images × units matrix "
                "(Roy & Vetterli 2007)",
            ),
        }
        | HISTOGRAM,
    ),
    "neurons": Table(
        "run, stage, layer and unit: over all images trained on",
        KEYS
        | STAGE
        | {
            "unit": (WHOLE, "Unit, from 1"),
            "pre_max": (REAL, "Greatest pre-activation"),
            "pre_min": (REAL, "Least pre-activation"),
            "nonzero_fraction": (REAL, "Share of images whose activation is not exactly 0"),
            "gradient_fraction": (REAL, f"Share of images with |φ′| > {EPSILON:g}"),
            "derivative_abs_max": (REAL, "Greatest |φ′|"),
            "abs_mean": (REAL, "Mean absolute activation"),
            "mean": (REAL, "Mean activation"),
            "variance": (REAL, "Variance of the activation"),
        },
    ),
    "dead_neurons": Table(
        "run, stage and hidden layer",
        KEYS
        | STAGE
        | {
            "units": (WHOLE, "Units of the layer"),
            "dead": (WHOLE, "Units whose activation is exactly 0 on all images"),
            "always_on": (WHOLE, "Units whose least pre-activation is above 0"),
            "no_gradient": (WHOLE, f"Units with |φ′| ≤ {EPSILON:g} on all images"),
            "constant": (WHOLE, "Units whose activation varies by less than one part in 10^6"),
            "dormant_0": (WHOLE, "Units with mean |h| at 0 of their layer's (Sokar et al. 2023)"),
            "dormant_025": (WHOLE, "Units with mean |h| at most 0.025 of their layer's"),
            "dormant_1": (WHOLE, "Units with mean |h| at most 0.1 of their layer's"),
            "predicted_dead": (REAL, "Dead units by mean-field theory; null: not predicted"),
        },
    ),
    "jacobians": Table(
        "run and stage: singular values of ∂h/∂x, last hidden layer by pixels, on 4 training images",
        KEYS
        | STAGE
        | {
            "mean_square": (REAL, "Mean of the squared singular values"),
            "largest": (REAL, "Largest singular value, mean over the images"),
            "median": (REAL, "Median of all singular values"),
            "smallest": (REAL, "Smallest singular value, mean over the images"),
        },
    ),
    "transitions": Table(
        "run, epoch and hidden layer: on the first 2,048 training images",
        KEYS
        | {
            "epoch": (WHOLE, "Epoch, from 1"),
            "layer": (WHOLE, "Hidden layer, from 1"),
            "dead": (WHOLE, "Units that are exactly 0 on all these images after the epoch"),
            "died": (WHOLE, "Of them, units that were not so before it"),
            "revived": (WHOLE, "Units that were so before it and no longer are"),
        },
    ),
    "theory": Table(
        "activation, network, initialisation and hidden layer: mean-field theory, for wide networks",
        {name: CELL[name] for name in ("activation", "network", "depth", "initialisation")}
        | {
            "layer": (WHOLE, "Hidden layer, from 1"),
            "weight_var": (REAL, "σ_w² of the layer's weights: their variance times its inputs"),
            "bias_var": (REAL, "σ_b² of the layer's biases"),
            "q": (REAL, "Predicted mean square pre-activation"),
            "chi": (
                REAL,
                "χ = σ_w² E[φ′²] with the weights that follow: takes E[δ²] one layer back",
            ),
            "q_star": (
                REAL,
                "Fixed point of q in a deep network of layers like the last; null: none",
            ),
            "chi_1": (REAL, "χ at q_star: gradients shrink by √χ₁ a layer"),
            "gradient_depth": (REAL, "ξ_∇ = -1/ln χ₁, layers; negative: gradients explode"),
            "c_star": (REAL, "Fixed point of the correlation of two images"),
            "correlation_depth": (REAL, "ξ_c, layers; trainable to about 6 ξ_c"),
            "stable": (FLAG, "An error of q_star shrinks"),
        },
    ),
    "predictions": Table(
        "study, cell and layer: what theory predicts of the measured, untrained networks",
        {name: CELL[name] for name in ("study", "cell")}
        | {
            "layer": (WHOLE, "Hidden layers count from 1; depth + 1 is the output layer"),
            "predicted_std": (REAL, "Standard deviation of the weight gradient"),
            "predicted_dead": (REAL, "Share of units that are dead; null for the output layer"),
        },
    ),
    "functions": Table(
        "activation and x, on [-5, 5]",
        {
            "activation": CELL["activation"],
            "x": (REAL, "Argument"),
            "value": (REAL, "φ(x)"),
            "derivative": (REAL, "φ′(x), by automatic differentiation"),
        },
    ),
    "summary": Table(
        "cell and metric",
        KEYS
        | {
            "metric": (TEXT, "A column of runs, or success_rate: the share of runs that are ok"),
            "n": (WHOLE, "Number of runs: those that are ok; for success_rate all"),
            "mean": (REAL, "Mean; null if n is 0"),
            "std": (REAL, "Sample standard deviation; null if n is below 2"),
            "low": (REAL, "Lower end of the 95% interval of the mean"),
            "high": (REAL, "Upper end of the 95% interval of the mean"),
            "method": (TEXT, "student-t (n < 20), bca (n ≥ 20), wilson (success_rate) or none"),
        },
    ),
}
JOB_TABLES = (
    *("runs", "metrics", "gradients", "activations", "neurons", "jacobians", "transitions"),
)
ANALYSIS_TABLES = ("dead_neurons", "summary")


class TableError(UserError):
    """A table that cannot be read; the message names the file and what to do."""


def with_predictions(gradients: pa.Table, predictions: pa.Table) -> pa.Table:
    """Return the table `gradients` with `predicted_std` in the rows of untrained networks."""
    keys = zip(*(predictions[name].to_pylist() for name in ("study", "cell", "layer")), strict=True)
    known = dict(zip(keys, predictions["predicted_std"].to_pylist(), strict=True))
    names = ("study", "cell", "layer", "stage")
    rows = zip(*(gradients[name].to_pylist() for name in names), strict=True)
    values = [known.get(tuple(key)) if stage == "untrained" else None for *key, stage in rows]
    at = gradients.schema.get_field_index("predicted_std")
    return gradients.set_column(at, "predicted_std", pa.array(values, REAL))


def write(name: str, rows: Sequence[Mapping[str, Any]] | pa.Table, path: Path) -> None:
    """Write rows as the table `name`; the file appears under its name when it is whole.

    Raises `pyarrow.ArrowInvalid` for a value that is not of its column's type.
    """
    schema = TABLES[name].schema
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(list(rows), schema)
    table = table.replace_schema_metadata(None)
    with whole(path) as temporary:
        pq.write_table(table.cast(schema), temporary, compression="zstd")


def read(name: str, path: Path) -> pa.Table:
    """Read the table `name`. Raises `TableError` if the file is broken or has other columns."""
    try:
        table = pq.read_table(path)
    except FileNotFoundError as error:
        raise TableError(f"{path} is missing. Run again.") from error
    except (OSError, pa.ArrowInvalid) as error:
        raise TableError(f"{path} cannot be read: {error}. Delete it and run again.") from error
    if table.schema != TABLES[name].schema:
        raise TableError(f"{path} has other columns than {name}. Delete it and run again.")
    return table


def load(name: str, folder: Path) -> pd.DataFrame:
    """Return the table `name` of a folder as a frame; whole numbers that may be missing stay whole.

    Raises `TableError` as `read` does.
    """
    import pandas as pd

    nullable = {WHOLE: pd.Int64Dtype(), FLAG: pd.BooleanDtype()}
    return read(name, folder / f"{name}.parquet").to_pandas(types_mapper=nullable.get)


def of_study(study: str, folder: Path) -> dict[str, pd.DataFrame]:
    """Return the rows of one study in every table; `functions`, which no study owns, is whole."""
    frames = {name: load(name, folder) for name in TABLES}
    return {
        name: frame[frame["study"] == study] if "study" in frame else frame
        for name, frame in frames.items()
    }


def from_pandas(name: str, frame: pd.DataFrame) -> pa.Table:
    """Return a frame as the table `name`: its columns, in their order and of their types."""
    return pa.Table.from_pandas(frame, TABLES[name].schema, preserve_index=False)


def concatenate(name: str, paths: Iterable[Path]) -> pa.Table:
    """Return all rows of the files of one table, in the order of the paths."""
    return pa.concat_tables([read(name, path) for path in paths])


def dictionary() -> str:
    """Return the data dictionary: every table and its columns, in markdown."""
    parts = [
        "# Data dictionary\n\nMade from the schemas in `workflow/activation_lab/tables.py` by `make "
        "schema`. Tables are parquet files under `results/tables/`. Accuracies are fractions, losses "
        "nats; a null says that there is no such value."
    ]
    for name, table in TABLES.items():
        lines = [f"## {name}\n\nOne row per {table.rows}.\n\n| column | type | meaning |"]
        lines += ["| --- | --- | --- |"]
        lines += [
            f"| `{column}` | {kind} | {meaning.replace('|', '∣')} |"
            for column, (kind, meaning) in table.columns.items()
        ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"
