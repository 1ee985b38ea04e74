"""Reliable change between two waves: more than the questionnaire's own noise."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from wellbeing.instruments import Instrument, Scale
from wellbeing.reliability import cronbach_alpha

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
    items = answers[list(scale.items)].astype(float)
    for column in scale.reverse:
        codes = instrument.item(column).codes
        items[column] = min(codes) + max(codes) - items[column]
    if len(items.dropna()) < FEWEST_FOR_OWN:
        return Precision(math.nan, math.nan, floor)
    return Precision(float(scores.std(ddof=1)), cronbach_alpha(items), floor)
