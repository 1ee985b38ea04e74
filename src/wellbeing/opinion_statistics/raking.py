"""Weights for who did not answer: the county's respondents brought to the known margins of sex, age and role.

Only county-wide: inside a school there are too few people, and flags work on counts. Nothing is returned half-raked.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wellbeing.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]
    Margins = Mapping[str, Mapping[str, float]]

#: A level of a margin needs this share of the staff and so many respondents.
LEAST_SHARE, LEAST_ROWS = 0.05, 20
#: Weights are kept within these multiples of their mean.
TRIM = (0.3, 3.0)
ROUNDS = 100
#: What part of the staff a cell of the cross table may still move by in the last round: as R is told with epsilon 1e-7.
_STILL = 1e-7
#: What part of the staff a margin may be missed by. Margins that contradict each other send the weights round in a
#: circle, where a whole round moves nothing either.
_MET = 1e-6


@dataclass(frozen=True, eq=False)
class Raked:
    """Weights of respondents; they add up to the staff.

    Attributes
    ----------
    weights : Series, index of the respondents
    margins : tuple of str
        What was raked to.
    trimmed : int
        How many weights were cut to `TRIM`; the margins are then no longer met exactly.
    """

    weights: "pd.Series"
    margins: tuple[str, ...]
    trimmed: int = 0

    @property
    def design_effect(self) -> float:
        """Kish's: by how much unequal weights widen variances."""
        return float(len(self.weights) * (self.weights**2).sum() / self.weights.sum() ** 2)

    @property
    def effective(self) -> float:
        """How many respondents with equal weights these are worth."""
        return len(self.weights) / self.design_effect


def usable_margins(levels: "pd.DataFrame", margins: "Margins") -> "tuple[Margins, tuple[str, ...]]":
    """Keep the margins whose every level has 5 per cent of the staff and 20 respondents; name the others.

    Parameters
    ----------
    levels : DataFrame, one row per respondent
        Columns of level codes.
    margins : mapping of column to (mapping of level to count)
    """
    kept: dict[str, Mapping[str, float]] = {}
    for name, counts in margins.items():
        whole = sum(counts.values())
        there = Counter(levels[name].dropna()) if name in levels else Counter[str]()
        if whole and all(
            count >= LEAST_SHARE * whole and there[level] >= LEAST_ROWS for level, count in counts.items()
        ):
            kept[name] = counts
    return kept, tuple(name for name in margins if name not in kept)


def rake(levels: "pd.DataFrame", margins: "Margins") -> Raked:
    """Rake respondents of equal weight to margins.

    Parameters
    ----------
    levels : DataFrame, one row per respondent
        The column of each margin, without gaps.
    margins : mapping of column to (mapping of level to count)
        Staff by level; all margins add up to the same staff.

    Raises
    ------
    UsageError
        If margins add up to different numbers; a level has staff and no respondent, or respondents and no staff; a
        respondent's level is missing; or the weights still move after 100 rounds.

    References
    ----------
    Deming & Stephan 1940, Ann Math Stat 11:427; R survey ``rake``.
    """
    import numpy as np
    import pandas as pd

    if not margins or levels.empty:
        raise UsageError("rake_nothing")
    totals = [sum(counts.values()) for counts in margins.values()]
    if max(totals) - min(totals) > 1e-6 * max(totals):
        raise UsageError("rake_totals", names=", ".join(margins))
    sides = []
    for name, counts in margins.items():
        found = set(levels[name].dropna())
        staffed = {level for level, count in counts.items() if count > 0}
        if levels[name].isna().any() or found != staffed:
            raise UsageError("rake_empty", name=name)
        order = sorted(staffed)
        codes = pd.Categorical(levels[name], categories=order).codes.astype(np.intp)
        sides.append((codes, np.array([counts[level] for level in order], dtype=np.float64)))
    weights = np.full(len(levels), totals[0] / len(levels))
    cells = np.unique(np.stack([codes for codes, _ in sides]), axis=1, return_inverse=True)[1].ravel()
    for _ in range(ROUNDS):
        before = np.bincount(cells, weights)
        for codes, target in sides:
            weights = weights * (target / np.bincount(codes, weights))[codes]
        missed = max(np.abs(np.bincount(codes, weights) - target).max() for codes, target in sides)
        moved = np.abs(np.bincount(cells, weights) - before).max()
        if moved < _STILL * totals[0] and missed < _MET * totals[0]:
            return Raked(pd.Series(weights, levels.index, name="weight"), tuple(margins))
    raise UsageError("rake_no_end", rounds=ROUNDS)


