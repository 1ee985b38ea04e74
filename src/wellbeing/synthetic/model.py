"""Answers from a latent model, so that means, spreads and correlations are known beforehand.

Five latent states (depression, anxiety, wellbeing, personal and work burnout) are jointly normal. An item is
its state times a loading, plus noise, cut into as many categories as the item has answers (ordinal probit).
The figures it is built to meet, and where they were read (facts of the instrument definitions unless said):

=================  =====================================  ====================================================
scale              figure                                 source
=================  =====================================  ====================================================
PHQ-9              item means in the proportions of       NHANES 2017-2018 item means .396 .350 .640 .767 .390
                   NHANES, scaled to a total of 6         .237 .253 .153; scaled because 56.9 % of 1,096 Chinese
                                                          teachers scored above 4 (fpsyt.2021.644276)
PHQ-9              sd 4.8, alpha .86                      sd of the simulations behind the flag and change rules;
                                                          alpha of a Shanghai community sample
PHQ-9 item 9       2.8 % above zero                       18,521 Chinese teachers (fpsyt.2021.704010)
GAD-7              17.7 % at 10 or more, alpha .90        same study, which names no cutoff: the usual one is
                                                          taken; alpha of He et al. 2010
WHO-5              item means 2.80 2.54 2.56 2.37 2.47,   1,414 Chinese students (fpubh.2022.872436), alpha .85
                   index 51
CBI personal       mean 41.3, sd 18.7, alpha .906         Serbian preschool teachers (PMC8297089)
CBI work           mean 41.2, sd 15.9, alpha .765         same
correlations       PHQ-GAD .7, PHQ-WHO -.6, PHQ-CBI .5-.6 about what the open two-wave and student data show
schools            ICC .02                                school surveys with ICC .014-.024 for like scales
=================  =====================================  ====================================================

How an item total is shared among the items of the GAD-7 and the CBI is not published and is this module's own.
"""

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from wellbeing.surveys import Survey

Floats = NDArray[np.float64]

STATES = ("depression", "anxiety", "wellbeing", "personal", "work")
#: Correlations of the states; those of the scores are lower, as the scores hold noise.
_CORRELATIONS = (
    (1.00, 0.80, -0.70, 0.64, 0.64),
    (0.80, 1.00, -0.64, 0.60, 0.58),
    (-0.70, -0.64, 1.00, -0.62, -0.56),
    (0.64, 0.60, -0.62, 1.00, 0.80),
    (0.64, 0.58, -0.56, 0.80, 1.00),
)
ICC = 0.02
#: Correlation of a person's state, and of a school's, with its own a term later.
STABILITY, SCHOOL_STABILITY = 0.65, 0.8
#: Where more of the state is better, a heavier burden means less of it.
WORSE = np.array([1.0, 1.0, -1.0, 1.0, 1.0])
MISSING_CELLS, BROKEN_OFF = 0.015, 0.012


@dataclass(frozen=True)
class _Scale:
    """How one scale's items are made: ``means`` in steps above the least answer, ``step`` between cuts."""

    state: int
    loading: float
    step: float
    means: tuple[float, ...]


_MODEL = {
    ("phq9", "total"): _Scale(0, 0.76, 0.88, (0.741, 0.655, 1.197, 1.435, 0.730, 0.443, 0.473, 0.286, 0.031)),
    ("gad7", "total"): _Scale(1, 0.82, 0.82, (0.83, 0.69, 0.84, 0.77, 0.47, 0.79, 0.47)),
    ("who5", "total"): _Scale(2, 0.77, 0.83, (2.80, 2.54, 2.56, 2.37, 2.47)),
    ("cbi", "personal"): _Scale(3, 0.82, 1.10, (2.2, 1.7, 1.6, 1.2, 1.7, 1.5)),
    ("cbi", "work"): _Scale(4, 0.60, 1.00, (1.6, 1.5, 1.3, 2.2, 1.5, 1.3, 2.1)),
}


@cache
def _cuts(mean: float, step: float, categories: int) -> tuple[float, ...]:
    """Find the equally spaced cuts of a standard normal that give `mean` steps above the least answer."""
    low, high = -6.0, 6.0
    for _ in range(60):
        first = (low + high) / 2
        reached = sum(1 - NormalDist().cdf(first + i * step) for i in range(categories - 1))
        low, high = (first, high) if reached > mean else (low, first)
    return tuple(first + i * step for i in range(categories - 1))


def correlated(count: int, rng: np.random.Generator) -> Floats:
    """Draw `count` rows of the five states, each with mean 0 and variance 1."""
    lower = np.linalg.cholesky(np.array(_CORRELATIONS))
    raw = rng.standard_normal((count, len(STATES)))
    states: Floats = (raw[:, None, :] * lower[None, :, :]).sum(axis=2)
    return states


def later(states: Floats, stability: float, rng: np.random.Generator) -> Floats:
    """Give the states a term later: the same variance, `stability` the correlation."""
    return stability * states + math.sqrt(1 - stability**2) * correlated(len(states), rng)


def answer(survey: Survey, states: Floats, rng: np.random.Generator) -> Floats:
    """Let persons in `states` answer every item of the survey.

    Parameters
    ----------
    states : array, shape (n_respondents, 5)

    Returns
    -------
    array, shape (n_respondents, n_items), in the order of ``survey.items``
        Answer codes as the definitions store them, reverse-keyed items not turned, nothing missing.

    Raises
    ------
    KeyError
        If the survey has a scale that the model does not know.
    """
    place = {item.column: column for column, item in enumerate(survey.items)}
    codes = np.full((len(states), len(place)), np.nan)
    for part in survey.parts:
        for scale in part.scales:
            model = _MODEL[part.instrument.id, scale.id]
            for column, mean in zip(scale.items, model.means, strict=True):
                ordered = np.sort(np.array(part.instrument.item(column).codes, dtype=float))
                noise = rng.standard_normal(len(states))
                felt = model.loading * states[:, model.state] + math.sqrt(1 - model.loading**2) * noise
                category = np.searchsorted(_cuts(mean, model.step, len(ordered)), felt)
                codes[:, place[column]] = (ordered[::-1] if column in scale.reverse else ordered)[category]
    return codes


def leave_out(codes: Floats, rng: np.random.Generator) -> tuple[Floats, NDArray[np.bool_]]:
    """Blank single cells, and everything after some item for a few who broke off.

    Returns
    -------
    codes : array, shape of `codes`
        NaN where not answered.
    broken : bool array, shape (n_respondents,)
    """
    persons, items = codes.shape
    blank = rng.random(codes.shape) < MISSING_CELLS
    broken = np.less(rng.random(persons), BROKEN_OFF)
    last = np.where(broken, rng.integers(5, items - 2, persons), items)
    blank |= np.arange(items) >= last[:, None]
    return np.where(blank, np.nan, codes), broken
