"""A mean's interval, and what it and a share's class say together (R7); all in whole steps of the score.

A reader is assumed to know the number of people, so a mean is a sum, and an interval of means a stretch of sums.
"""

from bisect import bisect_right
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import TYPE_CHECKING

from wellbeing.disclosure.classes import Steps
from wellbeing.disclosure.earlier import Earlier, sums_told_apart

if TYPE_CHECKING:
    import numpy as np

#: Widths that a mean's interval may have, in score points (R7).
MEAN_WIDTHS = tuple(Fraction(width) for width in ("1/10", "1/5", "1/2", "1", "2", "5", "10"))


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
    width = _width(n, g, values, wider)
    if width is None or n < 1:
        return None
    pieces = floor((top - bottom) / width)
    if pieces < 2:
        return None
    mean = _steps_above(total, n, g, bottom) * g / n
    piece = min(max(floor(mean / width), 0), pieces - 1)
    end = top if piece == pieces - 1 else bottom + (piece + 1) * width
    return float(bottom + piece * width), float(end)


def _width(n: int, step: Fraction, values: int, wider: int) -> Fraction | None:
    enough = [width for width in MEAN_WIDTHS if width * n >= values * step][wider:]
    return enough[0] if enough else None


def mean_intervals(
    n: int,
    counts: tuple[int, int],
    steps: Steps,
    ends: tuple[float, float],
    width: int,
    values: int,
    wider: int = 0,
    earlier: tuple[Earlier, ...] = (),
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
    earlier : tuple of Earlier
        What was told of the same people before: no interval ends where that would tell of who came or went.

    Returns
    -------
    tuple of tuple of float
        Only what the class leaves possible; empty where no interval says anything.
    """
    return _grid(n, counts, steps, ends, width, values, wider, earlier)[0]


def told_mean(
    total: float,
    n: int,
    counts: tuple[int, int],
    steps: Steps,
    ends: tuple[float, float],
    width: int,
    values: int,
    wider: int = 0,
    earlier: tuple[Earlier, ...] = (),
) -> tuple[tuple[float, float], tuple[int, int]] | None:
    """Give the interval of `mean_intervals` that holds a mean, and the sums in it; None where there is none."""
    intervals, firsts = _grid(n, counts, steps, ends, width, values, wider, earlier)
    steps_up = _steps_above(total, n, steps.step, steps.low)
    place = bisect_right(firsts, steps_up) - 1
    if place < 0 or place >= len(intervals) or steps_up >= firsts[place + 1]:
        return None
    return intervals[place], (firsts[place], firsts[place + 1] - 1)


@lru_cache(maxsize=8192)
def _grid(
    n: int,
    counts: tuple[int, int],
    steps: Steps,
    ends: tuple[float, float],
    width: int,
    values: int,
    wider: int,
    earlier: tuple[Earlier, ...],
) -> tuple[tuple[tuple[float, float], ...], tuple[int, ...]]:
    """Give the intervals of `mean_intervals`, and the first sum of each with one past the last."""
    import numpy as np

    bottom, top = (_exact(end) for end in ends)
    size = _width(n, steps.step, values, wider)
    pieces = floor((top - bottom) / size) if size else 0
    if size is None or pieces < 2:
        return (), ()
    each = size / steps.step
    # The first sum of every interval, and one past the last: in whole numbers, rounded up.
    starts = [-((-k * each.numerator * n) // each.denominator) for k in range(pieces)] + [n * steps.most + 1]
    _, least, greatest = sums_by_count(n, counts, (0, n * steps.most), steps)
    fewest, most = int(least.min()), int(greatest.max())
    # Of all counts those are left whose least sum is not above the interval, nor their greatest below it.
    below = np.searchsorted(np.sort(greatest), starts)
    within = np.searchsorted(np.sort(least), np.array(starts) - 1, side="right")
    apart = sums_told_apart(earlier, steps, width, values)
    counts_needed, sums_needed = min(width, n + 1), min(values, n * steps.most + 1)
    found: list[tuple[int, int]] = []
    start: int | None = None
    last = 0
    for piece in range(pieces):
        if starts[piece + 1] <= fewest or starts[piece] > most:
            continue
        start = piece if start is None else start
        last = piece + 1
        left = int(within[last] - below[start])
        sums = min(starts[last] - 1, most) - max(starts[start], fewest) + 1
        ending = starts[last] > most or not any(low <= starts[last] <= high for low, high in apart)
        if left >= counts_needed and sums >= sums_needed and ending:
            found.append((start, last))
            start = None
    if start is not None:
        if not found:
            return (), ()
        found[-1] = found[-1][0], last
    if found == [(0, pieces)]:
        return (), ()
    points = _points(bottom, top, size)
    firsts = (*(starts[low] for low, _ in found), starts[found[-1][1]])
    return tuple((points[low], points[high]) for low, high in found), firsts


@lru_cache(maxsize=256)
def _points(bottom: Fraction, top: Fraction, size: Fraction) -> tuple[float, ...]:
    """Give the ends of a scale's intervals of one width, as they are printed."""
    pieces = floor((top - bottom) / size)
    return (*(float(bottom + k * size) for k in range(pieces)), float(top))


def which_interval(
    total: float, n: int, steps: Steps, intervals: tuple[tuple[float, float], ...]
) -> tuple[float, float] | None:
    """Give the interval that holds the mean of scores adding up to `total`; None where there is none."""
    steps_up = _steps_above(total, n, steps.step, steps.low)
    sums = _all_sums(n, steps, intervals)
    place = bisect_right([first for first, _ in sums], steps_up) - 1
    return intervals[place] if place >= 0 and steps_up <= sums[place][1] else None


@lru_cache(maxsize=8192)
def _all_sums(n: int, steps: Steps, intervals: tuple[tuple[float, float], ...]) -> tuple[tuple[int, int], ...]:
    return tuple(possible_sums(interval, n, steps) for interval in intervals)


@lru_cache(maxsize=65536)
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
    import numpy as np

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
    import numpy as np

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
