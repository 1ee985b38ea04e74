"""What all schools together say of each: the county's typical level, each school drawn in towards it, how alike.

The model is that of the flags (the kit's notes on statistics, section 4.2, step 1), so that small schools do not own
every gap, and what a report calls typical is one and the same figure everywhere.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellbeing.opinion_statistics.differences import Share

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from wellbeing.flags.posterior import Fit

    Floats = npt.NDArray[np.float64]

_TAIL = 0.025


@dataclass(frozen=True, eq=False)
class Pooled:
    """The county's typical share, and each school's drawn in towards it.

    Attributes
    ----------
    typical : Share
        What is usual in a school of this county; with its interval.
    mean, low, high : ndarray, shape (n_schools,)
        Posterior mean and the ends of the central 95 per cent; of a school without answers, of a school that nothing
        is known of.
    """

    typical: Share
    mean: "Floats"
    low: "Floats"
    high: "Floats"

    def gap(self, worse: int = -1) -> "Floats":
        """Give how far each school lies on the worse side of what is typical; shape (n_schools, 3): value and ends.

        `worse` is -1 for favourable shares (typical less school), 1 for shares of needs and burdens.
        """
        import numpy as np

        ends = (self.low, self.high) if worse > 0 else (self.high, self.low)
        found: Floats = worse * (np.stack([self.mean, *ends], axis=1) - self.typical.value)
        return found


def pooled_shares(cases: Any, n: Any) -> Pooled:
    """Fit the model to counts.

    Parameters
    ----------
    cases, n : array_like of int, shape (n_schools,)
        Cases among those inside the denominator; 0 of 0 where a school has none.

    Raises
    ------
    ValueError
        If nobody answered anywhere, or there are more cases than people.
    """
    import numpy as np

    from wellbeing.flags.criteria import fit_shares
    from wellbeing.flags.posterior import count_likelihood

    y, size = np.asarray(cases, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if y.shape != size.shape or (y < 0).any() or (y > size).any():
        raise ValueError("as many cases as schools, and never more than people")
    if not size.sum():
        raise ValueError("nobody answered in any school")
    fitted = fit_shares(y, size)
    return _read(fitted, count_likelihood(y, size), typical_share(y, size, fitted.reference))


def typical_share(cases: "Floats", n: "Floats", level: float) -> Share:
    """Give a level with the interval that the schools' own scatter leaves it.

    The standard error is that of a ratio over schools, times G / (G - 1): answers of one school are not apart from each
    other. With a single school nothing is known of scatter, and the interval is Wilson's.

    References
    ----------
    Cochran 1977, Sampling Techniques, section 2.11 (ratio estimates), schools as sampling units.
    """
    import numpy as np

    some = n > 0
    schools, total = int(some.sum()), float(n.sum())
    if schools < 2:
        alone = Share.of(float(cases.sum()), total)
        return Share(level, min(alone.low, level), max(alone.high, level))
    share = float(cases.sum()) / total
    rest = cases - share * n
    se = float(np.sqrt(schools / (schools - 1) * (rest**2).sum())) / total
    # Where all schools say the same their scatter is nothing, and the county is still no larger than it is.
    half = 1.959964 * max(se, float(np.sqrt(share * (1 - share) / total)))
    return Share(level, max(level - half, 0.0), min(level + half, 1.0))


def _read(fitted: "Fit", likelihood: "Floats", typical: Share) -> Pooled:
    import numpy as np

    cells = fitted.posterior(likelihood)
    cells = cells / cells.sum(axis=1, keepdims=True)
    return Pooled(typical, np.asarray(cells @ fitted.levels.middles), *interval_of(cells, fitted.levels.edges))


def interval_of(cells: "Floats", edges: "Floats") -> "tuple[Floats, Floats]":
    """Give the ends of the middle 95 per cent of posteriors on a grid.

    Parameters
    ----------
    cells : array of shape (n_units, n_cells)
        Each row adds up to 1.
    edges : array of shape (n_cells + 1,)
    """
    import numpy as np

    below = np.hstack([np.zeros((len(cells), 1)), np.cumsum(cells, axis=1)])
    low, high = (np.array([float(np.interp(at, row, edges)) for row in below]) for at in (_TAIL, 1 - _TAIL))
    return low, high


@dataclass(frozen=True)
class Alike:
    """How alike people of one group answer.

    Attributes
    ----------
    icc1 : float
        Share of the variance that lies between groups; how alike two people of one group are.
    icc2 : float
        Reliability of the groups' means: near 0 they cannot be told apart, whatever their order.
    mean, sd : float
        Of all people.
    groups, people : int
    """

    icc1: float
    icc2: float
    mean: float
    sd: float
    groups: int
    people: int


def alike(values: Any, groups: Any) -> Alike:
    """Measure how alike people of one group answer, by a one-way analysis of variance.

    Parameters
    ----------
    values : array_like of float, shape (n_people,)
        NaN where missing; those are left out.
    groups : array_like, shape (n_people,)
        Labels.

    Raises
    ------
    ValueError
        If there are fewer than two groups, nobody shares one with anybody, or nobody differs.

    References
    ----------
    Bliese 2000, in Klein & Kozlowski, Multilevel Theory; R multilevel ``ICC1``, ``ICC2`` (plain mean of group sizes).
    """
    import numpy as np

    points = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(points)
    points = points[known]
    codes = np.unique(np.asarray(groups)[known], return_inverse=True)[1]
    size = np.bincount(codes).astype(np.float64)
    k, n = len(size), len(points)
    if k < 2 or n <= k or not np.ptp(points) > 0:
        raise ValueError("two groups are needed, one of them of several people, and people who differ")
    means = np.bincount(codes, points) / size
    between = float(size @ (means - points.mean()) ** 2) / (k - 1)
    within = float(((points - means[codes]) ** 2).sum()) / (n - k)
    icc1 = (between - within) / (between + (n / k - 1) * within)
    return Alike(icc1, (between - within) / between, float(points.mean()), float(points.std(ddof=1)), k, n)


def weighted_spread(means: Any, n: Any) -> tuple[float, float]:
    """Give the mean of schools' means and their standard deviation, each school with the weight of its people.

    The deviation is that of these schools themselves (not divided by one less).
    """
    import numpy as np

    points, size = np.asarray(means, dtype=np.float64), np.asarray(n, dtype=np.float64)
    mean = float(points @ size / size.sum())
    return mean, float(np.sqrt(size @ (points - mean) ** 2 / size.sum()))
