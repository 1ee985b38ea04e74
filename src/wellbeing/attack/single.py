"""What one figure says by itself: a class, a per cent, a mean, a deviation, a flag, about how many people are counted.

Everything that is a sum goes into the system of equations; a standard deviation is none, so its counts are found by
trying them: for each number of people counted and each sum of scores, the least and the greatest sum of squares there
can be.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, inf

from wellbeing.attack.scores import Family
from wellbeing.attack.told import Cell

#: Sums of scores tried for one count; further apart than that a deviation says little.
_MOST_SUMS = 400


@dataclass(frozen=True)
class Figure:
    """One cell as bounds: of count, share (0 to 1), mean and deviation (score points); None where untold."""

    family: Family
    low: int | None
    high: int | None
    side: str
    share: tuple[Fraction, Fraction] | None
    mean: tuple[Fraction, Fraction] | None
    half_open: bool
    sd: tuple[Fraction, Fraction] | None

    @classmethod
    def of(cls, cell: Cell, family: Family, sd_step: float) -> "Figure":
        """Read a cell; `sd_step` is what the policy rounds deviations to."""
        numbers = cell.numbers
        low, high, side = cell.whole("low"), cell.whole("high"), cell.side
        if "count" in numbers:
            low = high = cell.whole("count")
            side = "few"
        share: tuple[Fraction, Fraction] | None = None
        if "percent" in numbers:
            first, last = numbers["percent"].ends
            share = max(first / 100, Fraction(0)), min(last / 100, Fraction(1))
        if "at_least" in numbers or "at_most" in numbers:
            least = numbers["at_least"].value / 100 if "at_least" in numbers else Fraction(0)
            most = numbers["at_most"].value / 100 if "at_most" in numbers else Fraction(1)
            share = (max(share[0], least), min(share[1], most)) if share else (least, most)
        mean: tuple[Fraction, Fraction] | None = None
        half_open = False
        if "mean" in numbers:
            mean = numbers["mean"].ends
        elif "mean_low" in numbers and "mean_high" in numbers:
            mean = numbers["mean_low"].value, numbers["mean_high"].value
            half_open = mean[1] < family.low + family.most * family.step
        sd: tuple[Fraction, Fraction] | None = None
        if "sd" in numbers:
            number = numbers["sd"]
            step = Fraction(str(sd_step))
            half = step / 2 if step and number.value % step == 0 and number.half > Fraction(1, 100) else number.half
            sd = max(number.value - half, Fraction(0)), number.value + half
        return cls(family, low, high, side, share, mean, half_open, sd)

    def count_rows(self) -> Iterator[tuple[Fraction, float, float]]:
        """Give what is told of the count as ``low <= count - factor * people <= high``."""
        if self.low is not None and self.high is not None:
            if self.side == "many":
                yield Fraction(1), -self.high, -self.low
            elif self.side == "untold":
                yield Fraction(0), self.low, inf
                yield Fraction(1), -inf, -self.low
            else:
                yield Fraction(0), self.low, self.high
        if self.share is not None:
            yield self.share[0], 0, inf
            yield self.share[1], -inf, 0

    def counts(self, n: int) -> range:
        """Give the counts that the class and the share leave possible among `n` people."""
        low, high = 0, n
        for factor, least, most in self.count_rows():
            low = max(low, ceil(factor * n) + int(least)) if least > -inf else low
            high = min(high, floor(factor * n) + int(most)) if most < inf else high
        return range(low, high + 1)

    def sums(self, n: int) -> tuple[int, int]:
        """Give the least and the greatest sum of scores, in steps, that the mean leaves possible among `n` people."""
        family = self.family
        if self.mean is None:
            return 0, n * family.most
        first, last = ((end - family.low) * n / family.step for end in self.mean)
        greatest = ceil(last) - 1 if self.half_open else floor(last)
        return max(ceil(first), 0), min(greatest, n * family.most)


def counts_possible(figure: Figure, family: Family, measure: str, n: int) -> list[int]:
    """List the counts of a measure that a figure leaves possible among `n` people, by everything it tells."""
    counts = list(figure.counts(n))
    if not family.keyed or (figure.mean is None and figure.sd is None) or n < 1:
        return counts
    chosen = set(family.measures[measure])
    inside = [bounds for number, bounds in enumerate(family.segments) if number in chosen]
    outside = [bounds for number, bounds in enumerate(family.segments) if number not in chosen]
    if not inside or not outside:
        return counts
    case = min(low for low, _ in inside), max(high for _, high in inside)
    rest = min(low for low, _ in outside), max(high for _, high in outside)
    first, last = figure.sums(n)
    left = []
    for count in counts:
        least = max(first, count * case[0] + (n - count) * rest[0])
        greatest = min(last, count * case[1] + (n - count) * rest[1])
        if least <= greatest and (
            figure.sd is None or _deviates(figure, (case, rest), (count, n - count), least, greatest)
        ):
            left.append(count)
    return left


def _deviates(
    figure: Figure, ranges: Sequence[tuple[int, int]], people: tuple[int, int], least: int, greatest: int
) -> bool:
    """Say whether some scores of so many people in each range have a sum within the bounds and the deviation told."""
    assert figure.sd is not None
    n = sum(people)
    if n < 2 or greatest - least > _MOST_SUMS:
        return True
    allowed = [(n - 1) * (end / figure.family.step) ** 2 for end in figure.sd]
    for total in range(least, greatest + 1):
        around = Fraction(total * total, n)
        if _least_squares(ranges, people, total) - around <= allowed[1] and (
            _most_squares(ranges, people, total) - around >= allowed[0]
        ):
            return True
    return False


def _least_squares(ranges: Sequence[tuple[int, int]], people: tuple[int, int], total: int) -> int:
    """Give the least sum of squares of whole scores with a sum: all as near to one level as their ranges allow."""

    def held(level: int) -> list[int]:
        return [min(max(level, low), high) for low, high in ranges]

    low, high = 0, max(high for _, high in ranges)
    while low < high:
        level = (low + high + 1) // 2
        if sum(score * count for score, count in zip(held(level), people, strict=True)) <= total:
            low = level
        else:
            high = level - 1
    scores = held(low)
    over = total - sum(score * count for score, count in zip(scores, people, strict=True))
    squares = sum(score * score * count for score, count in zip(scores, people, strict=True))
    # What is left over raises people who stand at the level by one step each.
    return squares + over * (2 * low + 1)


def _most_squares(ranges: Sequence[tuple[int, int]], people: tuple[int, int], total: int) -> Fraction:
    """Give no less than the greatest sum of squares: people pushed to an end of their range, the highest first."""
    squares = Fraction(sum(low * low * count for (low, _), count in zip(ranges, people, strict=True)))
    spare = total - sum(low * count for (low, _), count in zip(ranges, people, strict=True))
    for (low, high), count in sorted(zip(ranges, people, strict=True), key=lambda part: -(part[0][0] + part[0][1])):
        raised = min(spare, (high - low) * count)
        squares += raised * (high + low)
        spare -= raised
    return squares
