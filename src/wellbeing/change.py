"""Reliable change between two waves: more than the questionnaire's own noise."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellbeing.answer_codes import keyed
from wellbeing.instruments import Instrument, Scale
from wellbeing.reliability import cronbach_alpha
from wellbeing.texts import say

#: Two-sided 95 per cent.
CRITICAL_Z = 1.96

#: Smallest change that a service standard takes for real, in scale points. Both are unconfirmed: the six points of
#: the English talking-therapy services and the four of the GAD-7 were read in secondary sources only.
FLOORS = {"phq9_total": 6.0, "gad7_total": 4.0}

#: A wave's own sd and alpha from fewer complete respondents are noise themselves.
FEWEST_FOR_OWN = 50


@dataclass(frozen=True)
class Precision:
    """How precisely a scale measures one person: sd in scale points, reliability, smallest change that counts.

    NaN where neither a publication nor the wave can tell: then no change is judged.
    """

    sd: float
    reliability: float
    floor: float = 0.0
    published: bool = False

    @property
    def sdiff(self) -> float:
        """Standard error of a difference of two scores, in scale points."""
        return standard_error_of_difference(self.sd, self.reliability)

    @property
    def sem(self) -> float:
        """Standard error of measurement of one score, in scale points: sd sqrt(1 - reliability)."""
        return self.sd * math.sqrt(1 - self.reliability)

    @property
    def mdc95(self) -> float:
        """Smallest change beyond noise at 95 per cent, in scale points: 1.96 Sdiff."""
        return CRITICAL_Z * self.sdiff

    @property
    def smallest_change(self) -> float:
        """Smallest change that is called reliable: beyond the noise, and at least the service standard's floor."""
        return max(self.mdc95, self.floor)


def standard_error_of_difference(sd: float, reliability: float) -> float:
    """Give Sdiff = sqrt(2) sd sqrt(1 - reliability), in scale points; NaN if either is.

    References
    ----------
    Jacobson & Truax 1991, J Consult Clin Psychol 59:12.
    """
    return math.sqrt(2) * sd * math.sqrt(1 - reliability)


def reliable_change(
    now: pd.Series, before: pd.Series, sd: float, reliability: float, floor: float = 0.0
) -> pd.DataFrame:
    """Judge each person's change by the reliable change index of Jacobson and Truax.

    Parameters
    ----------
    now, before : Series of float, same index
        Scores in scale points; NaN where unscorable or not known.
    sd, reliability : float
        Published ones, or the wave's own sd and alpha; never the correlation between the two waves, which
        would take real change for noise.
    floor : float
        A change below it is not called reliable, whatever the index.

    Returns
    -------
    DataFrame, shape (n_respondents, 3), index of `now`
        ``change`` in scale points; ``index``, the change over Sdiff; ``verdict``: ``rise``, ``fall``, ``none``,
        or ``unknown`` where a score or the precision is not known.

    References
    ----------
    Jacobson & Truax 1991, J Consult Clin Psychol 59:12: reliable where the index lies beyond 1.96.
    """
    change = now.astype(float) - before.astype(float)
    sdiff = standard_error_of_difference(sd, reliability)
    index = change / (sdiff if sdiff > 0 else math.nan)
    reliable = (change.abs() > CRITICAL_Z * sdiff) & (change.abs() >= floor)
    verdict = np.select(
        [change.isna() | math.isnan(sdiff), reliable & (change > 0), reliable & (change < 0)],
        ["unknown", "rise", "fall"],
        "none",
    )
    return pd.DataFrame({"change": change, "index": index, "verdict": verdict}, index=now.index)


def published_precision(instrument: Instrument, scale: Scale) -> tuple[float, float] | None:
    """Find an sd and an alpha for a scale that one and the same publication gives; None if there are none.

    A definition may put several scales into one figure: ``personal / work``, ``0.906 / 0.765``.
    """
    alphas = {}
    for figure in instrument.facts.reliability:
        scales, values = (figure.scale or "").split(" / "), str(figure.value).split(" / ")
        if figure.statistic == "alpha" and scale.id in scales and len(scales) == len(values):
            alphas[figure.source] = values[scales.index(scale.id)]
    for norm in instrument.facts.norms:
        if norm.scale == scale.id and norm.sd is not None and norm.source in alphas:
            return norm.sd, float(alphas[norm.source])
    return None


