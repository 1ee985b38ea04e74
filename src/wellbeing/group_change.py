"""Change of a group between two waves, the same people twice: in cases, in points, and how far they keep their places.

For the confidential and the working zone; what may be printed of a change is a release's matter.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class CaseChange:
    """Who crossed the cutoff: `recovered` from case to none, `new`, and the tests whether the two differ.

    `chi2` is without continuity correction, NaN where nobody crossed; `p` is exact, two-sided.
    """

    recovered: int
    new: int
    chi2: float
    p: float


def case_change(before: Any, now: Any, cutoff: float) -> CaseChange:
    """Count who crossed the cutoff, and test by McNemar whether as many became cases as ceased to be.

    Parameters
    ----------
    before, now : array_like of float, shape (n_people,)
        Scores of the same people on a scale on which higher is worse; pairs with NaN are left out.
    cutoff : float
        From which somebody is a case.

    References
    ----------
    McNemar 1947, Psychometrika 12:153; R ``binom.test`` for the exact p.
    """
    from scipy.special import bdtr

    first, second = _pairs(before, now)
    recovered = int(((first >= cutoff) & (second < cutoff)).sum())
    new = int(((first < cutoff) & (second >= cutoff)).sum())
    crossed = recovered + new
    if not crossed:
        return CaseChange(0, 0, math.nan, 1.0)
    p = min(1.0, 2 * float(bdtr(min(recovered, new), crossed, 0.5)))
    return CaseChange(recovered, new, (recovered - new) ** 2 / crossed, p)


@dataclass(frozen=True)
class PairedChange:
    """A mean change in points with its 95 % interval, paired t and p, and the standardised sizes.

    `d_z` is in sds of the differences, for planning studies only; `d_av` in the mean of both waves' sds.
    """

    n: int
    change: float
    low: float
    high: float
    t: float
    p: float
    d_z: float
    d_av: float


def paired_change(before: Any, now: Any) -> PairedChange:
    """Give the mean change of the same people between two waves.

    Parameters
    ----------
    before, now : array_like of float, shape (n_people,)
        Pairs with NaN are left out.

    Raises
    ------
    ValueError
        If fewer than two pairs are left, or everybody changed alike: then there is no sd to measure by.
    """
    from scipy.special import stdtr, stdtrit

    first, second = _pairs(before, now)
    difference = second - first
    n = len(difference)
    if n < 2 or not difference.std() > 0:
        raise ValueError("a paired change needs two people who changed differently")
    mean, sd = float(difference.mean()), float(difference.std(ddof=1))
    error = sd / math.sqrt(n)
    t = mean / error
    half = float(stdtrit(n - 1, 0.975)) * error
    average = (float(first.std(ddof=1)) + float(second.std(ddof=1))) / 2
    p = 2 * float(stdtr(n - 1, -abs(t)))
    return PairedChange(n, mean, mean - half, mean + half, t, p, mean / sd, mean / average)


@dataclass(frozen=True)
class Agreement:
    """An intraclass correlation with its 95 % interval."""

    icc: float
    low: float
    high: float


def retest_agreement(before: Any, now: Any) -> dict[str, Agreement]:
    """Give the intraclass correlations of two waves: ``ICC1``, ``ICC2`` (absolute), ``ICC3`` (consistency).

    Parameters
    ----------
    before, now : array_like of float, shape (n_people,)
        Pairs with NaN are left out; at least three.

    Raises
    ------
    ValueError
        If fewer than three pairs are left, or nobody differs from anybody.

    References
    ----------
    Shrout & Fleiss 1979, Psychol Bull 86:420, for single scores; R psych ``ICC``.
    """
    import numpy as np
    from scipy.special import fdtri

    first, second = _pairs(before, now)
    n, k = len(first), 2
    if n < 3:
        raise ValueError("an intraclass correlation needs three pairs")
    table = np.column_stack([first, second])
    grand = table.mean()
    people = k * float(((table.mean(axis=1) - grand) ** 2).sum()) / (n - 1)
    waves = n * float(((table.mean(axis=0) - grand) ** 2).sum()) / (k - 1)
    within = float(((table - table.mean(axis=1, keepdims=True)) ** 2).sum()) / (n * (k - 1))
    total = float(((table - grand) ** 2).sum())
    error = (total - (n - 1) * people - (k - 1) * waves) / ((n - 1) * (k - 1))
    if not people > 0 or not within > 0 or not error > 0:
        raise ValueError("nobody differs from anybody, or nobody changed")

    def by_f(mean_square: float, df: int) -> Agreement:
        f = people / mean_square
        low, high = f / fdtri(n - 1, df, 0.975), f * fdtri(df, n - 1, 0.975)
        icc = (people - mean_square) / (people + (k - 1) * mean_square)
        return Agreement(icc, (low - 1) / (low + k - 1), (high - 1) / (high + k - 1))

    absolute = (people - error) / (people + (k - 1) * error + k * (waves - error) / n)
    ratio = waves / error
    # Satterthwaite's degrees of freedom of the absolute agreement's error.
    top = (k - 1) * (n - 1) * (k * absolute * ratio + n * (1 + (k - 1) * absolute) - k * absolute) ** 2
    bottom = (n - 1) * k**2 * absolute**2 * ratio**2 + (n * (1 + (k - 1) * absolute) - k * absolute) ** 2
    df = top / bottom
    over, under = float(fdtri(n - 1, df, 0.975)), float(fdtri(df, n - 1, 0.975))
    rest = k * waves + (k * n - k - n) * error
    low = n * (people - over * error) / (over * rest + n * people)
    high = n * (under * people - error) / (rest + n * under * people)
    return {"ICC1": by_f(within, n * (k - 1)), "ICC2": Agreement(absolute, low, high), "ICC3": by_f(error, n - 1)}


def _pairs(before: Any, now: Any) -> tuple["npt.NDArray[np.float64]", "npt.NDArray[np.float64]"]:
    import numpy as np

    first, second = np.asarray(before, dtype=np.float64), np.asarray(now, dtype=np.float64)
    if first.shape != second.shape or first.ndim != 1:
        raise ValueError("both waves need the same people, in the same order")
    known = ~(np.isnan(first) | np.isnan(second))
    return first[known], second[known]
