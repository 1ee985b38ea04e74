"""Compare the means of groups, if the scale measures the same in them; otherwise refuse, unless told to insist."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wellbeing.errors import SaidError
from wellbeing.factor_models.invariance import Invariance, invariance
from wellbeing.factor_models.structure import Structure
from wellbeing.unestimable import grouped_rows

if TYPE_CHECKING:
    import pandas as pd


class NotComparable(SaidError):
    """The groups' means must not be compared: the questionnaire may not measure the same in them."""

    exit_code = 3


@dataclass(frozen=True, eq=False)
class MeanComparison:
    """Means of a sum score by group.

    Attributes
    ----------
    means : DataFrame, index group
        ``n`` complete respondents, ``mean``, ``sd``; ``difference`` from the first group in scale points with its
        95 per cent interval ``low`` to ``high`` (Welch), NaN for the first group itself.
    invariance : Invariance
    must_print : str
        The sentence that must stand beside these means wherever they are shown; empty where invariance holds.
    """

    means: "pd.DataFrame"
    invariance: Invariance
    must_print: str


def compare_means(
    answers: "pd.DataFrame",
    groups: "pd.Series",
    structure: Structure | None = None,
    *,
    insist: bool = False,
    lang: str | None = None,
) -> MeanComparison:
    """Compare groups by the sum of their answers, after testing that the items measure the same in them.

    Parameters
    ----------
    answers : DataFrame, shape (n_respondents, n_items)
        Answer codes, already reverse-keyed; respondents with a missing answer are left out.
    groups : Series, shape (n_respondents,), index of `answers`
    structure : Structure, optional
        The model that invariance is tested for; one factor by default.
    insist : bool
        Compare although invariance does not hold; the result then carries the sentence that must be printed.

    Raises
    ------
    NotComparable
        If scalar invariance does not hold or could not be tested, and nobody insists.
    """
    tested = invariance(answers, groups, structure)
    if not tested.comparable and not insist:
        raise NotComparable("not_comparable", said=tested.sentence(lang))
    items, kept = grouped_rows(answers[list(structure.items)] if structure else answers, groups)
    sums = items.dropna().sum(axis=1)
    means = _means(sums, kept.loc[sums.index])
    return MeanComparison(means, tested, "" if tested.comparable else tested.sentence(lang))


def _means(sums: "pd.Series", groups: "pd.Series") -> "pd.DataFrame":
    import pandas as pd

    table = pd.DataFrame(sums.groupby(groups, observed=True).agg(n="count", mean="mean", sd="std"))
    first = table.iloc[0]
    rows = [(math.nan, math.nan, math.nan), *(_welch(first, row) for _, row in table.iloc[1:].iterrows())]
    table[["difference", "low", "high"]] = np.array(rows)
    return table


def _welch(first: "pd.Series", other: "pd.Series") -> tuple[float, float, float]:
    from scipy.stats import t

    if min(first["n"], other["n"]) < 2:
        return math.nan, math.nan, math.nan
    parts = [float(row["sd"] ** 2 / row["n"]) for row in (first, other)]
    difference, variance = float(other["mean"] - first["mean"]), sum(parts)
    if variance == 0:
        return math.nan, math.nan, math.nan
    df = variance**2 / sum(part**2 / (row["n"] - 1) for part, row in zip(parts, (first, other), strict=True))
    half = float(t.ppf(0.975, df)) * math.sqrt(variance)
    return difference, difference - half, difference + half
