"""Internal consistency: alpha with its interval, and what each item adds to it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wellbeing.unestimable import Trouble, trouble_with

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

Missing = Literal["listwise", "pairwise"]
#: Columns of `Consistency.items`.
ITEM_COLUMNS = ("n", "mean", "sd", "item_rest", "alpha_if_deleted", "floor", "ceiling")


def cronbach_alpha(items: "pd.DataFrame") -> float:
    """Compute raw Cronbach's alpha over complete cases.

    Parameters
    ----------
    items : DataFrame, shape (n_respondents, n_items)
        Answer codes, already reverse-keyed; NaN where missing. Respondents with a missing answer are left out
        (listwise), other than in psych and pingouin, which take the pairwise covariances.

    Returns
    -------
    float
        At most 1; NaN with fewer than two complete respondents or items, or where nobody differs.

    References
    ----------
    Cronbach 1951, Psychometrika 16:297.
    """
    complete = items.dropna()
    count = complete.shape[1]
    if len(complete) < 2 or count < 2:
        return math.nan
    total = float(complete.sum(axis=1).var(ddof=1))
    if total == 0:
        return math.nan
    return float(count / (count - 1) * (1 - complete.var(axis=0, ddof=1).sum() / total))


def feldt_interval(alpha: float, n: int, items: int, confidence: float = 0.95) -> tuple[float, float]:
    """Give the interval of alpha that Feldt's F distribution yields.

    Parameters
    ----------
    alpha : float
    n, items : int
        Respondents and items; NaN ends with fewer than two of either.

    References
    ----------
    Feldt, Woodruff and Salih 1987, Applied Psychological Measurement 11:93: (1 - rho) / (1 - alpha) is F with n - 1 and
    (n - 1)(k - 1) degrees of freedom.
    """
    from scipy.stats import f

    if n < 2 or items < 2 or math.isnan(alpha):
        return math.nan, math.nan
    tail, df = (1 - confidence) / 2, (n - 1, (n - 1) * (items - 1))
    return 1 - (1 - alpha) * float(f.ppf(1 - tail, *df)), 1 - (1 - alpha) * float(f.ppf(tail, *df))


@dataclass(frozen=True, eq=False)
class Consistency:
    """How well a scale's items hang together. Figures are NaN where `trouble` names why.

    Attributes
    ----------
    n : int
        Respondents it rests on: complete ones, or with ``pairwise`` all who answered anything.
    missing : str
        ``listwise`` or ``pairwise``: which covariances were taken.
    alpha, low, high : float
        Raw alpha with Feldt's 95 per cent interval.
    mean, sd : float
        Of complete respondents' sums, in scale points.
    sem : float
        Standard error of measurement of one sum, sd sqrt(1 - alpha), in scale points; NaN where alpha is negative.
    floor, ceiling : float
        Shares of complete respondents with the lowest and the highest possible sum; NaN if the codes are not known.
    items : DataFrame, index item
        ``n`` answers, ``mean``, ``sd``; ``item_rest``, the correlation with the sum of the others;
        ``alpha_if_deleted``; ``floor`` and ``ceiling``, shares of those who answered.
    turned : tuple of str
        Items that go against the others (item_rest below zero): probably reverse-keyed and not turned.
    trouble : Trouble or None
    """

    n: int
    missing: Missing
    alpha: float
    low: float
    high: float
    mean: float
    sd: float
    sem: float
    floor: float
    ceiling: float
    items: "pd.DataFrame"
    turned: tuple[str, ...]
    trouble: Trouble | None


def consistency(
    items: "pd.DataFrame", codes: Mapping[str, tuple[float, float]] | None = None, missing: Missing = "listwise"
) -> Consistency:
    """Reckon alpha, what each item does to it, the standard error of measurement, floor and ceiling.

    Parameters
    ----------
    items : DataFrame, shape (n_respondents, n_items)
        Answer codes, already reverse-keyed; NaN where missing.
    codes : mapping of str to (float, float), optional
        Lowest and highest code of each item, as keyed in `items`; without them floor and ceiling are not told.
    missing : str
        ``listwise``: respondents who answered everything; ``pairwise``: for each covariance all who answered both,
        as psych and pingouin do. The two differ where answers are missing; say which.

    References
    ----------
    Cronbach 1951; R psych 2.2.9, ``alpha``. Floor and ceiling: Terwee et al. 2007, J Clin Epidemiol 60:34.
    """
    import numpy as np

    complete = items.dropna()
    trouble = _trouble(items, missing)
    base = complete if missing == "listwise" else items.dropna(how="all")
    described = _described(base, codes)
    sums = complete.sum(axis=1)
    mean, sd = (float(sums.mean()), float(sums.std(ddof=1))) if len(complete) > 1 else (math.nan, math.nan)
    alpha = math.nan
    turned: tuple[str, ...] = ()
    if trouble is None:
        covariance = base.cov().to_numpy(dtype=np.float64)
        if math.isclose(float(covariance.sum()), 0.0, abs_tol=1e-12):
            trouble = Trouble("nobody_differs")
        else:
            alpha = _alpha(covariance)
            described["item_rest"] = _item_rest(covariance)
            every = np.arange(len(covariance))
            described["alpha_if_deleted"] = [
                _alpha(covariance[np.ix_(left, left)]) for left in (every[every != i] for i in every)
            ]
            turned = tuple(str(item) for item in described.index[described["item_rest"] < 0])
    low, high = feldt_interval(alpha, len(base), items.shape[1])
    lowest, highest = _ends(complete, codes)
    return Consistency(
        n=len(base),
        missing=missing,
        alpha=alpha,
        low=low,
        high=high,
        mean=mean,
        sd=sd,
        sem=sd * math.sqrt(1 - alpha) if alpha >= 0 else math.nan,
        floor=float((sums <= lowest).mean()) if len(sums) and not math.isnan(lowest) else math.nan,
        ceiling=float((sums >= highest).mean()) if len(sums) and not math.isnan(highest) else math.nan,
        items=described,
        turned=turned,
        trouble=trouble,
    )


def _trouble(items: "pd.DataFrame", missing: Missing) -> Trouble | None:
    """Items that follow from each other do not hinder alpha; with pairwise covariances every pair needs people."""
    if missing == "listwise":
        found = trouble_with(items)
        return None if found and found.reason == "singular" else found
    if items.shape[1] < 2:
        return Trouble("too_few_items")
    empty = tuple(str(item) for item in items if items[item].isna().all())
    if empty:
        return Trouble("missing_items", empty)
    constant = tuple(str(item) for item in items if items[item].min() == items[item].max())
    if constant:
        return Trouble("constant_items", constant)
    if len(items.dropna(how="all")) <= items.shape[1]:
        return Trouble("too_few_people")
    return Trouble("nobody_complete") if items.cov().isna().any(axis=None) else None


def _alpha(covariance: "NDArray[np.float64]") -> float:
    count, total = len(covariance), float(covariance.sum())
    if count < 2 or total <= 0:
        return math.nan
    return float(count / (count - 1) * (1 - covariance.trace() / total))


def _item_rest(covariance: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Correlate each item with the sum of the others, from the covariances: defined where answers are missing too."""
    import numpy as np

    own, with_all = np.diag(covariance), covariance.sum(axis=1)
    rest = covariance.sum() - 2 * with_all + own
    # A rest that does not vary correlates with nothing.
    spread = np.sqrt(np.where(rest * own > 0, rest * own, np.nan))
    correlations: NDArray[np.float64] = (with_all - own) / spread
    return correlations


def _described(base: "pd.DataFrame", codes: Mapping[str, tuple[float, float]] | None) -> "pd.DataFrame":
    import pandas as pd

    table = pd.DataFrame(math.nan, index=pd.Index(map(str, base.columns), name="item"), columns=list(ITEM_COLUMNS))
    for place, item in enumerate(base):
        answers = base[item].dropna()
        low, high = (codes or {}).get(str(item), (math.nan, math.nan))
        spread = float(answers.std(ddof=1)) if len(answers) > 1 else math.nan
        floor = float((answers <= low).mean()) if len(answers) and not math.isnan(low) else math.nan
        ceiling = float((answers >= high).mean()) if len(answers) and not math.isnan(high) else math.nan
        mean = float(answers.mean()) if len(answers) else math.nan
        table.iloc[place] = [len(answers), mean, spread, math.nan, math.nan, floor, ceiling]
    return table.astype({"n": int})


def _ends(items: "pd.DataFrame", codes: Mapping[str, tuple[float, float]] | None) -> tuple[float, float]:
    ends = [(codes or {}).get(str(item), (math.nan, math.nan)) for item in items]
    return sum(low for low, _ in ends), sum(high for _, high in ends)
