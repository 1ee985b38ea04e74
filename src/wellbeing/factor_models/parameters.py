"""Free parameters of a factor model over several groups: where each stands, and which are one and the same.

Factors have variance 1 and mean 0 in the first group. Equal loadings free the variances in the others, equal
intercepts their means too: the rules by which lavaan reads ``group.equal`` under ``std.lv=TRUE``.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wellbeing.factor_models.structure import Structure

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Level = Literal["configural", "metric", "scalar"]
#: From the loosest to the strictest.
LEVELS: tuple[Level, ...] = ("configural", "metric", "scalar")


@dataclass(frozen=True, eq=False)
class GroupLayout:
    """One group's parameters: pairs of places in a matrix, and the number of the parameter that stands there."""

    loading_at: Places
    loading: Places
    residual: Places
    factor_at: Places
    factor: Places
    intercept: Places
    mean_at: Places
    mean: Places


@dataclass(frozen=True, eq=False)
class Layout:
    """All groups' parameters.

    Attributes
    ----------
    count : int
        Number of different free parameters.
    items, factors : int
    groups : tuple of GroupLayout
    with_means : bool
        Whether means are modelled; False where there is one group, whose intercepts would equal its means.
    """

    count: int
    items: int
    factors: int
    groups: tuple[GroupLayout, ...]
    with_means: bool


def layout(structure: Structure, groups: int, level: Level = "configural") -> Layout:
    """Number the free parameters of `groups` groups that are held equal as `level` asks."""
    items, factors = len(structure.items), len(structure.factors)
    number = iter(range(10**9))

    def fresh(count: int) -> Places:
        return np.array([next(number) for _ in range(count)], dtype=np.intp)

    loading_at = np.array(structure.loadings, dtype=np.intp).reshape(-1, 2)
    crossings = [(a, b) for a in range(factors) for b in range(a)] if structure.correlated else []
    means = groups > 1
    made: list[GroupLayout] = []
    for _ in range(groups):
        first = made[0] if made else None
        same_loadings = first is not None and level != "configural"
        same_intercepts = first is not None and level == "scalar"
        free = [*crossings, *(((a, a) for a in range(factors)) if same_loadings else ())]
        mean_at = np.arange(factors if same_intercepts else 0, dtype=np.intp)
        made.append(
            GroupLayout(
                loading_at=loading_at,
                loading=first.loading if first and same_loadings else fresh(len(loading_at)),
                residual=fresh(items),
                factor_at=np.array(free, dtype=np.intp).reshape(-1, 2),
                factor=fresh(len(free)),
                intercept=first.intercept if first and same_intercepts else fresh(items if means else 0),
                mean_at=mean_at,
                mean=fresh(len(mean_at)),
            )
        )
    return Layout(next(number), items, factors, tuple(made), means)


@dataclass(frozen=True, eq=False)
class Matrices:
    """One group's model: loadings, factor covariances, residual variances, intercepts and factor means."""

    loadings: Floats
    factors: Floats
    residuals: Floats
    intercepts: Floats
    means: Floats

    @property
    def covariance(self) -> Floats:
        """Covariances of the items that the model implies."""
        implied: Floats = self.loadings @ self.factors @ self.loadings.T + np.diag(self.residuals)
        return implied

    @property
    def item_means(self) -> Floats:
        """Means of the items that the model implies."""
        implied: Floats = self.intercepts + self.loadings @ self.means
        return implied


def matrices(values: Floats, whole: Layout, group: int) -> Matrices:
    """Put parameter values where they stand in one group."""
    own = whole.groups[group]
    loadings = np.zeros((whole.items, whole.factors))
    loadings[own.loading_at[:, 0], own.loading_at[:, 1]] = values[own.loading]
    factors = np.eye(whole.factors)
    factors[own.factor_at[:, 0], own.factor_at[:, 1]] = values[own.factor]
    factors[own.factor_at[:, 1], own.factor_at[:, 0]] = values[own.factor]
    means = np.zeros(whole.factors)
    means[own.mean_at] = values[own.mean]
    intercepts = values[own.intercept] if whole.with_means else np.zeros(whole.items)
    return Matrices(loadings, factors, values[own.residual], intercepts, means)


def slopes(model: Matrices, own: GroupLayout, with_means: bool) -> tuple[Places, Floats, Floats]:
    """Differentiate one group's implied covariances and means by its parameters.

    Returns
    -------
    numbers : array of int, shape (k,)
        Which parameter each row belongs to.
    covariance_slopes : array, shape (k, n_items, n_items)
    mean_slopes : array, shape (k, n_items)
    """
    items = len(model.residuals)
    weighted = model.factors @ model.loadings.T
    numbers = np.concatenate([own.loading, own.residual, own.factor, own.intercept, own.mean])
    by_covariance = np.zeros((len(numbers), items, items))
    by_mean = np.zeros((len(numbers), items))
    row = 0
    for item, factor in own.loading_at:
        by_covariance[row, item, :] += weighted[factor]
        by_covariance[row, :, item] += weighted[factor]
        by_mean[row, item] = model.means[factor]
        row += 1
    every = np.arange(items)
    by_covariance[row + every, every, every] = 1.0
    row += items
    for one, other in own.factor_at:
        product = np.outer(model.loadings[:, one], model.loadings[:, other])
        by_covariance[row] = product if one == other else product + product.T
        row += 1
    if with_means:
        by_mean[row + every, every] = 1.0
        row += items
    for factor in own.mean_at:
        by_mean[row] = model.loadings[:, factor]
        row += 1
    return numbers, by_covariance, by_mean
