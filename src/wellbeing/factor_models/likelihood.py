"""Maximum likelihood for factor models over groups: Fisher scoring with analytic slopes, damped where it must be.

References
----------
Joereskog 1971, Psychometrika 36:409 (several groups). Lee and Jennrich 1979, Psychometrika 44:99 (scoring).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wellbeing.factor_models.parameters import Floats, Layout, matrices, slopes

#: Largest slope of the discrepancy, in units of its own standard error for one respondent, at which the search ends;
#: and the one that still counts as none where rounding lets it go no further: the chi-square is then right to 1e-4 or
#: better for a million respondents.
_FLAT, _NEARLY_FLAT = 1e-7, 1e-6
_ROUNDS = 200
#: A residual variance of minus so many times the item's own is on its way to minus infinity.
_RUNAWAY = 10.0
#: Damping at which no step helps any more.
_STUCK = 1e12
#: Smallest eigenvalue of the information in correlation form: below it some parameters cannot be told apart.
_LEAST_INFORMATION = 1e-8


@dataclass(frozen=True, eq=False)
class Moments:
    """What one group's complete answers say: their number, means, and covariances divided by that number."""

    n: int
    means: Floats
    covariance: Floats

    @classmethod
    def of(cls, answers: Floats) -> "Moments":
        """Reckon them from answers without gaps, shape (n_respondents, n_items)."""
        return cls(len(answers), answers.mean(axis=0), np.cov(answers, rowvar=False, bias=True))


@dataclass(frozen=True, eq=False)
class Solution:
    """Where the search ended: parameter values, the discrepancy there, and whether it may be believed."""

    values: Floats
    discrepancy: float
    converged: bool
    identified: bool


def discrepancy(values: Floats, whole: Layout, groups: Sequence[Moments]) -> float:
    """Give the weighted mean over groups of log|Sigma| + tr(S Sigma^-1) + d'Sigma^-1 d - log|S| - p.

    The chi-square is the number of respondents times it. Infinite where an implied covariance matrix is none.
    """
    total = sum(moments.n for moments in groups)
    summed = 0.0
    for place, moments in enumerate(groups):
        model = matrices(values, whole, place)
        try:
            root = np.linalg.cholesky(model.covariance)
        except np.linalg.LinAlgError:
            return float("inf")
        scatter = moments.covariance
        if whole.with_means:
            off = moments.means - model.item_means
            scatter = scatter + np.outer(off, off)
        trace = np.trace(np.linalg.solve(root.T, np.linalg.solve(root, scatter)))
        log_ratio = 2 * np.log(np.diag(root)).sum() - np.linalg.slogdet(moments.covariance)[1]
        summed += moments.n / total * (log_ratio + float(trace) - whole.items)
    return float(summed)


def _slope_and_information(values: Floats, whole: Layout, groups: Sequence[Moments]) -> tuple[Floats, Floats]:
    total = sum(moments.n for moments in groups)
    slope = np.zeros(whole.count)
    information = np.zeros((whole.count, whole.count))
    for place, moments in enumerate(groups):
        model = matrices(values, whole, place)
        numbers, by_covariance, by_mean = slopes(model, whole.groups[place], whole.with_means)
        weight = np.linalg.inv(model.covariance)
        off = moments.means - model.item_means if whole.with_means else np.zeros(whole.items)
        residual = weight @ (model.covariance - moments.covariance - np.outer(off, off)) @ weight
        share = moments.n / total
        # Half the discrepancy's slope: the information below is half its expected curvature.
        own = 0.5 * np.einsum("kij,ij->k", by_covariance, residual) - by_mean @ (weight @ off)
        turned = weight @ by_covariance
        flat = turned.reshape(len(numbers), -1)
        swapped = turned.transpose(0, 2, 1).reshape(len(numbers), -1)
        np.add.at(slope, numbers, share * own)
        np.add.at(
            information,
            (numbers[:, None], numbers[None, :]),
            share * (0.5 * flat @ swapped.T + by_mean @ weight @ by_mean.T),
        )
    return slope, information


def search(start: Floats, whole: Layout, groups: Sequence[Moments]) -> Solution:
    """Find the values of least discrepancy from one start.

    Residual variances may become negative, as in lavaan: such a solution is improper and must be called so.
    """
    values, height, damping = start, discrepancy(start, whole, groups), 1e-3
    slope, information = _slope_and_information(values, whole, groups)
    for _ in range(_ROUNDS):
        scale = _scale(information)
        if np.abs(slope / scale).max() < _FLAT:
            break
        scaled = information / np.outer(scale, scale)
        while damping < _STUCK:
            step = np.linalg.solve(scaled + damping * np.eye(whole.count), -slope / scale) / scale
            lower = discrepancy(values + step, whole, groups)
            if lower <= height:
                break
            damping *= 8
        else:
            break
        values, height, damping = values + step, lower, max(damping / 8, 1e-12)
        if _ran_away(values, whole, groups):
            return Solution(values, height, converged=False, identified=False)
        slope, information = _slope_and_information(values, whole, groups)
    scale = _scale(information)
    converged = bool(np.abs(slope / scale).max() < _NEARLY_FLAT)
    least = float(np.linalg.eigvalsh(information / np.outer(scale, scale))[0])
    return Solution(values, max(height, 0.0), converged, least > _LEAST_INFORMATION)


def _ran_away(values: Floats, whole: Layout, groups: Sequence[Moments]) -> bool:
    """Say whether a residual variance has gone where no solution will ever be of use."""
    return any(
        bool((values[own.residual] < -_RUNAWAY * np.diag(moments.covariance)).any())
        for own, moments in zip(whole.groups, groups, strict=True)
    )


def _scale(information: Floats) -> Floats:
    """Give the root of each parameter's information; a parameter that nothing depends on gets next to none."""
    scale: Floats = np.sqrt(np.maximum(np.diag(information), 1e-300))
    return scale
