"""How well a scale measures here: for now its internal consistency, which reliable change rests on."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


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
