"""Counts of persons in the schools' records, as they may be told: classes of the smaller side (R5), and no others.

The class is told of a whole unit, from the true total and never summed up from parts; the county's is made so wide
that it narrows no unit's (R13).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from wellbeing.disclosure.classes import about, possible_counts, share_class

#: A number to the nearest five is at most so far away.
_OFF = 2


@dataclass(frozen=True)
class Counted:
    """A count among a whole, as a class of the smaller side; ``about`` is the whole to the nearest five."""

    low: int
    high: int
    side: str
    about: int

    @property
    def shares(self) -> tuple[float, float]:
        """The smallest and the largest share that stay possible, over every whole that rounds to ``about``."""
        ends = []
        for whole in range(max(self.about - _OFF, 1), self.about + _OFF + 1):
            if self.side == "untold":
                start = min(self.low, whole // 2)
                ends += [start / whole, (whole - start) / whole]
            else:
                fewest, most = min(self.low, whole), min(self.high, whole)
                shares = (fewest / whole, most / whole)
                ends += list(shares) if self.side == "few" else [1 - share for share in shares]
        return min(ends), max(ends)


def counted(count: int, whole: int, width: int, hidden: bool = False) -> Counted | None:
    """Class a count among a whole by R5; None where no class leaves so many counts.

    Staff are known to everybody. Where the whole is a count of persons itself (those who applied for help) it is
    `hidden`: it shows to the nearest five in the shares, and where the class over the middle starts, or whether there
    is a class at all, must not tell the five numbers apart. All are told as the fewest of them.

    Raises
    ------
    ValueError
        If the count is larger than the whole.
    """
    if not 0 <= count <= whole:
        raise ValueError("more than the whole")
    alike_from = max(about(whole) - _OFF, 0) if hidden else None
    if (whole if alike_from is None else alike_from) + 1 < width or whole == 0:
        return None
    return Counted(*share_class(count, whole, width, alike_from), about(whole))


def total(
    count: int, whole: int, parts: Sequence[tuple[int, int, Counted | None]], width: int, hidden: bool = False
) -> Counted | None:
    """Class the county's total so that no told part keeps fewer than `width` counts; None where no class does.

    Parameters
    ----------
    count, whole : int
        The true totals.
    parts : sequence of (int, int, Counted or None)
        Of each unit count, whole, and what is told of it; None where nothing is.
    width : int
        As in the policy.
    hidden : bool
        As `counted` has it; then the wholes of the told parts must stay open too.
    """
    if hidden and not _keeps_wholes(whole, parts, width):
        return None
    ranges = [possible_counts(t.low, t.high, t.side, n) if t is not None else (0, n) for _, n, t in parts]
    lowest, highest = sum(low for low, _ in ranges), sum(high for _, high in ranges)
    wide = width
    while wide <= whole + 1:
        told = counted(count, whole, wide, hidden)
        if told is None:
            return None
        first, last = possible_counts(told.low, told.high, told.side, whole)
        if all(
            min(high, last - (lowest - low)) - max(low, first - (highest - high)) + 1 >= width
            for (low, high), (_, _, said) in zip(ranges, parts, strict=True)
            if said is not None
        ):
            return told
        wide *= 2
    return None


def _keeps_wholes(whole: int, parts: Sequence[tuple[int, int, Counted | None]], width: int) -> bool:
    """Say whether the county's whole, told to the nearest five, leaves every told part's own five numbers possible.

    Twelve and twelve are "about ten" each; their sum of 24, "about 25", would leave of each no more than 11 and 12.
    """
    ranges = [(t.about - _OFF, t.about + _OFF) if t is not None else (0, n) for _, n, t in parts]
    lowest, highest = sum(low for low, _ in ranges), sum(high for _, high in ranges)
    first, last = about(whole) - _OFF, about(whole) + _OFF
    return all(
        min(high, last - (lowest - low)) - max(low, first - (highest - high)) + 1 >= width
        for (low, high), (_, _, said) in zip(ranges, parts, strict=True)
        if said is not None
    )
