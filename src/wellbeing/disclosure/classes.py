"""The rules for one figure: its class, its mean's interval, and what the two say together (R5, R7, R10).

Pure functions over whole numbers. Scores are counted in *steps*: a score of PHQ-9 is a number of points, one
of WHO-5 a number of fours, one of the burnout inventory's work scale a number of 25/7, each from the lower end
of the scale's range. A reader is assumed to know how many people a figure stands for.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from itertools import pairwise
from math import ceil, floor, gcd

import numpy as np

from wellbeing.instruments import Band, Instrument, Scale

#: Widths that a mean's interval may have, in score points (R7).
MEAN_WIDTHS = tuple(Fraction(width) for width in ("1/10", "1/5", "1/2", "1", "2", "5", "10"))


@dataclass(frozen=True)
class Steps:
    """A scale in whole steps above the lower end of its range.

    ``step`` is one person's smallest step in score points, ``low`` the range's lower end, ``most`` its upper
    end in steps. ``case`` and ``rest`` are the fewest and most steps of a person who is counted and of one who
    is not.
    """

    step: Fraction
    low: Fraction
    most: int
    case: tuple[int, int]
    rest: tuple[int, int]


#: A measure without a score: counts alone.
NO_SCORE = Steps(Fraction(1), Fraction(0), 0, (0, 0), (0, 0))


def share_class(cases: int, n: int, width: int) -> tuple[int, int, str]:
    """Give the class of the smaller side, cases or the rest, and which side it is (R5).

    The side of the top class is never told, so it holds the counts from its start to `n` minus its start;
    where those are fewer than `width` it joins the class below.

    Parameters
    ----------
    cases, n : int
        Cases among `n` people, ``0 <= cases <= n``.
    width : int
        Counts in a class.

    Returns
    -------
    low, high : int
        Counts of the smaller side that stay possible.
    side : str
        ``few``, ``many`` or ``untold``.

    Raises
    ------
    ValueError
        If `n` people leave fewer than `width` counts whatever is said.
    """
    if not 0 <= cases <= n or n + 1 < width:
        raise ValueError("no class leaves so many counts")
    top = n // 2 // width * width
    if n - 2 * top + 1 < width:
        top -= width
    smaller = min(cases, n - cases)
    start = min(smaller // width * width, top)
    if start == top:
        return start, n // 2, "untold"
    return start, start + width - 1, "few" if cases == smaller else "many"


def possible_counts(low: int, high: int, side: str, n: int) -> tuple[int, int]:
    """Give the fewest and the most cases among `n` that a class leaves possible.

    The untold class is one stretch, not two: it reaches to the middle from both sides.
    """
    if side == "few":
        return low, high
    if side == "many":
        return n - high, n - low
    return low, n - low


def smallest_step(instrument: Instrument, scale: Scale) -> Fraction | None:
    """Give one person's smallest step of a score, in score points: PHQ-9 1, WHO-5 4, CBI work 25/7 (R7).

    None where a score is neither a sum nor a mean of answer codes; no mean is told then.
    """
    codes = [instrument.item(column).codes for column in scale.items]
    apart = reduce(gcd, (code - item[0] for item in codes for code in item), 0)
    one = apart * Fraction(str(scale.multiply))
    if scale.method == "sum" and apart:
        return one
    if scale.method == "mean" and apart:
        return one / len(scale.items)
    return None


def in_steps(instrument: Instrument, scale: Scale, bands: tuple[str, ...]) -> Steps:
    """Write a scale in whole steps, its cases being the people in `bands`.

    `NO_SCORE` where that cannot be done: no step, a range that is not whole steps, or bands that are not one
    end of the scale.
    """
    step = smallest_step(instrument, scale)
    if step is None or scale.bands is None:
        return NO_SCORE
    low, high = (Fraction(str(end)) for end in scale.range)
    if (high - low) % step:
        return NO_SCORE
    most = int((high - low) / step)
    counted = [band for band in scale.bands.bands if band.id in bands]
    case = [k for k in range(most + 1) if any(_within(low + k * step, band) for band in counted)]
    rest = sorted(set(range(most + 1)) - set(case))
    if not case or not rest or not (case[-1] < rest[0] or rest[-1] < case[0]):
        return NO_SCORE
    return Steps(step, low, most, (case[0], case[-1]), (rest[0], rest[-1]))


def _within(score: Fraction, band: Band) -> bool:
    low, high = Fraction(str(band.low)), Fraction(str(band.high))
    return (low < score or (low == score and not band.low_open)) and (
        score < high or (score == high and not band.high_open)
    )


def mean_interval(
    total: float,
    n: int,
    step: Fraction | float,
    low: float,
    high: float,
    values: int,
    wider: int = 0,
) -> tuple[float, float] | None:
    """Give the interval that holds a mean and leaves `values` sums possible (R7).

    Its width is the least of `MEAN_WIDTHS` that is at least ``values * step / n``, or `wider` widths above
    that. Intervals start at the scale's lower end and are half open; the last is closed, and a piece too short
    at the upper end joins the one before.

    Parameters
    ----------
    total : float
        Sum of the scores, in score points.
    n : int
        People.
    step : Fraction or float
        One person's smallest step, in score points.
    low, high : float
        The scale's range.
    values : int
        Sums that must stay possible.

    Returns
    -------
    tuple of float, or None
        None where no width suffices, or where one interval would be the whole range.
    """
    g, bottom, top = _exact(step), _exact(low), _exact(high)
    enough = [width for width in MEAN_WIDTHS if width * n >= values * g][wider:]
    if not enough or n < 1:
        return None
    width = enough[0]
    pieces = floor((top - bottom) / width)
    if pieces < 2:
        return None
    mean = _steps_above(total, n, g, bottom) * g / n
    piece = min(max(floor(mean / width), 0), pieces - 1)
    end = top if piece == pieces - 1 else bottom + (piece + 1) * width
    return float(bottom + piece * width), float(end)


@lru_cache(maxsize=4096)
def mean_intervals(
    n: int, counts: tuple[int, int], steps: Steps, ends: tuple[float, float], width: int, values: int, wider: int = 0
) -> tuple[tuple[float, float], ...]:
    """Give all the intervals that a mean may be told in beside a share's class, in their order (R7).

    They are those of `mean_interval`, put together where one would leave fewer than `width` counts or `values` sums
    beside the class: a mean near the end of its range says how many cases there can be. Which are put together
    hangs on n and the class, never on the mean, so whoever knows this rule learns nothing from an interval's width.
    (Widening the true mean's own interval step by step told that every finer one would have been unsafe: of 60 people
    with 0 to 4 cases "0 to 1" could only mean a mean below 0.5, and so two cases at most.)

    Parameters
    ----------
    n : int
        People.
    counts : tuple of int
        Fewest and most cases that the class leaves possible.
    steps : Steps
    ends : tuple of float
        The scale's range.
    width, values : int
        Counts, and sums, that must stay possible.
    wider : int
        How many of `MEAN_WIDTHS` wider than R7 asks.

    Returns
    -------
    tuple of tuple of float
        Only what the class leaves possible; empty where no interval says anything.
    """
    bottom, top = (_exact(end) for end in ends)
    enough = [size for size in MEAN_WIDTHS if size * n >= values * steps.step][wider:]
    pieces = floor((top - bottom) / enough[0]) if enough else 0
    if pieces < 2:
        return ()
    edges = [*(bottom + piece * enough[0] for piece in range(pieces)), top]
    _, least, greatest = sums_by_count(n, counts, (0, n * steps.most), steps)
    fewest_sum, most_sum = int(least.min()), int(greatest.max())
    sums = [possible_sums((float(low), float(high)), n, steps) for low, high in pairwise(edges)]
    found: list[tuple[Fraction, Fraction]] = []
    first, last = 0, bottom
    start: Fraction | None = None
    for (low, high), (from_sum, to_sum) in zip(pairwise(edges), sums, strict=True):
        if to_sum < fewest_sum or from_sum > most_sum:
            continue
        if start is None:
            start, first = low, from_sum
        left = int(((least <= to_sum) & (greatest >= first)).sum())
        apart = min(to_sum, most_sum) - max(first, fewest_sum) + 1
        if left >= min(width, n + 1) and apart >= min(values, n * steps.most + 1):
            found.append((start, high))
            start = None
        last = high
    if start is not None:
        if not found:
            return ()
        found[-1] = found[-1][0], last
    if found == [(bottom, top)]:
        return ()
    return tuple((float(low), float(high)) for low, high in found)


def which_interval(
    total: float, n: int, steps: Steps, intervals: tuple[tuple[float, float], ...]
) -> tuple[float, float] | None:
    """Give the interval that holds the mean of scores adding up to `total`; None where there is none."""
    steps_up = _steps_above(total, n, steps.step, steps.low)
    for interval in intervals:
        first, last = possible_sums(interval, n, steps)
        if first <= steps_up <= last:
            return interval
    return None


def possible_sums(mean: tuple[float, float] | None, n: int, steps: Steps) -> tuple[int, int]:
    """Give the least and the greatest sum, in steps, that a mean's interval leaves to `n` people."""
    most = n * steps.most
    if mean is None:
        return 0, most
    least = ceil((_exact(mean[0]) - steps.low) * n / steps.step)
    end = (_exact(mean[1]) - steps.low) * n / steps.step
    return least, most if end >= most else ceil(end) - 1


