"""What a released class of an own question leaves possible, and what it says of the true share.

A class tells the smaller side's counts; how many answered is told of the whole unit, to the nearest five. Who does not
know or is not concerned leaves a question's denominator. Of the whole county it is told, to 5 points, which share is
inside it (`Inside`); a school's number of answers is taken to scatter around that as beta-binomial, as far as its class
can come about from it at all. Where nothing is told of that share, every number is equally likely.

The true share is taken to be anything from 0 to 1 beforehand, each equally likely, and with it every count of the
class. For ``c`` of ``n`` the share is then Beta(c + 1, n - c + 1); ``c`` of ``n`` weighs p(n) / (n + 1), where p(n) is
the probability of so many answers and 1 / (n + 1) that of ``c`` among them when all shares are alike. So every
probability here is a weighted mean of beta probabilities, worked out exactly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import sqrt
from typing import TYPE_CHECKING

from wellbeing.disclosure.classes import share_class, told_alike_from

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

#: Numbers of people are released to the nearest five: the true one is at most 2 away.
OFF = 2
#: How much schools differ in whom a question concerns: the precision of the beta distribution of their shares. At 10
#: and a county's share of 80 % two schools of three lie between 68 and 92 %.
INSIDE_PRECISION = 10.0
#: Of the county the share inside is told to so many points.
INSIDE_STEP = 0.05
#: Numbers of answers in the outermost tails of what is expected are left out: so much probability on either side.
_TAIL = 0.005
#: Widths that classes are made with: the policy's, and the coarser ones of rule R5.
_WIDTHS = (1, 2, 4, 8)


@dataclass(frozen=True)
class Inside:
    """Which share of the county's respondents is inside a question's denominator, told to `INSIDE_STEP`.

    ``of_county``: whether the number of answers looked for is the county's own, which the share then bounds.
    """

    share: float
    of_county: bool = False


@dataclass(frozen=True)
class Possible:
    """The counts that a class leaves possible: ``pairs`` of cases and answers, and the weight of each.

    Two of the same class are equal, so what is worked out of one is kept.
    """

    pairs: tuple[tuple[int, int], ...]
    weights: tuple[float, ...]

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Both are long, and looked up by often."""
        return hash((self.pairs, self.weights))

    @cached_property
    def low(self) -> float:
        """The smallest share that stays possible."""
        return min(cases / n for cases, n in self.pairs)

    @cached_property
    def high(self) -> float:
        """The largest share that stays possible."""
        return max(cases / n for cases, n in self.pairs)

    @property
    def mean(self) -> float:
        """What the true share is expected to be."""
        return _moments(self)[0]

    @property
    def sd(self) -> float:
        """The standard deviation of what is known of the true share."""
        return _moments(self)[1]

    def below(self, cut: float) -> float:
        """Give the probability that the true share lies below `cut`."""
        return _below(self, cut)


def possible(
    low: int,
    high: int,
    side: str,
    about: int,
    fewest: int,
    width: int,
    inside: Inside | None = None,
    routed: bool = False,
) -> Possible:
    """Find every number of cases and of answers from which a released class can come about.

    Parameters
    ----------
    low, high : int
        Of the smaller side's counts; `high` says nothing where the side is untold.
    side : str
        ``few``, ``many`` or ``untold``.
    about : int
        The unit's respondents to the nearest five.
    fewest : int
        People for whom a class is told at all.
    width : int
        Counts in a class, as in the policy.
    inside : Inside, optional
    routed : bool
        Whether it is asked of some only, by an answer before: then its class may be coarser than its own number of
        answers would make it.

    Returns
    -------
    Possible

    Raises
    ------
    ValueError
        If no number of answers gives such a class.

    References
    ----------
    Privacy rule R5; `wellbeing.disclosure.classes.told_alike_from` for a number of answers that is not to be told.
    """
    return _possible(int(low), int(high), side, int(about), int(fewest), int(width), inside, routed)


@lru_cache(maxsize=4096)
def _possible(
    low: int, high: int, side: str, about: int, fewest: int, width: int, inside: Inside | None, routed: bool
) -> Possible:
    found: dict[int, tuple[int, int]] = {}
    most = about + OFF
    tops = _all_tops(about, fewest, width, routed)
    if side == "untold":
        here = {start for start in tops if any(_top(start, width * times) == low for times in _WIDTHS)}
    else:
        here = {start for start in tops if low < _top(start, high - low + 1)}
    for n in sorted({n for start in here for n in tops[start] if n >= 2 * low}):
        found[n] = _span(low, high, side, n)
    if not found:
        # Beside an earlier wave classes begin elsewhere (R15): then only the counts themselves say what is possible.
        found = {n: _span(low, high, side, n) for n in range(max(fewest, 2 * low), most + 1)}
    if not found:
        raise ValueError("no number of answers gives such a class")
    pairs: list[tuple[int, int]] = []
    weights: list[float] = []
    for n, chance in _expected(sorted(found), about, inside).items():
        first, last = found[n]
        pairs += [(cases, n) for cases in range(first, last + 1)]
        weights += [chance / (n + 1)] * (last - first + 1)
    whole = sum(weights)
    return Possible(tuple(pairs), tuple(weight / whole for weight in weights))


def _expected(sizes: Sequence[int], about: int, inside: Inside | None) -> dict[int, float]:
    """Give the probability of each possible number of answers, up to a factor, without the outermost tails."""
    if inside is None:
        return dict.fromkeys(sizes, 1.0)
    if inside.of_county:
        reach = INSIDE_STEP / 2 * about + OFF
        near = [n for n in sizes if abs(n - inside.share * about) <= reach]
        return dict.fromkeys(near or sizes, 1.0)
    chances = _beta_binomial(sizes, about, inside.share)
    total, before = sum(chances), 0.0
    kept = {}
    for n, chance in zip(sizes, chances, strict=True):
        if total and before + chance > _TAIL * total and before < (1 - _TAIL) * total:
            kept[n] = chance
        before += chance
    # A class that fits nothing that is expected is taken as it is.
    return kept or dict.fromkeys(sizes, 1.0)


