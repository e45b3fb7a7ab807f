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
    capacity,
    choice,
    deep_relu,
    deeper,
    definitions,
    depth,
    dying,
    editions,
    few_dead,
    functions,
    gradients,
    inference,
    questions,
    revival,
    shapes,
    sigmoid,
    speed,
    units,
    vanishing,
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
    "sigmoid-fails": sigmoid.sigmoid_fails,
    "sigmoid-fails-unstopped": sigmoid.sigmoid_fails_unstopped,
    "sigmoid-trains": sigmoid.sigmoid_trains,
    "sigmoid-slow-start": sigmoid.sigmoid_slow_start,
    "sigmoid-slow-start-after": sigmoid.sigmoid_slow_start_after,
    "sigmoid-one-rate": sigmoid.sigmoid_one_rate,
    "relu-faster": speed.relu_faster,
    "relu-faster-untuned": speed.relu_faster_untuned,
    "six-times-faster": speed.six_times_faster,
    "dead-untrained": units.dead_untrained,
    "dead-ten-layer": units.dead_ten_layer,
    "dead-shrinks": units.dead_shrinks,
    "data-helps": units.data_helps,
    "data-helps-looking": units.data_helps_looking,
    "vanishing-chain": vanishing.vanishing_chain,
    "vanishing-chain-exponential": vanishing.vanishing_chain_exponential,
    "good-activation-helps": vanishing.good_activation_helps,
    "tanh-vanishes": vanishing.tanh_vanishes,
    "tanh-vanishes-critical": vanishing.tanh_vanishes_critical,
    "tanh-vanishes-more": vanishing.tanh_vanishes_more,
    "relu-no-vanish": vanishing.relu_no_vanish,
    "relu-no-vanish-critical": vanishing.relu_no_vanish_critical,
    "relu-deeper": deeper.relu_deeper,
    "relu-deeper-critical": deeper.relu_deeper_critical,
    "init-matters": deeper.init_matters,
    "init-matters-activation": deeper.init_matters_activation,
    "editions-identical": editions.editions_identical,
    "editions-identical-sigmoid": editions.editions_identical_sigmoid,
    "editions-identical-dead": editions.editions_identical_dead,
    "editions-identical-dead-four": editions.editions_identical_dead_four,
    "editions-identical-dead-trained": editions.editions_identical_dead_trained,
    "relu-variants-well": choice.relu_variants_well,
    "relu-variants-better": choice.relu_variants_better,
    "avoid-sigmoid": choice.avoid_sigmoid,
    "avoid-sigmoid-unstopped": choice.avoid_sigmoid_unstopped,
    "start-relu": choice.start_relu,
    "try-others": choice.try_others,
    "kaiming-for-all": choice.kaiming_for_all,
    "nonlinearity-needed": choice.nonlinearity_needed,
    "dead-definition": definitions.dead_definition,
    "dead-definition-others": definitions.dead_definition_others,
    "dead-definition-some": definitions.dead_definition_some,
    "dead-likely": few_dead.dead_likely,
    "dead-few": few_dead.dead_few,
    "dead-few-increase": few_dead.dead_few_increase,
    "few-dead-harmless": few_dead.few_dead_harmless,
    "dead-capacity": capacity.dead_capacity,
    "check-dead": capacity.check_dead,
    "dead-bottleneck": capacity.dead_bottleneck,
    "dead-bottleneck-rank": capacity.dead_bottleneck_rank,
    "swish-no-dead": definitions.swish_no_dead,
    "swish-no-dead-variants": definitions.swish_no_dead_variants,
    "swish-no-dead-cause": definitions.swish_no_dead_cause,
    "swish-no-dead-deep": definitions.swish_no_dead_deep,
    "dead-trained": questions.dead_trained,
    "identify-dead": questions.identify_dead,
    "solve-dead": questions.solve_dead,
    "heaviside-problem": questions.heaviside_problem,
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
