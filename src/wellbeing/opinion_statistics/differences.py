"""The difference of two shares with its interval, and when it is called a change."""

import math
from dataclasses import dataclass
from typing import Literal

#: A difference of shares that is smaller is not called one, however sure it is.
LEAST = 0.05
Word = Literal["higher", "lower", "no_clear_change"]

#: 5 points reckoned from decimals may come out a hair below.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Share:
    """A share 0 to 1 with the ends of its interval."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, cases: float, n: float) -> "Share":
        """Give the share of `cases` among `n` with Wilson's interval; NaN with the interval 0 to 1 among nobody."""
        from wellbeing.proportions import wilson

        low, high = wilson(cases, n)
        return cls(cases / n if n else math.nan, low, high)


@dataclass(frozen=True)
class Difference:
    """A share less another, with the ends of its interval; NaN where one of them is of nobody."""

    value: float
    low: float
    high: float

    @property
    def word(self) -> Word:
        """Name the difference only where its interval excludes 0 and it is 5 points or more."""
        if not abs(self.value) >= LEAST - _ROUNDING or self.low <= 0 <= self.high:
            return "no_clear_change"
        return "higher" if self.value > 0 else "lower"


def difference(one: Share, other: Share) -> Difference:
    """Give `one` less `other`, two shares that are estimated apart from each other.

    Both intervals are put together by their squares on either side (for two of Wilson's: Newcombe's method 10), so the
    result has a width also where nobody or everybody agrees. Where the same people answered twice it is wider than
    need be.

    References
    ----------
    Newcombe 1998, Stat Med 17:873, method 10; Zou & Donner 2008, Stat Med 27:1693, for any two intervals.
    """
    if math.isnan(one.value) or math.isnan(other.value):
        return Difference(math.nan, math.nan, math.nan)
    apart = one.value - other.value
    return Difference(
        apart,
        apart - math.hypot(one.value - one.low, other.high - other.value),
        apart + math.hypot(one.high - one.value, other.value - other.low),
    )
