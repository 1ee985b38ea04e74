"""What all schools together say about each school's true level: sums over a grid, nothing drawn at random.

A true level is a share (a beta distribution between schools) or a mean in units of the county's standard deviation (a
normal one). It is cut into cells, and whatever is known of a school, a count, a class of counts or a mean, becomes a
likelihood for each cell: so counts and released classes go through one and the same model. One school in ten may be
altogether different (the wide component): without it a school far from the others is pulled in by them.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Probability that a school is altogether different from the others.
WIDE = 0.10
#: Between-school correlation of the share model, and the scale of its prior: small differences are the rule.
RHO = (0.001, 0.003, 0.006, 0.01, 0.015, 0.02, 0.03, 0.045, 0.06, 0.08, 0.11, 0.15)
RHO_SCALE = 0.03
#: Precision of the wide component of shares: Beta(4 mu, 4 (1 - mu)).
WIDE_PRECISION = 4.0
#: Between-school sd of the mean model in units of the county's sd, the scale of its prior, and the wide component's sd.
TAU = (0.02, 0.04, 0.06, 0.08, 0.10, 0.13, 0.16, 0.20, 0.24, 0.28, 0.34, 0.40)
TAU_SCALE = 0.12
TAU_WIDE = 0.6

#: Fewest points of the grid for the county's level, and the spacings that it may have.
_FEWEST = 13
_SPACINGS = tuple(digit * 10.0**power for power in range(-5, 0) for digit in (1, 1.5, 2, 3, 4, 5, 7))
#: Weight, against the heaviest point's, below which a point of the grid is left out.
_NOTHING = 1e-6


@dataclass(frozen=True, eq=False)
class Levels:
    """The cells of true levels, all equally wide; `edges` has one more entry than there are cells."""

    name: str
    edges: Array

    @property
    def middles(self) -> Array:
        return (self.edges[1:] + self.edges[:-1]) / 2

    def above(self, cut: float) -> Array:
        """Give how much of each cell lies above `cut`, 0 to 1."""
        width = self.edges[1] - self.edges[0]
        part: Array = np.clip((self.edges[1:] - cut) / width, 0.0, 1.0)
        return part


#: Shares in cells of a quarter of a point, and means in cells of 0.01 sd up to two sds to either side.
SHARES = Levels("shares", np.linspace(0, 1, 401))
MEANS = Levels("means", np.linspace(-2, 2, 401))


@dataclass(frozen=True, eq=False)
class Fit:
    """What all schools together say of the county and of how schools differ.

    Attributes
    ----------
    levels : Levels
    reference : float
        Posterior mean of the county's level.
    ordinary, wide : ndarray, shape (n_points, n_cells)
        Prior probability of each cell for a school of either component, at each point of the grid that matters.
    weight : ndarray, shape (n_points,)
        Posterior probability of each point.
    """

    levels: Levels
    reference: float
    ordinary: Array
    wide: Array
    weight: Array

    def posterior(self, likelihood: Array) -> Array:
        """Give the posterior probability of each cell; shape (n_schools, n_cells).

        `likelihood` need not be what was fitted: a school can be looked at as if it had answered otherwise.
        """
        marginal = _marginal(likelihood @ self.ordinary.T, likelihood @ self.wide.T)
        share = self.weight / marginal
        return likelihood * _marginal(share @ self.ordinary, share @ self.wide)

    def beyond(self, likelihood: Array, cut: float) -> Array:
        """Give the probability that a school's true level lies above `cut`; shape (n_schools,)."""
        return self.posterior(likelihood) @ self.levels.above(cut)

    def outlier(self, likelihood: Array) -> Array:
        """Give the probability that a school belongs to the wide component; shape (n_schools,)."""
        wide = likelihood @ self.wide.T
        return (WIDE * wide / _marginal(likelihood @ self.ordinary.T, wide)) @ self.weight


