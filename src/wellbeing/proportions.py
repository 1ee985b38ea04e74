"""Shares and their intervals: what a count among so many people says, and what it does not.

Two questions, two intervals. *What share of this year's staff?* is about a finite list: `wilson_finite`, no error left
when everybody answered. *What is this school like as a place to work?* is about more than this year's staff: `wilson`,
also at full response; comparisons, trends and flags ask this one. Clopper-Pearson is wider than it says and Wald's
interval is of no width at 0 and 1, so neither is used for either question.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

#: Two-sided 95 per cent.
LEVEL = 0.95


def wilson(cases: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """Give the score interval of a share, without a correction for a finite staff.

    Parameters
    ----------
    cases, n : float
        Cases among `n` people; `n` may be an effective number.
    level : float
        Coverage, 0.95 for 95 per cent.

    Returns
    -------
    tuple of float
        Lower and upper end, 0 to 1; (0, 1) where nobody answered.

    Raises
    ------
    ValueError
        If there are fewer cases than none, or more than people.

    References
    ----------
    Wilson 1927, J Am Stat Assoc 22:209; R ``prop.test(correct = FALSE)``.
    """
    _check(cases, n)
    if n == 0:
        return 0.0, 1.0
    z, p = _z(level), cases / n
    middle = p + z**2 / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    # At 0 and at n one end is exact; the formula leaves a rounding error there.
    low = 0.0 if cases == 0 else (middle - half) / (1 + z**2 / n)
    high = 1.0 if cases == n else (middle + half) / (1 + z**2 / n)
    return low, high


def wilson_finite(cases: float, n: float, population: float, level: float = LEVEL) -> tuple[float, float]:
    """Give the interval for the share of a finite staff of whom `n` answered.

    Wilson's, with the effective number ``n (N - 1) / (N - n)``; at full response a point.

    Raises
    ------
    ValueError
        If more answered than there are.

    References
    ----------
    The kit's notes on statistics, section 5.1.
    """
    _check(cases, n)
    if n > population:
        raise ValueError("more people answered than there are")
    if n == 0:
        return 0.0, 1.0
    if n == population:
        return cases / n, cases / n
    effective = n * (population - 1) / (population - n)
    return wilson(cases / n * effective, effective, level)


def clopper_pearson(cases: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """Give the exact interval, for comparison with others' figures; it covers more often than `level`.

    References
    ----------
    Clopper & Pearson 1934, Biometrika 26:404.
    """
    from scipy.special import betaincinv

    _check(cases, n)
    tail = (1 - level) / 2
    low = 0.0 if cases == 0 else float(betaincinv(cases, n - cases + 1, tail))
    high = 1.0 if cases == n else float(betaincinv(cases + 1, n - cases, 1 - tail))
    return low, high


def jeffreys(cases: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """Give the equal-tailed interval of the Beta(1/2, 1/2) prior.

    References
    ----------
    Brown, Cai & DasGupta 2001, Stat Sci 16:101.
    """
    from scipy.special import betaincinv

    _check(cases, n)
    tail = (1 - level) / 2
    low, high = (float(betaincinv(cases + 0.5, n - cases + 0.5, at)) for at in (tail, 1 - tail))
    return low, high


def upper_tail(cases: Any, n: Any, share: float) -> "npt.NDArray[np.float64]":
    """Give the exact binomial probability of `cases` or more among `n`, for each school.

    Parameters
    ----------
    cases, n : array_like of int
    share : float
        The county's share of cases.
    """
    import numpy as np
    from scipy.special import betainc

    y, size = np.broadcast_arrays(np.asarray(cases, dtype=np.float64), np.asarray(n, dtype=np.float64))
    # P(Y >= y) is a beta probability; none of so many is certain.
    some = y > 0
    tail = np.ones(y.shape)
    tail[some] = betainc(y[some], size[some] - y[some] + 1, share)
    return tail


def funnel_limits(n: int, share: float, tail: float) -> tuple[int, int]:
    """Give the exact limits of a funnel plot at `n` people, as counts.

    Returns
    -------
    fewest, most : int
        The largest count with ``P(Y <= fewest) < tail``, -1 if even nobody is not so unlikely, and the smallest with
        ``P(Y >= most) < tail``, n + 1 if even everybody is not: counts from there outwards lie outside the funnel.
    """
    import numpy as np

    counts = np.arange(n + 2)
    at_least = np.append(upper_tail(counts[:-1], n, share), 0.0)
    most = int(counts[at_least < tail][0])
    at_most = 1 - at_least[1:]
    beneath = counts[:-1][at_most < tail]
    return (int(beneath[-1]) if len(beneath) else -1), most


@dataclass(frozen=True)
class BetaBinomial:
    """How shares differ between schools: their mean, and the correlation of two people of one school."""

    mean: float
    rho: float

    @property
    def shapes(self) -> tuple[float, float]:
        """The two shapes of the beta distribution of the schools' true shares."""
        precision = (1 - self.rho) / self.rho
        return self.mean * precision, (1 - self.mean) * precision


