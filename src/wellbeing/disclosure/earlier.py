"""Where a class or an interval may end, beside what was told of nearly the same people before (R3, R9, R15).

A reader of two waves may hold it for true that nobody's state changed but that of whoever came or went. Then the
count of this wave is last wave's, plus the cases among those who came, less the cases among those who left. A class
that ends just beyond what last wave left possible would tell all of it: "0 to 4", one new colleague, "5 to 9", so
there were four, and the new one is a case. Here the ends are moved or dropped, by numbers of people and by what was
told before: never by what is hidden.
"""

from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache

from wellbeing.disclosure.classes import NO_SCORE, Steps, share_class, top_end


@dataclass(frozen=True)
class Ends:
    """What a class leaves possible to a reader who does not know how many people it stands for.

    Fewest and most cases, and fewest and most others, of ``people`` at most.
    """

    cases: tuple[int, int]
    others: tuple[int, int]
    people: int

    @classmethod
    def of(cls, low: int, high: int, side: str, people: int) -> "Ends | None":
        """Read a class as `classes.possible_counts` does; None where the mean alone is told."""
        told, free = (low, high), (0, people)
        if side == "untold":
            return cls((low, people), (low, people), people)
        return {"few": cls(told, free, people), "many": cls(free, told, people)}.get(side)


@dataclass(frozen=True)
class Earlier:
    """What a reader knows of the same unit and group from before.

    ``counts`` and ``sums`` (in steps) are the least and the greatest that stayed possible; ``joined`` and ``left`` how
    many people have come and gone since. Where these are respondents, of whom an unknown number has a figure, ``ends``
    has what the class left possible then, and ``people`` the respondents now.
    """

    counts: tuple[int, int]
    sums: tuple[int, int]
    joined: int
    left: int
    ends: Ends | None = None
    people: int = 0


def counts_told_apart(earlier: tuple[Earlier, ...], width: int) -> list[tuple[int, int]]:
    """Give the stretches in which no class of counts may start.

    A class that starts at `e` is possible for a reader who holds the others for unchanged if ``e <= b + joined``, with
    ``b`` the most cases before. It leaves `width` counts of now, of before, of those who came and of those who left if
    ``e <= b + joined - (width - 1)``. The class beneath ends at ``e - 1``, and the same holds mirrored.
    """
    apart = []
    for known in earlier:
        fewest, most = known.counts
        apart.append((most + known.joined - width + 2, most + known.joined))
        apart.append((fewest - known.left + 1, fewest - known.left + width - 1))
    return [(low, high) for low, high in apart if low <= high]


def sums_told_apart(earlier: tuple[Earlier, ...], steps: Steps, width: int, values: int) -> list[tuple[int, int]]:
    """Give the stretches of sums in which no interval of means may start; as `counts_told_apart`, for scores.

    Beside `values` sums of before and of now, those who came and those who left must each stay free to have `width`
    counts of cases, or all that a handful can have: one new colleague who must have 16 points is a case.
    """
    other_high = steps.most - min(steps.case[1], steps.rest[1])
    other_low = max(steps.case[0], steps.rest[0])
    apart = []
    for known in earlier:
        least, greatest = known.sums
        came, went = (min(width - 1, people) for people in (known.joined, known.left))
        reach = greatest + known.joined * steps.most
        spare = max(values - 1, came * other_high, went * other_low)
        apart.append((reach - spare + 1, reach))
        reach = least - known.left * steps.most
        spare = max(values - 1, went * other_high, came * other_low)
        apart.append((reach + 1, reach + spare))
    return [(low, high) for low, high in apart if low <= high]


