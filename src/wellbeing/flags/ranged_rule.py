"""The rule for a flag where only ranges are known.

For a share the likelihood is summed over the counts of the class. Everything else leans to saying less: the alarm line
takes the least share that is possible; red and amber by a mean must hold for the end of its interval that speaks least
for strain; and green for whatever is possible, by share and by mean.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wellbeing.flags.criteria import (
    ALARM,
    ALARM_Z,
    AMBER,
    LAST_WAVE,
    MARGIN_SD,
    State,
    TwoWaves,
    by_sd,
    comparison_groups,
    direction,
    mean_reach,
    share_margin,
    share_reach,
    state_of,
)
from wellbeing.flags.posterior import MEANS, SHARES, Array, fit, mean_likelihood
from wellbeing.flags.ranges import OFF, Classed, Ranged, class_likelihood, most_likelihood
from wellbeing.proportions import upper_tail

#: Levels that are tried for those who did not answer: shares 5 points apart, means in the first of these steps that
#: cuts the scale into 60 at most.
_SHARES_TRIED = np.linspace(1, 0, 21)
_MEAN_STEPS = (0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class Verdict:
    """What the rule says of one school.

    Attributes
    ----------
    state : str
    probability : float
        That the true level lies above the cut; by a mean, at the end of its interval that speaks least for strain.
    within : str
        The kind it was compared within; empty for all schools.
    tipping : float or None
        Of a flagged school: the highest strain of those who did not answer at which it would not be flagged, a share
        0 to 1 or a mean in scale points. NaN where it would be at any, None where not flagged or not asked for.
    """

    state: State
    probability: float
    within: str
    tipping: float | None = None


def judge_classes(
    now: Sequence[Classed],
    before: Sequence[Classed | None],
    kinds: Sequence[str] | None = None,
    silent: Sequence[float] | None = None,
) -> tuple[list[Verdict], float]:
    """Apply the rule to classes of counts.

    Parameters
    ----------
    now : sequence of Classed
    before : sequence of (Classed or None)
        The same schools' last wave.
    kinds : sequence of str, optional
    silent : sequence of float, optional
        How many of each school's staff did not answer; without it no tipping point is looked for.

    Returns
    -------
    verdicts : list of Verdict
    reference : float
        The whole county's share of cases, 0 to 1; NaN without schools.

    References
    ----------
    The kit's notes on statistics, sections 4.8 and 5.3.
    """
    if not now:
        return [], float("nan")
    summed = _with_last_wave(now, before, class_likelihood)
    most = _with_last_wave(now, before, most_likelihood)
    about = np.array([share.about for share in now], dtype=np.float64)
    least = np.array([share.least for share in now], dtype=np.float64)
    ends = np.array([[cases / n for cases, n in (share.least, share.most)] for share in now])
    middle = ends.mean(axis=1)
    centre = float(middle @ about / about.sum())
    # A class leaves open where in it the county lies, too: by half its width at most.
    reach = share_reach(centre, float(about.sum())) + float(np.diff(ends, axis=1).mean()) / 2
    verdicts: list[Verdict] = [Verdict("grey", 0.0, "")] * len(now)
    reference = float("nan")
    for name, members, judged in comparison_groups(middle, about, kinds, share_margin(centre)):
        fits = [fit(SHARES, rows[members], np.ones(len(members)), centre, reach) for rows in summed]
        model = TwoWaves.of((fits[0], fits[1]), share_margin)
        chance, sure = (model.chance(rows[0][judged], rows[1][judged]) for rows in (summed, most))
        alarm = _count_alarm(least[judged, 0], least[judged, 1], model)
        for place, row in enumerate(judged.tolist()):
            state = state_of(float(chance[place]), float(sure[place]), about[row], bool(alarm[place]))
            tipping = None
            if silent is not None and state in ("red", "amber"):
                rows = summed[0][row], summed[1][row]
                tipping = _share_tipping(model, rows, least[row], silent[row])
            verdicts[row] = Verdict(state, float(chance[place]), name, tipping)
        if len(members) == len(now):
            reference = model.now.reference
    if reference != reference:
        reference = fit(SHARES, summed[0], np.ones(len(now)), centre, reach).reference
    return verdicts, reference


def judge_intervals(
    now: Sequence[Ranged],
    sd: tuple[float, float],
    before: Sequence[Ranged | None],
    sd_before: tuple[float, float],
    *,
    higher_is: str,
    scale: tuple[float, float],
    kinds: Sequence[str] | None = None,
    silent: Sequence[float] | None = None,
) -> list[Verdict]:
    """Apply the rule to intervals of means.

    Parameters
    ----------
    now : sequence of Ranged
    sd, sd_before : tuple of float
        The least and the greatest standard deviation of the county that its released figure leaves, this wave and last;
        above 0.
    before : sequence of (Ranged or None)
        The same schools' last wave.
    higher_is : str
        ``worse`` or ``better``.
    scale : tuple of float
        The scale's range in points.
    kinds, silent
        As of `judge_classes`.
    """
    if not now:
        return []
    means = _Means.of(now, before, direction(higher_is))
    total = float(means.n.sum())
    verdicts: list[Verdict] = [Verdict("grey", 0.0, "")] * len(now)
    middle = means.distances(_MIDDLE, sd[1], sd_before[1])
    for name, members, judged in comparison_groups(middle[0], means.n, kinds, MARGIN_SD):
        found = []
        # The greater sd makes every distance smaller, so that red and amber are less sure; the smaller one, green.
        for end, at in ((_CALM, 1), (_STRAINED, 0)):
            whole = means.likelihood(*means.distances(_MIDDLE, sd[at], sd_before[at]))
            once = np.ones(len(members))
            fits = [fit(MEANS, rows[members], once, 0.0, mean_reach(total)) for rows in whole]
            model = TwoWaves.of((fits[0], fits[1]), by_sd)
            own = means.distances(end, sd[at], sd_before[at])
            found.append((model, own, model.chance(*(rows[judged] for rows in means.likelihood(*own)))))
        (model, calm, chance), (_, _, sure) = found
        alarm = _mean_alarm(calm[0][judged], means.n[judged], model)
        for place, row in enumerate(judged.tolist()):
            state = state_of(float(chance[place]), float(sure[place]), means.n[row], bool(alarm[place]))
            tipping = None
            if silent is not None and state in ("red", "amber"):
                tipping = _mean_tipping(model, means, (calm[0][row], calm[1][row]), row, silent[row], sd[1], scale)
            verdicts[row] = Verdict(state, float(chance[place]), name, tipping)
    return verdicts


#: The columns of `_Means`: the end of an interval that speaks least for strain, its middle, the other end.
_CALM, _MIDDLE, _STRAINED = 0, 1, 2


@dataclass(frozen=True, eq=False)
class _Means:
    """Intervals of means as numbers, up being more strain: shape (n_schools, 3), and the numbers of answers.

    The fewest answers that a rounded number leaves: fewer answers say less, about red and about green.
    """

    now: Array
    before: Array
    n: Array
    n_before: Array
    worse: int

    @classmethod
    def of(cls, now: Sequence[Ranged], before: Sequence[Ranged | None], worse: int) -> "_Means":
        def ends(mean: Ranged | None) -> list[float]:
            if mean is None:
                return [0.0, 0.0, 0.0]
            calm, strained = sorted((worse * mean.low, worse * mean.high))
            return [calm, (calm + strained) / 2, strained]

        def fewest(mean: Ranged | None) -> float:
            return 0.0 if mean is None else float(max(mean.about - OFF, 1))

        return cls(
            np.array([ends(mean) for mean in now]),
            np.array([ends(mean) for mean in before]),
            np.array([fewest(mean) for mean in now]),
            np.array([fewest(mean) for mean in before]),
            worse,
        )

    @property
    def n_both(self) -> Array:
        return self.n + LAST_WAVE * self.n_before

    @property
    def centre(self) -> float:
        """The county's mean, up being more strain."""
        return float(self.now[:, _MIDDLE] @ self.n / self.n.sum())

    def distances(self, end: int, sd: float, sd_before: float) -> tuple[Array, Array]:
        """Give how far each school lies from the county in units of its sd, this wave and both together."""
        z = (self.now[:, end] - self.centre) / sd
        if not self.n_before.any():
            return z, z
        centre_before = self.before[:, _MIDDLE] @ self.n_before / self.n_before.sum()
        z_before = (self.before[:, end] - centre_before) / sd_before
        return z, (self.n * z + LAST_WAVE * self.n_before * z_before) / self.n_both

    def likelihood(self, z: Array, z_both: Array) -> tuple[Array, Array]:
        return mean_likelihood(z, self.n), mean_likelihood(z_both, self.n_both)


