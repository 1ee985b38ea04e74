"""Proportional odds for answers in order, with standard errors that hold where answers belong to schools.

References
----------
McCullagh 1980, J R Stat Soc B 42:109; R ``MASS::polr``: log odds of P(answer <= k) = threshold_k - x beta.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from wellbeing.models.design import Design, design
from wellbeing.models.logistic import culprit, recession
from wellbeing.models.outcome import NotEstimated

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class OrdinalModel:
    """A fitted proportional-odds model.

    Attributes
    ----------
    fixed : DataFrame, index of coefficients
        ``estimate`` in log odds of a higher answer, ``se``, ``z``, ``p``; ``odds_ratio`` with ``low`` and ``high``
        (95 %).
    thresholds : Series, index ``1|2`` and so on
    log_likelihood : float
    rows, left_out : int
    groups : int
        Schools that the standard errors are robust against; 0 where none were given.
    """

    fixed: "pd.DataFrame"
    thresholds: "pd.Series"
    log_likelihood: float
    rows: int
    left_out: int
    groups: int


def ordinal_model(
    rows: "pd.DataFrame", outcome: str, covariates: Sequence[str], group: str | None = None
) -> OrdinalModel | NotEstimated:
    """Fit a proportional-odds logit by maximum likelihood.

    Parameters
    ----------
    rows : DataFrame
    outcome : str
        Column of numbers whose order counts; at least three values.
    covariates : sequence of str
        See `design`.
    group : str, optional
        Column of schools: standard errors are then the sandwich by school times G / (G - 1), else the inverse of the
        observed information.

    Raises
    ------
    UsageError
        If a column is not there, or the outcome is no number.
    """
    import numpy as np
    import pandas as pd
    from scipy.stats import norm

    laid = design(rows, outcome, covariates, [group] if group else [], intercept=False)
    if isinstance(laid, NotEstimated):
        return laid
    levels, codes = np.unique(laid.outcome, return_inverse=True)
    if len(levels) < 3:
        return NotEstimated("constant") if len(levels) == 1 else NotEstimated("few_categories")
    cuts, width = len(levels) - 1, laid.matrix.shape[1]
    if len(codes) <= cuts + width:
        return NotEstimated("too_few_rows", {"rows": len(codes), "coefficients": cuts + width})
    groups = len(laid.labels[0]) if group else 0
    if group and groups <= width:
        return NotEstimated("few_groups", {"groups": groups, "coefficients": width})
    # Centred, so that a calendar year does not cost digits; the thresholds are moved back.
    means = laid.matrix.mean(axis=0)
    likelihood = _Likelihood(codes, laid.matrix - means, cuts)
    constraints = likelihood.constraints()
    if width and (direction := recession(constraints)) is not None:
        return NotEstimated("separation", {"column": culprit(constraints, direction, laid.names, cuts)})
    found = likelihood.climb()
    if found is None:
        return NotEstimated("no_convergence")
    estimates, scores, information, height = found
    covariance = np.asarray(np.linalg.inv(information), dtype=np.float64)
    if group:
        covariance = _sandwich(laid, scores, covariance, groups)
    beta, se = estimates[cuts:], np.sqrt(np.diag(covariance)[cuts:])
    half = norm.ppf(0.975) * se
    fixed = pd.DataFrame(
        {
            "estimate": beta,
            "se": se,
            "z": beta / se,
            "p": 2 * norm.sf(np.abs(beta / se)),
            "odds_ratio": np.exp(beta),
            "low": np.exp(beta - half),
            "high": np.exp(beta + half),
        },
        index=pd.Index(laid.names, name="coefficient"),
    )
    between = [f"{low:g}|{high:g}" for low, high in pairwise(levels)]
    thresholds = pd.Series(estimates[:cuts] + means @ beta, index=between, name="threshold")
    return OrdinalModel(fixed, thresholds, height, len(codes), laid.left_out, groups)


def _sandwich(laid: Design, scores: "Floats", inverse: "Floats", groups: int) -> "Floats":
    import numpy as np

    by_group = np.column_stack([np.bincount(laid.groups[0], column, groups) for column in scores.T])
    found: Floats = inverse @ (by_group.T @ by_group) @ inverse * groups / (groups - 1)
    return found


class _Likelihood:
    """The likelihood in thresholds and slopes: an answer lies between two thresholds, less its row's slope."""

    def __init__(self, codes: "npt.NDArray[np.intp]", matrix: "Floats", cuts: int) -> None:
        import numpy as np

        n, self.cuts = len(codes), cuts
        rows = np.arange(n)
        self.below, self.above = codes > 0, codes < cuts
        self.upper = np.hstack([np.zeros((n, cuts)), -matrix])
        self.lower = self.upper.copy()
        self.upper[rows[self.above], codes[self.above]] = 1
        self.lower[rows[self.below], codes[self.below] - 1] = 1
        self.upper[~self.above] = 0
        self.lower[~self.below] = 0
        shares = np.cumsum(np.bincount(codes, minlength=cuts + 1))[:-1] / n
        self.start = np.concatenate([np.log(shares / (1 - shares)), np.zeros(matrix.shape[1])])

    def constraints(self) -> "Floats":
        """Rows that a direction must not fall on for the likelihood never to fall: upwards above, downwards below."""
        import numpy as np

        return np.vstack([self.upper[self.above], -self.lower[self.below]])

    def at(self, point: "Floats") -> tuple[float, "Floats", "Floats"]:
        """Log-likelihood (minus infinity where thresholds cross), scores per row, information."""
        import numpy as np

        if (np.diff(point[: self.cuts]) <= 0).any():
            return -np.inf, np.empty(0), np.empty(0)
        high = np.where(self.above, 1 / (1 + np.exp(-np.clip(self.upper @ point, -700, 700))), 1.0)
        low = np.where(self.below, 1 / (1 + np.exp(-np.clip(self.lower @ point, -700, 700))), 0.0)
        share = high - low
        if (share <= 0).any():
            return -np.inf, np.empty(0), np.empty(0)
        dense_high, dense_low = high * (1 - high), low * (1 - low)
        scores = (dense_high[:, None] * self.upper - dense_low[:, None] * self.lower) / share[:, None]
        bent_high, bent_low = dense_high * (1 - 2 * high) / share, dense_low * (1 - 2 * low) / share
        information = (
            scores.T @ scores
            - self.upper.T @ (self.upper * bent_high[:, None])
            + self.lower.T @ (self.lower * bent_low[:, None])
        )
        return float(np.log(share).sum()), scores, information

    def climb(self) -> tuple["Floats", "Floats", "Floats", float] | None:
        import numpy as np

        point = self.start
        height, scores, information = self.at(point)
        for _ in range(100):
            try:
                step = np.linalg.solve(information, scores.sum(axis=0))
            except np.linalg.LinAlgError:
                return None
            if np.abs(step).max() <= 1e-10 * (1 + np.abs(point).max()):
                return point, scores, information, height
            tried = self.at(point + step)
            while not tried[0] >= height - 1e-9:
                step = step / 2
                if np.abs(step).max() < 1e-14:
                    return None
                tried = self.at(point + step)
            point = point + step
            height, scores, information = tried
        return None
