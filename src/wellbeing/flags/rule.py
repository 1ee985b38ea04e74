"""The rule for a flag: which schools' results are beyond luck, by a margin that is worth acting on.

For whoever may see counts. What is printed follows the same rule from released classes alone: `flags.printed`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from wellbeing.flags.posterior import MEANS, SHARES, Array, Fit, count_likelihood, fit, mean_likelihood
from wellbeing.proportions import upper_tail

State = Literal["red", "amber", "green", "grey"]

#: Probabilities from which a result is red or amber, and up to which it is green. A needless red costs four times a
#: missed one (it is told, and acted on), a needless amber as much as a missed one (a question to the head).
RED, AMBER, GREEN = 0.80, 0.50, 0.10
#: Answers below which nothing is called green.
FEWEST_FOR_GREEN = 10
#: One-sided probability of the alarm line, the outer line of a funnel plot.
ALARM = 0.001
#: The same for means: standard errors that luck passes once in a thousand.
ALARM_Z = 3.0902
#: What last wave's answers count: most staff answer both times and agree with themselves.
LAST_WAVE = 0.5
#: Least difference worth acting on: of shares 5 points or a quarter of the smaller side, of means 0.2 sd.
MARGIN_POINTS, MARGIN_PART, MARGIN_SD = 0.05, 0.25, 0.2
#: Schools that a kind needs before it is compared within itself.
FEWEST_OF_KIND = 8

_TOGETHER = "last wave's figures and their numbers of answers belong together"
_OTHER_SCHOOLS = "last wave's figures are of other schools: they need the same rows, in the same order"

#: Whatever holds one number for each school.
Numbers = Sequence[float] | npt.NDArray[Any]
#: Positions of schools.
Rows = npt.NDArray[np.intp]


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
    for name, members, judged in comparison_groups(rates, size, kinds, share_margin(_pooled(rates, size))):
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


@dataclass(frozen=True, eq=False)
class TwoWaves:
    """The model of this wave and that of both waves together, with the cut of each."""

    now: Fit
    both: Fit
    now_cut: float
    both_cut: float

    @classmethod
    def of(cls, fits: tuple[Fit, Fit], margin: Callable[[float], float]) -> "TwoWaves":
        now, both = fits
        most = 1.0 if now.levels is SHARES else np.inf
        return cls(now, both, *(min(f.reference + margin(f.reference), most) for f in fits))

    def chance(self, now: Array, both: Array) -> Array:
        """Give the larger of the probabilities that the true level lies above the cut; shape (n_schools,)."""
        return np.maximum(self.now.beyond(now, self.now_cut), self.both.beyond(both, self.both_cut))


def share_margin(reference: float) -> float:
    """Give the least difference of shares worth acting on: 5 points, or a quarter of the smaller side."""
    return max(MARGIN_POINTS, MARGIN_PART * min(reference, 1 - reference))


def by_sd(reference: float) -> float:
    """Give the least difference of means worth acting on, in units of the county's sd, whatever the reference."""
    return MARGIN_SD


def state_of(probability: float, least_sure: float, n: float, alarm: bool) -> State:
    """Put one result into words by the probabilities that its level lies above the cut.

    `probability` decides red and amber, and `least_sure` green: with counts both are the same; with a released class
    green must hold for every count of the class.
    """
    if n <= 0:
        return "grey"
    if alarm or probability >= RED:
        return "red"
    if probability >= AMBER:
        return "amber"
    return "green" if least_sure <= GREEN and n >= FEWEST_FOR_GREEN else "grey"


def never_below(confidential: Sequence[str], printed: Sequence[str]) -> list[str]:
    """Give the states that are shown in the confidential zone: those of the counts, but never less than is printed.

    A class may lie on the worse side of the count that it hides, so that now and then the printed state says more than
    the count. The printed one cannot be taken back for that reason, for then its absence would tell the count; whoever
    may see counts is shown the stronger of the two. Green says more than grey, and less than amber.

    Parameters
    ----------
    confidential, printed : sequence of str
        States of the same results; a printed one that is none of the four (``untold``) changes nothing.
    """
    rank = {"grey": 0, "green": 1, "amber": 2, "red": 3}
    return [told if rank.get(told, -1) > rank[full] else full for full, told in zip(confidential, printed, strict=True)]