def _exact(value: Fraction | float) -> Fraction:
    # A printed decimal means itself, not the nearest binary fraction.
    return value if isinstance(value, Fraction) else Fraction(str(value))


def _steps_above(total: float, n: int, step: Fraction, low: Fraction) -> Fraction:
    steps = (Fraction(total) - n * low) / step
    # Sums of 25/7 carry rounding noise; a mean on a boundary must not fall to the wrong side of it.
    nearest = round(steps)
    return Fraction(nearest) if abs(steps - nearest) < Fraction(1, 10**6) else steps


def sums_by_count(
    n: int, counts: tuple[int, int], sums: tuple[int, int], steps: Steps
) -> tuple["np.ndarray", "np.ndarray", "np.ndarray"]:
    """Give, for each count that class and mean leave possible together, the least and the greatest sum.

    A case has at least ``steps.case[0]`` steps and everybody else at most ``steps.rest[1]``, so a mean near
    the end of its range says how many cases there can be: PHQ-9 between 0 and 0.5 in 20 people leaves none.

    Returns
    -------
    counts, least, greatest : ndarray of int64
        The counts are consecutive; all are empty where nothing is possible.
    """
    cases = np.arange(counts[0], counts[1] + 1, dtype=np.int64)
    least = np.maximum(cases * steps.case[0] + (n - cases) * steps.rest[0], sums[0])
    greatest = np.minimum(cases * steps.case[1] + (n - cases) * steps.rest[1], sums[1])
    possible = least <= greatest
    return cases[possible], least[possible], greatest[possible]


