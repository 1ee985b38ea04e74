"""What goes together with an outcome, and how much of it each matter accounts for; over the county only.

One questionnaire at one moment: common-method variance inflates every share, so nothing here "drives" anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import TYPE_CHECKING, Any

from wellbeing.models.design import design
from wellbeing.models.outcome import NotEstimated

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Floats = npt.NDArray[np.float64]

#: Complete respondents without whom no shares are given.
LEAST_ROWS = 300
#: Predictors beyond which all their subsets are too many.
MOST_PREDICTORS = 10


@dataclass(frozen=True, eq=False)
class Drivers:
    """How much of what is explained each predictor accounts for.

    Attributes
    ----------
    shares : DataFrame, index of predictors
        ``r2``: the part of the outcome's variance within schools; ``share``: that divided by the whole, with ``low``
        and ``high`` (95 %, schools drawn again).
    r2 : float
    rows, schools, left_out : int
    """

    shares: "pd.DataFrame"
    r2: float
    rows: int
    schools: int
    left_out: int


def lmg(products: "Floats") -> "Floats":
    """Share out R2 among predictors: the mean of what each adds, over all orders of entering.

    Parameters
    ----------
    products : ndarray, shape (..., p + 1, p + 1)
        Cross-products (or covariances) of the p predictors and, last, the outcome; any number of such matrices.

    Returns
    -------
    ndarray, shape (..., p)
        Adds up to R2. NaN where predictors of a matrix are collinear or the outcome does not vary.

    References
    ----------
    Lindeman, Merenda & Gold 1980; Groemping 2007, Am Stat 61:139; the Shapley value of R2.
    """
    import numpy as np

    p = products.shape[-1] - 1
    sd = np.sqrt(np.einsum("...ii->...i", products))
    with np.errstate(invalid="ignore", divide="ignore"):
        r = products / (sd[..., :, None] * sd[..., None, :])
    # A matrix that has no answer must not stop the others: it is solved as if nothing went together, and is NaN then.
    sound = np.isfinite(r).all(axis=(-1, -2))
    sound &= np.linalg.eigvalsh(np.where(sound[..., None, None], r, np.eye(p + 1))[..., :p, :p])[..., 0] > 1e-10
    r = np.where(sound[..., None, None], r, np.eye(p + 1))
    explained: dict[tuple[int, ...], Floats] = {(): np.zeros(products.shape[:-2])}
    for size in range(1, p + 1):
        for chosen in combinations(range(p), size):
            at = np.array(chosen)
            right = r[..., at, p]
            slopes = np.linalg.solve(r[..., at[:, None], at], right[..., None])[..., 0]
            explained[chosen] = (slopes * right).sum(axis=-1)
    shares = np.zeros((*products.shape[:-2], p))
    for chosen, whole in explained.items():
        for one in chosen:
            without = tuple(other for other in chosen if other != one)
            shares[..., one] += (whole - explained[without]) / (p * comb(p - 1, len(without)))
    shares[~sound] = np.nan
    return shares


def drivers(
    answers: "pd.DataFrame",
    outcome: str,
    predictors: Sequence[str],
    school: str,
    draws: int = 1000,
    seed: int = 20261123,
) -> Drivers | NotEstimated:
    """Share out what predictors account for in an outcome, among colleagues of the same school.

    Predictors and outcome are taken as distances from their school's mean, or the result would mix differences between
    people with differences between schools.

    Parameters
    ----------
    answers : DataFrame
        One row per respondent, numbers; rows with a gap are left out.
    outcome, school : str
    predictors : sequence of str
        2 to 10.
    draws : int
        How often schools are drawn again for the intervals.
    seed : int

    Raises
    ------
    UsageError
        If a column is not there, or the outcome is no number.
    ValueError
        If there are too many predictors, or fewer than two.

    References
    ----------
    The kit's notes on statistics, section 7.2.
    """
    import numpy as np
    import pandas as pd

    if not 2 <= len(predictors) <= MOST_PREDICTORS:
        raise ValueError(f"2 to {MOST_PREDICTORS} predictors")
    laid = design(answers, outcome, predictors, [school], intercept=False)
    if isinstance(laid, NotEstimated):
        return laid
    if len(laid.outcome) < LEAST_ROWS:
        return NotEstimated("few_answers", {"rows": len(laid.outcome), "least": LEAST_ROWS})
    codes, count = laid.groups[0], len(laid.labels[0])
    if count < 2:
        return NotEstimated("one_group")
    columns = np.column_stack([laid.matrix, laid.outcome])
    size = np.bincount(codes)
    means = np.column_stack([np.bincount(codes, column) for column in columns.T]) / size[:, None]
    centred = columns - means[codes]
    # Distances from a school's own mean add up school by school, so a school that is drawn twice counts twice.
    by_school = np.stack(
        [np.stack([np.bincount(codes, one * other, count) for one in centred.T], axis=1) for other in centred.T], axis=2
    )
    found = lmg(by_school.sum(axis=0))
    if not np.isfinite(found).all():
        return NotEstimated("collinear", {"column": outcome})
    times = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)
    drawn = lmg(np.einsum("ds,sij->dij", times, by_school))
    whole = drawn.sum(axis=1, keepdims=True)
    ends: Any = np.nanquantile(drawn / whole, [0.025, 0.975], axis=0)
    r2 = float(found.sum())
    shares = pd.DataFrame(
        {"r2": found, "share": found / r2, "low": ends[0], "high": ends[1]},
        index=pd.Index(laid.names, name="predictor"),
    )
    return Drivers(shares, r2, len(codes), count, laid.left_out)
