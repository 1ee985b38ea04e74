"""Several groups at once: Welch with omega squared, Kruskal-Wallis with epsilon squared, and the pairs behind them.

References
----------
Welch 1951, Biometrika 38:330; Games & Howell 1976, J Educ Stat 1:113; Dunn 1964, Technometrics 6:241; Steiger 2004,
Psychol Methods 9:164 (the interval of a share of variance); Tomczak & Tomczak 2014 (epsilon squared). R
``oneway.test``, ``kruskal.test``, ``rstatix::dunn_test`` give the same figures.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from wellbeing.effect_sizes import Size
from wellbeing.models.outcome import NotEstimated
from wellbeing.multiplicity import Family, family

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]

#: Draws of the interval of epsilon squared.
_DRAWS = 2000


@dataclass(frozen=True)
class Welch:
    """Welch's test of equal means, with omega squared: the share of variance that the groups account for."""

    f: float
    df1: float
    df2: float
    p: float
    omega_squared: Size


@dataclass(frozen=True)
class Kruskal:
    """Kruskal and Wallis' test, corrected for ties, with epsilon squared and its bootstrap interval."""

    h: float
    df: int
    p: float
    epsilon_squared: Size


def welch(groups: Mapping[str, Any]) -> Welch | NotEstimated:
    """Test whether means are equal where variances need not be.

    Parameters
    ----------
    groups : mapping of str to array_like of float
        Scores of each group; NaN is left out.
    """
    from scipy.special import fdtrc

    values = list(_known(groups).values())
    if (fault := _fault(values)) is not None:
        return fault
    if min(len(own) for own in values) < 2 or any(not own.var(ddof=1) > 0 for own in values):
        return NotEstimated("no_spread")
    k = len(values)
    weights = [len(own) / float(own.var(ddof=1)) for own in values]
    whole = sum(weights)
    centre = sum(weight * float(own.mean()) for weight, own in zip(weights, values, strict=True)) / whole
    between = sum(w * (float(own.mean()) - centre) ** 2 for w, own in zip(weights, values, strict=True)) / (k - 1)
    spread = sum((1 - w / whole) ** 2 / (len(own) - 1) for w, own in zip(weights, values, strict=True))
    f = between / (1 + 2 * (k - 2) / (k**2 - 1) * spread)
    df1, df2, n = k - 1, (k**2 - 1) / (3 * spread), sum(len(own) for own in values)
    omega = max(0.0, df1 * (f - 1) / (df1 * (f - 1) + n))
    low, high = (at / (at + n) for at in noncentral_f(f, df1, df2))
    return Welch(f, df1, df2, float(fdtrc(df1, df2, f)), Size(omega, low, high))


