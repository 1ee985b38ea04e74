"""Published indices of careless answering, each a function of answers alone.

Checked against the R package careless and the library insufficient-effort; see docs/decisions.md for why none of
them is a part of the kit.
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

#: Mahalanobis distances need more people than this for each item, or the covariance is mostly chance.
PEOPLE_PER_ITEM = 5


def longest_string(answers: Numbers) -> NDArray[np.int64]:
    """Count the longest run of identical answers in the order in which they were given.

    Parameters
    ----------
    answers : array, shape (n_respondents, n_items)
        As chosen, not turned; NaN where missing, which ends a run.

    Returns
    -------
    array of int, shape (n_respondents,)
        0 where nothing was answered.

    References
    ----------
    Johnson 2005, J Res Pers 39:103; Curran 2016, J Exp Soc Psychol 66:4.
    """
    longest = np.zeros(len(answers), dtype=np.int64)
    run = np.zeros(len(answers), dtype=np.int64)
    for at in range(answers.shape[1]):
        given = ~np.isnan(answers[:, at])
        same = given & (answers[:, at] == answers[:, at - 1]) if at else np.zeros(len(answers), dtype=bool)
        run = np.where(same, run + 1, given.astype(np.int64))
        longest = np.maximum(longest, run)
    return longest


def within_person_sd(answers: Numbers) -> Numbers:
    """Compute the standard deviation (n - 1) of each person's answers, in units of `answers`.

    Parameters
    ----------
    answers : array, shape (n_respondents, n_items)
        All on one scale; NaN where missing.

    Returns
    -------
    array, shape (n_respondents,)
        NaN with fewer than two answers.

    References
    ----------
    Dunn, Heggestad, Shanock & Theilgard 2018, J Bus Psychol 33:105.
    """
    given = ~np.isnan(answers)
    count = given.sum(axis=1)
    enough = np.maximum(count, 1)
    mean = np.where(given, answers, 0.0).sum(axis=1) / enough
    squares = np.where(given, (answers - mean[:, None]) ** 2, 0.0).sum(axis=1)
    return np.where(count > 1, np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)


def even_odd(keyed: Numbers, scales: list[list[int]]) -> Numbers:
    """Correlate, within each person, the means of odd and of even items over scales, stepped up to full length.

    Parameters
    ----------
    keyed : array, shape (n_respondents, n_items)
        Already turned, all on one scale; NaN where missing.
    scales : list of list of int
        Columns of each scale, in order of the form; scales of one item say nothing and are left out.

    Returns
    -------
    array, shape (n_respondents,)
        2r / (1 + r), at least -1; higher is more consistent. NaN where fewer than three scales have both halves, or
        where a half does not differ between scales.

    References
    ----------
    Johnson 2005, J Res Pers 39:103; Curran 2016, J Exp Soc Psychol 66:4.
    """
    usable = [scale for scale in scales if len(scale) > 1]
    if len(usable) < 3:
        return np.full(len(keyed), np.nan)
    odd = np.column_stack([_means(keyed[:, scale[0::2]]) for scale in usable])
    even = np.column_stack([_means(keyed[:, scale[1::2]]) for scale in usable])
    both = ~np.isnan(odd) & ~np.isnan(even)
    count = both.sum(axis=1)
    odd, even = np.where(both, odd, 0.0), np.where(both, even, 0.0)
    shares = np.maximum(count, 1)[:, None]
    odd = np.where(both, odd - odd.sum(axis=1, keepdims=True) / shares, 0.0)
    even = np.where(both, even - even.sum(axis=1, keepdims=True) / shares, 0.0)
    spread = np.sqrt((odd**2).sum(axis=1) * (even**2).sum(axis=1))
    # Means of the same answers may differ in their last binary digit: that is no difference between scales.
    known = (count >= 3) & (spread > 1e-12)
    r = np.where(known, (odd * even).sum(axis=1) / np.where(known, spread, 1.0), np.nan)
    r = np.clip(r, -1.0, 1.0)
    stepped = np.where(r > -0.999_999, 2 * r / np.where(r > -0.999_999, 1 + r, 1.0), -1.0)
    return np.where(known, np.maximum(stepped, -1.0), np.nan)


def mahalanobis(answers: Numbers) -> tuple[Numbers, int]:
    """Measure how far each person's answers lie from everybody's, given how items go together.

    Parameters
    ----------
    answers : array, shape (n_respondents, n_items)
        NaN where missing; a person with any missing answer has no distance.

    Returns
    -------
    squared distances, array, shape (n_respondents,)
        NaN for everybody where there are not more than five complete people an item.
    degrees of freedom, int
        Of the chi-square distribution that they follow for attentive people with normal answers: the rank of the
        covariance, 0 where nothing was computed.

    References
    ----------
    Mahalanobis 1936; Meade & Craig 2012, Psychol Methods 17:437.
    """
    distances = np.full(len(answers), np.nan)
    complete = ~np.isnan(answers).any(axis=1)
    items = answers.shape[1]
    if items < 2 or complete.sum() <= PEOPLE_PER_ITEM * items:
        return distances, 0
    distances[complete], freedom = squared_distances(answers[complete])
    return distances, freedom


def squared_distances(known: Numbers) -> tuple[Numbers, int]:
    """Give each complete person's squared Mahalanobis distance, however few they are, and its degrees of freedom.

    Whether so few people say anything is for `mahalanobis` to judge.

    Parameters
    ----------
    known : array, shape (n_respondents, n_items)
        Without missing answers.
    """
    centred = known - known.mean(axis=0)
    covariance = centred.T @ centred / (len(known) - 1)
    # An item that everybody answers alike, or that is the sum of others, adds no direction of its own.
    inverse = np.linalg.pinv(covariance, hermitian=True)
    distances: Numbers = np.einsum("ij,jk,ik->i", centred, inverse, centred)
    return distances, int(np.linalg.matrix_rank(covariance, hermitian=True))


def _means(values: Numbers) -> Numbers:
    given = ~np.isnan(values)
    count = given.sum(axis=1)
    total = np.where(given, values, 0.0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