def counts_beside_sd(
    n: int, counts: tuple[int, int], sums: tuple[int, int], steps: Steps, sd: float, sd_step: float
) -> int:
    """Say how many counts stay possible once the standard deviation is told to the nearest `sd_step` (R7).

    A small deviation beside a low mean says that nobody is far from it. For every count and sum the least and
    the greatest sum of squares are compared with those that the printed deviation allows; both are bounds, so
    a count is called possible rather too often than too seldom by less than one person's step.
    """
    cases, least, greatest = sums_by_count(n, counts, sums, steps)
    half, step = sd_step / 2, float(steps.step)
    allowed = [(n - 1) * (max(end, 0) / step) ** 2 for end in (sd - half, sd + half)]
    high_cases = steps.case[0] > steps.rest[0]
    (upper_low, upper_high), (lower_low, lower_high) = (
        (steps.case, steps.rest) if high_cases else (steps.rest, steps.case)
    )
    left = 0
    for count, first, last in zip(cases.tolist(), least.tolist(), greatest.tolist(), strict=True):
        upper = count if high_cases else n - count
        lower = n - upper
        total = np.arange(first, last + 1, dtype=np.float64)
        if upper == 0 or lower == 0:
            fewest = total**2 / n
        else:
            beneath = (total - upper * upper_low) / lower
            above = (total - lower * lower_high) / upper
            fewest = np.where(
                beneath <= lower_high,
                upper * upper_low**2 + lower * beneath**2,
                upper * above**2 + lower * lower_high**2,
            )
        spare = total - upper * upper_low - lower * lower_low
        raised = np.minimum(spare, upper * (upper_high - upper_low))
        most = (
            upper * upper_low**2
            + lower * lower_low**2
            + raised * (upper_high + upper_low)
            + (spare - raised) * (lower_high + lower_low)
        )
        around = total**2 / n
        left += bool(np.any((fewest - around <= allowed[1]) & (most - around >= allowed[0])))
    return left


def about(n: int) -> int:
    """Give a number of people to the nearest five, half up (R5)."""
    return (n + 2) // 5 * 5


def response_points(respondents: int, staff: int, step: int) -> int | None:
    """Give the response in per cent to the nearest `step` points, half up; 95 stands for 95 or more (R10).

    So 93 per cent is told as 90: as 95 it would be a claim. None below 50 per cent: not reported.
    """
    if 2 * respondents < staff or staff < 1:
        return None
    if 100 * respondents >= 95 * staff:
        return 95
    points = floor(Fraction(100 * respondents, staff * step) + Fraction(1, 2)) * step
    return min(points, (95 - 1) // step * step)