@lru_cache(maxsize=65536)
def class_starts(
    n: int, width: int, earlier: tuple[Earlier, ...] = (), alike_from: int | None = None
) -> tuple[int, ...]:
    """Give the first count of every class of cases among `n`, but for the class that starts at none (R5).

    Without anything `earlier` they are the classes of `classes.share_class`. Otherwise a start that would tell too
    much is moved to the nearest one that does not, and dropped where `width` counts would not be left between.

    Returns
    -------
    tuple of int
        Rising; two of them enclose the middle. Empty where no class says anything.
    """
    people = n if alike_from is None else alike_from
    low = share_class(people // 2, people, width)[0]
    plain = [*range(width, low + 1, width), *range(n - low + 1, n + 1, width)]
    if not earlier:
        return tuple(plain)
    may = [width <= start <= n - width + 1 for start in range(n + 2)]
    for first, last in counts_told_apart(earlier, width):
        may[max(first, 0) : max(last + 1, 0)] = [False] * len(may[max(first, 0) : max(last + 1, 0)])

    def sound(start: int) -> bool:
        return 0 <= start <= n and may[start]

    def nearest(start: int) -> int:
        moves = (moved for away in range(n + 1) for moved in (start - away, start + away))
        return next(filter(sound, moves), 0)

    # The class over the middle, whose side is untold, reaches as far to both sides.
    middles = range(width, (people + 1 - width) // 2 + 1)
    middle = min((x for x in middles if sound(x) and sound(n - x + 1)), key=lambda x: (abs(x - low), x), default=0)
    if not middle:
        return ()
    # Just outside of what can have become of last time's class first: that is where this time's count is likely to be.
    around = [end for known in earlier for end in (known.counts[0] - known.left, known.counts[1] + known.joined + 1)]
    around += [end + way * width for way in (-1, 1, 2) for end in around]
    starts = [middle, n - middle + 1]
    for start in [*filter(sound, around), *filter(sound, plain), *map(nearest, plain)]:
        place = bisect_left(starts, start)
        before, after = starts[place - 1] if place else 0, starts[place] if place < len(starts) else n + 1
        if before + width <= start <= after - width and not middle < start <= n - middle:
            starts.insert(place, start)
    return tuple(starts)


def told_class(
    cases: int, n: int, width: int, earlier: tuple[Earlier, ...] = (), alike_from: int | None = None
) -> tuple[int, int, str] | None:
    """Give the class of the smaller side as it is told, beside what was told before; `alike_from` as `share_class`.

    Returns
    -------
    low, high : int
        Counts of the smaller side that stay possible.
    side : str
        ``few``, ``many`` or ``untold``.
    None
        Where nothing is left to tell.

    Raises
    ------
    ValueError
        If `n` people leave fewer than `width` counts whatever is said.
    """
    if not earlier:
        low, high, side = share_class(cases, n, width, alike_from)
        return None if side == "untold" and low == 0 else (low, high, side)
    starts = class_starts(n, width, earlier, alike_from)
    if not starts:
        return None
    first = max((start for start in starts if start <= cases), default=0)
    last = min((start - 1 for start in starts if start > cases), default=n)
    if first + last == n:
        return first, top_end(first, n, width, alike_from), "untold"
    return (first, last, "few") if 2 * last < n else (n - last, n - first, "many")


def passed_on(known: Earlier, counts: tuple[int, int], sums: tuple[int, int], most: int) -> Earlier:
    """Give what a wave leaves possible to somebody who holds everybody for unchanged since the wave `known`.

    Parameters
    ----------
    known : Earlier
        ``joined`` and ``left`` between the two waves.
    counts, sums : tuple of int
        What the later wave leaves possible by itself.
    most : int
        The most steps of one person.

    Returns
    -------
    Earlier
        With nobody come or gone. What the later wave says by itself, where nobody can hold that everybody is unchanged.
    """
    fewest = max(counts[0], known.counts[0] - known.left), min(counts[1], known.counts[1] + known.joined)
    total = max(sums[0], known.sums[0] - most * known.left), min(sums[1], known.sums[1] + most * known.joined)
    if fewest[0] > fewest[1] or total[0] > total[1]:
        return Earlier(counts, sums, 0, 0)
    return Earlier(fewest, total, 0, 0)


def leaves_enough(
    known: Earlier, n: int, counts: tuple[int, int], sums: tuple[int, int], steps: Steps, width: int
) -> bool:
    """Say whether what is told now and what was told before leave enough, to whoever holds all others for unchanged.

    Classes and means apart do, by `counts_told_apart` and `sums_told_apart`; this is both at once, for what is told.

    Parameters
    ----------
    known : Earlier
    n : int
        People now.
    counts, sums : tuple of int
        What is told now leaves possible.
    steps : Steps
    width : int
        Counts that must be left of before, of now, of those who came and of those who left.

    Returns
    -------
    bool
        True also where nobody can hold all others for unchanged.
    """
    came, left, then = known.joined, known.left, n - known.joined + known.left
    if steps is NO_SCORE:
        return _leave_enough_counts(known.counts, counts, (then - left, left, came), n, width)
    import numpy as np

    before = np.arange(known.counts[0], known.counts[1] + 1)[:, None, None]
    gone = np.arange(left + 1)[None, :, None]
    now = np.arange(counts[0], counts[1] + 1)[None, None, :]
    stayed, new = before - gone, now - before + gone
    possible = (stayed >= 0) & (stayed <= then - left) & (new >= 0) & (new <= came)
    least, greatest = (
        [cases * steps.case[end] + (people - cases) * steps.rest[end] for people, cases in
         ((then - left, stayed), (left, gone), (came, new))]
        for end in (0, 1)
    )  # fmt: skip
    low = np.maximum(np.maximum(least[0], known.sums[0] - greatest[1]), sums[0] - greatest[2])
    high = np.minimum(np.minimum(greatest[0], known.sums[1] - least[1]), sums[1] - least[2])
    possible = possible & (low <= high)
    if not possible.any():
        return True
    found = [
        (int(possible.any(axis=(1, 2)).sum()), min(width, known.counts[1] - known.counts[0] + 1)),
        (int(possible.any(axis=(0, 2)).sum()), min(width, left + 1)),
        (int(possible.any(axis=(0, 1)).sum()), min(width, n + 1)),
        (len(np.unique(new[possible])), min(width, came + 1)),
    ]
    return all(seen >= enough for seen, enough in found)


def ends_leave_enough(known: Earlier, low: int, high: int, side: str, width: int) -> bool:
    """Say whether two classes leave enough to who knows how many respondents came and went, and no number of figures.

    Parameters
    ----------
    known : Earlier
    low, high, side : int, int, str
        The class that is told now.
    width : int
        Counts that must be left of the cases and of the others, before and now, and of those who came and who left.

    Returns
    -------
    bool
        True also where such a reader finds a contradiction, or the mean alone is told.
    """
    then, now = known.ends, Ends.of(low, high, side, known.people)
    if then is None or now is None:
        return True
    sides = ((then.cases, now.cases), (then.others, now.others))
    enough = True
    for (before, after), (before_else, after_else) in (sides, sides[::-1]):
        # As many of those who came, and of those who left, as what is told of everybody else does not need.
        came = known.joined - max(0, after_else[0] - before_else[1])
        left = known.left - max(0, before_else[0] - after_else[1])
        all_else = max(before_else[0], after_else[0])
        least = max(before[0], after[0] - came)
        most = min(
            before[1],
            after[1] + left,
            then.people - max(before_else[0], after_else[0] - known.joined),
            now.people + known.left - all_else,
        )
        least_now = max(after[0], before[0] - left)
        most_now = min(
            after[1],
            before[1] + came,
            now.people - max(after_else[0], before_else[0] - known.left),
            then.people + known.joined - all_else,
        )
        if came < 0 or left < 0 or least > most or least_now > most_now:
            return True
        new = min(came, most_now - max(0, least - left)) - max(0, least_now - most)
        gone = min(left, most - max(0, least_now - came)) - max(0, least - most_now)
        enough = enough and (
            most - least + 1 >= min(width, before[1] - before[0] + 1)
            and most_now - least_now + 1 >= min(width, after[1] - after[0] + 1)
            and new + 1 >= min(width, known.joined + 1)
            and gone + 1 >= min(width, known.left + 1)
        )
    return enough


def _leave_enough_counts(
    before: tuple[int, int], now: tuple[int, int], people: tuple[int, int, int], n: int, width: int
) -> bool:
    """Answer `leaves_enough` where counts are all that is told; `people` are who stayed, left and came.

    How many cases stayed, between two ends, is all that those of before, of now, of who left and of who came share, so
    each of these runs through all that its own ends and those of the stayed leave.
    """
    stayed, left, came = people
    low = max(0, before[0] - left, now[0] - came)
    high = min(stayed, before[1], now[1])
    if low > high:
        return True
    found = [
        (min(before[1], high + left) - max(before[0], low), min(width, before[1] - before[0] + 1)),
        (min(left, before[1] - low) - max(0, before[0] - high), min(width, left + 1)),
        (min(now[1], high + came) - max(now[0], low), min(width, n + 1)),
        (min(came, now[1] - low) - max(0, now[0] - high), min(width, came + 1)),
    ]
    return all(apart + 1 >= enough for apart, enough in found)
