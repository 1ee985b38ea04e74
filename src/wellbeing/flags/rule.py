"""The rule for a flag: which schools' results are beyond luck, by a margin that is worth acting on.

For whoever may see counts. What is printed follows the same rule from released classes alone: `flags.printed`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wellbeing.flags.criteria import (
    ALARM,
    ALARM_Z,
    LAST_WAVE,
    MARGIN_SD,
    Rows,
    State,
    TwoWaves,
    by_sd,
    comparison_groups,
    direction,
    fit_means,
    fit_shares,
    pooled_level,
    share_margin,
    state_of,
)
from wellbeing.flags.posterior import Array, count_likelihood, mean_likelihood
from wellbeing.proportions import upper_tail

#: Whatever holds one number for each school.
Numbers = Sequence[float] | npt.NDArray[Any]

_TOGETHER = "last wave's figures and their numbers of answers belong together"
_OTHER_SCHOOLS = "last wave's figures are of other schools: they need the same rows, in the same order"


@dataclass(frozen=True, eq=False)
class Judgement:
    """What the rule says of each school; arrays in the schools' order.

    Attributes
    ----------
    states : list of str
        ``red``, ``amber``, ``green`` or ``grey``.
    probability : ndarray
        That the true level lies above `cut`: the larger of this wave's and of both waves' together.
    reference, cut : ndarray
        Of the schools that each is compared with; a share 0 to 1, or a mean in its own units.
    within : list of str
        The kind within which a school is compared; empty where it is compared with all.
    """

    states: list[State]
    probability: Array
    reference: Array
    cut: Array
    within: list[str]

    @property
    def wrong_reds(self) -> float:
        """How many reds are expected to lie below the cut: the sum of 1 - P over the reds (section 4.6)."""
        return float(sum(1 - p for state, p in zip(self.states, self.probability, strict=True) if state == "red"))


def school_states(
    cases: Numbers,
    n: Numbers,
    previous_cases: Numbers | None = None,
    previous_n: Numbers | None = None,
    *,
    kinds: Sequence[str] | None = None,
) -> list[State]:
    """Give each school's state by its share of cases.

    Parameters
    ----------
    cases, n : array_like of int, shape (n_schools,)
        Cases among respondents, this wave.
    previous_cases, previous_n : array_like of int, shape (n_schools,), optional
        The same schools' figures of the last wave; 0 or NaN respondents where a school has none.
    kinds : sequence of str, optional
        Each school's kind. Where kinds differ by more than the margin, schools are compared within theirs.

    Returns
    -------
    list of str
        ``red``, ``amber``, ``green`` or ``grey`` for each school.

    Raises
    ------
    ValueError
        If the arrays do not fit each other, or there are more cases than people.

    References
    ----------
    The kit's notes on statistics, section 4.2.
    """
    return judge_shares(cases, n, previous_cases, previous_n, kinds=kinds).states


def mean_states(
    means: Numbers,
    n: Numbers,
    sd: float,
    previous_means: Numbers | None = None,
    previous_n: Numbers | None = None,
    previous_sd: float | None = None,
    *,
    higher_is: str = "worse",
    kinds: Sequence[str] | None = None,
) -> list[State]:
    """Give each school's state by its mean score: see `judge_means`."""
    return judge_means(means, n, sd, previous_means, previous_n, previous_sd, higher_is=higher_is, kinds=kinds).states


def judge_shares(
    cases: Numbers,
    n: Numbers,
    previous_cases: Numbers | None = None,
    previous_n: Numbers | None = None,
    *,
    kinds: Sequence[str] | None = None,
) -> Judgement:
    """Apply the rule to shares; parameters as of `school_states`."""
    y, size = _checked(cases, n)
    before = _before(previous_cases, previous_n, len(y))
    both_y, both_n = (y, size) if before is None else (y + LAST_WAVE * before[0], size + LAST_WAVE * before[1])
    rates = np.divide(y, size, out=np.zeros_like(y), where=size > 0)
    result = _Blank(len(y))
    for name, members, judged in comparison_groups(rates, size, kinds, share_margin(pooled_level(rates, size))):
        model = TwoWaves.of(
            (fit_shares(y[members], size[members]), fit_shares(both_y[members], both_n[members])), share_margin
        )
        chance = model.chance(
            count_likelihood(y[judged], size[judged]), count_likelihood(both_y[judged], both_n[judged])
        )
        alarm = upper_tail(y[judged], size[judged], model.now.reference) < ALARM
        alarm &= (rates[judged] >= model.now_cut) & (size[judged] > 0)
        result.take(judged, chance, model.now.reference, model.now_cut, name, alarm, size[judged])
    return result.judgement()


