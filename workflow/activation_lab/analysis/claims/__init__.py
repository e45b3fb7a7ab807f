"""What others claim of activation functions, judged on our own tables.

A claim is a function from all tables to a verdict, with its source, the source's own words, what they
are taken to say, and the test beside it. To add one, write the function in the module of its subject,
under `@claim`, and name it in `CLAIMS`. The module of the same name in `power` has tables in which it is
true, false or borderline.
"""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from activation_lab.analysis.claims import (
    accuracy,
    activations,
    bounded,
    centred,
    deep_relu,
    depth,
    dying,
    functions,
    gradients,
    inference,
    rectified,
    revival,
    shapes,
    sigmoid,
    slopes,
    speed,
    tails,
    units,
)
from activation_lab.analysis.claims.base import Claim, Tables
from activation_lab.schemas import TABLES

# By their ids, in the report's order.
CLAIMS: dict[str, Claim] = {
    "accuracies": accuracy.accuracies,
    "printed-order": accuracy.printed_order,
    "similar-performance": accuracy.similar_performance,
    "swish-large": activations.swish_large,
    "swish-large-anywhere": activations.swish_large_anywhere,
    "tanh-saturates": activations.tanh_saturates,
    "tanh-cause": bounded.tanh_cause,
    "tanh-where": bounded.tanh_where,
    "sigmoid-half": bounded.sigmoid_half,
    "sigmoid-peaks": bounded.sigmoid_peaks,
    "sigmoid-last-converged": bounded.sigmoid_last_converged,
    "sigmoid-last-converged-most": bounded.sigmoid_last_converged_most,
    "sigmoid-uncentered": centred.sigmoid_uncentred,
    "relu-uncentered": centred.relu_uncentred,
    "tanh-centered": centred.tanh_centred,
    "elu-mean": centred.elu_mean,
    "dead-depth": deep_relu.dead_depth,
    "dead-grows-with-depth": deep_relu.dead_grows_with_depth,
    "swish-for-deep": deep_relu.swish_for_deep,
    "swish-for-deep-critical": deep_relu.swish_for_deep_critical,
    "fifty-layers": depth.fifty_layers,
    "fifty-layers-chi": depth.fifty_layers_chi,
    "fifty-layers-explode": depth.fifty_layers_explode,
    "lr-kills": dying.lr_kills,
    "lr-kills-above-best": dying.lr_kills_above_best,
    "lowering-rate": dying.lowering_rate,
    "swish-monotonic": functions.swish_monotonic,
    "max-derivative": functions.max_derivative,
    "tanh-steeper": functions.tanh_steeper,
    "tanh-steeper-everywhere": functions.tanh_steeper_everywhere,
    "gelu-derivative": functions.gelu_derivative,
    "gelu-derivative-density": functions.gelu_derivative_density,
    "gelu-percentile": shapes.gelu_percentile,
    "sigmoid-range": shapes.sigmoid_range,
    "saturation": shapes.saturation,
    "relu-unsaturated": shapes.relu_unsaturated,
    "relu-unsaturated-anywhere": shapes.relu_unsaturated_anywhere,
    "relu-gradient": shapes.relu_gradient,
    "leaky-slope": shapes.leaky_slope,
    "elu-decay": shapes.elu_decay,
    "gelu-curved": slopes.gelu_curved,
    "gelu-curved-range": slopes.gelu_curved_range,
    "saturation-kills": slopes.saturation_kills,
    "relu-strong-gradient": slopes.relu_strong_gradient,
    "tanh-centered-odd": shapes.tanh_centered_odd,
    "sigmoid-shape": slopes.sigmoid_shape,
    "default-init-tanh": functions.default_init_tanh,
    "default-init-relu": functions.default_init_relu,
    "sigmoid-gradient": gradients.sigmoid_gradient,
    "sigmoid-gradient-norm": gradients.sigmoid_gradient_norm,
    "sigmoid-gradient-least": gradients.sigmoid_gradient_least,
    "gradients-similar-layers": gradients.gradients_similar_layers,
    "gradients-similar-weights": gradients.gradients_similar_weights,
    "gradients-similar-activations": gradients.gradients_similar_activations,
    "relu-spike": gradients.relu_spike,
    "relu-spike-density": gradients.relu_spike_density,
    "dead-at-inference": inference.dead_at_inference,
    "dead-at-inference-later": inference.dead_at_inference_later,
    "input-never-revives": revival.input_never_revives,
    "input-never-revives-plain": revival.input_never_revives_plain,
    "input-never-revives-decay": revival.input_never_revives_decay,
    "never-changes": revival.never_changes,
    "relu-peak-zero": rectified.relu_peak_zero,
    "relu-sparse": rectified.relu_sparse,
    "relu-sparse-most": rectified.relu_sparse_most,
    "relu-sparse-untrained": rectified.relu_sparse_untrained,
    "relu-how-many": rectified.relu_how_many,
    "elu-benefits": rectified.elu_benefits,
    "relu-strong-gradient-trained": rectified.relu_strong_gradient_trained,
    "relu-strong-gradient-untrained": rectified.relu_strong_gradient_untrained,
    "relu-unbounded": rectified.relu_unbounded,
    "sigmoid-fails": sigmoid.sigmoid_fails,
    "sigmoid-fails-unstopped": sigmoid.sigmoid_fails_unstopped,
    "sigmoid-trains": sigmoid.sigmoid_trains,
    "relu-faster": speed.relu_faster,
    "relu-faster-untuned": speed.relu_faster_untuned,
    "six-times-faster": speed.six_times_faster,
    "relu-long-tail": tails.relu_long_tail,
    "relu-long-tail-later": tails.relu_long_tail_later,
    "relu-long-tail-cause": tails.relu_long_tail_cause,
    "leaky-like-relu": tails.leaky_like_relu,
    "elu-gaussian": tails.elu_gaussian,
    "swish-between": tails.swish_between,
    "dead-untrained": units.dead_untrained,
    "dead-ten-layer": units.dead_ten_layer,
    "dead-shrinks": units.dead_shrinks,
    "data-helps": units.data_helps,
    "data-helps-looking": units.data_helps_looking,
}


def claims(tables: Tables) -> pd.DataFrame:
    """Return the table `claims` of the tables of all studies, as `analysis.cells.load` gives them."""
    # Once for all claims of a task: `neurons` may have millions of rows.
    seen = {about: about.only(tables) for about in {claim.about for claim in CLAIMS.values()}}
    rows = [
        {
            "claim": name,
            "source": claim.source,
            "quote": claim.quote,
            "statement": claim.statement,
            "test": claim.test,
            "dataset": claim.about.dataset,
            "family": claim.about.family,
            "chance": claim.chance,
            **asdict(claim.judge(seen[claim.about])),
        }
        for name, claim in CLAIMS.items()
    ]
    return pd.DataFrame(rows, columns=list(TABLES["claims"].columns))