def kruskal(groups: Mapping[str, Any], seed: int = 1) -> Kruskal | NotEstimated:
    """Test whether one group tends to have higher scores than another.

    Parameters
    ----------
    groups : mapping of str to array_like of float
    seed : int
        Of the bootstrap within groups.
    """
    import numpy as np
    from scipy.special import chdtrc

    values = list(_known(groups).values())
    if (fault := _fault(values)) is not None:
        return fault
    sizes = [len(own) for own in values]
    n, df = sum(sizes), len(values) - 1
    h = float(_h(np.concatenate(values)[None, :], sizes)[0])
    scale = (n + 1) / (n**2 - 1)
    rng = np.random.default_rng(seed)
    drawn: list[float] = []
    chunk = max(1, 2_000_000 // n)
    for start in range(0, _DRAWS, chunk):
        count = min(chunk, _DRAWS - start)
        table = np.hstack([own[rng.integers(0, len(own), (count, len(own)))] for own in values])
        drawn += _h(table, sizes).tolist()
    low, high = np.nanpercentile(np.array(drawn) * scale, [2.5, 97.5])
    return Kruskal(h, df, float(chdtrc(df, h)), Size(h * scale, float(low), float(high)))


def games_howell(groups: Mapping[str, Any]) -> "pd.DataFrame | NotEstimated":
    """Compare each pair of means where variances need not be equal; p over all pairs by the studentised range.

    Returns
    -------
    DataFrame, index of pairs ``A-B``
        ``difference`` in points, first less second, ``low`` and ``high`` (95 % over all pairs), ``t``, ``df``, ``p``.
    """
    import pandas as pd
    from scipy.stats import studentized_range

    known = _known(groups)
    if (fault := _fault(list(known.values()))) is not None:
        return fault
    if any(len(own) < 2 or not own.var(ddof=1) > 0 for own in known.values()):
        return NotEstimated("no_spread")
    k, lines = len(known), {}
    for (name, one), (other, two) in combinations(known.items(), 2):
        own, its = float(one.var(ddof=1)) / len(one), float(two.var(ddof=1)) / len(two)
        df = (own + its) ** 2 / (own**2 / (len(one) - 1) + its**2 / (len(two) - 1))
        difference, error = float(one.mean() - two.mean()), math.sqrt((own + its) / 2)
        half = float(studentized_range.ppf(0.95, k, df)) * error
        lines[f"{name}-{other}"] = {
            "difference": difference,
            "low": difference - half,
            "high": difference + half,
            "t": difference / math.sqrt(own + its),
            "df": df,
            "p": float(studentized_range.sf(abs(difference) / error, k, df)),
        }
    return pd.DataFrame.from_dict(lines, orient="index").rename_axis("pair")


def dunn(groups: Mapping[str, Any], name: str) -> Family | NotEstimated:
    """Compare the mean ranks of each pair, corrected by Benjamini and Hochberg over all pairs.

    Parameters
    ----------
    groups : mapping of str to array_like of float
    name : str
        What the family of tests is called in the caption.
    """
    import numpy as np
    from scipy.special import ndtr
    from scipy.stats import rankdata

    known = _known(groups)
    if (fault := _fault(list(known.values()))) is not None:
        return fault
    pooled = np.concatenate(list(known.values()))
    ranks, n = rankdata(pooled), len(pooled)
    ends = np.cumsum([len(own) for own in known.values()])
    means = {label: float(part.mean()) for label, part in zip(known, np.split(ranks, ends[:-1]), strict=True)}
    ties = np.unique(pooled, return_counts=True)[1].astype(np.float64)
    spread = n * (n + 1) / 12 - float((ties**3 - ties).sum()) / (12 * (n - 1))
    p = {}
    for one, two in combinations(known, 2):
        z = (means[one] - means[two]) / math.sqrt(spread * (1 / len(known[one]) + 1 / len(known[two])))
        p[f"{one}-{two}"] = 2 * float(ndtr(-abs(z)))
    return family(name, p)


def noncentral_f(f: float, df1: float, df2: float, level: float = 0.95) -> tuple[float, float]:
    """Find the noncentralities under which `f` is the upper and the lower end of what is likely; nought at least."""
    from scipy.optimize import brentq
    from scipy.special import fdtr, ncfdtr

    tail = (1 - level) / 2

    def end(chance: float) -> float:
        if float(fdtr(df1, df2, f)) <= chance:
            return 0.0
        high = 10.0
        while float(ncfdtr(df1, df2, high, f)) > chance:
            high *= 2
        return float(brentq(lambda at: float(ncfdtr(df1, df2, at, f)) - chance, 0.0, high, xtol=1e-9))

    return end(1 - tail), end(tail)


def _h(table: "Floats", sizes: Sequence[int]) -> "Floats":
    """Kruskal and Wallis' H of each row of scores, groups side by side; NaN where all scores of a row are alike."""
    import numpy as np
    from scipy.stats import rankdata

    n = table.shape[1]
    ranks = rankdata(table, axis=1)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    sums = np.add.reduceat(ranks, starts, axis=1)
    raw = 12 / (n * (n + 1)) * (sums**2 / np.array(sizes)).sum(axis=1) - 3 * (n + 1)
    # The sum of squared ranks falls by the sum of (t^3 - t) / 12 under ties.
    squares = (ranks**2).sum(axis=1)
    correction = (squares - n * (n + 1) ** 2 / 4) / (n * (n**2 - 1) / 12)
    return np.where(correction > 0, raw / np.where(correction > 0, correction, 1.0), np.nan)


def _known(groups: Mapping[str, Any]) -> dict[str, "Floats"]:
    import numpy as np

    arrays = {str(name): np.asarray(values, dtype=np.float64) for name, values in groups.items()}
    return {name: values[~np.isnan(values)] for name, values in arrays.items()}


def _fault(values: "Sequence[Floats]") -> NotEstimated | None:
    import numpy as np

    if len(values) < 2:
        return NotEstimated("one_group")
    if min(len(own) for own in values) < 1 or sum(len(own) for own in values) <= len(values):
        return NotEstimated("few_values")
    return None if np.ptp(np.concatenate(list(values))) > 0 else NotEstimated("no_spread")