def _beta_binomial(sizes: Sequence[int], about: int, share: float) -> list[float]:
    """Give the probability of each number of answers, over every number of respondents that rounds to `about`."""
    import numpy as np
    from scipy.special import betaln

    # Nowhere quite 0 or 1: some school has somebody who does not know.
    middle = min(max(share, INSIDE_STEP / 2), 1 - INSIDE_STEP / 2)
    a, b = middle * INSIDE_PRECISION, (1 - middle) * INSIDE_PRECISION
    whole = np.arange(max(about - OFF, 1), about + OFF + 1, dtype=np.float64)[:, None]
    n = np.minimum(np.array(sizes, dtype=np.float64), whole)
    log = betaln(n + a, whole - n + b) - betaln(a, b) - np.log(whole + 1) - betaln(whole - n + 1, n + 1)
    chance = np.where(np.array(sizes) <= whole, np.exp(log), 0.0)
    return [float(each) for each in chance.sum(axis=0)]


@lru_cache(maxsize=1024)
def _all_tops(about: int, fewest: int, width: int, routed: bool) -> dict[int, tuple[int, ...]]:
    """Give every number of people as which some answers may pass, with the numbers of answers that may."""
    found: dict[int, list[int]] = {}
    for n in range(1, about + OFF + 1):
        for start in _tops(n, about, fewest, width, routed):
            found.setdefault(start, []).append(n)
    return {start: tuple(numbers) for start, numbers in found.items()}


def _tops(n: int, about: int, fewest: int, width: int, routed: bool) -> set[int]:
    """Give the numbers of people as which `n` answers may pass, beside every number that was asked."""
    starts = {told_alike_from(n, asked, width) for asked in range(max(about - OFF, n), about + OFF + 1)}
    if routed:
        starts |= {below for start in starts for below in range(start, 0, -2 * width)}
    return {start for start in starts if start >= fewest}


def _top(people: int, width: int) -> int:
    """Give where the top class of so many people starts; -1 where no class is left."""
    return -1 if people + 1 < width else share_class(people // 2, people, width)[0]


def _span(low: int, high: int, side: str, n: int) -> tuple[int, int]:
    if side == "untold":
        return low, n - low
    return (low, min(high, n)) if side == "few" else (max(n - high, 0), n - low)


def _arrays(seen: Possible) -> "tuple[Floats, Floats, Floats]":
    import numpy as np

    pairs = np.array(seen.pairs, dtype=np.float64)
    return pairs[:, 0], pairs[:, 1], np.array(seen.weights, dtype=np.float64)


@lru_cache(maxsize=4096)
def _below(seen: Possible, cut: float) -> float:
    from scipy.special import betainc

    if cut <= 0:
        return 0.0
    if cut >= 1:
        return 1.0
    cases, n, weight = _arrays(seen)
    return float(weight @ betainc(cases + 1, n - cases + 1, cut))


@lru_cache(maxsize=4096)
def _moments(seen: Possible) -> tuple[float, float]:
    cases, n, weight = _arrays(seen)
    first = (cases + 1) / (n + 2)
    second = first * (cases + 2) / (n + 3)
    mean = float(weight @ first)
    return mean, sqrt(max(float(weight @ second) - mean**2, 0.0))


def index_below(seen: Sequence[Possible], cut: float) -> float:
    """Give the probability that the mean of several questions' true shares lies below `cut`.

    One question's is exact. Of several the answers come from the same people, and how they hang together is not
    released: the mean's standard deviation is taken as large as it can be, the mean of the questions' own, and its
    distribution as normal. So less is said of an index than of any one question as sure as it.
    """
    from statistics import NormalDist

    if len(seen) == 1:
        return seen[0].below(cut)
    mean = sum(each.mean for each in seen) / len(seen)
    sd = sum(each.sd for each in seen) / len(seen)
    return NormalDist(mean, sd).cdf(cut)


def likelihood(seen: Possible) -> "Floats":
    """Give the likelihood of each cell of `wellbeing.flags.posterior.SHARES`; 1 where it is greatest.

    The counts of the class are summed over, each as probable as the binomial makes it, and so are the numbers of
    answers, each as probable as it is expected to be.
    """
    return _likelihood(seen)


@lru_cache(maxsize=1024)
def _likelihood(seen: Possible) -> "Floats":
    import numpy as np

    from wellbeing.flags.posterior import SHARES

    total = np.zeros_like(SHARES.middles)
    spans: dict[int, tuple[int, int, float]] = {}
    for (cases, n), weight in zip(seen.pairs, seen.weights, strict=True):
        first, last, _ = spans.get(n, (cases, cases, weight))
        spans[n] = min(first, cases), max(last, cases), weight * (n + 1)
    for n, (first, last, chance) in spans.items():
        total += chance * (_at_most(last, n) if last < n else 1.0)
        total -= chance * (_at_most(first - 1, n) if first else 0.0)
    # Nowhere quite zero, or one odd class would rule out a whole county.
    kept: Floats = np.maximum(total / total.max(), 1e-250)
    kept.setflags(write=False)
    return kept


@lru_cache(maxsize=4096)
def _at_most(cases: int, n: int) -> "Floats":
    """Give the probability of so many of `n` or fewer in each cell of shares."""
    from scipy.special import bdtr

    from wellbeing.flags.posterior import SHARES

    found: Floats = bdtr(cases, n, SHARES.middles)
    found.setflags(write=False)
    return found