def comparison_groups(
    level: Array, n: Array, kinds: Sequence[str] | None, margin: float
) -> list[tuple[str, Rows, Rows]]:
    """Say which schools are compared with which (section 4.5).

    Kinds of at least `FEWEST_OF_KIND` schools are compared within themselves where two of them differ by more than the
    margin and by more than luck: twice the standard error that the schools' own scatter gives. Schools of other kinds
    are then compared with all.

    Returns
    -------
    list of (name, members, judged)
        Indices of the schools that a model is fitted to, and of those that are judged by it.
    """
    everyone = np.arange(len(level))
    own = [] if kinds is None else sorted(set(kinds))
    if kinds is not None and len(kinds) != len(level):
        raise ValueError("as many kinds are needed as there are schools")
    of_kind = {kind: np.flatnonzero((np.array(kinds) == kind) & (n > 0)) for kind in own}
    found = {}
    for kind, rows in of_kind.items():
        if len(rows) >= FEWEST_OF_KIND:
            weight = n[rows] / n[rows].sum()
            mean = float(weight @ level[rows])
            found[kind] = mean, float(np.sqrt(weight**2 @ (level[rows] - mean) ** 2))
    apart = any(
        abs(one - other) > margin and abs(one - other) > 2 * np.hypot(error, error_other)
        for one, error in found.values()
        for other, error_other in found.values()
    )
    if not apart:
        return [("", everyone, everyone)]
    names = np.array(kinds)
    groups = [(kind, np.flatnonzero(names == kind)) for kind in found]
    rest = np.flatnonzero(~np.isin(names, list(found)))
    return [(kind, rows, rows) for kind, rows in groups] + ([("", everyone, rest)] if len(rest) else [])


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


def fit_shares(cases: Array, n: Array) -> Fit:
    """Fit the share model to counts, halves allowed; schools with the same counts are reckoned once."""
    rows, times = _alike(cases, n)
    total = float(n.sum())
    pooled = float(cases.sum()) / total if total else 0.0
    likelihood = count_likelihood(rows[0], rows[1])
    return fit(SHARES, likelihood, times, pooled, share_reach(pooled, total))


def share_reach(pooled: float, total: float) -> float:
    """Say how far from the pooled share the county's level is looked for: 4 points or 6 standard errors."""
    return max(0.04, 6 * float(np.sqrt(pooled * (1 - pooled) / total))) if total else 1.0


def fit_means(z: Array, n: Array) -> Fit:
    """Fit the mean model to means in units of the county's sd."""
    rows, times = _alike(z, n)
    total, pooled = float(n.sum()), _pooled(z, n)
    return fit(MEANS, mean_likelihood(rows[0], rows[1]), times, pooled, mean_reach(total))


def mean_reach(total: float) -> float:
    """Say how far from the pooled mean the county's level is looked for, in sds: a tenth or 6 standard errors."""
    return max(0.1, 6 / float(np.sqrt(total))) if total else 2.0


def _pooled(levels: Array, n: Array) -> float:
    total = float(n.sum())
    return float(levels @ n) / total if total else 0.0


def _alike(values: Array, n: Array) -> tuple[Array, Array]:
    rows, times = np.unique(np.stack([values, n]), axis=1, return_counts=True)
    return rows, times.astype(np.float64)


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


def direction(higher_is: str) -> int:
    """Give 1 where a higher score is the strain, -1 where a lower one is."""
    try:
        return {"worse": 1, "better": -1}[higher_is]
    except KeyError:
        raise ValueError("higher_is must be 'worse' or 'better'") from None
