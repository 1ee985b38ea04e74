"""Population-average models by generalised estimating equations, with standard errors that hold for few schools.

References
----------
Liang & Zeger 1986, Biometrika 73:13; moments of scale and correlation as in geepack's ``geese``, without a correction
for the number of coefficients.
Mancl & DeRouen 2001, Biometrics 57:126: the bias-reduced covariance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wellbeing.models.design import Design, coefficient_table, design
from wellbeing.models.logistic import binary_fault, with_numbers
from wellbeing.models.outcome import NotEstimated

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]

#: With fewer schools the plain sandwich is too small (statistics, section 6.2).
FEW_GROUPS = 30
_ROUNDS = 200


@dataclass(frozen=True)
class AverageModel:
    """A fitted population-average model.

    Attributes
    ----------
    fixed : DataFrame, index of coefficients
        ``estimate``, ``se`` (robust), ``df``, ``low`` and ``high`` (95 %), ``t``, ``p``: scale points for a number, log
        odds for a yes-or-no outcome.
    kind : str
        ``number`` or ``yes_no``.
    correlation : float
        Of two rows of the same school in the working model; 0 where they are taken for independent.
    scale : float
        Mean square of the standardised residuals.
    working : str
        ``exchangeable``, or ``independence``: asked for, or because schools are more alike than chance allows.
    bias_reduced : bool
        Whether the covariance is the bias-reduced one, for few schools.
    groups, rows, left_out : int
    """

    fixed: "pd.DataFrame"
    kind: str
    correlation: float
    scale: float
    working: str
    bias_reduced: bool
    groups: int
    rows: int
    left_out: int


def average_model(
    rows: "pd.DataFrame",
    outcome: str,
    covariates: Sequence[str],
    group: str,
    kind: Literal["number", "yes_no"] = "number",
    weights: "pd.Series | None" = None,
    bias_reduced: bool | None = None,
) -> AverageModel | NotEstimated:
    """Fit a population-average model with robust standard errors by school.

    Parameters
    ----------
    rows : DataFrame
    outcome : str
        Column of scores, or of truth values or 0 and 1.
    covariates : sequence of str
        See `design`.
    group : str
        Column of schools, or of whatever rows belong together by.
    kind : str
        ``number``: identity link; ``yes_no``: logit.
    weights : Series, optional
        One per row of the frame; rows are then taken for independent in the working model, which weights of leaving
        need. Rows without a weight are left out.
    bias_reduced : bool, optional
        By default where there are fewer than `FEW_GROUPS` groups. Then intervals are those of t with groups less
        coefficients degrees of freedom; else those of the normal distribution.

    Raises
    ------
    UsageError
        If a column is not there, or the outcome is no number.
    """
    import numpy as np

    frame = with_numbers(rows, outcome)
    if weights is not None:
        frame = frame.loc[weights.notna().to_numpy()]
    laid = design(frame, outcome, covariates, [group])
    if isinstance(laid, NotEstimated):
        return laid
    own = np.ones(len(laid.outcome))
    if weights is not None:
        own = weights.dropna().to_numpy(dtype=np.float64)[laid.used]
    groups = len(laid.labels[0])
    if groups < 2:
        return NotEstimated("one_group")
    if groups <= laid.matrix.shape[1]:
        return NotEstimated("few_groups", {"groups": groups, "coefficients": laid.matrix.shape[1]})
    if kind == "yes_no":
        if (fault := binary_fault(laid.outcome, laid.matrix, laid.names)) is not None:
            return fault
    elif not np.ptp(laid.outcome) > 0:
        return NotEstimated("constant")
    corrected = groups < FEW_GROUPS if bias_reduced is None else bias_reduced
    found = _Fit(laid, own, kind == "yes_no", weights is None).run()
    if isinstance(found, NotEstimated):
        return found
    covariance = found.covariance(corrected)
    if covariance is None:
        return NotEstimated("few_groups", {"groups": groups, "coefficients": laid.matrix.shape[1]})
    df = groups - laid.matrix.shape[1] if corrected else np.inf
    left_out = laid.left_out + (int(weights.isna().sum()) if weights is not None else 0)
    return AverageModel(
        coefficient_table(laid.names, found.estimates, np.sqrt(np.diag(covariance)), df),
        kind,
        found.correlation,
        found.scale,
        "exchangeable" if found.exchangeable else "independence",
        corrected,
        groups,
        len(laid.outcome),
        left_out,
    )


@dataclass(frozen=True)
class _Found:
    estimates: "Floats"
    correlation: float
    scale: float
    exchangeable: bool
    bread: "Floats"
    parts: "Floats"
    scores: "Floats"

    def covariance(self, corrected: bool) -> "Floats | None":
        """Sandwich by group; bias-reduced: each group's score turned by (I - its share of the information)^-1.

        Mancl and DeRouen turn the residuals by (I - H)^-1, H a group's block of the hat matrix; moved through the
        product, that needs a matrix as wide as there are coefficients instead of as long as there are rows.
        """
        import numpy as np

        inverse = np.linalg.inv(self.bread)
        scores = self.scores
        if corrected:
            rest = np.eye(len(self.bread)) - self.parts @ inverse
            # A group that alone tells a coefficient leaves no rest to judge it by.
            if np.abs(np.linalg.det(rest)).min() < 1e-10:
                return None
            scores = np.asarray(np.linalg.solve(rest, scores[:, :, None])[:, :, 0], dtype=np.float64)
        found: Floats = inverse @ (scores.T @ scores) @ inverse
        return found


class _Fit:
    """Alternate between coefficients and the moments of the working model."""

    def __init__(self, laid: Design, weights: "Floats", binary: bool, exchangeable: bool) -> None:
        import numpy as np

        self.laid, self.weights, self.binary, self.exchangeable = laid, weights, binary, exchangeable
        self.codes = laid.groups[0]
        self.sizes = np.bincount(self.codes).astype(np.float64)

    def by_group(self, values: "Floats") -> "Floats":
        import numpy as np

        count = len(self.sizes)
        columns = values.T if values.ndim == 2 else [values]
        return np.column_stack([np.bincount(self.codes, column, count) for column in columns])

    def run(self) -> "_Found | NotEstimated":
        import numpy as np

        estimates = np.asarray(np.linalg.lstsq(self.laid.matrix, self.laid.outcome, rcond=None)[0], dtype=np.float64)
        if self.binary:
            estimates = np.zeros_like(estimates)
        for _ in range(_ROUNDS):
            rest, turned = self._standardised(estimates)
            scale = float((self.weights * rest**2).sum() / self.weights.sum())
            if not scale > 1e-20:
                return NotEstimated("perfect_fit")
            correlation = self._correlation(rest, scale)
            inverse = correlation / (1 + (self.sizes - 1) * correlation)
            weighted = self.weights[:, None] * turned
            sums, rest_sums = self.by_group(turned), self.by_group(rest)[:, 0]
            share = 1 / (1 - correlation)
            bread = share * (weighted.T @ turned - sums.T @ (sums * inverse[:, None]))
            scores = share * (self.by_group(weighted * rest[:, None]) - sums * (inverse * rest_sums)[:, None])
            try:
                step = np.linalg.solve(bread, scores.sum(axis=0))
            except np.linalg.LinAlgError:
                return NotEstimated("no_convergence")
            if not np.isfinite(step).all():
                return NotEstimated("no_convergence")
            if np.abs(step).max() <= 1e-10 * (1 + np.abs(estimates).max()):
                products = weighted[:, :, None] * turned[:, None, :]
                width = turned.shape[1]
                parts = self.by_group(products.reshape(len(rest), -1)).reshape(-1, width, width)
                parts = share * (parts - inverse[:, None, None] * sums[:, :, None] * sums[:, None, :])
                return _Found(estimates, correlation, scale, self.exchangeable, bread, parts, scores)
            estimates = estimates + step
        return NotEstimated("no_convergence")

    def _standardised(self, estimates: "Floats") -> tuple["Floats", "Floats"]:
        """Residuals in standard deviations, and the slopes of the means in the coefficients in the same units."""
        import numpy as np

        predictor = self.laid.matrix @ estimates
        if not self.binary:
            return self.laid.outcome - predictor, self.laid.matrix
        chances = 1 / (1 + np.exp(-np.clip(predictor, -30, 30)))
        sd = np.sqrt(chances * (1 - chances))
        return (self.laid.outcome - chances) / sd, self.laid.matrix * sd[:, None]

    def _correlation(self, rest: "Floats", scale: float) -> float:
        if not self.exchangeable:
            return 0.0
        pairs = float((self.sizes * (self.sizes - 1)).sum())
        if pairs == 0:
            return 0.0
        sums = self.by_group(rest)[:, 0]
        found = (float((sums**2).sum()) - float((rest**2).sum())) / pairs / scale
        if 1 + (self.sizes.max() - 1) * found <= 1e-6 or found >= 1:
            self.exchangeable = False
            return 0.0
        return found