def judge_means(
    means: Numbers,
    n: Numbers,
    sd: float,
    previous_means: Numbers | None = None,
    previous_n: Numbers | None = None,
    previous_sd: float | None = None,
    *,
    higher_is: str = "worse",
    kinds: Sequence[str] | None = None,
) -> Judgement:
    """Apply the rule to mean scores.

    Parameters
    ----------
    means, n : array_like, shape (n_schools,)
        Mean score in scale points and respondents; a mean of no respondents may be NaN.
    sd : float
        The county's standard deviation of the score, in scale points.
    previous_means, previous_n, previous_sd : optional
        The last wave's; each wave is taken in units of its own sd, from its own county mean.
    higher_is : str
        ``worse``, or ``better`` where a low score is the strain.
    kinds : sequence of str, optional

    Raises
    ------
    ValueError
        If the arrays do not fit each other, or `sd` is negative.
    """
    worse = direction(higher_is)
    z, size, centre = _standard(means, n, sd, worse)
    both, both_n = z, size
    if (previous_means is None) != (previous_n is None):
        raise ValueError(_TOGETHER)
    if previous_means is not None and previous_n is not None:
        z1, size1, _ = _standard(previous_means, previous_n, sd if previous_sd is None else previous_sd, worse)
        if len(z1) != len(z):
            raise ValueError(_OTHER_SCHOOLS)
        both_n = size + LAST_WAVE * size1
        both = np.divide(size * z + LAST_WAVE * size1 * z1, both_n, out=np.zeros_like(z), where=both_n > 0)
    result = _Blank(len(z))
    for name, members, judged in comparison_groups(z, size, kinds, MARGIN_SD):
        fits = fit_means(z[members], size[members]), fit_means(both[members], both_n[members])
        model = TwoWaves.of(fits, by_sd)
        chance = model.chance(mean_likelihood(z[judged], size[judged]), mean_likelihood(both[judged], both_n[judged]))
        reference, cut = model.now.reference, model.now_cut
        alarm = ((z[judged] - reference) * np.sqrt(size[judged]) > ALARM_Z) & (z[judged] >= cut)
        points = [centre + worse * sd * level for level in (reference, cut)]
        result.take(judged, chance, points[0], points[1], name, alarm, size[judged])
    return result.judgement()


class _Blank:
    """A judgement that is filled in group by group."""

    def __init__(self, size: int) -> None:
        self.states: list[State] = ["grey"] * size
        self.arrays = np.full((3, size), np.nan)
        self.within = [""] * size

    def take(
        self, rows: Rows, p: Array, reference: float, cut: float, name: str, alarm: npt.NDArray[np.bool_], n: Array
    ) -> None:
        for row, chance, alarmed, size in zip(rows.tolist(), p.tolist(), alarm.tolist(), n.tolist(), strict=True):
            self.states[row] = state_of(chance, chance, size, alarmed)
            self.within[row] = name
        self.arrays[0, rows], self.arrays[1, rows], self.arrays[2, rows] = p, reference, cut

    def judgement(self) -> Judgement:
        return Judgement(self.states, self.arrays[0], self.arrays[1], self.arrays[2], self.within)


def _checked(cases: Numbers, n: Numbers) -> tuple[Array, Array]:
    y, size = (np.nan_to_num(np.asarray(numbers, dtype=np.float64)) for numbers in (cases, n))
    if y.ndim != 1 or y.shape != size.shape:
        raise ValueError("cases and respondents must be two lists of the same length")
    if np.any(y < 0) or np.any(y > size):
        raise ValueError("a school has fewer cases than none, or more cases than respondents")
    return y, size


def _before(cases: Numbers | None, n: Numbers | None, schools: int) -> tuple[Array, Array] | None:
    if (cases is None) != (n is None):
        raise ValueError(_TOGETHER)
    if cases is None or n is None:
        return None
    y, size = _checked(cases, n)
    if len(y) != schools:
        raise ValueError(_OTHER_SCHOOLS)
    return y, size


def _standard(means: Numbers, n: Numbers, sd: float, worse: int) -> tuple[Array, Array, float]:
    """Give means as distances from the county's, in units of its sd, up being more strain; n; and the county's mean."""
    if not sd >= 0:
        raise ValueError("the county's standard deviation must be a number from 0")
    size = np.nan_to_num(np.asarray(n, dtype=np.float64))
    points = np.asarray(means, dtype=np.float64)
    if points.ndim != 1 or points.shape != size.shape or np.any(size < 0):
        raise ValueError("means and respondents must be two lists of the same length")
    size = np.where(np.isnan(points), 0.0, size)
    points = np.nan_to_num(points)
    centre = float(points @ size / size.sum()) if size.sum() else 0.0
    apart = np.where(size > 0, worse * (points - centre), 0.0)
    return (apart / sd if sd else np.zeros_like(apart)), size, centre
