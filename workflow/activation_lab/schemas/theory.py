"""What theory predicts."""

from __future__ import annotations

from activation_lab.measures.base import FLAG, REAL, SETTINGS, WHOLE, Table
from activation_lab.protocol import FIRST_IMAGES

THEORY = {
    "theory": Table(
        "activation, network, initialisation and hidden layer: mean-field theory, for wide networks",
        {
            name: SETTINGS[name]
            for name in ("dataset", "network", "activation", "depth", "initialisation")
        }
        | {
            "layer": (WHOLE, "Hidden layer, from 1"),
            "weight_var": (REAL, "σ_w² of the layer's weights: their variance times its inputs"),
            "bias_var": (REAL, "σ_b² of the layer's biases"),
            "q": (REAL, "Predicted mean square pre-activation"),
            "chi": (
                REAL,
                "χ = σ_w² E[φ′²], with σ_w² of the next layer: the factor from E[δ²] in the next layer "
                "to E[δ²] in this one",
            ),
            "mean_slope": (REAL, "E[φ′] over the layer's pre-activations"),
            "jacobian_mean_square": (
                REAL,
                "Predicted mean of the squared singular values of ∂h/∂x, for the images of `jacobians`; "
                "null: not known of this family, as the other two",
            ),
            "jacobian_largest": (
                REAL,
                "Predicted end of their spectrum, where all widths are large: a largest singular value",
            ),
            "jacobian_log_std": (
                REAL,
                "Predicted standard deviation, over seeds, of the log of their mean square",
            ),
            "q_star": (
                REAL,
                "Fixed point of q in a deep network of layers like the last; null: none",
            ),
            "chi_1": (REAL, "χ at q_star: gradients shrink by √χ₁ per layer"),
            "gradient_depth": (REAL, "ξ_∇ = -1/ln χ₁, layers; negative: gradients explode"),
            "c_star": (REAL, "Fixed point of the correlation of two images"),
            "correlation_depth": (
                REAL,
                "ξ_c, layers, infinite if χ₁ is 1; trainable to about 6 ξ_c",
            ),
            "stable": (FLAG, "An error of q_star shrinks"),
        },
    ),
    "predictions": Table(
        "settings and layer: what theory predicts for the measured, untrained networks",
        {"settings_id": SETTINGS["settings_id"]}
        | {
            "layer": (WHOLE, "Hidden layers count from 1; depth + 1 is the output layer"),
            "predicted_rms": (
                REAL,
                "Root mean square of the weight gradient, of infinitely wide networks",
            ),
            "predicted_rms_finite": (
                REAL,
                "The same for the network's own widths, to first order in 1/width; null: not known",
            ),
            "predicted_log_std": (
                REAL,
                "Standard deviation, over seeds, of the log of a network's mean square; null: not known",
            ),
            "predicted_dead": (
                REAL,
                f"Share of units that are dead on the first {FIRST_IMAGES:,} training images; null "
                "for the output layer",
            ),
        },
    ),
}
