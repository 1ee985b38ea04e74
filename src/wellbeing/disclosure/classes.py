"""The rules for one figure: its class, the steps of its scale, its response (R5, R7, R10); means stand in `means`.

Pure functions over whole numbers. Scores are counted in *steps*: a score of PHQ-9 is a number of points, one
of WHO-5 a number of fours, one of the burnout inventory's work scale a number of 25/7, each from the lower end
of the scale's range. A reader is assumed to know how many people a figure stands for; and where that number is itself
an answer (those who do not say "does not concern me"), to know it or not, whichever helps more.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import floor, gcd
from typing import Any

from wellbeing.instruments import Band, Instrument, Scale


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

    @property
    def counted(self) -> bool:
        """Whether there are cases to count: not where a scale has no bands and its mean alone is told."""
        return self.case != self.rest or not self.most

    def __reduce__(self) -> tuple[Any, ...]:
        # `NO_SCORE` is one object, by which it is known, in every process.
        own = (self.step, self.low, self.most, self.case, self.rest)
        return (_no_score, ()) if self is NO_SCORE else (Steps, own)


#: A measure without a score: counts alone.
NO_SCORE = Steps(Fraction(1), Fraction(0), 0, (0, 0), (0, 0))


def _no_score() -> Steps:
    return NO_SCORE


def told_alike_from(n: int, asked: int, width: int) -> int:
    """Give the fewest people for whom a figure is told just as for `n`, where `n` is itself an answer (R5).

    Of a question that some may find not to concern them, how many it concerns is as hidden as what they say. The
    classes of `share_class` depend on that number only through the start of the top one, which moves with every
    ``2 * width`` people from ``width - 1`` on: so told as for the first of such a stretch, a class tells the stretch
    and no more. A stretch of which fewer than `width` numbers are at most `asked` joins the one below.

    Parameters
    ----------
    n : int
        People whose answers count.
    asked : int
        People who were asked, which everybody is taken to know; at least `n`.
    width : int
        Counts in a class.

    Returns
    -------
    int
        0 where nothing can be told.
    """
    start = (n - width + 1) // (2 * width) * 2 * width + width - 1
    if asked - start + 1 < width:
        start -= 2 * width
    return max(start, 0)


def told_alike(start: int, least: int, most: int, width: int) -> range:
    """Give the numbers of people that a reader may think possible, who sees that a figure is told as for `start`.

    Parameters
    ----------
    start : int
        As `told_alike_from` gives it for the number there is, or for `least` where that is smaller.
    least, most : int
        The fewest and the most people who can have been asked.
    width : int
        Counts in a class.
    """
    if told_alike_from(least, most, width) == start:
        return range(start, most + 1)
    return range(start, 1 + max(n for n in range(start, least) if told_alike_from(n, most, width) == start))


def share_class(cases: int, n: int, width: int, alike_from: int | None = None) -> tuple[int, int, str]:
    """Give the class of the smaller side, cases or the rest, and which side it is (R5).

    The side of the top class is never told, so it holds the counts from its start to `n` minus its start;
    where those are fewer than `width` it joins the class below.

    Parameters
    ----------
    cases, n : int
        Cases among `n` people, ``0 <= cases <= n``.
    width : int
        Counts in a class.
    alike_from : int, optional
        Where `n` is not to be told either: `told_alike_from`. The classes are those of so many people, and the upper
        end of the top one is only what makes it wide enough.

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
    people = n if alike_from is None else alike_from
    if not 0 <= cases <= n or people + 1 < width:
        raise ValueError("no class leaves so many counts")
    top = people // 2 // width * width
    if people - 2 * top + 1 < width:
        top -= width
    smaller = min(cases, n - cases)
    start = min(smaller // width * width, top)
    if start == top:
        return start, top_end(start, n, width, alike_from), "untold"
    return start, start + width - 1, "few" if cases == smaller else "many"


def top_end(start: int, n: int, width: int, alike_from: int | None) -> int:
    """Give the upper end of the top class: half of `n`, or where `n` is hidden what says no more than its start.

    `width` is the policy's, for classes of every width: how wide this one is shows at its start only.
    """
    return n // 2 if alike_from is None else start + width // 2


def possible_counts(low: int | None, high: int | None, side: str, n: int) -> tuple[int, int]:
    """Give the fewest and the most cases among `n` that a class leaves possible.

    The untold class is one stretch, not two: it reaches to the middle from both sides. Where the mean alone is told
    (side ``mean``) nobody is a case.
    """
    if low is None or high is None or side == "mean":
        return 0, 0
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


def mean_steps(instrument: Instrument, scale: Scale) -> Steps | None:
    """Write a scale without bands that need attention in whole steps: its mean alone is told, and nobody is a case.

    None where there is no mean to tell: no step, a range that is not whole steps, or a figure of groups only.
    """
    step = smallest_step(instrument, scale)
    low, high = (Fraction(str(end)) for end in scale.range)
    if step is None or scale.level == "group" or (high - low) % step:
        return None
    most = int((high - low) / step)
    return Steps(step, low, most, (0, most), (0, most))


def _within(score: Fraction, band: Band) -> bool:
    low, high = Fraction(str(band.low)), Fraction(str(band.high))
    return (low < score or (low == score and not band.low_open)) and (
        score < high or (score == high and not band.high_open)
    )


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