def _with_last_wave(
    now: Sequence[Classed], before: Sequence[Classed | None], likelihood: Callable[[Classed], Array]
) -> tuple[Array, Array]:
    """Give this wave's likelihoods, and those of both waves, last wave's at half weight."""
    own = np.stack([likelihood(share) for share in now])
    nothing = np.ones_like(SHARES.middles)
    earlier = np.stack([nothing if share is None else likelihood(share) ** LAST_WAVE for share in before])
    both = own * earlier
    return own, both / both.max(axis=1, keepdims=True)


def _count_alarm(cases: Array, n: Array, model: TwoWaves) -> npt.NDArray[np.bool_]:
    reference, cut = model.now.reference, model.now_cut
    alarm: npt.NDArray[np.bool_] = (upper_tail(cases, n, reference) < ALARM) & (cases / n >= cut)
    return alarm


def _mean_alarm(z: Array, n: Array, model: TwoWaves) -> npt.NDArray[np.bool_]:
    alarm: npt.NDArray[np.bool_] = ((z - model.now.reference) * np.sqrt(n) > ALARM_Z) & (z >= model.now_cut)
    return alarm


def _share_tipping(model: TwoWaves, rows: tuple[Array, Array], least: Array, silent: float) -> float:
    """Try the silent at every share, the highest first, until the flag is gone."""
    level = SHARES.middles
    others = _SHARES_TRIED[:, None] * silent
    log = others * np.log(level) + (silent - others) * np.log1p(-level)
    added = np.exp(log - log.max(axis=1, keepdims=True))
    chance = model.chance(*(_scaled(row * added) for row in rows))
    alarm = _count_alarm(least[0] + others[:, 0], np.full(len(others), least[1] + silent), model)
    gone = np.flatnonzero((chance < AMBER) & ~alarm)
    return float(_SHARES_TRIED[gone[0]]) if len(gone) else float("nan")


