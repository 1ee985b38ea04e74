"""What a released figure leaves possible: a class of counts, an interval that holds a mean; and its likelihood.

Numbers of people are released to the nearest five, so a class is looked at for all five numbers that round to it.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from wellbeing.flags.posterior import SHARES, Array, count_likelihood

#: Numbers of people are released to the nearest five: the true one is at most 2 away.
OFF = 2
#: Of the likeliest level, what is never called less likely: one odd class must not rule out a whole county.
_FLOOR = 1e-250


@dataclass(frozen=True)
class Classed:
    """A share as it is released: a class of the smaller side's counts, that side, and about how many answered."""

    low: int
    high: int
    side: str
    about: int

    def cases(self, n: int) -> tuple[int, int]:
        """Give the fewest and the most cases among `n` that stay possible (rule R5).

        ``high`` is not used where the side is untold: it is half of n, which nobody is told.
        """
        if self.side == "few":
            return min(self.low, n), min(self.high, n)
        if self.side == "many":
            return max(n - self.high, 0), max(n - self.low, 0)
        return min(self.low, n // 2), n - min(self.low, n // 2)

    @property
    def sizes(self) -> range:
        """Every number of people that rounds to `about`."""
        return range(max(self.about - OFF, 1), self.about + OFF + 1)

    @property
    def least(self) -> tuple[int, int]:
        """Cases and people of the smallest share that stays possible."""
        return min(((self.cases(n)[0], n) for n in self.sizes), key=lambda found: (found[0] / found[1], -found[1]))

    @property
    def most(self) -> tuple[int, int]:
        """Cases and people of the largest share that stays possible."""
        return max(((self.cases(n)[1], n) for n in self.sizes), key=lambda found: (found[0] / found[1], -found[1]))


@dataclass(frozen=True)
class Ranged:
    """A mean as it is released: the interval that holds it, in scale points, and about how many answered."""

    low: float
    high: float
    about: int


@lru_cache(maxsize=4096)
def class_likelihood(share: Classed) -> Array:
    """Give the likelihood of each cell of `SHARES`: summed over the counts of the class, and over the possible n.

    Read-only; 1 where it is greatest.

    References
    ----------
    The kit's notes on statistics, section 4.8.
    """
    from scipy.special import bdtr

    level = SHARES.middles
    total = np.zeros_like(level)
    for n in share.sizes:
        first, last = share.cases(n)
        total += bdtr(last, n, level) if last < n else 1.0
        total -= bdtr(first - 1, n, level) if first else 0.0
    return _kept(total / total.max())


@lru_cache(maxsize=4096)
def most_likelihood(share: Classed) -> Array:
    """Give the likelihood as if the largest possible share were the true one: what "no sign" must hold for."""
    cases, n = share.most
    return _kept(count_likelihood(np.array([float(cases)]), np.array([float(n)]))[0])


def _kept(likelihood: Array) -> Array:
    kept: Array = np.maximum(likelihood, _FLOOR)
    kept.setflags(write=False)
    return kept