def precision(instrument: Instrument, scale: Scale, answers: pd.DataFrame, scores: pd.Series) -> Precision:
    """Say how precisely a scale measures: as published, else as this wave shows.

    Parameters
    ----------
    instrument, scale
    answers : DataFrame
        Answers of everybody whose consent covers statistics, not yet reverse-keyed.
    scores : Series
        Their scores on the scale, NaN where unscorable.
    """
    name = f"{instrument.id}_{scale.id}"
    floor = FLOORS.get(name, 0.0)
    found = published_precision(instrument, scale)
    if found:
        return Precision(*found, floor, published=True)
    items = keyed(answers, instrument, scale.items)
    if len(items.dropna()) < FEWEST_FOR_OWN:
        return Precision(math.nan, math.nan, floor)
    return Precision(float(scores.std(ddof=1)), cronbach_alpha(items), floor)


def measurement_error(score: float, noise: Precision, scale: Scale | None = None) -> tuple[float, float]:
    """Give the range within which a score's measurement error leaves the true one: score plus and minus 1.96 SEM.

    Parameters
    ----------
    score : float
        Scale points.
    noise : Precision
    scale : Scale, optional
        Then the range ends where the scale does.

    Returns
    -------
    tuple of float
        NaN where the precision is not known.
    """
    low, high = score - CRITICAL_Z * noise.sem, score + CRITICAL_Z * noise.sem
    if scale is not None and not math.isnan(noise.sem):
        low, high = max(low, scale.range[0]), min(high, scale.range[1])
    return low, high


def precision_words(noise: Precision, lang: str) -> str:
    """Say how precise a score is, the smallest change that counts, and on what both rest: published figures or own."""
    if math.isnan(noise.sdiff):
        return say("change.not_known", lang)
    return say(
        "change.published" if noise.published else "change.own",
        lang,
        error=f"{CRITICAL_Z * noise.sem:.1f}",
        smallest=f"{noise.smallest_change:.1f}",
        sd=f"{noise.sd:.1f}",
        reliability=f"{noise.reliability:.2f}",
    )


def refuse_change(instrument: Instrument, version: str, digest: str) -> str:
    """Say why last wave's scores of an instrument cannot be set against this one's; empty if they can.

    Parameters
    ----------
    instrument : Instrument
        As it is now.
    version, digest : str
        Those of the definition that last wave was scored by, as the release's ``measures.csv`` keeps them.

    Notes
    -----
    A digest decides and not a version alone: items, order, answer codes and keys must all be the same (section 6.3 of
    the kit's notes on statistics).
    """
    if digest == instrument.digest:
        return ""
    return say("change.other_version", None, acronym=instrument.acronym, before=version, now=instrument.version)


def clinical_change(now: pd.Series, before: pd.Series, cutoff: float, judged: pd.DataFrame) -> pd.Series:
    """Say who crossed the cutoff by more than the questionnaire's noise.

    Parameters
    ----------
    now, before : Series of float, same index
        Scores of a scale on which higher is worse.
    cutoff : float
        From which somebody is a case.
    judged : DataFrame
        Of `reliable_change`.

    Returns
    -------
    Series of str
        ``new_case``, ``recovered``, ``none``, or ``unknown`` where the change is not known.

    References
    ----------
    Jacobson & Truax 1991, J Consult Clin Psychol 59:12: clinically significant change.
    """
    verdict = judged["verdict"]
    found = np.select(
        [
            verdict.eq("unknown"),
            verdict.eq("rise") & (before < cutoff) & (now >= cutoff),
            verdict.eq("fall") & (before >= cutoff) & (now < cutoff),
        ],
        ["unknown", "new_case", "recovered"],
        "none",
    )
    return pd.Series(found, index=now.index)
