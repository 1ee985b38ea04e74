"""The pieces of the rule for a flag, shared by counts and released ranges: numbers, model, who is compared."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from wellbeing.flags.posterior import MEANS, SHARES, Array, Fit, count_likelihood, fit, mean_likelihood

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

#: Positions of schools.
Rows = npt.NDArray[np.intp]


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
    total, pooled = float(n.sum()), pooled_level(z, n)
    return fit(MEANS, mean_likelihood(rows[0], rows[1]), times, pooled, mean_reach(total))


def mean_reach(total: float) -> float:
    """Say how far from the pooled mean the county's level is looked for, in sds: a tenth or 6 standard errors."""
    return max(0.1, 6 / float(np.sqrt(total))) if total else 2.0


def pooled_level(levels: Array, n: Array) -> float:
    """Give the mean level of all answers together; 0 where there are none."""
    total = float(n.sum())
    return float(levels @ n) / total if total else 0.0


def _alike(values: Array, n: Array) -> tuple[Array, Array]:
    rows, times = np.unique(np.stack([values, n]), axis=1, return_counts=True)
    return rows, times.astype(np.float64)


def direction(higher_is: str) -> int:
    """Give 1 where a higher score is the strain, -1 where a lower one is."""
    try:
        return {"worse": 1, "better": -1}[higher_is]
    except KeyError:
        raise ValueError("higher_is must be 'worse' or 'better'") from None
