"""Means and shares of a finite staff of whom some answered: with their standard errors, by strata where there are any.

For the confidential zone and for researchers; reports print classes. Where everybody of a stratum answered, nothing of
it is uncertain any more.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy.typing as npt

Method = Literal["logit", "beta", "mean"]


@dataclass(frozen=True)
class Estimate:
    """A mean or share with its standard error; `n` answers and `df` degrees of freedom stand behind it."""

    value: float
    se: float
    n: int
    df: int


def finite_mean(
    values: Any, population: int | dict[str, int], strata: Sequence[str] | None = None, *, corrected: bool = True
) -> Estimate:
    """Estimate the mean of a finite staff; of zeros and ones, the share.

    Parameters
    ----------
    values : array_like of float, shape (n_people,)
        Without NaN.
    population : int or dict of str to int
        How many there are, or how many in each stratum.
    strata : sequence of str, optional
        The stratum of each value.
    corrected : bool
        Whether to take into account that the staff is finite; without it the result is about more than this staff.

    Raises
    ------
    ValueError
        If a stratum has fewer than two answers, or fewer people than answers.

    References
    ----------
    Cochran 1977, Sampling Techniques, sections 2 and 5; R survey ``svymean``.
    """
    import numpy as np

    data = np.asarray(values, dtype=np.float64)
    if strata is None:
        if not isinstance(population, int):
            raise ValueError("sizes of strata need the stratum of each value")
        names, sizes = np.zeros(len(data), dtype=np.str_), {"": population}
    else:
        if isinstance(population, int):
            raise ValueError("strata need the size of each")
        names, sizes = np.asarray(strata, dtype=np.str_), population
    whole = sum(sizes.values())
    mean = variance = 0.0
    for stratum, size in sizes.items():
        own: npt.NDArray[np.float64] = data[names == stratum]
        if len(own) < 2 or len(own) > size:
            raise ValueError("each stratum needs two answers, and no more of them than people")
        share = size / whole
        mean += share * float(own.mean())
        left = 1 - len(own) / size if corrected else 1.0
        variance += share**2 * left * float(own.var(ddof=1)) / len(own)
    return Estimate(mean, math.sqrt(variance), len(data), len(data) - len(sizes))


def share_interval(share: Estimate, method: Method = "logit", level: float = 0.95) -> tuple[float, float]:
    """Give the interval of a share that was estimated with a standard error.

    Parameters
    ----------
    share : Estimate
        Of zeros and ones.
    method : str
        ``logit`` (on the logit scale), ``beta`` (Korn and Graubard's, with the effective number of answers), or
        ``mean`` (symmetric, which may leave 0 to 1).
    level : float

    Raises
    ------
    ValueError
        If nobody or everybody is a case, or nothing is uncertain: these methods have no width then, other than
        `proportions.wilson_finite`.

    References
    ----------
    R survey ``svyciprop``; Korn & Graubard 1998, Surv Methodol 24:193.
    """
    from scipy.special import betaincinv, stdtrit

    if not 0 < share.value < 1 or not share.se > 0:
        raise ValueError("no case, no other, or nothing uncertain: use wilson_finite")
    tail = (1 - level) / 2
    t = float(stdtrit(share.df, 1 - tail))
    if method == "mean":
        return share.value - t * share.se, share.value + t * share.se
    if method == "logit":
        middle = math.log(share.value / (1 - share.value))
        half = t * share.se / (share.value * (1 - share.value))
        low, high = (1 / (1 + math.exp(-(middle + side))) for side in (-half, half))
        return low, high
    plain = float(stdtrit(share.n - 1, 1 - tail))
    effective = share.value * (1 - share.value) / share.se**2 * (plain / t) ** 2
    cases = effective * share.value
    return (
        float(betaincinv(cases, effective - cases + 1, tail)),
        float(betaincinv(cases + 1, effective - cases, 1 - tail)),
    )