def beta_binomial(cases: Any, n: Any) -> BetaBinomial:
    """Fit shares of several schools by maximum likelihood.

    Parameters
    ----------
    cases, n : array_like of int, shape (n_schools,)

    Raises
    ------
    ValueError
        If there are fewer than two schools, or nobody or everybody is a case: then nothing differs.
    """
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import betaln, expit, logit

    y, size = np.asarray(cases, dtype=np.float64), np.asarray(n, dtype=np.float64)
    if len(y) < 2 or not 0 < y.sum() < size.sum():
        raise ValueError("a beta-binomial needs two schools, and cases as well as others")

    def loss(at: "npt.NDArray[np.float64]") -> float:
        a, b = BetaBinomial(*(float(x) for x in expit(at))).shapes
        return -float(np.sum(betaln(a + y, b + size - y) - betaln(a, b)))

    start = np.array([logit(y.sum() / size.sum()), logit(0.02)])
    # Far out the shapes overflow; there the schools are alike already.
    bounds = [(-12.0, 12.0), (-12.0, 6.0)]
    best = minimize(loss, start, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-14, "gtol": 1e-9})
    mean, rho = (float(x) for x in expit(best.x))
    return BetaBinomial(mean, rho)


@dataclass(frozen=True, eq=False)
class Shrunken:
    """Each school's share drawn in towards the county's: posterior mean, sd, and chance of lying above `cut`."""

    mean: "npt.NDArray[np.float64]"
    sd: "npt.NDArray[np.float64]"
    above: "npt.NDArray[np.float64]"
    cut: float


def shrunken_shares(cases: Any, n: Any, cut: float | None = None) -> Shrunken:
    """Shrink the schools' shares by the fitted beta-binomial (plug-in empirical Bayes).

    The plug-in takes the fitted spread for known, so its probabilities are a little too sure; the flags sum over it.

    Parameters
    ----------
    cases, n : array_like of int, shape (n_schools,)
    cut : float, optional
        By default 5 points, or a quarter, above the fitted mean.
    """
    import numpy as np
    from scipy.special import betaincc

    y, size = np.asarray(cases, dtype=np.float64), np.asarray(n, dtype=np.float64)
    fitted = beta_binomial(y, size)
    first, second = fitted.shapes
    a, b = first + y, second + size - y
    if cut is None:
        cut = fitted.mean + max(0.05, 0.25 * fitted.mean)
    total = a + b
    return Shrunken(a / total, np.sqrt(a * b / (total**2 * (total + 1))), betaincc(a, b, min(cut, 1.0)), cut)


def benjamini_hochberg(p: Any) -> "npt.NDArray[np.float64]":
    """Give the q value of each p: the rate of false findings up to it, among one family of tests.

    References
    ----------
    Benjamini & Hochberg 1995, J R Stat Soc B 57:289; R ``p.adjust(method = "BH")``.
    """
    import numpy as np

    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(-values)
    ranks = np.arange(len(values), 0, -1)
    q = np.empty_like(values)
    q[order] = np.minimum(np.minimum.accumulate(values[order] * len(values) / ranks), 1.0)
    return q


def _check(cases: float, n: float) -> None:
    if not 0 <= cases <= n:
        raise ValueError("fewer cases than none, or more cases than people")


def _z(level: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf((1 + level) / 2)