def _mean_tipping(
    model: TwoWaves,
    means: _Means,
    own: tuple[float, float],
    row: int,
    silent: float,
    sd: float,
    scale: tuple[float, float],
) -> float:
    """Try the silent at every mean, the most strained first, until the flag is gone."""
    low, high = scale
    step = next(size for size in _MEAN_STEPS if (high - low) / size <= 60 or size == _MEAN_STEPS[-1])
    tried = np.arange(low, high + step / 2, step)
    tried = tried[::-1] if means.worse > 0 else tried
    z = (means.worse * tried - means.centre) / sd
    n = np.array([means.n[row], means.n_both[row]])
    together = [(n[wave] * own[wave] + silent * z) / (n[wave] + silent) for wave in (0, 1)]
    likelihood = [mean_likelihood(together[wave], np.full(len(z), n[wave] + silent)) for wave in (0, 1)]
    alarm = _mean_alarm(together[0], np.full(len(z), n[0] + silent), model)
    gone = np.flatnonzero((model.chance(likelihood[0], likelihood[1]) < AMBER) & ~alarm)
    return float(tried[gone[0]]) if len(gone) else float("nan")


def _scaled(likelihood: Array) -> Array:
    scaled: Array = np.maximum(likelihood / likelihood.max(axis=1, keepdims=True), 1e-250)
    return scaled