def fit(levels: Levels, likelihood: Array, times: Array, centre: float, reach: float) -> Fit:
    """Fit the model to all schools of a comparison.

    Parameters
    ----------
    levels : Levels
        `SHARES` or `MEANS`.
    likelihood : ndarray, shape (n_rows, n_cells)
        Of what is known of a school, each row up to a factor.
    times : ndarray, shape (n_rows,)
        How many schools a row stands for.
    centre, reach : float
        The county's level is looked for within `reach` of `centre`; there, every level is equally likely beforehand.

    References
    ----------
    The kit's notes on statistics, section 4.2, step 1.
    """
    lowest, highest = (1e-6, 1 - 1e-6) if levels is SHARES else (-1.5, 1.5)
    low, high = max(centre - reach, lowest), min(centre + reach, highest)
    while True:
        points = _lattice(low, high)
        ordinary, wide, before = _tables(levels.name, points)
        spreads = len(before) // len(points)
        marginal = _marginal(likelihood @ ordinary.T, np.repeat(likelihood @ wide.T, spreads, axis=1))
        log_weight = before + times @ np.log(marginal)
        weight = np.exp(log_weight - log_weight.max())
        weight /= weight.sum()
        at = weight.reshape(len(points), spreads).sum(axis=1)
        heavy = np.flatnonzero(at > _NOTHING * at.max())
        first, last = max(int(heavy[0]) - 1, 0), min(int(heavy[-1]) + 1, len(points) - 1)
        # In a large county all the weight may lie on two or three points: then look again, closer.
        if last - first + 1 > len(points) / 2 or points[last] - points[first] < 20 * _SPACINGS[0]:
            kept = np.flatnonzero(weight > _NOTHING * weight.max())
            reference = float(weight @ np.repeat(points, spreads))
            return Fit(levels, reference, ordinary[kept], wide[kept // spreads], weight[kept] / weight[kept].sum())
        low, high = points[first], points[last]


def _marginal(ordinary: Array, wide: Array) -> Array:
    return (1 - WIDE) * ordinary + WIDE * wide


def _lattice(low: float, high: float) -> tuple[float, ...]:
    """Give at least `_FEWEST` multiples of a round spacing between `low` and `high`: few grids, so few tables."""
    spacing = max(s for s in _SPACINGS if s <= max((high - low) / (_FEWEST + 1), _SPACINGS[0]))
    first, last = int(np.ceil(low / spacing - 1e-9)), int(np.floor(high / spacing + 1e-9))
    return tuple(k * spacing for k in range(first, last + 1))


@lru_cache(maxsize=32)
def _tables(name: str, points: tuple[float, ...]) -> tuple[Array, Array, Array]:
    """Give the cells' prior probabilities at each point and spread, those of the wide component, and log priors."""
    rows = [_masses(name, point) for point in points]
    spread, scale = (RHO, RHO_SCALE) if name == SHARES.name else (TAU, TAU_SCALE)
    grid = np.array(spread)
    # Each point of the grid stands for the stretch half way to its neighbours.
    halfway = np.concatenate([grid[:1], (grid[1:] + grid[:-1]) / 2, grid[-1:]])
    before = np.tile(np.log(np.diff(halfway)) - grid / scale, len(points))
    return np.concatenate([row[:-1] for row in rows]), np.stack([row[-1] for row in rows]), before


@lru_cache(maxsize=512)
def _masses(name: str, point: float) -> Array:
    """Give the probability of each cell for every spread between schools, and for the wide component last."""
    from scipy.special import betainc, ndtr

    if name == SHARES.name:
        precision = np.append(1 / np.array(RHO) - 1, WIDE_PRECISION)[:, None]
        below = betainc(point * precision, (1 - point) * precision, SHARES.edges)
    else:
        below = ndtr((MEANS.edges - point) / np.append(np.array(TAU), TAU_WIDE)[:, None])
    return np.diff(below, axis=1)


def count_likelihood(cases: Array, n: Array) -> Array:
    """Give the likelihood of counts, halves allowed, for each cell of `SHARES`; 1 where it is greatest."""
    share = SHARES.middles
    return _scaled(np.multiply.outer(cases, np.log(share)) + np.multiply.outer(n - cases, np.log1p(-share)))


def mean_likelihood(means: Array, n: Array) -> Array:
    """Give the likelihood of means in units of the county's sd for each cell of `MEANS`; 1 where it is greatest.

    The error variance is 1/n. A mean outside the cells counts as one at their end.
    """
    within = np.clip(means, MEANS.middles[0], MEANS.middles[-1])
    return _scaled(-0.5 * n[:, None] * (MEANS.middles - within[:, None]) ** 2)


def _scaled(log: Array) -> Array:
    # Nowhere quite zero: a school that fits no point of the grid must not make the whole county impossible.
    likelihood: Array = np.exp(np.maximum(log - log.max(axis=1, keepdims=True), -600.0))
    return likelihood
