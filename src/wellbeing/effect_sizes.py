"""Sizes of differences with their intervals; points of the scale always stand beside the standardised number.

References
----------
Hedges 1981, J Educ Stat 6:107 (g, with the exact correction); Steiger & Fouladi 1997 (noncentral intervals); Algina &
Keselman 2003, Educ Psychol Meas 63:537 (two waves of the same people); Kerby 2014, Compr Psychol 3:1 (rank-biserial).
R effectsize 0.8.3 gives the same figures.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wellbeing.models.outcome import NotEstimated

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Size:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class TwoGroups:
    """Two groups of different people: the first less the second.

    Attributes
    ----------
    n, means : tuple
        Of the first and the second group.
    difference : Size
        In scale points, by Welch.
    t, df, p : float
        Welch's test.
    d, g : Size
        Cohen's d by the pooled sd, and Hedges' g; intervals by the noncentral t.
    glass : float
        The difference in sds of the second group.
    """

    n: tuple[int, int]
    means: tuple[float, float]
    difference: Size
    t: float
    df: float
    p: float
    d: Size
    g: Size
    glass: float


def two_groups(first: Any, second: Any) -> TwoGroups | NotEstimated:
    """Compare two groups of different people.

    Parameters
    ----------
    first, second : array_like of float
        NaN is left out.
    """
    from scipy.special import gammaln, stdtr, stdtrit

    one, two = _known(first), _known(second)
    n, m = len(one), len(two)
    if min(n, m) < 2:
        return NotEstimated("few_values")
    spread_one, spread_two = float(one.var(ddof=1)), float(two.var(ddof=1))
    if not spread_one + spread_two > 0:
        return NotEstimated("no_spread")
    difference = float(one.mean() - two.mean())
    error = math.sqrt(spread_one / n + spread_two / m)
    df = (spread_one / n + spread_two / m) ** 2 / ((spread_one / n) ** 2 / (n - 1) + (spread_two / m) ** 2 / (m - 1))
    half = float(stdtrit(df, 0.975)) * error
    pooled = math.sqrt(((n - 1) * spread_one + (m - 1) * spread_two) / (n + m - 2))
    d = difference / pooled
    unit = math.sqrt(1 / n + 1 / m)
    low, high = noncentral_t(d / unit, n + m - 2)
    free = n + m - 2
    correction = math.exp(float(gammaln(free / 2) - gammaln((free - 1) / 2))) / math.sqrt(free / 2)
    return TwoGroups(
        (n, m),
        (float(one.mean()), float(two.mean())),
        Size(difference, difference - half, difference + half),
        difference / error,
        df,
        2 * float(stdtr(df, -abs(difference / error))),
        Size(d, low * unit, high * unit),
        Size(d * correction, low * unit * correction, high * unit * correction),
        difference / math.sqrt(spread_two) if spread_two > 0 else math.nan,
    )


@dataclass(frozen=True)
class TwoWaves:
    """Two waves of the same people: the second less the first, in points and in the mean of both waves' sds.

    `d_z`, in sds of the differences, is for planning a study only.
    """

    n: int
    change: Size
    t: float
    p: float
    d_av: Size
    d_z: float


def two_waves(before: Any, now: Any) -> TwoWaves | NotEstimated:
    """Give the mean change of the same people with its standardised size.

    Parameters
    ----------
    before, now : array_like of float, shape (n_people,)
        Pairs with NaN are left out.

    Notes
    -----
    The interval of d_av is the noncentral t's, scaled as d_av is to t.
    """
    import numpy as np

    from wellbeing.group_change import paired_change

    first, second = np.asarray(before, dtype=np.float64), np.asarray(now, dtype=np.float64)
    known = ~(np.isnan(first) | np.isnan(second))
    if int(known.sum()) < 2:
        return NotEstimated("few_values")
    if not np.ptp((second - first)[known]) > 0:
        return NotEstimated("no_spread")
    found = paired_change(first, second)
    low, high = noncentral_t(found.t, found.n - 1)
    average = (float(first[known].std(ddof=1)) + float(second[known].std(ddof=1))) / 2
    unit = float((second - first)[known].std(ddof=1)) / math.sqrt(found.n) / average
    return TwoWaves(
        found.n,
        Size(found.change, found.low, found.high),
        found.t,
        found.p,
        Size(found.d_av, low * unit, high * unit),
        found.d_z,
    )


def rank_biserial(first: Any, second: Any) -> Size | NotEstimated:
    """Give the rank-biserial correlation of two groups of different people: favourable pairs less unfavourable ones.

    The interval is Fisher's, with the standard error sqrt((n + m + 1) / (3 n m)); NaN where all pairs point one way.
    """
    from scipy.stats import rankdata

    one, two = _known(first), _known(second)
    n, m = len(one), len(two)
    if min(n, m) < 2:
        return NotEstimated("few_values")
    ranks = rankdata([*one, *two])
    u = float(ranks[:n].sum()) - n * (n + 1) / 2
    return _by_fisher(2 * u / (n * m) - 1, math.sqrt((n + m + 1) / (3 * n * m)))


def paired_rank_biserial(before: Any, now: Any) -> Size | NotEstimated:
    """Give the matched-pairs rank-biserial correlation: ranks of rises less ranks of falls, over all ranks.

    Pairs without change are left out, as in Wilcoxon's test.
    """
    import numpy as np
    from scipy.stats import rankdata

    change = _known(np.asarray(now, dtype=np.float64) - np.asarray(before, dtype=np.float64))
    change = change[change != 0]
    n = len(change)
    if n < 2:
        return NotEstimated("few_values")
    ranks = rankdata(np.abs(change))
    all_ranks = n * (n + 1) / 2
    value = float((ranks * np.sign(change)).sum()) / all_ranks
    return _by_fisher(value, math.sqrt((2 * n**3 + 3 * n**2 + n) / 6) / all_ranks)


def noncentral_t(t: float, df: float, level: float = 0.95) -> tuple[float, float]:
    """Find the noncentralities under which `t` is the upper and the lower end of what is likely."""
    from scipy.optimize import brentq
    from scipy.stats import nct

    tail = (1 - level) / 2

    def end(chance: float) -> float:
        reach = 5.0
        while True:
            low, high = t - reach * (1 + abs(t) / math.sqrt(2 * df)), t + reach * (1 + abs(t) / math.sqrt(2 * df))
            if _nct(nct, t, df, low) > chance > _nct(nct, t, df, high):
                return float(brentq(lambda at: _nct(nct, t, df, at) - chance, low, high, xtol=1e-10))
            reach *= 2
            if reach > 200:
                raise ArithmeticError("the noncentral t has no such limit")

    return end(1 - tail), end(tail)


def _nct(nct: Any, t: float, df: float, at: float) -> float:
    """The chance of less than t; by symmetry where the library's own series fails for a negative t."""
    import numpy as np

    with np.errstate(all="ignore"):
        value = float(nct.cdf(t, df, at)) if t >= 0 else float(1 - nct.cdf(-t, df, -at))
    return min(max(value, 0.0), 1.0) if value == value else float(t > at)


def _by_fisher(value: float, error: float) -> Size:
    if abs(value) >= 1:
        # Every pair points one way: Fisher's transform has no end there.
        return Size(value, math.nan, math.nan)
    middle, half = math.atanh(value), 1.959963984540054 * error
    return Size(value, math.tanh(middle - half), math.tanh(middle + half))


def _known(values: Any) -> "Floats":
    import numpy as np

    found = np.asarray(values, dtype=np.float64)
    return found[~np.isnan(found)]
