"""Mean-field theory beside what was measured, over all studies."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from activation_lab.analysis.agreement import agreement, amount, by_chance, largest
from activation_lab.analysis.statistics import Tables
from activation_lab.report.listings.base import Lines, Listing, least_to_most, titled
from activation_lab.wording import NONE, listed


def differences(studies: Mapping[str, Tables]) -> Listing:
    """Measured minus predicted. How far untrained networks are from mean-field theory, over all
    networks and layers. Weight gradient: the root mean square over weights and seeds, in percent of
    what is predicted. ∂h/∂x: the singular values of the last hidden layer's Jacobian, in percent. Dead
    units: those of the first 1,000 training images, for which they are predicted, in percentage points
    of a layer, where half a unit or more is dead or should be. ± is one standard error, mostly of the
    seeds. "By chance alone": the median difference that so few seeds would show if theory were exact.
    These predictions are for infinitely wide networks. "Inside" counts single networks, layer by layer:
    how many are in the interval that should hold 95% of them, for networks of their own width
    (docs/theory.md).
    """
    lines = [line for name, tables in studies.items() for line in _of_study(name, tables)]
    return titled(differences, lines)


def portraits(rows: pd.DataFrame) -> Listing:
    """What theory says of each activation. This is of the function alone: no network is looked at. E is
    over a standard normal argument, and so are the Hermite coefficients: that of 1 is the part of φ that
    is linear, and the others what bends. Gradients keep their size over depth under the critical
    initialisation; under torch's default, in layers of equal width, they change by √χ₁ from layer to
    layer, or e-fold over ξ layers. A bend is where φ, φ′ or the slope of φ′ jumps.
    """
    lines = [{"activation": row["activation"], **portrayed(row)} for _, row in rows.iterrows()]
    return titled(portraits, lines)


def portrayed(row: pd.Series) -> dict[str, str]:
    """Return a row of the table `portraits` as a person reads it."""
    critical = "no stable one"
    if pd.notna(row["critical_weight_std"]):
        critical = f"σ_w = {row['critical_weight_std']:.3f}, σ_b = {row['critical_bias_std']:.2f}"
    chi, depth = row["default_chi"], row["default_depth"]
    moments = (row[name] for name in ("mean", "mean_square", "mean_square_slope"))
    return {
        "Critical initialisation": critical,
        "√χ₁, default initialisation": "none" if pd.isna(chi) else f"{chi**0.5:.3f}",
        "Depth scale ξ, default": "none" if pd.isna(depth) else f"{depth:.2f} layers",
        "E φ, E φ², E φ′² at N(0, 1)": ", ".join(_rounded(value, 3) for value in moments),
        "Hermite coefficients 0 to 3": ", ".join(_rounded(value, 2) for value in row["hermite"]),
        "Slope": f"{row['least_slope']:.2f} to {row['greatest_slope']:.2f}",
        "Shape": ", ".join(_shape(row)),
        "Bends": f"at {listed([f'{at:g}' for at in row['kinks']])}"
        if len(row["kinks"])
        else "none",
    }


def _rounded(value: float, digits: int) -> str:
    return f"{round(value, digits) + 0.0:.{digits}f}"  # + 0.0: not -0


def _shape(row: pd.Series) -> list[str]:
    """Say whether φ is monotonic and bounded, and where it is 0."""
    bounds = [side for side in ("below", "above") if row[f"bounded_{side}"]]
    shape = [
        "increasing" if row["increasing"] else "not monotonic",
        {0: "unbounded", 1: f"bounded {''.join(bounds)}", 2: "bounded"}[len(bounds)],
    ]
    if row["zero_share"] > 0.01:
        shape.append(f"0 on {row['zero_share']:.0%} of [−5, 5]")
    return shape


def _of_study(study: str, tables: Tables) -> Lines:
    """Return a line for each quantity that theory predicts of a study's untrained networks."""
    return [
        {
            "study": study,
            "quantity": quantity,
            "networks × layers": str(len(rows)),
            "seeds": least_to_most(rows["n"]),
            "median difference": amount(rows["difference"].abs().median(), quantity),
            "by chance alone": amount(by_chance(rows), quantity),
            "inside": _inside(rows),
            "largest difference": largest(rows, tables["cells"]),
        }
        for quantity, rows in agreement(tables).groupby("quantity", sort=False)
    ]


def _inside(rows: pd.DataFrame) -> str:
    """Say how many single values lie in the predicted interval; a dash where none is predicted."""
    known = rows.dropna(subset="inside")
    if known.empty:
        return NONE
    inside, n = int(known["inside"].sum()), int(known["n"].sum())
    return f"{inside / n:.0%} of {n:,}"
