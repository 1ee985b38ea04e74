"""The proportional-odds model of an ordered answer: maximum likelihood by Newton's method, analytic to second order.

logit P(answer <= k) = threshold_k - x'b, the form of polr in R's MASS.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wellbeing.unestimable import Trouble

Floats = NDArray[np.float64]

_ROUNDS = 100
#: Half Newton's decrement, a bound on what the log-likelihood still lacks: then the maximum is reached.
_FLAT = 1e-10
#: Standard error of a slope per sd of its covariate that no finite maximum has: at a separated answer the search
#: climbs on, and the error doubles with every round.
_SEPARATED = 100.0
#: Share of the log-likelihood that is rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class OrderedFit:
    """A fitted model. Everything but `n` is NaN or empty where `trouble` names why.

    Attributes
    ----------
    n : int
    slopes, slope_errors : array, shape (n_covariates,)
        On the logit scale per unit of the covariate; positive where answers rise with it.
    thresholds : array, shape (n_categories - 1,)
    log_likelihood, null_log_likelihood : float
        With the covariates and with thresholds alone.
    trouble : Trouble or None
    """

    n: int
    slopes: Floats
    slope_errors: Floats
    thresholds: Floats
    log_likelihood: float
    null_log_likelihood: float
    trouble: Trouble | None = None


def fit_ordered(answers: Floats, covariates: Floats) -> OrderedFit:
    """Fit the model.

    Parameters
    ----------
    answers : array, shape (n,)
        Ordered codes without gaps; codes that nobody gave have no threshold, as in R's ``factor``.
    covariates : array, shape (n, n_covariates)
        Finite; no constant among them.

    Returns
    -------
    OrderedFit
        Trouble: ``constant_items`` where all gave one answer, ``singular`` where a covariate does not vary or follows
        from the others, ``separated`` where covariates tell the answers completely, ``not_converged``.

    References
    ----------
    McCullagh 1980, JRSS B 42:109. Venables and Ripley 2002, Modern Applied Statistics with S, 7.3.
    """
    n, count = covariates.shape
    codes, places, counts = np.unique(answers, return_inverse=True, return_counts=True)
    if len(codes) < 2:
        return _untold(n, count, Trouble("constant_items"))
    centre, spread = covariates.mean(axis=0), covariates.std(axis=0)
    if count and (spread.min() == 0 or np.linalg.matrix_rank((covariates - centre) / spread) < count):
        return _untold(n, count, Trouble("singular"))
    # Standardised covariates keep the information matrix well scaled; the likelihood is the same.
    scaled = (covariates - centre) / spread
    null = float(np.sum(counts * np.log(counts / n)))
    below = np.cumsum(counts)[:-1] / n
    values = np.concatenate([np.log(below / (1 - below)), np.zeros(count)])
    height, slope, information = _likelihood(values, places, scaled, len(codes))
    for _ in range(_ROUNDS):
        try:
            step = np.linalg.solve(information, slope)
        except np.linalg.LinAlgError:
            return _untold(n, count, Trouble("separated"))
        if abs(float(slope @ step)) / 2 < _FLAT:
            break
        size = 1.0
        while size > 1e-10:
            tried = _likelihood(values + size * step, places, scaled, len(codes))
            if tried[0] >= height - _ROUNDING * (1 + abs(height)):
                break
            size /= 2
        else:
            return _untold(n, count, Trouble("not_converged"))
        values, (height, slope, information) = values + size * step, tried
    else:
        return _untold(n, count, Trouble("not_converged"))
    errors = np.sqrt(np.diag(np.linalg.inv(information)))[len(codes) - 1 :]
    if count and not errors.max() < _SEPARATED:
        return _untold(n, count, Trouble("separated"))
    thresholds, slopes = values[: len(codes) - 1], values[len(codes) - 1 :] / spread
    return OrderedFit(n, slopes, errors / spread, thresholds + centre @ slopes, height, null)


def _untold(n: int, count: int, trouble: Trouble) -> OrderedFit:
    nothing = np.full(count, math.nan)
    return OrderedFit(n, nothing, nothing, np.empty(0), math.nan, math.nan, trouble)


def _likelihood(
    values: Floats, places: "NDArray[np.intp]", covariates: Floats, codes: int
) -> tuple[float, Floats, Floats]:
    """Give the log-likelihood, its slope, and minus its second derivative; minus infinity where thresholds cross."""
    n, cuts = len(places), codes - 1
    ends = np.concatenate([[-np.inf], values[:cuts], [np.inf]])
    if np.any(np.diff(values[:cuts]) <= 0):
        return -math.inf, np.zeros(len(values)), np.eye(len(values))
    shift = covariates @ values[cuts:]
    upper, lower = _logistic(ends[places + 1] - shift), _logistic(ends[places] - shift)
    probability = np.maximum(upper - lower, 1e-300)
    upper_slope, lower_slope = upper * (1 - upper), lower * (1 - lower)
    upper_bend, lower_bend = upper_slope * (1 - 2 * upper), lower_slope * (1 - 2 * lower)
    # Derivatives of each person's two ends by all parameters: their thresholds, and minus their covariates.
    by_upper, by_lower = np.zeros((n, len(values))), np.zeros((n, len(values)))
    every = np.arange(n)
    top, bottom = places < cuts, places > 0
    by_upper[every[top], places[top]] = 1.0
    by_lower[every[bottom], places[bottom] - 1] = 1.0
    by_upper[:, cuts:] = by_lower[:, cuts:] = -covariates
    own = (upper_slope[:, None] * by_upper - lower_slope[:, None] * by_lower) / probability[:, None]
    curve = (by_upper * (upper_bend / probability)[:, None]).T @ by_upper
    curve -= (by_lower * (lower_bend / probability)[:, None]).T @ by_lower
    return float(np.log(probability).sum()), own.sum(axis=0), own.T @ own - curve


def _logistic(at: Floats) -> Floats:
    """Give 1 / (1 + e^-x), 0 and 1 at the infinite ends, without overflow."""
    from scipy.special import expit

    curve: Floats = expit(at)
    return curve