def trim(raked: Raked) -> Raked:
    """Cut weights to 0.3 to 3 times their mean and give the rest what was cut; the sum stays."""
    import numpy as np

    weights = raked.weights.to_numpy(dtype=np.float64)
    mean = weights.mean()
    low, high = TRIM[0] * mean, TRIM[1] * mean
    cut = np.zeros(len(weights), dtype=bool)
    # What is given to the rest may push more weights over an end, which are then cut too: at most once each.
    while True:
        out = ~cut & ((weights < low) | (weights > high))
        if not out.any():
            break
        cut |= out
        weights = np.clip(weights, low, high)
        rest = ~cut
        if not rest.any():
            break
        weights[rest] *= (mean * len(weights) - weights[cut].sum()) / weights[rest].sum()
    trimmed = type(raked.weights)(weights, raked.weights.index, name="weight")
    return Raked(trimmed, raked.margins, int(cut.sum()))


@dataclass(frozen=True)
class Weighted:
    """A mean or share unweighted and weighted, each with its standard error, of `n` respondents.

    `finding` says that weighting moves it by more than one standard error of the unweighted figure: those who answered
    and those who did not differ in a way that matters here.
    """

    n: int
    plain: float
    plain_se: float
    weighted: float
    weighted_se: float

    @property
    def finding(self) -> bool:
        return abs(self.weighted - self.plain) > self.plain_se


def weighted_mean(values: "pd.Series", raked: Raked, levels: "pd.DataFrame") -> Weighted:
    """Give a mean, or of zeros and ones a share, beside what it is with weights.

    The standard error is linearised: of the distances from the mean less what the margins explain of them, since raking
    fixes those. No correction for a finite staff.

    Parameters
    ----------
    values : Series, index within that of the weights
        NaN where missing; those respondents count neither way.
    raked : Raked
    levels : DataFrame
        As given to `rake`.

    Raises
    ------
    ValueError
        If fewer than two respondents have a value.

    References
    ----------
    Deville, Sarndal & Sautory 1993, J Am Stat Assoc 88:1013; R survey ``svymean`` after ``rake``.
    """
    import numpy as np
    import pandas as pd

    weights = raked.weights.to_numpy(dtype=np.float64)
    points = values.reindex(raked.weights.index).to_numpy(dtype=np.float64)
    known = ~np.isnan(points)
    n = int(known.sum())
    if n < 2:
        raise ValueError("two respondents with a value are needed")
    total = weights[known].sum()
    mean = float(weights[known] @ points[known] / total)
    # Whoever has no value lies nowhere, not at the mean: the rows stay, at 0, as in R's domain means.
    apart = np.where(known, points - mean, 0.0)
    dummies = pd.get_dummies(levels.loc[raked.weights.index, list(raked.margins)].astype("str")).to_numpy(np.float64)
    root = np.sqrt(weights)[:, None]
    slopes = np.linalg.lstsq(dummies * root, apart * root[:, 0], rcond=None)[0]
    scores = weights * (apart - dummies @ slopes) / total
    rows = len(weights)
    se = float(np.sqrt(rows / (rows - 1) * ((scores - scores.mean()) ** 2).sum()))
    plain = points[known]
    return Weighted(n, float(plain.mean()), float(plain.std(ddof=1) / np.sqrt(n)), mean, se)


@dataclass(frozen=True, eq=False)
class CountyWeights:
    """Weights for the county's figures, and what stood in the way of more.

    `unused` names margins with a level too small for raking; `left_out` counts respondents without a background.
    Without a usable margin `raked` is None and figures stay unweighted.
    """

    raked: Raked | None
    unused: tuple[str, ...]
    left_out: int


def county_weights(levels: "pd.DataFrame", margins: "Margins") -> CountyWeights:
    """Rake the county's respondents to every usable margin and trim the weights.

    Parameters
    ----------
    levels : DataFrame, one row per respondent
        Backgrounds; respondents who left one out cannot be raked and are left out.
    margins : mapping of column to (mapping of level to count)
        From `wellbeing.opinion_statistics.margins.read_margins`.

    Raises
    ------
    UsageError
        As `rake`.
    """
    there = {name: counts for name, counts in margins.items() if name in levels}
    usable, unused = usable_margins(levels, there)
    unused = (*(name for name in margins if name not in there), *unused)
    if not usable:
        return CountyWeights(None, unused, 0)
    complete = levels.dropna(subset=list(usable))
    raked = trim(rake(complete, usable))
    return CountyWeights(raked, unused, len(levels) - len(complete))
